"""What was done or tried, in a chain of events: sealed by signed checkpoints, proved, and exported as a bundle."""
