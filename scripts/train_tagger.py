"""Train governance/pii/model/tagger.safetensors: python -m scripts.train_tagger CORPORA [--hold-out]

CORPORA is a folder as `scripts.tagger_corpora` wants it. Takes about a quarter of an hour on one core.
With --hold-out every sixth court text and every fourth template of the sentences are left out and measured after
each epoch; weights are written only where --out names another file than the shipped one. The same folder gives the
same weights on the same kind of machine.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import spacy
from numpy.typing import NDArray
from rich.progress import track
from safetensors.numpy import save_file
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from thinc.api import Adam, Optimizer, fix_random_seed, set_dropout_rate

from governance.pii import tagger
from governance.pii.analyzer import model_directory
from governance.pii.settings import PiiPolicy
from scripts.tagger_corpora import EVERYTHING, SKIP, Labelled, corpora, held_out
from scripts.tagger_letters import Inventor, letters, recased
from scripts.tagger_variants import varied

SEED = 7
EPOCHS = 6
LETTERS = 8_000
DROPOUT = 0.35
LEARNING_RATE = 1e-3
BATCH_TOKENS = 1_200
BOOST = 1.3
"""How much more a missed personal word counts than one masked in vain."""
SILVER = 0.5
"""The weight of labels that come from spaCy's recogniser where a corpus labels nothing of the kind."""
_SILVER_TYPES = {
    "PERSON": "PERSON", "ORG": "ORGANIZATION", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION", "NORP": "NRP",
    "DATE": "DATE_TIME", "TIME": "DATE_TIME", "MONEY": "AMOUNT", "QUANTITY": "AMOUNT",
}  # fmt: skip
Weights = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """A tokenised text, the label of each token, and how much each counts (0: nothing is known)."""

    doc: Doc
    labels: NDArray[np.int64]
    weights: Weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--hold-out", action="store_true")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=tagger.WEIGHTS)
    chosen = parser.parse_args()
    texts = list(corpora(chosen.corpora, random.Random(chosen.seed)))
    held = held_out(texts) if chosen.hold_out else []
    learnt = [text for text in texts if all(text is not h for h in held)]
    nlp = spacy.load(model_directory(PiiPolicy().model))
    network = started(nlp)
    teach(network, nlp, learnt, held, chosen)
    if not held or chosen.out != tagger.WEIGHTS:
        save_file(tagger.weights_of(network), chosen.out, {tagger.VECTORS: tagger.vectors_digest(nlp.vocab)})


def started(nlp: Language) -> tagger.Network:
    """A network that begins with what spaCy's own recogniser learnt of words and their neighbours."""
    network = tagger.network()
    network.initialize(X=[Doc(nlp.vocab, words=["a", "b"])])
    recogniser = cast("TrainablePipe", nlp.get_pipe("ner"))
    learnt = recogniser.model.get_ref("tok2vec").layers[0]
    for mine, theirs in zip(network.layers[0].walk(), learnt.walk(), strict=True):
        for name in theirs.param_names:
            if theirs.has_param(name):
                mine.set_param(name, theirs.get_param(name).copy())
    return network


def teach(
    network: tagger.Network, nlp: Language, texts: list[Labelled], held: list[Labelled], chosen: argparse.Namespace
) -> None:
    """Epochs of Adam with a linearly falling rate; the network ends with the average of its weights."""
    fix_random_seed(chosen.seed)
    rng = random.Random(chosen.seed)
    inventor = Inventor(chosen.seed)
    optimizer = Adam(LEARNING_RATE, L2=0.0, grad_clip=1.0, use_averages=True)
    for epoch in range(chosen.epochs):
        shown = [*_shown(texts, inventor), *letters(LETTERS, chosen.seed * 100 + epoch)]
        rng.shuffle(shown)
        examples = [example(text, nlp) for text in track(shown, f"epoch {epoch + 1}: reading")]
        batches = list(_batches(examples))
        set_dropout_rate(network, DROPOUT)
        loss = 0.0
        for number, batch in enumerate(track(batches, f"epoch {epoch + 1}: learning")):
            optimizer.learn_rate = LEARNING_RATE * (1 - (epoch + number / len(batches)) / chosen.epochs)
            loss += learn(network, batch, optimizer)
        print(f"epoch {epoch + 1}: loss {loss / len(batches):.4f}", flush=True)
        set_dropout_rate(network, 0.0)
        if held:
            with network.use_params(optimizer.averages):
                _report(network, nlp, held)
    with_averages(network, optimizer)


