"""The registry's verbs, one file a noun, and what each of them opens."""
