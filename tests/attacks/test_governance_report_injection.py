"""Whoever names a file, an adapter or a reason must not write the audit report's HTML."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from governance.policy import Policy
from governance.report.facts import Known, gather
from governance.report.render import render, write_report
from registry.records import (
    Adapter,
    Decision,
    Document,
    DocumentSet,
    Evidence,
    Figure,
    Reason,
    Record,
    Rejected,
    ScrubbedSet,
    Table,
)

HOSTILE = '</style></svg><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7*7 }}$x_1$'
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ONE, TABLE = "1" * 64, Table(artifact="1" * 64, rows=1, columns=())
ADAPTER = Adapter(name="a", weights=ONE, base=ONE, run=ONE, rank=8, target_modules=(), licences={}, golden=())
COUNTED = {HOSTILE: 3}
PLACES: dict[str, Record] = {
    "a document's path and source": Document(
        content=ONE, path=HOSTILE, media_type="text/html", size_bytes=1, licence=HOSTILE, source=HOSTILE
    ),
    "a refused document, formats and licences": DocumentSet(
        units=TABLE,
        documents=1,
        formats=COUNTED,
        licences=COUNTED,
        rejected=(Rejected(what="document", place=HOSTILE, reason=Reason.CORRUPT),),
    ),
    "an entity type, which is drawn": ScrubbedSet(units=TABLE, entities=COUNTED, key_id=HOSTILE, policy=ONE),
    "evidence": Evidence(type=HOSTILE, subject=ADAPTER.digest, figures=(Figure(name=HOSTILE, value=1),)),
    "an approver and a reason": Decision(
        decision="approve",
        adapter=ADAPTER.digest,
        evidence=(),
        policy=ONE,
        principal=HOSTILE,
        reason=HOSTILE,
        issued=NOW,
        expires=NOW + timedelta(days=1),
    ),
}


class _Outline(HTMLParser):
    """Tags and attribute names, as a browser sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}


def _is_harmless(page: str) -> bool:
    outline = _Outline(page)
    return not {"script", "img"} & outline.tags and not any(name.startswith("on") for name in outline.names)


@pytest.mark.parametrize("place", PLACES)
def test_html_in_a_record_is_shown_as_text(place: str) -> None:
    page = render(gather(ADAPTER, Known([PLACES[place]], []), NOW, Policy()))

    assert "alert(1)" in page
    assert "7*7" in page
    assert _is_harmless(page)


def test_a_hostile_adapter_name_is_escaped_and_does_not_choose_the_file(tmp_path: Path) -> None:
    adapter = ADAPTER.model_copy(update={"name": f"../../{HOSTILE}"})

    html, twin = write_report(gather(adapter, Known([], []), NOW, Policy()), tmp_path)

    assert {html.parent, twin.parent} == {tmp_path}
    assert _is_harmless(html.read_text(encoding="utf-8"))


def test_no_reason_turns_the_direction_in_which_the_report_is_read(tmp_path: Path) -> None:
    decision = PLACES["an approver and a reason"]
    assert isinstance(decision, Decision)
    turned = decision.model_copy(update={"reason": "fit\u202edetcejer\u2066 and\u200b read\x07"})

    page = render(gather(ADAPTER, Known([turned], []), NOW, Policy()))

    assert "fit\ufffddetcejer\ufffd and\ufffd read\ufffd" in page
    assert not {"\u202e", "\u2066", "\u200b", "\x07"} & set(page)
