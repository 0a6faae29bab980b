"""A form in a table: each detail stands behind its own label, so that the scrubber knows what it is."""

from __future__ import annotations

from io import BytesIO

import pytest
from docx import Document
from openpyxl import Workbook

from flows.ingest import tabular
from flows.ingest.formats import read
from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

FORM = [("Name", "Ngozi Umeh"), ("DOB", "4 July 1983"), ("Passport", "X1234567"), ("Marital status", "widowed")]
POLICY = PiiPolicy()


def word(rows: list[tuple[str, str]]) -> bytes:
    document, data = Document(), BytesIO()
    table = document.add_table(rows=len(rows), cols=2)
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            table.cell(number, place).text = text
    document.save(data)
    return data.getvalue()


def excel(rows: list[tuple[str, str]]) -> bytes:
    book, data = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(data)
    return data.getvalue()


def web(rows: list[tuple[str, str]]) -> bytes:
    return ("<table>" + "".join(f"<tr><th>{a}</th><td>{b}</td></tr>" for a, b in rows) + "</table>").encode()


@pytest.mark.parametrize(("data", "suffix"), [(word(FORM), ".docx"), (excel(FORM), ".xlsx"), (web(FORM), ".html")])
def test_a_birthday_below_a_name_in_a_form_is_replaced(data: bytes, suffix: str) -> None:
    text = "\n".join(str(unit.text) for unit in read(data, suffix, 10_000).units)

    left = list(text)
    for span in find(text, POLICY):
        if span.type in POLICY.replace:
            left[span.start : span.end] = "|" * (span.end - span.start)

    assert "DOB: 4 July 1983" in text
    assert not any(detail in "".join(left) for detail in ("Ngozi", "Umeh", "1983", "X1234567"))


@pytest.mark.parametrize("rows", [
    [("Surname", "Given name"), ("Umeh", "Ngozi")], [("Term", "Meaning"), ("KYC", "know your customer")],
    [("Customer", "Product"), ("Acme", "Loan"), ("Blue Water", "Deposit")],
])  # fmt: skip
def test_a_table_with_a_header_is_no_form(rows: list[tuple[str, str]]) -> None:
    first, second = rows[0], rows[1]

    assert tabular.render(rows).split("\n")[1] == f"{first[0]}: {second[0]}; {first[1]}: {second[1]}"
