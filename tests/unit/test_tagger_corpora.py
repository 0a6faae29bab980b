"""What the tagger is measured on while it learns is told by its file, not by how often it is shown."""

from __future__ import annotations

from scripts.tagger_corpora import COURT, SENTENCES, Labelled, held_out

TEXTS = [
    Labelled("a tweet", (), times=9, varied=True),
    *(Labelled(f"judgment {n}", (), file=COURT, group=n) for n in range(8)),
    *(Labelled(f"sentence {n}", (), file=SENTENCES, group=n // 2) for n in range(12)),
]


def test_every_sixth_judgment_and_all_sentences_of_every_fourth_template_are_held_out() -> None:
    held = ["judgment 1", "judgment 7", "sentence 2", "sentence 3", "sentence 10", "sentence 11"]
    assert [text.text for text in held_out(TEXTS)] == held
