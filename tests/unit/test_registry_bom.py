"""An adapter's bill of materials holds to the official CycloneDX schema and names all that it was made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry as Schemas
from referencing import Resource

from registry.database.store import StageResult
from registry.lineage.bom_parts import licences
from registry.records import Dataset, ScrubbedSet, TrainingRun
from tests.registered import POLICY, Place, make_place, said
from tests.unit.test_registry_store import TABLE, document_set, documents

Bom = dict[str, Any]
HERE = Path(__file__).parent.parent / "data" / "cyclonedx"
SCHEMA = json.loads((HERE / "bom-1.6.schema.json").read_text())
OTHERS = [json.loads((HERE / name).read_text()) for name in ("spdx.schema.json", "jsf-0.82.schema.json")]
KNOWN: Schemas[Any] = Schemas().with_resources((one["$id"], Resource.from_contents(one)) for one in (SCHEMA, *OTHERS))
VALIDATOR = Draft7Validator(SCHEMA, registry=KNOWN, format_checker=FormatChecker())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An adapter from three documents by way of a dataset and a run, judged and approved."""
    made = make_place(tmp_path_factory.mktemp("place"))
    scrubbed = ScrubbedSet(units=TABLE, entities={"PERSON": 4}, key_id="k", policy=POLICY)
    dataset = Dataset(
        purpose="sft", train=TABLE, held_out=TABLE, licences={"MIT": 1, "CC0-1.0 OR MIT": 2}, origins={"imported": 3},
        rejected=(),
    )  # fmt: skip
    with made.registry() as registry:
        whole = registry.commit(StageResult("a", "ingest", document_set(3), documents(3)))
        clean = registry.commit(StageResult("b", "scrub", scrubbed, parents=(whole,)))
        data = registry.commit(StageResult("c", "build", dataset, parents=(clean,)))
        adapter = made.adapter(registry)
        run = TrainingRun(
            method="sft", base=adapter.base, dataset=data, parent=None, weights="e" * 64, rows=1, steps=3, tokens=1,
            settings={"learning_rate": 1e-4, "optimizer": None}, first_loss=2, last_loss=1,
            software={"torch": "2.13.0+cpu", "trl": "1.2.0"},
        )  # fmt: skip
        trained = registry.commit(StageResult("d", "train sft", run, parents=(adapter.base, data)))
        registry.add(adapter, (trained, data), "register")
        made.approve(registry, adapter)
    return made


@pytest.fixture
def bom(place: Place) -> Bom:
    found = json.loads(said(place, "bom", "demo"))
    assert isinstance(found, dict)
    return found


def references(value: object) -> Iterator[str]:
    """Every bom-ref of a document."""
    if isinstance(value, dict):
        yield from ([value["bom-ref"]] if "bom-ref" in value else [])
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from references(one)


def test_it_holds_to_the_official_schema(bom: Bom) -> None:
    VALIDATOR.validate(bom)


@pytest.mark.parametrize("change", [{"specVersion": 7}, {"components": [{"name": "x"}]}, {"serialNumber": "one"}])
def test_a_document_that_does_not_is_noticed(bom: Bom, change: Bom) -> None:
    assert not VALIDATOR.is_valid({**bom, **change})


def test_the_packages_that_trained_it_are_listed_by_version(bom: Bom) -> None:
    found = {one["purl"]: one["scope"] for one in bom["components"] if one["type"] == "library"}

    assert found == {"pkg:pypi/torch@2.13.0%2Bcpu": "excluded", "pkg:pypi/trl@1.2.0": "excluded"}


def test_references_are_unique_and_lead_somewhere(bom: Bom) -> None:
    known = list(references(bom))
    named = [one for entry in bom["dependencies"] for one in (entry["ref"], *entry["dependsOn"])]

    assert len(known) == len(set(known))
    assert set(named) <= set(known)


