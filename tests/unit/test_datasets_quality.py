"""What is left out of a training set, and why: never silently, and never what is fine."""

from __future__ import annotations

import unicodedata

import pytest

from flows.datasets import contamination, duplicates, outliers
from flows.datasets.messages import Row
from flows.evaluation.brought import suite_questions
from registry.records import Reason

SHARE = 0.5
QUESTION = "Which of the eleven emirs signed the treaty on fishing rights in the year of the comet?"


def row(prompt: str, answer: str = "A", document: str = "d") -> Row:
    return Row(prompt, (answer,), "imported", document, f"f:{prompt[:20]}", ("g",), "MIT", "")


def clean(rows: list[Row], *asked: str) -> tuple[list[Row], list[Reason]]:
    kept, refused = contamination.without_contaminated(rows, contamination.measured(asked), SHARE)
    return kept, [one.reason for one in refused]


def test_a_row_that_asks_what_is_measured_is_refused_in_whatever_dress() -> None:
    dressed = row(f"Answer briefly.\n\n{QUESTION.upper()} Think first.")

    assert clean([dressed], QUESTION) == ([], [Reason.CONTAMINATED])


def test_another_way_to_write_the_same_signs_is_no_other_question() -> None:
    asked = "Which annual résumé must the café's officer file before the end of a fiscal year?"
    dresses = (
        unicodedata.normalize("NFD", asked),
        "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in asked),
        asked.replace("fi", "\ufb01"),
        " ".join(f"_{word}_" for word in asked.split()),
        "\u200d".join(asked),
        asked.replace("a", "a\u034f").replace("n", "n\ufe0f"),
        asked.replace(" ", "\u3164"),
        asked.translate(str.maketrans("ceo", "сео")),
    )

    assert clean([row(dress) for dress in dresses], asked) == ([], [Reason.CONTAMINATED] * len(dresses))
    assert {duplicates.normal(dress) for dress in dresses} == {duplicates.normal(asked)}


@pytest.mark.parametrize(("one", "other"), [("ρ", "p"), ("α-helix", "a-helix"), ("сор", "cop"), ("日", "曰")])
def test_a_word_of_another_script_is_another_word(one: str, other: str) -> None:
    assert duplicates.normal(one) != duplicates.normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C", "C++"), ("C", "C#"), ("5", "-5"), ("It is 5.", "It is -5."), ("x is 5", "x is −5"),
        ("LTV < 80 %?", "LTV > 80 %?"), ("if x ≤ 8", "if x ≥ 8"), ("€500", "$500"), ("500 €", "500 £"), ("5 %", "5 ‰"),
        ("5 %", "5"), ("14³ days", "143 days"),
    ],
)  # fmt: skip
def test_signs_that_make_another_word_or_number_set_answers_apart(one: str, other: str) -> None:
    assert duplicates.normal(one) != duplicates.normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3-5 days", "3 5 days"), ("- 5 days", "5 days"), ("−5", "-5"), ("a+b", "a + b"), ("# Fees", "Fees"),
        ("80%", "80 %"), ("€ 500", "€500"), ("LTV<80", "LTV < 80"), ("> 5 days", "5 days"), ("a = b", "a b"),
    ],
)  # fmt: skip
def test_dashes_and_marks_beside_words_do_not(one: str, other: str) -> None:
    assert duplicates.normal(one) == duplicates.normal(other)


def test_a_measured_question_is_found_in_answers_and_in_half_too() -> None:
    halved = " ".join(QUESTION.split()[:11])

    assert clean([row("Repeat.", answer=QUESTION)], QUESTION)[1] == [Reason.CONTAMINATED]
    assert clean([row(f"{halved} Then stop.")], QUESTION)[1] == [Reason.CONTAMINATED]


def test_a_few_words_in_common_are_no_contamination() -> None:
    fine = row("Which of the eleven emirs signed the treaty with the neighbours of the southern coast and when?")

    assert clean([fine], QUESTION) == ([fine], [])


def test_a_question_shorter_than_a_run_is_found_inside_longer_rows() -> None:
    wrapped = row("Read the rules of the house below, then say: who signs above ten thousand? Give the title alone.")
    told = row("Recite.", answer="They ask: Who signs above ten thousand? The treasurer.")
    fine = row("Read the rules of the house below, then say who signs above nine thousand, and give the title alone.")

    assert clean([wrapped, told, fine], "Who signs above ten thousand?") == ([fine], [Reason.CONTAMINATED] * 2)


def test_a_question_of_a_few_words_counts_only_as_a_whole() -> None:
    rows = [row("Who pays?"), row("Who pays the fee?")]

    kept, reasons = clean(rows, "who pays")

    assert kept == rows[1:]
    assert reasons == [Reason.CONTAMINATED]


