"""What somebody is asked for types what they answer: a service desk's conversations are full of such turns."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.scrub import scrub_document, stand_ins
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from registry.tables import UNITS

POLICY, KEY = PiiPolicy(), key_of(b"k" * 32)


def unit(kind: str, turns: tuple[str, ...] = (), **cells: object) -> dict[str, object]:
    said = [{"role": ("user", "assistant")[n % 2], "content": text, "learn": True} for n, text in enumerate(turns)]
    of = {"document": "d" * 64, "path": "rows.jsonl", "unit": 1, "source": "", "groups": [], "turns": said or None}
    return {**dict.fromkeys(UNITS.names), **of, "kind": kind, **cells}


def scrubbed(row: dict[str, object]) -> str:
    (done,), _ = scrub_document([row], POLICY, KEY)
    return str(done)


ASKED = [
    ("What is your surname?", "Haverkamp"),
    ("Thank you. Could you please confirm your last name?", "haverkamp"),
    ("Sure. And your surname and date of birth, please?", "Haverkamp, 4 July 1983"),
    ("What is your name?", "haverkamp anna"),
    ("May I have your name, please?", "haverkamp"),
    ("Who am I speaking to?", "haverkamp"),
    ("Wie ist Ihr Name?", "haverkamp"),
    ("Wie heißen Sie?", "haverkamp"),
    ("Comment vous appelez-vous ?", "haverkamp"),
    ("Quel est votre nom ?", "haverkamp"),
    ("¿Cómo se llama usted?", "haverkamp"),
    ("Come si chiama?", "haverkamp"),
    ("Wat is uw naam?", "haverkamp"),
    ("What is your policy number?", "K-77 1983"),
    ("What is the patient's date of birth?", "It's 4 July 1983."),
    ("Date of birth:", "04.07.1983"),
    ("When were you born?", "July 4, 1983"),
    ("Wie lautet Ihr Geburtsdatum?", "04.07.1983"),
    ("Nennen Sie mir bitte Ihren Nachnamen und Ihr Geburtsdatum.", "04.07.1983"),
    ("Quelle est votre date de naissance ?", "C'est 4 juillet 1983"),
    ("¿Cuál es su fecha de nacimiento?", "4 de julio de 1983"),
    ("Qual è la sua data di nascita?", "4 luglio 1983"),
    ("Wat is uw geboortedatum?", "4 juli 1983"),
]
PERSONAL = ("haverkamp", "1983")


def left(text: str) -> list[str]:
    return [one for one in PERSONAL if one in text.lower()]


@pytest.mark.parametrize(("question", "answer"), ASKED)
def test_an_answer_to_a_question_for_personal_data_is_replaced(question: str, answer: str) -> None:
    rows = (
        unit("qa", prompt=question, completion=answer),
        unit("rating", prompt=question, completion=answer, label=True),
        unit("chat", ("Hello, my card is lost.", question, answer, "Thank you, I have blocked it.")),
        unit("pair", ("Hello.", question), prompt=answer, chosen="Blocked.", rejected="No."),
        unit("pair", prompt=question, chosen=answer, rejected="I do not know."),
        unit("qa", prompt=question, completion=answer, choices=[answer, "Nobody knows"]),
    )

    assert [row["kind"] for row in rows if left(scrubbed(row))] == []


@pytest.mark.parametrize(("question", "answer"), [one for one in ASKED if one[0].endswith("?")])
def test_a_conversation_written_down_line_by_line_is_read_alike(question: str, answer: str) -> None:
    text = f"Agent: My card is lost, he says.\nAgent: {question}\nCustomer: {answer}\nAgent: Thank you."

    found = {text[span.start : span.end] for span in find(text, POLICY) if span.type in POLICY.replace}

    for value in found:
        text = text.replace(value, "|")
    assert left(text) == []


@pytest.mark.parametrize(("question", "answer", "name"), [
    ("Who covers Vale tonight?", "With Vale in the red folder.", "Vale"),
    ("What is the pager code of Fallow now?", "Tell Fallow on Monday.", "Fallow"),
    ("Who covers Ash tonight?", "On Sundays Ash covers surgery.", "Ash"),
])  # fmt: skip
def test_no_name_stands_in_a_row_beside_its_own_stand_in(question: str, answer: str, name: str) -> None:
    rows = (
        unit("qa", prompt=question, completion=answer),
        unit("chat", ("Hello.", "Good morning.", question, answer)),
        unit("pair", prompt=question, chosen=answer, rejected="I do not know."),
    )

    assert [row["kind"] for row in rows if name in scrubbed(row)] == []


def test_whoever_may_reveal_finds_it_under_its_stand_in() -> None:
    row = unit("qa", prompt="What is your surname?", completion="Haverkamp")

    assert ("PERSON", "Haverkamp") in {(kind, said) for kind, said, _ in stand_ins(row, POLICY, KEY)}


@pytest.mark.parametrize(("question", "answer"), [
    ("Where do I change my home address?", "Workday"),
    ("Which form is for a change of surname?", "Form B12"),
    ("Does the policy cover the date of birth?", "Since 1 May 2021"),
    ("What is a surname?", "The name that a family shares, which stands last in English."),
    ("Label the column: Surname", "Identifier"),
    ("Surname", "Identifier"),
    ("When is the report due?", "4 July 2026"),
    ("What is your surname?", "No."),
    ("What is the name of the form?", "change of address"),
    ("What is your product name?", "harbour"),
    ("What is the name?", "harbour"),
    ("What is the retention period?", "Ten years"),
])  # fmt: skip
def test_what_asks_for_nothing_personal_leaves_its_answer(question: str, answer: str) -> None:
    (done,), _ = scrub_document([unit("qa", prompt=question, completion=answer)], POLICY, KEY)

    assert done["completion"] == answer