def test_the_adapter_depends_on_base_and_data_and_the_data_on_every_document(place: Place, bom: Bom) -> None:
    with place.registry() as registry:
        adapter = registry.find("demo")
    needs = {entry["ref"]: entry["dependsOn"] for entry in bom["dependencies"]}
    own = bom["metadata"]["component"]["bom-ref"]
    data = next(one for one in needs[own] if one.startswith("dataset:"))

    assert own == f"adapter:{adapter.digest}"
    assert f"base:{adapter.base}" in needs[own]
    assert sorted(needs[data]) == sorted(f"document:{one.digest}" for one in documents(3))


def test_hashes_are_those_of_the_files(place: Place, bom: Bom) -> None:
    import hashlib

    with place.registry() as registry:
        weights = place.workspace.artifacts.path(registry.find("demo").weights)
    component = bom["metadata"]["component"]
    expected = hashlib.sha256((weights / "adapter_model.safetensors").read_bytes()).hexdigest()
    files = {one["name"]: one["hashes"][0]["content"] for one in bom["components"] if one["type"] == "file"}

    assert component["hashes"] == [{"alg": "SHA-256", "content": expected}]
    assert [one["name"] for one in component["components"]] == ["adapter_model.safetensors"]
    assert files == {f"{one.digest[:12]}{Path(one.path).suffix}": one.content for one in documents(3)}


def test_a_bill_for_others_does_not_say_whose_files_it_was_made_of(bom: Bom) -> None:
    written = json.dumps(bom)

    assert not [one.path for one in documents(3) if one.path in written]


def test_the_model_card_has_data_figures_and_settings(bom: Bom) -> None:
    component = bom["metadata"]["component"]
    card = component["modelCard"]
    settings = {one["name"]: one["value"] for one in card["properties"]}

    assert [one["ref"] for one in card["modelParameters"]["datasets"]] == [
        one["bom-ref"] for one in bom["components"] if one["type"] == "data"
    ]
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [{
        "type": "accuracy", "slice": "headline", "value": "0.8",
        "confidenceInterval": {"lowerBound": "0.7000000000000001", "upperBound": "0.9"},
    }]  # fmt: skip
    assert settings["muniment:sft.learning_rate"] == "0.0001"
    assert "4 places" in card["considerations"]["ethicalConsiderations"][0]["mitigationStrategy"]
    assert component["pedigree"]["ancestors"][0]["name"] == "tiny"


def test_the_same_registry_gives_the_same_bytes(place: Place, tmp_path: Path) -> None:
    for name in ("one.json", "other.json"):
        said(place, "bom", "demo", "--out", str(tmp_path / name))

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()


def test_an_adapter_whose_weights_are_gone_still_has_a_bill(place: Place, bom: Bom, tmp_path: Path) -> None:
    import shutil
    from dataclasses import replace

    from registry.workspace import Workspace

    shutil.copytree(place.workspace.root, tmp_path / "copy")
    copy = replace(place, workspace=Workspace(tmp_path / "copy"))
    shutil.rmtree(copy.workspace.artifacts.root)

    found = json.loads(said(copy, "bom", "demo"))

    VALIDATOR.validate(found)
    assert "hashes" not in found["metadata"]["component"]
    assert found["components"] == bom["components"]


@pytest.mark.parametrize(
    ("stated", "expression"),
    [
        (["MIT"], "MIT"),
        (["MIT", "MIT"], "MIT"),
        (["MIT OR Apache-2.0", "CC0-1.0"], "CC0-1.0 AND (MIT OR Apache-2.0)"),
        (["Our house rules (v2)"], "LicenseRef-Our-house-rules-v2"),
        (["proprietary-internal AND MIT"], "LicenseRef-proprietary-internal AND MIT"),
        (["LicenseRef-proprietary-internal"], "LicenseRef-proprietary-internal"),
        (["() AND MIT"], "LicenseRef-AND-MIT"),
        ([""], "LicenseRef-not-stated"),
    ],
)
def test_licences_hold_together_as_one_spdx_expression(stated: Sequence[str], expression: str) -> None:
    assert licences(stated) == {"licenses": [{"expression": expression}]}


def test_where_no_licence_is_stated_none_is_claimed() -> None:
    assert licences([]) == {}
