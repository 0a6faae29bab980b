"""Spans stay disjoint and point into the original, whatever the text hides."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from governance.pii.spans import Span, apply, disjoint, outside_terms, terms
from governance.pii.visible import visible

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


@given(st.text(alphabet="aJR \u200b\u00ad\u202e０９Ａﬁ\u00a0é’4", max_size=60))
def test_every_visible_character_has_its_origin(text: str) -> None:
    view = visible(text)

    for index in range(len(view.text)):
        span = view.original(Span(index, index + 1, "X", 1.0))
        assert 0 <= span.start < span.end <= len(text)
        assert visible(text[span.start : span.end]).text.startswith(view.text[index]) or view.text[index] in "fi"


def test_allowed_terms_survive_as_whole_words_in_their_own_case() -> None:
    text = "The ADGM and adgm and ADGMs"
    spans = [Span(0, 8, "ORGANIZATION", 0.8), Span(13, 17, "ORGANIZATION", 0.8), Span(22, 27, "ORGANIZATION", 0.8)]

    assert outside_terms(spans, text, terms(("ADGM",))) == spans[1:]


def test_replacing_nothing_changes_nothing() -> None:
    assert apply("", [], lambda span, found: "x") == ""
    assert apply("plain", [], lambda span, found: "x") == "plain"
