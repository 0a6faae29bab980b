"""The preference dataset: imported pairs, the SFT adapter's own wrong answers beside the gold, and single ratings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from flows.datasets import contamination, duplicates, ratings
from flows.datasets.assemble import Sieve, as_dataset, as_they_are, capped, check_size, fitting, sieved
from flows.datasets.claims.alike import nearly_the_same, one_case
from flows.datasets.given import given_rows
from flows.datasets.messages import Row, Unit, before_of, of_unit, order, preference_table, question_in
from flows.datasets.settings import BuildSection
from flows.datasets.split import Split, split
from registry.artifacts import Artifacts
from registry.counted import counted
from registry.errors import DatasetTooSmall
from registry.records import Dataset, Reason, Rejected, Table
from registry.tables import LATER, read_table

_HELD_OUT = "sft:held-out"


def build_preference(  # noqa: PLR0913 - what measures them, and what can learn them
    units: Table,
    own: pa.Table,
    questions: Dataset,
    section: BuildSection,
    place: tuple[Artifacts, Path],
    measured: Sequence[str],
    learnable: Sieve = as_they_are,
    single_ratings: bool = False,
) -> Dataset:
    """Imported pairs of `units` and on-policy pairs `own` (registry.tables.PREFERENCE_ROWS); with `single_ratings` also
    what was rated alone, to train on: whether an adapter prefers the better answer, only pairs tell.

    What `questions` holds out, by group or by a nearly equal prompt, is never trained on here, nor what holds a
    question that adapters are `measured` by, nor what does not pass `learnable`. `place` is (artifacts, scratch).
    Raises DatasetTooSmall, and as `learnable`.
    """
    artifacts = place[0]
    table, contested = ratings.without_contested(read_table(units, artifacts).to_pylist())
    given, alone = pairs_of(table)
    single, unpaired = (ratings.singles(alone), []) if single_ratings else ([], ratings.unpaired(alone))
    rows, rejected = fitting([*given, *single, *_on_policy(own)], section)
    learnt_rows, held_rows = (read_table(side, artifacts).to_pylist() for side in (questions.train, questions.held_out))
    labels = {one_case(choice) for row in (*learnt_rows, *held_rows) for choice in row["choices"] or ()}
    held_out = [question_in(row) for row in held_rows]
    right = {_form(row, labels) for row in (*map(question_in, learnt_rows), *held_out)}
    liked, said = ({_form(row, labels) for row in of} for of in (ratings.liked(table), given_rows(table)))
    differing = partial(_differing, labels=labels, right=right, given=right - (liked - said))
    rows, equal = sieved(rows, differing, duplicates.without_copies)
    rows = _tied(rows, held_out, section.near_duplicate_similarity)
    outside = {_HELD_OUT, LATER, *(group for row in held_out for group in row.groups)}
    sides = _drawn(rows, section, outside)
    clean = partial(contamination.without_contaminated, share=section.contamination_share)
    known = contamination.measured(measured)
    asked = contamination.measured_beside(sides.train, held_out)
    unheard = partial(contamination.without_last_turns, held_out=held_out)
    train, leaks = sieved(sides.train, partial(clean, asked=known), partial(clean, asked=asked), unheard, learnable)
    learnt = {duplicates.normal(question_in(row).asked) for row in learnt_rows}
    held, seen = _unlearnt(sides.held_out, learnt)
    sides, over = capped(Split(tuple(train), held), section.max_held_out, section.max_preference_rows)
    _check_measurable(sides)
    left_out = [*contested, *unpaired, *rejected, *equal, *leaks]
    check_size(sides, section.min_preference_rows, "preference", left_out)
    dataset = as_dataset("preference", sides, left_out, preference_table, place)
    return dataset.model_copy(update={"pool": seen | over})


def pairs_of(table: Sequence[Unit]) -> tuple[list[Row], list[Unit]]:
    """Every pair that units offer, imported or made of ratings; and the ratings that no pair holds."""
    rated, alone = ratings.pairs(table)
    given = [of_unit(unit, unit["chosen"], unit["rejected"]) for unit in table if unit["kind"] == "pair"]
    return [*given, *rated], alone


def _drawn(rows: Sequence[Row], section: BuildSection, outside: Set[str]) -> Split[Row]:
    """As questions are drawn. Where that holds out no pair, as the adapter erred at no held-out question, once more by
    another chance: the first one had the others' questions for training."""
    sides = split(rows, section.held_out_share, section.seed, outside)
    if any(row.paired for row in sides.held_out):
        return sides
    return split(rows, section.held_out_share, section.seed + 1, outside)


