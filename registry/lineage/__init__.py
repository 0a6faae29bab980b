"""What an adapter was made of, and what became of it: as trees, pictures, differences and documents for others."""