def with_averages(network: tagger.Network, optimizer: Optimizer) -> None:
    """Put the averaged weights in for good."""
    averages = optimizer.averages or {}
    for node in network.walk():
        for name in node.param_names:
            if (node.id, name) in averages:
                node.set_param(name, averages[node.id, name])


def learn(network: tagger.Network, batch: Sequence[Example], optimizer: Optimizer) -> float:
    """One step down the weighted cross-entropy; the mean loss a token."""
    predicted, back = network.begin_update([one.doc for one in batch])
    gradients, loss, size = [], 0.0, sum(float(one.weights.sum()) for one in batch) or 1.0
    for one, probabilities in zip(batch, predicted, strict=True):
        target = np.zeros_like(probabilities)
        target[np.arange(len(one.labels)), one.labels] = 1.0
        gradients.append((probabilities - target) * one.weights[:, None] * (30.0 / size))
        likely = probabilities[np.arange(len(one.labels)), one.labels]
        loss -= float((np.log(likely + 1e-9) * one.weights).sum())
    back(gradients)
    network.finish_update(optimizer)
    return loss / size


def _shown(texts: Iterable[Labelled], inventor: Inventor) -> Iterator[Labelled]:
    """Each text as often as it counts: once as it is, then with other names, places and numbers."""
    for text in texts:
        for turn in range(text.times):
            once = varied(text, inventor) if turn and text.varied else text
            yield Labelled(recased(once.text, inventor.rng, 0.04, 0.02), once.marks, once.labels)


def example(text: Labelled, nlp: Language) -> Example:
    """Tokens with their labels; where the corpus is silent, spaCy's own recogniser speaks with less weight."""
    doc = nlp.make_doc(text.text)
    labels, weights = np.zeros(len(doc), dtype=np.int64), np.ones(len(doc), dtype=np.float32)
    if text.labels != EVERYTHING:
        for start, end, label in _silver(text.text, nlp):
            if label not in text.labels:
                labels[start:end] = tagger.LABELS.index(label)
                weights[start:end] = SILVER
    for start, end, label in text.marks:
        span = doc.char_span(start, end, alignment_mode="expand")
        if span is None:
            continue
        known = label != SKIP
        labels[span.start : span.end] = tagger.LABELS.index(label) if known else 0
        weights[span.start : span.end] = 1.0 if known else 0.0
    weights[labels >= tagger.FIRST_PERSONAL] *= BOOST
    return Example(doc, labels, weights)


@cache
def _silver(text: str, nlp: Language) -> tuple[tuple[int, int, str], ...]:
    """Tokens that spaCy's own recogniser labels; remembered, since every epoch asks again."""
    entities = nlp.get_pipe("ner")(nlp.make_doc(text)).ents
    return tuple((e.start, e.end, _SILVER_TYPES[e.label_]) for e in entities if e.label_ in _SILVER_TYPES)


def _batches(examples: Iterable[Example]) -> Iterator[list[Example]]:
    batch: list[Example] = []
    tokens = 0
    for one in examples:
        if not len(one.doc):
            continue
        batch.append(one)
        tokens += len(one.doc)
        if tokens >= BATCH_TOKENS:
            yield batch
            batch, tokens = [], 0
    if batch:
        yield batch


def _report(network: tagger.Network, nlp: Language, held: Sequence[Labelled]) -> None:
    """Recall and precision over the words of texts that were not learnt."""
    for threshold in (0.15, 0.2, 0.3, 0.4):
        hit = masked = personal = 0
        for text in held:
            doc, found = nlp.make_doc(text.text), np.zeros(len(text.text), dtype=bool)
            truth = found.copy()
            for span in tagger.tagged(doc, network.predict([doc])[0], threshold):
                found[doc[span.start].idx : doc[span.end - 1].idx + len(doc[span.end - 1])] = True
            for start, end, label in text.marks:
                truth[start:end] = label not in ("O", "PUBLIC_BODY", SKIP)
            hit += int((found & truth).sum())
            masked, personal = masked + int(found.sum()), personal + int(truth.sum())
        print(f"  threshold {threshold}: recall {hit / personal:.3f}, precision {hit / max(masked, 1):.3f}", flush=True)


if __name__ == "__main__":
    main()
