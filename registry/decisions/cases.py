"""What people are asked to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from registry.records import Adapter


@dataclass(frozen=True)
class Case:
    """What is decided: which adapter, under which policy (its digest), why, for how long."""

    adapter: Adapter
    policy: str
    reason: str
    valid: timedelta = timedelta(days=180)
