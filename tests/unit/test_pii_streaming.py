"""A text that is still being written gives up the same pieces however it arrives, and no personal value among them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy
from governance.pii.streaming import AHEAD, Growing, Pace, Piece, advance, finish, unfinished

POLICY, PACE = PiiPolicy(), Pace(192)
TYPES = frozenset(POLICY.replace)
VALUES = (
    "DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "anselm.quist@example.org", "4111 1111 1111 1111",
    "+44 20 7946 0958", "https://anselm:pw@example.org/a", "2001:db8:85a3::8a2e:370:7334", "00:1b:44:11:3a:b7",
)  # fmt: skip
PROSE = (
    "the bank must keep client money apart from its own funds", "a transfer was asked for on the same day",
    "nothing in this rule limits what a court may decide", "please write to", "the account is", "call us at",
)  # fmt: skip
parts = st.lists(st.sampled_from(VALUES) | st.sampled_from(PROSE), min_size=1, max_size=12)
texts = st.builds(lambda words, end: " ".join(words) + end, parts, st.sampled_from(("", ".", "\n")))


def cut(text: str, places: list[int]) -> list[str]:
    """`text` cut at `places`."""
    return [text[start:end] for start, end in pairwise(sorted({0, len(text), *(p % (len(text) + 1) for p in places)}))]


def read(chunks: list[str], pace: Pace = PACE, cut_off: bool = False) -> list[Piece]:
    """All pieces of a text that arrives in `chunks`; neighbours that are not personal are joined."""
    growing, pieces = Growing(), list[Piece]()
    for chunk in chunks:
        growing, found = advance(growing.plus(chunk), POLICY, TYPES, pace)
        pieces += found
    return pieces + finish(growing, POLICY, TYPES, pace, cut_off)[1]


def joined(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def masked(pieces: list[Piece]) -> str:
    return "".join(("" if p.goes_on else f"[{p.type}]") if p.type else p.text for p in pieces)


@settings(max_examples=25, deadline=None)
@given(texts, st.lists(st.integers(0, 600), max_size=30))
def test_how_a_text_arrives_changes_nothing(text: str, places: list[int]) -> None:
    whole = read([text])

    assert read(cut(text, places)) == whole
    assert joined(whole) == text


@settings(max_examples=25, deadline=None)
@given(texts, st.lists(st.integers(0, 600), max_size=30))
def test_what_is_found_in_the_whole_text_is_not_let_go(text: str, places: list[int]) -> None:
    clear, position = [False] * len(text), 0
    for piece in read(cut(text, places)):
        clear[position : position + len(piece.text)] = [not piece.type] * len(piece.text)
        position += len(piece.text)

    leaked = [span for span in find(text, POLICY) if span.type in TYPES and any(clear[span.start : span.end])]

    assert leaked == []


@settings(max_examples=15, deadline=None)
@given(st.text(st.sampled_from("ab \n\u200b\u00ad1@.é💶中"), max_size=700), st.sampled_from((96, 192, 400)))
def test_any_text_comes_out_whole_and_no_more_than_the_limit_is_held(text: str, hold: int) -> None:
    growing, pieces = Growing(), list[Piece]()
    for letter in text:
        growing, found = advance(growing.plus(letter), POLICY, TYPES, Pace(hold))
        pieces += found
        held = growing.text[growing.decided :]
        assert sum(character.isalnum() for character in held) <= hold or growing.inside

    assert joined([*pieces, *finish(growing, POLICY, TYPES, Pace(hold), False)[1]]) == text


def test_a_name_found_once_is_found_again_long_after() -> None:
    between = "The rule asks for records of each transfer, and for a copy of them. " * 8
    pieces = read(["Dear Mr Anselm Quist,\n", between, "As Quist has asked, no fee is due in this case at all."])

    assert masked(pieces).endswith("As [PERSON] has asked, no fee is due in this case at all.")


def test_ordinary_words_leave_soon_after_they_are_written() -> None:
    growing, _ = advance(
        Growing().plus("the bank must keep client money apart from its own funds " * 4), POLICY, TYPES, PACE
    )

    assert len(growing.text) - growing.decided <= AHEAD + PACE.step + 20


@pytest.mark.parametrize(("text", "kept"), [
    ("The account is DE89 3704 0044 05", "The account is "),
    ("Write to anselm.quist@exam", "Write to "),
    ("The card is 4111 1111 11", "The card is "),
    ("The client has to be told", "The client has to be told"),
])  # fmt: skip
def test_of_a_text_that_was_cut_off_the_unfinished_number_is_left_out(text: str, kept: str) -> None:
    assert text[: unfinished(text, [])] == kept
    assert "".join(p.text for p in read([text], cut_off=True) if not p.type).strip() == kept.strip()


def test_a_value_without_end_is_masked_to_its_end() -> None:
    text = f"see https://anselm:secret@example.org/{'a1' * 1_500} and then some more of the very same rule."

    pieces = read(cut(text, list(range(0, 3_200, 7))))

    assert masked(pieces).count("[") <= 4
    assert "a1a1" not in masked(pieces)
    assert masked(pieces).endswith(" and then some more of the very same rule.")


@pytest.mark.parametrize("form", ["| {} | {} | {} |", "{};{};{}", "{}\t{}\t{}"])
@pytest.mark.parametrize("size", [1, 7, 5_000])
def test_a_header_types_the_last_row_of_a_streamed_table_too(form: str, size: int) -> None:
    head = form.format("Surname", "Kontonummer", "DOB") + ("\n|---|---|---|" if "|" in form else "")
    rows = [form.format("okeke", 7_000_000 + n, f"{n % 27 + 1}.1.1950") for n in range(25)]
    text = "\n".join(("Here is the list.\n", head, *rows, "\nThat is all of it: okeke is in lower case, no name."))

    said = joined([p for p in read(cut(text, list(range(0, len(text), size)))) if not p.type])

    assert "700" not in said
    assert "1950" not in said
    assert said.endswith("no name.")


def test_after_a_table_its_header_types_nothing() -> None:
    table = "| Kontonummer | DOB |\n|---|---|\n" + "| 7000000 | 1.1.1950 |\n" * 12
    after = "\n\n".join(f"The report of {n % 27 + 1}.2.2024 was read in full." for n in range(12))

    assert masked(read([f"{table}\n\n{after}"])).endswith(after)
