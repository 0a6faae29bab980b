"""Whole names: with particles, in lists, reversed, and broken over the end of a line; no half of one stays."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()


def unmasked(text: str, names: list[str]) -> list[str]:
    """Of `names`, those of which a letter stays where they stand first."""
    masked = {i for s in find(text, POLICY) if s.type in POLICY.replace for i in range(s.start, s.end)}
    clear = {i for i, c in enumerate(text) if c.isalpha()} - masked
    return [name for name in names if not clear.isdisjoint(range(at := text.index(name), at + len(name)))]


@pytest.mark.parametrize(
    "name",
    [
        "Giulia Dell'Acqua", "Dell'Acqua", "Ludovica Dall'Asta", "Jacobus van 't Hoff", "Van 't Hoff",
        "Karel Van den Broek", "Van den Broek", "Ursula von der Leyen", "von der Leyen", "Siobhan O'Neill", "O'Neill",
        "Omar al-Rashid", "al-Rashid", "Mohammed bin Salman", "bin Salman", "Khalid bin Sultan al-Thani",
        "Ana García Lopez de Vega",
        "María del Carmen Ruiz y Torres", "Louise ten Brink", "Nermin dos Santos", "Jean-Baptiste de La Salle",
        "Cillian Ó Súilleabháin", "Bahiga El-Sayed", "Friederike von und zu Liebenstein",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "sentence",
    ["The lease was signed by {} on the first floor.", "We spoke with {} about it.", "The memo from {} arrived late."],
)
def test_a_name_goes_with_its_particles(sentence: str, name: str) -> None:
    assert unmasked(sentence.format(name), [name]) == []


@pytest.mark.parametrize(
    "text",
    [
        "Attendees: Anna, Bob, Carlos",
        "Present: Anna, Bob and Carlos",
        "Participants - Anna, Carlos, Tomasz, Bob",
        "On the call: Anna, Bob, Carlos, Oluwaseun.",
        "Volunteers were Anna, Carlos, Bob and Widisha.",
        "In the room:\n- Anna\n- Bob\n- Carlos\n",
    ],
)
def test_all_of_a_bare_list_of_given_names_are_people(text: str) -> None:
    names = ["Anna", "Bob", "Carlos", "Tomasz", "Oluwaseun", "Widisha"]

    assert unmasked(text, [name for name in names if name in text]) == []


def test_initials_that_stand_behind_a_name_are_masked_from_there_on() -> None:
    text = (
        "Present: Beatrix Oyelaran (BO), Fergus MacAllan-Price (FMP) and Ursula von der Heide (\"UVDH\").\n"
        "BO opened the meeting. Action: FMP to send the paper. UVDH abstained."
    )

    assert unmasked(text, ["BO", "FMP", "UVDH"]) == []


def test_an_abbreviation_behind_a_name_that_it_is_not_made_of_stays() -> None:
    text = "Beatrix Oyelaran (CFO) spoke. The CFO left at 3 PM with Peter Mann (PM)."

    assert unmasked(text, ["CFO", "3 PM"]) == ["CFO", "3 PM"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Respectfully submitted,\nBy: /s/ Winifred Tran", "Winifred Tran"),
        ("Executed as a deed by Wenonah Tran.", "Wenonah Tran"),
        ("Signed: Zebedee Nguyen, Company Secretary", "Zebedee Nguyen"),
    ],
)
def test_a_rare_given_name_goes_with_its_surname(text: str, name: str) -> None:
    assert unmasked(text, name.split()) == []


@pytest.mark.parametrize(
    "text",
    [
        "SMITH, John / DOE, Jane",
        "Parties: SMITH, John; DOE, Jane; MÜLLER, Karl-Heinz",
        "SMITH, John\nDOE, Jane\nŚWITAJ, Mick\n",
        "| SMITH, John | DOE, Jane |",
    ],
)
def test_surnames_in_capitals_before_given_names_are_people(text: str) -> None:
    names = ["SMITH", "John", "DOE", "Jane", "MÜLLER", "Karl-Heinz", "ŚWITAJ", "Mick"]

    assert unmasked(text, [name for name in names if name in text]) == []


@pytest.mark.parametrize(
    "text",
    [
        "Attendance\nAbbott, Fiona\nMay, Terence\nWinter, Rose\n",
        "To: Abbott, Fiona; May, Terence; Winter, Rose",
        "Abbott, Fiona\nMay, Terence",
    ],
)
def test_surnames_that_are_words_before_given_names_are_people(text: str) -> None:
    names = ["Abbott", "Fiona", "May", "Terence", "Winter", "Rose"]

    assert unmasked(text, [name for name in names if name in text]) == []


@pytest.mark.parametrize(
    "name", ["John\nSmith", "Margaret\nThornton", "Sonia\nRyznar", "Ida\n> Mennea", "Mats \nAxelsson"]
)
@pytest.mark.parametrize(
    "sentence",
    ["The claim was filed by {} in the spring.", "According to {}, it is done.", "We met the tenant {}'s heirs."],
)
def test_the_end_of_a_line_does_not_part_a_name(sentence: str, name: str) -> None:
    assert unmasked(sentence.format(name), name.replace("\n>", "\n").split()) == []


@pytest.mark.parametrize("parts", [("Smith", "field"), ("Abercrom", "bie"), ("Ober", "meier"), ("Nguy", "en")])
def test_a_hyphen_at_the_end_of_a_line_does_not_part_a_name(parts: tuple[str, str]) -> None:
    head, tail = parts

    assert unmasked(f"The claim was filed by Catherine {head}-\n{tail} of Leeds.", ["Catherine", head, tail]) == []


@pytest.mark.parametrize(
    "text",
    [
        "Offices: London, Paris, Berlin and Rome report to Risk, Audit and Compliance.",
        "The report covers Governance, Strategy\nManagement and Metrics; see Section 3.",
        "Allen Institute, Austin Hospital and Oscar Airport are named in the annex.",
        "A well-\nknown risk is a semi-\nannual one. In the al-Qaeda case the de Minimis rule held.",
        "USA, Canada / UK, France\nNATO, Brussels",
        "London, England\nParis, France\nFlorence, Italy; Berlin, Germany",
        "Fire, Storm\nTheft, Flood\nMarine, Cargo\nLegal, Risk",
    ],
)
def test_lists_and_line_ends_make_nobody_of_other_words(text: str) -> None:
    assert [text[s.start : s.end] for s in find(text, POLICY) if s.type == "PERSON"] == []
