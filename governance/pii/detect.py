"""What is personal in a text or in the cells of a row: the one way in for pipeline, command and gateway."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import pairwise

from governance.pii.cells.grids import grid, spread
from governance.pii.cells.reading import Reading
from governance.pii.fields import asked, forms
from governance.pii.fields.borders import in_tables, within_borders
from governance.pii.mentions import addresses, births, letters
from governance.pii.mentions.foreign_names import is_body
from governance.pii.mentions.full_names import full_names
from governance.pii.mentions.measures import is_ratio, without_measures
from governance.pii.mentions.name_lists import listed_people
from governance.pii.mentions.whole_names import whole
from governance.pii.naming import eponyms, file_names, languages, medicines, names
from governance.pii.patterns import citations, identifiers
from governance.pii.patterns.vague import vague
from governance.pii.repeats import NUMBERS, repeated, telling
from governance.pii.settings import PiiPolicy
from governance.pii.text.pieces import SHORT_CHARS, pieces
from governance.pii.text.spans import Range, Ranges, Span, cut, disjoint, joined, outside, places, terms, trimmed
from governance.pii.text.visible import Visible, visible
from governance.pii.words import labels

SURE = 0.6
"""What a detector is that sure of needs no look at its form, and is looked for in the whole document."""
ABBREVIATION = 0.95
Places = Sequence[Range]
_CELL_BEGINS, _CELL_ENDS = re.compile(r"(?:\A|[|\t\n])[ *]{0,3}\Z"), re.compile(r"[ *]{0,3}(?:[|\t\n]|\Z)")
_SUM = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{2})?|\d+\.\d{2}|\d{1,3}(?:\.\d{3})+,\d{2}")
_LOCATES = re.compile(r"[^\W\d_]{2}|\d{4}")
"""A word or a postcode: the `3.1` of a rule is no address."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD, _LETTERS = re.compile(r"\w+"), re.compile(r"[^\W\d_]{2}")
_ONCE = frozenset(("PERSON", "URL", "USERNAME"))
_MODEL_TYPES = frozenset(("PERSON", "ORGANIZATION", "LOCATION", "NRP", "DATE_TIME", "AMOUNT", "STREET_ADDRESS", "MISC"))
_CUT = eponyms.GUESSED - {"PERSON"}
"""Of somebody's name, the surname may be an allowed term: it goes as a whole."""


def find(text: str, policy: PiiPolicy) -> list[Span]:
    """Disjoint spans of personal data in one document, in order; offsets are code points of `text`."""
    return find_together([text], policy)[0]


def find_together(
    texts: Sequence[str], policy: PiiPolicy, by_line: bool = False, questions: Sequence[str] = ()
) -> list[list[Span]]:
    """`find` in several texts that speak of the same people: a name found in one is found in all.

    `by_line` is for rows: it detects line by line and remembers the result, since they share their preambles, and looks
    for whoever is guessed in one text in the others, lest a name stand beside its own stand-in. `questions` are what
    each of the texts answers, where they answer any.
    """
    seen = [visible(text) for text in texts]
    lower = names.lower_words("\n".join(view.text for view in seen))
    readings = [_reading(view.text, lower, policy) for view in seen]
    found = [list(_detected(reading.text, policy, by_line)) for reading in readings]
    allowed = [places(view.text, terms(policy.allow)) for view in seen]
    found = [
        _by_label(_cleaned(spans, reading, free), _labelled(view.text, question, reading, policy, free), view.text)
        for spans, view, reading, free, question in zip(
            found, seen, readings, allowed, questions or [""] * len(texts), strict=True
        )
    ]
    sure = [
        (view.text[s.start : s.end], s.type)
        for spans, view in zip(found, seen, strict=True)
        for s in spans
        if s.score >= SURE or (by_line and s.type == "PERSON")
    ]
    people = {value for value, kind in sure if kind == "PERSON"}
    values = {(value, kind) for value, kind in sure if kind not in _ONCE and telling(value, kind)}
    found = [
        [*spans, *_freed(repeated(view.text, dict(sorted(values))), free, view.text)]
        for spans, view, free in zip(found, seen, allowed, strict=True)
    ]
    again = [_mentioned(people, reading, free) for reading, free in zip(readings, allowed, strict=True)]
    return [
        _final(list(in_tables([*spans, *more], reading.text, reading.table)), view, reading, policy)
        for spans, more, view, reading in zip(found, again, seen, readings, strict=True)
    ]


def _mentioned(people: Iterable[str], reading: Reading, allowed: Places) -> list[Span]:
    """Where `people`, found anywhere in the texts, are named again."""
    again = (s for s in names.mentions(people, reading.text, reading.lower) if not _is_label(s, reading.text))
    return outside((whole(span, reading) for span in again), allowed)


