"""Records as pages that a person reads."""
