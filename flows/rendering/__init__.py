"""Rows to token ids, by the base model's own chat template."""
