"""The columns of the Parquet tables that stages hand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from registry.artifacts import Artifacts, disk_full_named
from registry.errors import IntegrityError
from registry.records import Table

Unit = TypeVar("Unit", bound=Mapping[str, object])

TURNS = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string()), ("learn", pa.bool_())]))
UNITS = pa.schema([
    ("document", pa.string()),            # digest of the Document record
    ("path", pa.string()),                # its path, for messages
    ("unit", pa.int32()),                 # position in the document; the row number of a row file
    ("kind", pa.string()),                # text | qa | pair | rating | chat
    ("text", pa.string()),                # kind text: the whole document
    ("prompt", pa.string()),              # kind qa, pair and rating
    ("completion", pa.string()),          # kind qa and rating
    ("chosen", pa.string()),              # kind pair
    ("rejected", pa.string()),            # kind pair
    ("choices", pa.list_(pa.string())),   # kind qa, when the answer is one of a closed list
    ("turns", TURNS),                     # kind chat: all of it; kind pair and rating: what came before the prompt
    ("label", pa.bool_()),                # kind rating: whether the answer was liked
    ("groups", pa.list_(pa.string())),    # what it is about; rows that share a group stay on one side
    ("licence", pa.string()),             # SPDX expression
    ("source", pa.string()),              # attribution
])  # fmt: skip

LATER = "later"
"""The group of all units of documents from the day on from which a folder's are held out."""
KEYED = "keyed:"
"""What groups begin with whose name is personal, or may be: behind it stand their kind and a tag."""
CELLS = ("text", "prompt", "completion", "chosen", "rejected")
"""Those of UNITS that hold a unit's own words, besides its choices and turns."""
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_PROVENANCE: list[tuple[str, pa.DataType]] = [
    ("id", pa.string()),                  # stable: digest of the row's content, 16 hex digits
    ("origin", pa.string()),              # imported | rated | extractive | taught | on-policy | replay
    ("document", pa.string()),
    ("groups", pa.list_(pa.string())),
    ("licence", pa.string()),
    ("source", pa.string()),
]  # fmt: skip
SFT_ROWS = pa.schema([
    ("prompt", MESSAGES), ("completion", MESSAGES), ("choices", pa.list_(pa.string())), *_PROVENANCE,
    ("teacher", pa.string()),             # of a row that a model wrote: that model, and the digest of what it was told
    ("evidence", pa.string()),            # of a row that a teacher wrote: the words of the document that it rests on
])  # fmt: skip
PREFERENCE_ROWS = pa.schema([
    ("prompt", MESSAGES), ("chosen", MESSAGES), ("rejected", MESSAGES), *_PROVENANCE,
    ("label", pa.bool_()),                # of a single rating: whether it was liked; the other side is empty
    ("question", pa.string()),            # of an on-policy pair: the id of the SFT row that was asked
    ("margin", pa.float64()),             # of an on-policy pair: how much better chosen was judged, up to 1
    ("teacher", pa.string()),             # of a pair that a model judged: as above
])  # fmt: skip


def choices_of(unit: Mapping[str, object]) -> tuple[str, ...]:
    """The closed list that a unit's answer is one of; empty where there is none."""
    choices = unit["choices"]
    return tuple(str(choice) for choice in choices) if isinstance(choices, list) else ()


def turns_of(unit: Mapping[str, object]) -> tuple[Mapping[str, object], ...]:
    """{role, content, learn} of each turn; empty where there is none, as in tables from before there were turns."""
    turns = unit.get("turns")
    return tuple(turns) if isinstance(turns, list | tuple) else ()


def texts(unit: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Every text of a unit with its place: a name of CELLS, `choices.N` or `turns.N`."""
    yield from ((name, text) for name in CELLS if isinstance(text := unit[name], str))
    yield from ((f"choices.{n}", choice) for n, choice in enumerate(choices_of(unit)))
    yield from ((f"turns.{n}", str(turn["content"])) for n, turn in enumerate(turns_of(unit)))


def paired(before: Sequence[Unit], after: Sequence[Unit]) -> Iterator[tuple[Unit, Unit]]:
    """Each unit of `after` behind the one of `before` that it was made from; some may have been refused on the way.

    Raises IntegrityError where that is not so.
    """
    made_from = {_place(unit): unit for unit in before}
    places = [_place(unit) for unit in after]
    if len(set(places)) != len(places) or not made_from.keys() >= set(places):
        raise IntegrityError("the scrubbed units are not those that were read", "run the stages again: muniment run")
    return ((made_from[place], unit) for place, unit in zip(places, after, strict=True))


def _place(unit: Mapping[str, object]) -> tuple[object, object]:
    return unit["document"], unit["unit"]


def write_table(table: pa.Table, artifacts: Artifacts, scratch: Path, name: str) -> Table:
    """Write one table into the artifact store; equal tables get equal digests."""
    path = scratch / f"{name}.parquet"
    with disk_full_named(path):
        pq.write_table(table, path, compression="zstd")
    return Table(artifact=artifacts.put(path), rows=table.num_rows, columns=tuple(table.column_names))


def read_table(table: Table, artifacts: Artifacts) -> pa.Table:
    """Read a table back after verifying its digest. Raises DigestMismatch, NotFound."""
    return pq.read_table(artifacts.verified(table.artifact))
