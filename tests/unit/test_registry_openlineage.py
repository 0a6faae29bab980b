"""OpenLineage events hold to the official schemas and tell the whole lineage, each time in the same words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry as Schemas
from referencing import Resource

from registry.database.store import StageResult
from registry.lineage.openlineage import events_of, lines
from registry.records import ScrubbedSet, SuiteResult, TrainingRun, ValidatedBatch
from tests.registered import POLICY, Place, make_place
from tests.unit.test_registry_store import TABLE, document_set, documents

Event = dict[str, Any]
HERE = Path(__file__).parent.parent / "data" / "openlineage"
SCHEMAS = [json.loads(path.read_text()) for path in (HERE / "OpenLineage.json", *sorted((HERE / "facets").glob("*")))]
KNOWN: Schemas[Any] = Schemas().with_resources((one["$id"], Resource.from_contents(one)) for one in SCHEMAS)
FACETS = {f"{one['$id']}#/$defs/{name}": one for one in SCHEMAS for name in one["$defs"]}
BATCH = ValidatedBatch(
    rows=TABLE, suites=(SuiteResult(suite="documents", passed=True, checked=1, expectations=4),), quarantined=(),
    data_docs="d" * 64,
)  # fmt: skip
RUN = TrainingRun(
    method="sft", base="b" * 64, dataset="d" * 64, parent=None, weights="e" * 64, rows=1, steps=3, tokens=1,
    settings={"learning_rate": 1e-4, "seed": 42}, first_loss=2, last_loss=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An adapter from three documents by way of every stage, approved and released."""
    made = make_place(tmp_path_factory.mktemp("place"))
    scrubbed = ScrubbedSet(units=TABLE, entities={"PERSON": 1}, key_id="k", policy=POLICY)
    with made.registry() as registry:
        whole = registry.commit(StageResult("a", "ingest", document_set(3), documents(3), seconds=2.5))
        clean = registry.commit(StageResult("b", "scrub", scrubbed, parents=(whole,), seconds=1))
        valid = registry.commit(StageResult("c", "validate", BATCH, parents=(clean,)))
        run = registry.commit(StageResult("d", "train sft", RUN, parents=(valid,), seconds=60))
        adapter = made.adapter(registry)
        registry.commit(StageResult("e", "adapter", adapter, parents=(run,)))
        made.approve(registry, adapter)
        made.promote(registry, adapter)
    return made


@pytest.fixture
def events(place: Place) -> list[Event]:
    with place.registry() as registry:
        return parsed(events_of(registry, registry.find("demo").digest))


def parsed(events: list[dict[str, object]]) -> list[Event]:
    """As whoever reads the file has them."""
    return [json.loads(line) for line in lines(events).splitlines()]


def test_every_event_and_facet_holds_to_its_schema(events: list[Event]) -> None:
    run_event = {"$ref": f"{SCHEMAS[0]['$id']}#/$defs/RunEvent"}
    for event in events:
        Draft202012Validator(run_event, registry=KNOWN, format_checker=FormatChecker()).validate(event)
        for name, facet in facets_of(event):
            schema = FACETS[facet["_schemaURL"]]
            assert name in schema["properties"]
            Draft202012Validator(schema, registry=KNOWN, format_checker=FormatChecker()).validate({name: facet})
    assert {name for event in events for name, _ in facets_of(event)} == {
        "version", "documentation", "datasetType", "schema", "tags", "inputStatistics", "outputStatistics",
        "dataQualityAssertions", "jobType", "nominalTime", "processing_engine", "executionParameters",
    }  # fmt: skip


def facets_of(event: Event) -> list[tuple[str, Event]]:
    sources = [event["run"]["facets"], event["job"]["facets"]]
    for dataset in (*event["inputs"], *event["outputs"]):
        sources += [dataset[key] for key in ("facets", "inputFacets", "outputFacets") if key in dataset]
    return [pair for facets in sources for pair in facets.items()]


def test_a_schema_that_is_not_held_to_is_noticed(events: list[Event]) -> None:
    broken = {**events[0], "run": {"runId": "not a uuid"}}
    validator = Draft202012Validator(
        {"$ref": f"{SCHEMAS[0]['$id']}#/$defs/RunEvent"}, registry=KNOWN, format_checker=FormatChecker()
    )

    assert not validator.is_valid(broken)
    assert not validator.is_valid({**events[0], "eventTime": "yesterday"})


def test_every_run_starts_and_completes_once(events: list[Event]) -> None:
    by_run: dict[str, list[str]] = {}
    for event in events:
        by_run.setdefault(event["run"]["runId"], []).append(event["eventType"])

    assert set(map(tuple, by_run.values())) == {("START", "COMPLETE")}
    times = [datetime.fromisoformat(event["eventTime"]) for event in events]
    assert times == sorted(times)
    assert all(time.tzinfo == UTC for time in times)


def test_a_stage_took_as_long_as_is_recorded(events: list[Event]) -> None:
    started, ended = (
        datetime.fromisoformat(event["eventTime"]) for event in events if event["job"]["name"] == "train sft"
    )

    assert (ended - started).total_seconds() == 60


def test_the_way_from_the_documents_to_the_release_is_whole(events: list[Event]) -> None:
    outputs = {out["name"]: event for event in events for out in event["outputs"]}
    reached, waiting = set(), [name for name in outputs if name.startswith("release/")]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += [one["name"] for one in outputs[name]["inputs"]] if name in outputs else []

    assert {"document/0.txt", "document/1.txt", "document/2.txt"} <= reached
    assert {event["job"]["name"] for event in events} == {
        "ingest", "scrub", "validate", "train sft", "adapter", "add evidence", "add verdict", "approve",
        "release production",
    }  # fmt: skip


def test_an_evaluation_names_all_that_it_was_made_of(place: Place) -> None:
    with place.registry() as registry:
        adapter = registry.find("demo")
        other = BATCH.model_copy(update={"data_docs": "e" * 64})
        registry.add(other)
        evidence = place.judge(registry, adapter, accuracy=0.9)
        registry.add(evidence, (other.digest,))
        events = parsed(events_of(registry, adapter.digest, up=False))

    measured = next(e for e in events if any(out["name"] == f"evidence/{evidence.digest}" for out in e["outputs"]))
    assert {one["name"] for one in measured["inputs"]} == {
        f"adapter/{adapter.digest}", f"validated-batch/{other.digest}",
    }  # fmt: skip


def test_the_same_lineage_gives_the_same_lines(place: Place) -> None:
    with place.registry() as registry:
        digest = registry.find("demo").digest
        first, again = (lines(events_of(registry, digest)) for _ in range(2))

    assert first == again
    assert all(json.loads(line) for line in first.splitlines())
