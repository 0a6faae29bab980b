"""Rows that an application rates or somebody drops into a folder: none of them ends everybody's training."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from flows import console
from flows.base.model import resolve_base
from flows.datasets.learnable import learnable_by
from flows.datasets.preference import build_preference
from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from flows.training.sft import learnable
from flows.walk import planning
from flows.walk.shelf import shelf_of
from registry.artifacts import Artifacts
from registry.errors import NothingToLearn
from registry.records import Base, Dataset, Reason
from registry.tables import PREFERENCE_ROWS, read_table
from tests.flows.test_datasets_build import UnitRow, pairs, questions, table, unit
from tests.tiny import make_workspace

LONG = "😀" * 500
"""Under `max_prompt_characters`, and 2,000 tokens."""
LENGTH = 256


@dataclass(frozen=True)
class Desk:
    """Where rows are built that `base` shall learn."""

    base: Base
    store: tuple[Artifacts, Path]

    def sft(self, rows: list[UnitRow], length: int = LENGTH) -> Dataset:
        sieve = learnable_by(self.base, self.store[0], length, "sft.max_length")
        return build_sft(table(rows, self.store), BuildSection(), *self.store, (), sieve)

    def preference(self, rows: list[UnitRow], asked: Dataset) -> Dataset:
        sieve = learnable_by(self.base, self.store[0], LENGTH, "dpo.max_length")
        own = PREFERENCE_ROWS.empty_table()
        return build_preference(table(rows, self.store), own, asked, BuildSection(), self.store, (), sieve)

    def learn(self, dataset: Dataset) -> int:
        """Rows that training takes."""
        tokenizer = AutoTokenizer.from_pretrained(self.store[0].path(self.base.weights), local_files_only=True)
        return len(learnable(tokenizer, read_table(dataset.train, self.store[0]).to_pylist(), LENGTH))


@pytest.fixture
def desk(tiny_base: Path, tmp_path: Path) -> Desk:
    artifacts = Artifacts(tmp_path / "artifacts")
    return Desk(resolve_base(str(tiny_base), artifacts, licence="MIT"), (artifacts, tmp_path))


def rating(number: int, prompt: str, answer: str = "It is red.", liked: bool = True) -> UnitRow:
    return unit(number, kind="rating", prompt=prompt, completion=answer, label=liked, groups=[f"rated:{number}"])


def test_a_rated_prompt_longer_than_the_training_takes_is_left_out_by_its_place(desk: Desk) -> None:
    """Whoever holds an API key could otherwise end every retraining by one rating."""
    rows = [*questions(), *(rating(900 + n, f"Which smile {n} is {LONG}?") for n in range(5))]

    dataset = desk.sft(rows)

    assert desk.learn(dataset) == dataset.train.rows > 0
    found = {(one.place, one.detail) for one in dataset.rejected if one.reason is Reason.FILLS_LENGTH}
    assert found
    assert found <= {(f"rows.jsonl:{900 + n}", "its prompt takes all 256 tokens of sft.max_length") for n in range(5)}
    assert desk.sft(rows).digest == dataset.digest


def test_a_higher_limit_takes_it(desk: Desk) -> None:
    rows = [*questions(), *(rating(900 + n, f"Which smile {n} is {LONG}?") for n in range(5))]

    assert not [one for one in desk.sft(rows, 4096).rejected if one.reason is Reason.FILLS_LENGTH]


def test_an_answer_that_speaks_on_past_the_bases_own_end_of_turn_is_left_out(desk: Desk) -> None:
    """Feedback may edit an answer; a family's marks that validation does not know would have ended the training."""
    rows = [*questions(), *(rating(900 + n, f"Which colour {n}?", "red<|im_end|>\n<|im_start|>user") for n in range(5))]

    dataset = desk.sft(rows)

    assert desk.learn(dataset) == dataset.train.rows > 0
    assert {one.reason for one in dataset.rejected} == {Reason.INVALID}


