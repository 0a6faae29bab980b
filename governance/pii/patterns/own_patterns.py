"""The organisation's own identifiers: patterns from policy.yaml, none of which may keep us busy.

Some patterns take years for one line: `(a+)+b` on a row of a's. Each is tried on such rows when policy.yaml is read,
and is given no more than a few seconds for any text; `regex`, unlike `re`, can be told so. Its seconds are processor
time, so that a busy machine refuses no pattern that a quiet one takes. The interpreter's own tidying up counts as well,
and takes half a second where much is loaded: what ran out of time is asked once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

import regex

from governance.pii.text.spans import Span
from registry.errors import ConfigError

T = TypeVar("T")
TRIAL_SECONDS = 0.5
LIMIT_SECONDS = 2.0
"""For what is searched at once, which is 50,000 code points at most."""
_ROW_CHARS = 50_000
_ADVICE = "write it without one repetition in another, as in (a+)+, and with limits to those it has, as in [0-9]{1,12}"


def try_out(pattern: str, examples: Sequence[str]) -> None:
    """Raises ValueError unless the pattern is one, matches every example, and is quick whatever is repeated in it."""
    try:
        compiled = _compiled(pattern)
        for example in examples:
            if _patiently(partial(compiled.fullmatch, example, timeout=TRIAL_SECONDS)) is None:
                raise ValueError(f"the pattern does not match its example {example!r}")
        for row in _rows(pattern, examples):
            _places(pattern, row, TRIAL_SECONDS)
    except regex.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    except TimeoutError:
        raise ValueError(f"the pattern takes too long for repeated characters; {_ADVICE}") from None


def found(kind: str, pattern: str, text: str) -> Iterator[Span]:
    """Whole words that the pattern matches. Raises ConfigError where looking for them takes too long."""
    try:
        places = _places(pattern, text, LIMIT_SECONDS)
    except TimeoutError:
        slow = f"the {kind} pattern {pattern!r} under pii.patterns takes longer than {LIMIT_SECONDS:g} s for one text"
        raise ConfigError(slow, f"in policy.yaml, {_ADVICE}") from None
    yield from (Span(start, end, kind, 1.0) for start, end in places if end > start)


def _places(pattern: str, text: str, seconds: float) -> list[tuple[int, int]]:
    """Raises TimeoutError."""
    return _patiently(lambda: [match.span() for match in _compiled(pattern).finditer(text, timeout=seconds)])


def _patiently(search: Callable[[], T]) -> T:
    """Raises TimeoutError where it takes too long twice."""
    try:
        return search()
    except TimeoutError:
        return search()


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Any:
    return regex.compile(rf"(?<!\w)(?:{pattern})(?!\w)")


def _rows(pattern: str, examples: Sequence[str]) -> Iterator[str]:
    """What a pattern may stumble over: each character, each beginning and each end of an example repeated, and each
    character of the pattern; then something that ends no identifier.
    """
    for example in examples:
        for at, character in enumerate(example):
            yield example[:at] + _row_of(character) + example
            yield _row_of(example[: at + 1]) + example
            yield example[:at] + _row_of(example[at:]) + example
    yield from map(_row_of, sorted(set(pattern)))


def _row_of(part: str) -> str:
    return part * (_ROW_CHARS // len(part)) + "\0"
