"""What an erasure reaches: every table that holds a row of it, what learnt from those, and what serves that now.

Tables are found by reading all that the store holds, not by lineage alone: what a killed stage left behind
belongs to no record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from registry.artifacts import Artifacts
from registry.database.store import Registry
from registry.lineage.graph import OUTSIDE, around
from registry.records import Adapter, Dataset, Document, Record, Release, TrainingRun

MAGIC = b"PAR1"


@dataclass(frozen=True)
class Cut:
    """What is to go: whole documents (digests), and of row files the rows of these numbers and groups."""

    whole: frozenset[str] = frozenset()
    units: Mapping[str, frozenset[int]] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def documents(self) -> frozenset[str]:
        return self.whole | self.units.keys()

    def takes(self, row: Mapping[str, object]) -> bool:
        """Whether a row of any table goes; its number counts where it has one, else what it is about."""
        document = str(row["document"])
        if "unit" in row or document in self.whole:
            return document in self.whole or row["unit"] in self.units.get(document, ())
        groups = row["groups"] if isinstance(row["groups"], list) else []
        return not self.groups.get(document, frozenset()).isdisjoint(map(str, groups))


@dataclass(frozen=True)
class Hit:
    """A table with rows that go: which of its rows, by position, and the paths that these rows name."""

    artifact: str
    rows: tuple[int, ...]
    paths: frozenset[str]


@dataclass(frozen=True)
class Radius:
    """Everything that a cut reaches. `descendants` are all records made from its documents."""

    documents: tuple[Document, ...]
    hits: tuple[Hit, ...]
    descendants: tuple[str, ...]
    datasets: tuple[Dataset, ...]
    runs: tuple[TrainingRun, ...]
    adapters: tuple[Adapter, ...]
    releases: tuple[Release, ...]


def radius(registry: Registry, artifacts: Artifacts, cut: Cut) -> Radius:
    """Follow the cut through tables, runs and adapters to the releases in force."""
    hits = tuple(hits_in(artifacts, cut))
    descendants = _below(registry, cut.documents)
    struck = {hit.artifact for hit in hits}
    datasets = [d for d in registry.all(Dataset) if {d.train.artifact, d.held_out.artifact} & struck]
    runs = _learnt(registry, artifacts, struck, set(descendants))
    adapters = [one for one in registry.all(Adapter) if one.run in {run.digest for run in runs}]
    serving = (registry.current(alias) for alias in registry.aliases())
    return Radius(
        documents=tuple(one for one in registry.all(Document) if one.digest in cut.documents),
        hits=hits,
        descendants=tuple(descendants),
        datasets=tuple(datasets),
        runs=tuple(runs),
        adapters=tuple(adapters),
        releases=tuple(r for r in serving if r and r.adapter.digest in {one.digest for one in adapters}),
    )


def hits_in(artifacts: Artifacts, cut: Cut) -> Iterator[Hit]:
    """Every table of the store that holds rows of the cut."""
    for digest in artifacts:
        table = _columns(artifacts.address(digest))
        rows = table.to_pylist() if table is not None else []
        taken = tuple(at for at, row in enumerate(rows) if cut.takes(row))
        if taken:
            yield Hit(digest, taken, frozenset(str(rows[at].get("path") or "") for at in taken) - {""})


def _columns(path: Path) -> pa.Table | None:
    """Of a table of units or rows, the columns that say where each is from; None for anything else."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return None
    names = set(pq.read_schema(path).names)
    wanted = [name for name in ("document", "unit", "groups", "path") if name in names]
    return pq.read_table(path, columns=wanted) if {"document", "groups"} <= names else None


def _below(registry: Registry, documents: Iterable[str]) -> list[str]:
    """All records made from these, and the batches that datasets hold."""
    known = registry.many(documents)
    graphs = (around(registry, one, up=False, down=True) for one in sorted(known))
    kinds = {digest: kind for graph in graphs for digest, kind in graph.kinds.items()}
    datasets = [digest for digest, kind in kinds.items() if kind == Dataset.kind]
    parts = (edge.parent for one in datasets for edge in registry.edges(one, up=True) if edge.relation == "member")
    below = [one for one, kind in kinds.items() if kind not in {Document.kind, OUTSIDE}]
    return list(dict.fromkeys((*below, *parts)))


def _learnt(registry: Registry, artifacts: Artifacts, struck: set[str], below: set[str]) -> list[TrainingRun]:
    """Runs on a table with rows of the cut, or that go on from such a run.

    Where the table is gone nobody can tell any more, and having the document among its ancestors is enough.
    """
    runs = registry.all(TrainingRun)
    datasets = registry.many(run.dataset for run in runs)
    learnt = [run for run in runs if _read_by(datasets, artifacts, run, struck, below)]
    while True:
        names = {name for run in learnt for name in (run.digest, run.weights)}
        after = [run for run in runs if run.parent in names and run not in learnt]
        if not after:
            return learnt
        learnt += after


def _read_by(
    datasets: Mapping[str, Record], artifacts: Artifacts, run: TrainingRun, struck: set[str], below: set[str]
) -> bool:
    dataset = datasets.get(run.dataset)
    table = dataset.train.artifact if isinstance(dataset, Dataset) else ""
    return table in struck or (run.digest in below and not (table and artifacts.has(table)))
