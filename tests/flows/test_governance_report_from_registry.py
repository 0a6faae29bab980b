"""The report of an adapter comes whole out of a real registry, and changes nothing in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from governance.policy import Policy
from governance.report.fetch import facts_of
from governance.report.render import render, write_report
from registry.database.store import Registry
from registry.errors import DigestMismatch
from registry.records import Adapter, Base, Document, DocumentSet, Evidence, Figure, Table, TrainingRun
from registry.trust.changes import without_person
from registry.trust.keys import load_key
from registry.trust.signing import change
from tests.registered import make_place

LATER = datetime(2027, 3, 2, tzinfo=UTC)
NOW = datetime(2026, 11, 24, tzinfo=UTC)
POLICY = Policy()
TABLE = Table(artifact="1" * 64, rows=1, columns=())
BASE = Base(
    name="tiny", weights="2" * 64, licence="MIT", architecture="LlamaForCausalLM", parameters=1, source="package"
)


def _fill(registry: Registry) -> Adapter:
    base = registry.add(BASE)
    document = Document(content="3" * 64, path="a.txt", media_type="text/plain", size_bytes=1, licence="MIT")
    found = DocumentSet(units=TABLE, documents=1, formats={"text/plain": 1}, licences={"MIT": 1}, rejected=())
    documents = registry.add(found, parents=[registry.add(document)])
    run = TrainingRun(
        method="sft",
        base=base,
        dataset=documents,
        parent=None,
        weights="4" * 64,
        settings={},
        rows=1,
        steps=1,
        tokens=1,
        first_loss=2,
        last_loss=1,
    )
    trained = registry.add(run, parents=[base, documents])
    tuned = Adapter(
        name="regqa",
        weights="4" * 64,
        base=base,
        run=trained,
        rank=8,
        target_modules=("q_proj",),
        licences={"MIT": 1},
        golden=(),
    )
    preferred = run.model_copy(update={"method": "dpo", "parent": trained, "weights": "5" * 64})
    final = registry.add(preferred, parents=[base, documents, trained])
    adapter = tuned.model_copy(update={"weights": "5" * 64, "run": final})
    of_tuned = registry.add(tuned, parents=[trained], action="register")
    digest = registry.add(adapter, parents=[final], action="register")
    figure = Figure(name="accuracy", value=0.7, low=0.6, high=0.8, n=100)
    lower = figure.model_copy(update={"value": 0.65})
    registry.add(Evidence(type="headline", subject=of_tuned, figures=(lower,)), parents=[of_tuned])
    registry.add(Evidence(type="headline", subject=digest, figures=(figure,)), parents=[digest])
    registry.add(Evidence(type="headline", subject="f" * 64, figures=(figure,)))
    return adapter


def test_the_report_holds_the_lineage_and_leaves_the_registry_alone(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "registry.duckdb", actor="eva") as registry:
        adapter = _fill(registry)
        before = registry.events()

        html, twin = write_report(facts_of(registry, adapter, NOW, POLICY), tmp_path / "reports")

        assert registry.events() == before
    facts = json.loads(twin.read_text(encoding="utf-8"))
    assert facts["material"]["documents"] == 1
    assert [step["label"] for step in facts["steps"]] == ["base", "SFT", "DPO"]
    measured = [[e["figures"][0]["value"] for e in step["evidence"]] for step in facts["steps"]]
    assert measured == [[], [0.65], [0.7]]
    assert facts["chain"]["intact"]
    assert "licence_text" in {o["of"]: o["duties"] for o in facts["material"]["obligations"]}["base model tiny"]
    page = html.read_text(encoding="utf-8")
    assert "70.0 %" in page
    assert "hand on a copy of the licence" in page
    assert "licence_text" not in page


def test_a_record_edited_behind_the_registrys_back_is_not_reported_as_fact(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "registry.duckdb", actor="eva") as registry:
        adapter = _fill(registry)
        registry.connection.execute(
            "UPDATE records SET body = replace(body::VARCHAR, 'MIT', 'ISC') WHERE kind = 'base'"
        )

        with pytest.raises(DigestMismatch):
            facts_of(registry, adapter, NOW, POLICY)


def test_who_decided_is_told_with_role_and_key(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        release = place.promote(registry, adapter)
        before = place.trust
        enough = facts_of(registry, adapter, LATER, POLICY, trust=before)
        change(place.workspace.trust, without_person(before, "paul"), [load_key("root", place.keys)], place.now)
        page = render(facts_of(registry, adapter, LATER, POLICY, trust=place.trust))

    told = {enough.signings[one.digest].roles: enough.signings[one.digest].keys for one in enough.decisions}
    assert told == {
        ("reviewer",): (load_key("rita", place.keys).id,), ("privacy_officer",): (load_key("paul", place.keys).id,),
    }  # fmt: skip
    assert enough.signings[release.digest].roles == ("operator",)
    assert load_key("rita", place.keys).id[:12] in page
    assert "not in the trust root of today" in page


def test_one_approval_of_two_is_not_yet_awaiting_release(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita")
        one = facts_of(registry, adapter, LATER, POLICY).status
        place.approve(registry, adapter, "paul")
        two = facts_of(registry, adapter, LATER, POLICY).status

    assert (one, two) == ("awaiting approval", "awaiting release")
