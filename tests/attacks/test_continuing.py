"""An adapter that learnt what was erased, or that people have refused, does not live on in another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.erasure.erasing import carry_out
from flows.house import House, open_house
from flows.training.continuing import Left
from flows.walk import candidates, continuing, privacy, stages
from governance.policy import policy_of
from registry.database.store import Registry
from registry.decisions import approvals
from registry.decisions.cases import Case
from registry.errors import Erased, GateRefused, ReleaseReplayed
from registry.records import Adapter, Dataset, Decision, Document, TrainingRun, ValidatedBatch, Verdict
from registry.tables import read_table
from registry.trust.keys import load_key
from registry.trust.root import load_trust
from registry.trust.signatory import Signatory
from tests.walked import Place, muniment

ON = ("continual.enabled=true", "build.seed=8")
"""Another split has rows that production has not learnt, and asks for no new documents."""
Walked = tuple[Place, House, ValidatedBatch, Dataset]


def built(place: Place, patch: pytest.MonkeyPatch) -> Walked:
    for name, value in place.env.items():
        patch.setenv(name, value)
    house = open_house(place.root, ON)
    valid = stages.validate(house, stages.scrub(house, stages.ingest(house)))
    return place, house, valid, stages.build_sft(house, stages.base_model(house), valid)


@pytest.fixture(scope="module")
def built_once(released_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Production is in force, and there are rows that it has not learnt."""
    with pytest.MonkeyPatch.context() as patch:
        return built(released_once.copy(tmp_path_factory.mktemp("built")), patch)[0]


@pytest.fixture
def walked(built_once: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walked:
    return built(built_once.copy(tmp_path), monkeypatch)


def by(place: Place, name: str) -> Signatory:
    now = datetime.now(UTC)
    return Signatory(load_key(name, place.keys), load_trust(place.workspace.trust, now), now)


def erase(place: Place, document: str) -> None:
    carry_out(place.workspace, document, "Request under article 17", lambda: by(place, "paul"))


def documents(place: Place, dataset: Dataset) -> set[str]:
    """Digests of the documents that its training rows come from."""
    return set(read_table(dataset.train, place.workspace.artifacts)["document"].to_pylist())


def test_production_that_learnt_erased_rows_is_not_gone_on_from(
    walked: Walked, capsys: pytest.CaptureFixture[str]
) -> None:
    place, house, valid, questions = walked
    erase(place, "questions.jsonl")

    assert continuing.go_on(house, stages.base_model(house), (valid, questions)) is None
    assert "not continued (not_in_force)" in (told := capsys.readouterr().err)
    assert "revoked by paul" in told


def test_production_is_not_in_force_under_a_trust_root_put_back(walked: Walked) -> None:
    place, house, *_ = walked
    kept = place.workspace.trust.read_bytes()
    assert muniment(place, "trust", "remove", "rita").code == 0
    place.workspace.trust.write_bytes(kept)

    with pytest.raises(ReleaseReplayed):
        continuing.in_force(house)


def test_revoked_production_is_not_measured_and_nothing_falls_behind_it(walked: Walked) -> None:
    place, house, _, questions = walked
    base, documents = stages.base_model(house), stages.ingest(house)
    proof = privacy.prove_scrubbing(house, documents, stages.scrub(house, documents))
    with Registry.open(place.workspace.registry, "tests") as registry:
        release = registry.current("production")
        assert release is not None
        other = release.adapter.model_copy(update={"name": "another"})
        registry.add(other, [base.digest])
        approvals.revoke(registry, Case(release.adapter, policy_of(place.workspace).digest, "leaks"), by(place, "paul"))

    evidence = candidates.evaluate(house, base, (questions, None), (), proof)
    with pytest.raises(GateRefused):
        candidates.gate(house, base, [other], evidence)

    assert {one.subject for one in evidence} == {base.digest}
    with Registry.open(place.workspace.registry, "tests") as registry:
        verdict = next(one for one in registry.all(Verdict) if one.subject == other.digest)
    assert verdict.against == (base.digest, release.adapter.digest), "or it could never take its place"
    assert not [reason for reason in verdict.reasons if "production" in reason]


def test_what_production_learnt_and_somebody_changed_costs_the_fresh_adapter_nothing(
    walked: Walked, capsys: pytest.CaptureFixture[str]
) -> None:
    place, house, valid, questions = walked
    with Registry.open(place.workspace.registry, "tests") as registry:
        learnt = registry.all(Dataset)[0].train
    assert learnt.artifact != questions.train.artifact
    path = place.workspace.artifacts.path(learnt.artifact)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    assert continuing.go_on(house, stages.base_model(house), (valid, questions)) is None
    assert "not continued (training_failed)" in capsys.readouterr().err


def test_a_leak_test_that_is_asked_for_now_lets_nothing_go_on(
    walked: Walked, capsys: pytest.CaptureFixture[str]
) -> None:
    _, house, valid, questions = walked

    assert continuing.go_on(house, stages.base_model(house), (valid, questions), None, True) is None
    assert "not continued (leak_test)" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [approvals.revoke, approvals.reject], ids=["revoked", "rejected"])
