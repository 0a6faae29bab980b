"""What a rule is: a pattern, perhaps a checksum, perhaps words that must stand near.

Patterns have no nested quantifiers and bounded repeats, so that no text makes them slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from governance.pii.text.spans import Span

BEFORE_CHARS = 60
AFTER_CHARS = 25
GAP = r"(?:[ .\t\v\f/_-]{1,3}|[ -]?\r?\n[> \t]{0,4})?"
"""What may stand between the groups of one number: separators, or the end of a line, quoted or not."""
MARKED_GAP = r"(?:[ .\t\v\f/_*~`'\"·•:+-]{1,7}|[ -]?\r?\n[> \t]{0,4})?"
"""The same with marks of emphasis and others, for numbers whose checksum tells them from all else."""
SPELT_GAP = r"(?:[ .,;\t\v\f/_*~`'\"·•:+-]{1,7}|[ ,;-]?\r?\n[> \t*•-]{0,4})?"
"""And what stands between the signs of a list, for numbers that their form tells from a list as well."""


@dataclass(frozen=True)
class Rule:
    """The span is the group `span` of `pattern` where it has one, else the whole match.

    `valid` decides by checksum or numbering plan. Where `near` is given, one of its words must stand
    up to 60 code points before or 25 after; `score` is what a match is worth.
    Where `literals` are given, a text with none of them has no match: that is cheaper to see.
    """

    type: str
    pattern: re.Pattern[str]
    score: float
    valid: Callable[[str], bool] | None = None
    near: re.Pattern[str] | None = None
    literals: tuple[str, ...] = ()


def words(*alternatives: str) -> re.Pattern[str]:
    """Whole words in any case; each alternative is a pattern."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


def matches(rule: Rule, text: str) -> Iterator[Span]:
    """All spans of one rule. A match that fails its checksum is tried again without its last groups, and then without
    its first: `No 575: DE89…`, `DE89…/COBADEFF`.
    """
    if rule.literals and not any(literal in text for literal in rule.literals):
        return
    group = "span" if "span" in rule.pattern.groupindex else 0
    match = rule.pattern.search(text)
    while match is not None:
        start, end = match.span(group)
        near = rule.near is None or _near(rule.near, text, start, end)
        valid = _valid_end(rule.valid, text, start, end) if near and rule.valid is not None else end
        if near and valid > start:
            yield Span(start, valid, rule.type, rule.score)
        after = match.end() if valid == end else max(valid, match.start() + 1)
        match = rule.pattern.search(text, max(after, match.start() + 1))


def _near(pattern: re.Pattern[str], text: str, start: int, end: int) -> bool:
    before = text[max(0, start - BEFORE_CHARS) : start]
    return bool(pattern.search(before) or pattern.search(text[end : end + AFTER_CHARS]))


def _valid_end(valid: Callable[[str], bool], text: str, start: int, end: int) -> int:
    """Where the longest valid beginning of text[start:end] ends, cut between groups; `start` for none."""
    while end > start and not valid(text[start:end]):
        while end > start and text[end - 1].isalnum():
            end -= 1
        while end > start and not text[end - 1].isalnum():
            end -= 1
    return end
