"""Training rows that hold what the adapter is measured on: an accuracy on them would measure memory.

Runs of eight words are compared, as for Llama 2 and 3 (arXiv:2307.09288, appendix A.6). Runs that many of the
measured questions share are their frame, and words of the frame say nothing, whatever run they stand in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from flows.datasets.duplicates import normal, unaccented
from flows.datasets.messages import Row
from registry.records import Reason, Rejected

RUN_WORDS = 8
SHORTEST_WORDS = 4
"""A question of fewer words stands in texts about anything."""
_FRAME_QUESTIONS = 10
Run = tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """Where each run of words stands: (question, first word); which words of each question are its own; how many words
    the runs have, shorter ones where a whole question is shorter."""

    runs: Mapping[Run, tuple[tuple[int, int], ...]]
    words: Mapping[int, frozenset[int]]
    lengths: frozenset[int]


def measured(questions: Sequence[str]) -> Measured:
    """Questions as their runs; one shorter than a run is one run as a whole."""
    places: dict[Run, list[tuple[int, int]]] = defaultdict(list)
    for number, question in enumerate(dict.fromkeys(map(normal, questions))):
        for start, run in _runs(unaccented(question)):
            places[run].append((number, start))
    own = {run: tuple(at) for run, at in places.items() if len({number for number, _ in at}) < _FRAME_QUESTIONS}
    frame = _covered((run, at) for run, at in places.items() if run not in own)
    words = _covered(own.items())
    lengths = frozenset((RUN_WORDS, *(len(run) for run in own if len(run) >= SHORTEST_WORDS)))
    return Measured(own, {number: frozenset(words[number] - frame[number]) for number in list(words)}, lengths)


def measured_beside(train: Sequence[Row], held_out: Sequence[Row]) -> Measured:
    """The questions of `held_out`. What many training rows with other answers share with one is its frame as well,
    unless nothing else would be left of it: a form asks of each case in the same words.
    """
    asked = measured([row.asked for row in held_out])
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for row in held_out:
        answers[normal(row.asked)].add(normal(row.answers[0]))
    right = dict(enumerate(answers.values()))
    holders: defaultdict[Run, Counter[str]] = defaultdict(Counter)
    for row in train:
        for run in {run for _, run in _runs(unaccented(normal(row.asked)))} & asked.runs.keys():
            holders[run][normal(row.answers[0])] += 1

    def is_form(run: Run, number: int) -> bool:
        given = holders[run]
        return given.total() - sum(given[answer] for answer in right[number]) >= _FRAME_QUESTIONS

    shared = _covered((run, [place for place in asked.runs[run] if is_form(run, place[0])]) for run in holders)
    return replace(asked, words={number: of - shared[number] or of for number, of in asked.words.items()})


def _covered(places: Iterable[tuple[Run, Sequence[tuple[int, int]]]]) -> defaultdict[int, set[int]]:
    """By question, the words over which these runs stand."""
    covered: defaultdict[int, set[int]] = defaultdict(set)
    for run, at in places:
        for number, start in at:
            covered[number].update(range(start, start + len(run)))
    return covered


def without_contaminated(rows: Sequence[Row], asked: Measured, share: float) -> tuple[list[Row], list[Rejected]]:
    """Refuse rows in which at least `share` of a measured question's own words stand, in question or answer."""

    def holds(row: Row) -> bool:
        return max(_shares(row, asked).values(), default=0.0) >= share

    return _without(rows, holds, "it holds a question that the adapter is measured on")


def without_known_answers(rows: Sequence[Row], held_out: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
    """Refuse questions of documents that are held out with the same answer behind another passage, as of an older
    version of the document: the passage is most of such a prompt, and hides that nothing but it differs."""
    known = {_without_passage(row) for row in held_out if row.origin == "extractive"}

    def is_known(row: Row) -> bool:
        return row.origin == "extractive" and _without_passage(row) in known

    return _without(rows, is_known, "a held-out question with its answer, of another passage")


def without_last_turns(rows: Sequence[Row], held_out: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
    """Refuse rows that ask what a held-out conversation ends with, and answer it alike: what was said before it there
    is most of its words, and hides that it is learnt. A turn that is answered otherwise elsewhere hangs on what was
    said before, and one that many rows ask, as thanks are, is their frame."""
    answers: defaultdict[str, list[str]] = defaultdict(list)
    for row in (*rows, *held_out):
        answers[normal(row.prompt)].append(normal(row.answers[0]))
    last = {normal(row.prompt) for row in held_out if row.before}
    known = {asked for asked in last if len(answers[asked]) < _FRAME_QUESTIONS and len(set(answers[asked])) == 1}
    return _without(rows, lambda row: normal(row.prompt) in known, "it asks what a held-out conversation ends with")


def _without(rows: Sequence[Row], leaks: Callable[[Row], bool], why: str) -> tuple[list[Row], list[Rejected]]:
    """The rows that do not leak, and the others as refusals that say `why`."""
    kept: list[Row] = []
    refused: list[Rejected] = []
    for row in rows:
        if leaks(row):
            refused.append(row.refused(Reason.CONTAMINATED, why))
        else:
            kept.append(row)
    return kept, refused


def _without_passage(row: Row) -> tuple[str, str]:
    """Question and answer of an extractive row: its question is what stands below the last empty line."""
    return normal(row.prompt.rpartition("\n\n")[2]), normal(row.answers[0])


def questions_held(rows: Sequence[Row], questions: Sequence[str], share: float) -> frozenset[str]:
    """Those questions, as `normal` has them, that some row asks, or holds by the rule of `without_contaminated`."""
    asked, names = measured(questions), list(dict.fromkeys(map(normal, questions)))
    held = {names[number] for row in rows for number, part in _shares(row, asked).items() if part >= share}
    return frozenset(held | ({normal(row.asked) for row in rows} & set(names)))


def _shares(row: Row, asked: Measured) -> dict[int, float]:
    """How much of each measured question's own words stands in a row, by the question's number."""
    texts = (row.asked, *row.answers, "\n".join((row.asked, *row.answers)))
    each = ((text, size) for text in map(unaccented, map(normal, texts)) for size in asked.lengths)
    known = {run for text, size in each for _, run in _runs(text, size) if run in asked.runs}
    covered = _covered((run, asked.runs[run]) for run in known)
    return {number: _share(words, asked.words[number]) for number, words in covered.items()}


def _share(covered: Set[int], own: Set[int]) -> float:
    """How much of a question's own words is covered; of fewer than a run, all or nothing."""
    shared = len(covered & own) / len(own) if own else 0.0
    return shared if len(own) >= RUN_WORDS else float(shared == 1)


def _runs(text: str, size: int = RUN_WORDS) -> Iterator[tuple[int, Run]]:
    words = text.split()
    for start in range(max(1, len(words) - size + 1)):
        yield start, tuple(words[start : start + size])
