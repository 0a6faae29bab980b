"""Which of the processes that train together this one is, as torchrun and Ray Train say it too."""

from __future__ import annotations

import os

RANK = "RANK"
LOCAL_RANK = "LOCAL_RANK"
LOCAL_SIZE = "LOCAL_WORLD_SIZE"
RAY_ADDRESS = "RAY_ADDRESS"
THIS_MACHINE = ("", "local")
"""Addresses at which Ray starts a cluster of its own."""


def is_first() -> bool:
    """The one that writes: the only one, unless several train together."""
    return os.environ.get(RANK, "0") == "0"
