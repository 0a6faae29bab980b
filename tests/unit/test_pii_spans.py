"""Spans stay disjoint and point into the original, whatever the text hides."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from governance.pii.text.spans import Span, apply, disjoint, either, outside, places, terms, trimmed
from governance.pii.text.visible import visible

ODD = "aJR \u200b\u00ad\u202e\u202c０９Ａﬁ\u00a0é’4\u0301\u0336\ufe0f\u20e3①ⓐа\u3164\U000e0041–·=%&;#\\\n"
PIECES = (
    "&#64;",
    "%40",
    "\\u0040",
    "<b>",
    "a b c d e f g",
    "\u202eabc\u202c",
    "one two three four five six seven",
    "Ja",
)
SPANS = st.builds(
    lambda start, size, kind, score: Span(start, start + size, kind, score),
    st.integers(0, 60),
    st.integers(1, 20),
    st.sampled_from(["PERSON", "LOCATION", "IBAN_CODE"]),
    st.floats(0, 1),
)


@given(st.lists(SPANS, max_size=12))
def test_disjoint_spans_cover_exactly_what_was_found(spans: list[Span]) -> None:
    result = disjoint(spans, first=frozenset(["IBAN_CODE"]))

    assert all(a.end <= b.start for a, b in pairwise(result))
    assert {i for s in spans for i in range(s.start, s.end)} == {i for s in result for i in range(s.start, s.end)}


def test_a_type_to_replace_wins_over_one_to_keep() -> None:
    place, person = Span(0, 10, "LOCATION", 0.9), Span(0, 10, "PERSON", 0.5)

    assert disjoint([place, person], first=frozenset(["PERSON"])) == [person]


@given(st.text(max_size=80) | st.text(alphabet=ODD, max_size=80) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_every_visible_character_has_its_origin(text: str) -> None:
    view = visible(text)

    spans = [view.original(Span(index, index + 1, "X", 1.0)) for index in range(len(view.text))]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(spans))
    assert all(a == b or a.end <= b.start for a, b in pairwise(spans))


@given(st.text(alphabet="abcdefgh ABC,.;:'\"()[]!?\n\t", max_size=200))
def test_plain_text_is_seen_as_it_stands(text: str) -> None:
    assert visible(text).text == text or re.search(r"\w \w \w|[A-Za-z]{16}", text)


def test_text_of_other_languages_is_seen_as_it_stands() -> None:
    for text in (
        "Übergrößenträger, l’été naïve à Łódź",
        "Москва и Київ",
        "Αθήνα, Ελλάδα",
        "Trần Nguyễn Đức",
        "नमस्ते दुनिया",
        "東京都",
    ):
        assert visible(text).text.replace("'", "’") == text


def test_allowed_terms_survive_as_whole_words_in_their_own_case() -> None:
    text = "The ADGM and adgm and ADGMs"
    spans = [Span(0, 8, "ORGANIZATION", 0.8), Span(13, 17, "ORGANIZATION", 0.8), Span(22, 27, "ORGANIZATION", 0.8)]

    assert outside(spans, places(text, terms(("ADGM",)))) == spans[1:]


def test_a_closing_bracket_belongs_to_a_value_that_has_the_opening_one() -> None:
    text = "(tel: 01328 555 0134) or +44 (0)1328 (home)"

    found = trimmed([Span(6, 21, "PHONE_NUMBER", 0.9), Span(25, 43, "PHONE_NUMBER", 0.9)], text)

    assert [text[span.start : span.end] for span in found] == ["01328 555 0134", "+44 (0)1328 (home)"]


def test_replacing_nothing_changes_nothing() -> None:
    assert apply("", [], lambda span, found: "x") == ""
    assert apply("plain", [], lambda span, found: "x") == "plain"


@given(st.lists(st.text("ab -.", min_size=1, max_size=6), min_size=1, max_size=12), st.text("ab -.", max_size=12))
def test_a_pattern_of_many_words_finds_what_each_alone_finds(words: list[str], text: str) -> None:
    pattern = re.compile(either(words))

    assert pattern.fullmatch(text) is not None if text in words else pattern.fullmatch(text) is None
    longest = max((w for w in words if text.startswith(w)), key=len, default=None)
    found = pattern.match(text)
    assert (found.group() if found else None) == longest
