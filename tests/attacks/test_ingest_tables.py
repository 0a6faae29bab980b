"""Whatever exported a table of rows: no cell is lost or altered unsaid, and its line numbers are the file's."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from flows.ingest import formats
from flows.ingest.reading import Reading
from registry.records import Reason


def read(text: str, columns: Mapping[str, str] | None = None) -> Reading:
    return formats.read(text.encode(), ".csv", 100_000, columns or {})


def test_empty_lines_within_and_between_rows_count() -> None:
    reading = read('\n\nprompt,completion\n\n\n\n"Who\n\n\n\npays?",We\nWhy?,\n')

    assert [(unit.unit, unit.prompt) for unit in reading.units] == [(7, "Who\n\n\n\npays?")]
    assert [refusal.place for refusal in reading.refusals] == [":12"]


def test_line_ends_of_old_systems_count_as_well() -> None:
    reading = read("prompt,completion\r\rWho?,We\rWhy?,\r")

    assert [unit.unit for unit in reading.units] == [3]
    assert [refusal.place for refusal in reading.refusals] == [":4"]


def test_an_apostrophe_is_no_quotation_mark() -> None:
    reading = read("prompt,completion\n'Yes','No'\n'Why','So'\n")

    assert [(unit.prompt, unit.completion) for unit in reading.units] == [("'Yes'", "'No'"), ("'Why'", "'So'")]


def test_a_mark_that_is_doubled_far_below_is_one_mark() -> None:
    filler = "".join(f'"What is meant by {number}?","That, and {number}"\n' for number in range(400))

    reading = read(f'prompt,completion\n{filler}"Who said ""no"", and why?",We\n')

    assert reading.units[-1].prompt == 'Who said "no", and why?'


def test_a_mark_that_is_never_closed_does_not_swallow_the_rest() -> None:
    reading = read('prompt,completion\nWho?,We\nWhy?,"So\nHow?,Thus\nWhen?,Now\n')

    (refusal,) = reading.refusals
    assert not reading.units
    assert (refusal.reason, refusal.detail) == (
        Reason.CORRUPT, "a quotation mark that opens in the row of line 3 is never closed",
    )  # fmt: skip


def test_rows_between_two_stray_marks_of_a_table_with_tabs_are_not_swallowed_untold() -> None:
    table = 'prompt\tcompletion\nWho?\tWe\nWhy?\t"So\nHow?\tThus\nWhen?\tNow"\nWhere?\tHere\n'

    reading = formats.read(table.encode(), ".tsv", 100_000, {})

    assert not reading.units
    assert [(one.reason, one.detail) for one in reading.refusals] == [
        (Reason.CORRUPT, "a quotation mark in the row of line 3 makes a cell of other rows")
    ]


def test_a_cell_between_tabs_may_have_lines() -> None:
    reading = formats.read(b'prompt\tcompletion\nWho?\t"We:\n\tall"\nWhy?\t"So\tso"\n', ".tsv", 100_000, {})

    assert [unit.completion for unit in reading.units] == ["We:\n\tall", "So\tso"]


def test_the_separator_that_excel_names_is_the_one() -> None:
    reading = read("sep=;\nprompt;completion\nWho, and why?;We, so\n")

    assert [(unit.unit, unit.prompt, unit.completion) for unit in reading.units] == [(3, "Who, and why?", "We, so")]


LISTS = [
    "'gold'; 'silver'; 'blue'", '"They are ""gold""; ""silver""; ""blue""."', "It says 'a|b' | 'c' | 'd'",
    '"It is called ""5"";""6"";""7"" and ""8""."',
]  # fmt: skip
ORDINARY = [(f"Question {number}?", f"Answer {number}.") for number in range(50)]


@pytest.mark.parametrize("written", LISTS)
@pytest.mark.parametrize(("header", "columns"), [
    ("prompt,completion", {}), ("Question,Reply", {"prompt": "Question", "completion": "Reply"}),
    ("\n,\nprompt,completion", {}), ('"prompt","completion"', {}),
])  # fmt: skip
@pytest.mark.parametrize("ordinary", [ORDINARY, []])
def test_a_list_in_quotes_in_one_cell_is_not_taken_for_the_cells_of_a_row(
    written: str, header: str, columns: Mapping[str, str], ordinary: list[tuple[str, str]]
) -> None:
    table = "\n".join([header, *map(",".join, ordinary), f"Which cards are there?,{written}"])

    reading = read(table, columns)

    assert [unit.kind for unit in reading.units] == ["qa"] * (len(ordinary) + 1)
    assert reading.units[-1].completion == written.removeprefix('"').removesuffix('"').replace('""', '"')


def test_blanks_behind_the_separators_of_a_header_are_none_of_the_cells() -> None:
    reading = read("prompt, completion\nWhich and why?, \"'gold'; 'silver'; 'blue', so\"\n")

    assert [(unit.prompt, unit.completion) for unit in reading.units] == [
        ("Which and why?", "'gold'; 'silver'; 'blue', so")
    ]


@pytest.mark.parametrize("between", [";", "\t", "|"])
def test_commas_in_quotes_do_not_part_a_row_of_another_separator(between: str) -> None:
    reading = read(f"prompt{between}completion\nWhich cards?{between}They are 'gold', 'silver', 'blue' and 'black'.\n")

    assert [unit.completion for unit in reading.units] == ["They are 'gold', 'silver', 'blue' and 'black'."]


def sheet(*answers: tuple[object, str]) -> bytes:
    workbook, file = Workbook(), io.BytesIO()
    cells: Any = workbook.active
    cells.append(["prompt", "completion"])
    for number, (value, shown) in enumerate(answers, 2):
        cells.append([f"Question {number}?", value])
        cells.cell(number, 2).number_format = shown
    workbook.save(file)
    return file.getvalue()


@pytest.mark.parametrize(("value", "shown", "answer"), [
    (date(2026, 3, 5), "dd.mm.yyyy", "2026-03-05"),
    (datetime(2026, 3, 5, 9, 30), "dd.mm.yyyy hh:mm", "2026-03-05 09:30:00"),
    (0.05, "0%", "5%"), (0.07, "0.00%", "7%"), (0.1234, "0%", "12.34%"), (1.5, "#,##0.0 %", "150%"),
    (5, '0"%"', "5"), (5, "General", "5"), (0.5, "0.00", "0.5"), (-0.25, "0.00%;[Red]-0.00%", "-25%"),
])  # fmt: skip
def test_an_answer_in_a_sheet_says_what_the_sheet_shows(value: object, shown: str, answer: str) -> None:
    reading = formats.read(sheet((value, shown)), ".xlsx", 10_000, {})

    assert [unit.completion for unit in reading.units] == [answer]


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#NAME?", "#BEZUG!", "#NV", "#¿NOMBRE?"])
def test_a_formula_that_failed_is_no_answer(error: str) -> None:
    readings = [
        formats.read(sheet((error, "General"), ("So.", "General")), ".xlsx", 10_000, {}),
        read(f"prompt,completion\nWhy?,{error}\nHow?,So.\n"),
    ]

    assert [[unit.completion for unit in reading.units] for reading in readings] == [["So."], ["So."]]
    assert [[r.detail for r in reading.refusals] for reading in readings] == [
        ["completion is the error of a formula"], ["completion is the error of a formula"],
    ]  # fmt: skip


def test_a_formula_that_failed_in_a_column_that_nobody_reads_costs_no_row() -> None:
    assert len(read("prompt,completion,note\nWhy?,So.,#N/A\n").units) == 1
