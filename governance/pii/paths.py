"""What a file goes by once it is scrubbed: names of files name people too (`cv_anna_weber.docx`).

A detector sees too little of a name to be trusted with it, so only words that the scrubbed text itself uses stay.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from registry.digests import of_json

_WORD = re.compile(r"[^\W\d_]{2,40}")
_MOST_WORDS = 12


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
