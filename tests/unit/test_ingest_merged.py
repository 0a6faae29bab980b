"""A merged cell says its value for every column and row that it covers, and shifts none of the others."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from flows.datasets.documents.extractive import questions
from flows.ingest import formats, grid

HEADER = ("Region", "Product", "Fee", "Notice")
ROWSPAN = [
    "Region: Europe; Product: Bonds; Fee: 0.5 %; Notice: 30 days",
    "Region: Europe; Product: Equities; Fee: 0.7 %; Notice: 10 days",
]
COLSPAN = "Region: All regions; Product: All regions; Fee: 0.9 %; Notice: 5 days"


def read(data: bytes, suffix: str) -> list[str]:
    (unit,) = formats.read(data, suffix, 100_000).units
    return (unit.text or "").split("\n")


def page(rows: str, before: str = "") -> bytes:
    return f"{before}<table>{rows}</table>".encode()


def cells(*texts: str) -> str:
    return f"<tr>{''.join(f'<td>{text}</td>' for text in texts)}</tr>"


FEES = (
    cells(*HEADER) + "<tr><td rowspan=2>Europe<td>Bonds<td>0.5 %<td>30 days</tr>"
    + cells("Equities", "0.7 %", "10 days") + "<tr><td colspan=2>All regions<td>0.9 %<td>5 days</tr>"
)  # fmt: skip


def filled(table: object) -> None:
    """The table of `FEES`, by the way in which Word's and PowerPoint's libraries alike fill and merge cells."""
    lines = (HEADER, ("Europe", "Bonds", "0.5 %", "30 days"), ("", "Equities", "0.7 %", "10 days"),
             ("All regions", "", "0.9 %", "5 days"))  # fmt: skip
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            if text:
                table.cell(row, column).text = text  # type: ignore[attr-defined]
    for start, end in (((1, 0), (2, 0)), ((3, 0), (3, 1))):
        table.cell(*start).merge(table.cell(*end))  # type: ignore[attr-defined]


def word() -> bytes:
    from docx import Document

    document, buffer = Document(), io.BytesIO()
    filled(document.add_table(4, 4))
    document.save(buffer)
    return buffer.getvalue()


def slides() -> bytes:
    from pptx import Presentation

    deck, buffer = Presentation(), io.BytesIO()
    filled(deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_table(4, 4, 0, 0, 9, 9).table)
    deck.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(("suffix", "make"), [(".html", lambda: page(FEES)), (".docx", word), (".pptx", slides)])
def test_a_merged_cell_shifts_no_value_under_another_column(suffix: str, make: Callable[[], bytes]) -> None:
    assert read(make(), suffix)[-4:] == [" | ".join(HEADER), *ROWSPAN, COLSPAN]


def test_a_question_about_a_row_below_a_merged_cell_gets_that_rows_answer() -> None:
    before = "<h1>Fees</h1><p>All the fees below are for retail clients of the bank, wherever they live and work.</p>"
    rows = "<tr><td>Bonds<td rowspan=2>Europe<td>0.5 %<td>30 days</tr>" + cells("Equities", "0.7 %", "10 days")
    text = "\n".join(read(page(cells("Product", "Region", "Fee", "Notice") + rows, before), ".html"))

    asked = {found.question: found.answer for found in questions(text, "fees.html")}

    assert asked["In the table of “Fees”, what stands under “Fee” for “Equities”?"] == "0.7 %"


def test_a_title_over_all_columns_is_neither_the_header_nor_a_value_of_a_column() -> None:
    section = "<tr><td colspan=4>Private clients</tr>"
    rows = f"<tr><th colspan=4>Fees of 2026</tr>{cells(*HEADER)}{section}{cells('Asia', 'Bonds', '1 %', '3 days')}"

    assert read(page(rows), ".html") == [
        "Fees of 2026", " | ".join(HEADER), "Private clients", "Region: Asia; Product: Bonds; Fee: 1 %; Notice: 3 days",
    ]  # fmt: skip


@pytest.mark.parametrize("parts", [("Retail", "Institutions"), ("2025", "2026")])
def test_names_below_a_merged_name_are_one_header_with_it(parts: tuple[str, str]) -> None:
    rows = f"<tr><th rowspan=2>Product<th colspan=2>Fee</tr>{cells(*parts)}{cells('Bonds', '0.5 %', '0.4 %')}"

    assert read(page(rows), ".html") == [
        f"Product | Fee {parts[0]} | Fee {parts[1]}",
        f"Product: Bonds; Fee {parts[0]}: 0.5 %; Fee {parts[1]}: 0.4 %",
    ]


@pytest.mark.parametrize("line", [("Bonds", "30 days", "monthly"), ("", "0.5 %", "0.7 %"), ("", "", "monthly")])
def test_values_below_a_merged_name_are_no_names(line: tuple[str, ...]) -> None:
    lines = read(page(f"<tr><th>Product<th colspan=2>Terms</tr>{cells(*line)}"), ".html")

    assert len(lines) == 2
    assert lines[0] == "Product | Terms | Terms"


def test_a_merged_cell_of_the_head_does_not_reach_into_the_body() -> None:
    body = f"<tbody>{cells('Asia', 'Bonds')}</tbody>"

    lines = read(page(f"<thead><tr><th rowspan=2>Region<th>Product</tr></thead>{body}"), ".html")

    assert lines == ["Region | Product", "Region: Asia; Product: Bonds"]


def test_a_rowspan_of_0_reaches_to_the_end() -> None:
    rows = f"{cells('Region', 'Product')}<tr><td rowspan=0>Asia<td>Bonds</tr>{cells('Equities')}{cells('Gold')}"

    assert read(page(rows), ".html")[-1] == "Region: Asia; Product: Gold"


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def table(*rows: str) -> bytes:
    """A Word document of one table, its header `A`, `B`, `C`."""
    from docx import Document
    from docx.oxml import parse_xml

    document, buffer = Document(), io.BytesIO()
    whole = f"<w:tbl {_W}><w:tr>{cell('A')}{cell('B')}{cell('C')}</w:tr>{''.join(rows)}</w:tbl>"
    document.element.body.insert(0, parse_xml(whole))
    document.save(buffer)
    return buffer.getvalue()


def cell(text: str, marks: str = "") -> str:
    return f"<w:tc><w:tcPr>{marks}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


_LEFT, _FIRST, _ON = '<w:hMerge w:val="restart"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


@pytest.mark.parametrize(("rows", "last"), [
    ((f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{cell("b")}{cell("c")}</w:tr>',), "B: b; C: c"),
    ((f"<w:tr>{cell('a', _LEFT)}{cell('', '<w:hMerge/>')}{cell('c')}</w:tr>",), "A: a; B: a; C: c"),
    ((f"<w:tr>{cell('x', _FIRST)}{cell('b')}{cell('c')}</w:tr>",
      f"<w:tr><w:trPr><w:del/></w:trPr>{cell('gone', _FIRST)}{cell('b')}{cell('c')}</w:tr>",
      f"<w:tr>{cell('', _ON)}{cell('d')}{cell('e')}</w:tr>"), "B: d; C: e"),
    ((f"<w:tr>{cell('x', _FIRST)}{cell('b')}{cell('c')}</w:tr>",
      f"<w:tr><w:trPr><w:del/></w:trPr>{cell('', _ON)}{cell('gone')}{cell('c')}</w:tr>",
      f"<w:tr>{cell('', _ON)}{cell('d')}{cell('e')}</w:tr>"), "A: x; B: d; C: e"),
    ((f"<w:tr>{cell('x', _FIRST)}{cell('b')}{cell('c')}</w:tr>", f"<w:tr>{cell('', _ON)}{cell('')}{cell('')}</w:tr>"),
     "A: x; B: b; C: c"),
])  # fmt: skip
def test_cells_of_a_word_table_keep_their_columns(rows: tuple[str, ...], last: str) -> None:
    assert read(table(*rows), ".docx")[-1] == last


@pytest.mark.parametrize("span", ["100000000", "9" * 5000, "-3", "all", "", "100%"])
@pytest.mark.parametrize("way", ["rowspan", "colspan"])
def test_a_span_beyond_the_table_ends_with_it(way: str, span: str) -> None:
    rows = f"{cells('Region', 'Product')}<tr><td>Asia<td {way}='{span}'>Bonds</tr>"

    assert read(page(rows), ".html") == ["Region | Product", "Region: Asia; Product: Bonds"]


def test_a_table_of_a_few_cells_that_cover_millions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_COPIES", 10_000)
    rows = f"<tr>{'<td rowspan=999>x' * 101}</tr>{'<tr><td>y</tr>' * 101}"

    (refusal,) = formats.read(page(rows), ".html", 10**6).refusals

    assert refusal.detail == "a table whose merged cells cover more than 10,000 places"
