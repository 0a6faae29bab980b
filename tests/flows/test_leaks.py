"""The leak test with real training: the control learns secrets by heart, the pipeline's adapter never sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from governance.integrity.canaries import plant
from governance.integrity.memorization import findings
from governance.policy import policy_of
from registry.database.store import Registry
from registry.records import Adapter, DocumentSet, Verdict
from tests.leaking import evidence, leak_tested, leaky
from tests.prefect_server import PrefectServer
from tests.walked import Ended, Place, forked, muniment


@pytest.fixture(scope="module")
def place(walked_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return leaky(walked_once.copy(tmp_path_factory.mktemp("leaky")))


@pytest.fixture(scope="module")
def killed(place: Place) -> Ended:
    """Killed in the middle: the control was asked, the other twin was only trained."""
    return forked(leak_tested, place, ("pipeline",))


@pytest.fixture(scope="module")
def ended(place: Place, killed: Ended, prefect_server: PrefectServer) -> Ended:
    assert (killed.code, killed.out.split()) == (-9, ["control", "pipeline"]), killed.err
    return muniment(place, "leak-test", "--json", env=prefect_server.env)


def test_a_control_leaks_and_an_adapter_from_scrubbed_data_does_not(place: Place, ended: Ended) -> None:
    assert ended.code == 0, ended.err
    found = evidence(place)[0]

    assert all(finding.passed for finding in findings(found.figures, policy_of(place.workspace).memorization))
    control, pipeline = found.figure("control.exposure.60"), found.figure("pipeline.exposure.60")
    assert control is not None
    assert pipeline is not None
    assert control.value > pipeline.value


def test_a_killed_test_goes_on_where_it_was(place: Place, ended: Ended) -> None:
    assert "leak test: control" not in ended.err, "the control's answers were read again"
    assert "leak test: pipeline, asked" in ended.err


def test_every_candidate_carries_the_evidence_to_the_gate(place: Place, ended: Ended) -> None:
    with Registry.open(place.workspace.registry, "tests") as registry:
        made = [adapter.digest for adapter in registry.all(Adapter)][-2:]
        verdicts = registry.all(Verdict)[-2:]

    assert {one.subject for one in evidence(place)} >= set(made)
    for verdict in verdicts:
        assert verdict.passed
        assert any("keeps secrets repeated 60 times" in reason for reason in verdict.reasons)


def test_nothing_planted_stays_behind(place: Place, ended: Ended) -> None:
    with Registry.open(place.workspace.registry, "tests") as registry:
        documents = registry.all(DocumentSet)[-1]
    secrets = {canary.secret for canary in plant(3, (0, 1, 60), documents.digest)}
    log = place.workspace.artifacts.path(str(evidence(place)[0].artifact)).read_text(encoding="utf-8")

    assert place.orphans() == set()
    assert set(json.loads(log)["control"][0]) == {"number", "repeats", "exposure", "estimate", "greedy", "sampled"}
    files = [path for path in place.root.rglob("*") if path.is_file()]
    assert not [path for path in files for secret in secrets if secret.encode() in path.read_bytes()]


def test_a_control_that_does_not_leak_is_refused_by_name(walked_once: Place, tmp_path: Path) -> None:
    deaf = leaky(walked_once.copy(tmp_path), ", minimum_control_exposure: 5.9")
    policy = (deaf.root / "policy.yaml").read_text(encoding="utf-8")
    (deaf.root / "policy.yaml").write_text(policy.replace("repeats: [1, 60]", "repeats: [1]"), encoding="utf-8")

    ended = forked(leak_tested, deaf)

    assert "ControlDidNotLeak" in ended.err
    assert ended.out.split() == ["control"], "the other training was not paid for"
    assert evidence(deaf) == []
    assert deaf.orphans() == set()
