"""Muniment's own token tagger: which words of a text are personal data, with a probability each.

A convolutional network over hashed word forms and the static vectors of an installed spaCy model
(Miranda et al. 2022, "Multi hash embeddings in spaCy"), one softmax a token. It was trained for masking by
`scripts/train_tagger.py`; `governance/pii/model/README.md` says on what. Unlike a parser it answers
with probabilities, so that a threshold weighs what is missed against what is masked in vain.
This module imports spaCy: import it inside the function that needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import spacy
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from spacy.ml.models.tok2vec import MaxoutWindowEncoder, MultiHashEmbed, build_Tok2Vec_model
from spacy.tokens import Doc
from thinc.api import Model, Softmax, chain, with_array

from registry.errors import IntegrityError

LABELS: Final = (
    "O", "PUBLIC_BODY", "PERSON", "ORGANIZATION", "LOCATION", "DATE_TIME", "CODE", "AMOUNT", "NRP",
    "STREET_ADDRESS", "MISC",
)  # fmt: skip
FIRST_PERSONAL: Final = 2
VECTORS: Final = "vectors"
"""Where the weights' file says which vectors they were trained on."""
PUBLIC_BODY, ORGANIZATION = LABELS.index("PUBLIC_BODY"), LABELS.index("ORGANIZATION")
WIDTH: Final = 96
WEIGHTS = Path(__file__).with_name("model") / "tagger.safetensors"
PRIVATE: Final = 0.1
"""From what mean probability of being personal on the name of a body is masked."""
MAX_ALIAS: Final = 16
_SMALL = frozenset(("of", "the", "for", "and", "in", "at", "de", "&", "'s"))

Probabilities = NDArray[np.float32]
Network = Model[list[Doc], list[Probabilities]]


def network() -> Network:
    """The network without weights: docs in, an array (tokens, labels) of probabilities for each out."""
    embed = MultiHashEmbed(WIDTH, ["NORM", "PREFIX", "SUFFIX", "SHAPE"], [5000, 1000, 2500, 2500], True)
    encode = MaxoutWindowEncoder(WIDTH, 1, 3, 4)
    return chain(build_Tok2Vec_model(embed, encode), with_array(Softmax(nO=len(LABELS), nI=WIDTH)))


def weights_of(model: Network) -> dict[str, NDArray[np.float16]]:
    """Half-precision copies of all parameters, named by their node's place in the network."""
    found = {}
    for place, node in enumerate(model.walk()):
        for name in node.param_names:
            if node.has_param(name):
                found[f"{place}.{name}"] = np.asarray(node.get_param(name), dtype=np.float16)
    return found


def vectors_digest(vocab: spacy.vocab.Vocab) -> str:
    """Of the word vectors, since weights mean nothing over others."""
    return sha256(np.ascontiguousarray(vocab.vectors.data).tobytes()).hexdigest()


def load(vocab: spacy.vocab.Vocab, path: Path = WEIGHTS) -> Network:
    """The trained network over the vectors of `vocab`. Raises IntegrityError for missing or unfit weights."""
    model = network()
    next_step = "install Muniment again: its wheel carries the weights"
    try:
        with safe_open(path, framework="numpy") as file:
            learnt_on = (file.metadata() or {}).get(VECTORS)
            stored = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise IntegrityError(f"the tagger's weights {path.name} can't be read", next_step) from error
    if learnt_on != vectors_digest(vocab):
        raise IntegrityError(f"the tagger's weights {path.name} do not fit the vectors of this spaCy model", next_step)
    model.initialize(X=[Doc(vocab, words=["a", "b"])])
    expected = weights_of(model)
    if {n: a.shape for n, a in expected.items()} != {n: a.shape for n, a in stored.items()}:
        raise IntegrityError(f"the tagger's weights {path.name} do not fit the network", next_step)
    if not all(np.isfinite(array).all() for array in stored.values()):
        raise IntegrityError(f"the tagger's weights {path.name} hold values that are not finite", next_step)
    nodes = list(model.walk())
    for name, array in stored.items():
        place, parameter = name.split(".")
        nodes[int(place)].set_param(parameter, array)
    return model


@dataclass(frozen=True)
class Tagged:
    """Tokens `start` to `end` (exclusive) of a doc, their label and how likely the surest of them is personal."""

    start: int
    end: int
    label: str
    score: float


def tagged(doc: Doc, probabilities: Probabilities, threshold: float) -> Iterator[Tagged]:
    """Runs of tokens with one personal label, over white space as well.

    A token is personal when the probabilities of all personal labels add up to more than `threshold`; its label
    is then the likeliest of them. The name of an
    organisation is decided as a whole: words of public bodies (`Court of Appeal`) and of private ones differ
    in the mean over the name, not in each word.
    """
    personal = probabilities[:, FIRST_PERSONAL:]
    sure = personal.sum(axis=1)
    likeliest = personal.argmax(axis=1) + FIRST_PERSONAL
    labels = np.where(sure > threshold, likeliest, 0)
    for start, end in _bodies(doc, probabilities[:, PUBLIC_BODY] + probabilities[:, ORGANIZATION]):
        masked = sure[start:end].mean() > PRIVATE
        labels[start : _after_brackets(doc, end) if masked else end] = ORGANIZATION if masked else 0
    for start, end, label in _runs(doc, labels.tolist()):
        yield Tagged(start, end, LABELS[label], float(sure[start:end].max()))


def _bodies(doc: Doc, body: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Runs of tokens that name an organisation of either kind, with at most two small words inside."""
    start = end = -1
    for index in np.flatnonzero(body > 0.5).tolist():
        if start >= 0 and index - end <= 2 and all(token.lower_ in _SMALL for token in doc[end:index]):
            end = index + 1
            continue
        if start >= 0:
            yield start, end
        start, end = index, index + 1
    if start >= 0:
        yield start, end


def _after_brackets(doc: Doc, end: int) -> int:
    """The end of `(Sąd Rejonowy)` or `(“the Bank”)` right behind a name: it is the same name in other words."""
    if end + 1 >= len(doc) or doc[end].text != "(":
        return end
    for place in range(end + 1, min(end + MAX_ALIAS, len(doc))):
        if doc[place].text == ")":
            return place + 1 if any(token.text[:1].isupper() for token in doc[end:place]) else end
    return end


def _runs(doc: Doc, labels: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    start = end = label = 0
    for token in doc:
        found = 0 if token.is_space else labels[token.i]
        if token.is_space or (found == label and label):
            end = end if token.is_space else token.i + 1
            continue
        if label:
            yield start, end, label
        start, end, label = token.i, token.i + 1, found
    if label:
        yield start, end, label
