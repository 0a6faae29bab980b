"""The stage `ingest`: read every file of the folders, keep what can be used, say why not for the rest."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Literal

import pyarrow as pa

from flows.ingest.days import day_in
from flows.ingest.examples.sheets import TABLES
from flows.ingest.formats import MEDIA_TYPES
from flows.ingest.isolation import Reader
from flows.ingest.reading import Reading, Unit
from flows.ingest.settings import DocumentFolder, IngestSection
from flows.ingest.walk import Found, listed, load
from governance.licences.expressions import both
from governance.licences.folder import is_main
from registry import digests
from registry.artifacts import Artifacts
from registry.counted import by_reason
from registry.erasure.forgotten import NOTHING, Forgotten
from registry.errors import AllRejected, ConfigError
from registry.progress import Progress
from registry.records import Document, DocumentSet, Reason, Rejected
from registry.tables import LATER, UNITS, write_table


@dataclass(frozen=True)
class Ingested:
    """The documents, each a record of its own for the lineage, and the batch made of them."""

    documents: tuple[Document, ...]
    batch: DocumentSet


def ingest(
    folders: Sequence[DocumentFolder],
    section: IngestSection,
    store: tuple[Artifacts, Path],
    erased: Forgotten = NOTHING,
    progress: Progress | None = None,
) -> Ingested:
    """Read all folders but what was erased. `store` is the artifact store with the stage's directory.

    `progress` hears (files done, files found).

    Raises NoDocuments when there is no file, AllRejected when none can be used.
    """
    entries = listed(folders, section)
    outcomes: list[Outcome] = []
    for outcome in _read_all(entries, section):
        outcomes.append(_without_erased(outcome, erased))
        if progress is not None:
            progress(len(outcomes), len(entries))
    read = _without_copies(_mapped(entries, outcomes))
    _require_later(folders, read)
    return _collect(read, *store)


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a document with its units, or nothing but refusals."""

    document: Document | None
    units: tuple[Unit, ...]
    rejected: tuple[Rejected, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)


def _require_later(folders: Sequence[DocumentFolder], read: Sequence[Outcome]) -> None:
    """Raises ConfigError where a day is named and nothing is of that day or later: nothing would be held out."""
    since = min((folder.held_out_from for folder in folders if folder.held_out_from), default=None)
    if since and not any(LATER in unit.groups for outcome in read for unit in outcome.units):
        raise ConfigError(
            f"nothing that can be used is of {since} or later, and documents: held_out_from asks to measure on that",
            "name an earlier day, or leave it out: then a share is held out by chance",
        )


def _read_all(entries: Sequence[Found | Rejected], section: IngestSection) -> Iterator[Outcome]:
    """In the order of `entries`, whichever reader is faster."""
    workers = min(section.workers, len(entries))
    with _readers(section, workers) as readers, ThreadPoolExecutor(workers) as pool:

        def outcome(entry: Found | Rejected) -> Outcome:
            return Outcome(None, (), (entry,)) if isinstance(entry, Rejected) else _read(entry, section, readers)

        yield from pool.map(outcome, entries)


@contextmanager
def _readers(section: IngestSection, count: int) -> Iterator[queue.SimpleQueue[Reader]]:
    everyone = [Reader(section) for _ in range(count)]
    free: queue.SimpleQueue[Reader] = queue.SimpleQueue()
    for reader in everyone:
        free.put(reader)
    try:
        yield free
    finally:
        for reader in everyone:
            reader.close()


def _read(found: Found, section: IngestSection, readers: queue.SimpleQueue[Reader]) -> Outcome:
    data = load(found, section.max_file_mb)
    if isinstance(data, Rejected):
        return Outcome(None, (), (data,))
    suffix = found.file.suffix.lower()
    if suffix not in MEDIA_TYPES and is_main(found.file.name):
        licence = "a licence text, not a document"
        refused = Rejected(what="document", place=found.place, reason=Reason.UNSUPPORTED, detail=licence)
        return Outcome(None, (), (refused,))
    reader = readers.get()
    try:
        reading = reader.read(data, suffix, {str(field): name for field, name in found.folder.columns.items()})
    finally:
        readers.put(reader)
    return _outcome(found, data, reading)


def _outcome(found: Found, data: bytes, reading: Reading) -> Outcome:
    rejected = tuple(
        Rejected(what=r.what, place=found.place + r.place, reason=r.reason, detail=r.detail) for r in reading.refusals
    )
    if not reading.units:
        return Outcome(None, (), rejected)
    since = found.folder.held_out_from
    day = day_in(found.place) if since else None
    if since and day is None:
        undated = "its path names no day, and held_out_from asks for one"
        return Outcome(None, (), (Rejected(what="document", place=found.place, reason=Reason.UNDATED, detail=undated),))
    later = bool(since and day and day >= since)
    document = Document(
        content=digests.of_bytes(data),
        path=found.place,
        media_type=MEDIA_TYPES[found.file.suffix.lower()],
        size_bytes=len(data),
        licence=found.folder.licence_of(found.place),
        source=found.folder.source,
    )
    units = tuple(_later(unit) for unit in reading.units) if later else reading.units
    return Outcome(document, units, rejected, reading.dropped)


def _later(unit: Unit) -> Unit:
    return unit.model_copy(update={"groups": (*unit.groups, LATER)})


