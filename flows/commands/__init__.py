"""The verbs of `muniment`, a file for each thing that they are about."""
