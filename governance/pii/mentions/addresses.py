"""Postal addresses: a street line in British, American or European order, and the lines that follow it.

A street line is an anchor (house number and street word, either way round, or a place after `lives at`,
`address:`); from there flat, town, region, postcode are taken as long as a firm part still follows.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from governance.pii.cells.reading import Reading
from governance.pii.patterns.citations import PLACE_WORDS
from governance.pii.text.spans import Ranges, Span, joined

_WORD = r"[^\W\d_][\w'.-]{0,30}"
_WORDS = rf"{_WORD}(?:[ -]{_WORD}){{0,4}}"
_CAPITALS = r"(?-i:[A-ZÀ-Þ])[\w'.-]{1,30}(?: (?-i:[A-ZÀ-Þ])[\w'.-]{1,30}){0,3}"
_TOWN = r"(?:St\. )?(?-i:[A-ZÀ-Þ])[\w'-]{1,30}(?: (?-i:[A-ZÀ-Þ])[\w'-]{1,30}){0,3}"
_ISLAND_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)"
_NO_LINK = (
    r"(?!(?:in|at|and|or|to|for|with|from|by|is|are|was|on|as|of|a|an|this|that|his|her|their|days?|hours?|years?"
    r"|months?|am|pm|(?-i:the))[\s.])"
)
_HOUSE = r"\d{1,6}(?:[A-Za-z]|[ /]?(?:bis|ter))?(?:[-/]\d{1,5}[A-Za-z]?)?(?![\w/])"
_AFTER = (
    r"(?:street|st|str|road|rd|avenue|ave|av|lane|ln|drive|dr|boulevard|blvd|court|ct|close|crescent|cres|square|sq"
    r"|terrace|(?-i:Place|PLACE)|pl|way|walk|hill|gardens|gdns|grove|mews|row|parade|park|quay|wharf|highway|hwy|parkway|pkwy"
    r"|circle|cir|trail|path|plaza|mall|alley|route|pike|turnpike|loop|ridge|heights|view)\.?(?!\w)"
)
_BEFORE = (
    r"(?:rue|avenue|av|avda|avenida|boulevard|bd|place|quai|chemin|all[ée]e|impasse|via|viale|piazza|corso|largo|v\.?le|c\.?so|p\.?(?:za|le)|l\.?go|vicolo"
    r"|calle|c/|plaza|paseo|carrer|rua|pra[çc]a|ul|ulica|al(?=\.)|os(?=\.)|str|strada|an der|auf der)\.? "
)
_JOINED = (
    r"[^\W\d_][\w-]{1,30}(?:stra(?:ss|ß)e|str\.|gasse|weg|allee|platz|damm|ufer|gatan|v[äa]gen|gr[äa]nd|gata|veien"
    r"|vegen|gade|stræde|vej|stien|katu|ntie|straat|laan|plein|kade|gracht|dreef|singel|utca)(?!\w)"
)
_LEAD = (
    r"(?<!\w)(?:(?:lives?|lived|living|resid(?:es|ed|ing)|located|based|situated|stays?|staying"
    r"|drops? (?:you|me|us) off"
    r"|deliver(?:ed|y)?|ship(?:ped)?|moved|mail(?:ed)?|station is|stop is|offices? (?:is|are)) (?:it )?(?:at|to|on|in)"
    r"|(?:address|residence|domicile|adresse)(?: of [^\n:]{2,40}?)?(?:\s?(?:is|was|:|=))|address\? it is)\s{1,3}"
)
_MILITARY = r"(?:PSC|CMR|Unit) \d{1,5},? Box \d{1,5}|US[NC][VSG] [^\W\d_]{2,20}(?=\s[AFD]PO)"
_CORNER = rf"the corner of {_WORDS}(?: \d{{1,4}}\.?)?(?: (?:and|&) {_WORDS}(?: \d{{1,4}})?)?"

_STREET = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (
    rf"(?<![\w/.-]){_HOUSE},? (?:{_HOUSE} )?(?:{_NO_LINK}{_WORD}[ -]){{1,4}}{_AFTER}(?: \d{{1,5}}(?![\w/]))?",
    rf"(?<!\w)(?:{_HOUSE},? ){{1,2}}{_BEFORE}{_WORDS}(?:,? {_HOUSE}\.?)?",
    rf"(?<!\w)(?<!\d )(?!place ){_BEFORE}{_WORDS},? (?:n[.°º]{{1,2}} ?)?{_HOUSE}\.?",
    rf"(?<!\w){_BEFORE}(?:d[eu] |del )?\d{{1,2}}\.? (?:de )?{_WORD},? {_HOUSE}",
    rf"(?<!\w)(?:{_HOUSE} ){{0,2}}{_JOINED},? {_HOUSE}\.?",
    rf"(?<!\w)(?:{_HOUSE} ){{1,2}}{_JOINED}",
    rf"(?<![\w/.-]){_HOUSE} {_CAPITALS}, {_CAPITALS},? {_ISLAND_POSTCODE}",
    rf"(?<!\w){_CAPITALS} {_HOUSE}, (?:\d{{4,5}} {_TOWN}|{_CAPITALS} \d{{5}})(?![\w-])",
    rf"(?<!\w)(?:{_MILITARY})",
    r"(?<!\w)(?:P\.? ?O\.? Box|Postfach|Apartado|Postbus|BP) \d{1,7}(?!\w)",
    rf"(?<!\w){_CORNER}",
    rf"(?<![\w/.-]){_HOUSE} (?:{_HOUSE} )?{_WORDS}\.?(?: \d{{1,4}}\.?)?[ ,]{{0,3}}(?:\n[>\s]{{0,4}})?(?:Apt"
        rf"|Suite|Unit|Flat)\.? \d{{1,5}}",
))  # fmt: skip
_DURATION = r"\d+ (?:[a-z]{1,12} )?(?:minute|hour|day|week|month|year)s?(?!\w)"
_LED = re.compile(
    rf"{_LEAD}(?!(?:{PLACE_WORDS}|about|for|less|more|over|since|until)(?!\w))(?!{_DURATION})"
    rf"(?P<span>(?:{_HOUSE} ){{1,2}}{_WORDS}(?:,? {_HOUSE}\.?)?|{_WORDS},? {_HOUSE}\.?)",
    re.IGNORECASE,
)

_GAP = re.compile(r"[\s,>]{1,6}")
_UNIT = re.compile(
    r"(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|building|house|box|level|piso)\.? ?#?\w{1,6}(?!\w)"
    r"|\d{1,2} ?[ºª°](?: (?:[A-Z]|izq(?:da)?|dcha|der)(?![\w]))?",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?"
    r"|\d{3} \d{2}|\d{4} ?[A-Z]{2}"
    r"|\d{1,4}(?=\s*\Z))(?![\w-]|[ .]\d)",
    re.IGNORECASE,
)
_STATE = re.compile(r"[A-Z]{2,3}(?![\w'.])|(?:APO|FPO|DPO) A[AEP](?!\w)", re.IGNORECASE)
_SMALL_TOWN = re.compile(r"(?:[a-z'-]{3,20},? ){1,3}[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}(?!\w)")
_PLACE = re.compile(_WORD)
_MAX_PARTS = 9


_STREET_WORD = re.compile(rf"(?<!\w)(?:{_AFTER}|{_BEFORE})|{_JOINED}", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}")
_NAMED_AFTER = re.compile(
    rf"(?:{_HOUSE},? )?{_BEFORE}(?:(?:de la|des?|du|della?|dell|di|van|der|los|las) )?|.*\d{{4,5}} (?:[A-Z]{{2}} )?",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(rf"\.?,? {_HOUSE}")
_TOUCHING = 4
_STREET_SCORE = 0.8


def typed(spans: Sequence[Span], text: str) -> list[Span]:
    """Addresses that a model guessed, held against their form: one with neither a number nor a street word, and
    beside none that has them, is a LOCATION, and a date a DATE_TIME.
    """
    guessed = [span for span in spans if span.type == "STREET_ADDRESS"]
    firm = [span for span in guessed if _numbered(text[span.start : span.end])]
    edges = sorted(edge for span in firm for edge in (span.start, span.end))
    return [replace(span, type=_kind(span, text, edges)) for span in spans]


def whole_abroad(spans: Sequence[Span], reading: Reading) -> list[Span]:
    """Of `Via Garibaldi 12, 20121 Milano` the English tagger takes parts for people and parts for addresses: in another
    language what has a number and a street word is one address, and nothing in it something else.
    """
    streets = joined(
        (span.start, span.end)
        for span in spans
        if span.type == "STREET_ADDRESS"
        and reading.foreign_at(span.start)
        and _numbered(reading.text[span.start : span.end])
        and _STREET_WORD.search(reading.text, span.start, span.end)
    )
    others = [span for span in spans if not (streets.hold(span) and _is_part(span, streets, reading.text))]
    return [*others, *(Span(start, end, "STREET_ADDRESS", _STREET_SCORE) for start, end in streets.places)]


def _is_part(span: Span, streets: Ranges, text: str) -> bool:
    """An address is; what was taken for a person is between the street word and the number, or behind the postcode."""
    if span.type != "PERSON":
        return span.type == "STREET_ADDRESS"
    return any(
        _NAMED_AFTER.fullmatch(text, start, span.start)
        or (_NUMBER.match(text, span.end, end) and not _numbered(text[start : span.start]))
        for start, end in streets.met(span)
    )


def is_rest_abroad(span: Span, reading: Reading) -> bool:
    """What is left of a guess, in another language, where others took its number: `das Konto` before an IBAN."""
    said = reading.text[span.start : span.end]
    abroad = span.type == "STREET_ADDRESS" and reading.foreign_at(span.start) is not None
    return abroad and not _numbered(said) and not _STREET_WORD.search(said)


def _numbered(said: str) -> bool:
    return any(map(str.isdigit, said))


def _kind(span: Span, text: str, edges: list[int]) -> str:
    value = text[span.start : span.end]
    if span.type != "STREET_ADDRESS":
        return span.type
    if _DATE.fullmatch(value):
        return "DATE_TIME"
    near = bisect_left(edges, span.start - _TOUCHING) < bisect_right(edges, span.end + _TOUCHING)
    return "STREET_ADDRESS" if near or _STREET_WORD.search(value) else "LOCATION"


def addresses(text: str) -> Iterator[Span]:
    """Spans of type STREET_ADDRESS; may overlap each other."""
    for pattern in _STREET:
        for match in pattern.finditer(text):
            yield Span(match.start(), _tail(text, match.end()), "STREET_ADDRESS", _STREET_SCORE)
    for match in _LED.finditer(text):
        yield Span(match.start("span"), _tail(text, match.end("span")), "STREET_ADDRESS", 0.75)


def _tail(text: str, end: int) -> int:
    """Where the address that has a street line ending at `end` ends."""
    position, loose = end, 0
    for _ in range(_MAX_PARTS):
        gap = _GAP.match(text, position)
        if gap is None or text.count("\n", gap.start(), gap.end()) > 1:
            break
        firm = _UNIT.match(text, gap.end()) or _POSTCODE.match(text, gap.end())
        firm = firm or (_STATE.match(text, gap.end()) if _state_follows(text, gap.end()) else None)
        if firm is not None:
            end = position = firm.end()
            loose = 0
            continue
        small = _SMALL_TOWN.match(text, gap.end())
        if small is not None:
            return small.end()
        place = _PLACE.match(text, gap.end())
        loose += 1
        if place is None or loose > 4 or not _like_a_place(text, place.start()):
            break
        position = place.end()
    return end


def _state_follows(text: str, start: int) -> bool:
    """Two capital letters count as a region when a postcode or another part follows, not `is` or `at`."""
    match = _STATE.match(text, start)
    if match is None:
        return False
    after = _GAP.match(text, match.end())
    return match.group().isupper() or (after is not None and _POSTCODE.match(text, after.end()) is not None)


def _like_a_place(text: str, start: int) -> bool:
    line_start = text.rfind("\n", 0, start) + 1
    return text[start].isupper() or text[line_start:start].strip(" ,>") == "" or "," in text[max(0, start - 3) : start]
