"""One DuckDB file: its schema and migrations, turns at it, changes written and listed, copies, and restoring one."""
