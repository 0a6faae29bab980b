"""Pairs of an adapter's own answers: drawn by seed, kept through a kill, judged, with their margin and their judge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from flows.base.model import resolve_base
from flows.datasets.card import with_card
from flows.datasets.preference import build_preference
from flows.datasets.settings import BuildSection, EndpointSection
from flows.evaluation.drawing import BATCH_QUESTIONS
from flows.evaluation.on_policy import Own, on_policy_pairs
from flows.evaluation.questions import question_of
from flows.evaluation.score import Scorer
from flows.training.runs import train_sft
from flows.training.settings import DpoSection, SftSection
from registry.artifacts import Artifacts
from registry.errors import TeacherUnreachable
from registry.progress import Progress
from registry.records import Base, Dataset, TrainingRun
from registry.tables import SFT_ROWS, UNITS, read_table, write_table
from tests.teacher_server import Says, teaching
from tests.tiny import CODES, WORDS

DPO = DpoSection(quantization="none", samples=4, max_written=6, seed=3)
RIGHT = "The {} must be fed within 5 days of its arrival."
Trained = tuple[Artifacts, Dataset, Base, TrainingRun]


class Killed(Exception):
    """Stands for the signal that ends a process between two batches."""


@pytest.fixture(scope="module")
def trained(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Forty questions with choices and ten that are answered by writing, and an adapter that learnt little of them; of
    both kinds ten and two are held out."""
    home = tmp_path_factory.mktemp("own")
    artifacts = Artifacts(home / "artifacts")
    base = resolve_base(str(tiny_base), artifacts, licence="Apache-2.0")
    rows = [_row(n, f"Which colour has {WORDS[n % 10]} {n}?", CODES[n % 3], list(CODES)) for n in range(40)]
    rows += [_row(90 + n, f"When is the {word} fed?", RIGHT.format(word), None) for n, word in enumerate(WORDS)]
    held = [_row(200 + n, f"Which colour has the new {WORDS[n]}?", CODES[n % 3], list(CODES)) for n in range(10)]
    held += [_row(300 + n, f"Where does the {WORDS[n]} sleep?", f"In shed {n}.", None) for n in range(2)]
    train, held_out = (
        write_table(pa.Table.from_pylist(side, schema=SFT_ROWS), artifacts, home, name)
        for side, name in ((rows, "rows"), (held, "held"))
    )
    dataset = Dataset(purpose="sft", train=train, held_out=held_out, licences={}, origins={}, rejected=())
    section = SftSection(quantization="none", max_steps=2, per_device_train_batch_size=4, lora_r=8)
    return artifacts, dataset, base, train_sft(dataset, base, section, artifacts, home)


def _row(number: int, prompt: str, completion: str, choices: list[str] | None) -> dict[str, object]:
    said = {"prompt": ("user", prompt), "completion": ("assistant", completion)}
    return {
        **{name: [{"role": role, "content": text}] for name, (role, text) in said.items()},
        "choices": choices, "id": f"row-{number}", "origin": "imported", "document": "d" * 64,
        "groups": [f"g{number}"], "licence": "MIT", "source": "",
    }  # fmt: skip


def _asked(trained: Trained) -> list[dict[str, Any]]:
    artifacts, dataset, *_ = trained
    return [row for side in (dataset.train, dataset.held_out) for row in read_table(side, artifacts).to_pylist()]


def own(
    trained: Trained, scratch: Path, judge: EndpointSection | None = None, progress: Progress | None = None
) -> Own:
    artifacts, dataset, base, run = trained
    section = DPO.model_copy(update={"judge": judge})
    return on_policy_pairs(dataset, (base, run), section, (artifacts, scratch), progress)


def test_each_prompt_is_read_once_and_its_answers_are_those_of_reading_it_for_each(trained: Trained) -> None:
    artifacts, dataset, base, run = trained
    rows = read_table(dataset.train, artifacts).to_pylist()
    questions = [one for one in map(question_of, rows) if not one.options]
    scorer = Scorer(base, artifacts.verified(run.weights), artifacts)
    scorer.model.float()

    once = scorer.drawn(questions[:3], 4, 0.7, 42)

    heads, longest = scorer._asked(questions[:3])
    assert once == [[text.strip() for text in texts] for texts in scorer.sampled(heads, longest, 4, 0.7)]
    assert once != scorer.drawn(questions[:3], 4, 0.7, 43)
    assert all(len(set(texts)) > 1 for texts in once)


def test_a_kill_between_batches_changes_no_pair_and_nothing_is_drawn_twice(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = own(trained, tmp_path / "whole")

    def kill(done: int, total: int) -> None:
        if done > BATCH_QUESTIONS:
            raise Killed

    with pytest.raises(Killed):
        own(trained, tmp_path / "cut", progress=kill)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "cut" / "drawn").iterdir()}
    again = own(trained, tmp_path / "cut")

    assert len(kept) == 2
    assert again.pairs.equals(whole.pairs)
    paired = whole.pairs.num_rows
    assert again.became == whole.became == {"asked": 58, "ties": 58 - paired, "pairs": paired}
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    monkeypatch.setattr("flows.evaluation.score.Scorer.__init__", lambda *_: pytest.fail("a model was loaded"))
    assert own(trained, tmp_path / "cut").pairs.equals(whole.pairs)


