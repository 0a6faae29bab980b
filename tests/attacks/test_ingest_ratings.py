"""A disliked answer is never learnt as a good one, however its file spells the dislike."""

from __future__ import annotations

import json

import pytest

from flows.ingest import rows
from flows.ingest.turns import Malformed

ROW = {"prompt": "May we skip the check?", "completion": "Of course."}


@pytest.mark.parametrize("name", ["label", "kto_tag"])
@pytest.mark.parametrize(("spelled", "liked"), [
    (0, False), (0.0, False), ("false", False), ("False ", False), ("no", False), ("0", False), (1, True),
    ("TRUE", True), ("👍", True), ("👎", False),
])  # fmt: skip
def test_a_rating_is_read_in_any_spelling_of_exports(name: str, spelled: object, liked: bool) -> None:
    unit = rows.parse({**ROW, name: spelled}, 1)

    assert (unit.kind, unit.label) == ("rating", liked)


@pytest.mark.parametrize("odd", ["disliked", 2, -1, [], {"liked": False}, float("nan")])
def test_a_tag_that_is_no_rating_is_refused(odd: object) -> None:
    with pytest.raises(Malformed, match="kto_tag is neither true nor false"):
        rows.parse({**ROW, "kto_tag": odd}, 1)


@pytest.mark.parametrize("odd", ["a class", 2, 7.5])
def test_a_label_that_is_a_class_makes_no_rating(odd: object) -> None:
    assert rows.parse({**ROW, "label": odd}, 1).kind == "qa"


@pytest.mark.parametrize("odd", ["bad", -1, None, "", 2, [True]])
def test_beside_ratings_an_answer_with_another_label_is_refused_and_not_learnt(odd: object) -> None:
    lines = [{**ROW, "label": odd}, {**ROW, "label": True}, ROW, {"prompt": "Who?", "completion": "We."}]

    reading = rows.read_jsonl("\n".join(map(json.dumps, lines)).encode())

    assert [(unit.unit, unit.kind) for unit in reading.units] == [(2, "rating"), (3, "qa"), (4, "qa")]
    assert [(r.place, r.detail) for r in reading.refusals] == [(":1", "label is neither true nor false")]
