"""Rows that somebody brings are read strictly; intervals are Wilson's."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from flows.evaluation.brought import brought
from flows.evaluation.questions import Question, distinct, sample
from flows.evaluation.run import Scored, commonest
from registry.errors import ConfigError, NotFound

GOOD = {"id": "1", "prompt": "Which?", "completion": " AML", "choices": ["AML", "GEN"]}


def _file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_outer_white_space_of_answers_does_not_count_and_other_fields_are_ignored(tmp_path: Path) -> None:
    rows = brought(_file(tmp_path, json.dumps({**GOOD, "label": "AML"}), "", json.dumps({**GOOD, "choices": None})))

    assert rows[0].answer == "AML"
    assert rows[0].options == ("AML", "GEN")
    assert rows[1].options == ()


def test_a_question_is_called_by_its_line(tmp_path: Path) -> None:
    rows = brought(_file(tmp_path, json.dumps(GOOD), "", json.dumps({**GOOD, "prompt": "And which?"})))

    assert [row.id for row in rows] == ["1", "3"]


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        "3",
        json.dumps({**GOOD, "choices": ["GEN"]}),
        json.dumps({**GOOD, "choices": ["AML", " AML "]}),
        json.dumps({**GOOD, "completion": "  "}),
        json.dumps({**GOOD, "prompt": None}),
        "[" * 100_000,
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, bad: str) -> None:
    path = _file(tmp_path, json.dumps(GOOD), bad)

    with pytest.raises(ConfigError, match=r"rows\.jsonl:2"):
        brought(path)


def test_a_passage_is_asked_with_its_question_as_in_training(tmp_path: Path) -> None:
    alpaca = {"instruction": "How long?", "input": "The notice is 30 days.", "output": "30 days"}
    passage = {"prompt": "How long?", "context": "The notice is 30 days.", "completion": "30 days"}

    rows = brought(_file(tmp_path, json.dumps(alpaca), json.dumps(passage)))

    first, second = (row.prompt for row in rows)
    assert first == "How long?\n\nThe notice is 30 days."
    assert second == "The notice is 30 days.\n\nHow long?"


def test_each_answer_of_a_conversation_is_asked_for_behind_what_was_said(tmp_path: Path) -> None:
    turns = [("user", "Which?"), ("assistant", "AML"), ("user", "And which then?"), ("assistant", "GEN")]
    talk = {"messages": [{"role": role, "content": text} for role, text in turns]}

    rows = brought(_file(tmp_path, json.dumps(talk)))

    assert [(row.id, row.answer, len(row.before)) for row in rows] == [("1.1", "AML", 0), ("1.2", "GEN", 2)]


def test_a_table_is_asked_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("prompt,completion\nWhich?,AML\n")

    assert [(row.id, row.prompt, row.answer) for row in brought(path)] == [("2", "Which?", "AML")]
    path.write_text("a,b\nWhich?,AML\n")
    with pytest.raises(ConfigError, match=r"rows\.csv: a table whose header names no question and answer") as refused:
        brought(path)
    assert "Question files" in refused.value.next_step
    assert "## Question files" in (Path(__file__).parents[2] / "docs/guide.md").read_text()


def test_a_pair_is_no_question(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rows\.jsonl:1: a pair is no question"):
        brought(_file(tmp_path, json.dumps({"prompt": "Which?", "chosen": "AML", "rejected": "GEN"})))


def test_a_question_asked_over_and_over_counts_once(tmp_path: Path) -> None:
    again = [json.dumps({**GOOD, "id": str(n), "prompt": "which? " if n % 2 else "Which?"}) for n in range(200)]
    path = _file(tmp_path, *again, json.dumps({**GOOD, "prompt": "And which?"}))

    assert [row.prompt for row in distinct(brought(path), path)] == ["Which?", "And which?"]


def test_a_question_with_two_answers_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, json.dumps(GOOD), json.dumps({**GOOD, "id": "2", "completion": "GEN"}))

    with pytest.raises(ConfigError, match="rows '1' and '2' answer one question in two ways"):
        distinct(brought(path), path)


def test_a_missing_or_empty_file_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        brought(tmp_path / "none.jsonl")
    with pytest.raises(ConfigError, match="holds nothing"):
        brought(_file(tmp_path, ""))


@given(st.permutations([Question(id=str(n), prompt="p", completion="c") for n in range(8)]))
def test_a_capped_sample_does_not_depend_on_the_order_of_the_file(rows: list[Question]) -> None:
    ordered = tuple(sorted(rows, key=lambda row: row.id))

    assert sample(tuple(rows), 3) == sample(ordered, 3)


def test_the_interval_is_wilsons() -> None:
    scored = Scored(tuple(str(n) for n in range(10)), (True,) * 10)

    low, high = scored.interval()

    assert low == pytest.approx(0.72247, abs=1e-4)
    assert high == 1.0


def _written(*answers: str) -> list[Question]:
    return [Question(id=str(n), prompt=f"q{n}", completion=answer) for n, answer in enumerate(answers)]


def _chosen(answers: str, count: int, right: int) -> list[Question]:
    """Questions with those choices, one letter each, of which the first is right `right` times."""
    return [
        Question(id=f"{answers}{n}", prompt=f"{answers}{n}", completion=answers[n >= right], choices=tuple(answers))
        for n in range(count)
    ]


def test_whoever_always_says_yes_is_right_however_the_rows_write_it() -> None:
    assert commonest(_written("Yes", "yes", "No", " yes ")) == 3
    assert commonest(_written("C", "C++", "C++")) == 2
    assert commonest([]) == 0


def test_whoever_tells_the_choices_apart_and_reads_no_question_is_right_as_often_as_that_is() -> None:
    """Nine of ten are Y where Y and N are offered, and R where R and B are: both can be said without a question."""
    assert commonest([*_chosen("YN", 100, 90), *_chosen("RB", 100, 80)]) == 170


def test_choices_that_few_questions_share_have_no_commonest_answer_of_their_own() -> None:
    each = [question for pair in ("AB", "CD", "EF", "GH") for question in _chosen(pair, 5, 5)]

    assert commonest([*each, *_chosen("AZ", 1, 1)]) == 6


def test_a_small_file_that_unfolds_past_memory_is_refused_by_name(tmp_path: Path) -> None:
    """Read by this process it would take all memory there is, and the run with it."""
    cells = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["x" * 1_000_000]))
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.table({"prompt": cells, "completion": cells}), path)

    with pytest.raises(ConfigError, match="needs more memory than allowed"):
        brought(path)
