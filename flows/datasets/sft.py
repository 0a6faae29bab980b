"""The SFT dataset: imported questions, those that documents answer themselves, and a teacher's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from flows.datasets import contamination, duplicates, outliers, ratings
from flows.datasets.assemble import Sieve, as_dataset, as_they_are, capped, check_size, fitting, sieved
from flows.datasets.documents import extractive
from flows.datasets.given import given_rows
from flows.datasets.messages import Row, Unit, groups_of, sft_table, unmeasured_among
from flows.datasets.settings import BuildSection
from flows.datasets.split import Split, chance, split
from flows.datasets.teaching.taught import taught_rows
from registry.artifacts import Artifacts
from registry.records import Dataset, Rejected, Table
from registry.tables import LATER, read_table


def build_sft(
    units: Table,
    section: BuildSection,
    artifacts: Artifacts,
    scratch: Path,
    measured: Sequence[str],
    learnable: Sieve = as_they_are,
) -> Dataset:
    """Train and held-out rows from `units` (registry.tables.UNITS); no training row holds a question that
    adapters are `measured` by, and all pass `learnable`.

    Raises DatasetTooSmall, TeacherUnreachable, and as `learnable`.
    """
    table, contested = ratings.without_contested(read_table(units, artifacts).to_pylist())
    known = contamination.measured(measured)
    fits = partial(fitting, section=section)
    apart = partial(outliers.without_apart, section=section)
    clean = partial(contamination.without_contaminated, share=section.contamination_share)
    given = list(given_rows(table))
    liked, contradicted = ratings.without_contradicted(ratings.liked(table), given)
    imported, refused = sieved([*given, *liked], fits, duplicates.without_conflicts, apart)
    found = list(_extractive(table))
    pool, unfit = sieved(found, fits, duplicates.without_conflicts, duplicates.without_boilerplate)
    drawn = _drawn(pool, section.max_extractive_rows if imported else section.max_extractive_alone, section.seed)
    taught, untaught = taught_rows(table, section, scratch)
    lessons, unfit_lessons = sieved(taught, fits, duplicates.without_conflicts)
    near = partial(duplicates.without_near_copies, similarity=section.near_duplicate_similarity)
    rows, copies = sieved([*imported, *drawn, *lessons], duplicates.without_copies, near, partial(clean, asked=known))
    sides, left = capped(_split(rows, section), section.max_held_out, None)
    asked = contamination.measured_beside(sides.train, sides.held_out)
    unknown = partial(contamination.without_known_answers, held_out=sides.held_out)
    unheard = partial(contamination.without_last_turns, held_out=sides.held_out)
    train, leaks = sieved(sides.train, partial(clean, asked=asked), unknown, unheard, learnable)
    sides, over = capped(Split(tuple(train), sides.held_out), section.max_held_out, section.max_train_rows)
    left_out = [*contested, *contradicted, *refused, *untaught, *unfit_lessons, *copies, *leaks]
    check_size(sides, section.min_rows, "SFT", left_out)
    dataset = as_dataset("sft", sides, left_out, sft_table, (artifacts, scratch))
    return dataset.model_copy(update={"pool": _pool(found, unfit, pool, drawn) | left | over})


def _split(rows: Sequence[Row], section: BuildSection) -> Split[Row]:
    """Hold out no more than is measured, and no like where a question file's row is held out: the rest would be lost to
    both sides.

    Where folders say from which day on, that is held out and nothing by chance.
    """
    if any(LATER in row.groups for row in rows):
        return split(rows, 0, section.seed, {LATER})
    others = unmeasured_among({row.origin for row in rows})

    def enough(held_out: Sequence[Row]) -> bool:
        return sum(row.origin not in others for row in held_out) >= section.max_held_out

    def liked(together: Sequence[Row]) -> bool:
        return "rated" in others and all(row.origin == "rated" for row in together)

    sides = split(rows, section.held_out_share, section.seed, enough=enough, learnt=liked)
    if any(row.origin not in others for row in sides.held_out):
        return sides
    return split(rows, section.held_out_share, section.seed, enough=enough)


def questions_of(units: Table, section: BuildSection, artifacts: Artifacts) -> list[Row]:
    """Every row that `units` offer, imported and extractive, before copies and conflicts are taken out."""
    table: list[Unit] = read_table(units, artifacts).to_pylist()
    imported, _ = fitting([*given_rows(table), *ratings.liked(table)], section)
    found, _ = fitting(list(_extractive(table)), section)
    return [*imported, *found]


def _pool(found: Sequence[Row], unfit: Sequence[Rejected], pool: Sequence[Row], drawn: Sequence[Row]) -> dict[str, int]:
    """What became of the questions that documents ask themselves, by reason; and how many of each kind were drawn."""
    counts = Counter(f"refused: {one.reason}" for one in unfit)
    shapes = Counter(f"drawn: {row.shape}" for row in drawn)
    rest = {"found": len(found), "not drawn": len(pool) - len(drawn)}
    return {name: count for name, count in (rest | dict(sorted((counts + shapes).items()))).items() if count}


def _extractive(table: Sequence[Unit]) -> Iterator[Row]:
    for unit in table:
        if unit["kind"] != "text":
            continue
        for number, found in enumerate(extractive.questions(unit["text"], unit["path"])):
            yield Row(
                prompt=found.prompt,
                answers=(found.answer,),
                shape=found.kind,
                origin="extractive",
                document=unit["document"],
                place=f"{unit['path']}#{number}",
                groups=groups_of(unit),
                licence=unit["licence"],
                source=unit["source"],
            )


def _drawn(rows: Sequence[Row], most: int, seed: int) -> list[Row]:
    """At most `most` rows by keyed chance of their content, in turns of all structures of all documents.

    One rulebook of a thousand rules would else leave no room for the others.
    """
    taken: Counter[tuple[str, str]] = Counter()
    turns: list[tuple[int, float, str, Row]] = []
    for row in sorted(rows, key=lambda row: (chance(row.id, seed), row.place)):
        taken[row.document, row.shape] += 1
        turns.append((taken[row.document, row.shape], chance(row.id, seed), row.place, row))
    return [row for *_, row in sorted(turns, key=lambda turn: turn[:3])][:most]
