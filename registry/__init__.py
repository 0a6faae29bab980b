"""What exists, where it came from, who decided, and the proof."""
