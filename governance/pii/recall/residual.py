"""What a second detector still finds in scrubbed text: places, never values.

Surrogates look like the real thing, so the second detector flags them too. What counts as residual is a flag on
text that the scrubber left as it was: more than half of its letters and digits stand unchanged in the original.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from governance.pii.recall.proof import RATE, Residue
from governance.pii.recall.second import Flag, flags
from governance.pii.text.spans import terms
from registry.artifacts import Artifacts
from registry.progress import Progress
from registry.records import DocumentSet, Figure, ScrubbedSet
from registry.tables import choices_of, paired, read_table, texts

MAX_ALIGNED = 1_000_000  # pairs of words
_TOKEN = re.compile(r"\w+|[^\w\s]")
Row = Mapping[str, object]


class Reading(BaseModel):
    """What was read, `units` of `offered`, and what is left in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    offered: int
    units: int
    characters: int
    residues: tuple[Residue, ...]


@dataclass(frozen=True)
class Rule:
    """What is read and what counts: labels, the least score, the share of units to read, terms that are public."""

    labels: tuple[str, ...]
    score: float
    share: float
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One text of a scrubbed unit, with what it was made from; `document` is a path."""

    document: str
    unit: int
    name: str
    before: str
    after: str


def read_again(
    documents: DocumentSet,
    scrubbed: ScrubbedSet,
    rule: Rule,
    artifacts: Artifacts,
    progress: Progress | None = None,
) -> Reading:
    """Read a share of the scrubbed units with the second detector.

    Which units are read depends on their document and number alone.
    Raises EvidenceMissing without the model, IntegrityError for units that don't match.
    """
    before, after = (read_table(one.units, artifacts).to_pylist() for one in (documents, scrubbed))
    drawn = [(old, new) for old, new in paired(before, after) if _drawn(new, rule.share)]
    cells = list(_cells(drawn))
    found = _flagged(cells, frozenset(rule.labels), rule.score, progress)
    public = terms(rule.allowed)
    residues = [residue for cell in cells for residue in _residues(cell, found, public)]
    return Reading(
        offered=len(after),
        units=len(drawn),
        characters=sum(len(cell.after) for cell in cells),
        residues=tuple(residues),
    )


def residual_figures(reading: Reading, share: float) -> tuple[Figure, ...]:
    """Places in 100,000 characters with an exact Poisson interval, how much was read, and places by type."""
    from scipy.stats import chi2

    if not reading.characters:
        return (Figure(name="found", value=0.0, n=0),)
    found, scale = len(reading.residues), 100_000 / reading.characters
    low = float(chi2.ppf(0.025, 2 * found)) / 2 if found else 0.0
    high = float(chi2.ppf(0.975, 2 * found + 2)) / 2
    by_type = Counter(residue.type for residue in reading.residues)
    return (
        Figure(name=RATE, value=found * scale, low=low * scale, high=high * scale, n=reading.units),
        Figure(name="found", value=float(found), n=reading.units),
        Figure(name="share_of_units_asked_for", value=share, n=reading.offered),
        *(Figure(name=kind, value=float(count)) for kind, count in sorted(by_type.items())),
    )


def _drawn(row: Row, share: float) -> bool:
    number = int.from_bytes(sha256(f"{row['document']}#{row['unit']}".encode()).digest()[:8], "big")
    return number < share * 2**64


def _cells(units: Sequence[tuple[Row, Row]]) -> Iterator[Cell]:
    """All texts of the units. A list of choices that rows of one document share is one text, and is read once."""
    read: set[tuple[str, ...]] = set()
    for old, new in units:
        before, choices = dict(texts(old)), (str(new["document"]), *choices_of(new))
        for place, after in texts(new):
            if after and not (place.startswith("choices.") and choices in read):
                yield Cell(str(new["path"]), int(str(new["unit"])), place, before.get(place, ""), after)
        read.add(choices)


def _flagged(
    cells: Sequence[Cell], labels: frozenset[str], least: float, progress: Progress | None
) -> dict[str, tuple[Flag, ...]]:
    """By line: what is flagged in it. Lines that stand in many units are read once."""
    lines = sorted({line for cell in cells for line in cell.after.splitlines() if line.strip()})
    return {
        line: kept
        for line, found in zip(lines, flags(lines, progress), strict=True)
        if (kept := tuple(f for f in found if f.label in labels and f.score >= least))
    }


def _residues(cell: Cell, found: Mapping[str, tuple[Flag, ...]], public: re.Pattern[str] | None) -> Iterator[Residue]:
    known = frozenset(cell.before.splitlines())
    position = 0
    for number, line in enumerate(cell.after.splitlines(keepends=True)):
        bare = line.splitlines()[0] if line.splitlines() else ""
        flagged = found.get(bare, ())
        if flagged:
            same = [True] * len(bare) if bare in known else _unchanged(_source_of(cell, number), bare)
            for flag in flagged:
                if _left(bare, flag, same) and not _is_public(bare, flag, public):
                    yield Residue(
                        document=cell.document, unit=cell.unit, cell=cell.name,
                        start=position + flag.start, end=position + flag.end, type=flag.label,
                    )  # fmt: skip
        position += len(line)


def _source_of(cell: Cell, number: int) -> str:
    """The line that a scrubbed line was made from, or the whole text where replacing changed the lines."""
    before = cell.before.splitlines()
    return before[number] if len(before) == len(cell.after.splitlines()) else cell.before


def _unchanged(original: str, line: str) -> list[bool]:
    """For each code point of `line`: whether its word stands in `original`, in the same order of words.

    Where both are too long to be aligned in little time, any word that stands in `original` counts.
    """
    places = [match.span() for match in _TOKEN.finditer(line)]
    before, after = _TOKEN.findall(original), [line[a:b] for a, b in places]
    same = [False] * len(line)
    if len(before) * len(after) > MAX_ALIGNED:
        words = set(before)
        kept = [place for place, word in zip(places, after, strict=True) if word in words]
    else:
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        kept = [place for block in blocks for place in places[block.b : block.b + block.size]]
    for start, end in kept:
        same[start:end] = [True] * (end - start)
    return same


def _left(line: str, flag: Flag, same: Sequence[bool]) -> bool:
    """More than half of what counts in the flag is as it was; one letter or digit alone is nothing."""
    counted = [same[i] for i in range(flag.start, flag.end) if line[i].isalnum()]
    return len(counted) > 1 and 2 * sum(counted) > len(counted)


def _is_public(line: str, flag: Flag, public: re.Pattern[str] | None) -> bool:
    if public is None:
        return False
    return any(match.start() <= flag.start and flag.end <= match.end() for match in public.finditer(line))
