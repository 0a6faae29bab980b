"""A clock that is ahead, for what is written to the audit chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

import pytest

from registry.database import writing


@contextmanager
def in_days(days: int) -> Iterator[None]:
    """What is written inside is written so many days from now."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=days)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "datetime", Later)
        yield
