"""Does an answer follow from the words that are quoted for it? Rules that need no model, and name what they miss.

They refuse what is made up, not what is badly put: the quote must stand in the passage, every number and date of
the answer in the quote and counting the same, most of its words there or in the question, and a "not" or "unless" on
both sides or on neither.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from flows.datasets import duplicates

LIKENESS = 92.0
"""Of 100, as rapidfuzz aligns a quote with the passage: a comma or an ending may differ, a word may not."""
SHARE = 0.6
"""Of an answer's words that the quote or the question must hold."""
LEAST_QUOTE_WORDS = 4
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_WHOLE = re.compile(rf"-?{_NUMBER.pattern}\w*|\w+(?:['-]\w+)*")
_SENTENCE_ENDS = re.compile(
    r"\n\s*\n|\n(?![^\S\n]*[a-zß-ÿ])|(?:(?<=[^\W\d_]{2}[.!?;])|(?<=\d{3}[.;])|(?<=[)\]\"'”%][.!?;]))\s+"
)
"""Not behind the point of `5. March`, nor where a line was merely broken."""
_CONDITION = re.compile(r"\b(?:if|when|where)\b[^,;]*,")
"""What is said of a case that is not is not denied itself."""
_NEGATION = re.compile(
    r"\b(?:not(?! limited to| only)|no|never|nobody|nothing|without(?! limitation)|none|neither|nor|cannot|unless|"
    r"except|\w+n't)\b"
)
_MONTHS = frozenset(
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_SPELT = dict(zip(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    map(str, range(1, 13)), strict=True,
))  # fmt: skip
_STOP = frozenset("the and that this with from for are was were has have its any which who what when must may".split())  # noqa: SIM905
_STEM = 5
_UNITS = r"seconds?|minutes?|hours?|days?|weeks?|months?|years?|percent|euros?|pounds?|dollars?"
_COUNTED = re.compile(rf"({_NUMBER.pattern})((?:\W+[^\W\d_]+){{1,3}})")
_UNIT = re.compile(rf"\b(?:{_UNITS})\b")


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
    """A place in `held`, widened to whole words; a number with its sign, decimals and thousands is one."""
    for word in _WHOLE.finditer(held):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < end < word.end():
            end = word.end()
    return start, end


def _said_at(start: int, end: int, held: str, sentences: Sequence[str]) -> str:
    """The words there, with the rest of their sentences where these deny and the words do not."""
    span, around, place = held[start:end], [], 0
    for sentence in sentences:
        if place < end and start < place + len(sentence):
            around.append(sentence)
        place += len(sentence) + 1
    whole = " ".join(around)
    return whole if denies(_CONDITION.sub("", whole)) and not denies(span) else span


def objection(question: str, answer: str, span: str) -> str:
    """Why the answer does not follow from the span, in words that hold none of either; empty: nothing is against it."""
    said, asked = normal(answer), normal(question)
    invented = set(facts(said)) - set(facts(span))
    against = {
        "the answer says nothing": not {*words(said), *facts(said)},
        f"{len(invented)} numbers or dates of the answer are not in its quote": bool(invented),
        "the answer counts other things than its quote": bool(counted(said) - counted(span)),
        "the answer denies what its quote does not": denies(said) and not denies(span),
        "its quote denies what the answer does not": denies(span) and not denies(f"{said} {asked}"),
        "the answer's words are neither in its quote nor in the question": share(said, f"{span} {asked}") < SHARE,
    }
    return next((why for why, holds in against.items() if holds), "")


def told_of(right: str, question: str, answer: str) -> float:
    """How much of the right answer an answer says, 0 to 1; 0 where it says what the right one does not.

    Words are weighed where the right answer has some; a shorter one is said or not.
    """
    wanted, said = normal(right), normal(answer)
    if len(wanted.split()) < LEAST_QUOTE_WORDS:
        return float(duplicates.normal(right) == duplicates.normal(answer))
    if wanted == said:
        return 1.0
    if objection(question, answer, wanted):
        return 0.0
    whole = {*words(wanted), *facts(wanted)}
    return len(whole & {*words(said), *facts(said)}) / len(whole) if whole else 0.0


def denies(text: str) -> bool:
    return _NEGATION.search(text) is not None


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
    """One case, one kind of quotation mark and dash, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    for odd, plain in (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-")):
        folded = folded.replace(odd, plain)
    return " ".join(folded.split())


def facts(text: str) -> Iterator[str]:
    """Numbers, without the marks that group their digits, and months; a small number as figure, however it is spelt."""
    yield from (re.sub(r"(?<=\d),(?=\d{3}\b)", "", found).strip(".,") for found in _NUMBER.findall(text))
    yield from (_SPELT.get(word, word) for word in re.findall(r"[a-z]+", text) if word in _MONTHS or word in _SPELT)


def counted(text: str) -> set[tuple[str, str]]:
    """Numbers with the unit among the three words behind them."""
    plain = re.sub(r"%|per cent", " percent", text)
    found = ((match[1].rstrip(".,"), _UNIT.search(match[2])) for match in _COUNTED.finditer(plain))
    return {(number, unit[0].rstrip("s")) for number, unit in found if unit}


def words(text: str) -> Iterator[str]:
    """The beginnings of the words that say something."""
    return (word[:_STEM] for word in _WORD.findall(text) if word not in _STOP)


def share(said: str, held: str) -> float:
    """Of the words of `said`, those that `held` holds; 1 where it has none."""
    wanted, known = set(words(said)), set(words(held))
    return len(wanted & known) / len(wanted) if wanted else 1.0
