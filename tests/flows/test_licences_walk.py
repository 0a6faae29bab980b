"""Licences through the walk: the lineage is judged before training and at the gate, and asked again at any time."""

from __future__ import annotations

from pathlib import Path

import yaml

from governance.policy import load_policy
from registry.database.store import Registry
from registry.records import Base, Document, DocumentSet
from tests.walked import Place, candidate, muniment


def change_licences(place: Place, **changes: object) -> None:
    """Other rules in the workspace's policy.yaml."""
    path = place.workspace.policy
    policy = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    policy.setdefault("licences", {}).update(changes)
    path.write_text(yaml.safe_dump(policy), encoding="utf-8")
    load_policy(path)


def test_the_lineage_says_what_is_owed_and_why(walked_once: Place) -> None:
    ended = muniment(walked_once, "licence", "check", candidate(walked_once), "--json")

    assert ended.code == 0, ended.err
    told = ended.json()
    assert isinstance(told, dict)
    assert told["allowed"]
    assert {material["what"] for material in told["materials"]} == {"base model", "rows", "documents"}
    documents = [one for one in told["obligations"] if one["chain"] and one["chain"][-1].startswith("document ")]
    assert documents
    assert all(one["chain"][0].startswith("dataset ") for one in documents), "the way leads through the data set"


def test_no_path_of_a_document_is_kept_in_the_evidence(walked_once: Place) -> None:
    told = muniment(walked_once, "licence", "check", candidate(walked_once), "--json").out

    with Registry.open(walked_once.workspace.registry, "tests") as registry:
        paths = {document.path for document in registry.all(Document)}
    assert paths
    assert [path for path in paths if path in told] == []


def test_a_use_that_its_material_forbids_is_refused_with_the_way_to_it(walked_once: Place) -> None:
    ended = muniment(walked_once, "licence", "check", candidate(walked_once), "--use", "distribute")

    assert ended.code == 4
    assert "LicenseRef-proprietary-internal" in ended.err
    assert "by way of dataset sft" in ended.err


def test_the_gate_looked_at_the_licences(walked_once: Place) -> None:
    rows = muniment(walked_once, "list", "--kind", "evidence", "--json").json()

    assert isinstance(rows, list)
    assert "licences" in {row["type"] for row in rows}


def test_a_notice_is_written_and_is_the_same_again(walked_once: Place, tmp_path: Path) -> None:
    version = candidate(walked_once)
    printed = muniment(walked_once, "notice", version)
    kept = muniment(walked_once, "notice", version, "--out", str(tmp_path / "NOTICE"))
    told = muniment(walked_once, "notice", version, "--json").json()

    assert told == {"notice": printed.out, "missing": [], "file": None}
    assert kept.code == printed.code == 0, kept.err
    assert (tmp_path / "NOTICE").read_text(encoding="utf-8") == printed.out
    assert version in printed.out


def test_what_the_policy_no_longer_accepts_is_neither_approved_nor_run_again(
    released_once: Place, tmp_path: Path
) -> None:
    place = released_once.copy(tmp_path)
    version = candidate(place)
    change_licences(place, train=["CC0-1.0"], serve_internal=["CC0-1.0"])

    approved = muniment(place, "promote", version, "--key", "olaf", "--reason", "again")
    run = muniment(place, "run")

    assert approved.code == 4, approved.err
    assert "LicenceRefused" in approved.err
    assert "is not accepted for train by this policy (by way of dataset" in approved.err
    assert run.code == 4
    assert "LicenceRefused" in run.err
    with Registry.open(place.workspace.registry, "tests") as registry:
        (documents,) = registry.all(DocumentSet)
        told = registry.events()[-1]
    assert (told.action, told.outcome, told.subjects) == ("stage.scrub", "refused", (documents.digest,))
    assert told.detail == "LicenceRefused: train: LicenseRef-proprietary-internal"


def test_a_base_model_whose_licence_is_refused_is_named_with_it(walked_once: Place, tmp_path: Path) -> None:
    place = walked_once.copy(tmp_path)
    pipeline = place.workspace.pipeline
    pipeline.write_text(pipeline.read_text().replace("base_licence: Apache-2.0", "base_licence: GPL-3.0-only"))

    assert "LicenceRefused" in muniment(place, "run").err

    with Registry.open(place.workspace.registry, "tests") as registry:
        (base,) = registry.all(Base)
        told = registry.events()[-1]
    refused = base.model_copy(update={"licence": "GPL-3.0-only"})
    assert (told.action, told.outcome, told.subjects) == ("stage.base model", "refused", (refused.digest,))
    assert told.detail == f"LicenceRefused: train: base model {base.name} under GPL-3.0-only"


def test_a_folder_whose_licence_nobody_knows_is_told_without_a_word_of_it(walked_once: Place, tmp_path: Path) -> None:
    place = walked_once.copy(tmp_path)
    (place.root / "documents" / "LICENSE").write_text("Teodora Vasquez may read this on Sundays.")

    assert "LicenceRefused" in muniment(place, "run").err

    with Registry.open(place.workspace.registry, "tests") as registry:
        told = registry.events()[-1]
    assert (told.action, told.outcome) == ("stage.ingest", "refused")
    assert told.detail == "LicenceRefused: unknown licence"
