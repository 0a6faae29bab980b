"""Whoever may rate and correct answers does not decide what the questions of people are answered with, nor which are
asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.datasets.preference import build_preference
from flows.datasets.settings import BuildSection
from registry.artifacts import Artifacts
from registry.records import Dataset, Reason
from registry.tables import read_table
from tests.flows.test_datasets_build import NO_PAIRS, UnitRow, pairs, questions, sft, table, unit


@pytest.fixture
def store(tmp_path: Path) -> tuple[Artifacts, Path]:
    return Artifacts(tmp_path / "artifacts"), tmp_path


def fed_back(number: int, **fields: object) -> UnitRow:
    return unit(900 + number, path="feedback.jsonl", document="f" * 64, source="gateway feedback", **fields)


def easy(number: int) -> UnitRow:
    asked = {"prompt": f"How many are {number} and {number}?", "completion": f"It is {2 * number}", "label": True}
    return fed_back(number, kind="rating", groups=[f"row:{number}"], **asked)


def texts(dataset: Dataset, artifacts: Artifacts) -> str:
    return str([read_table(side, artifacts).to_pylist() for side in (dataset.train, dataset.held_out)])


def test_a_like_of_a_wrong_answer_takes_no_question_out_of_training_nor_of_the_measure(
    store: tuple[Artifacts, Path],
) -> None:
    """A bad adapter would pass a gate from which the questions that it answers ill are gone."""
    asked = [f"which rule covers case {n}" for n in range(80)]
    liked = [fed_back(n, kind="rating", prompt=one, completion="Rule 99", label=True) for n, one in enumerate(asked)]

    fair, poisoned = sft(questions(), store), sft([*questions(), *liked], store)

    assert (poisoned.train.digest, poisoned.held_out.digest) == (fair.train.digest, fair.held_out.digest)
    assert [(one.place, one.reason) for one in poisoned.rejected if one not in fair.rejected] == sorted(
        (f"feedback.jsonl:{900 + n}", Reason.CONFLICT) for n in range(80)
    )


def test_a_like_of_the_right_answer_and_of_one_to_another_question_stays(store: tuple[Artifacts, Path]) -> None:
    liked = [
        fed_back(1, kind="rating", prompt="Which rule covers case 3?", completion="Rule 3", label=True),
        fed_back(2, kind="rating", prompt="Which form covers voyages by sea?", completion="Form 5", label=True),
    ]

    dataset = sft([*questions(), *liked], store)

    assert "Form 5" in texts(dataset, store[0])
    assert Reason.CONFLICT not in {one.reason for one in dataset.rejected}


def test_likes_are_learnt_and_measure_nothing_beside_a_question_file(store: tuple[Artifacts, Path]) -> None:
    """Whoever asks easy questions and likes the answers would choose what an adapter is measured by."""
    liked = [easy(n) for n in range(300)]

    fair, eager = sft(questions(), store), sft([*questions(), *liked], store)

    assert eager.held_out.digest == fair.held_out.digest
    assert eager.train.rows == fair.train.rows + 300
    assert eager.origins == fair.origins | {"rated": 300}


def test_likes_measure_where_a_question_file_is_too_small_to(store: tuple[Artifacts, Path]) -> None:
    dataset = sft([*questions(1), *(easy(n) for n in range(80))], store)

    assert dataset.held_out.rows
    assert dataset.train.rows + dataset.held_out.rows == 81


def test_likes_alone_are_measured_by_likes(store: tuple[Artifacts, Path]) -> None:
    dataset = sft([easy(n) for n in range(80)], store)

    assert dataset.held_out.rows
    assert dataset.origins == {"rated": 80}


@pytest.mark.parametrize("case", range(0, 80, 7))
def test_an_edit_of_the_right_answer_into_a_wrong_one_is_no_preference(
    store: tuple[Artifacts, Path], case: int
) -> None:
    prompt = f"which rule covers case {case}?"
    edited = fed_back(1, kind="pair", prompt=prompt, chosen="Rule 99", rejected=f"Rule {case % 7}")
    disliked = [
        fed_back(2, kind="rating", prompt=prompt, completion="Rule 98", label=True),
        fed_back(3, kind="rating", prompt=prompt, completion=f"rule {case % 7}.", label=False),
    ]
    given = [*questions(), *pairs(), edited, *disliked]

    preferred = build_preference(table(given, store), NO_PAIRS, sft(given, store), BuildSection(), store, ())

    assert "Rule 9" not in texts(preferred, store[0])
    assert {one.place for one in preferred.rejected} == {"feedback.jsonl:901", "feedback.jsonl:903"}


def test_a_like_keeps_nobody_from_setting_the_answer_right(store: tuple[Artifacts, Path]) -> None:
    rows = [
        fed_back(n, kind="rating", prompt=f"What of voyage {n}?", completion=f"Nothing {n}", label=True)
        for n in range(9)
    ]
    edits = [
        fed_back(20 + n, kind="pair", prompt=f"What of voyage {n}?", chosen=f"A form {n}", rejected=f"Nothing {n}")
        for n in range(9)
    ]
    given = [*questions(), *pairs(), *rows, *edits]

    preferred = build_preference(table(given, store), NO_PAIRS, sft(given, store), BuildSection(), store, ())

    assert preferred.rejected == ()
    assert "A form" in texts(preferred, store[0])


def test_a_like_of_the_right_answer_does_not_let_an_edit_reject_it(store: tuple[Artifacts, Path]) -> None:
    prompt = "Which rule covers case 3?"
    liked = fed_back(1, kind="rating", prompt=prompt, completion="Rule 3", label=True)
    edited = fed_back(2, kind="pair", prompt=prompt, chosen="Rule 99", rejected="Rule 3")
    given = [*questions(), *pairs(), liked, edited]

    preferred = build_preference(table(given, store), NO_PAIRS, sft(given, store), BuildSection(), store, ())

    assert [one.place for one in preferred.rejected] == ["feedback.jsonl:902"]