def test_production_that_people_refused_is_not_gone_on_from(
    walked: Walked, capsys: pytest.CaptureFixture[str], verb: Callable[[Registry, Case, Signatory], Decision]
) -> None:
    place, house, valid, questions = walked
    with Registry.open(place.workspace.registry, "tests") as registry:
        release = registry.current("production")
        assert release is not None
        verb(registry, Case(release.adapter, policy_of(place.workspace).digest, "leaks [/yellow]"), by(place, "paul"))

    assert continuing.go_on(house, stages.base_model(house), (valid, questions)) is None
    assert "not continued (not_in_force)" in capsys.readouterr().err


def test_production_that_goes_on_from_what_was_revoked_since_is_not_gone_on_from(
    walked: Walked, capsys: pytest.CaptureFixture[str]
) -> None:
    place, house, valid, questions = walked
    with Registry.open(place.workspace.registry, "tests") as registry:
        release = registry.current("production")
        assert release is not None
        run = registry.get(release.adapter.run)
        assert isinstance(run, TrainingRun)
        first = next(one for one in registry.all(Adapter) if one.run == run.parent)
        approvals.revoke(registry, Case(first, policy_of(place.workspace).digest, "leaks"), by(place, "paul"))
    assert not isinstance(continuing.in_force(house), Left), "it stays until somebody revokes it as well"

    assert continuing.go_on(house, stages.base_model(house), (valid, questions)) is None
    assert f"(revoked_before): {release.adapter.version} goes on from {first.version}" in capsys.readouterr().err


def test_production_that_has_expired_is_not_gone_on_from(
    walked: Walked, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, house, valid, questions = walked

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(days=91)

    monkeypatch.setattr("flows.walk.continuing.datetime", Later)

    assert continuing.go_on(house, stages.base_model(house), (valid, questions)) is None
    assert "is in force" in capsys.readouterr().err


def test_erasing_reaches_an_adapter_through_the_one_that_it_goes_on_from(walked: Walked) -> None:
    place, house, valid, questions = walked
    base = stages.base_model(house)
    continued = continuing.go_on(house, base, (valid, questions))
    assert continued is not None
    subject = candidates.register(house, base, (continued.run, continued.dataset), (None, None))[0]
    with Registry.open(place.workspace.registry, "tests") as registry:
        pairs = next(one.digest for one in registry.all(Document) if one.path == "pairs.jsonl")
    assert pairs in set().union(*(documents(place, one) for one in continued.before.datasets))
    assert pairs not in documents(place, continued.dataset)

    erase(place, "pairs.jsonl")

    with Registry.open(place.workspace.registry, "tests") as registry:
        refused = {one.subject for one in registry.refusals()}
    assert subject.digest in refused
    with pytest.raises(Erased):
        place.workspace.artifacts.path(subject.weights)