def _reading(text: str, lower: frozenset[str], policy: PiiPolicy) -> Reading:
    table = grid(text)
    own = (policy.language, languages.UNDECIDED)
    foreign = (part for part in languages.parts(text, policy.languages) if part.language not in own)
    return Reading(spread(text, table), lower, tuple(foreign), table)


def _labelled(text: str, question: str, reading: Reading, policy: PiiPolicy, allowed: Places) -> list[Span]:
    """What labels, column headers and the question type, in the whole document: a table may be longer than a piece."""
    typed = in_tables(forms.forms(text, reading.table), text, reading.table)
    found = (identifiers.proved(span, text) for span in [*typed, *asked.answers(question, text)])
    return _freed((span for span in found if span.type in policy.entities), allowed, text)


def _by_label(spans: list[Span], labelled: list[Span], text: str) -> list[Span]:
    """All of them, but no address without a word where a label says whose number it is: `Kontonummer: 4471182`."""
    typed = joined((span.start, span.end) for span in labelled if span.type in NUMBERS)
    kept = (
        s for s in spans if s.type != "STREET_ADDRESS" or _LETTERS.search(text, s.start, s.end) or not typed.meet(s)
    )
    return [*kept, *labelled]


def _freed(spans: Iterable[Span], allowed: Places, text: str) -> list[Span]:
    """`spans` off the places `allowed`. Of a body or a place that reaches beyond them, what else it says is left:
    nothing of `Abu Dhabi Global Market (ADGM)`, `HM Treasury` of `the FSRA or HM Treasury`.
    """
    found, free = outside(spans, allowed), Ranges(allowed)
    return [rest for span in found for rest in (_rests(span, text, free) if span.type in _CUT else [span])]


def _rests(span: Span, text: str, allowed: Ranges) -> Iterator[Span]:
    """What `span` says beside the places `allowed`, without `and`, `or the` and the like; all where it meets none."""
    met = list(allowed.met(span))
    if not met:
        yield span
        return
    begins, ends = zip(*met, strict=True)
    for start, end in zip((span.start, *ends), (*begins, span.end), strict=True):
        words = list(_WORD.finditer(text, start, end))
        said = [word for word in words if not (word.group().islower() and names.common(word.group()))]
        if said and not names.common(text[start:end]):
            yield replace(span, start=said[0].start(), end=said[-1].end())


def _final(spans: list[Span], view: Visible, reading: Reading, policy: PiiPolicy) -> list[Span]:
    text, given = view.text, set(spans)
    denied = terms(policy.deny, re.IGNORECASE)
    listed = [Span(m.start(), m.end(), "DENIED", 1.0) for m in denied.finditer(text)] if denied else []
    if "DATE_OF_BIRTH" in policy.entities:
        spans = [*spans, *(born := list(births.behind(spans, text)))]
        given.update(born)
    resolved = (
        span if span in given else _without_label(span, text)
        for span in disjoint([*spans, *listed], first=frozenset(policy.replace))
        if not (_is_rest(span, text) or (span not in given and addresses.is_rest_abroad(span, reading)))
    )
    found = [view.original(span) for span in _joined(trimmed(resolved, text), text)]
    apart = all(one.end <= other.start for one, other in pairwise(found))
    return found if apart else disjoint(found, first=frozenset(policy.replace))


def _cleaned(spans: Iterable[Span], reading: Reading, allowed: Places) -> list[Span]:
    """Without titles, without what is no name after all, and without allowed terms, terms of art and medicines."""
    text = reading.text
    kept: list[Span] = []
    unmeasured = without_measures(spans, reading)
    found = addresses.typed(list(within_borders(unmeasured, text, reading.table)), text)
    for span in addresses.whole_abroad(found, reading):
        if span.type == "PERSON":
            pieces = (names.without_title(piece, text) for piece in trimmed(cut(span, text), text))
            likely = (p for p in pieces if _is_sure(p, text) or names.plausible(text[p.start : p.end], reading.lower))
            wholes = (whole(piece, reading) for piece in likely)
            kept.extend(one for one in wholes if not _is_nobody(one, text))
        elif not _says_nothing(span, text):
            kept.append(span)
    kept += full_names(reading, kept)
    kept += listed_people(reading, kept)
    guessed = _freed([s for s in kept if s.type in _MODEL_TYPES], allowed, text)
    named = joined([*eponyms.terms_of_art(text), *medicines.medicines(text)]).places
    return [
        *outside([s for s in guessed if s.type in eponyms.GUESSED], named),
        *(s for s in guessed if s.type not in eponyms.GUESSED),
        *(s for s in kept if s.type not in _MODEL_TYPES),
    ]


