"""Does an answer follow from the words that are quoted for it? Rules that need no model, and name what they miss.

They refuse what is made up, not what is badly put: the quote must stand in the passage, every number and date of
the answer in the quote and counting the same, most of its words there, and a "not" or "unless" on both sides or on
neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from flows.datasets import duplicates
from flows.datasets.claims.bounds import bounds
from flows.datasets.claims.quantities import counted, denies, denies_outright, facts, is_currency, numbers, rates

LIKENESS = 92.0
"""Of 100, as rapidfuzz aligns a quote with the passage: a comma or an ending may differ, a word may not."""
SHARE = 0.6
"""Of an answer's words that the quote must hold."""
LEAST_QUOTE_WORDS = 4
_WORD = re.compile(r"[^\W\d_]{3,}")
_WHOLE = re.compile(r"\w+(?:['-]\w+)*")
_SENTENCE_ENDS = re.compile(
    r"\n\s*\n|\n(?![^\S\n]*[a-zß-ÿ])|(?:(?<=[^\W\d_]{2}[.!?;])|(?<=\d{3}[.;])|(?<=[)\]\"'”%][.!?;]))\s+"
)
"""Not behind the point of `5. March`, nor where a line was merely broken."""
_CONDITION = re.compile(r"\b(?:if|when|where|wenn|falls|lorsque|indien)\b[^,;]{,200},")
"""What is said of a case that is not is not denied itself."""
_STOP = frozenset("the and that this with from for are was were has have its any which who what when must may".split())  # noqa: SIM905
_VERB_MAY = re.compile(r"(?<!\d )(?<!\d\. )(?<!\bin )(?<!\bby )(?<!\bof )(?<!\bsince )(?<!\buntil )\bmay\b(?! \d)")
"""No month."""
_YES_OR_NO = frozenset(("yes", "no", "ja", "nein", "oui", "non", "sí", "sì", "si", "nee"))
_STEM = 5
_MARKS = str.maketrans("’‘`´“”–—−", "''''\"\"---")


def span_of(quote: str, passage: str) -> str | None:
    """The passage's own words that a quote gives, exactly or but for a sign or two; None: it is not there.

    Whole words and numbers, and the whole sentence where it denies what the quote alone does not.
    """
    from rapidfuzz import fuzz

    sentences = [said for part in _SENTENCE_ENDS.split(passage) if (said := normal(part))]
    wanted, held = normal(quote), " ".join(sentences)
    if len(wanted.split()) < LEAST_QUOTE_WORDS:
        return None
    if places := [place.span() for place in re.finditer(re.escape(wanted), held)]:
        return min((_said_at(*_whole(held, *place), held, sentences) for place in places), key=len)
    found = fuzz.partial_ratio_alignment(wanted, held, score_cutoff=LIKENESS)
    if found is None:
        return None
    near_start, near_end = _whole(held, max(0, found.dest_start - 12), found.dest_end + 12)
    if not set(facts(wanted)) <= set(facts(held[near_start:near_end])):
        return None
    return _said_at(*_whole(held, found.dest_start, found.dest_end), held, sentences)


def _whole(held: str, start: int, end: int) -> tuple[int, int]:
    """A place in `held`, widened to whole words and to whole numbers, which have a sign, decimals and a scale."""
    said = [(word.start(), word.end()) for word in _WHOLE.finditer(held)]
    for first, last in (*said, *((number.start, number.end) for number in numbers(held))):
        start, end = first if first < start < last else start, last if first < end < last else end
    return start, end


def _said_at(start: int, end: int, held: str, sentences: Sequence[str]) -> str:
    """The words there, with the rest of their sentences where these deny and the words do not."""
    span, place = held[start:end], 0
    around: list[str] = []
    for sentence in sentences:
        if place < end and start < place + len(sentence):
            around.append(sentence)
        place += len(sentence) + 1
    whole = " ".join(around)
    return whole if _denies_more(_CONDITION.sub("", whole), span) else span


def objection(question: str, answer: str, span: str, passage: str = "") -> str:
    """Why question and answer do not follow from the span, in words that hold none of them; empty: nothing is against.

    Numbers that the question names a subject by may stand anywhere in the passage, and its `one` is any.
    """
    said, asked = normal(answer), normal(question)
    foreign = set(facts(_VERB_MAY.sub("", asked))) - {"1", *facts(span), *facts(normal(passage))}
    against = {
        f"{len(foreign)} numbers or dates of the question are not in the passage": bool(foreign),
        "the question denies what the quote does not": _denies_more(_CONDITION.sub("", asked), span),
        "the answer's words are not in its quote": share(said, span) < SHARE,
    }
    return _contradiction(asked, said, span, span) or next((why for why, holds in against.items() if holds), "")


