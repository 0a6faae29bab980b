"""Everything that an adapter is made of and that is under a licence, with the way from the adapter to it.

Documents are told by their digests: paths can name people, and what is told here is kept as evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from registry.database.store import Registry
from registry.lineage.graph import around
from registry.pages.labels import label
from registry.records import Adapter, Base, Dataset, Document, Record, TrainingRun

What = Literal["base model", "rows", "documents"]
_TELLING: tuple[type[Record], ...] = (Adapter, Base, Dataset, Document, TrainingRun)


class Material(BaseModel):
    """Things of one kind under one licence, as it was stated. `chain` leads from the adapter to them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    what: What
    name: str
    licence: str
    count: int
    source: str = ""
    architecture: str = ""
    chain: tuple[str, ...] = ()


def materials_of(registry: Registry, adapter: Adapter) -> tuple[Material, ...]:
    """What the lineage of `adapter` holds. Raises NotFound, DigestMismatch."""
    graph = around(registry, adapter.digest)
    kinds = {record.kind for record in _TELLING}
    records = registry.many(digest for digest, kind in graph.kinds.items() if kind in kinds)
    ways = _ways(adapter.digest, {near: [s.digest for s in steps] for near, steps in graph.farther(up=True).items()})
    chains = {one: tuple(_line(records[step]) for step in way if step in records) for one, way in ways.items()}
    bases = [(record, chains[one]) for one, record in records.items() if isinstance(record, Base)]
    datasets = [(record, chains[one]) for one, record in records.items() if isinstance(record, Dataset)]
    documents = [(record, chains[one]) for one, record in records.items() if isinstance(record, Document)]
    rows = _of_datasets(datasets) or _recorded(adapter)
    return (*_of_bases(bases), *rows, *_of_documents(documents))


def materials_to_train(base: Base, datasets: Sequence[Dataset]) -> tuple[Material, ...]:
    """What a training run that is about to start would be made of; no data set yet, the base model alone."""
    return (*_of_bases([(base, ())]), *_of_datasets([(dataset, ()) for dataset in datasets]))


def _ways(start: str, farther: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The shortest way from `start` to every digest, without `start` itself."""
    ways: dict[str, tuple[str, ...]] = {start: ()}
    waiting = [start]
    for near in waiting:
        for far in farther.get(near, ()):
            if far not in ways:
                ways[far] = (*ways[near], far)
                waiting.append(far)
    return ways


def _line(record: Record) -> str:
    told = f"{record.digest[:12]} ({record.licence})" if isinstance(record, Document) else label(record)
    return f"{record.kind} {told}"


def _of_bases(bases: Iterable[tuple[Base, tuple[str, ...]]]) -> tuple[Material, ...]:
    return tuple(
        Material(
            what="base model", name=base.name, licence=base.licence, count=1, source=base.source,
            architecture=base.architecture, chain=chain,
        )
        for base, chain in sorted(bases, key=lambda pair: pair[0].name)
    )  # fmt: skip


def _of_datasets(datasets: Iterable[tuple[Dataset, tuple[str, ...]]]) -> tuple[Material, ...]:
    """Rows of a data set that states no licence at all are under none."""
    return tuple(
        Material(what="rows", name=f"{dataset.purpose} rows", licence=licence, count=count, chain=chain)
        for dataset, chain in sorted(datasets, key=lambda pair: pair[0].purpose, reverse=True)
        for licence, count in sorted(dataset.licences.items() or {"": dataset.train.rows}.items())
    )


def _recorded(adapter: Adapter) -> tuple[Material, ...]:
    """What the adapter itself says of its rows, where its data sets are in no registry that we can read."""
    return tuple(
        Material(what="rows", name="rows", licence=licence, count=count)
        for licence, count in sorted(adapter.licences.items() or {"": 0}.items())
    )


def _of_documents(documents: Iterable[tuple[Document, tuple[str, ...]]]) -> tuple[Material, ...]:
    """Documents of one licence and source together; the chain leads to the first of them."""
    grouped: dict[tuple[str, str], list[tuple[Document, tuple[str, ...]]]] = {}
    for document, chain in sorted(documents, key=lambda pair: pair[0].digest):
        grouped.setdefault((document.licence, document.source), []).append((document, chain))
    return tuple(
        Material(
            what="documents", name="documents" if len(group) > 1 else group[0][0].digest[:12], licence=licence,
            count=len(group), source=source, chain=group[0][1],
        )
        for (licence, source), group in sorted(grouped.items())
    )  # fmt: skip