def _unlearnt(held_out: Sequence[Row], learnt: Set[str]) -> tuple[tuple[Row, ...], dict[str, int]]:
    """The pairs, without those whose question SFT has learnt, unless there are no others: their better answer was told
    it. How many rows are left is told too.

    SFT learns what it need not hold out, more of what is rated than its `max_held_out`.
    """
    paired = tuple(row for row in held_out if row.paired)
    unseen = tuple(row for row in paired if duplicates.normal(row.asked) not in learnt)
    kept = unseen or paired
    left = {"held out, rated alone": len(held_out) - len(paired), "held out, learnt before": len(paired) - len(kept)}
    return kept, {name: count for name, count in left.items() if count}


def _check_measurable(sides: Split[Row]) -> None:
    """Raises DatasetTooSmall where single ratings stand alone, however many they are."""
    single = sum(not row.paired for row in sides.train)
    if single and not sides.held_out:
        raise DatasetTooSmall(
            f"no pair is held out beside {counted(single, 'single rating')}, which cannot tell whether an adapter "
            "prefers the better answer",
            "bring pairs of answers, or questions and dpo.max_on_policy above 0",
        )


def _differing(
    rows: Sequence[Row], labels: Set[str], right: Set[tuple[str, ...]], given: Set[tuple[str, ...]]
) -> tuple[list[Row], list[Rejected]]:
    """A pair whose answers say the same teaches nothing; one given both ways round contradicts itself, and so does a
    rating of an answer that is the other side of a pair, a dislike of one that SFT takes for `right`, and a pair that
    rejects one that is `given` as right, and not just liked.

    Of `labels`, the choices of questions in one case, each is right or wrong by its very signs.
    """
    forms = [_form(row, labels) for row in rows]
    pairs = set(forms)
    better, worse = ({(form[0], form[side]) for form in pairs if form[side]} for side in (1, 2))
    kept: list[Row] = []
    refused: list[Rejected] = []
    for row, (asked, chosen, rejected) in zip(rows, forms, strict=True):
        if chosen == rejected:
            refused.append(row.refused(Reason.DUPLICATE, "chosen and rejected say the same"))
        elif (asked, rejected, chosen) in pairs:
            refused.append(row.refused(Reason.CONFLICT, "the same pair stands the other way round elsewhere"))
        elif not row.paired and ((asked, chosen) in worse or (asked, rejected) in better):
            refused.append(row.refused(Reason.CONFLICT, "a pair says otherwise of the same answer"))
        elif (asked, rejected) in (given if row.paired else right):
            refused.append(row.refused(Reason.CONFLICT, "it rejects what is given as the right answer elsewhere"))
        elif not _closed(row, labels) and nearly_the_same(*row.answers):
            refused.append(row.refused(Reason.NEAR_DUPLICATE, "chosen and rejected differ in form alone"))
        else:
            kept.append(row)
    return kept, refused


def _form(row: Row, labels: Set[str]) -> tuple[str, ...]:
    """What a row asks and its answers, of a pair the better one first, in whatever case and signs they are written."""
    form = one_case if _closed(row, labels) else duplicates.normal
    return duplicates.normal(row.asked), *map(form, row.answers)


def _closed(row: Row, labels: Set[str]) -> bool:
    return {one_case(answer) for answer in row.answers if answer} <= labels


def _on_policy(own: pa.Table) -> Iterator[Row]:
    for number, pair in enumerate(own.to_pylist()):
        yield Row(
            prompt=pair["prompt"][-1]["content"],
            answers=(pair["chosen"][-1]["content"], pair["rejected"][-1]["content"]),
            origin="on-policy",
            document=pair["document"],
            place=f"on-policy:{number}",
            groups=tuple(pair["groups"]),
            licence=pair["licence"],
            source=pair["source"],
            before=before_of(pair["prompt"][:-1]),
            teacher=pair["teacher"] or "",
            question=pair["question"] or "",
            margin=pair["margin"],
        )


def _tied(rows: Sequence[Row], held_out: Sequence[Row], similarity: float) -> list[Row]:
    """Pairs with one prompt, or nearly one, share a group; so do those near a held-out question."""
    everyone = [*held_out, *sorted(rows, key=order)]
    ties: dict[int, set[str]] = defaultdict(set)
    for later, earlier in duplicates.near_pairs(everyone, similarity).items():
        name = _HELD_OUT if earlier < len(held_out) else f"near:{everyone[earlier].id}"
        ties[later].add(name)
        ties[earlier].add(name)
    return [
        replace(row, groups=tuple(sorted({*row.groups, *ties[number]}))) if ties[number] else row
        for number, row in enumerate(everyone[len(held_out) :], len(held_out))
    ]
