"""How much of what is labelled a detector hides, and how much else it hides with it.

The definitions follow the Text Anonymization Benchmark (Pilán et al. 2022, doi:10.1162/coli_a_00458): a mention is
covered when every character that matters is masked, an entity when all its mentions are, and an entity is direct if
any mention is. White space is not counted; punctuation and closed-class words need no mask unless nothing else is left.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict

from governance.pii.recall.bootstrap import RESAMPLES, interval, ratio, resampled, table_of, widened
from governance.pii.recall.gold import GoldText, Id
from registry.errors import ConfigError

if TYPE_CHECKING:
    from governance.pii.recall.bootstrap import Matrix

Mentions = tuple[int, int, int, int]  # all, exact, touched, covered
_SIDES = ("direct", "quasi")
COLUMNS = (
    "chars", "masked", "masked_sensitive", "masked_annotated", "documents", "documents_hidden",
    *(f"{what}_{side}" for side in _SIDES
      for what in ("chars", "hit", "mentions", "exact", "overlap", "covered", "entities", "hidden")),
)  # fmt: skip
ENOUGH_TEXTS, ENOUGH_MENTIONS = 30, 50
"""A bootstrap over fewer texts gives intervals that are too narrow; a share of fewer mentions moves by the point."""
_COUNTED = {
    "ER_direct": "entities_direct", "ER_quasi": "entities_quasi", "mention_covered_direct": "mentions_direct",
    "mention_covered_quasi": "mentions_quasi", "docs_with_all_direct_masked": "documents",
}  # fmt: skip
_PUNCTUATION = frozenset(" ,.-;:/&()[]–'\" ’“”\n\t\u00a0")
_CLOSED_CLASS = frozenset((
    "mr", "mrs", "ms", "no", "nr", "about", "of", "in", "on", "at", "by", "to", "from", "for", "with", "between",
    "and", "or", "nor", "but", "the", "a", "an", "this", "that", "these", "those", "his", "her", "its", "their", "'s",
    "into", "over", "under", "since", "until", "till", "during", "after", "before", "within", "through", "against",
    "around", "near", "as", "per", "than",
))  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:'s)?|'s")


class Place(Protocol):
    """Anything with code point offsets, the end exclusive."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class TypeFigures(BaseModel):
    """Of `n` mentions of one type, the shares that were hit exactly, touched and covered; `interval` is of covered."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    n: int
    exact: float
    overlap: float
    covered: float
    interval: tuple[float, float] | None


class Measured(BaseModel):
    """Figures by name, 95 % intervals of those that are shares, and the figures of each type.

    A share of nothing is None: it was not measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    figures: dict[str, float | None]
    intervals: dict[str, tuple[float, float]]
    by_type: dict[str, TypeFigures]


def measure(gold: Sequence[GoldText], found: Mapping[Id, Sequence[Place]], resamples: int = RESAMPLES) -> Measured:
    """Score `found`, spans by the id of their text, against `gold`; a text without an entry counts as unmasked.

    Raises ConfigError for found spans of an unknown text or outside their text, and for no text at all.
    """
    if not gold:
        raise ConfigError("there is no labelled text to measure on", 'write one {"id","text","spans"} a line')
    unknown = found.keys() - {text.id for text in gold}
    if unknown:
        raise ConfigError(f"{len(unknown)} ids of what was found are not among the labelled texts", "use one file")
    counted = [count(text, found.get(text.id, ())) for text in gold]
    table = table_of([[counts[name] for name in COLUMNS] for counts, _ in counted])
    sums = dict(zip(COLUMNS, table.sum(axis=0).tolist(), strict=True))
    shares = {name: values[0] for name, values in _shares(table.sum(axis=0, keepdims=True)).items()}
    drawn = {name: interval(values) for name, values in _shares(resampled(table, resamples)).items()}
    return Measured(
        figures={
            "docs": len(gold),
            "docs_without_prediction": sum(text.id not in found for text in gold),
            "chars": sums["chars"],
            "mentions": sums["mentions_direct"] + sums["mentions_quasi"],
            "entities_direct": sums["entities_direct"],
            "entities_quasi": sums["entities_quasi"],
            **{name: None if math.isnan(value) else float(value) for name, value in shares.items()},
        },
        intervals={name: _wide(shares[name], sums, name, pair) for name, pair in drawn.items() if pair is not None},
        by_type=_by_type([types for _, types in counted], resamples),
    )


