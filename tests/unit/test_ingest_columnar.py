"""Rows in the files that data sets are published in are those of JSON Lines."""

from __future__ import annotations

import io
import json
import struct
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import feather, parquet
from pyarrow.parquet.encryption import create_encryption_properties

from flows.ingest import formats
from flows.ingest.examples import rows
from registry.records import Reason

MESSAGES = [{"role": "user", "content": "Q?", "name": None}, {"role": "assistant", "content": "A", "name": None}]
ROWS = [
    {"messages": MESSAGES, "prompt": None, "completion": None, "group": date(2026, 9, 1), "price": Decimal("1.5")},
    {"messages": None, "prompt": "How long?", "completion": "Ten days", "group": date(2026, 9, 2), "price": None},
    {"messages": None, "prompt": "Alone", "completion": None, "group": None, "price": None},
]


def written(suffix: str, table: pa.Table) -> bytes:
    """As pandas and Polars write a file of this name; `.stream` is what `datasets` keeps under `.arrow`."""
    out = io.BytesIO()
    if suffix == ".parquet":
        parquet.write_table(table, out, row_group_size=2)
    elif suffix == ".feather":
        feather.write_feather(table, out)
    else:
        opened = pa.ipc.new_stream if suffix == ".stream" else pa.ipc.new_file
        with opened(out, table.schema) as sink:
            sink.write_table(table, max_chunksize=2)
    return out.getvalue()


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow", ".stream"])
def test_a_columnar_file_is_read_as_the_same_rows_in_json_lines(suffix: str) -> None:
    lines = "\n".join(json.dumps(row, default=str) for row in ROWS).encode()

    reading = formats.read(written(suffix, pa.Table.from_pylist(ROWS)), suffix.replace("stream", "arrow"), 1000, {})

    assert reading == rows.read_jsonl(lines)
    assert [(unit.unit, unit.completion) for unit in reading.units] == [(1, "A"), (2, "Ten days")]
    assert [(refusal.place, refusal.reason) for refusal in reading.refusals] == [(":3", Reason.MALFORMED_ROW)]


def test_json_lines_have_a_second_name() -> None:
    line = b'{"prompt": "Q", "completion": "A"}\n'

    assert formats.read(line, ".ndjson", 1000) == formats.read(line, ".jsonl", 1000)


