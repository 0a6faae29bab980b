"""What stands in place of personal data, by key."""
