"""What is a name: of people, of companies, and of things that only look like them."""
