"""A retraining beside production: a fresh adapter and one that goes on, both measured, gated and told apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from flows.house import open_house
from flows.reporting import write
from flows.status.standing import standing_of
from flows.training.continuing import Forerunner
from flows.walk import continuing, stages
from flows.walk.learnt import HELD_OUT
from flows.walk.licences import judged
from governance.gates import CONTINUED
from governance.report.fetch import ancestors
from registry.database.store import Registry
from registry.errors import ConfigError, TrainingDiverged
from registry.lineage.graph import around
from registry.lineage.provenance import provenance_of
from registry.lineage.row_changes import row_changes
from registry.records import Adapter, Base, Dataset, Evidence, TrainingRun, Verdict
from registry.tables import read_table
from tests.tiny import CODES
from tests.walked import Place, walk

ON = ("continual.enabled=true", "dpo.enabled=false")
ADDED = 15


@pytest.fixture(scope="module")
def grown(released_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The released workspace after documents were added and the walk was walked again."""
    place = released_once.copy(tmp_path_factory.mktemp("grown"))
    with (place.root / "documents" / "more.jsonl").open("w") as file:
        for n in range(ADDED):
            prompt = f"Which colour has the newt number {60 + n} beside the toad?"
            row = {"prompt": prompt, "completion": CODES[n % 3], "choices": list(CODES), "license": "CC0-1.0"}
            file.write(json.dumps(row) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        walk_here(place, patch)
    return place


def walk_here(place: Place, patch: pytest.MonkeyPatch, overrides: tuple[str, ...] = ON) -> list[str]:
    for name, value in place.env.items():
        patch.setenv(name, value)
    return walk(place, overrides)


def candidates(place: Place) -> tuple[Adapter, Adapter, Adapter]:
    """Production, the fresh adapter and the one that goes on."""
    with Registry.open(place.workspace.registry, "tests") as registry:
        release = registry.current("production")
        fresh, continued = registry.all(Adapter)[-2:]
    assert release is not None
    return release.adapter, fresh, continued


def test_added_documents_give_a_fresh_candidate_and_one_that_goes_on(grown: Place) -> None:
    production, fresh, continued = candidates(grown)
    with Registry.open(grown.workspace.registry, "tests") as registry:
        runs = [registry.get(one.run) for one in (production, fresh, continued)]
        verdicts = {one.subject: one for one in registry.all(Verdict)}
        told = next(e for e in registry.all(Evidence) if e.type == CONTINUED and e.subject == continued.digest)
        learnt = registry.get(runs[2].dataset if isinstance(runs[2], TrainingRun) else "")
    assert isinstance(runs[1], TrainingRun)
    assert isinstance(runs[2], TrainingRun)
    assert isinstance(learnt, Dataset)

    assert (runs[1].parent, runs[2].parent) == (None, production.run)
    assert verdicts[fresh.digest].against == verdicts[continued.digest].against == (production.base, production.digest)
    assert told.digest in verdicts[continued.digest].evidence
    counts = {figure.name: int(figure.value) for figure in told.figures}
    assert counts["new"] + counts["known"] == runs[1].rows
    assert counts["gone"] == counts[HELD_OUT] == 0
    assert learnt.train.rows == runs[2].rows == counts["new"] + round(0.2 * counts["known"])
    words = [row["prompt"][0]["content"] for row in read_table(learnt.train, grown.workspace.artifacts).to_pylist()]
    assert ["newt" in prompt for prompt in words] == [True] * counts["new"] + [False] * (len(words) - counts["new"])


def test_production_stands_in_the_lineage_of_what_goes_on_and_its_licences_count(grown: Place) -> None:
    production, fresh, continued = candidates(grown)
    with Registry.open(grown.workspace.registry, "tests") as registry:
        above = around(registry, continued.digest).kinds
        made_of = [one.digest for one in provenance_of(registry, continued).made_of]
        before = provenance_of(registry, production)

    assert {production.digest, production.run} <= set(above)
    assert production.digest in made_of
    assert fresh.digest not in made_of
    assert continued.run not in {run.digest for run in before.runs}, "what came of it is not what it was made of"
    assert sum(continued.licences.values()) > sum(production.licences.values())
    rows = [one for one in judged(grown.workspace, continued.version, "train").materials if one.what == "rows"]
    assert len(rows) == 4, "its own rows and those they were drawn from, production's questions and pairs"


def test_both_candidates_are_measured_on_the_same_held_out_rows(grown: Place) -> None:
    production, fresh, continued = candidates(grown)
    with Registry.open(grown.workspace.registry, "tests") as registry:
        measured = [one for one in registry.all(Evidence) if one.type == "headline"]
        on = {
            one.subject: {edge.parent for edge in registry.edges(one.digest, up=True)} - {one.subject, production.base}
            for one in measured
        }

    assert on[fresh.digest] == on[continued.digest] == on[production.digest]


def test_a_second_walk_looks_everything_up(grown: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    stages_before = grown.stages()

    versions = walk_here(grown, monkeypatch)

    assert grown.stages() == stages_before
    assert sorted(versions) == sorted(one.version for one in candidates(grown)[1:])
    assert grown.orphans() == set()


def test_status_asks_people_about_the_one_that_the_run_names_first(
    grown: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = walk_here(grown, monkeypatch)[0]

    assert standing_of(grown.workspace).next == f"two people: muniment approve {first} --key NAME"


def test_status_and_report_show_both_beside_production(grown: Place) -> None:
    production, fresh, continued = candidates(grown)
    with Registry.open(grown.workspace.registry, "tests") as registry:
        base, run = registry.get(production.base), registry.get(production.run)
        adapters = registry.all(Adapter)
    assert isinstance(base, Base)
    assert isinstance(run, TrainingRun)
    of_questions = next(one.version for one in adapters if one.run == run.parent)
    told = standing_of(grown.workspace).candidates
    page, data = write(grown.workspace, continued.version)
    facts = json.loads(data.read_text())

    assert told[continued.version] == f"passed the gate (goes on from {production.version})"
    assert told[fresh.version] == "passed the gate"
    peers = {one["name"]: one for one in facts["peers"]}
    assert list(peers) == [base.name, production.version, fresh.version, continued.version]
    began = [one["began"] for one in facts["peers"]]
    assert began == ["the base itself", of_questions, "the base", production.version]
    assert [one["passed"] for one in facts["peers"]] == [None, True, True, True]
    assert len({one["headline"]["n"] for one in facts["peers"]}) == 1
    assert [one["name"] for one in facts["peers"] if one["this"]] == [continued.version]
    assert facts["material"]["documents"] == 5, "documents that both were trained on count once"
    assert [step["label"] for step in facts["steps"]] == ["base", "SFT", "DPO", "SFT"]
    assert "Measured on the same questions" in page.read_text()


def test_two_adapters_differ_by_all_that_each_has_learnt(grown: Place) -> None:
    production, _, continued = candidates(grown)
    with Registry.open(grown.workspace.registry, "tests") as registry:
        one, other = (provenance_of(registry, side) for side in (production, continued))
    learnt = row_changes(one.learnt, other.learnt, other.paths, grown.workspace.artifacts)
    train = next(one for one in learnt if (one.purpose, one.side) == ("sft", "train"))

    assert (train.removed, [path for path, _, _ in train.documents]) == (0, ["more.jsonl"])
    assert train.b == train.a + train.added


def test_what_goes_on_has_the_preference_training_of_the_fresh_one(
    grown: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place, production = grown.copy(tmp_path), candidates(grown)[0]
    before = {one.digest for one in candidates(grown)}

    versions = walk_here(place, monkeypatch, ("continual.enabled=true",))

    with Registry.open(place.workspace.registry, "tests") as registry:
        fresh, continued = [one for one in registry.all(Adapter) if one.digest not in before][-2:]
        runs = {run.digest: run for run in registry.all(TrainingRun)}
        evidence = registry.all(Evidence)
        above = {one.digest for one in ancestors(registry, continued.digest)}
    behind, begun = runs[continued.run], runs[runs[continued.run].parent or ""]
    assert (behind.method, begun.parent) == ("dpo", production.run)
    assert (behind.dataset, behind.settings) == (runs[fresh.run].dataset, runs[fresh.run].settings)
    assert production.digest in above
    assert {continued.version, fresh.version} < set(versions)
    assert len(versions) == 4
    told = {kind: {e.subject for e in evidence if e.type == kind} for kind in (CONTINUED, "preference")}
    assert continued.digest in told[CONTINUED]
    assert fresh.digest not in told[CONTINUED]
    assert {continued.digest, fresh.digest} <= told["preference"]
    assert standing_of(place.workspace).candidates[continued.version].endswith(f"goes on from {production.version})")


def test_preference_training_that_fails_costs_none_of_both(
    grown: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in grown.env.items():
        monkeypatch.setenv(name, value)
    house = open_house(grown.root, ON)
    with Registry.open(grown.workspace.registry, "tests") as registry:
        base, compared = registry.all(Base)[-1], next(e for e in registry.all(Evidence) if e.type == CONTINUED)
        run, questions = registry.all(TrainingRun)[-1], registry.all(Dataset)[0]
    continued = continuing.Continued(Forerunner(candidates(grown)[0], (), ()), run, questions, questions, compared)
    monkeypatch.setattr(continuing, "train_dpo", diverging)

    kept = continuing.prefer(house, base, questions, continued)

    assert kept == replace(continued, pairs=questions, weighed=questions)
    assert "no preference training behind what goes on: loss is nan" in capsys.readouterr().err


def test_pairs_that_production_was_preference_trained_on_are_not_measured(
    grown: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = grown.copy(tmp_path)
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    with Registry.open(place.workspace.registry, "tests") as registry:
        base, compared = registry.all(Base)[-1], next(e for e in registry.all(Evidence) if e.type == CONTINUED)
        run, pairs = registry.all(TrainingRun)[-1], next(d for d in registry.all(Dataset) if d.purpose == "preference")
        before = continuing._forerunner(registry, candidates(place)[0])
    learnt = pairs.model_copy(update={"held_out": pairs.train})
    monkeypatch.setattr(continuing, "train_dpo", lambda *_: run)
    house = open_house(place.root, ON)
    continued = continuing.Continued(before, run, pairs, pairs, compared)

    weighed = [continuing.prefer(house, base, one, continued) for one in (pairs, learnt)]
    (place.root / "policy.yaml").write_text("gate: {minimum_preference: 0.0}\n")
    asked = continuing.prefer(open_house(place.root, ON), base, learnt, continued)

    assert all(weighed)
    fair, empty = (one.weighed for one in weighed if one)
    assert fair == pairs, "the same seed and groups put them on the same sides"
    assert empty is not None
    assert (empty.held_out.rows, empty.train, len(empty.rejected)) == (0, pairs.train, pairs.train.rows)
    assert asked is None
    assert "nothing_to_measure" in capsys.readouterr().err


def diverging(*_: object) -> TrainingRun:
    raise TrainingDiverged("loss is nan at step 1", "lower learning_rate")


def test_what_production_learnt_is_not_measured_when_rows_change_sides(
    grown: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = grown.copy(tmp_path)
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    house = open_house(place.root, (*ON, "build.seed=8"))
    valid = stages.validate(house, stages.scrub(house, stages.ingest(house)))
    questions = stages.build_sft(house, stages.base_model(house), valid)
    with Registry.open(place.workspace.registry, "tests") as registry:
        first = registry.all(Dataset)[0]
    learnt = set(read_table(first.train, place.workspace.artifacts)["id"].to_pylist())

    continued = continuing.go_on(house, stages.base_model(house), (valid, questions))

    assert continued is not None
    artifacts = place.workspace.artifacts
    sides = (questions.held_out, continued.measured.held_out)
    before, after = (set(read_table(side, artifacts)["id"].to_pylist()) for side in sides)
    assert before & learnt
    assert after == before - learnt
    assert continued.dataset.held_out == continued.measured.held_out


def test_a_removed_document_leaves_the_fresh_adapter_alone(
    grown: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = grown.copy(tmp_path)
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    house = open_house(place.root, (*ON, "ingest.exclude=[pairs.jsonl]"))
    valid = stages.validate(house, stages.scrub(house, stages.ingest(house)))
    questions = stages.build_sft(house, stages.base_model(house), valid)

    assert continuing.go_on(house, stages.base_model(house), (valid, questions)) is None
    assert "rows_gone" in capsys.readouterr().err


def test_noise_that_was_spent_is_not_spent_again(grown: Place) -> None:
    with pytest.raises(ConfigError, match=r"continual\.enabled"):
        open_house(grown.root, ("continual.enabled=true", "dpo.enabled=false", "sft.privacy.epsilon=8"))
