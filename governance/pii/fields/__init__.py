"""What the label, the key or the question before a value says of it."""
