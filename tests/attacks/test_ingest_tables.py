"""Whatever exported a table of rows: no cell is lost or altered unsaid, and its line numbers are the file's."""

from __future__ import annotations

from flows.ingest import formats
from flows.ingest.reading import Reading
from registry.records import Reason


def read(text: str) -> Reading:
    return formats.read(text.encode(), ".csv", 10_000, {})


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


def test_the_separator_that_excel_names_is_the_one() -> None:
    reading = read("sep=;\nprompt;completion\nWho, and why?;We, so\n")

    assert [(unit.unit, unit.prompt, unit.completion) for unit in reading.units] == [(3, "Who, and why?", "We, so")]
