"""People in lists: `Attendees: Anna, Bob and Carlos`, `SMITH, John / DOE, Jane`.

Who stands in a row with people is one of them, also where the tagger knows some of the names only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from governance.pii.cells.reading import Reading
from governance.pii.mentions.full_names import follows_no_name
from governance.pii.mentions.whole_names import FIRST, HEAD, SMALL
from governance.pii.naming import names
from governance.pii.naming.names import TITLE_CASE, UPPER
from governance.pii.text.spans import Range, Span
from governance.pii.words import listed_names
from governance.pii.words.labels import ROLE_WORDS, label

SCORE = 0.6
LEAST_SHARE = 0.5
SURE_SHARE = 0.75
"""What share of a list must be known for names, and from which on the rest is not what else the tagger takes it for."""
_MORE = rf"(?:(?: {SMALL}){{0,2}} {TITLE_CASE}| [{UPPER}]\.){{0,3}}"
_ITEM = rf"{TITLE_CASE}{_MORE}"
_AND = r"(?:,? (?:and|or|und|et|y|e|en|&|\+) |, | ?[;/|·•] ?|,?\n[> \t]{0,4}(?:[-*•–] ?|\d{1,2}[.)] ))"
_LIST = re.compile(rf"{FIRST}{_MORE}(?:{_AND}{_ITEM}){{1,40}}(?![\w@'’-])")
_NEXT = re.compile(_ITEM)
_CAPITALS = rf"{HEAD}(?:['’]?[{UPPER}])+(?:[- ][{UPPER}]['’]?[{UPPER}]+){{0,2}}"
_REVERSED = re.compile(
    rf"{_CAPITALS}, {TITLE_CASE}(?:[ -]{TITLE_CASE}| [{UPPER}]\.){{0,2}}(?=\s*[;/|,()\n\t<&.]| and |\s*\Z)"
)
_ENTERED = re.compile(
    rf"{FIRST}(?:-{TITLE_CASE})?(?: {TITLE_CASE}){{0,2}}, {TITLE_CASE}(?:[ -]{TITLE_CASE}| [{UPPER}]\.?){{0,2}}"
    r"(?=[ \t]*(?:[;\n]|\Z))"
)
"""`Winter, Rose` as all that stands in a line, or between semicolons."""
_CELL_BEGINS = re.compile(r"(?:\n|[;/|:(]\s?|[\t>]|[-–&] | and )\Z")
_LABEL_BEFORE = re.compile(r"(?<![^\s*_>•-])(?P<label>[^\W\d_][^\n:.;]{1,30}?)[*_]{0,2}(?::| [-–—])[*_]{0,2} \Z")
_LABEL_CHARS = 40
_BETWEEN_REVERSED = re.compile(r"\s*(?:[;/|&,]|and|\n)\s*")


def listed_people(reading: Reading, spans: Sequence[Span]) -> list[Span]:
    """PERSON spans beside those among `spans`."""
    text = reading.text
    lists = [match.span() for match in _LIST.finditer(text)]
    reverse = [match.span() for match in _REVERSED.finditer(text) if _begins_a_cell(text, match.start())]
    entered = [match.span() for match in _ENTERED.finditer(text) if _begins_a_cell(text, match.start())]
    people = _places(span for span in spans if span.type == "PERSON") if lists or reverse or entered else frozenset()
    others = _places(span for span in spans if span.type != "PERSON") if lists else frozenset()
    found = [place for start, end in lists for place in _of_list(reading, (start, end), people, others)]
    found += _of_reversed(text, reverse, people)
    found += _of_entered(text, entered, people)
    return [Span(start, end, "PERSON", SCORE) for start, end in found]


def _places(spans: Iterable[Span]) -> frozenset[int]:
    return frozenset(at for span in spans for at in range(span.start, span.end))


def _of_list(reading: Reading, bounds: Range, people: Set[int], others: Set[int]) -> Iterator[Range]:
    """The items of a list half of which are known for names: lone words among lone words, or with a given name."""
    text = reading.text
    items = [item.span() for item in _NEXT.finditer(text, *bounds)]
    known = {item for item in items if item[0] in people or item[1] - 1 in people}
    given = {item for item in items if listed_names.is_given(_first(text, item))}
    names_there = known | given
    labelled = _is_labelled(text, bounds[0])
    if len(names_there) < (1 if labelled else max(LEAST_SHARE * len(items), 2)):
        return
    sure = labelled or len(names_there) >= SURE_SHARE * len(items)
    lone = len(items) > 2 and any(" " not in text[slice(*item)] for item in names_there)
    for item in items:
        alike = lone and " " not in text[slice(*item)] and (sure or item[0] not in others)
        if item not in known and (item in given or alike) and not _everyday(text[slice(*item)], reading, sure):
            yield item


def _is_labelled(text: str, start: int) -> bool:
    """Whether a label for people stands right before: `Attendees: `."""
    before = _LABEL_BEFORE.search(text, max(0, start - _LABEL_CHARS), start)
    one = label(before["label"]) if before else None
    return one is not None and one.type == "PERSON"


def _begins_a_cell(text: str, start: int) -> bool:
    return start == 0 or _CELL_BEGINS.search(text, max(0, start - _LABEL_CHARS), start) is not None


def _of_reversed(text: str, found: Sequence[Range], people: Set[int]) -> Iterator[Range]:
    """All of a run of `SURNAME, Given` of which one is known for a name."""
    for run in _runs(text, found):
        if any(not people.isdisjoint(range(*place)) or _is_listed(text[slice(*place)]) for place in run):
            yield from run


def _of_entered(text: str, found: Sequence[Range], people: Set[int]) -> Iterator[Range]:
    """All of a run of `Surname, Given` in most of which what stands behind the comma is known for a name."""
    for run in _runs(text, found):
        given = [(text.index(", ", start) + 2, end) for start, end in run]
        known = sum(place[0] in people or listed_names.is_given(_first(text, place)) for place in given)
        if len(run) > 1 and known >= SURE_SHARE * len(run):
            yield from run


def _runs(text: str, found: Sequence[Range]) -> Iterator[list[Range]]:
    run: list[Range] = []
    for place in found:
        if run and not _BETWEEN_REVERSED.fullmatch(text, run[-1][1], place[0]):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _is_listed(value: str) -> bool:
    surname, _, given = value.partition(", ")
    return listed_names.is_given(given.split(" ", maxsplit=1)[0]) or surname.lower() in listed_names.every()


def _first(text: str, item: Range) -> str:
    return text[slice(*item)].split(" ", maxsplit=1)[0]


def _everyday(value: str, reading: Reading, sure: bool) -> bool:
    """`Mark` is a name among names, `Monday` is not."""
    if sure and value.lower() in listed_names.given():
        return False
    *before, last = value.split(" ")
    if names.common(value) or value.lower() in ROLE_WORDS or (before and follows_no_name(last)):
        return True
    return any(reading.is_vocabulary(word) and not listed_names.is_given(word) for word in (*before, last))
