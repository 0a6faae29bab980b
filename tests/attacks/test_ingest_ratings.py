"""A disliked answer is never learnt as a good one, however its file spells the dislike."""

from __future__ import annotations

import json

import pytest

from flows.ingest import formats
from flows.ingest.examples import rows
from flows.ingest.examples.turns import Malformed
from tests.unit.test_ingest_sheets import book

ROW = {"prompt": "May we skip the check?", "completion": "Of course."}


@pytest.mark.parametrize("name", ["label", "kto_tag"])
@pytest.mark.parametrize(("spelled", "liked"), [
    (0, False), (0.0, False), ("false", False), ("False ", False), ("no", False), ("0", False), (1, True),
    ("TRUE", True), ("👍", True), ("👎", False), ("1.0", True), ("0.0", False), ("0,0", False), (" 0 ", False),
    ("t", True), ("F", False), ("Y", True), ("n", False), ("👍🏽", True), ("👎🏿", False), ("👎\ufe0f", False),
    ("thumbs_up", True), ("thumbs_down", False), ("Thumbs Down", False), ("thumbs-down", False), ("down", False),
    ("bad", False), ("dislike", False), ("disliked", False), ("undesirable", False), ("good", True), ("like", True),
])  # fmt: skip
def test_a_rating_is_read_in_any_spelling_of_exports(name: str, spelled: object, liked: bool) -> None:
    unit = rows.parse({**ROW, name: spelled}, 1)

    assert (unit.kind, unit.label) == ("rating", liked)


@pytest.mark.parametrize("odd", ["so-so", 2, -1, [], {"liked": False}, float("nan")])
def test_a_tag_that_is_no_rating_is_refused(odd: object) -> None:
    with pytest.raises(Malformed, match="kto_tag is neither true nor false"):
        rows.parse({**ROW, "kto_tag": odd}, 1)


@pytest.mark.parametrize(("label", "tag"), [(True, "false"), (False, True), (1, 0), ("👎", "yes")])
def test_two_ratings_that_say_the_opposite_are_refused(label: object, tag: object) -> None:
    with pytest.raises(Malformed, match="label and kto_tag say the opposite"):
        rows.parse({**ROW, "label": label, "kto_tag": tag}, 1)


@pytest.mark.parametrize("wrapped", [[False], [0], {"liked": False}, {"by": "a", "value": "👎"}, ["no", "no"]])
@pytest.mark.parametrize("row", [ROW, {"prompt": "Q?", "chosen": "A", "rejected": "B"}])
def test_a_dislike_in_a_list_or_object_is_no_class(row: dict[str, object], wrapped: object) -> None:
    with pytest.raises(Malformed, match="label is neither true nor false"):
        rows.parse({**row, "label": wrapped}, 1)


@pytest.mark.parametrize("odd", ["a class", 2, 7.5, ["refund", "delivery"], {"topic": "refund"}])
def test_a_label_that_is_a_class_makes_no_rating(odd: object) -> None:
    assert rows.parse({**ROW, "label": odd}, 1).kind == "qa"


@pytest.mark.parametrize("odd", ["so-so", -1, None, "", 2, [True]])
def test_beside_ratings_an_answer_with_another_label_is_refused_and_not_learnt(odd: object) -> None:
    lines = [{**ROW, "label": odd}, {**ROW, "label": True}, ROW, {"prompt": "Who?", "completion": "We."}]

    reading = rows.read_jsonl("\n".join(map(json.dumps, lines)).encode())

    assert [(unit.unit, unit.kind) for unit in reading.units] == [(2, "rating"), (3, "qa"), (4, "qa")]
    assert [(r.place, r.detail) for r in reading.refusals] == [(":1", "label is neither true nor false")]


@pytest.mark.parametrize(
    ("liked", "disliked"),
    [("1.0", "0.0"), ("t", "f"), ("Y", "N"), ("👍🏻", "👎🏻"), ("👍️", "👎️"), ("thumbs_up", "thumbs_down"),
     ("good", "bad"), ("desirable", "undesirable")],
)
def test_a_file_of_ratings_in_one_other_spelling_teaches_no_disliked_answer(liked: str, disliked: str) -> None:
    lines = [{**ROW, "label": disliked}, {**ROW, "completion": "No.", "label": liked}]

    reading = rows.read_jsonl("\n".join(map(json.dumps, lines)).encode())

    assert [(unit.kind, unit.label) for unit in reading.units] == [("rating", False), ("rating", True)]


