"""What replaces personal data in a document: dates keep their distance, placeholders know whom they mean."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from governance.pii.patterns.dates import month_comes_first, shifted
from governance.pii.settings import DIRECT, PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from governance.pii.standins.replacement import Replacement, replacement
from governance.pii.text.spans import Span

KEY = key_of(b"k" * 32)
DATED = PiiPolicy(replace=(*DIRECT, "DATE_TIME"))
DAYS = st.dates(date(1900, 1, 1), date(2090, 1, 1))


def replacing(text: str, *found: tuple[str, str], policy: PiiPolicy = DATED, document: str = "d") -> str:
    """`text` with every (type, words) of `found` replaced."""
    spans = sorted(Span(at, at + len(said), kind, 1.0) for kind, said in found if (at := text.find(said)) >= 0)
    return by(text, spans, policy, document).text(text, spans)


def by(text: str, spans: list[Span], policy: PiiPolicy = DATED, document: str = "d") -> Replacement:
    return replacement(document, [text], [spans], policy, KEY)


@given(st.lists(DAYS, min_size=2, max_size=2), st.text(min_size=1, max_size=8))
def test_the_time_between_two_dates_of_a_document_stays(days: list[date], document: str) -> None:
    first, second = days

    moved = [date.fromisoformat(by("", [], document=document).of("DATE_TIME", day.isoformat())) for day in days]

    assert moved[1] - moved[0] == second - first
    assert timedelta(days=375) <= abs(moved[0] - first) <= timedelta(days=1500)
    assert moved[0].year != first.year


def test_documents_move_by_different_days_and_another_key_moves_them_otherwise() -> None:
    moved = {by("", [], document=f"d{number}").of("DATE_TIME", "1984-03-12") for number in range(40)}

    assert len(moved) > 30
    other = replacement("d0", [], [], DATED, key_of(b"o" * 32))
    assert other.of("DATE_TIME", "1984-03-12") != by("", [], document="d0").of("DATE_TIME", "1984-03-12")


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("1984-03-12", "1984-07-10"), ("1984/03/12", "1984/07/10"), ("12/03/1984", "10/07/1984"),
        ("12.03.84", "10.07.84"), ("1. 3. 1984", "29. 6. 1984"), ("03/25/84", "07/23/84"), ("19840312", "19840710"),
        ("12 March 1984", "10 July 1984"), ("12 MARCH 1984", "10 JULY 1984"), ("March 12, 1984", "July 10, 1984"),
        ("the 3rd of May 2001", "the 31st of August 2001"), ("Sept. 1, 2004", "Dec. 30, 2004"),
        ("12. März 1984", "10. Juli 1984"), ("le 1er janvier 2011", "le 1 mai 2011"),
        ("5 mai 2001", "2 septembre 2001"),
        ("1 de enero de 2010", "1 de mayo de 2010"), ("15 juni 2011", "13 oktober 2011"),
        ("3 gennaio 2011", "3 maggio 2011"),
        ("March 2011", "July 2011"), ("12/2011", "04/2012"), ("4 April", "2 August"), ("born in 2011", "born in 2011"),
        ("2011-03-04T10:22:33", "2011-07-02T10:22:33"), ("31/12/1999 to 01/01/2000", "29/04/2000 to 30/04/2000"),
        ("31/02/2011", "28/06/2011"), ("three weeks", "three weeks"), ("for 12 months", "for 12 months"),
        ("2011-05", "2011-09"), ("2011/05", "2011/09"), ("05/2011", "09/2011"), ("5.2011", "9.2011"), ("'11", "'11"),
        ("'99", "'99"), ("May '11", "September '11"), ("12 May '84", "09 September '84"), ("84-03-12", "84-07-10"),
        ("11/84", "03/85"), ("1999-11", "2000-03"), ("5 aout 1990", "3 décembre 1990"), ("fevrier 2011", "juin 2011"),
        ("Monday", "Monday"),
        ("", ""), ("99/99/9999", "99/99/9999"), ("31.12.9999", "31.12.9999"),
    ],
)  # fmt: skip
def test_a_date_moves_and_keeps_its_form(text: str, moved: str) -> None:
    expected = moved if text != "le 1er janvier 2011" else "le 1er mai 2011"

    assert shifted(text, 120) == expected


def test_a_year_alone_moves_with_the_middle_of_it() -> None:
    assert shifted("in 2011", 200) == "in 2012"
    assert shifted("from 2004 to 2006", -365) == "from 2003 to 2005"


@given(DAYS, st.integers(-1500, 1500))
@example(date(2000, 1, 31), -745)
def test_a_month_or_a_year_alone_stays_one_and_is_possible(day: date, days: int) -> None:
    year, month = shifted(day.strftime("%Y-%m"), days).split("-")
    turned = shifted(day.strftime("%m/%Y"), days)
    short = shifted(f"'{day.year % 100:02d}", days)

    assert date(int(year), int(month), 1)
    assert turned == f"{month}/{year}"
    assert len(short) == 3
    off = abs(date(int(year), int(month), 15) - day - timedelta(days=days))
    assert off <= timedelta(days=16 + 16)  # a day is at most 16 from the 15th, before and after


def test_a_document_tells_how_its_dates_are_written() -> None:
    assert month_comes_first(["03/04/2011", "03/25/2011"], otherwise=False)
    assert not month_comes_first(["03/04/2011", "25/03/2011"], otherwise=True)
    assert month_comes_first(["03/04/2011"], otherwise=True)
    text = "Seen on 03/04/2011, again on 03/25/2011."
    made = replacing(text, ("DATE_TIME", "03/04/2011"), ("DATE_TIME", "03/25/2011"))
    first, second = (word.strip(".,") for word in made.split() if "/" in word)
    as_days = [date(int(d[6:]), int(d[:2]), int(d[3:5])) for d in (first, second)]
    assert as_days[1] - as_days[0] == timedelta(days=21)


def test_dates_stay_where_policy_does_not_replace_them() -> None:
    text = "On 12 March 1984 Jane Roe, born 3 May 1950, left."
    found = ("DATE_TIME", "12 March 1984"), ("DATE_OF_BIRTH", "3 May 1950")

    made = replacing(text, *found, policy=PiiPolicy())

    assert "12 March 1984" in made
    assert "3 May 1950" not in made


PLACED = PiiPolicy(replacement="placeholder")


def test_a_placeholder_knows_whom_a_surname_means() -> None:
    text = "Jane Roe came. Roe spoke; J. Roe left; ROE, Jane signed. Mark Twain and Roe agree."
    spans = [Span(text.index(said), text.index(said) + len(said), "PERSON", 1.0)
             for said in ("Jane Roe", "Roe spoke"[:3], "J. Roe", "ROE, Jane", "Mark Twain")]  # fmt: skip
    spans[1] = Span(text.index("Roe spoke"), text.index("Roe spoke") + 3, "PERSON", 1.0)

    made = by(text, sorted(spans), PLACED).text(text, sorted(spans))

    tags = [word.strip(".;,") for word in made.split() if word.startswith("[PERSON_")]
    assert len(tags) == 5
    assert len(set(tags)) == 2


def test_a_surname_that_two_people_share_is_neither() -> None:
    text = "Jane Roe and Richard Roe met. Roe spoke."
    spans = [Span(0, 8, "PERSON", 1.0), Span(13, 24, "PERSON", 1.0), Span(30, 33, "PERSON", 1.0)]

    made = by(text, spans, PLACED).text(text, spans)

    assert len({word for word in made.split() if word.startswith("[PERSON_")}) == 3


def test_each_type_can_be_replaced_the_other_way() -> None:
    text = "Jane Roe has employee number E-12345."
    found = ("PERSON", "Jane Roe"), ("EMPLOYEE_ID", "E-12345")

    one = replacing(text, *found, policy=PiiPolicy(replaced_otherwise=("EMPLOYEE_ID",)))
    other = replacing(text, *found, policy=PiiPolicy(replacement="placeholder", replaced_otherwise=("EMPLOYEE_ID",)))

    assert "[EMPLOYEE_ID_" in one
    assert "[PERSON_" not in one
    assert "[PERSON_" in other
    assert "[EMPLOYEE_ID_" not in other
    with pytest.raises(ValueError, match="replaced_otherwise names types that replace does not: AGE"):
        PiiPolicy(replaced_otherwise=("AGE",))
