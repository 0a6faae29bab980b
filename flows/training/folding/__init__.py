"""Each distinct token of a batch computed once, and answers where loss is."""
