"""Status says where a rule ended a run and which documents are of the past, and quotes nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.export import verb
from flows.stage import Done, Inputs, Stage, once
from flows.status.standing import BESIDE, GOES_ON, standing_of
from flows.walk import continuing, learnt, stages
from registry.database.store import StageResult
from registry.errors import DatasetTooSmall, NothingToLearn, Refused, ResidualFound
from registry.locks import alone
from registry.records import Dataset
from tests.registered import Place, place_today
from tests.unit.test_registry_store import document_set, documents


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = place_today(tmp_path, monkeypatch)
    with made.registry() as registry:
        registry.commit(StageResult("key", "ingest", document_set(3), documents(3)))
    return made


def status(place: Place, *options: str) -> str:
    return CliRunner().invoke(app, ["-C", str(place.workspace.root), "status", *options]).stdout


def refuse(place: Place, name: str, error: Refused) -> None:
    def work(scratch: Path) -> Done[Dataset]:
        raise error

    with pytest.raises(type(error)):
        once(place.workspace, "eve", Stage(name, Dataset), Inputs(), work)


def test_status_says_where_a_rule_ended_the_last_run_until_a_stage_is_finished_again(place: Place) -> None:
    before = standing_of(place.workspace)
    refuse(place, "build", ResidualFound("Anna Berg still stands in letter.md", grounds="2 PERSON"))

    during, page = standing_of(place.workspace), status(place)
    told = json.loads(status(place, "--json"))
    with alone(place.workspace.scratch / "other.lock", "busy", "ingest"):
        busy = standing_of(place.workspace)
    with place.registry() as registry:
        registry.commit(StageResult("other", "ingest", document_set(2), documents(2)))

    assert (before.stopped, busy.stopped, standing_of(place.workspace).stopped) == (None, None, None)
    assert during.stopped is not None
    assert (during.stopped.stage, during.stopped.error) == ("build", "ResidualFound: 2 PERSON")
    (line,) = [line for line in page.splitlines() if line.startswith("stopped")]
    assert line.endswith(" at build, by ResidualFound; no stage finished since: muniment run says why and what to do")
    assert told["stopped"] == json.loads(during.stopped.model_dump_json())
    assert "Anna" not in page + json.dumps(told)


@pytest.mark.parametrize("error", [DatasetTooSmall, NothingToLearn])
def test_a_run_that_went_on_without_a_stage_was_not_stopped(error: type[Refused], place: Place) -> None:
    for name in ("compare", "set apart", "delta", "train on", "export"):
        refuse(place, name, error("too few"))
    refuse(place, "build pairs", error("too few"))

    assert standing_of(place.workspace).stopped is None


def test_a_refusal_that_ended_a_run_is_told_behind_one_that_did_not(place: Place) -> None:
    refuse(place, "build pairs", ResidualFound("found"))
    refuse(place, "export", DatasetTooSmall("none"))

    stopped = standing_of(place.workspace).stopped

    assert stopped is not None
    assert (stopped.stage, stopped.named) == ("build pairs", "ResidualFound")


def test_what_status_goes_by_are_names_of_stages_and_of_errors() -> None:
    named = (learnt.COMPARE, learnt.APART, continuing.DELTA, continuing.TRAIN, verb.EXPORT)

    assert {stage.name for stage in named} == BESIDE
    assert {f"{stages.PAIRS.name}: {error.__name__}" for error in (DatasetTooSmall, NothingToLearn)} == GOES_ON


def test_documents_that_were_changed_or_taken_away_are_told_apart(place: Place) -> None:
    assert "documents   3\n" in status(place)
    with place.registry() as registry:
        registry.commit(StageResult("other", "ingest", document_set(2), (*documents(1), *documents(5)[4:])))

    told = standing_of(place.workspace)

    assert (told.counts["documents"], told.superseded) == (4, 2)
    assert "documents   4 (2 changed or taken away since)\n" in status(place)