def test_without_a_judge_the_right_answer_is_chosen_and_margins_are_kept_on_rows_and_card(
    trained: Trained, tmp_path: Path
) -> None:
    artifacts, dataset, *_ = trained
    found = own(trained, tmp_path)
    right = {row["id"]: row["completion"] for row in _asked(trained)}
    rows = found.pairs.to_pylist()
    empty = dataset.model_copy(update={"held_out": write_table(SFT_ROWS.empty_table(), artifacts, tmp_path, "none")})
    units = write_table(UNITS.empty_table(), artifacts, tmp_path, "units")

    built = build_preference(units, found.pairs, empty, BuildSection(), (artifacts, tmp_path), ())

    assert all(row["chosen"] == right[row["question"]] != row["rejected"] and 0 < row["margin"] <= 1 for row in rows)
    assert {row["teacher"] for row in rows} == {None}
    sides = [row for side in (built.train, built.held_out) for row in read_table(side, artifacts).to_pylist()]
    assert {(one["question"], one["margin"]) for one in sides} <= {(one["question"], one["margin"]) for one in rows}
    assert len(sides) > len(rows) / 2
    told = built.model_copy(update={"pool": found.became})
    page = (artifacts.verified(with_card(told, artifacts, tmp_path).card or "") / "card.html").read_text()
    assert "margin, from" in page
    assert "Questions asked of the adapter" in page
    assert f">{found.became['ties']}<" in page


def test_mistakes_are_measured_at_questions_that_sft_has_not_learnt(trained: Trained, tmp_path: Path) -> None:
    artifacts, dataset, *_ = trained
    found = own(trained, tmp_path)
    units = write_table(UNITS.empty_table(), artifacts, tmp_path, "units")

    built = build_preference(units, found.pairs, dataset, BuildSection(), (artifacts, tmp_path), ())

    for pairs, questions in ((built.train, dataset.train), (built.held_out, dataset.held_out)):
        asked = {row["question"] for row in read_table(pairs, artifacts).to_pylist()}
        assert asked
        assert asked <= {row["id"] for row in read_table(questions, artifacts).to_pylist()}


def _speaking(trained: Trained, scratch: Path) -> Path:
    """The scratch of a run that was killed after drawing, with words where a random model writes none."""
    own(trained, scratch)
    last = max((scratch / "drawn").iterdir(), key=lambda path: int(path.stem))
    drawn = json.loads(last.read_text())
    last.write_text(json.dumps([[f"Fed on day {n}", f"Fed on day {n} or later"] for n in range(len(drawn))]))
    return scratch


def _judging(better: Callable[[str, str], bool]) -> Says:
    def says(system: str, user: str) -> str:
        found: Any = re.search(r"\n\nAnswer A:\n(.*)\n\nAnswer B:\n(.*)$", user, re.DOTALL)
        return "A" if better(found[1], found[2]) else "B"

    return says


def test_a_judge_chooses_among_written_answers_and_stands_on_the_row_with_its_licence(
    trained: Trained, tmp_path: Path
) -> None:
    free = {row["id"] for row in _asked(trained) if not row["choices"]}
    with teaching(_judging(lambda a, b: (len(a), a) < (len(b), b))) as server:
        judge = EndpointSection(url=server.url, model="big", licence="Apache-2.0")
        found = own(trained, _speaking(trained, tmp_path), judge)

    rows = {row["question"]: row for row in found.pairs.to_pylist()}
    judged = [row for question, row in rows.items() if question in free]
    assert len(judged) == 6 + 2
    assert all(len(row["chosen"][0]["content"]) <= len(row["rejected"][0]["content"]) for row in judged)
    assert {row["licence"] for row in judged} == {"(MIT) AND (Apache-2.0)"}
    assert all(row["teacher"].startswith("big told ") and row["margin"] == 1 for row in judged)
    assert {(row["licence"], row["teacher"]) for name, row in rows.items() if name not in free} == {("MIT", None)}
    assert not any("colour" in user for user in server.asked), "of choices one is right: nobody is asked"


def test_a_judge_who_is_down_ends_the_stage_by_name_and_no_answer_is_drawn_again(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _speaking(trained, tmp_path)
    with teaching(lambda system, user: 500) as server:
        judge = EndpointSection(url=server.url, model="big", licence="MIT", max_retries=0)
        with pytest.raises(TeacherUnreachable, match="big failed"):
            own(trained, tmp_path, judge)
        server.says = _judging(lambda a, b: a < b)
        monkeypatch.setattr("flows.evaluation.score.Scorer.__init__", lambda *_: pytest.fail("a model was loaded"))

        assert own(trained, tmp_path, judge).became["asked"] == 58
