"""A document as blocks, passages and chunks, and the questions that it answers by its own structure."""
