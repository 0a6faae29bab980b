"""Keys of code, configuration, mark-up and queries type their values as labels of forms do.

`dbUser: "…"`, `"insurance_id": "…"`, `<record mrn="…">`, `?name=…&email=`. A key itself is nobody's, whatever it is
taken for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from governance.pii.cells.tables import SCORE, Cell
from governance.pii.cells.values import value_end
from governance.pii.naming.handles import is_somebody
from governance.pii.text.spans import Range, Span
from governance.pii.words import form_words, listed_names
from governance.pii.words.labels import ROLE_WORDS, Label, label

_WORDY = frozenset(("PERSON", "LOCATION", "NRP", "ORGANIZATION", "STREET_ADDRESS"))
"""Types of which most words may be; the others are held against a form of their own."""
_QUALIFIERS = frozenset(form_words.QUALIFIERS.split()) | ROLE_WORDS
_NAME = r"[A-Za-z_][\w-]{1,40}+"
_GIVES = r"[ \t]{0,3}(?::=|=>|[:=])(?!=)"
_QUOTED = re.compile(
    rf"(?<![\w$/@])(?P<key>{_NAME})\\?[\"'`\]]{{0,2}}(?: ?: ?\w{{1,20}}(?= ?=))?{_GIVES}[ \t]{{0,3}}"
    r"(?:\\?\"(?P<double>[^\"\\\n]{1,160})\\?\"|\\?'(?P<single>[^'\\\n]{1,160})\\?')"
)
_TAG = re.compile(r"<(?P<tag>[A-Za-z][\w.:-]{0,40}+)[^<>]*\Z")
_PARENT = re.compile(r"(?P<tag>[A-Za-z_][\w-]{1,40})[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\[{(]{1,2}[ \t]{0,3}\\?[\"']?\Z")
_VERSION = re.compile(r"[\^~v<>=]{0,2}\d{1,4}(?:\.\d{1,6}){2,3}")
_QUERY = re.compile(
    rf"(?:(?<=[?&;])|(?<![^\s\"'`(]))(?P<key>{_NAME})=(?P<value>[^&=\n\"'`<>#]{{2,100}})(?=&[A-Za-z_]|#|[\"'`<>\n]|\Z)"
)
_KEYS = re.compile(
    rf"(?<![\w$/@-])(?P<key>{_NAME})(?=\\?[\"'`\]]{{0,2}}{_GIVES})|(?<=[?&])(?P<asked>{_NAME})(?==)", re.ASCII
)
_CLOSED = re.compile(r"</([A-Za-z][\w.:-]{0,40}+)>")
_ELEMENT = re.compile(r"</?(?P<tag>[A-Za-z][\w.:-]{0,40}+)(?=[\s/>])")
_HEAD = re.compile(r"\n[ \t>*_-]{0,6}(?P<label>[^\W\d_][\w '’/-]{1,40}+)(?=[*_]{0,2}[ \t]?[:=])")
_COMPOUND = re.compile(r"[a-z]_[a-z]|[A-Z]_[A-Z]")
_CAMEL = re.compile(r"[a-z]{2,20}[A-Z]")
_IN_CODE = re.compile(r"\\?[\"'`=\]]|[ \t]{1,3}:?=[ \t]|[ \t]{0,3}:[ \t]{0,3}[\"'`\d{\[]")


def key_label(key: str) -> Label | None:
    """The label that a key is, or that its last words are: `patient_first_name`, `DB_USER`, `secondaryPhone`."""
    one = label(key)
    if one is not None:
        return one
    words = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+", " ", key).lower().split()
    for first in range(1, len(words)):
        one = label(" ".join(words[first:]))
        if one is not None and one.strength == "sure" and one.type:
            return one if one.type not in _WORDY or set(words[:first]) <= _QUALIFIERS else None
    return None


def quoted(line: str, offset: int) -> Iterator[tuple[Label, Cell]]:
    """`key = "value"`, `key: 'value'`, `key="value"` anywhere in a line of code, with what the key says."""
    for match in _QUOTED.finditer(line):
        one = _inside(line, match) or key_label(match["key"])
        which = "double" if match["double"] is not None else "single"
        if one is not None and _is_value(match[which], one):
            yield one, Cell(offset + match.start(which), match[which])


def _inside(line: str, match: re.Match[str]) -> Label | None:
    """What a bare `name` or `id` is by the element or object that it stands in: `<employer name="…"/>`."""
    bare = label(match["key"])
    if bare is not None and bare.strength == "in_context":
        before = line[max(0, match.start() - 300) : match.start()]
        holder = _TAG.search(before) or _PARENT.search(before)
        one = label(f"{holder['tag'].rpartition(':')[2]} {match['key']}") if holder else None
        return Label("PERSON", "likely") if one is not None and one.type == "PERSON" else one
    return None


def _is_value(value: str, one: Label) -> bool:
    if one.type == "USERNAME":
        return is_somebody(value)
    return not is_label(value) and not (one.type not in _WORDY and _VERSION.fullmatch(value))


def is_label(value: str) -> bool:
    """Whether what stands in the place of a value only names it: `"lastName": "Last name"`."""
    one = label(value)
    return one is not None and one.strength == "sure"


def queries(line: str, offset: int) -> Iterator[Span]:
    """Values in the query of a link or in a form that was sent, with blanks, `+` and `%20` in them."""
    for match in _QUERY.finditer(line):
        one = key_label(match["key"])
        if one is not None and one.type and (one.strength == "sure" or _begins_with_a_name(match["value"])):
            length = _length(one, match["value"], line[match.end() : match.end() + 1] == "&")
            start = offset + match.start("value")
            if length:
                yield Span(start, start + length, one.type, SCORE)


def _begins_with_a_name(value: str) -> bool:
    return listed_names.is_given(unquote_plus(value).strip().partition(" ")[0])


def _length(one: Label, value: str, followed: bool) -> int:
    """How much of `value` is one: all of it where another key follows, else no more than the words that fit."""
    strength = one.strength if one.strength == "sure" else "in_context"
    read = unquote_plus(value).strip()
    if value_end(one.type, strength, read) == len(read) and (followed or one.type not in _WORDY):
        return len(value)
    if one.type not in _WORDY:
        return value_end(one.type, strength, value)
    ends = [match.end() for match in re.finditer(r"[^\s+,.;:]+", value)][:3]
    fits = (end for end in reversed(ends) if _is_name(one, unquote_plus(value[:end])))
    return next(fits, 0)


def _is_name(one: Label, read: str) -> bool:
    return value_end(one.type, "in_context", read) == len(read)


def keys(text: str) -> Iterator[Range]:
    """Where keys stand: those that are known, or that nobody writes but in code, and the names of elements."""
    closed = set(_CLOSED.findall(text))
    yield from (element.span() for element in _ELEMENT.finditer(text) if element["tag"] in closed) if closed else ()
    for match in _KEYS.finditer(text):
        key = match["asked"] or match["key"]
        if match["asked"] or _COMPOUND.search(key) or (_IN_CODE.match(text, match.end()) and _is_known(key)):
            yield match.span()


def heads(text: str) -> Iterator[Range]:
    """Labels at the head of a line, each with the line end before it, in order."""
    for match in _HEAD.finditer(text):
        if label(match["label"]) is not None:
            yield match.span()


def _is_known(key: str) -> bool:
    return _CAMEL.match(key) is not None or label(key) is not None
