"""Full names by their first word: a given name that the lists know, and the capital words after it.

The tagger goes by context: in sentences of a kind that it has not seen, it misses names or takes them for firms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from governance.pii.cells.reading import Reading
from governance.pii.mentions import foreign_names
from governance.pii.mentions.whole_names import FIRST, SMALL, TIED
from governance.pii.naming import foreign, names
from governance.pii.naming.names import TITLE_CASE
from governance.pii.standins.wording import LEGAL_FORMS, STREETS
from governance.pii.text.spans import Span
from governance.pii.words import listed_names

SCORE = 0.6
_MORE = rf"(?: [{names.UPPER}]\.)?(?: (?:{SMALL} ){{0,3}}{TIED}?{TITLE_CASE})"
_CAPITAL = re.compile(TITLE_CASE)
_FULL = re.compile(rf"(?P<given>{FIRST}){_MORE}{{1,3}}(?![\w@])")
_BROKEN = re.compile(rf"(?P<given>{FIRST}) ?\n[> \t]{{0,4}}{TITLE_CASE}(?= [a-zß-ÿ(]|['’]s|[.,;)])")
_IN_A_LINE = re.compile(r"(?<!Dear)(?<!Hi)(?<!Hello)(?<!Hey)(?<=[\w,.;!?)'’]) \Z")
_MISTAKEN = frozenset(("PERSON", "ORGANIZATION", "LOCATION"))
"""What the tagger takes names for; where anything else was found, it stays."""
_BODIES = """
institute foundation college school academy church council commission ministry department agency society association
union club party press airport station island beach river valley city county bay mountain museum library theatre
stadium award prize act agreement treaty conference report index fund trust capital partners hotel centre center
"""
_AFTER = frozenset((*STREETS, *LEGAL_FORMS, *_BODIES.split())) - names.PARTICLES - {"court", "hill"}


def full_names(reading: Reading, spans: Sequence[Span]) -> list[Span]:
    """PERSON spans; `spans` are what is known of the text so far."""
    found = [span for span in _candidates(reading) if span.end > span.start]
    firm = (one for one in spans if one.type not in _MISTAKEN) if found else ()
    taken = {place for one in firm for place in range(one.start, one.end)}
    return [span for span in found if span.start not in taken]


def follows_no_name(word: str) -> bool:
    """Whether it makes a street or a body of the words before it."""
    return word.lower() in _AFTER


def _candidates(reading: Reading) -> Iterator[Span]:
    text = reading.text
    for match in _FULL.finditer(text):
        if _begins(match["given"], reading):
            yield Span(match.start(), _end(reading, *match.span("given"), match.end()), "PERSON", SCORE)
    for match in _BROKEN.finditer(text):
        if _begins(match["given"], reading) and _IN_A_LINE.search(text, max(0, match.start() - 30), match.start()):
            yield Span(match.start(), _end(reading, *match.span("given"), match.end()), "PERSON", SCORE)


def _begins(word: str, reading: Reading) -> bool:
    return listed_names.is_given(word) and not reading.is_vocabulary(word)


def _end(reading: Reading, start: int, given_end: int, end: int) -> int:
    """Where the name ends: before a word of everyday use; 0 where none is left or it is a street or a firm."""
    language = reading.foreign_at(start)
    if language is not None:
        named = next(foreign.names_in(reading.text, start, given_end), (start, start))
        name = foreign_names.as_name(reading.text, *named, 1.0, language)
        end = name[1] if name else start
    last = 0
    for word in _CAPITAL.finditer(reading.text, given_end, end):
        said = word.group()
        if follows_no_name(said):
            return 0
        if names.common(said) or (reading.is_vocabulary(said) and said.lower() not in listed_names.every()):
            break
        last = word.end()
    return last
