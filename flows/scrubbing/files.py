"""What `muniment scrub FOLDER` makes of one file: text stays text, a table a table, rows rows."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from flows.ingest import formats, plain
from flows.ingest.examples.rows import LINES
from flows.ingest.reading import Reading, Unit
from governance.pii.scrub import Row, scrub_document, scrub_text
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey
from registry.tables import CELLS, KEYED, turns_of

TABLES = frozenset((".csv", ".tsv"))
TEXTS = frozenset((".txt", ".text", ".md", ".markdown"))


@dataclass(frozen=True)
class Read:
    """One file as it was read; `table` holds the bytes of a CSV or TSV file, whose shape is to be kept."""

    place: str
    digest: str
    reading: Reading
    table: bytes = b""

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.place).suffix.lower()


@dataclass(frozen=True)
class Scrubbed:
    """What is to be written for one file: contents by what follows its name, and what was found by type."""

    contents: dict[str, str]
    entities: dict[str, int]


def scrub_file(read: Read, policy: PiiPolicy, key: PseudonymKey) -> Scrubbed:
    """The file's text with personal data replaced. A table whose shape replacing would change is written as text."""
    if read.table:
        text = plain.read(read.table)
        new, spans = scrub_text(text, policy, key)
        if _shape(new) == _shape(text):
            return Scrubbed({"": new + "\n"}, Counter(span.type for span in spans))
    rows, counts = scrub_document([_row(unit, read) for unit in read.reading.units], policy, key)
    if read.suffix in formats.ROWS:
        lines = (json.dumps(_without_blanks(row), ensure_ascii=False) for row in rows)
        return Scrubbed({"" if read.suffix in LINES else ".jsonl": "\n".join(lines) + "\n"}, counts)
    suffixes = ("" if read.suffix in TEXTS else ".txt", *(f".{number}.txt" for number in range(1, len(rows))))
    return Scrubbed({suffix: f"{row['text']}\n" for suffix, row in zip(suffixes, rows, strict=True)}, counts)


def _row(unit: Unit, read: Read) -> Row:
    return {**unit.model_dump(), "document": read.digest, "path": read.place, "groups": list(unit.groups)}


def _without_blanks(row: Row) -> Row:
    """In the shape that ingest reads; whether rows are about the same stays, so that splits by it still can be made."""
    groups = row["groups"] if isinstance(row["groups"], list) else []
    named = f"{KEYED}ref:"
    about = [str(group).removeprefix(named) for group in groups if str(group).startswith(named)]
    cells: Row = {name: row[name] for name in (*CELLS, "choices", "label") if row[name] is not None}
    turns = [_message(turn) for turn in turns_of(row)]
    if row["kind"] == "chat":
        cells["messages"] = turns
    elif turns:
        cells["prompt"] = [*turns, {"role": "user", "content": row["prompt"]}]
    said = {
        "license": row["licence"], "teacher_licence": row["teacher"], "source": row["source"], "groups": about,
    }  # fmt: skip
    return {**cells, **{name: value for name, value in said.items() if value}}


def _message(turn: Mapping[str, object]) -> dict[str, object]:
    """As OpenAI spells it: an answer that is not to be learnt has no weight."""
    said = {"role": turn["role"], "content": turn["content"]}
    return said if turn["learn"] else {**said, "weight": 0}


def _shape(text: str) -> list[int] | None:
    """How many cells each line of a table has; None where it is no table."""
    try:
        return [len(cells) for cells in _cells(text)]
    except csv.Error:
        return None


def _cells(text: str) -> Iterator[Sequence[str]]:
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    return csv.reader(io.StringIO(text), dialect)