def test_bytes_are_read_as_the_text_that_they_are_and_others_never_as_nothing() -> None:
    picture, asked = b"\x89PNG", {"prompt": b"Q?", "completion": b"A"}
    rated = {**asked, "label": b"0", "group": b"g1"}
    about = [{**asked, name: picture} for name in ("image", "context", "licence")] + [{**asked, "label": b"\0"}]
    names = ("prompt", "completion", "label", "group", "image", "context", "licence")
    table = pa.Table.from_pylist([rated, *about], pa.schema([(name, pa.binary()) for name in names]))

    reading = formats.read(written(".parquet", table), ".parquet", 1000)

    assert [(unit.prompt, unit.label, unit.groups[0]) for unit in reading.units] == [("Q?", False, "ref:g1")]
    assert [refusal.place for refusal in reading.refusals] == [":2", ":3", ":4", ":5"]
    assert all("bytes that are no text" in refusal.detail for refusal in reading.refusals)


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow", ".stream"])
def test_a_columnar_file_that_was_cut_or_is_another_is_refused(suffix: str) -> None:
    whole = written(suffix, pa.Table.from_pylist(ROWS))

    for broken in (whole[: len(whole) // 2], whole[:40], b"PAR1", b"ARROW1", b"no table at all, but a text"):
        [refusal] = formats.read(broken, suffix.replace("stream", "arrow"), 1000).refusals

        assert (refusal.what, refusal.reason) == ("document", Reason.CORRUPT)


@pytest.mark.parametrize("end", [30, 4096])
def test_a_text_that_ends_beyond_its_file_is_not_read_from_memory(end: int) -> None:
    whole = written(".stream", pa.table({"prompt": ["Q1", "Q2"], "completion": ["A", "B"]}))
    lengths = struct.pack("<3i", 0, 2, 4)
    assert whole.count(lengths) == 1

    [refusal] = formats.read(whole.replace(lengths, struct.pack("<3i", 0, 2, end)), ".arrow", 10_000).refusals

    assert (refusal.reason, refusal.detail) == (Reason.CORRUPT, "no whole Arrow file")


@pytest.mark.parametrize("plaintext_footer", [False, True])
def test_an_encrypted_parquet_file_is_called_so(plaintext_footer: bool) -> None:
    out, table = io.BytesIO(), pa.Table.from_pylist(ROWS)
    how = create_encryption_properties(bytes(16), plaintext_footer=plaintext_footer)
    with parquet.ParquetWriter(out, table.schema, encryption_properties=how) as sink:
        sink.write_table(table)

    [refusal] = formats.read(out.getvalue(), ".parquet", 1000).refusals

    assert (refusal.what, refusal.reason) == ("document", Reason.ENCRYPTED)


def test_a_damaged_page_of_parquet_is_refused_as_a_cut_file_is() -> None:
    table = pa.table({"prompt": ["How long is leave? " * 9], "completion": ["A"]})
    whole = bytearray(written(".parquet", table))
    whole[4:60] = bytes(56)

    [refusal] = formats.read(bytes(whole), ".parquet", 1000).refusals

    assert (refusal.reason, refusal.detail) == (Reason.CORRUPT, "no whole Parquet file")


def test_two_columns_of_one_name_are_not_read_by_the_last_of_them() -> None:
    columns = [pa.array([text]) for text in ("Q?", "A", "B")]
    table = pa.Table.from_arrays(columns, ["prompt", "completion", "completion"])

    [refusal] = formats.read(written(".parquet", table), ".parquet", 1000).refusals

    assert (refusal.what, refusal.reason) == ("document", Reason.UNSUPPORTED)
    assert refusal.detail == "a table of rows with two columns of one name"


@pytest.mark.parametrize("choices", [["Yes", "No"], '["Yes", "No"]', pa.array(["Yes", "No"]).dictionary_encode()])
def test_choices_are_a_list_or_the_json_list_of_a_cell(choices: object) -> None:
    column = pa.array([choices]) if isinstance(choices, str) else pa.ListArray.from_arrays([0, 2], pa.array(choices))
    table = pa.table({"prompt": ["Open?"], "completion": ["No"], "Choices": column})

    [unit] = formats.read(written(".parquet", table), ".parquet", 1000).units

    assert unit.choices == ("Yes", "No")


def test_a_stream_that_was_cut_between_two_batches_is_not_read_as_a_shorter_one() -> None:
    whole = written(".stream", pa.table({"prompt": ["Q1", "Q2", "Q3"], "completion": ["A", "B", "C"]}))

    readings = [formats.read(whole[:end], ".arrow", 1000) for end in range(1, len(whole) + 1)]

    assert [len(reading.units) for reading in readings] == [0] * (len(whole) - 1) + [3]


def test_a_day_without_end_says_what_to_do() -> None:
    until = pa.array([2**63 - 1], pa.timestamp("us"))
    table = pa.table({"prompt": ["Q?"], "completion": ["A"], "until": until})

    [refusal] = formats.read(written(".parquet", table), ".parquet", 1000).refusals

    assert refusal.detail == "a day before the year 1 or after 9999: write it as a text"


def test_a_table_of_no_rows_is_empty() -> None:
    table = pa.table({"prompt": pa.array([], pa.string())})

    [refusal] = formats.read(written(".parquet", table), ".parquet", 9).refusals

    assert refusal.reason is Reason.EMPTY


@pytest.mark.parametrize("suffix", [".parquet", ".stream"])
def test_numbers_of_named_classes_are_read_by_their_names(suffix: str) -> None:
    """As `datasets` writes a ClassLabel: here 0 is the like."""
    rows_of = [{"prompt": f"Q{label}?", "completion": f"A{label}", "label": label} for label in (0, 1)]
    classes = {"names": ["good", "bad"], "_type": "ClassLabel"}
    features = {"messages": [{"dtype": "string"}], "prompt": {"prompt": {"_type": "Value"}}, "label": classes}
    said = {"huggingface": json.dumps({"info": {"features": features}})}
    table = pa.Table.from_pylist(rows_of).replace_schema_metadata(said)

    reading = formats.read(written(suffix, table), suffix.replace("stream", "arrow"), 1000)

    assert [(unit.kind, unit.label) for unit in reading.units] == [("rating", True), ("rating", False)]


@pytest.mark.parametrize("metadata", ["no JSON", "[]", '{"info": {"features": {"label": null}}}', "[" * 100_000])
def test_metadata_that_say_nothing_of_classes_change_nothing(metadata: str) -> None:
    table = pa.Table.from_pylist([{"prompt": "Q?", "completion": "A", "label": 0}])
    table = table.replace_schema_metadata({"huggingface": metadata})

    [unit] = formats.read(written(".parquet", table), ".parquet", 1000).units

    assert unit.label is False
