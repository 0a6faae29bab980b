"""What is known by its shape, its checksum or the words around it."""
