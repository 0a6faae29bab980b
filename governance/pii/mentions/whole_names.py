"""A name is masked whole: with its particles, over hyphens and apostrophes, and over the end of a line.

The tagger sees tokens and finds `Ursula von`, `al` or the half of a name that begins a line; what stays of a name
says whose the rest is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from governance.pii.cells.reading import Reading
from governance.pii.naming import names
from governance.pii.text.spans import Span
from governance.pii.words import listed_names
from governance.pii.words.labels import is_role
from governance.pii.words.vocabulary import is_english

STANDING_SCORE = 0.6
_U = names.UPPER
CAP = rf"[{_U}][^\W\d_]+(?:[-'’][{_U}][^\W\d_]+){{0,3}}"
HEAD = rf"[{_U}](?<![\w'’.@/\\-].)"
"""The capital letter at the head of a word: what stands before it is asked afterwards, which is cheaper."""
FIRST = rf"{HEAD}{names.SMALL_LETTERS}"
"""A word with a capital letter, and small ones after it in names.TITLE_CASE; FIRST is one that is part of no other."""
_MORE_SMALL = ("het", "ibn", "abu", "dem", "zum", "zur", "las", "los", "e", "von und zu", "['’]t")
SMALL = rf"(?:{'|'.join(sorted((*names.PARTICLES, *_MORE_SMALL)))})"
TIED = r"(?:(?:[ODdLl]|[Dd]ell|[Dd]all|[Nn]ell|[Ss]ant|[Dd]egl)['’]|[Dd]e['’] ?|(?:[AaEeUu]l|[Aa][dnrstz]|[Aa]sh)-)"
"""Particles that stand before a name, and such as are tied to it."""
_GAP = r"(?: | ?\n[> \t]{0,4})"
_MORE = re.compile(rf"[-'’]{CAP}|{_GAP}(?:(?i:{SMALL}){_GAP}){{0,3}}{TIED}{CAP}|{_GAP}(?:{SMALL}{_GAP}){{1,3}}{CAP}")
_TIED_AFTER = re.compile(rf"[-'’]{CAP}")
_REST = re.compile(rf"{_GAP}(?:{SMALL}{_GAP}){{0,2}}{TIED}?{CAP}")
_ENDS_SMALL = re.compile(rf"(?<![\w'’]){SMALL}\Z", re.IGNORECASE)
_TIED_BEFORE = re.compile(rf"(?<![\w'’-])(?:{TIED}|{CAP}[-'’])\Z")
_SMALL_BEFORE = re.compile(rf"(?<![\w'’-])(?:(?:[Vv]an|[Vv]on|{SMALL}){_GAP}){{1,3}}\Z")
_BEGINS_SMALL = re.compile(rf"(?:[Vv]an|[Vv]on|Ó|Ní|Nic|Uí|{SMALL})\s|{TIED}")
_BEFORE = re.compile(rf"(?<=[\w,] )(?P<name>{CAP}(?: {CAP})?){_GAP}\Z")
_GIVEN_BEFORE = re.compile(rf"(?<![\w'’.@/&-])(?P<name>{CAP}) \Z")
_LOWER = r"[a-zß-ÿ][a-zß-ÿ'’-]{0,20},? "
_NEXT_LINE = re.compile(rf" ?\n[> \t]{{0,4}}(?P<name>{CAP})(?=[ ][a-zß-ÿ(]|['’]s|[.,;)]|\s*\Z)")
_LINE_BEFORE = re.compile(rf"(?<!\w){_LOWER}(?P<name>{CAP}(?: {CAP})?) ?\n[> \t]{{0,4}}\Z")
_IN_A_SENTENCE = re.compile(rf"(?<!\w)(?:{_LOWER}|(?:Mr|Mrs|Ms|Dr)\.? )\Z")
_REACH = 80
_MOST = 3
_STANDING = re.compile(
    rf"(?<![\w'’-])(?:(?:[Vv][ao]n (?:(?:de[rnm]?|het|zu[rm]?) |['’]t )|(?:Ó|Ní|Nic|Uí) |[Ii]bn |[Bb]int? (?:al-)?)"
    rf"{CAP}"
    rf"|(?:(?:O|D|[Dd]ell|[Dd]all|[Dd]egl)['’]|[Dd]e['’] |[AaEe]l-){names.TITLE_CASE}"
    rf"|(?<=[^\W\d_{_U}] )(?:del?|de l[ao]s?|dos|das?|di|della|degli|zu|ter) {names.TITLE_CASE})"
)
_NOBODY = re.compile(
    r"[AaEe]l-(?:Qa|Shabaab|Jazeera|Nusra|Azhar|Arabiya|Aqsa|Anon|Ni[nñ]o)|[Oo]['’]Clock|D['’]Accord"
    r"|de (?:Minimis|Facto|Novo|Jure|Luxe)"
)


def standing(text: str) -> Iterator[Span]:
    """Surnames that their form tells in an English text: `von der Leyen`, `Dell'Acqua`, `al-Rashid`, `O'Neill`."""
    for match in _STANDING.finditer(text):
        if not _NOBODY.match(match.group()):
            yield Span(match.start(), match.end(), "PERSON", STANDING_SCORE)


def whole(span: Span, reading: Reading) -> Span:
    """A PERSON span grown to the whole name.

    In other languages only over hyphens and apostrophes: there particles are articles and prepositions as well.
    """
    text = reading.text
    if reading.foreign_at(span.start):
        end = more.end() if (more := _TIED_AFTER.match(text, span.end)) else span.end
        return replace(span, start=_untied(text, span.start), end=end)
    end = _right(reading, span.start, span.end)
    return replace(span, start=_left(reading, span.start, end), end=end)


def _right(reading: Reading, start: int, end: int) -> int:
    text = reading.text
    for _ in range(_MOST):
        ends_small = _ENDS_SMALL.search(text, start, end)
        more = (_REST if ends_small else _MORE).match(text, end)
        if more is None or _everyday(more.group(), reading):
            break
        end = more.end()
    following = _NEXT_LINE.match(text, end)
    if following and _IN_A_SENTENCE.search(text, max(0, start - _REACH), start):
        return following.end("name") if _belongs(following["name"], text[start:end], reading) else end
    return end


def _left(reading: Reading, start: int, end: int) -> int:
    text, start = reading.text, _untied(reading.text, start)
    small = _SMALL_BEFORE.search(text, max(0, start - _REACH), start)
    start = small.start() if small else start
    if small or _BEGINS_SMALL.match(text, start, end):
        before = _BEFORE.search(text, max(0, start - _REACH), start)
        return before.start("name") if before and not _everyday(before["name"], reading) else start
    given = _GIVEN_BEFORE.search(text, max(0, start - _REACH), start)
    if given and _is_given(given["name"], text[start:end], reading):
        return given.start("name")
    line = _LINE_BEFORE.search(text, max(0, start - _REACH), start)
    return line.start("name") if line and _belongs(line["name"], text[start:end], reading) else start


def _is_given(word: str, name: str, reading: Reading) -> bool:
    """Whether the capital word before a lone surname is its given name, which the tagger missed: no English word, or
    one that is in the lists of given names.
    """
    if " " in name or word.isupper() != name.isupper() or names.common(word) or is_role(word):
        return False
    return not reading.is_vocabulary(word) and (word.lower() in listed_names.given() or not is_english(word))


def _untied(text: str, start: int) -> int:
    tied = _TIED_BEFORE.search(text, max(0, start - _REACH), start)
    return tied.start() if tied else start


def _belongs(piece: str, name: str, reading: Reading) -> bool:
    """Whether the capital words over a line end go with `name`, which is whole without them where it has two words."""
    return not re.search(r"\s", name) and not _everyday(piece, reading)


def _everyday(piece: str, reading: Reading) -> bool:
    words = [word for word in re.findall(CAP, piece) if word.lower() not in listed_names.every()]
    return names.common(piece) or any(map(reading.is_vocabulary, words))
