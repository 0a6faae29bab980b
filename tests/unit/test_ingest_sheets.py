"""What a table of rows promises: each line is used or refused by its number, and a text stays a text."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pytest
from openpyxl import Workbook
from pydantic import ValidationError

from flows.ingest import formats
from flows.ingest.reading import Reading
from flows.ingest.settings import DocumentFolder
from registry.records import Reason

MAPPED = {"prompt": "Frage", "completion": "Antwort"}


def read(data: bytes, suffix: str = ".csv", columns: Mapping[str, str] | None = None) -> Reading:
    return formats.read(data, suffix, 10_000, {} if columns is None else columns)


def book(*sheets: Sequence[Sequence[object]]) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for lines in sheets:
        sheet = workbook.create_sheet()
        for line in lines:
            sheet.append(line)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def questions(reading: Reading) -> list[tuple[int, str | None, str | None]]:
    return [(unit.unit, unit.prompt, unit.completion) for unit in reading.units]


def test_mapped_columns_become_rows_with_the_numbers_of_their_lines() -> None:
    data = b'Nr;Frage;Antwort\n1;"Wer\nzahlt?";Der Kunde\n\n2;Wann?;Im Mai\n'

    reading = read(data, columns=MAPPED)

    assert questions(reading) == [(2, "Wer\nzahlt?", "Der Kunde"), (5, "Wann?", "Im Mai")]


def test_a_mapped_column_is_found_whatever_its_capitals() -> None:
    mapped = {name: column.upper() for name, column in MAPPED.items()}

    assert questions(read(b"frage,Antwort\nWer?,Er\n", columns=mapped)) == [(2, "Wer?", "Er")]
    (refusal,) = read(b"frage,Antwort,FRAGE\nWer?,Er,Sie\n", columns=mapped).refusals
    assert refusal.detail == "a table of rows with 2 columns named frage"


def test_a_header_in_the_middle_as_two_files_joined_have_it_is_no_row() -> None:
    reading = read(b"Frage,Antwort\nWer?,Er\nFRAGE,Antwort\nWann?,Jetzt\n", columns=MAPPED)

    assert questions(reading) == [(2, "Wer?", "Er"), (4, "Wann?", "Jetzt")]
    assert [(one.place, one.detail) for one in reading.refusals] == [(":3", "the header once more")]


def test_a_header_of_known_fields_needs_no_map() -> None:
    reading = read(b"Question,Answer\nWhy?,So.\nHow?,Thus.\n")

    assert questions(reading) == [(2, "Why?", "So."), (3, "How?", "Thus.")]
    assert {unit.shape for unit in reading.units} == {"question-answer"}


def test_choices_in_a_cell_are_those_of_their_row() -> None:
    lines = ["prompt", "completion", "choices"], ["Who?", "He", '["He", "She"]']
    tabbed = "\n".join(map("\t".join, lines)).encode()

    for reading in (read(book(lines), ".xlsx"), read(tabbed, ".tsv")):
        assert [unit.choices for unit in reading.units] == [("He", "She")]
    (refusal,) = read(b"prompt,completion,choices\nWho?,He,He | She\n").refusals
    assert refusal.detail.endswith('in a table a JSON list in one cell, such as ["Yes", "No"]')


def test_any_other_table_stays_a_text() -> None:
    reading = read(b"Name,Amount\nRent,1200\nHeat,90\n")

    assert [unit.kind for unit in reading.units] == ["text"]


def test_a_broken_line_is_refused_by_its_number() -> None:
    reading = read(b"prompt,completion,label\nA?,a,true\nB?,,false\nC?,c,perhaps\nD?,d,no,more\nE?,e,0\n")

    assert [(unit.unit, unit.label) for unit in reading.units] == [(2, True), (6, False)]
    assert [(refusal.place, refusal.detail) for refusal in reading.refusals] == [
        (":3", "as KTO it lacks completion"),
        (":4", "label is neither true nor false"),
        (":5", "more cells than the header has"),
    ]


@pytest.mark.parametrize("name", ["label", "kto_tag"])
@pytest.mark.parametrize("unrated", ["C?,c,", "C?,c", "C?,c,meh"])
def test_an_answer_without_its_rating_is_not_learnt_as_a_liked_one(name: str, unrated: str) -> None:
    reading = read(f"prompt,completion,{name}\nA?,a,true\n{unrated}\n".encode())

    assert [(unit.unit, unit.kind) for unit in reading.units] == [(2, "rating")]
    assert [(refusal.place, refusal.detail) for refusal in reading.refusals] == [
        (":3", f"{name} is neither true nor false")
    ]


def test_a_table_with_some_of_the_mapped_columns_is_refused_by_those_it_lacks() -> None:
    reading = read(b"Frage,Reply\nWer?,Er\nWie?,So\n", columns=MAPPED)

    assert not reading.units
    assert [(refusal.reason, refusal.detail) for refusal in reading.refusals] == [
        (Reason.UNSUPPORTED, "a table of rows that lacks the columns Antwort")
    ]


@pytest.mark.parametrize("header", ["Name,Amount", "Fall,Amount"])
def test_a_table_of_something_else_is_read_as_if_nothing_were_mapped(header: str) -> None:
    data = f"{header}\nRent,1200\n".encode()

    assert read(data, columns={**MAPPED, "group": "Fall"}) == read(data)


def test_a_table_under_the_usual_headers_needs_none_of_the_mapped() -> None:
    assert questions(read(b"Question,Answer\nWhy?,So.\n", columns=MAPPED)) == [(2, "Why?", "So.")]


def test_sheets_count_on_and_a_sheet_of_other_columns_is_named() -> None:
    first: list[list[object]] = [["Frage", "Antwort"], ["Wer?", 7.0], ["Wie?", None]]
    second = [["Frage", "Antwort"], ["Wo?", "Hier"]]
    data = book(first, [["Notizen", "x"]], second)

    reading = read(data, ".xlsx", MAPPED)

    assert questions(reading) == [(2, "Wer?", "7"), (6, "Wo?", "Hier")]
    assert [refusal.place for refusal in reading.refusals] == ["#1:3", "#2"]


def test_a_map_that_makes_no_row_is_refused_when_it_is_read() -> None:
    with pytest.raises(ValidationError):
        DocumentFolder.model_validate({"path": "x", "columns": {"prompt": "Frage"}})


@pytest.mark.parametrize("columns", [
    {"prompt": "A", "completion": "A"}, {"prompt": "A", "completion": " A "}, {"prompt": "", "completion": "A"},
    {"prompt": "A", "completion": " "}, {"prompt": "A", "completion": "B", "group": ""},
])  # fmt: skip
def test_a_map_of_two_fields_to_one_column_or_to_none_is_refused_when_it_is_read(columns: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="a column of its own"):
        DocumentFolder.model_validate({"path": "x", "columns": columns})


def test_one_column_may_name_the_document_and_the_source() -> None:
    columns = {"prompt": "A", "completion": "B", "document": "File", "source": "File"}

    assert DocumentFolder.model_validate({"path": "x", "columns": columns}).columns == columns


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("prompt,completion,completion\nWho?,We,They\n", {}),
        ("Prompt,prompt,completion\nWho?,Why?,We\n", {}),
        ("Case,Answer,Answer\nWho?,We,They\n", {"prompt": "Case", "completion": "Answer"}),
    ],
)
def test_two_columns_of_one_name_are_refused_where_they_are_needed(text: str, columns: dict[str, str]) -> None:
    reading = read(text.encode(), columns=columns)

    (refusal,) = reading.refusals
    assert not reading.units
    assert "2 columns named" in refusal.detail


def test_two_columns_that_nobody_reads_may_bear_one_name() -> None:
    assert len(read(b"prompt,completion,note,note\nWho?,We,a,b\n").units) == 1


@pytest.mark.parametrize("name", ["license", "Licence", "LICENSE"])
def test_a_mapped_table_keeps_its_own_columns_of_licence_and_label(name: str) -> None:
    table = f"Frage,Antwort,{name},Label,Note\nWer?,Er,CC-BY-NC-4.0,False,x\n"

    (unit,) = read(table.encode(), columns=MAPPED).units

    assert (unit.licence, unit.label, unit.prompt, unit.completion) == ("CC-BY-NC-4.0", False, "Wer?", "Er")


def test_a_mapped_table_keeps_its_own_columns_of_teacher_source_and_groups() -> None:
    table = b"Frage,Antwort,Teacher_Licence,Source,Document,Group\nWer?,Er,llama3,desk,d,g\n"

    (unit,) = read(table, columns=MAPPED).units

    assert (unit.teacher, unit.source, unit.groups[:2]) == ("llama3", "desk", ("ref:d", "ref:g"))


def test_a_mapped_column_is_what_it_is_mapped_to_and_nothing_else() -> None:
    columns = {"prompt": "Frage", "completion": "Label", "group": "Source", "licence": "Lizenz"}

    (unit,) = read(b"Frage,Label,Source,Lizenz,Licence\nWer?,false,s,MIT,GPL-3.0-only\n", columns=columns).units

    assert (unit.kind, unit.completion, unit.source, unit.licence) == ("qa", "false", "", "MIT")
    assert "ref:s" in unit.groups


@pytest.mark.parametrize("columns", [{}, {"prompt": "prompt", "completion": "completion"}])
def test_two_columns_of_a_licence_are_refused(columns: dict[str, str]) -> None:
    reading = read(b"prompt,completion,license,License\nWho?,We,MIT,CC-BY-NC-4.0\n", columns=columns)

    assert [refusal.detail for refusal in reading.refusals] == ["a table of rows with 2 columns named license"]


@pytest.mark.parametrize(("name", "value"), [("rating", "1"), ("Feedback", "bad"), ("Liked", "no")])
def test_a_dislike_in_a_mapped_tables_own_column_is_not_learnt_as_a_right_answer(name: str, value: str) -> None:
    reading = read(f"Frage,Antwort,{name}\nWer?,Er,{value}\nWie?,So,\n".encode(), columns=MAPPED)

    assert questions(reading) == [(3, "Wie?", "So")]
    assert [refusal.detail.split()[0] for refusal in reading.refusals] == [name.lower()]


@pytest.mark.parametrize("header", ["rejected", "Rejected_Response", "non_preferred_output"])
def test_a_worse_answer_beside_mapped_columns_is_not_left_out(header: str) -> None:
    data = f"Frage,Antwort,{header}\nWer?,Er,true\nWann?,Jetzt,\n".encode()

    reading = read(data, columns=MAPPED)

    assert questions(reading) == [(3, "Wann?", "Jetzt")]
    (refusal,) = reading.refusals
    assert refusal.detail.startswith(f"{header.lower()} has no chosen beside it")


def test_a_corrected_answer_beside_mapped_columns_is_not_left_out() -> None:
    reading = read(b"Frage,Antwort,Corrected\nWer?,Er,Sie\nWann?,Jetzt,\n", columns=MAPPED)

    assert questions(reading) == [(3, "Wann?", "Jetzt")]
    assert [one.detail.split()[0] for one in reading.refusals] == ["corrected"]


def test_scores_that_turn_a_pair_round_count_beside_mapped_columns() -> None:
    data = b"Frage,A,B,score_chosen,score_rejected\nWer?,Er,Sie,1,9\nWann?,Jetzt,Nie,9,1\n"

    reading = read(data, columns={"prompt": "Frage", "chosen": "A", "rejected": "B"})

    assert [unit.unit for unit in reading.units] == [3]
    assert [one.detail.partition(":")[0] for one in reading.refusals] == ["a score of chosen is below that of rejected"]
