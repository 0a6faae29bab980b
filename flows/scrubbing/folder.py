"""`muniment scrub FOLDER --out OTHER`: every file that ingest can read, with personal data replaced.

The result appears in one step when all of it is done. Killed and run again, scrubbing goes on where it ended.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from flows.ingest.isolation import Reader
from flows.ingest.reading import Reading, Refusal
from flows.ingest.settings import DocumentFolder, IngestSection
from flows.ingest.walk import Found, listed, listing_digest, load
from flows.scrubbing.files import TABLES, Read, Scrubbed, scrub_file
from governance.pii.journal import journaled
from governance.pii.journal import key as journal_key
from governance.pii.naming.languages import refused
from governance.pii.parallel import fitting
from governance.pii.settings import PiiPolicy
from governance.pii.standins.paths import digest_name, plain_words, scrubbed_path
from governance.pii.standins.pseudonyms import PseudonymKey
from registry.artifacts import disk_full_named
from registry.digests import of_bytes
from registry.errors import AllRejected, ConfigError, MunimentError
from registry.locks import alone
from registry.processes import crew
from registry.progress import Progress
from registry.records import Reason, Rejected
from registry.tables import texts


@dataclass(frozen=True)
class Rules:
    """How to read, what to find, and the key of what is put in its place."""

    section: IngestSection
    policy: PiiPolicy
    key: PseudonymKey


@dataclass(frozen=True)
class Report:
    """Files read by suffix, files written, what was found by type, what hidden parts were dropped, what was refused
    by place."""

    read: dict[str, int]
    written: int
    entities: dict[str, int]
    dropped: dict[str, int]
    rejected: tuple[Rejected, ...]

    def for_machines(self) -> dict[str, object]:
        """Refused files go by the digest of their place, which may name somebody."""
        refused = [{"file": digest_name(one.place), "reason": one.reason.value} for one in self.rejected]
        return {**asdict(self), "rejected": refused}


def scrub_folder(
    source: Path, out: Path, rules: Rules, progress: Progress | None = None, workers: int | None = None
) -> Report:
    """Write the scrubbed files of `source` to `out`, which must not exist yet.

    Raises ConfigError where `out` exists or lies in `source`, NoDocuments, AllRejected, Busy and WorkerDied.
    """
    entries = _entries(source, out, rules.section)
    begun = journal_key(
        listing_digest(DocumentFolder(path=source), rules.section), rules.policy.model_dump(mode="json"), rules.key.id
    )
    draft = out.with_name(f".{out.name}.{begun[:16]}")
    draft.mkdir(parents=True, exist_ok=True)
    sole = alone(draft / "lock", "another process is scrubbing the same folder")
    with disk_full_named(out), sole, crew(workers or fitting(_size(entries))) as us:
        work = partial(_worked, rules.policy, rules.key)
        texts = journaled(draft / "journal", us, work, _read_all(entries, rules.section))
        report = _written(texts, draft, rules.key, (progress, len(entries)))
        if not report.written:
            raise AllRejected(f"none of {len(entries)} files can be used", "see the formats in the guide")
        (draft / "files").rename(out)
    shutil.rmtree(draft)
    return report


def _entries(source: Path, out: Path, section: IngestSection) -> list[Found | Rejected]:
    if os.path.lexists(out):
        raise ConfigError(f"{out} exists already; nothing is overwritten", "name a folder that does not exist")
    if out.resolve().is_relative_to(source.resolve()):
        raise ConfigError(f"{out} lies in the folder that is read", "name a folder elsewhere")
    return listed((DocumentFolder(path=source),), section)


def _size(entries: list[Found | Rejected]) -> int:
    """Bytes, about as many as code points."""
    return sum(entry.file.stat().st_size for entry in entries if isinstance(entry, Found) and entry.file.is_file())


def _read_all(entries: list[Found | Rejected], section: IngestSection) -> Iterator[Read]:
    """One after the other: scrubbing takes longer, and only what is at work is held."""
    reader = Reader(section)
    try:
        for entry in entries:
            yield _read(entry, section, reader)
    finally:
        reader.close()


def _read(entry: Found | Rejected, section: IngestSection, reader: Reader) -> Read:
    data = load(entry, section.max_file_mb) if isinstance(entry, Found) else entry
    if isinstance(data, Rejected):
        return Read(data.place, "", _refusing(data.reason, data.detail))
    assert isinstance(entry, Found)
    suffix = entry.file.suffix.lower()
    reading = reader.read(data, suffix)
    table = data if suffix in TABLES and reading.units else b""
    return Read(entry.place, of_bytes(data), reading, table)


def _refusing(reason: Reason, detail: str) -> Reading:
    return Reading(refusals=(Refusal(what="document", place="", reason=reason, detail=detail),))


def _in_accepted_language(reading: Reading, policy: PiiPolicy) -> Reading:
    said = (text for unit in reading.units for place, text in texts(unit.model_dump()) if "choices" not in place)
    foreign = refused("\n\n".join(filter(None, said)), policy)
    if foreign is None:
        return reading
    return _refusing(Reason.UNSUPPORTED_LANGUAGE, f"a language that the policy does not accept ({foreign})")


def _worked(policy: PiiPolicy, key: PseudonymKey, read: Read) -> str:
    """JSON of one file's result. A text that breaks the scrubber is refused, and the others go on."""
    reading, done = _in_accepted_language(read.reading, policy), Scrubbed({}, {})
    if reading.units:
        try:
            done = scrub_file(read, policy, key)
        except MunimentError:
            raise
        except Exception as error:  # noqa: BLE001 - one document of a batch
            reading = _refusing(Reason.UNREADABLE, f"could not be scrubbed: {type(error).__name__}")
    rejected = [
        Rejected(what=r.what, place=read.place + r.place, reason=r.reason, detail=r.detail).model_dump(mode="json")
        for r in reading.refusals
    ]
    made = {"contents": done.contents, "entities": done.entities}
    return json.dumps({"place": read.place, **made, "dropped": reading.dropped, "rejected": rejected})


