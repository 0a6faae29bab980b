"""A merged cell of a worksheet holds for its whole range: the licence of ten rows is not that of the first alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import Workbook

from flows.ingest import formats, grid
from flows.ingest.reading import Reading
from registry.records import Reason

ROWS = ["prompt", "completion", "licence", "group"]
FEES = ["Region", "Product", "Fee", "Notice"]


def book(
    lines: Sequence[Sequence[object]], *ranges: str, rows: Sequence[int] = (), columns: Sequence[str] = ()
) -> bytes:
    """A workbook of one sheet with merged ranges, and hidden rows and columns."""
    workbook, file = Workbook(), io.BytesIO()
    sheet: Any = workbook.active
    for line in lines:
        sheet.append(line)
    for one in ranges:
        sheet.merge_cells(one)
    for row in rows:
        sheet.row_dimensions[row].hidden = True
    for column in columns:
        sheet.column_dimensions[column].hidden = True
    workbook.save(file)
    return file.getvalue()


def questions(*more: object) -> list[Sequence[object]]:
    return [ROWS, ["Q1?", "A1.", *more], *([f"Q{number}?", f"A{number}."] for number in range(2, 7))]


def read(data: bytes) -> Reading:
    return formats.read(data, ".xlsx", 100_000, {})


def text(data: bytes) -> list[str]:
    (unit,) = read(data).units
    return (unit.text or "").split("\n")


def test_a_merged_licence_and_group_hold_for_all_their_rows() -> None:
    reading = read(book(questions("CC-BY-NC-4.0", "g"), "C2:C7", "D2:D7"))

    assert [(unit.unit, unit.licence, unit.prompt) for unit in reading.units] == [
        (number, "CC-BY-NC-4.0", f"Q{number - 1}?") for number in range(2, 8)
    ]
    assert all("ref:g" in unit.groups for unit in reading.units)


def test_a_merged_licence_holds_beside_hidden_rows_and_columns() -> None:
    lines: list[Sequence[object]] = [["note", *line] for line in questions("CC-BY-NC-4.0", "g")]

    reading = read(book(lines, "D2:D7", rows=[2, 4], columns=["A"]))

    assert [(unit.unit, unit.licence) for unit in reading.units] == [
        (number, "CC-BY-NC-4.0") for number in (3, 5, 6, 7)
    ]


def test_rows_below_all_that_stands_in_a_sheet_are_not_there() -> None:
    reading = read(with_ranges(book(questions("MIT")), '<mergeCells><mergeCell ref="C2:C1048576"/></mergeCells>'))

    assert [unit.licence for unit in reading.units] == ["MIT"] * 6
    assert not reading.refusals


def test_a_heading_over_the_columns_is_no_row_to_learn() -> None:
    reading = read(book([*questions("MIT", "g"), ["Part two"], ["Q?", "A."]], "A8:D8"))

    assert [unit.unit for unit in reading.units] == [2, 3, 4, 5, 6, 7, 9]
    assert [refusal.place for refusal in reading.refusals] == [":8"]


def test_a_line_that_is_longer_than_the_header_is_still_refused() -> None:
    reading = read(book([*questions("MIT", "g"), ["Q?", "A.", "MIT", "g", "more"]], "C2:C7"))

    assert [(refusal.place, refusal.detail) for refusal in reading.refusals] == [
        (":8", "more cells than the header has")
    ]


def test_a_sheet_that_is_a_text_says_merged_cells_in_each_line() -> None:
    lines: list[Sequence[object]] = [
        ["Fees of 2026"], FEES, ["Europe", "Bonds", 0.5, "30 days"], [None, "Equities", 0.7, "10 days"],
        ["All regions", None, 0, "5 days"],
    ]  # fmt: skip

    assert text(book(lines, "A1:D1", "A3:A4", "A5:B5"))[2:] == [
        "Fees of 2026", "Region | Product | Fee | Notice",
        "Region: Europe; Product: Bonds; Fee: 0.5; Notice: 30 days",
        "Region: Europe; Product: Equities; Fee: 0.7; Notice: 10 days",
        "Region: All regions; Product: All regions; Fee: 0; Notice: 5 days",
    ]  # fmt: skip


def test_names_below_a_merged_name_are_one_header_with_it() -> None:
    lines: list[Sequence[object]] = [["Product", "Fee"], [None, 2025, 2026], ["Bonds", "0.5 %", "0.4 %"]]

    assert text(book(lines, "A1:A2", "B1:C1"))[2:] == [
        "Product | Fee 2025 | Fee 2026", "Product: Bonds; Fee 2025: 0.5 %; Fee 2026: 0.4 %",
    ]  # fmt: skip


def test_what_is_hidden_stays_out_of_a_sheet_with_merged_cells() -> None:
    lines: list[Sequence[object]] = [
        FEES,
        ["Secret", "Bonds", 1, "x"],
        ["Asia", "Secret", 2, "y"],
        [None, "Secret", 3, "z"],
    ]

    said = "\n".join(text(book(lines, "A3:A4", rows=[2], columns=["B"])))

    assert "Secret" not in said
    assert "Region: Asia; Fee: 3; Notice: z" in said


def with_ranges(data: bytes, written: str) -> bytes:
    """The workbook with other merged ranges than any program writes."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            changed = old.read(name).replace(b"</sheetData>", f"</sheetData>{written}".encode())
            new.writestr(name, changed)
    return file.getvalue()


def test_a_range_beyond_the_sheet_ends_with_it() -> None:
    lines = [line[:3] for line in questions("MIT")]

    reading = read(with_ranges(book(lines), '<mergeCells><mergeCell ref="C2:XFD1048576"/></mergeCells>'))

    assert [(unit.unit, unit.licence) for unit in reading.units] == [(number, "MIT") for number in range(2, 8)]


@pytest.mark.parametrize(("ranges", "detail"), [
    ('<mergeCell ref="A1:XFD1048576"/>' * 99, "a table whose merged cells cover more than 100 places"),
    ('<mergeCell ref="A1:A2"/>' * 101, "a sheet of more than 100 merged ranges"),
])  # fmt: skip
def test_ranges_that_lie_over_one_another_by_the_hundred_are_refused(
    ranges: str, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "MOST_COPIES", 100)

    (refusal,) = read(with_ranges(book(questions("MIT", "g")), f"<mergeCells>{ranges}</mergeCells>")).refusals

    assert (refusal.reason, refusal.detail) == (Reason.TOO_LARGE, detail)
