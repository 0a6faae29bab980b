"""What the gate will refuse whatever is trained, told before anything is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from flows import console
from flows.house import House
from governance.foreseeing import asks_for_pairs, foreseen, foreseen_of_probe
from registry.artifacts import Artifacts
from registry.records import Dataset, Table
from registry.tables import read_table

if TYPE_CHECKING:
    from flows.datasets.messages import Row

_OF_TESTS = frozenset(("eval", "evaluation", "heldout", "holdout", "test", "val", "valid", "validation"))
_WORD = re.compile("[a-z]+")


def forewarn(house: House, units: Table, questions: Dataset, artifacts: Artifacts) -> None:
    """Warn by what `questions`, built from `units`, can be measured on."""
    pairs = most_pairs(house, units, questions, artifacts) if asks_for_pairs(house.policy.gate) else 0
    held_out = questions.held_out.rows
    for sentence in foreseen(held_out, house.pipeline.evaluate.max_rows, pairs, house.policy.gate):
        console.warn(sentence)
    if asked_for := foreseen_of_probe(house.pipeline.evaluate.general_rows, house.policy.gate):
        console.warn(asked_for)
    if held_out < house.policy.gate.minimum_headline:
        console.hint_at_columns(_tables_beside_rows(units, artifacts))


def _tables_beside_rows(units: Table, artifacts: Artifacts) -> int:
    """Tables that are text where other files are rows; where none is, reading them has told of it."""
    from flows.ingest.examples.sheets import TABLES

    read = read_table(units, artifacts).select(["kind", "path"]).to_pylist()
    texts = {unit["path"] for unit in read if unit["kind"] == "text"}
    beside = len(read) > len(texts)
    return sum(Path(path).suffix.lower() in TABLES for path in texts) if beside else 0


def forewarn_of_tests(house: House, units: Table, artifacts: Artifacts) -> None:
    """Warn of files of rows, not scrubbed yet, that are named as those are that others measure by, and are learnt."""
    suites = {path.name for path in house.pipeline.build.suites}
    read = read_table(units, artifacts).select(["kind", "path"]).to_pylist()
    files = {Path(unit["path"]) for unit in read if unit["kind"] != "text"}
    learnt = (path.stem.casefold() for path in files if path.name not in suites)
    console.hint_at_suites(sum(not _OF_TESTS.isdisjoint(_WORD.findall(stem)) for stem in learnt))


def most_examples(house: House, units: Table, questions: Dataset, artifacts: Artifacts) -> int:
    """How many pairs, or for KTO answers, preference training can have at most: those that are offered, and a mistake
    at every question that may be asked. 0 where it is left out."""
    dpo = house.pipeline.dpo
    if not dpo.enabled:
        return 0
    pairs, single = _offered(house, units, artifacts)
    paired = len(pairs) + min(dpo.max_on_policy, questions.train.rows)
    most = 2 * paired // dpo.answers_together + single
    least = max(house.pipeline.build.min_preference_rows, house.policy.data.minimum_preference_rows)
    return min(dpo.most_examples, most) if paired + single >= least else 0


def most_pairs(house: House, units: Table, questions: Dataset, artifacts: Artifacts) -> int:
    """How many pairs adapters can be measured on at most, one a question: of those that are offered, and a mistake at
    every question. Where single ratings are learnt they leave as many more pairs to be held out."""
    from flows.datasets.duplicates import normal

    build, dpo = house.pipeline.build, house.pipeline.dpo
    if not dpo.enabled:
        return 0
    pairs, single = _offered(house, units, artifacts)
    offered = [normal(row.asked) for row in pairs]
    own = min(dpo.max_on_policy, max(questions.train.rows, questions.held_out.rows))
    spare = min(len(offered) + single - build.min_preference_rows, len(set(offered))) + own
    return max(0, min(spare, build.max_held_out, house.pipeline.evaluate.preference_rows))


def _offered(house: House, units: Table, artifacts: Artifacts) -> tuple[list[Row], int]:
    """The pairs, and how many single ratings are learnt beside them."""
    from flows.datasets.preference import pairs_of

    pairs, alone = pairs_of(read_table(units, artifacts).to_pylist())
    return pairs, len(alone) if house.pipeline.dpo.method == "kto" else 0
