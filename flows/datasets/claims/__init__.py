"""What a text claims, and whether it follows from another: quantities, bounds, denials, one answer in two forms."""
