"""What the scrubber would miss, measured on labelled texts that go through it as documents do.

A detail counts as hidden when the text was masked there and the detail no longer stands anywhere in the result, so
that a fault in replacing shows as well as one in finding. The shipped sample is made of invented people, with labels
that are right by construction; it says how the configured scrubber does on common kinds of text, not on yours. For
that, name a labelled file of your own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from governance.pii.recall.bootstrap import widened
from governance.pii.recall.gold import GoldSpan, GoldText, Id, read_gold
from governance.pii.recall.measure import Measured, matters, measure
from governance.pii.recall.proof import DIRECT, OWN
from governance.pii.scrub import scrub_text
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey
from governance.pii.text.spans import Span
from registry.errors import ConfigError
from registry.progress import Progress
from registry.records import Figure

SHIPPED = Path(__file__).with_name("sample.jsonl")
LEAST_CHECKED = 4


class Missed(BaseModel):
    """A labelled place that stayed readable; offsets are code points of the labelled text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sample: str
    id: Id
    start: int
    end: int
    type: str


def recall_of(
    samples: Iterable[tuple[str, Path]], policy: PiiPolicy, key: PseudonymKey, progress: Progress | None = None
) -> tuple[tuple[Figure, ...], tuple[Missed, ...]]:
    """Figures and missed places of each sample, given as (prefix of its figures, file).

    `direct` is the share of directly identifying entities of which nothing is readable any more; a figure named after
    a type is the share of its mentions. Raises ConfigError for a bad file.
    """
    figures: list[Figure] = []
    missed: list[Missed] = []
    for prefix, path in samples:
        gold = read_gold(path)
        _require_honest(gold, path)
        hidden = {}
        for done, text in enumerate(gold, 1):
            hidden[text.id] = hidden_spans(text, policy, key)
            if progress is not None:
                progress(done, len(gold))
        figures += _figures(prefix, measure(gold, hidden), path)
        missed += [m for text in gold for m in _missed(prefix, text, hidden[text.id])]
    return tuple(figures), tuple(missed)


def _require_honest(gold: Sequence[GoldText], path: Path) -> None:
    """Raises ConfigError where a sample would be passed without being hidden from: blank or doubled labels, one detail
    as many, one text many times.
    """
    if len({text.text for text in gold}) < len(gold):
        raise ConfigError(f"{path.name} has the same text twice", "give each text once: a copy proves nothing more")
    for text in gold:
        labels = sorted((span for span in text.spans if span.identifier == "direct"), key=lambda span: span.start)
        if any(span.blank_in(text.text) for span in labels) or any(map(_twice, labels, labels[1:])):
            raise ConfigError(f"{path.name}: text {text.id} labels a blank, or a place twice", "label each detail once")


def _twice(one: GoldSpan, other: GoldSpan) -> bool:
    """Whether two labels, in order, are on one place, as two that count or as the very same."""
    alone = one.entity_id is None or one.entity_id != other.entity_id
    return other.start < one.end and (alone or (one.start, one.end) == (other.start, other.end))


def hidden_spans(text: GoldText, policy: PiiPolicy, key: PseudonymKey) -> list[Span]:
    """What is replaced in the text, without the spans on labelled details that are readable in the result."""
    result, found = scrub_text(text.text, policy, key)
    replaced = [span for span in found if span.type in policy.replace]
    readable = [span for span in text.spans if span.identifier == "direct" and _stands(text.text, span, result)]
    return [span for span in replaced if not any(s.start < span.end and span.start < s.end for s in readable)]


def _stands(text: str, span: GoldSpan, result: str) -> bool:
    """Whether the detail stands in the result as whole words. Details of three letters may do so by chance."""
    value = text[span.start : span.end]
    if len(matters(text, span)) < LEAST_CHECKED:
        return False
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", result) is not None


def _figures(prefix: str, measured: Measured, path: Path) -> list[Figure]:
    recall, count = measured.figures["ER_direct"], measured.figures["entities_direct"]
    if recall is None or not count:
        raise ConfigError(f"{path.name} labels nothing as direct", "label what must be hidden")
    figures = [_figure(prefix + DIRECT, recall, int(count), measured.intervals.get("ER_direct"))]
    for name in ("char_recall_direct", "char_precision"):
        value, pair = measured.figures[name], measured.intervals.get(name)
        if value is not None and pair is not None:
            figures.append(Figure(name=prefix + name, value=value, low=min(pair[0], value), high=max(pair[1], value)))
    figures += [_figure(prefix + kind, t.covered, t.n, t.interval) for kind, t in measured.by_type.items()]
    return figures


def _figure(name: str, share: float, n: int, drawn: tuple[float, float] | None) -> Figure:
    low, high = widened(share, n, drawn)
    return Figure(name=name, value=share, n=n, low=low, high=high)


def _missed(prefix: str, text: GoldText, hidden: Sequence[Span]) -> Iterable[Missed]:
    masked = {i for span in hidden for i in range(span.start, span.end)}
    for span in text.spans:
        if span.identifier == "direct" and span.start < span.end and not masked.issuperset(matters(text.text, span)):
            name = "own" if prefix == OWN else "shipped"
            yield Missed(sample=name, id=text.id, start=span.start, end=span.end, type=span.type)
