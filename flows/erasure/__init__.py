"""Forgetting: what is meant, what it reaches, what a workspace still says, and the going of it."""
