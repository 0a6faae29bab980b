"""A text as a detector reads it: what a reader sees, in which pieces, and spans over it."""
