"""Which eight-bit encoding a Latin text is in: what old hosts, Excel's "CSV (MS-DOS)" and a Mac write does not say.

Read in another one, `Köhler` becomes `K”hler`, which no scrubber takes for a name. Detectors by frequency need more
text than a list of names has; here signs that stand where none belongs are counted.
"""

from __future__ import annotations

import re
import unicodedata

ENCODINGS = ("cp1252", "cp850", "mac_roman", "cp1254", "cp1250", "cp852")
"""The commoner first: it is taken where another fits as well."""
EASTERN = ("cp1250", "iso8859_2")
"""Where one has a letter the other has one too, but mostly of another language."""
_COMMON = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ")
_ALPHABETS = (
    "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţ", "čćđšž",
)  # fmt: skip
"""Czech, Slovak, Polish, Hungarian, Romanian, and those of the south."""
_ICELANDIC = frozenset("ðþÐÞ")
"""Where Turkish has its ğ and ş, which far more texts hold."""
_IN_WORDS = frozenset("’‘·\xad-")
_OF_METRES = frozenset("²³")
"""Not a `mł`, as which Windows of Eastern Europe has the byte: no word ends so."""
_MICRO = re.compile(r"(?<![^\W\d_])µ(?:[mglLsAVWFHJNSMTC]|mol|Pa|Sv|Bq|Ci)(?![^\W\d_²³])")
"""A unit, and no Á, as which DOS has the byte: no word is `Ám`."""
_HIGH = re.compile("[^\x00-\x7f]")
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_ALONE = 2
"""High bytes in a row, at most, where all others are Latin letters; other scripts are high throughout."""
_NO_ISO = re.compile(rb"[\x80-\x9f]")
_MOST_ALONG = 0.3
_MOST_ODD = 0.5


def encoding_of(data: bytes) -> str | None:
    """The encoding whose signs are the least out of place; None for text that is hardly Latin."""
    runs = [len(run) for run in _HIGH_BYTES.findall(data)]
    along = sum(run for run in runs if run > _ALONE)
    if not runs or along > _MOST_ALONG * sum(runs):
        return None
    odds = {encoding: oddness(data.decode(encoding, errors="replace")) for encoding in ENCODINGS}
    best = min(ENCODINGS, key=odds.__getitem__)
    if best in EASTERN and not _NO_ISO.search(data):
        best = min(EASTERN, key=lambda encoding: _strangeness(data.decode(encoding, errors="replace")))
    return best if min(odds.values()) <= _MOST_ODD * sum(runs) else None


def _strangeness(text: str) -> float:
    """How odd a text is in that of the languages whose letters fit best, in which all others are out of place."""
    return min(oddness(text, frozenset(letters + letters.upper()), 1) for letters in _ALPHABETS)


def oddness(text: str, letters: frozenset[str] = _COMMON, other: float = 0.2) -> float:
    """How much of a text's signs beyond ASCII is out of place. `other` letters than the usual ones are so to a part."""
    framed = f" {text} "
    places = (found.start() for found in _HIGH.finditer(framed) if not _MICRO.match(framed, found.start()))
    return sum(_odd(framed[n], framed[n - 1], framed[n + 1], letters, other) for n in places)


def _odd(sign: str, before: str, after: str, letters: frozenset[str], other: float) -> float:
    kind = unicodedata.category(sign)
    if sign == "\ufffd" or kind in ("Cc", "Cn"):
        return 2
    if kind in ("Lu", "Ll"):
        shouted = before.isupper() and after.isupper()
        inside = before.islower() or (before.isalpha() and after.islower())
        amiss = inside if kind == "Lu" else shouted
        return 1 if amiss else 0 if sign in letters else max(other, 0.5) if sign in _ICELANDIC else other
    beside = before.isalpha() + after.isalpha()
    if sign in _IN_WORDS or not beside or (sign in _OF_METRES and before == "m" and not after.isalpha()):
        return 0
    if "─" <= sign <= "▟":  # the lines and blocks of tables that are drawn
        return 2
    return 1 if beside == 2 or kind[0] not in "PZ" else 0
