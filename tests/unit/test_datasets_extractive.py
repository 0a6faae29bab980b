"""What a document answers by itself: whole sentences of its own, under a question that has one answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.datasets.documents.extractive import Found, Kind, questions

SHAPES = (
    "## Heading {0}",
    "4.{0} Every branch must reconcile its *client* assets of kind {0} with the [custodian](x.md) under Rule 7.{0}.",
    "A plain paragraph about number {0}, which nobody\nis obliged by, and which a page broke.",
    "“Term {0}” means an asset of kind {0} that is held for a client:\n(a) here; or\n(b) there.",
    "- **Point {0}**: said about it are at least sixty characters, so that it can be an answer of its own.",
    "| Service | Fee |\n|---|---|\n| Custody {0} | 12 EUR |\n| Transfer {0} | 3 EUR |",
)
BESIDE = "The rest of this page says nothing that anybody would ask about. " * 8


def found(text: str, path: str = "custody-policy.md") -> list[Found]:
    return list(questions(f"{text}\n\n{BESIDE}\n", path))


def pairs(text: str, kind: Kind, path: str = "custody-policy.md") -> dict[str, str]:
    return {one.question: one.answer for one in found(text, path) if one.kind == kind}


def test_a_rule_keeps_its_list_and_the_heading_that_it_stands_under() -> None:
    text = (
        "2.4\tRecords\n2.4.3\tKeeping\n2.4.3.(1)\tA firm must keep records that show:\n(a)\twho paid; and\n(b)\twhen.\n"
    )

    assert pairs(text, "rule", "1f0c9a77.txt") == {
        "What does paragraph 2.4.3.(1) under “Keeping” require?": (
            "A firm must keep records that show:\n(a) who paid; and\n(b) when."
        )
    }


def test_a_number_on_a_line_of_its_own_belongs_to_the_paragraph_below_it() -> None:
    text = "# Capital\n\n4.5\n\nThe regulator expects firms to be clear about what they issue, and when.\n"

    (prompt,) = pairs(text, "rule")

    assert prompt == "What does paragraph 4.5 of “Capital” require?"


def test_lines_that_a_page_broke_are_one_sentence() -> None:
    text = "# Custody\n\n4.1 Every branch must reconcile its client assets\nwith the custodian on each business day.\n"

    (answer,) = pairs(text, "rule").values()

    assert answer == "Every branch must reconcile its client assets with the custodian on each business day."


@pytest.mark.parametrize(
    "amount", ["2.5 times the usual fee", "2.5  % of it", "1.5 million euros", "4.3 and 4.4", "3.5 of the Fees Act"]
)
def test_an_amount_at_the_head_of_a_wrapped_line_is_no_number_of_a_paragraph(amount: str) -> None:
    text = f"# Fees\n\n4.1 Each branch must charge whoever closes early\n{amount}, whatever the reason was.\n"

    assert pairs(text, "rule") == {
        "What does paragraph 4.1 of “Fees” require?":
            f"Each branch must charge whoever closes early {' '.join(amount.split())}, whatever the reason was."
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Times of payment must be kept in writing by each branch of the bank.",
        "any bank must keep records of all that clients have ever paid to it.",
    ],
)
def test_a_number_before_a_provision_stays_one(text: str) -> None:
    rules = f"# Fees\n\n4.1 Each branch must charge whoever closes an account of any kind early a fee\n4.2 {text}\n"

    assert pairs(rules, "rule")["What does paragraph 4.2 of “Fees” require?"] == text


@pytest.mark.parametrize(
    "text",
    [
        "# Custody\n\n4.1 Every branch must reconcile its client assets with the custodian that it has and\n",
        "# Custody\n\n4.1 Every branch must reconcile its client assets with each of the following:\n",
        "# Custody\n\n## Who pays\n\nDo our branches reconcile their assets with the custodian on each day?\n",
        "4.1 Every branch must reconcile its client assets with the custodian on each business day.\n",
    ],
)
def test_half_a_sentence_a_question_or_a_rule_of_nowhere_is_no_answer(text: str) -> None:
    assert not found(text, "1f0c9a77.txt")


def test_what_a_rule_refers_to_is_told_without_the_rule_itself() -> None:
    text = (
        "# Fees\n\n3.2 Subject to Rule 3.2(4), a firm must pay under Rules 4.1 and 4.2 and section 7 of the Fees Act.\n"
    )

    assert pairs(text, "reference") == {
        "Which other provisions does paragraph 3.2 of “Fees” refer to?": (
            "Rules 4.1 and 4.2; and section 7 of the Fees Act."
        )
    }


def test_terms_are_defined_in_quotes_or_at_the_head_of_a_line() -> None:
    text = (
        "# Terms\n\nThe term “Client Asset” means an asset that is held for a client.\n"
        "1P\tMeans the low estimate scenario of reserves.\nCell has the meaning given to it in section 4.\n"
        "This means that nobody else may hold it for long.\n"
    )

    assert list(pairs(text, "definition").values()) == [
        "The term “Client Asset” means an asset that is held for a client.",
        "1P Means the low estimate scenario of reserves.",
        "Cell has the meaning given to it in section 4.",
    ]


@pytest.mark.parametrize(("before", "learnt"), [
    ("It is wrong to say that ", False), ("Nobody knows whether ", False), ("It is not so: ", False),
    ("If ", False), ("", True), ("In these rules ", True), ("(a) The word ", True), ("Notes: ", True),
])  # fmt: skip
def test_a_meaning_that_is_denied_or_supposed_defines_nothing(before: str, learnt: bool) -> None:
    text = f"# Terms\n\n{before}“Client” means anybody who enters a branch.\n"

    assert bool(pairs(text, "definition")) == learnt


def test_a_heading_that_asks_is_the_question() -> None:
    text = (
        "---\ntitle: Travel\n---\n\n## Who may fly?\n\n"
        "All [staff](x.md) may fly **once** a year, if the trip is approved in writing.\n"
    )

    assert pairs(text, "section") == {
        "Travel: Who may fly?": "All staff may fly once a year, if the trip is approved in writing."
    }


def test_code_is_no_answer() -> None:
    text = "# Tools\n\n## Install\n\n```sh\n4.1 the operator must install every package that is listed below.\n```\n"

    assert not found(text)


TABLE = "# Fees\n\n| Service | Fee |\n|---|---|\n| Custody | 12 EUR |\n| Transfer | 3 EUR |\n"


def test_cells_are_looked_up_by_row_and_column() -> None:
    assert pairs(TABLE, "look-up") == {
        "In the table of “Fees”, what stands under “Fee” for “Custody”?": "12 EUR",
        "In the table of “Fees”, what stands under “Fee” for “Transfer”?": "3 EUR",
    }


def test_a_table_as_ingest_writes_it_is_looked_up_too() -> None:
    text = "# Fees\n\nService | Fee\nService: Custody; Fee: 12 EUR\nService: Transfer; Fee: 3 EUR\n"

    assert list(pairs(text, "look-up").values()) == ["12 EUR", "3 EUR"]


def test_nothing_is_asked_of_a_table_about_people() -> None:
    assert not found(TABLE.replace("Service", "Employee").replace("Fee |", "Salary |"))
    assert not found(TABLE.replace("| Fee |", "| E-mail |"))


def test_a_table_whose_rows_have_one_name_is_not_asked() -> None:
    assert not found(TABLE.replace("Transfer", "Custody"))


@pytest.mark.parametrize(
    "text",
    ["{%" * 50_000, "[" * 90_000, "**a " * 25_000, "x\n" * 70_000, "| " * 50_000, "a: b; " * 25_000, "“A" * 50_000],
)
def test_no_text_takes_longer_than_its_length(text: str) -> None:
    assert found(f"# T\n\n{text}\n\n## U\n\n{text}\n") is not None


def test_a_question_follows_the_passage_that_it_is_answered_from() -> None:
    text = (
        "# Custody\n\n## Records\n\n4.1 Every branch must keep **records** of its [client](x.md) assets ten years.\n"
        "\n4.2 Every branch must reconcile its client assets with the custodian on each business day.\n"
    )

    one, other, *_ = found(text)

    assert one.passage == other.passage
    assert one.prompt == f"{one.passage}\n\n{one.question}"
    assert one.passage.startswith(
        "Custody\n\nRecords\n4.1 Every branch must keep records of its client assets ten years.\n\n4.2 Every branch"
    )


def test_a_passage_names_the_heading_that_it_goes_on_under() -> None:
    rules = "".join(
        f"4.{n} Every branch must reconcile its client assets of kind {n} with the custodian on each day, in writing, "
        f"and keep what it finds for {n} years.\n\n"
        for n in range(1, 15)
    )

    passages = list(dict.fromkeys(one.passage for one in found(f"# Custody\n\n## Records\n\n{rules}")))

    assert len(passages) > 2
    assert all(passage.startswith("Custody\n\nRecords\n4.") and len(passage) < 1_000 for passage in passages)


def test_a_passage_that_is_all_answer_asks_nothing() -> None:
    text = "# Custody\n\n4.1 Every branch must reconcile its client assets with the custodian on each business day.\n"

    assert pairs(text, "rule")
    assert not list(questions(text, "custody.md"))


@given(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=30), st.integers(0, 10**6))
def test_every_answer_stands_in_its_passage(shapes: list[str], seed: int) -> None:
    text = "# Custody\n\n" + "\n\n".join(shape.format(seed + n) for n, shape in enumerate(shapes)) + "\n"

    for one in questions(text, "custody.md"):
        assert one.kind == "reference" or one.answer in one.passage
        assert len(one.answer) <= 0.6 * len(one.passage)


@pytest.mark.timeout(30)
def test_a_line_of_hyphens_holds_nobody_up() -> None:
    assert pairs("A-" * 60, "definition") == {}
    assert pairs("Know-Your-Customer Check means that a person is asked who they are.", "definition") == {
        "In the document “custody policy”, what does “Know-Your-Customer Check” mean?":
            "Know-Your-Customer Check means that a person is asked who they are."
    }  # fmt: skip
