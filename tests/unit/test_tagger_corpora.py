"""What the tagger is measured on while it learns is told by its file, not by how often it is shown."""

from __future__ import annotations

from scripts.tagger_corpora import COURT, Labelled, held_out

TEXTS = [
    Labelled("a tweet", (), times=9, varied=True),
    *(Labelled(f"judgment {number}", (), times=1, file=COURT) for number in range(5)),
    Labelled("a sentence", (), times=5, varied=True, file="sentences.jsonl"),
]


def test_only_court_texts_are_held_out() -> None:
    assert [text.text for text in held_out(TEXTS, 2)] == ["judgment 0", "judgment 2", "judgment 4"]


def test_nothing_is_held_out_unless_asked_for() -> None:
    assert held_out(TEXTS, 0) == []