def _written(texts: Iterator[str], draft: Path, key: PseudonymKey, hearing: tuple[Progress | None, int]) -> Report:
    """Contents first go by number: what a file may be called depends on all of them."""
    progress, total = hearing
    for name in ("parts", "files"):
        shutil.rmtree(draft / name, ignore_errors=True)
        (draft / name).mkdir()
    words: set[str] = set()
    places: list[tuple[str, str, Path]] = []
    read, entities, dropped = Counter[str](), Counter[str](), Counter[str]()
    rejected: list[Rejected] = []
    for number, text in enumerate(texts, 1):
        result = json.loads(text)
        for part, (suffix, content) in enumerate(result["contents"].items()):
            file = draft / "parts" / f"{number}.{part}"
            file.write_text(content, encoding="utf-8", newline="")
            words |= plain_words(content)
            places.append((result["place"], suffix, file))
        read.update([PurePosixPath(result["place"]).suffix.lower()] if result["contents"] else [])
        entities.update(result["entities"])
        dropped.update(result["dropped"])
        rejected += [Rejected.model_validate(one) for one in result["rejected"]]
        if progress is not None:
            progress(number, total)
    for place, suffix, file in places:
        _move(file, draft / "files" / (scrubbed_path(place, words, key) + suffix))
    counts = (dict(sorted(one.items())) for one in (read, entities, dropped))
    return Report(next(counts), len(places), next(counts), next(counts), tuple(rejected))


def _move(file: Path, to: Path) -> None:
    """Two files whose names become one are told apart by a number."""
    to.parent.mkdir(parents=True, exist_ok=True)
    free = (to if not n else to.with_name(f"{n}-{to.name}") for n in range(1_000_000))
    file.rename(next(path for path in free if not path.exists()))
