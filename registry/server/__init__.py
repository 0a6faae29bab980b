"""The same registry behind a server: DuckDB's own protocol, tokens by role, and the client that sends the same SQL."""
