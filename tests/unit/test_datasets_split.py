"""The split never leaks, whatever is thrown at it, and never depends on the order of rows."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from flows.datasets import duplicates
from flows.datasets.documents import extractive
from flows.datasets.messages import Row
from flows.datasets.split import split

GROUPS = st.lists(st.sampled_from([f"ref:{n}" for n in range(40)]), min_size=1, max_size=3).map(tuple)


def row(prompt: str, answer: str = "A", groups: tuple[str, ...] = ("g",), document: str = "d") -> Row:
    return Row(prompt, (answer,), "imported", document, f"f:{prompt}", groups, "MIT", "")


def tables(groups: list[tuple[str, ...]]) -> list[Row]:
    return [row(f"question {number}", groups=own) for number, own in enumerate(groups)]


@given(st.lists(GROUPS, max_size=60), st.integers(0, 99))
def test_no_group_is_ever_on_both_sides(groups: list[tuple[str, ...]], seed: int) -> None:
    rows = tables(groups)

    sides = split(rows, 0.3, seed)

    train, held_out = ({group for r in side for group in r.groups} for side in (sides.train, sides.held_out))
    assert not train & held_out
    assert len(sides.train) + len(sides.held_out) == len(rows)


@given(st.lists(GROUPS, max_size=60), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(groups: list[tuple[str, ...]], chance: random.Random) -> None:
    rows = tables(groups)
    shuffled = chance.sample(rows, len(rows))

    assert {r.id for r in split(rows, 0.3, 7).train} == {r.id for r in split(shuffled, 0.3, 7).train}


def test_a_forced_group_is_always_held_out() -> None:
    rows = tables([("a",), ("a", "b"), ("c",)])

    sides = split(rows, 0.0001, 7, {"b"})

    assert {r.prompt for r in sides.held_out} == {"question 0", "question 1"}


def test_one_prompt_with_two_answers_is_refused_whole() -> None:
    kept, refused = duplicates.without_conflicts([row("Q?", "A"), row("q", "B"), row("other", "A")])

    assert [r.prompt for r in kept] == ["other"]
    assert len(refused) == 2


def test_a_copy_leaves_its_groups_behind() -> None:
    kept, refused = duplicates.without_copies([row("Q", groups=("a",)), row("Q", groups=("b",))])

    assert [r.groups for r in kept] == [("a", "b")]
    assert len(refused) == 1


def test_a_long_common_frame_makes_no_near_duplicates() -> None:
    frame = "You are a bank's assistant. " * 20
    words = ("capital", "liquidity", "sanctions", "custody", "audit", "fraud", "tax", "outsourcing", "pricing", "fees")
    rows = [row(f"{frame}\nQuestion: what about {word} in {word} law?\nAnswer:", groups=(word,)) for word in words * 1]
    rows += [row(f"{frame}\nQuestion: who decides on {word}?\nAnswer:", groups=(word,)) for word in words]

    kept, refused = duplicates.without_near_copies(rows, 0.9)

    assert len(kept) == len(rows)
    assert not refused


def test_one_word_in_the_frames_of_two_files_asks_two_questions() -> None:
    words = ("capital", "liquidity", "sanctions", "custody", "audit", "fraud", "tax", "outsourcing", "pricing", "fees")
    rows = [row(f"Who decides on {word} here?", document="one", groups=(word,)) for word in words]
    rows += [row(f"Name a rule about\n\n{word}", document="two", groups=(word,)) for word in words]

    kept, refused = duplicates.without_near_copies(rows, 0.9)

    assert len(kept) == len(rows)
    assert not refused


def test_a_question_in_nearly_the_same_words_is_kept_once() -> None:
    long = " ".join(f"word{number}" for number in range(60))

    kept, refused = duplicates.without_near_copies([row(long, groups=("a",)), row(long + " more", groups=("b",))], 0.9)

    assert [r.groups for r in kept] == [("a", "b")]
    assert len(refused) == 1


def test_two_answers_to_nearly_one_question_are_both_kept_on_one_side() -> None:
    long = " ".join(f"word{number}" for number in range(60))
    both = [row(long, "Yes", groups=("a",)), row(f"{long} not", "No", groups=("b",))]

    kept, refused = duplicates.without_near_copies(both, 0.9)

    assert [r.answers for r in kept] == [("Yes",), ("No",)]
    assert set(kept[0].groups) & set(kept[1].groups)
    assert not refused


def test_a_document_answers_its_headings_definitions_and_rules() -> None:
    text = (
        "# Custody policy\n\n## Scope\n\nThis policy applies to every branch that holds client assets abroad.\n\n"
        "“Client Asset” means an asset that is held for a client by the bank.\n\n"
        "4.1 Every branch must reconcile its client assets with the custodian on each business day.\n"
    )

    asked = [one.question for one in extractive.questions(text, "custody.md")]

    assert asked == [
        "What does “Custody policy” say about “Scope”?",
        "In the document “Custody policy”, what does “Client Asset” mean?",
        "What does paragraph 4.1 under “Scope” of “Custody policy” require?",
    ]
