"""Rows, cells and headers, and whether a value can be what its header says."""
