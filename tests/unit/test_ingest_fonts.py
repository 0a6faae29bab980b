"""What a font of a workbook strikes out does not stand, and a figure that it raises is no digit."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from flows.ingest import formats
from flows.ingest.reading import Reading

STRUCK, PLAIN = InlineFont(strike=True), InlineFont(b=True, strike=False)
RAISED, LOWERED = InlineFont(vertAlign="superscript"), InlineFont(vertAlign="subscript")
RULE = CellRichText("must ", TextBlock(STRUCK, "not "), TextBlock(PLAIN, "always "), "lend")


def book(lines: Sequence[Sequence[object]], fonts: dict[str, Font] | None = None, *ranges: str) -> bytes:
    """A workbook of one sheet, some cells in a font of their own."""
    workbook, file = Workbook(), io.BytesIO()
    sheet: Any = workbook.active
    for line in lines:
        sheet.append(line)
    for place, font in (fonts or {}).items():
        sheet[place].font = font
    for one in ranges:
        sheet.merge_cells(one)
    workbook.save(file)
    return file.getvalue()


def rewritten(data: bytes, changed: Callable[[str], str], **added: str) -> bytes:
    """The workbook with other XML in its parts, and with tables that it had not."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changed(old.read(name).decode()))
        for table, xml in added.items():
            new.writestr(f"xl/{table}.xml", xml)
    return file.getvalue()


def tabled(data: bytes) -> bytes:
    """The workbook as Excel writes it: its strings in a table beside the sheet."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    strings: list[str] = []

    def moved(xml: str) -> str:
        def number(found: re.Match[str]) -> str:
            strings.append(f"<si>{found[1]}</si>")
            return f"<v>{len(strings) - 1}</v>"

        xml = xml.replace("</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>')
        return re.sub("<is>(.*?)</is>", number, xml.replace('t="inlineStr"', 't="s"'))

    sheets = rewritten(data, moved)
    table = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{"".join(strings)}</sst>'
    return rewritten(sheets, str, sharedStrings=table)


def read(data: bytes) -> Reading:
    return formats.read(data, ".xlsx", 100_000, {})


def said(reading: Reading) -> list[str]:
    (unit,) = reading.units
    return (unit.text or "").removeprefix("# Sheet\n\n").split("\n")


@pytest.mark.parametrize("written", [bytes, tabled])
@pytest.mark.parametrize(("rule", "text"), [
    (RULE, "must always lend"),
    (CellRichText("within 14", TextBlock(RAISED, "3"), " days"), "within 14³ days"),
    (CellRichText("H", TextBlock(LOWERED, "2"), "O, the 1", TextBlock(RAISED, "st")), "H₂O, the 1st"),
])  # fmt: skip
def test_a_string_is_read_as_its_fonts_show_it(
    written: Callable[[bytes], bytes], rule: CellRichText, text: str
) -> None:
    assert said(read(written(book([["Part", "Rule"], ["Loans", rule]]))))[-1] == f"Part: Loans; Rule: {text}"


def test_a_cell_that_is_struck_out_says_nothing_but_for_words_in_a_font_that_stands() -> None:
    lines: list[Sequence[object]] = [
        ["Part", "Rule", "Fee"], ["Loans", "never", 70], ["Cards", CellRichText("no ", TextBlock(PLAIN, "yes")), 80],
    ]  # fmt: skip
    struck = Font(strike=True)

    reading = read(book(lines, dict.fromkeys(("B2", "C2", "B3"), struck) | {"C3": Font(strike=False)}))

    assert said(reading)[-2:] == ["Part: Loans", "Part: Cards; Rule: yes; Fee: 80"]
    assert reading.dropped["deletion"] == 3


@pytest.mark.parametrize("written", [bytes, tabled])
def test_words_that_are_struck_out_are_counted(written: Callable[[bytes], bytes]) -> None:
    assert read(written(book([["Part", "Rule"], ["Loans", RULE]]))).dropped["deletion"] == 1


def test_a_row_whose_answer_is_struck_out_is_not_learnt() -> None:
    lines: list[Sequence[object]] = [["prompt", "completion"], ["Q1?", "A1."], ["Q2?", "A2."], ["Q3?", RULE]]

    reading = read(book(lines, {"B2": Font(strike=True)}))

    assert [(unit.unit, unit.completion) for unit in reading.units] == [(3, "A2."), (4, "must always lend")]
    assert [refusal.place for refusal in reading.refusals] == [":2"]


def test_a_merged_cell_that_is_struck_out_says_nothing_in_all_its_rows() -> None:
    lines: list[Sequence[object]] = [["Part", "Fee"], ["Loans", 1], [None, 2]]

    assert said(read(book(lines, {"A2": Font(strike=True)}, "A2:A3")))[-2:] == ["Fee: 1", "Fee: 2"]


def test_a_raised_string_is_raised_and_a_raised_number_stays_one() -> None:
    raised = Font(vertAlign="superscript")

    assert said(read(book([["Note", "Fee"], ["n. 3", 5]], {"A2": raised, "B2": raised})))[-1] == "Note: n. ³; Fee: 5"


def test_a_cell_of_a_style_that_is_not_there_is_read() -> None:
    data = book([["Part", "Rule"], ["Loans", "must lend"]])

    reading = read(rewritten(data, lambda xml: xml.replace('r="B2"', 'r="B2" s="9"')))

    assert said(reading)[-1] == "Part: Loans; Rule: must lend"
