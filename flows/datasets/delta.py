"""What an adapter has not learnt yet, and what it learnt that nothing offers any more.

A row is known by its id, the digest of its content: in another file or on the other side of the split it is the
same row. What the base model wrote itself comes from no document, and is neither new nor gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flows.datasets import contamination
from flows.datasets.claims import entailment
from flows.datasets.duplicates import normal
from flows.datasets.messages import Unit, question_in
from flows.datasets.preference import pairs_of
from flows.datasets.ratings import singles, without_contested
from flows.datasets.settings import BuildSection
from flows.datasets.sft import questions_of
from flows.datasets.split import chance
from registry.artifacts import Artifacts
from registry.records import Rejected, Table
from registry.tables import read_table

"""A row of registry.tables.SFT_ROWS or PREFERENCE_ROWS."""


@dataclass(frozen=True)
class Offer:
    """What documents offer now, drawn and held out or not: ids of rows, and by document the words that a teacher may
    rest on."""

    ids: frozenset[str]
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delta:
    """Ids of training rows that were not learnt yet, of those that were, and of learnt ones that nothing offers."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    gone: tuple[str, ...]


def offered(units: Table, section: BuildSection, artifacts: Artifacts) -> Offer:
    """What `units` (registry.tables.UNITS) offer, before copies, conflicts and measured questions are taken out.

    Of ratings what each says alone, whatever stands beside it by now, and the pairs with and without contested ones.
    """
    table: list[Unit] = read_table(units, artifacts).to_pylist()
    rated = singles([unit for unit in table if unit["kind"] == "rating"])
    pairs = [pair for among in (table, without_contested(table)[0]) for pair in pairs_of(among)[0]]
    rows = [*questions_of(units, section, artifacts), *pairs, *rated]
    texts: defaultdict[str, str] = defaultdict(str)
    for unit in table:
        if unit["kind"] == "text":
            texts[unit["document"]] += entailment.normal(unit["text"]) + "\n"
    return Offer(frozenset(row.id for row in rows), dict(texts))


def delta(learnt: Sequence[Unit], train: Collection[str], offer: Offer) -> Delta:
    """`learnt` are all rows that led to the adapter, questions and pairs; `train` the ids to be trained on now."""
    own = [row for row in learnt if row["origin"] != "replay"]
    questions = {row["id"] for row in own if "completion" in row}
    present = offer.ids | frozenset(train)
    return Delta(
        new=tuple(one for one in train if one not in questions),
        known=tuple(one for one in train if one in questions),
        gone=tuple(dict.fromkeys(row["id"] for row in own if not _there(row, present, offer.words))),
    )


def _there(row: Unit, present: Collection[str], words: Mapping[str, str]) -> bool:
    """Whether something still offers a row: itself, of an own mistake its question, of a taught row its document, with
    its quote."""
    if row["origin"] == "on-policy":
        return (row.get("question") or question_in(row).id) in present
    quote = row["evidence"] if row["origin"] == "taught" else None
    return row["id"] in present or bool(quote and quote in words.get(row["document"], ""))


def history(known: Sequence[str], share: float, draw: str, seed: int) -> frozenset[str]:
    """`share` of the known ids by keyed chance; another `draw` (a name) takes others."""
    order = sorted(known, key=lambda one: (chance(f"{draw} {one}", seed), one))
    return frozenset(order[: round(len(known) * share)])


def of_suites(learnt: Sequence[Unit], measured: Sequence[str], share: float) -> list[Rejected]:
    """Rows that building would refuse today, as they hold a question that adapters are `measured` by."""
    asked = contamination.measured(measured)
    return contamination.without_contaminated([question_in(row) for row in learnt], asked, share)[1]


def learnt_of(held_out: Sequence[Unit], learnt: Sequence[Unit], share: float) -> frozenset[str]:
    """Ids of held-out rows whose question the adapter has learnt, or one of their group: they would measure memory."""
    rows = [question_in(row) for row in held_out]
    seen = contamination.questions_held([question_in(row) for row in learnt], [row.asked for row in rows], share)
    groups = {group for row in learnt for group in row["groups"]}
    return frozenset(
        one["id"]
        for one, row in zip(held_out, rows, strict=True)
        if normal(row.asked) in seen or groups.intersection(row.groups)
    )
