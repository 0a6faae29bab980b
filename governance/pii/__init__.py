"""What is personal in a text, and how it is replaced without being recoverable."""
