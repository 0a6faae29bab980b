"""Settings that nobody had to set."""