def test_short_questions_in_one_frame_are_told_apart_by_their_own_words() -> None:
    frame = "Classify the question of a customer. Categories: access, choice, retention, other. Question: {} Category:"
    apps = ("map", "game", "shop", "bank", "mail", "news", "chat", "radio")
    asked = [frame.format(f"can the {app} sell my data?") for app in apps]
    asked += [frame.format(f"is there a {thing} mode?") for thing in ("dark", "silent", "private", "night", "child")]
    other = row(frame.format("can the camera see my bedroom?"))

    assert clean([other], *asked) == ([other], [])
    assert clean([row(asked[3])], *asked)[1] == [Reason.CONTAMINATED]
    assert clean([row(frame.format("is there a private mode?"))], *asked)[1] == [Reason.CONTAMINATED]


LETTER = "Our customer in case {} asks us to close the account that was opened at the main branch. What do we answer?"


def test_rows_of_one_letter_are_told_apart_by_what_differs_in_them() -> None:
    letters = [row(LETTER.format(f"{n} of the year {1990 + n}"), f"Form {n}") for n in range(30)]
    asked = contamination.measured_beside(letters[4:], letters[:4])
    again = row(f"Be brief. {letters[2].asked}")

    kept, refused = contamination.without_contaminated([*letters[4:], again], asked, SHARE)

    assert (kept, [one.reason for one in refused]) == (letters[4:], [Reason.CONTAMINATED])


def test_a_question_that_many_rows_hold_is_no_letter() -> None:
    rows = [row(f"{QUESTION} Think of reason {n} first.", f"Emir {n}") for n in range(30)]
    asked = contamination.measured_beside(rows, [row(QUESTION, "Emir 40")])

    assert contamination.without_contaminated(rows, asked, SHARE)[0] == []


def test_many_rows_that_answer_a_question_alike_do_not_hide_it() -> None:
    rows = [row(f"{QUESTION} Think of reason {n} first.", "The ninth") for n in range(30)]
    asked = contamination.measured_beside(rows[1:], rows[:1])

    assert contamination.without_contaminated(rows[1:], asked, SHARE)[0] == []


def test_the_frame_that_measured_questions_share_is_no_contamination() -> None:
    frame = "You are a bank compliance assistant and you answer with the code of the rulebook alone, please."
    words = ("custody", "fraud", "tax", "audit", "fees", "funds", "gold", "loans", "cards", "wires", "cash", "notes")
    fine = row(f"{frame} What about whales?")

    assert clean([fine], *(f"{frame} What about {word} abroad?" for word in words)) == ([fine], [])


def test_the_shipped_probe_is_among_what_is_measured() -> None:
    asked = suite_questions([])

    assert len(asked) > 100
    assert clean([row(asked[0])], *asked)[1] == [Reason.CONTAMINATED]


def test_words_that_several_documents_repeat_are_boilerplate() -> None:
    notice = "Cookies are small files that are held on your device to make this site work as it should for you."
    rows = [row(f"What does {n} say about cookies?", notice, f"d{n}") for n in range(3)]
    twice = [
        row(f"What is rule {n}?", "Firms must keep a record of every payment for at least six years.", f"d{n}")
        for n in range(2)
    ]

    kept, refused = duplicates.without_boilerplate(
        [*rows, *twice, *(row(f"code {n}", "AML", f"d{n}") for n in range(5))]
    )

    assert len(kept) == 7
    assert {one.reason for one in refused} == {Reason.BOILERPLATE}


def test_a_whole_document_pasted_as_an_answer_is_an_outlier() -> None:
    usual = [row(f"question {n}", "word " * (10 + n % 7)) for n in range(60)]
    pasted = row("question 61", "word " * 30_000)

    kept, refused = outliers.without_lengths_apart([*usual, pasted], 8.0)

    assert kept == usual
    assert [one.reason for one in refused] == [Reason.OUTLIER]


def test_answers_of_one_word_and_files_of_few_rows_have_no_outliers() -> None:
    codes = [row(f"question {n}", "AML" if n else "two words") for n in range(60)]
    few = [row(f"question {n}", "word " * 10 ** (n % 4), document="other") for n in range(12)]

    kept, refused = outliers.without_lengths_apart([*codes, *few], 8.0)

    assert kept == [*codes, *few]
    assert not refused


def test_a_lone_row_in_another_language_is_an_outlier_and_a_small_share_is_not() -> None:
    english = [row(f"which rule covers the case of a payment that came too late, number {n}?") for n in range(300)]
    german = [row(f"welche regel gilt für eine zahlung, die zu spät gekommen ist, nummer {n}?") for n in range(4)]

    assert len(outliers.without_languages_apart([*english, german[0]], 0.005)[1]) == 1
    assert not outliers.without_languages_apart([*english, *german], 0.005)[1]
