"""The day that a path names, so that what is newest can be held out: `minutes/2026-09-14.docx`, `2026/09/notes.md`."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_DAY = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:"
    r"(?P<by>[-_./ ])(?P<month>0[1-9]|1[0-2])(?:(?P=by)(?P<day>0[1-9]|[12]\d|3[01]))?"
    r"|(?P<joined>(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
    r")(?!\d)"
)


def day_in(path: str) -> date | None:
    """The latest day that a path names, of a month alone its last one: what may be newer counts as newer."""
    return max(map(_day, _DAY.finditer(path)), default=None)


def _day(found: re.Match[str]) -> date:
    year, joined = int(found["year"]), found["joined"] or ""
    month, day = int(found["month"] or joined[:2]), int(found["day"] or joined[2:] or 31)
    return date(year, month, min(day, monthrange(year, month)[1]))