def _says_nothing(span: Span, text: str) -> bool:
    """No date, address, organisation or number of its own, whatever the model takes it for."""
    said = text[span.start : span.end]
    if text.startswith(":", span.end) and labels.normal(said) in labels.ROLES:
        return True
    match span.type:
        case "DATE_TIME":
            return vague(said)
        case "STREET_ADDRESS":
            only = _YEAR.fullmatch(said) or labels.label(said) is not None
            return bool(only) or not _LOCATES.search(text, span.start, span.end) or citations.is_place(said)
        case "ORGANIZATION":
            return names.common(said)
        case "CASE_NUMBER":
            ratio = is_ratio(said) and not citations.called_a_case(text, span.start)
            return ratio or said in citations.RULEBOOKS or _SUM.fullmatch(said) is not None
        case _:
            return False


def _is_nobody(person: Span, text: str) -> bool:
    """A body, a label, a role, or a lone letter without a title: the `Q.` of a hearing, the `D.` of `D. Íñigo`."""
    lone = person.end - person.start == 1 and not names.follows_title(text, person.start)
    return lone or is_body(text, person.start, person.end) or _is_label(person, text) or _is_role(person, text)


def _is_role(person: Span, text: str) -> bool:
    """What somebody is, not who: `Landlord`, `Dear Policyholder`. Behind a title or in the lists of names it is one."""
    return labels.is_role(text[person.start : person.end]) and not names.follows_title(text, person.start)


def _is_label(person: Span, text: str) -> bool:
    """What the model takes for a name and a colon, or a cell of its own, shows to be a label: `Paciente:`, `Subject:`,
    `| Kontonummer |`.
    """
    said = text[person.start : person.end]
    one = labels.label(said)
    typed = one is not None and one.type != ""
    if text.startswith((":", " :", ".:", "*:"), person.end):
        return typed or letters.heads_mail(said)
    alone = _CELL_ENDS.match(text, person.end) and _CELL_BEGINS.search(text, max(0, person.start - 4), person.start)
    return typed and one is not None and one.strength == "sure" and alone is not None


def _is_rest(span: Span, text: str) -> bool:
    """What is left of a firm or an address where others took its names and numbers: `and`, `oder`."""
    said = text[span.start : span.end].strip()
    no_place = (said.isalpha() and said.islower()) or labels.label(said) is not None
    return (span.type == "ORGANIZATION" and names.common(said)) or (span.type == "STREET_ADDRESS" and no_place)


def _without_label(rest: Span, text: str) -> Span:
    """What is left of an address, without the label of what others took: `High Street 4, Leeds, IBAN`."""
    head, comma, last = text[rest.start : rest.end].rpartition(",")
    labelled = rest.type == "STREET_ADDRESS" and comma and labels.label(last.strip()) is not None
    return replace(rest, end=rest.start + len(head)) if labelled else rest


def _is_sure(person: Span, text: str) -> bool:
    """A lone word in capitals is an abbreviation more often than a name."""
    value = text[person.start : person.end]
    return person.score >= (ABBREVIATION if value.isupper() and value.isalpha() else SURE)


def _joined(spans: list[Span], text: str) -> list[Span]:
    """Neighbours of one type with nothing but spaces between them are one span."""
    result: list[Span] = []
    for span in spans:
        last = result[-1] if result else None
        if last and last.type == span.type == "PERSON" and text[last.end : span.start] in ("", " "):
            result[-1] = Span(last.start, span.end, span.type, max(last.score, span.score))
        else:
            result.append(span)
    return result


def _detected(text: str, policy: PiiPolicy, by_line: bool) -> Iterator[Span]:
    for part in languages.parts(text, policy.languages):
        for start, end in pieces(text[part.start : part.end], by_line):
            piece = text[part.start + start : part.start + end]
            if any(map(str.isalnum, piece)):
                detect = _remembered if len(piece) <= SHORT_CHARS else _analyzed
                yield from (span.moved(part.start + start) for span in detect(piece, policy, part.language))
    yield from file_names.people(text, partial(_remembered, policy=policy, language=policy.language))


@lru_cache(maxsize=20_000)
def _remembered(text: str, policy: PiiPolicy, language: str) -> tuple[Span, ...]:
    return _analyzed(text, policy, language)


def _analyzed(text: str, policy: PiiPolicy, language: str) -> tuple[Span, ...]:
    from governance.pii.analyzer import analyze, spoken

    speaks = policy.language if language == languages.UNDECIDED else spoken(policy, language)
    return analyze(text, policy, _wanted(policy, speaks), language)


@lru_cache(maxsize=8)
def _wanted(policy: PiiPolicy, language: str) -> list[str]:
    from governance.pii.analyzer import engine

    return sorted(set(policy.entities) & set(engine(policy, language).get_supported_entities(language)))