def _wide(share: float, sums: Mapping[str, float], name: str, drawn: tuple[float, float]) -> tuple[float, float]:
    """Wide enough for the people or mentions that there are, where it is those that the share counts."""
    whole = _COUNTED.get(name)
    return widened(float(share), int(sums[whole]), drawn) if whole is not None and sums[whole] else drawn


def doubts(measured: Measured) -> list[str]:
    """What there is too little of to rely on its figures, as sentences."""
    texts, said = int(measured.figures["docs"] or 0), []
    if texts < ENOUGH_TEXTS:
        said.append(
            f"only {texts} texts: intervals are wide, and a bootstrap over so few may still be too sure; "
            f"label {ENOUGH_TEXTS} or more"
        )
    few = [f"{kind} ({figures.n})" for kind, figures in measured.by_type.items() if figures.n < ENOUGH_MENTIONS]
    if few:
        said.append(f"fewer than {ENOUGH_MENTIONS} mentions of {', '.join(few)}: what they measure is uncertain")
    return said


def count(text: GoldText, found: Sequence[Place]) -> tuple[Counter[str], dict[str, Mentions]]:
    """What one document adds to each of `COLUMNS`, and its mentions by type."""
    mask = _mask(len(text.text), found)
    counts = _characters(text, mask)
    exact = {(span.start, span.end) for span in found}
    types: dict[str, Mentions] = {}
    entities: dict[object, tuple[bool, bool]] = {}
    for number, span in enumerate(text.spans):
        if span.identifier == "none" or span.blank_in(text.text):
            continue
        covered = all(mask[i] for i in matters(text.text, span))
        row = (1, int((span.start, span.end) in exact), int(any(mask[span.start : span.end])), int(covered))
        for what, one in zip(("mentions", "exact", "overlap", "covered"), row, strict=True):
            counts[f"{what}_{span.identifier}"] += one
        a, b, c, d = types.get(span.type, (0, 0, 0, 0))
        types[span.type] = (a + row[0], b + row[1], c + row[2], d + row[3])
        entity = ("#", number) if span.entity_id is None else span.entity_id
        direct, hidden = entities.get(entity, (False, True))
        entities[entity] = (direct or span.identifier == "direct", hidden and covered)
    return counts + _entities(entities.values()), types


def matters(text: str, span: Place) -> list[int]:
    """Indices that must be masked for the mention to be covered."""
    idle = {
        i for w in _WORD.finditer(text, span.start, span.end) if w[0].lower() in _CLOSED_CLASS for i in range(*w.span())
    }
    inside = range(span.start, span.end)
    needed = [i for i in inside if text[i] not in _PUNCTUATION and i not in idle]
    return needed or [i for i in inside if not text[i].isspace()]


def _mask(length: int, found: Iterable[Place]) -> bytearray:
    mask = bytearray(length)
    for span in found:
        if not 0 <= span.start <= span.end <= length:
            raise ConfigError("a found span lies outside its text", "find and label in the very same text")
        mask[span.start : span.end] = b"\1" * (span.end - span.start)
    return mask


