"""What a machine can do and what a workspace has reached."""
