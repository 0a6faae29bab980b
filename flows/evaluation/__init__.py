"""Measuring base and adapters, and the answers a model prefers."""
