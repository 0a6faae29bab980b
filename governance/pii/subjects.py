"""Whom an erasure is about: every unit that speaks of a person or holds a number, however it is written there.

Names are compared as the scrubber compares them, without titles, case and order; numbers without the marks between
their signs. Where the original is gone, the stand-in under each key is looked for in what was scrubbed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from governance.pii.detect import find_together
from governance.pii.reasons import plain_text
from governance.pii.scrub import Row, texts_of
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey, pseudonym, subject
from registry.errors import ConfigError

ROW_FILES = frozenset((".jsonl", ".ndjson", ".json"))
"""Of these single rows can be erased; of any other file, the whole of it."""
LEAST_LETTERS = 3
_WORD = re.compile(r"[^\W\d_]+|\d+")
_KINDS = ("PERSON", "EMAIL_ADDRESS")
_DIGITS = 4
_STROKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_UMLAUT = re.compile(r"(?<=[aou])e")
_MOST_WORDS = 5
_MARKS, _BETWEEN = r"[\W_]{0,3}", r"[\W_]{1,3}"


@dataclass(frozen=True)
class Subject:
    """Whom to look for, in the forms that are compared."""

    name: str
    plain: str = field(init=False)
    words: frozenset[str] = field(init=False)
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        plain = plain_text(self.name)
        if sum(map(str.isalnum, plain)) < LEAST_LETTERS:
            raise ConfigError("a subject has three letters or digits or more", "write the whole name or number")
        object.__setattr__(self, "plain", plain)
        object.__setattr__(self, "words", frozenset(_WORD.findall(plain)))
        object.__setattr__(self, "pattern", _pattern(plain))


@dataclass(frozen=True)
class Found:
    """Units by document (digest to numbers), and documents that hold parts of the name alone or spell it otherwise."""

    units: Mapping[str, frozenset[int]]
    related: frozenset[str]


def find_subject(rows: Iterable[Row], whom: Subject, policy: PiiPolicy) -> Found:
    """Read original rows."""
    units: dict[str, set[int]] = {}
    related: set[str] = set()
    parts = _bare(whom.words)
    for row in rows:
        document, place = str(row["document"]), re.sub(r"[\W_]+", " ", str(row["path"]))
        texts = [plain_text(text) for text in (*texts_of(row), place)]
        said = {word for text in texts for word in _WORD.findall(text)}
        if any(map(whom.pattern.search, texts)) or (whom.words <= said and _same_subject(row, whom, policy)):
            units.setdefault(document, set()).add(int(str(row["unit"])))
        elif any(len(word) > LEAST_LETTERS for word in parts & _bare(said)):
            related.add(document)
    return Found({one: frozenset(numbers) for one, numbers in units.items()}, frozenset(related - units.keys()))


def find_stand_in(rows: Iterable[Row], whom: Subject, keys: Sequence[PseudonymKey]) -> Found:
    """Read scrubbed rows whose originals are gone: the keyed stand-in gives the subject away to who has the key."""
    made = [_pattern(plain_text(pseudonym(kind, whom.name, key))) for key in keys for kind in _KINDS]
    units: dict[str, set[int]] = {}
    for row in rows:
        texts = [plain_text(text) for text in texts_of(row)]
        if any(one.search(text) for one in made for text in texts):
            units.setdefault(str(row["document"]), set()).add(int(str(row["unit"])))
    return Found({one: frozenset(numbers) for one, numbers in units.items()}, frozenset())


def single_rows(path: str) -> bool:
    """Whether rows of this file can be erased one by one."""
    return PurePosixPath(path).suffix.lower() in ROW_FILES


def _bare(words: Iterable[str]) -> frozenset[str]:
    """Without accents and umlauts, which a keyboard may not have had: `Núñez` and `Nunez`, `Müller` and `Mueller`."""
    return frozenset(_UMLAUT.sub("", word if word.isascii() else _unmarked(word)) for word in words)


def _unmarked(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.translate(_STROKED))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _same_subject(row: Row, whom: Subject, policy: PiiPolicy) -> bool:
    texts = texts_of(row)
    found = zip(texts, find_together(texts, policy, by_line=row["kind"] != "text"), strict=True)
    said = ((span.type, text[span.start : span.end]) for text, spans in found for span in spans)
    return any(subject(kind, value) == subject(kind, whom.name) for kind, value in said)


def _pattern(plain: str) -> re.Pattern[str]:
    """The words in their order, or the last ones first as in a list, with whatever marks between; a number's signs."""
    numbered = sum(map(str.isdigit, plain)) >= _DIGITS
    parts = [re.escape(part) for part in (filter(str.isalnum, plain) if numbered else _WORD.findall(plain))]
    turns = 1 if numbered or len(parts) > _MOST_WORDS else len(parts)
    orders = [parts[at:] + parts[:at] for at in range(turns)]
    said = "|".join((_MARKS if numbered else _BETWEEN).join(order) for order in orders)
    return re.compile(rf"(?<!\w)(?:{said})(?!\w)")
