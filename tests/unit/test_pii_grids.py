"""A raw table is read cell by cell: nothing crosses a delimiter, no header is personal, births stay possible."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from random import Random

import pytest
from faker import Faker

from governance.pii.cells.grids import grid, spread
from governance.pii.detect import find, find_together
from governance.pii.scrub import scrub_text
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of

POLICY = PiiPolicy(allow=())
KEY = key_of(b"k" * 32)
HEADER = ("Surname", "First name", "City", "DOB", "Phone", "Salary", "Balance", "Rulebook", "IBAN")
CITIES = ("London", "Leeds", "Cardiff", "Glasgow", "Norwich")
IBANS = ("DE89370400440532013000", "GB82WEST12345698765432", "NL91ABNA0417164300")


def staff(count: int = 25) -> list[list[str]]:
    """People with a birth, a phone, a salary, a balance, a rulebook and an account."""
    Faker.seed(11)
    fake, draw = Faker("en_GB"), Random(11)
    return [
        [fake.last_name(), fake.first_name(), draw.choice(CITIES), fake.date_of_birth(minimum_age=20).isoformat(),
         f"+44 20 7946 0{draw.randrange(1000):03d}", str(draw.randrange(20_000, 90_000)),
         f"{draw.uniform(10, 9_999):.2f}", draw.choice(("COBS", "CASS", "GEN")), draw.choice(IBANS)]
        for _ in range(count)
    ]  # fmt: skip


def written(rows: list[list[str]], delimiter: str, end: str = "\n") -> str:
    if delimiter == "|":
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return end.join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + end
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def read(text: str, delimiter: str) -> list[list[str]]:
    if delimiter == "|":
        lines = [line for line in text.splitlines() if not line.startswith("|---")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_cell_is_replaced_or_stays_as_its_column_says(delimiter: str, end: str) -> None:
    rows = [list(HEADER), *staff()]

    scrubbed, _ = scrub_text(written(rows, delimiter, end), POLICY, KEY)

    made = read(scrubbed, delimiter)
    assert made[0] == list(HEADER)
    assert [len(row) for row in made] == [len(HEADER)] * len(rows)
    old, new = (list(zip(*table[1:], strict=True)) for table in (rows, made))
    for column in ("City", "Salary", "Balance", "Rulebook"):
        assert new[HEADER.index(column)] == old[HEADER.index(column)], column
    for column in ("Surname", "First name", "DOB", "Phone", "IBAN"):
        at = HEADER.index(column)
        assert not [a for a, b in zip(old[at], new[at], strict=True) if a == b], column


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_births_of_one_table_move_alike_and_are_possible(delimiter: str) -> None:
    rows = [list(HEADER), *staff()]

    made = read(scrub_text(written(rows, delimiter), POLICY, KEY)[0], delimiter)

    at = HEADER.index("DOB")
    births = [[date.fromisoformat(row[at]) for row in table[1:]] for table in (made, rows)]
    moved = {new - old for new, old in zip(*births, strict=True)}
    assert len(moved) == 1
    assert 375 <= abs(moved.pop().days) <= 1500


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("headed", [True, False])
def test_no_span_crosses_the_end_of_a_cell(delimiter: str, headed: bool) -> None:
    rows = staff()
    text = written([list(HEADER), *rows] if headed else rows, delimiter)

    spans = find(text, POLICY)

    assert spans
    assert not [text[span.start : span.end] for span in spans if {delimiter, "\n"} & set(text[span.start : span.end])]


def test_a_lone_record_is_read_cell_by_cell() -> None:
    text = "Weber,Anna,Berlin,1984-03-01,54000,1200.50"

    found = {text[span.start : span.end] for span in find(text, POLICY)}

    assert {"Weber", "Anna", "1984-03-01"} <= found
    assert not [value for value in found if "," in value or value in ("54000", "1200.50")]


def test_an_unknown_header_is_not_personal_either() -> None:
    text = "timestamp,user,amount,iban\n2026-03-01,jroe,54000,DE89370400440532013000\n"

    scrubbed, _ = scrub_text(text, POLICY, KEY)

    assert scrubbed.splitlines()[0] == "timestamp,user,amount,iban"
    assert scrubbed.splitlines()[1].startswith("2026-03-01,")
    assert "jroe" not in scrubbed
    assert ",54000," in scrubbed


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("Surname,Weber,Phone,020 7946 0991\nFirst name,Anna,DOB,1984-03-01", ("Weber", "Anna", "1984-03-01")),
        ("Surname | Weber | Phone | 020 7946 0991\nFirst name | Anna | Age | 42", ("Weber", "Anna", "0991")),
        ("Surname,Phone,john.smith@corp.com\nWeber,020 7946 0991,x", ("Weber", "john.smith@corp.com")),
    ],
    ids=["form", "form of bars", "an address among the labels"],
)
def test_what_hides_among_labels_is_found(text: str, personal: tuple[str, ...]) -> None:
    scrubbed, _ = scrub_text(text, POLICY, KEY)

    assert not [value for value in personal if value in scrubbed]
    assert scrubbed.startswith("Surname")


def test_numbers_of_two_cells_do_not_make_one() -> None:
    text = "quarter,q1,q2,q3,q4\n2023,4532,1151,1283,4366\n2024,4111,1111,1111,1111\n"

    assert not [span for span in find(text, POLICY) if span.type in ("CREDIT_CARD", "ID_NUMBER", "IBAN_CODE")]


@pytest.mark.parametrize(
    "text",
    [
        "We met Jane Roe, Bob Lee, and Karl Otto; they left.\nAnna Weber, Petra Schulz, and Otto Klein; they stayed.",
        "Totals: 1,234,567 and 2,345,678.",
        json.dumps([{"surname": "weber, anna", "n": 1}, {"surname": "roe, jane", "n": 2}], separators=(",", ":")),
        "One line.\nAnother line.",
        "",
    ],
)
def test_prose_sums_and_json_are_no_tables(text: str) -> None:
    assert grid(text).rows == ()
    assert spread(text, grid(text)) == text


def test_a_grid_changes_no_place_of_a_text() -> None:
    text = written([list(HEADER), *staff()], ",") + "\nDear Ms Roe, we met.\n" + written(staff(3), "|")

    assert len(spread(text, grid(text))) == len(text)


def test_rows_of_a_dataset_are_read_cell_by_cell_too() -> None:
    text = written([list(HEADER), *staff(5)], ",")

    (spans,) = find_together([text], POLICY, by_line=True)

    assert not [span for span in spans if "," in text[span.start : span.end]]
    assert min(span.start for span in spans) > text.index("\n")


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("notes", ["one, two; three", "one, two;\nthree", "one,\n\n two; \"said\"\nthree,"])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_quoted_cell_may_hold_delimiters_and_ends_of_lines(delimiter: str, notes: str, place: int) -> None:
    people = [["West", "Ann", "1988-12-25", "x"], ["Hill", "Tom", "1980-01-02", "y"]]
    rows = [["Surname", "Given name", "DOB", "Role"], *people]
    for row, value in zip(rows, ("Notes", notes, notes), strict=True):
        row.insert(place, value)
    text = written(rows, delimiter)

    hidden = {text[span.start : span.end] for span in find(text, policy=POLICY)}

    assert {"West", "Ann", "1988-12-25", "Hill", "Tom", "1980-01-02"} <= hidden


def test_a_quote_that_is_never_closed_is_of_its_own_line() -> None:
    text = 'Surname,Given name,DOB\nWest,"Ann,1988-12-25\n' + "Hill,Tom,1980-01-02\n" * 40

    hidden = {text[span.start : span.end] for span in find(text, policy=POLICY)}

    assert {"Hill", "Tom", "1980-01-02"} <= hidden
