"""A page is read to its end however deep it nests, or is refused: a parser's limit drops nothing unsaid."""

from __future__ import annotations

import pytest

from flows.ingest import formats
from flows.ingest.reading import Reading
from registry.records import Reason


def read(page: str) -> Reading:
    return formats.read(page.encode(), ".html", max_characters=100_000)


@pytest.mark.parametrize("tag", ["div", "font", "span", "b"])
def test_tags_that_are_never_closed_lose_nothing(tag: str) -> None:
    page = "".join(f"<{tag}>line {number}<br>" for number in range(600))

    text = read(f"<html><body>{page}<p>The end.</p></body></html>").units[0].text or ""

    assert "line 599" in text
    assert text.endswith("The end.")


def test_what_no_parser_follows_is_refused_by_name() -> None:
    reading = read("<p>Before</p>" + "<div>" * 5_000 + "deep" + "</div>" * 5_000 + "<p>After</p>")

    assert reading.units == ()
    assert [(one.reason, one.detail) for one in reading.refusals] == [(Reason.CORRUPT, "nested too deeply")]
