"""A disliked answer is never learnt as a good one, however its file spells the dislike."""

from __future__ import annotations

import pytest

from flows.ingest import rows
from flows.ingest.turns import Malformed

ROW = {"prompt": "May we skip the check?", "completion": "Of course."}


@pytest.mark.parametrize("name", ["label", "kto_tag"])
@pytest.mark.parametrize(("spelled", "liked"), [
    (0, False), (0.0, False), ("false", False), ("False ", False), ("no", False), ("0", False), (1, True),
    ("TRUE", True),
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