def _contradiction(asked: str, said: str, span: str, known: str) -> str:
    """What an answer says otherwise than the span, or besides it; its numbers may be any that are known."""
    invented = set(facts(said)) - set(facts(known))
    against = {
        "the answer says nothing": not {*words(said), *facts(said)},
        f"{len(invented)} numbers, dates or currencies of the answer are not in its quote": bool(invented),
        "the answer counts other things than its quote": _miscounted(said, known),
        "the answer bounds from the other side than its quote": _bounded_otherwise(said, span),
        "the answer denies what its quote does not": _denies_more(said, span),
        "its quote denies what the answer does not": _denies_more(span, f"{said} {asked}"),
    }
    return next((why for why, holds in against.items() if holds), "")


def _denies_more(text: str, other: str) -> bool:
    """Whether it denies at all or outright and the other does not: "not without leave" is more than "without leave"."""
    return (denies(text) and not denies(other)) or (denies_outright(text) and not denies_outright(other))


def _bounded_otherwise(said: str, span: str) -> bool:
    """A text that says both of `at least` and `at most` may be meant either way."""
    return bool((here := bounds(said)) and (there := bounds(span)) and not here & there)


def _miscounted(said: str, span: str) -> bool:
    """A currency may stand at the head of a column; where it stands beside numbers, it does beside this one. And the
    time that a number is said for may be left out, but be no other."""
    known, times = counted(span), rates(span)
    beside = {unit for _, unit in known}
    if any(found.isdisjoint(times.get(number, found)) for number, found in rates(said).items()):
        return True
    return any(not is_currency(unit) or unit in beside for _, unit in counted(said) - known)


def told_of(right: str, question: str, answer: str) -> float | None:
    """How much of the right answer an answer says, 0 to 1; 0 where it says what the right one does not.

    Words are weighed where the right answer has some; a shorter one is said or not, and None where that is not sure.
    """
    wanted, said, asked = normal(right), normal(answer), normal(question)
    if wanted == said:
        return 1.0
    against = _contradiction(asked, _VERB_MAY.sub("", said), wanted, f"{wanted} {asked}")
    if len(wanted.split()) < LEAST_QUOTE_WORDS:
        return _short_told(right, answer, bool(against))
    if against or share(said, f"{wanted} {asked}") < SHARE:
        return 0.0
    whole = {*words(wanted), *facts(wanted)}
    return len(whole & {*words(said), *facts(said)}) / len(whole) if whole else 0.0


def _short_told(right: str, answer: str, against: bool) -> float | None:
    """Wrong is what contradicts the right answer or shares neither word nor number with it; what only adds to it may be
    right, and so may what gives its number in other words."""
    wanted, said = duplicates.normal(right), duplicates.normal(answer)
    if wanted == said:
        return 1.0
    asked_for, given = {*facts(normal(right))}, {*facts(normal(answer))}
    if f" {wanted} " in f" {said} " and asked_for <= given:
        return None if against else 1.0
    apart = not ({*wanted.split()} - _STOP) & {*said.split()} and (not asked_for or asked_for != given)
    return 0.0 if against or (apart and wanted not in _YES_OR_NO) else None


def given_away(question: str, answer: str) -> bool:
    """Whether the question holds its answer already."""
    asked, said = normal(question), normal(answer)
    return said in asked or (
        bool(set(words(said))) and share(said, asked) == 1 and set(facts(said)) <= set(facts(asked))
    )


def agrees(guess: str, answer: str) -> bool:
    """Whether a guess made without the document says what the answer says."""
    tried, said = normal(guess), normal(answer)
    return said in tried or (set(facts(said)) <= set(facts(tried)) and share(said, tried) >= 0.8)


def normal(text: str) -> str:
    """One case, one kind of quotation mark and dash, single spaces, and no letter in the dress of another."""
    return " ".join(duplicates.undisguised(text.translate(_MARKS)).translate(_MARKS).split())


def words(text: str) -> Iterator[str]:
    """The beginnings of the words that say something."""
    return (word[:_STEM] for word in _WORD.findall(text) if word not in _STOP)


def share(said: str, held: str) -> float:
    """Of the words of `said`, those that `held` holds; 1 where it has none."""
    wanted, known = set(words(said)), set(words(held))
    return len(wanted & known) / len(wanted) if wanted else 1.0
