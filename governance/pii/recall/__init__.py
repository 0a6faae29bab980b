"""How much the scrubbing misses, measured and judged."""
