"""What has to go and what must stay: erasure with its proof, legal holds, and the collection of what nobody needs."""
