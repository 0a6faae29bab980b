"""What happens, in what order, with which config."""
