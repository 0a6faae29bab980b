"""Rows unlike all others of their file: a whole document pasted as an answer, a few lines in another language."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from statistics import median

from flows.datasets.messages import Row
from flows.datasets.settings import BuildSection
from registry.records import Reason, Rejected

_LEAST_ROWS = 50
_TO_DEVIATION = 1.4826
"""Times the median absolute deviation, the standard deviation of a normal distribution."""


def without_apart(rows: Sequence[Row], section: BuildSection) -> tuple[list[Row], list[Rejected]]:
    """Rows of usual length and language, as far as the settings ask for it."""
    kept, far = list(rows), list[Rejected]()
    if section.length_deviations is not None:
        kept, far = without_lengths_apart(kept, section.length_deviations)
    kept, foreign = without_languages_apart(kept, section.least_language_share)
    return kept, [*far, *foreign]


def without_lengths_apart(rows: Sequence[Row], deviations: float) -> tuple[list[Row], list[Rejected]]:
    """Refuse rows whose question or answer is longer or shorter than the median of its file by so many deviations.

    Of the logarithm of words, estimated from the median absolute deviation. A file of few rows, or of answers that
    are mostly of one length, has no outliers.
    """
    by_file: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_file[row.document].append(row)
    apart: set[int] = set()
    for same in by_file.values():
        if len(same) >= _LEAST_ROWS:
            apart |= {id(row) for measure in (_question, _answer) for row in _apart(same, measure, deviations)}
    detail = "its length is far from those of its file"
    return [row for row in rows if id(row) not in apart], [
        row.refused(Reason.OUTLIER, detail) for row in rows if id(row) in apart
    ]


def without_languages_apart(rows: Sequence[Row], least_share: float) -> tuple[list[Row], list[Rejected]]:
    """Refuse rows in a language that fewer than `least_share` of all rows are in; what cannot be told stays."""
    spoken = languages(rows)
    counts = Counter(language for language in spoken if language)
    least = least_share * sum(counts.values())
    rare = {language for language, count in counts.items() if count < least}
    kept = [row for row, language in zip(rows, spoken, strict=True) if language not in rare]
    refused = [
        row.refused(Reason.OUTLIER, f"a language that hardly any other row is in ({language})")
        for row, language in zip(rows, spoken, strict=True)
        if language in rare
    ]
    return kept, refused


def languages(rows: Sequence[Row]) -> list[str]:
    """ISO 639 code of the language of each row; empty where it is not sure."""
    from governance.pii.naming.languages import language_of

    return [language_of("\n".join((row.prompt, *row.answers))) or "" for row in rows]


def _apart(rows: Sequence[Row], measure: Callable[[Row], float], deviations: float) -> list[Row]:
    lengths = [measure(row) for row in rows]
    middle = median(lengths)
    spread = _TO_DEVIATION * median(abs(length - middle) for length in lengths)
    far = zip(rows, lengths, strict=True)
    return [row for row, length in far if spread and abs(length - middle) > deviations * spread]


def _question(row: Row) -> float:
    return math.log1p(len(row.prompt.split()))


def _answer(row: Row) -> float:
    return math.log1p(len(row.answers[0].split()))
