"""Which of the processes that train together this one is, as torchrun says it too."""

from __future__ import annotations

import os

RANK = "RANK"


def is_first() -> bool:
    """The one that writes: the only one, unless several train together."""
    return os.environ.get(RANK, "0") == "0"
