"""A lineage as OpenLineage events, for catalogues such as Marquez or DataHub: one run for each record that was made.

Ids come from the keys and digests of what is told, so the same lineage gives the same events.
https://openlineage.io/docs/spec/object-model
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from registry.database.store import Registry
from registry.lineage import openlineage_facets as facets
from registry.lineage.graph import Graph, Step, around, with_inputs
from registry.records import Decision, Document, Record, Release

NAMESPACE = "muniment"
_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_TIMES = """
SELECT r.digest, s.key, s.name, coalesce(s.seconds, 0), coalesce(s.finished_at, r.created_at)
FROM records r LEFT JOIN stages s ON s.record = r.digest
WHERE r.digest IN (SELECT unnest(?))
QUALIFY row_number() OVER (PARTITION BY r.digest ORDER BY s.finished_at, s.key) = 1
"""
Json = dict[str, object]


@dataclass(frozen=True)
class Run:
    """How a record came to be: a stage of the walk by its key and name, or, without them, somebody's decision."""

    key: str | None
    stage: str | None
    started: datetime
    ended: datetime


def events_of(registry: Registry, digest: str, up: bool = True, down: bool = True) -> list[Json]:
    """A START and a COMPLETE event for each record on the way, in the order of time.

    Raises NotFound, DigestMismatch for an edited record.
    """
    graph = with_inputs(registry, around(registry, digest, up, down))
    records = registry.many(graph.kinds)
    runs = _runs(registry, graph)
    told = [
        event
        for made, steps in graph.farther(up=True).items()
        if made in records
        for event in _events(records[made], runs[made], _inputs(steps, records))
    ]
    return sorted(told, key=_in_time)


def lines(events: list[Json]) -> str:
    """One event a line, as OpenLineage's file transport writes them."""
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


def _in_time(event: Json) -> tuple[str, bool, str]:
    return str(event["eventTime"]), event["eventType"] == "COMPLETE", json.dumps(event)


def _runs(registry: Registry, graph: Graph) -> Mapping[str, Run]:
    runs = {}
    for digest, key, stage, seconds, ended in registry.query(_TIMES, list(graph.kinds)):
        assert isinstance(ended, datetime)
        at = ended.replace(tzinfo=UTC)
        started = at - timedelta(seconds=float(str(seconds)))
        runs[str(digest)] = Run(str(key) if key else None, str(stage) if stage else None, started, at)
    return runs


def _inputs(steps: list[Step], records: Mapping[str, Record]) -> list[Record]:
    return [records[step.digest] for step in steps if step.digest in records]


def _events(made: Record, run: Run, inputs: list[Record]) -> Iterator[Json]:
    shared: Json = {
        "producer": facets.PRODUCER,
        "schemaURL": _SCHEMA,
        "run": {
            "runId": str(uuid5(NAMESPACE_URL, f"{facets.PRODUCER}/run/{run.key or facets.address(made)}")),
            "facets": facets.of_run(made, run.started, run.ended),
        },
        "job": {"namespace": NAMESPACE, "name": run.stage or _act(made), "facets": facets.of_job(run.stage is None)},
        "inputs": [{**_dataset(one), "inputFacets": facets.of_input(one)} for one in inputs],
    }
    yield {"eventType": "START", "eventTime": run.started.isoformat(), **shared, "outputs": []}
    output = {**_dataset(made), "outputFacets": facets.of_output(made)}
    yield {"eventType": "COMPLETE", "eventTime": run.ended.isoformat(), **shared, "outputs": [output]}


def _act(made: Record) -> str:
    """What was done where no stage of the walk did it."""
    match made:
        case Decision():
            return made.decision
        case Release():
            return f"release {made.alias}"
        case _:
            return f"add {made.kind}"


def _dataset(record: Record) -> Json:
    """A document by its path, with its content as the version; anything else by its digest."""
    name = f"document/{record.path}" if isinstance(record, Document) else f"{record.kind}/{facets.address(record)}"
    return {"namespace": NAMESPACE, "name": name, "facets": facets.of_dataset(record)}