def _without_erased(outcome: Outcome, erased: Forgotten) -> Outcome:
    """What was erased stays away in whatever file it comes; its name, which may say whose it is, does too."""
    if outcome.document is None or erased.key is None:
        return outcome
    hashed = erased.key.document(outcome.document.content)
    units = [unit.model_dump() for unit in outcome.units]
    if erased.document(outcome.document.content, units):
        return Outcome(None, (), (_erased("document", hashed),))
    kept = tuple(one for one, unit in zip(outcome.units, units, strict=True) if not erased.row(unit))
    refused = (_erased("row", f"{hashed}:{one.unit}") for one in outcome.units if one not in kept)
    document = outcome.document if kept else None
    return replace(outcome, document=document, units=kept, rejected=(*outcome.rejected, *refused))


def _erased(what: Literal["document", "row"], place: str) -> Rejected:
    return Rejected(what=what, place=place, reason=Reason.ERASED, detail="it was erased, and is not read again")


def _mapped(entries: Sequence[Found | Rejected], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Tables of a folder are refused where its columns are those of none of them: somebody meant rows, and misspelt."""
    kept = list(outcomes)
    tables: dict[Path, list[int]] = {}
    for number, entry in enumerate(entries):
        if isinstance(entry, Found) and entry.folder.columns and entry.file.suffix.lower() in TABLES:
            tables.setdefault(entry.folder.path, []).append(number)
    for numbers in tables.values():
        if any(_has_rows(outcomes[number]) for number in numbers):
            continue
        for number in numbers:
            entry, document = entries[number], outcomes[number].document
            if document is not None and isinstance(entry, Found):
                named = ", ".join(sorted(entry.folder.columns.values()))
                detail = f"no table of its folder has the columns {named}"
                refusal = Rejected(what="document", place=document.path, reason=Reason.UNSUPPORTED, detail=detail)
                kept[number] = Outcome(None, (), (refusal,))
    return kept


def _has_rows(outcome: Outcome) -> bool:
    return any(unit.kind != "text" for unit in outcome.units) or any(one.what == "row" for one in outcome.rejected)


def _without_copies(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """A file with the very bytes of an earlier one is refused by the earlier one's name; what binds it binds that."""
    alike: dict[str, list[Document]] = {}
    later: set[str] = set()
    for outcome in outcomes:
        if (document := outcome.document) is not None:
            alike.setdefault(document.content, []).append(document)
            if any(LATER in unit.groups for unit in outcome.units):
                later.add(document.content)
    kept: list[Outcome] = []
    for outcome in outcomes:
        if (document := outcome.document) is None:
            kept.append(outcome)
        elif document is (copies := alike[document.content])[0]:
            kept.append(_bound(outcome, copies, document.content in later))
        else:
            detail = f"the same bytes as {copies[0].path}"
            copy = Rejected(what="document", place=document.path, reason=Reason.DUPLICATE, detail=detail)
            kept.append(Outcome(None, (), (copy,)))
    return kept


def _bound(kept: Outcome, copies: Sequence[Document], later: bool) -> Outcome:
    """Under the licences of all copies, and held out where one of them is."""
    licence = reduce(both, dict.fromkeys(one.licence for one in copies))
    units = tuple(_later(unit) if later and LATER not in unit.groups else unit for unit in kept.units)
    return replace(kept, document=copies[0].model_copy(update={"licence": licence}), units=units)


def _collect(outcomes: Sequence[Outcome], artifacts: Artifacts, scratch: Path) -> Ingested:
    documents = tuple(outcome.document for outcome in outcomes if outcome.document is not None)
    rejected = tuple(rejection for outcome in outcomes for rejection in outcome.rejected)
    if not documents:
        reasons = by_reason(rejected)
        raise AllRejected(f"none of {len(outcomes)} files can be used: {reasons}", "see the formats in the guide")
    rows = [
        _row(unit, outcome.document) for outcome in outcomes for unit in outcome.units if outcome.document is not None
    ]
    units = write_table(pa.Table.from_pylist(rows, schema=UNITS), artifacts, scratch, "units")
    shapes = Counter(unit.shape for outcome in outcomes for unit in outcome.units if unit.shape)
    batch = DocumentSet(
        units=units,
        documents=len(documents),
        formats=dict(sorted(Counter(_format(document) for document in documents).items())),
        licences=dict(sorted(Counter(str(row["licence"]) for row in rows).items())),
        rejected=rejected,
        dropped=_summed(outcome.dropped for outcome in outcomes),
        shapes=dict(sorted(shapes.items())),
    )
    return Ingested(documents, batch)


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items()))


def _format(document: Document) -> str:
    """What people call it: PDF, DOCX, MD."""
    return Path(document.path).suffix.lstrip(".").upper() or document.media_type


def _row(unit: Unit, document: Document) -> dict[str, object]:
    """The unit with its document's digest, and the folder's licence and source where it has none."""
    licence = unit.licence or document.licence
    return {
        **unit.model_dump(exclude={"teacher", "shape"}),
        "document": document.digest,
        "path": document.path,
        "groups": [*unit.groups, f"doc:{document.content[:16]}"] if unit.kind == "text" else list(unit.groups),
        "licence": both(licence, unit.teacher) if unit.teacher else licence,
        "source": unit.source or document.source,
    }
