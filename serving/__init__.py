"""Run what is approved, and only that."""
