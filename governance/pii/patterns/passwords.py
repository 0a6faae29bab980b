"""Passwords in SQL, mark-up, lines of configuration and in prose that quotes them, with nothing like `is` between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from governance.pii.patterns.secrets import NAMES, WHICH, around, end_in_prose, is_chosen
from governance.pii.text.spans import Span

SCORE = 0.99
_REACH_BEFORE = 80
_CORES = re.compile(
    "pass|pwd|pw |secret|token|key|identified|kennwort|wachtwoord|contrase|credential|login|zugangsdaten", re.IGNORECASE
)
_WORD = (
    r"(?<![A-Za-z0-9])(?:pass(?:word|phrase|code|wd)|pwd|kennwort|passwort|mot de passe|contrase[ñn]a|wachtwoord|senha)"
)
_PLACE = r"(?![{<$%][^\"'\n]{0,60}[}>)%](?:[\"'”’<]|[ \t]{0,3}</))"
"""Where a template puts it in."""
_ANY = r"[^\s,;\"'`<>()]"
_TALKED = re.compile(
    rf"(?i:{_WORD})[ \t]{{1,3}}(?:[\"`“](?P<span>{_PLACE}[^\"`“”\s]{{4,100}})[\"`”]"
    rf"|['‘](?P<single>{_PLACE}[^'‘’\s]{{4,100}})['’])"
)
_BARE = re.compile(
    rf"(?i:(?<!\w)(?:pwd|passwd|pw|pass) )(?P<span>(?![/~.])(?=\S{{0,40}}\d)(?=\S{{0,40}}[A-Za-z]){_ANY}{{6,60}})"
    rf"|(?i:{_WORD}) (?P<mixed>(?=\S{{0,40}}\d)(?=\S{{0,40}}[a-z])(?=\S{{0,40}}[A-Z])[^\W_]{{8,60}})(?![\w/-])"
)
_SQL = re.compile(
    r"IDENTIFIED(?: (?i:with) [\w'\"]{1,40})? (?i:(?:by|as)(?: password)?) {1,2}"
    r"(?:'(?P<span>[^'\n]{1,200})'|\"(?P<double>[^\"\n]{1,200})\")|IDENTIFIED BY (?P<bare>[^\s'\";]{4,100})"
    r"|(?<=[ (])PASSWORD {1,2}'(?P<said>[^'\n]{1,200})'"
)
_SMALL_SQL = re.compile(r"identified(?: with [\w'\"]{1,40})? by(?: password)? {1,2}['\"](?P<span>[^'\"\n]{4,200})['\"]")
_ELEMENT = re.compile(rf"<(?i:[\w.:-]{{0,30}}?{NAMES})>[ \t]{{0,3}}(?P<span>{_PLACE}[^<>\n]{{4,200}})</")
_ASSIGNED = re.compile(
    rf"^[ \t]{{0,20}}(?:(?:export|set|env|-) )?(?i:[\w.-]{{0,40}}?{NAMES}{WHICH})[ \t]?[:=][ \t]?"
    r"(?P<span>(?![\"'`<({\[]|\$[({])[^\s#]\S{3,100})[ \t]*$",
    re.MULTILINE,
)
"""The rest of a line of configuration, of which any sign may be part."""
_ENDING = re.compile(r"[\"'`,;<>(){}]")
_CALL = re.compile(r"[A-Za-z_][\w.]*[(\[]")
_BESIDE = re.compile(
    rf"(?:(?<![\w.+-])[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,4}}"
    rf"|(?i:credentials?|logins?|zugangsdaten)(?: details)?: ?[\"']?[\w.+-]{{2,64}})[\"']?(?: ?[/|:] ?| [-–] )[\"']?"
    rf"(?P<span>(?=\S{{0,60}}[A-Za-z])(?![/+]){_ANY}{{6,60}})"
)
"""`credentials: jane@x.org / Secret123`: what stands behind an account where one speaks of credentials."""


def _looks_chosen(value: str) -> bool:
    """As `is_chosen`, or with capitals inside, as no word has them."""
    return is_chosen(value) or re.search(r"[a-z][A-Z]", value) is not None


def _is_odd(value: str) -> bool:
    """Chosen, with a sign inside that ends other values; no call of a function."""
    called = _CALL.match(value)
    open_ones = any(value.count(mark) != value.count(other) for mark, other in ("()", "[]"))
    is_call = called is not None and (value[-1] in ")]" or open_ones or "." in called.group())
    return is_chosen(value) and _ENDING.search(value) is not None and not is_call


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str], bool] | None], ...] = (
    (_TALKED, _looks_chosen), (_BARE, None), (_SQL, None), (_SMALL_SQL, _looks_chosen), (_ELEMENT, None),
    (_ASSIGNED, _is_odd), (_BESIDE, _looks_chosen),
)  # fmt: skip


def passwords(text: str) -> Iterator[Span]:
    """Spans of type SECRET; may overlap each other."""
    for start, end in around(text, _CORES, _REACH_BEFORE):
        for pattern, fits in _PATTERNS:
            for match in pattern.finditer(text, start, end):
                yield from _said(text, match, fits)


def _said(text: str, match: re.Match[str], fits: Callable[[str], bool] | None) -> Iterator[Span]:
    start, end = match.span(match.lastgroup or "span")
    end = end if end < match.end() else end_in_prose(text, start, end)
    if fits is None or fits(text[start:end]):
        yield Span(start, end, "SECRET", SCORE)
