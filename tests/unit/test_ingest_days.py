"""The day that a path names, so that what is newest can be held out."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ingest.days import day_in

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%Y_%m_%d", "%Y.%m.%d", "%Y%m%d", "%Y/%m/%d", "%Y %m %d"]))
def test_a_day_is_read_however_it_is_written(day: date, form: str) -> None:
    assert day_in(f"board/minutes {day.strftime(form)}.docx") == day
    assert day_in(f"{day.strftime(form)}/minutes.docx") == day


@given(st.text(max_size=60))
def test_no_path_is_too_odd(path: str) -> None:
    assert day_in(path) is None or isinstance(day_in(path), date)


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("2026-09/notes.md", date(2026, 9, 30)),
        ("2024_02.jsonl", date(2024, 2, 29)),
        ("2026-02-31.md", date(2026, 2, 28)),
        ("2026-08-14 as of 2026-09-02.pdf", date(2026, 9, 2)),
        ("2026/08/2026-08-14.md", date(2026, 8, 31)),
        ("report 2026.pdf", None),
        ("case 120260914.md", None),
        ("2026-13-01.md", None),
        ("202609.md", None),
        ("1026-09-14.md", None),
    ],
)
def test_what_may_be_newer_counts_as_newer_and_a_number_is_no_day(path: str, day: date | None) -> None:
    assert day_in(path) == day
