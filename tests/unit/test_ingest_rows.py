"""What a row file promises: each row is used or refused by its line, whatever it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ingest import formats, rows
from registry.records import Reason

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["prompt", "completion", "question", "answer", "messages", "chosen", "rejected", "text", "choices", "groups"]
)


@given(st.lists(st.dictionaries(FIELDS, JSON, max_size=5), min_size=1, max_size=8))
def test_every_row_is_a_unit_or_a_refusal(table: list[dict[str, object]]) -> None:
    data = "\n".join(json.dumps(row) for row in table).encode()

    reading = rows.read_jsonl(data)

    assert len(reading.units) + len(reading.refusals) == len(table)
    assert all(refusal.reason is Reason.MALFORMED_ROW for refusal in reading.refusals)
    reading.model_dump_json()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_row_reader(data: bytes) -> None:
    formats.read(data, ".jsonl", 1000)
    formats.read(data, ".json", 1000)


@pytest.mark.parametrize(
    ("row", "prompt", "completion"),
    [
        ({"prompt": " Q?\n", "completion": " A\n"}, " Q?\n", "A"),
        ({"question": "Q?", "answer": "A"}, "Q?", "A"),
        ({"instruction": "Do", "input": "this", "output": "A"}, "Do\n\nthis", "A"),
        ({"messages": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A"}]}, "Q?", "A"),
    ],
)
def test_each_known_shape_becomes_a_question_with_its_answer(
    row: dict[str, object], prompt: str, completion: str
) -> None:
    unit = rows.parse(row, 1)

    assert (unit.kind, unit.prompt, unit.completion) == ("qa", prompt, completion)


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Q"},
        {"prompt": "", "completion": "A"},
        {"prompt": "Q", "completion": "C", "choices": ["A", "B"]},
        {"prompt": "Q", "completion": "A", "choices": ["A", "A"]},
        {"prompt": "Q", "chosen": "A", "rejected": " A"},
        {"messages": [{"role": "user", "content": "Q"}]},
        {"unknown": 1},
        [],
    ],
)
def test_a_row_that_cannot_teach_is_refused(row: object) -> None:
    with pytest.raises(rows.Malformed):
        rows.parse(row, 1)


def test_groups_licence_and_source_of_a_row_are_kept() -> None:
    row = {"prompt": "Q", "completion": "A", "gold_passages": ["13:4"], "license": "MIT", "source": "here"}

    unit = rows.parse(row, 1)

    assert unit.groups == ("ref:13:4", rows.prompt_group("q"))
    assert (unit.licence, unit.source) == ("MIT", "here")


def test_a_row_that_a_model_wrote_names_that_models_licence() -> None:
    row = {"prompt": "Why?", "completion": "Because.", "license": "MIT", "teacher_license": "llama3"}

    unit = rows.parse(row, 1)

    assert (unit.licence, unit.teacher) == ("MIT", "llama3")
