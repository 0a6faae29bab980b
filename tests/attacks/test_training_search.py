"""Rows and scores on which a search would choose by chance, or for ever, end it with a name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from flows.evaluation.questions import Question
from flows.search import tune, validation
from flows.search.space import (
    BATCHES,
    Choices,
    Reach,
    Trial,
    applied,
    batches,
    begun,
    judgeable,
    long_enough,
    own,
    reach,
)
from flows.search.trial import Bench
from flows.search.tune import Search, Shown, search
from flows.search.tuning import TuneSection
from flows.search.validation import Score, cut
from flows.training.settings import SftSection
from registry import tables
from registry.artifacts import Artifacts
from registry.errors import DatasetTooSmall, DoesNotFit, TrainingDiverged
from registry.records import Base

BASE = Base(name="b", weights="0" * 64, licence="MIT", architecture="x", parameters=1, source="directory:b")
FAR = Reach(search_s=1e6, epochs=1.0, limited=True, row_s=1.0)
GOOD = Score(0.5, 0.5, 10)
Run = Callable[..., None]


def rows(groups: list[str], answers: list[str]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "prompt": [{"role": "user", "content": f"which {n}"}],
                "completion": [{"role": "assistant", "content": answer}],
                "choices": sorted(set(answers)), "id": f"r{n}", "origin": "imported", "document": "d",
                "groups": [group], "licence": "MIT", "source": "",
            }
            for n, (group, answer) in enumerate(zip(groups, answers, strict=True))
        ],
        schema=tables.SFT_ROWS,
    )  # fmt: skip


def test_rows_that_all_hang_together_cannot_be_judged_on() -> None:
    with pytest.raises(DatasetTooSmall, match="no validation split"):
        cut(rows(["one"] * 40, ["red", "blue"] * 20), TuneSection(), 7)


def test_no_rows_at_all_cannot_be_judged_on() -> None:
    with pytest.raises(DatasetTooSmall, match="no validation split"):
        cut(rows([], []), TuneSection(), 7)


def test_rows_with_one_answer_teach_nothing_about_settings() -> None:
    with pytest.raises(DatasetTooSmall, match="one answer"):
        cut(rows([f"g{n}" for n in range(40)], ["red"] * 40), TuneSection(), 7)


@pytest.mark.parametrize("seed", range(12))
def test_questions_with_one_answer_judge_no_settings(seed: int) -> None:
    """Of settings under which an adapter learns to say nothing else, a search would find none better."""
    told = ["red" if number // 4 % 4 else "blue" for number in range(100)]

    _, asked = cut(rows([f"passage {seed}.{number // 4}" for number in range(100)], told), TuneSection(), seed)

    assert {question.answer for question in asked} == {"red", "blue"}


def test_rows_of_which_no_draw_gives_two_answers_cannot_be_judged_on() -> None:
    groups = [f"g{n}" for n in range(40)] + ["large"] * 40

    with pytest.raises(DatasetTooSmall, match="no validation split with two answers"):
        cut(rows(groups, ["red"] * 40 + ["blue"] * 40), TuneSection(), 7)


def test_rows_about_one_passage_never_stand_on_both_sides() -> None:
    table = rows([f"passage {n // 3}" for n in range(120)], ["red", "blue"] * 60)

    learnt, asked = cut(table, TuneSection(), 7)

    about = {row["id"]: row["groups"][0] for row in table.to_pylist()}
    assert {about[q.id] for q in asked}.isdisjoint(about[row["id"]] for row in learnt.to_pylist())
    assert len(learnt) + len(asked) == 120


def test_a_budget_too_short_names_one_that_is_long_enough() -> None:
    with pytest.raises(DoesNotFit) as refusal:
        reach(TuneSection(budget=10), (900, 1_000), 0.1, 5.0)

    named = float(refusal.value.next_step.split("--budget ")[1].split("s ")[0])
    assert reach(TuneSection(budget=named), (900, 1_000), 0.1, 5.0).search_s == 0


def test_a_budget_for_training_alone_is_not_spent_on_trials_too_short_to_tell_anything() -> None:
    short, long = (reach(TuneSection(budget=budget), (900, 1_000), 0.1, 5.0) for budget in (500, 2_700))

    assert short.search_s == 0
    assert long.search_s >= 2 * 90
    assert long.epochs >= 1


def test_time_that_no_training_can_use_goes_to_trials_of_full_length() -> None:
    far = reach(TuneSection(budget=10_000, max_epochs=6), (900, 1_000), 0.1, 5.0)

    assert far.search_s > 8_000
    assert (far.epochs, far.limited) == (6, False)


def test_trials_too_short_to_be_judged_on_their_way_leave_all_time_to_the_training() -> None:
    far = reach(TuneSection(budget=300, max_epochs=1), (39, 45), 0.1, 5.0)
    section = SftSection(per_device_train_batch_size=16, max_steps=4)

    assert far.search_s
    assert judgeable(far, 39, section) == Reach(0.0, 0.0, True, 0.1), "three steps, and four parts"
    assert judgeable(far, 64, section) == far


@pytest.mark.parametrize("processes", [1, 2, 3, 6, 16, 24, 64])
def test_no_batch_is_searched_that_the_processes_cannot_share(processes: int) -> None:
    given = SftSection(processes=processes, per_device_train_batch_size=2 * processes)
    section = begun(given, batches(given))

    for size in (own(section)["per_device_train_batch_size"], *batches(section)):
        tried = applied(section, {**own(section), "per_device_train_batch_size": size})
        assert SftSection.model_validate(tried.model_dump()).per_device_train_batch_size == size
    assert own(section)["per_device_train_batch_size"] in batches(section)
    assert processes > 1 or batches(section) == BATCHES


class _Scorer:
    def judged(self, questions: list[Question]) -> list[tuple[bool, float]]:
        return [(True, float("nan")) for _ in questions]


def test_a_score_that_is_no_number_is_never_a_score() -> None:
    scorer: Any = _Scorer()

    with pytest.raises(TrainingDiverged, match="not a number"):
        validation.score(scorer, [Question(id="1", prompt="p", completion="a")])


def _search(place: Path, **settings: Any) -> Search:
    place.mkdir(exist_ok=True)
    bench = Bench(rows([f"g{n}" for n in range(400)], ["a", "b"] * 200), (), BASE, Artifacts(place))
    shown = Shown(lambda title: nullcontext(lambda *_: None), lambda trial: None)
    return Search(bench, SftSection(), TuneSection(**settings), FAR, Choices((8, 16)), place, shown)


def _gives(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setattr(tune, "run_trial", run)


def _diverges(*_: object) -> None:
    raise TrainingDiverged("loss is nan at step 3", "")


def test_a_search_in_which_every_trial_diverges_ends_with_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _gives(monkeypatch, _diverges)

    with pytest.raises(TrainingDiverged, match="none of 3 trials"):
        search(_search(tmp_path / "s", max_trials=3))


def _honest(bench: Bench, section: SftSection, scratch: Path, go_on: Callable[[int, Score], bool], shown: Run) -> None:
    """Better the nearer to one learning rate, which is how a trial would score if nothing else mattered."""
    for rung in (1, 2, 4):
        off = abs(section.learning_rate - 2e-3) * 300
        if not go_on(rung, Score(max(0.0, round(0.9 - off, 3)), 0.5, 10)):
            return


def test_a_diverged_trial_does_not_end_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sometimes(*arguments: Any) -> None:
        (_honest if arguments[1].learning_rate < 1e-3 or arguments[1].learning_rate > 1.4e-3 else _diverges)(*arguments)

    _gives(monkeypatch, sometimes)

    found = search(_search(tmp_path / "s", max_trials=12))

    assert {"complete", "diverged"} <= {trial.outcome for trial in found.trials}
    assert found.best is not None
    assert found.best.outcome == "complete"


def test_the_best_trial_is_at_least_the_workspaces_own_and_the_hopeless_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _gives(monkeypatch, _honest)

    found = search(_search(tmp_path / "s", max_trials=12))

    assert found.best is not None
    assert found.best.rank >= found.trials[0].rank
    assert any(trial.outcome == "given up" for trial in found.trials)


def test_short_trials_only_overrule_the_workspaces_own_settings_where_they_are_clearly_better() -> None:
    own, little, clearly = (
        Trial(number=n, settings={}, scores={4: (accuracy, 0.5)}, outcome="complete")
        for n, accuracy in enumerate((0.60, 0.63, 0.64))
    )

    assert tune.as_good(own, little, 200)
    assert not tune.as_good(own, clearly, 200)


def test_own_settings_that_were_given_up_earlier_are_not_as_good() -> None:
    own = Trial(number=0, settings={}, scores={1: (0.6, 0.5)}, outcome="given up")
    best = Trial(number=1, settings={}, scores={1: (0.5, 0.5), 2: (0.6, 0.5), 4: (0.6, 0.5)}, outcome="complete")

    assert not tune.as_good(own, best, 200)


def test_a_search_ends_at_its_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _gives(monkeypatch, _honest)

    assert len(search(_search(tmp_path / "s", max_trials=12, target=0.7)).trials) == 1


class Killed(Exception):
    """Stands for the signal that ends a process between two trials."""


@pytest.mark.parametrize("dies_in", range(1, 6))
def test_a_search_killed_in_any_trial_goes_on_to_the_same_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_in: int
) -> None:
    _gives(monkeypatch, _honest)
    whole = search(_search(tmp_path / "whole", max_trials=6))
    left = [dies_in]

    def dies(*arguments: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        _honest(*arguments)

    _gives(monkeypatch, dies)
    with pytest.raises(Killed):
        search(_search(tmp_path / "cut", max_trials=6))
    _gives(monkeypatch, _honest)
    resumed = search(_search(tmp_path / "cut", max_trials=6))

    assert resumed.trials == whole.trials
    assert resumed.best == whole.best


def _better_without_what_documents_gave(
    bench: Bench, section: SftSection, scratch: Path, go_on: Callable[[int, Score], bool], shown: Run
) -> None:
    for rung in (1, 2, 4):
        if not go_on(rung, Score(0.9 if section.learn_from == "asked" else 0.4, 0.5, 100)):
            return


def test_which_rows_are_learnt_is_searched_for_and_a_killed_search_ends_as_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _gives(monkeypatch, _better_without_what_documents_gave)
    whole, cut_short = (
        replace(_search(tmp_path / name, max_trials=6), choices=Choices((8, 16), ("all", "asked")))
        for name in ("whole", "cut")
    )

    found = search(whole)
    search(replace(cut_short, tune=TuneSection(max_trials=3)))

    assert found.trials[0].settings["learn_from"] == "all", "the workspace's own setting comes first"
    assert found.best is not None
    assert applied(SftSection(), found.best.settings).learn_from == "asked"
    assert search(cut_short).trials == found.trials


def test_without_time_for_trials_there_are_none(tmp_path: Path) -> None:
    one = _search(tmp_path / "s")
    none = replace(one, reach=Reach(0.0, 0.0, True, 1.0))

    assert search(none).trials == ()


def test_a_search_stops_when_its_time_is_spent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _gives(monkeypatch, _honest)
    one = _search(tmp_path / "s", max_trials=12)
    spent = replace(one, reach=Reach(1e-9, 1.0, True, 1.0))

    found = search(spent)

    assert [trial.number for trial in found.trials] == [0], "the workspace's own settings are always tried"
    assert isinstance(found.trials[0], Trial)


def test_no_rank_is_tried_that_would_not_be_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _gives(monkeypatch, _honest)
    few = replace(_search(tmp_path / "s", max_trials=12), choices=Choices((8, 16), ranks=(8, 16)))

    assert {trial.settings["lora_r"] for trial in search(few).trials} == {8, 16}


@pytest.mark.parametrize("rate", [1.0, 1e-8])
def test_no_rate_is_tried_that_may_not_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: float) -> None:
    _gives(monkeypatch, _honest)
    steep = replace(_search(tmp_path / "s", max_trials=12), section=SftSection(learning_rate=rate))

    for trial in search(steep).trials:
        SftSection.model_validate(applied(steep.section, trial.settings).model_dump())


def test_few_rows_end_no_search_whatever_batch_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _gives(monkeypatch, _honest)
    one = _search(tmp_path / "s", max_trials=12)
    few = replace(one.bench, table=one.bench.table.slice(0, 32))

    found = search(replace(one, bench=few, reach=Reach(1e9, 2.0, False, 1.0), choices=Choices((8, 16, 32))))

    assert len(found.trials) == 12
    assert all(long_enough(32, applied(SftSection(), trial.settings)) for trial in found.trials)
