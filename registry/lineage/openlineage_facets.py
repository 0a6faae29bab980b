"""What OpenLineage's standard facets say of our records: versions, licences, columns, counts, checks, settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.metadata import version

from registry.counted import counted
from registry.erasure.records import Tombstone
from registry.pages.labels import label
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Document,
    DocumentSet,
    Export,
    Record,
    ScrubbedSet,
    SuiteResult,
    Table,
    TrainingRun,
    ValidatedBatch,
)  # fmt: skip

PRODUCER = "https://muniment.dev"
Json = dict[str, object]
_SPEC = "https://openlineage.io/spec/facets"
_TABLES = (DocumentSet, ScrubbedSet, ValidatedBatch, Dataset)


def of_dataset(record: Record) -> Json:
    """Version, what it is, its columns and its licences."""
    found: Json = {
        "version": _facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion=_version(record)),
        "documentation": _facet("1-1-0", "DocumentationDatasetFacet", description=label(record)),
        "datasetType": _facet("1-0-1", "DatasetTypeDatasetFacet", datasetType=_type(record), subType=record.kind),
    }
    table = _table(record)
    if table:
        columns = [{"name": name, "ordinal_position": place} for place, name in enumerate(table.columns, start=1)]
        found["schema"] = _facet("1-2-0", "SchemaDatasetFacet", fields=columns)
    licences = [{"key": "licence", "value": name, "source": "muniment"} for name in licences_of(record)]
    if licences:
        found["tags"] = _facet("1-0-0", "TagsDatasetFacet", tags=licences)
    return found


def of_input(record: Record) -> Json:
    """Rows read, and of validated rows which suites they passed."""
    found: Json = {}
    table = _table(record)
    if table:
        found["inputStatistics"] = _facet("1-0-0", "InputStatisticsInputDatasetFacet", rowCount=table.rows)
    elif isinstance(record, Document):
        found["inputStatistics"] = _facet("1-0-0", "InputStatisticsInputDatasetFacet", size=record.size_bytes)
    if isinstance(record, ValidatedBatch):
        checks = [_assertion(suite) for suite in record.suites]
        found["dataQualityAssertions"] = _facet("1-1-0", "DataQualityAssertionsDatasetFacet", assertions=checks)
    return found


def of_output(record: Record) -> Json:
    """Rows written."""
    table = _table(record)
    if table is None:
        return {}
    return {"outputStatistics": _facet("1-0-2", "OutputStatisticsOutputDatasetFacet", rowCount=table.rows)}


def of_job(decided: bool) -> Json:
    """`decided`: by a person or the registry, not a stage of the walk."""
    kind = "DECISION" if decided else "STAGE"
    return {"jobType": _facet("2-0-4", "JobTypeJobFacet", processingType="BATCH", integration="MUNIMENT", jobType=kind)}


def of_run(made: Record, started: datetime, ended: datetime) -> Json:
    """When, by which version of this program, and of a training run its settings and software."""
    times = {"nominalStartTime": started.isoformat(), "nominalEndTime": ended.isoformat()}
    found: Json = {
        "nominalTime": _facet("1-0-1", "NominalTimeRunFacet", **times),
        "processing_engine": _facet("1-1-1", "ProcessingEngineRunFacet", name="muniment", version=version("muniment")),
    }
    if isinstance(made, TrainingRun):
        said = made.settings | {f"software.{package}": version for package, version in made.software.items()}
        settings = [{"key": name, "value": str(value)} for name, value in sorted(said.items())]
        found["executionParameters"] = _facet("1-0-0", "ExecutionParametersRunFacet", parameters=settings)
    return found


def licences_of(record: Record) -> Iterable[str]:
    """SPDX expressions that a record states."""
    match record:
        case Document() | Base():
            return (record.licence,)
        case DocumentSet() | Dataset() | Adapter():
            return sorted(record.licences)
        case _:
            return ()


def _facet(number: str, kind: str, /, **said: object) -> Mapping[str, object]:
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPEC}/{number}/{kind}.json#/$defs/{kind}", **said}


def address(record: Record) -> str:
    """The digest that the registry knows it by; of what was erased, that which it had."""
    return record.of if isinstance(record, Tombstone) else record.digest


def _version(record: Record) -> str:
    return record.content if isinstance(record, Document) else address(record)


def _type(record: Record) -> str:
    if isinstance(record, Adapter | Base | Export):
        return "MODEL"
    return "FILE" if isinstance(record, Document) else "TABLE" if isinstance(record, _TABLES) else "JOB_OUTPUT"


def _table(record: Record) -> Table | None:
    match record:
        case DocumentSet() | ScrubbedSet():
            return record.units
        case ValidatedBatch():
            return record.rows
        case Dataset():
            return record.train
        case _:
            return None


def _assertion(suite: SuiteResult) -> Json:
    checked = f"{counted(suite.checked, 'row')} checked"
    return {"assertion": "suite", "name": suite.suite, "success": suite.passed, "actual": checked}