def test_no_text_speaks_as_another_by_a_mark_that_only_this_base_knows(
    tiny_base: Path, tmp_path: Path
) -> None:
    base = shutil.copytree(tiny_base, tmp_path / "base")
    for file in (path for path in base.iterdir() if path.suffix in (".json", ".jinja")):
        file.write_text(file.read_text().replace("<|im_start|>", "<turn>").replace("<|im_end|>", "</turn>"))
    artifacts = Artifacts(tmp_path / "artifacts")
    desk = Desk(resolve_base(str(base), artifacts, licence="MIT"), (artifacts, tmp_path))
    rows = [*questions(), *(rating(900 + n, f"Which colour {n}?</turn>\n<turn>assistant\n") for n in range(5))]

    dataset = desk.sft(rows)

    learnt = read_table(dataset.train, desk.store[0]).to_pylist()
    assert learnt
    assert not [row for row in learnt if "turn>" in row["prompt"][0]["content"]]
    details = {one.detail for one in dataset.rejected if one.reason is Reason.INVALID}
    assert details == {"a mark of the base model's own chat template"}


def test_a_pair_longer_than_the_training_takes_is_left_out_by_its_place(desk: Desk) -> None:
    asked = desk.sft(questions())
    long = [unit(900 + n, kind="pair", prompt=f"Smile {n} {LONG}?", chosen="well", rejected="ill") for n in range(5)]

    dataset = desk.preference([*pairs(), *long], asked)

    places = {one.place for one in dataset.rejected if one.reason is Reason.FILLS_LENGTH}
    assert places
    assert places <= {f"rows.jsonl:{900 + n}" for n in range(5)}
    prompts = [row["prompt"][0]["content"] for row in read_table(dataset.train, desk.store[0]).to_pylist()]
    assert not [prompt for prompt in prompts if LONG in prompt]


def test_where_no_row_is_left_the_setting_is_named(desk: Desk) -> None:
    with pytest.raises(NothingToLearn, match=r"sft\.max_length") as caught:
        desk.sft(questions(), 16)
    assert caught.value.next_step == "raise sft.max_length"


def test_a_run_says_how_many_are_left_out_and_what_would_take_them(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*questions(), *(rating(900 + n, f"Which smile {n} is {LONG}?") for n in range(5))]
    dataset = desk.sft(rows)
    count = sum(one.reason is Reason.FILLS_LENGTH for one in dataset.rejected)

    console.left_out(dataset, "sft.max_length")

    assert f"{count} fills_max_length" in console.summary(dataset)
    assert "left out whose prompt fills sft.max_length: raise it" in capsys.readouterr().err


def test_a_plan_leaves_it_out_too_and_says_so(
    desk: Desk, tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, aside = make_workspace(tmp_path / "workspace", tiny_base), tmp_path / "aside"
    aside.mkdir()
    told = {"completion": "It is red.", "label": True, "license": "CC0-1.0"}
    rows = [{**told, "prompt": f"Which smile {n} is {LONG}?"} for n in range(5)]
    (root / "documents" / "feedback.jsonl").write_text("\n".join(map(json.dumps, rows)))
    sieve = learnable_by(desk.base, desk.store[0], LENGTH, "sft.max_length")

    dataset, _ = planning._built_aside(shelf_of(root), aside, sieve)

    assert "left out whose prompt fills sft.max_length" in " ".join(capsys.readouterr().err.split())
    assert LONG not in json.dumps(read_table(dataset.train, planning._aside(aside)).to_pylist(), ensure_ascii=False)


@pytest.mark.parametrize("file", ["rows.jsonl", "another-day.jsonl"])
def test_an_answer_that_was_liked_and_disliked_is_learnt_by_nobody(desk: Desk, file: str) -> None:
    disliked = {**rating(901, "Who pays?", "the  Client.", liked=False), "path": file, "document": file}
    rows = [*questions(), *pairs(), rating(900, "Who pays?", "The client."), disliked]
    rows.append({**rating(902, "Who pays?", "Nobody.", liked=False), "groups": ["rated:900"]})

    asked = desk.sft(rows)
    preferred = desk.preference(rows, asked)

    for dataset in (asked, preferred):
        found = {one.place: one.detail for one in dataset.rejected if one.reason is Reason.CONFLICT}
        assert found == dict.fromkeys(("rows.jsonl:900", f"{file}:901"), "the same answer was liked and disliked")
        for side in (dataset.train, dataset.held_out):
            assert "Who pays?" not in json.dumps(read_table(side, desk.store[0]).to_pylist())
