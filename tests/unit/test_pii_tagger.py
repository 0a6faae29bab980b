"""The token tagger: whole weights or none, and one number between what is missed and what is masked in vain."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from governance.pii import tagger
from governance.pii.analyzer import model_directory
from governance.pii.settings import PiiPolicy
from registry.errors import IntegrityError

LEAST = PiiPolicy().min_score


@pytest.fixture(scope="module")
def nlp() -> Language:
    return spacy.load(model_directory(PiiPolicy().model), exclude=["ner", "tok2vec", "tagger", "parser", "lemmatizer"])


@pytest.fixture(scope="module")
def network(nlp: Language) -> tagger.Network:
    return tagger.load(nlp.vocab)


def words(nlp: Language, *rows: tuple[str, str, float]) -> tuple[Doc, tagger.Probabilities]:
    """A doc of (word, label, probability of the label); the rest of the probability is on O."""
    doc = Doc(nlp.vocab, words=[word for word, _, _ in rows])
    probabilities = np.zeros((len(rows), len(tagger.LABELS)), dtype=np.float32)
    for place, (_, label, probability) in enumerate(rows):
        probabilities[place, 0] = 1 - probability
        probabilities[place, tagger.LABELS.index(label)] += probability
    return doc, probabilities


def test_the_shipped_weights_find_a_name_and_leave_plain_words(nlp: Language, network: tagger.Network) -> None:
    doc = nlp.make_doc("Yesterday the manager asked Siobhan Gallagher to send the report.")

    (found,) = [t for t in tagger.tagged(doc, network.predict([doc])[0], LEAST) if t.label == "PERSON"]

    assert doc[found.start : found.end].text == "Siobhan Gallagher"


def test_the_same_text_gets_the_same_probabilities_alone_and_among_others(
    nlp: Language, network: tagger.Network
) -> None:
    docs = [nlp.make_doc("Ask Tomasz Wojcik."), nlp.make_doc("Nothing here.")]

    alone, together = network.predict(docs[:1])[0], network.predict(docs)[0]

    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_a_lower_threshold_never_finds_less(nlp: Language) -> None:
    doc, probabilities = words(
        nlp, ("ask", "O", 1.0), ("Roe", "PERSON", 0.25), ("and", "O", 1.0), ("Doe", "PERSON", 0.5)
    )

    assert [t.start for t in tagger.tagged(doc, probabilities, 0.3)] == [3]
    assert [t.start for t in tagger.tagged(doc, probabilities, 0.2)] == [1, 3]


def test_the_name_of_a_body_is_masked_whole_or_not_at_all(nlp: Language) -> None:
    doc, probabilities = words(
        nlp, ("Court", "ORGANIZATION", 0.9), ("of", "O", 1.0), ("Appeal", "ORGANIZATION", 0.9), ("sat", "O", 1.0),
        ("Upper", "PUBLIC_BODY", 0.9), ("House", "PUBLIC_BODY", 0.9),
    )  # fmt: skip

    found = list(tagger.tagged(doc, probabilities, LEAST))

    assert [(t.start, t.end, t.label) for t in found] == [(0, 3, "ORGANIZATION")]


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=11, max_size=11), max_size=12), st.floats(0.01, 0.99))
@settings(deadline=None, max_examples=100)
def test_runs_are_in_order_apart_and_sure_enough(raw: list[list[float]], threshold: float) -> None:
    doc = Doc(Vocab(), words=["Word"] * len(raw))
    probabilities = np.asarray(raw, dtype=np.float32).reshape(len(raw), 11)
    probabilities /= probabilities.sum(axis=1, keepdims=True)

    found = list(tagger.tagged(doc, probabilities, threshold))

    assert all(0 <= t.start < t.end <= len(doc) and t.score <= 1.001 for t in found)
    least = {"ORGANIZATION": min(threshold, tagger.PRIVATE)}  # bodies are decided as a whole, by a bound of their own
    assert all(t.score > least.get(t.label, threshold) for t in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(t.label in tagger.LABELS[tagger.FIRST_PERSONAL :] for t in found)


def test_weights_cut_short_are_refused(nlp: Language, tmp_path: Path) -> None:
    cut = tmp_path / "tagger.safetensors"
    cut.write_bytes(tagger.WEIGHTS.read_bytes()[:-100])

    with pytest.raises(IntegrityError, match="can't be read"):
        tagger.load(nlp.vocab, cut)


def test_weights_that_are_not_numbers_are_refused(nlp: Language, tmp_path: Path) -> None:
    stored = load_file(tagger.WEIGHTS)
    name = sorted(stored)[0]
    stored[name] = np.full_like(stored[name], np.nan)
    save_file(stored, tmp_path / "t.safetensors", {tagger.VECTORS: tagger.vectors_digest(nlp.vocab)})

    with pytest.raises(IntegrityError, match="not finite"):
        tagger.load(nlp.vocab, tmp_path / "t.safetensors")


def test_weights_for_other_vectors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="do not fit"):
        tagger.load(spacy.blank("en").vocab)
