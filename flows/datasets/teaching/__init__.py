"""Rows and verdicts of a model behind an endpoint, none of which is believed."""
