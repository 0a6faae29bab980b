"""From documents and rows to training sets in TRL's formats, without leaks between train and held-out."""