def _characters(text: GoldText, mask: bytearray) -> Counter[str]:
    """Each visible character counts for the gravest label on it."""
    labels = [""] * len(text.text)
    for identifier in ("none", *reversed(_SIDES)):
        for span in text.spans:
            if span.identifier == identifier:
                labels[span.start : span.end] = [identifier] * (span.end - span.start)
    counts: Counter[str] = Counter()
    for character, label, masked in zip(text.text, labels, mask, strict=True):
        if character.isspace():
            continue
        counts["chars"] += 1
        sensitive = label in _SIDES
        if sensitive:
            counts[f"chars_{label}"] += 1
            counts[f"hit_{label}"] += masked
        if masked:
            counts["masked"] += 1
            counts["masked_sensitive"] += sensitive
            counts["masked_annotated"] += label != ""
    return counts


def _entities(entities: Iterable[tuple[bool, bool]]) -> Counter[str]:
    """`entities` are (direct, hidden)."""
    listed = list(entities)
    counts: Counter[str] = Counter()
    for direct, hidden in listed:
        side = "direct" if direct else "quasi"
        counts[f"entities_{side}"] += 1
        counts[f"hidden_{side}"] += hidden
    directs = [hidden for direct, hidden in listed if direct]
    counts["documents"] = int(bool(directs))
    counts["documents_hidden"] = int(bool(directs) and all(directs))
    return counts


def _shares(sums: Matrix) -> dict[str, Matrix]:
    """Every figure of each row of sums; NaN where its whole is nothing."""
    column = {name: sums[:, index] for index, name in enumerate(COLUMNS)}

    def both(what: str) -> Matrix:
        return column[f"{what}_direct"] + column[f"{what}_quasi"]

    mentions = both("mentions")
    recall, precision = ratio(both("hit"), both("chars")), ratio(column["masked_sensitive"], column["masked"])
    return {
        "span_recall_exact": ratio(both("exact"), mentions),
        "span_recall_overlap": ratio(both("overlap"), mentions),
        "span_recall_covered": ratio(both("covered"), mentions),
        "char_recall": recall,
        "char_recall_direct": ratio(column["hit_direct"], column["chars_direct"]),
        "char_recall_quasi": ratio(column["hit_quasi"], column["chars_quasi"]),
        "char_precision": precision,
        "char_precision_any_annotated": ratio(column["masked_annotated"], column["masked"]),
        "char_f1": _f_score(precision, recall, 1),
        "char_f2": _f_score(precision, recall, 2),
        "masked_fraction": ratio(column["masked"], column["chars"]),
        "mention_covered_direct": ratio(column["covered_direct"], column["mentions_direct"]),
        "mention_covered_quasi": ratio(column["covered_quasi"], column["mentions_quasi"]),
        "ER_direct": ratio(column["hidden_direct"], column["entities_direct"]),
        "ER_quasi": ratio(column["hidden_quasi"], column["entities_quasi"]),
        "docs_with_all_direct_masked": ratio(column["documents_hidden"], column["documents"]),
    }


def _f_score(precision: Matrix, recall: Matrix, beta: int) -> Matrix:
    """F of beta; 0 where precision or recall is 0 or was not measured."""
    import numpy as np

    weight = beta * beta
    p, r = np.nan_to_num(precision), np.nan_to_num(recall)
    part, whole = (1 + weight) * p * r, weight * p + r
    return np.nan_to_num(ratio(part, whole))


def _by_type(documents: Sequence[Mapping[str, Mentions]], resamples: int) -> dict[str, TypeFigures]:
    """The most frequent type first; each interval from the documents that hold the type."""
    rows: dict[str, list[Mentions]] = defaultdict(list)
    for types in documents:
        for kind, row in types.items():
            rows[kind].append(row)
    figures = {}
    for kind, mentions in sorted(rows.items(), key=lambda item: -sum(row[0] for row in item[1])):
        table = table_of(mentions)
        n, *parts = table.sum(axis=0).tolist()
        exact, overlap, covered = (round(part / n, 5) for part in parts)
        samples = resampled(table, resamples)
        drawn = widened(covered, int(n), interval(ratio(samples[:, 3], samples[:, 0])))
        figures[kind] = TypeFigures(n=int(n), exact=exact, overlap=overlap, covered=covered, interval=drawn)
    return figures
