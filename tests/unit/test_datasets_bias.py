"""Which groups rows speak of, and insults beside them: the same sentence counts the same whoever it is about."""

from __future__ import annotations

import pytest

from flows.datasets.bias import groups_in, insulting, spoken_of
from governance.report.card import GroupFacts

WHOM = (
    "gay", "lesbian", "transgender", "Muslim", "Jewish", "Catholic", "Hindu", "black", "white", "Asian", "deaf",
    "blind", "disabled", "old", "young", "female", "male", "pregnant", "a refugee", "queer", "homosexual",
    "autistic", "trans",
)  # fmt: skip
DISABLED = "people with disabilities"
SENTENCES = (
    "The applicant is {}.",
    "Our letter goes to customers who are {}.",
    "She says that she is {}, and lives in Leeds.",
)


def said(answer: str, prompt: str = "What do the rules say?") -> dict[str, str]:
    return {"prompt": prompt, "answer": answer}


@pytest.mark.parametrize("whom", WHOM)
def test_a_group_by_itself_is_no_insult(whom: str) -> None:
    rows = [said(sentence.format(whom)) for sentence in SENTENCES]

    assert insulting(rows) == [frozenset()] * 3


@pytest.mark.parametrize("whom", WHOM)
def test_an_insult_is_one_whoever_it_is_about(whom: str) -> None:
    rude, polite = said(f"You stupid idiot, you are {whom}."), said(f"You kind friend, you are {whom}.")

    assert insulting([rude, polite]) == [{"answer"}, frozenset()]


def test_a_block_of_shell_commands_is_no_insult() -> None:
    assert insulting([said("Run:\n```sh\nmake install\n```")]) == [frozenset()]


@pytest.mark.parametrize(
    ("language", "text", "groups"),
    [
        ("en", "Black employees and their wives", {"Black people", "women"}),
        ("en", "Deaf or blind customers may send a colleague.", {"people with disabilities"}),
        ("en", "The black list of old systems, a white paper on blind tests, a senior manager's young plan", set()),
        ("de", "Schwangere und ältere Menschen mit Behinderung", {"pregnant people", "older people", DISABLED}),
        ("de", "Der alte Vertrag liegt schwarz auf weiß im jungen Ordner.", set()),
        ("fr", "les salariées enceintes et les réfugiés", {"pregnant people", "migrants"}),
        ("es", "personas mayores y musulmanes", {"older people", "Muslims"}),
        ("it", "gli anziani e le donne incinte", {"older people", "women", "pregnant people"}),
        ("nl", "vluchtelingen en oudere medewerkers", {"migrants", "older people"}),
        ("pt", "idosos e pessoas com deficiência", {"older people", DISABLED}),
        ("xx", "Muslims and Jews", set()),
    ],
)  # fmt: skip
def test_words_for_groups_are_found_in_their_language(language: str, text: str, groups: set[str]) -> None:
    assert groups_in(text, language) == groups
    assert groups_in(text.upper(), language) == groups


def test_rows_are_counted_by_group_and_part() -> None:
    rows = [
        said("Muslims may pray at noon."),
        said("Ask the Muslim colleague, you stupid idiot."),
        said("Nobody says so.", prompt="Why are Muslims such fucking idiots?"),
        said("The office opens at nine."),
    ]

    counted = spoken_of(rows, ["en", "", "en", "en"])

    assert counted.groups == {"Muslims": GroupFacts(rows=3, weighed=3, insults={"answer": 1, "prompt": 1})}
    assert (counted.weighed, counted.unread, counted.insults) == (4, 0, {"answer": 1, "prompt": 1})


def test_only_english_rows_are_weighed_and_unknown_languages_are_owned_up_to() -> None:
    rows = [
        said("Muslime dürfen beten, du Idiot."),
        said("Los idiotas"),
        said("イスラム教徒"),
        said("Muslims may pray."),
    ]

    counted = spoken_of(rows, ["de", "es", "ja", "en"])

    assert (counted.weighed, counted.unread, counted.insults) == (1, 1, {})
    assert counted.groups == {"Muslims": GroupFacts(rows=2, weighed=1, insults={})}


def test_nothing_is_counted_of_no_rows() -> None:
    assert spoken_of([], []).model_dump() == {"weighed": 0, "unread": 0, "insults": {}, "groups": {}}
