"""Which row of a table names its columns: what stands under a name belongs to it, and no row of data becomes one."""

from __future__ import annotations

import pytest

from flows.datasets.documents.extractive import questions
from flows.ingest import tabular
from flows.ingest.formats import read

DAYS = ["Complaint|30 days|15 days", "Notice|10 days|5 days", "Appeal|20 days|12 days"]


def render(*rows: str) -> list[str]:
    return tabular.render(row.split("|") for row in rows).split("\n")


@pytest.mark.parametrize("times", [
    ("2025", "2026"), ("Q1 2025", "Q2 2025"), ("FY25", "FY26"), ("31.12.2024", "31.12.2025"), ("2024/25", "2025/26"),
    ("2025-03-31", "2025-06-30"), ("31 March 2025", "30 June 2025"),
])  # fmt: skip
def test_a_year_a_quarter_and_a_day_name_a_column(times: tuple[str, str]) -> None:
    lines = render(f"Deadline|{times[0]}|{times[1]}", *DAYS)

    assert lines[1] == f"Deadline: Complaint; {times[0]}: 30 days; {times[1]}: 15 days"
    assert len(lines) == 4


def test_years_stand_over_numbers_below_an_empty_corner() -> None:
    lines = render("|2024|2025", "Loans|1,200|1998", "Bonds|10|11", "Funds|7|31")

    assert lines[1] == "Loans; 2024: 1,200; 2025: 1998"


def test_columns_that_are_years_are_looked_up_by_year() -> None:
    data = "\n".join(row.replace("|", ",") for row in ["Deadline,2025,2026", *DAYS]).encode()

    text = str(read(data, ".csv", 10_000).units[0].text)

    assert [(one.question.split(", ", 1)[1], one.answer) for one in questions(text, "deadlines.csv")] == [
        ("what stands under “2025” for “Complaint”?", "30 days"),
        ("what stands under “2026” for “Notice”?", "5 days"),
        ("what stands under “2025” for “Appeal”?", "20 days"),
    ]


@pytest.mark.parametrize("rows", [
    DAYS, ["Bonds|2025", "Funds|2026", "Shares|2027"], ["Ada Roe|4 July 1983", "Ben Poe|5 August 1990"],
    ["Bonds|0.5 %|free", "Funds|none|free"], ["Fee|30|60", "Bonds|none|free", "Funds|free|free"],
    ["Rule 1|Keep records", "Rule 2|Tell clients"], ["2025|Bonds|high", "2026|Funds|low"],
])  # fmt: skip
def test_a_table_without_a_header_is_given_none(rows: list[str]) -> None:
    assert render(*rows) == [row.replace("|", " | ") for row in rows]


@pytest.mark.parametrize("titles", [
    ["Fees of the bank"], ["Fees of the bank||", "", "Valid from|2026|"], ["Fees|Retail|"], ["|Retail|"], ["0|1|2"],
])  # fmt: skip
def test_titles_above_a_header_are_skipped(titles: list[str]) -> None:
    lines = render(*titles, "Product|Fee|Notice", "Bonds|0.5 %|10 days", "Funds|1 %|none")

    assert lines[-3:] == [
        "Product | Fee | Notice",
        "Product: Bonds; Fee: 0.5 %; Notice: 10 days",
        "Product: Funds; Fee: 1 %; Notice: none",
    ]


def test_no_row_below_the_first_wide_one_becomes_the_header() -> None:
    assert render("Bonds|5|7", "Funds|none|free", "Shares|8|9")[1:] == ["Funds | none | free", "Shares | 8 | 9"]


@pytest.mark.parametrize(("header", "row", "line"), [
    ("Product|Fee|", "Bonds|5|see below", "Product: Bonds; Fee: 5; see below"),
    ("Surname|Given name|", "Umeh|Ngozi|on leave", "Surname: Umeh; Given name: Ngozi; on leave"),
    ("Product||Fee|Term", "Bonds|A|free|short", "Product: Bonds; A; Fee: free; Term: short"),
])  # fmt: skip
def test_a_header_may_leave_a_column_unnamed(header: str, row: str, line: str) -> None:
    assert render(header, row, row, row)[1:] == [line] * 3
