"""A moment is read as ISO 8601, and what is none is a usage error."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry.errors import (
    ConfigError,
)
from registry.times import moment_in


@pytest.mark.parametrize(
    ("text", "moment_"),
    [
        ("2026-10-01T12:00Z", datetime(2026, 10, 1, 12, tzinfo=UTC)),
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-01T14:00:00+02:00", datetime(2026, 10, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_iso_8601(text: str, moment_: datetime) -> None:
    assert moment_in(text) == moment_


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_what_is_no_moment_is_a_usage_error(text: str) -> None:
    with pytest.raises(ConfigError):
        moment_in(text)
