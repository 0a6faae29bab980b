"""Rows to learn from in the files that data sets are published in: Parquet, and Arrow's two formats (Feather 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from flows.ingest.examples import rows
from flows.ingest.examples.turns import Malformed
from flows.ingest.reading import Reading, Unfit
from registry.records import Reason

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 1_000
_CONTROL = re.compile("[\0-\x08\x0e-\x1f]")
_END = b"\xff\xff\xff\xff\0\0\0\0"
"""Behind the last batch of a stream, each of which begins with the first half of it."""


def read_parquet(data: bytes) -> Reading:
    """Each row by its place in the file, from 1 on. Raises Unfit for what is no Parquet file or is encrypted."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        return _reading(file.schema_arrow, file.iter_batches(_AT_ONCE))
    except (pa.ArrowInvalid, OSError) as error:
        if "decrypt" in str(error):
            raise Unfit(Reason.ENCRYPTED, "protected by keys: write it without encryption") from error
        raise Unfit(Reason.CORRUPT, "no whole Parquet file") from error


def read_arrow(data: bytes) -> Reading:
    """A file with a directory of its batches, as Feather is, or a stream of them, as datasets keeps. Raises Unfit."""
    import pyarrow as pa

    source = pa.BufferReader(data)
    try:
        if not data.startswith(b"ARROW1"):
            if data.startswith(_END[:4]) and not data.endswith(_END):
                raise Unfit(Reason.CORRUPT, "a stream of Arrow without its end, such as one that was cut")
            stream = pa.ipc.open_stream(source)
            return _reading(stream.schema, stream)
        file = pa.ipc.open_file(source)
        return _reading(file.schema, (file.get_batch(number) for number in range(file.num_record_batches)))
    except (pa.ArrowInvalid, OSError) as error:
        raise Unfit(Reason.CORRUPT, "no whole Arrow file") from error


def _reading(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Reading:
    """Raises Unfit for two columns of one name, of which the last alone would be read."""
    if len(set(schema.names)) < len(schema.names):
        raise Unfit(Reason.UNSUPPORTED, "a table of rows with two columns of one name")
    classes = _classes(schema)
    cells = (row for batch in batches for row in _sound(batch).to_pylist())
    try:
        return rows.reading((number, partial(_as_json, row, classes)) for number, row in enumerate(cells, 1))
    except OverflowError as error:
        raise Unfit(Reason.UNSUPPORTED, "a day before the year 1 or after 9999: write it as a text") from error


def _sound(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Raises ArrowInvalid where lengths point beyond the file, which Arrow would follow into other files' memory."""
    batch.validate(full=True)
    return batch


def _classes(schema: pa.Schema) -> dict[str, list[str]]:
    """By column, what its numbers stand for, as `datasets` keeps it beside a table: a 1 may be the dislike."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"].items()
        classes = ((name, one) for name, one in features if isinstance(one, dict) and one.get("_type") == "ClassLabel")
        return {name: list(map(str, one["names"])) for name, one in classes}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _called(cell: object, names: Sequence[str]) -> object:
    return names[cell] if isinstance(cell, int) and 0 <= cell < len(names) else cell


def _as_json(row: Mapping[str, object], classes: Mapping[str, Sequence[str]]) -> object:
    """What the row would be in JSON Lines, dates as texts. Raises Malformed for bytes that are no text."""
    named = {name: _called(cell, classes.get(name, ())) for name, cell in row.items()}
    return json.loads(json.dumps(named, default=_said))


def _said(value: object) -> str:
    """Bytes are the text that some writers make of it, but never nothing: a question about a picture, or an answer
    that is disliked in bytes, is not to be learnt as if nothing stood there."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\0"
    if _CONTROL.search(text):
        raise Malformed("it holds bytes that are no text: leave their column out, or write it as text")
    return text