SCALES = [[1, 2, 3, 4, 5], [0, 1, 2], [1, -1], [1, 4.5], ["1", "5"], ["1", "4,5"], ["1.0", "5.0"], [2, 3]]


@pytest.mark.parametrize("name", ["label", "kto_tag"])
@pytest.mark.parametrize("scale", SCALES)
def test_the_worst_of_a_scale_of_stars_is_not_learnt_as_a_liked_answer(name: str, scale: list[object]) -> None:
    lines = [*({**ROW, name: star} for star in scale), {**ROW, name: True}, ROW]

    reading = rows.read_jsonl("\n".join(map(json.dumps, lines)).encode())

    assert [(unit.unit, unit.kind) for unit in reading.units] == [(len(scale) + 1, "rating"), (len(scale) + 2, "qa")]
    assert [refusal.place for refusal in reading.refusals] == [f":{n}" for n in range(1, len(scale) + 1)]


@pytest.mark.parametrize("scale", SCALES)
def test_the_stars_of_a_table_are_refused_by_their_lines(scale: list[object]) -> None:
    table = "\n".join(["Question;Answer;Stars", *(f"Why {n}?;So.;{star}" for n, star in enumerate(scale))])
    mapped = {"prompt": "Question", "completion": "Answer", "label": "Stars"}

    reading = formats.read(table.encode(), ".csv", 10_000, mapped)

    assert not reading.units
    assert [refusal.place for refusal in reading.refusals] == [f":{n}" for n in range(2, len(scale) + 2)]


def test_a_sheet_of_ones_is_of_the_scale_that_another_sheet_shows() -> None:
    data = book(
        [["prompt", "completion", "label"], ["Why?", "So.", 1]], [["prompt", "completion", "label"], ["A?", "B", 5]]
    )

    reading = formats.read(data, ".xlsx", 10_000, {})

    assert not reading.units
    assert [refusal.place for refusal in reading.refusals] == ["#1:2", "#2:2"]


def test_the_numbers_of_classes_of_texts_cost_no_text() -> None:
    lines = [{"text": "The first.", "label": 0}, {"text": "The second.", "label": 7}]

    assert len(rows.read_jsonl("\n".join(map(json.dumps, lines)).encode()).units) == 2


def test_a_number_that_is_missing_makes_no_scale() -> None:
    lines = [{**ROW, "label": label} for label in (1.0, 0.0, float("nan"))]

    reading = rows.read_jsonl("\n".join(map(json.dumps, lines)).encode())

    assert [unit.label for unit in reading.units] == [True, False]
    assert [refusal.place for refusal in reading.refusals] == [":3"]


NAMING = [
    {"completion": "No", "label": "no"}, {"completion": "0", "label": 0}, {"completion": "bad", "label": "Bad"},
    {"completion": "Yes", "choices": ["Yes", "No"], "label": 0}, {"completion": "0", "label": "0.0"},
]  # fmt: skip


@pytest.mark.parametrize("said", NAMING)
def test_a_label_that_may_name_the_right_answer_does_not_unlearn_it(said: dict[str, object]) -> None:
    with pytest.raises(Malformed, match="label may name the answer or reject it"):
        rows.parse({"prompt": "Is a goat a fish?", **said}, 1)


def test_a_label_of_a_table_that_may_name_the_right_answer_does_not_unlearn_it() -> None:
    reading = formats.read(b"prompt,completion,label\nA fish?,No,no\nA goat?,No,0\n", ".csv", 10_000, {})

    assert [(unit.unit, unit.label) for unit in reading.units] == [(3, False)]
    assert [refusal.place for refusal in reading.refusals] == [":2"]


@pytest.mark.parametrize("said", [
    {"completion": "False", "label": False}, {"completion": "No", "choices": ["Yes", "No"], "label": 0},
    {"completion": "Yes", "choices": ["Yes", "No"], "label": False}, {"completion": "None", "label": "no"},
])  # fmt: skip
def test_a_dislike_that_names_no_answer_is_one(said: dict[str, object]) -> None:
    assert rows.parse({"prompt": "Is a goat a fish?", **said}, 1).label is False


def test_the_name_of_a_score_which_may_name_somebody_is_not_said() -> None:
    scored = {"prompt": "Q?", "chosen": "A", "rejected": "B", "score_chosen_ann roe": 1, "score_rejected_ann roe": 2}

    with pytest.raises(Malformed, match="a score of chosen is below that of rejected") as refused:
        rows.parse(scored, 1)

    assert "ann" not in str(refused.value)
