"""Dates that date nothing: `next week`, `one morning`, `a few months ago` point at no day and so at nobody."""

from __future__ import annotations

import re

_WORDS = """
a an the this that these those next last past previous coming following same other another every each all any some few
several couple of in on at by for from to since until till during within about around almost over under just only
ago later earlier before after now then soon recently currently today tomorrow tonight yesterday
day days week weeks weekend weekends weekday month months year years decade hour hours minute minutes second seconds
moment morning mornings afternoon evening evenings night nights noon midday midnight lunchtime time
daily weekly monthly quarterly yearly annual annually nightly hourly early late mid end beginning start
am pm
"""
_KNOWN = frozenset(_WORDS.split())
_ONE = re.compile(r"one (?:morning|afternoon|evening|night|day)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


def vague(date: str) -> bool:
    """Whether a found date holds neither a number, in digits or words, nor a month, nor anything else that dates."""
    words = [word.lower() for word in _WORD.findall(date)]
    return all(word in _KNOWN for word in words) or _ONE.fullmatch(date.strip()) is not None
