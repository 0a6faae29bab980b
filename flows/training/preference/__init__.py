"""Training on pairs and on single ratings."""
