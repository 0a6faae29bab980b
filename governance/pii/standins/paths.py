"""What a file goes by once it is scrubbed: names of files name people too (`cv_anna_weber.docx`).

A detector sees too little of a name to be trusted with it, so only words that the scrubbed text itself uses stay.
"""

from __future__ import annotations

import re
from collections.abc import Set
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from registry.digests import of_json

if TYPE_CHECKING:
    from governance.pii.standins.pseudonyms import PseudonymKey

_WORD = re.compile(r"[^\W\d_]{2,40}")
_NO_WORD = re.compile(r"[ _.+-]*")
_MOST_WORDS = 12
_MOST_CHARACTERS = 120


def left_of(path: str, document: str, text: str) -> str:
    """`path` without what could be personal: `3fa2b1c0d9e8/leave-policy.md`.

    `document` is the digest of the document's record, by which `muniment show` finds the file; `text` is the scrubbed
    text. Words are compared without case. The suffix is one that a reader knows, else there would be no text.
    """
    used = {word.lower() for word in _WORD.findall(text)}
    stem = PurePosixPath(path).stem
    words = [word for word in _WORD.findall(stem) if word.lower() in used][:_MOST_WORDS]
    return f"{document[:12]}/{'-'.join(words) or 'document'}{PurePosixPath(path).suffix.lower()}"


def digest_name(place: str) -> str:
    """A refused file by the digest of its place, for a report."""
    return of_json(place)[:12]


def plain_words(text: str) -> set[str]:
    """Words that stand in a scrubbed text in lower case: vocabulary, since stand-ins for names have capitals."""
    return {word for word in _WORD.findall(text) if word.islower()}


def scrubbed_path(path: str, known: Set[str], key: PseudonymKey) -> str:
    """`path` below a folder with only `known` words in it; a part that loses any gets digits of the key instead.

    `hr/cv_anna_weber.docx` becomes `hr/cv-1f0c9a77.docx`. One part has one result under one key.
    """
    *folders, file = PurePosixPath(path).parts
    stem, suffix = PurePosixPath(file).stem, PurePosixPath(file).suffix.lower()
    return "/".join([*(_plain(folder, known, key) for folder in folders), _plain(stem, known, key) + suffix])


def _plain(part: str, known: Set[str], key: PseudonymKey) -> str:
    words = [word for word in _WORD.findall(part) if word.casefold() in known][:_MOST_WORDS]
    whole = _NO_WORD.fullmatch(_WORD.sub("", part)) and len(words) == len(_WORD.findall(part))
    if words and whole and len(part) <= _MOST_CHARACTERS:
        return part
    kept = "-".join(words)[:_MOST_CHARACTERS]
    return "-".join([*([kept] if kept else []), key.tag("path", part)[:8]])
