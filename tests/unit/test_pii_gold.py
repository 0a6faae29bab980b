"""Labelled texts are read as they are written, and measured by what they label."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from governance.pii.recall.gold import GoldText, read_found, read_gold
from governance.pii.recall.measure import measure
from registry.errors import ConfigError

TEXT = "Call Anselm Quist today."


def label(start: int, end: int, **more: object) -> dict[str, object]:
    return {"start": start, "end": end, "type": "PERSON", "identifier": "direct", **more}


def line(*labels: dict[str, object], text: str = TEXT) -> str:
    return json.dumps({"id": 0, "text": text, "spans": labels})


@pytest.mark.parametrize("entity", [0, "", 7, "q"])
def test_mentions_of_one_entity_are_one_whatever_it_is_called(entity: int | str) -> None:
    gold = GoldText.model_validate_json(line(label(5, 11, entity_id=entity), label(12, 17, entity_id=entity)))

    figures = measure([gold], {0: gold.spans[:1]}).figures

    assert (figures["entities_direct"], figures["ER_direct"]) == (1, 0.0)


def test_a_labelled_blank_is_nothing_that_was_hidden(tmp_path: Path) -> None:
    gold = GoldText.model_validate_json(line(label(4, 5), label(5, 11)))

    figures = measure([gold], {}).figures

    assert (figures["mentions"], figures["ER_direct"]) == (1, 0.0)
    (tmp_path / "blank.jsonl").write_text(line(label(4, 5)))
    with pytest.raises(ConfigError, match="labels nothing"):
        read_gold(tmp_path / "blank.jsonl")


def test_a_mark_of_byte_order_and_other_line_ends_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line(label(5, 17)).encode() + b"\r\n\r\n")

    assert [one.text for one in read_gold(path)] == [TEXT]
    assert [len(spans) for spans in read_found(path).values()] == [1]


@pytest.mark.parametrize("kind", ["", "A" * 101, "\x1b[31mPERSON", "a\nb"])
def test_a_type_that_cannot_be_shown_is_refused_by_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(line(label(5, 17, type=kind)))

    with pytest.raises(ConfigError, match=r"gold.jsonl:1: spans.0.type"):
        read_gold(path)
