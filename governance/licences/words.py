"""A licence text as words: markup, addresses and copyright lines gone, spelling evened out.

Copies of one licence differ in wrapping, case, quotes, markup and holder; their words do not. What is
dropped here is dropped from the reference texts as well.
"""

from __future__ import annotations

import html
import re
import unicodedata

from governance.licences.conditions import condition_a_copyright, conditions_in

LONGEST = 400_000
"""Characters of a text that are read; the longest licence known has 100,000."""
_HIDDEN = re.compile(r"<(script|style)\b(?:(?!<\1\b).)*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
_ADDRESS = re.compile(
    r"(?:https?|ftp)://[^\s<>\"')\]]+|www\.[^\s<>\"')\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_EMPHASIS = re.compile(r"[*`\u00ad\u200b-\u200d\u2060\ufeff]+")
_COPYRIGHT = re.compile(
    r"^[^\w\n]{0,12}(?:copyright[ \t]*(?:\(c\)|©|\d{4}|[<\[{])|(?:\(c\)|©)[ \t]*(?:copyright|\d{4}))"
    r"(?:(?!\b(?:permission|redistribution|this|licen[sc]ed|the)\b)[^\n]){0,160}",
    re.IGNORECASE | re.MULTILINE,
)
_WORD = re.compile(r"\d+(?:\.\d+)+|\w+")
_BRITISH = re.compile(r"licenc(?=e|i)")


def words_of(text: str) -> list[str]:
    """The words in order, lower case; a version number such as 3.1 is one word."""
    return _WORD.findall(_BRITISH.sub("licens", plain(text).casefold()).replace("_", " "))


def plain(text: str) -> str:
    """`text` without markup, addresses and copyright lines."""
    text = unicodedata.normalize("NFKC", text[:LONGEST])
    shown = _TAG.sub(" ", _HIDDEN.sub(" ", text)) if _PAGE.search(text) else _TAG.sub(_unless_it_asks, text)
    text = html.unescape(shown)
    return _EMPHASIS.sub("", _ADDRESS.sub(" ", _COPYRIGHT.sub(_unless_it_conditions, text)))


def _unless_it_asks(tag: re.Match[str]) -> str:
    """`<for research only>` is no mark-up, and whoever reads what is no page of HTML reads it."""
    said = _WORD.findall(_ADDRESS.sub(" ", tag[0]).casefold())
    return f" {tag[0][1:-1]} " if conditions_in(said) else " "


def _unless_it_conditions(line: re.Match[str]) -> str:
    """`Copyright 2024 Somebody, for research only` is more than a copyright line."""
    return line[0] if condition_a_copyright(_WORD.findall(line[0].casefold())) else " "
