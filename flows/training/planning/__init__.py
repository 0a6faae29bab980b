"""What a training takes, before any of it is done."""
