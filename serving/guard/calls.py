"""Arguments of a tool call, and answers in JSON: values are examined beside their names, and escapes hide nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from governance.pii.text.spans import Span
from serving.guard.censor import Censor

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_APART, _SPELT = "\n\n", "\n"
_HALF = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Page:
    """What was written as text to examine, a leaf a paragraph after its name; `places` are where they stand in it.

    `value` is None where it is no JSON: plain words, what was cut short, or what has one name twice. Then the page is
    one leaf; with its escapes undone, where it should have been JSON.
    """

    written: str
    text: str
    places: tuple[tuple[int, int], ...]
    value: Json = None


def plain_page(text: str) -> Page:
    return Page(text, text, ((0, len(text)),))


def page_of(written: str) -> Page:
    try:
        value: Json = json.loads(written, object_pairs_hook=_each_once)
        leaves = list(_leaves(value, _APART))
    except (ValueError, RecursionError):
        return replace(plain_page(_unescaped(written)), written=written)
    text, places = "", []
    for lead, leaf in leaves:
        text += lead
        places.append((len(text), len(text) + len(leaf)))
        text += leaf
    return Page(written, text, tuple(places), value)


def judged(page: Page, spans: list[Span], censor: Censor) -> str:
    """What was written with every leaf judged; the very same where nothing is personal. Raises Blocked."""
    before = [page.text[start:end] for start, end in page.places]
    after = [
        censor.whole(text, _within(spans, start, end)) for text, (start, end) in zip(before, page.places, strict=True)
    ]
    if after == before:
        return page.written
    return after[0] if page.value is None else _written(_with(page.value, iter(after)))


def _written(value: Json) -> str:
    """As JSON; half a surrogate pair, which no answer can be sent with, stays escaped."""
    return _HALF.sub(lambda half: f"\\u{ord(half.group()):04x}", json.dumps(value, ensure_ascii=False))


def _each_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _unescaped(text: str) -> str:
    plain = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _leaves(value: Json, lead: str) -> Iterator[tuple[str, str]]:
    """Each text and number behind the name it goes by; names themselves as well. Single signs of a list are one word
    that is spelt out."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield _APART, key
            yield from _leaves(part, f"{_APART}{key.replace('_', ' ')}: ")
    elif isinstance(value, list):
        for part, before in zip(value, [None, *value], strict=False):
            yield from _leaves(part, _SPELT if _is_sign(part) and _is_sign(before) else lead)
    elif _is_leaf(value):
        yield lead, str(value)


def _with(value: Json, leaves: Iterator[str]) -> Json:
    """`value` with the leaves that `_leaves` gave, replaced in their order."""
    if isinstance(value, dict):
        return {next(leaves): _with(part, leaves) for part in value.values()}
    if isinstance(value, list):
        return [_with(part, leaves) for part in value]
    if not _is_leaf(value):
        return value
    leaf = next(leaves)
    return value if leaf == str(value) else leaf


def _is_sign(value: Json) -> bool:
    return _is_leaf(value) and len(str(value)) == 1


def _is_leaf(value: Json) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _within(spans: list[Span], start: int, end: int) -> list[Span]:
    """The parts of spans that lie there, counted from `start`."""
    return [
        Span(max(s.start, start) - start, min(s.end, end) - start, s.type, s.score)
        for s in spans
        if s.start < end and start < s.end
    ]
