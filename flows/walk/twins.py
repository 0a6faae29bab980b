"""Two adapters made like ours, on a copy of the documents in which invented people's secrets are planted.

The control learns from the copy as it is; the other from the copy after the pipeline's own scrubber,
policy and key. Nothing of this is ever served: copy, secrets and adapters lie in a stage's scratch
directory and end with it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from flows import console
from flows.house import House
from governance.integrity.canaries import NEVER, Canary, plant
from governance.integrity.memorization import Exposed
from registry import digests
from registry.artifacts import Artifacts
from registry.files import left_whole, write_copy
from registry.records import Base, DocumentSet, Table
from registry.tables import UNITS, read_table, write_table
from registry.workspace import key_directory

Twin = Literal["control", "pipeline"]


@dataclass(frozen=True)
class Planted:
    """A copy of the documents with canaries in it; its tables lie in `store`."""

    documents: DocumentSet
    canaries: tuple[Canary, ...]
    store: Artifacts

    def canary_of(self, document: object) -> Canary | None:
        return next((canary for canary in self.canaries if _document(canary) == document), None)


def planted(house: House, documents: DocumentSet, scratch: Path) -> Planted:
    """Some of the documents' units and one for each canary; who is planted depends on the documents alone.

    Repeated is later: the scrubber reads each unit by itself, so equal units would come out equal.
    """
    from flows.datasets.split import chance

    policy, seed = house.policy.memorization, house.pipeline.build.seed
    canaries = plant(policy.identities, (NEVER, *policy.repeats), documents.digest)
    units = read_table(documents.units, house.workspace.artifacts).to_pylist()
    units.sort(key=lambda unit: chance(f"{unit['document']}:{unit['unit']}", seed))
    kept = [unit for unit in units if unit["kind"] != "pair"][: policy.rows]
    table = pa.Table.from_pylist([*kept, *map(_unit, canaries)], schema=UNITS)
    store = Artifacts(scratch / "store")
    copy = documents.model_copy(update={"units": write_table(table, store, scratch, "planted")})
    return Planted(copy, canaries, store)


def scrubbed(house: House, copy: Planted, scratch: Path) -> Table:
    """The copy's units after the pipeline's scrubber, policy and key."""
    from governance.pii.scrub import scrub
    from governance.pii.standins.pseudonyms import load_or_create_key

    key, workers = load_or_create_key(key_directory()), house.pipeline.scrub.workers
    with console.bar("leak test: scrub") as report:
        return scrub(copy.documents, house.policy.pii, key, (copy.store, scratch), report, workers).units


def asked(house: House, base: Base, twin: tuple[Twin, Table], copy: Planted, scratch: Path) -> tuple[Exposed, ...]:
    """Train `twin` (its name, its units) and ask it for every secret; what a killed run knew is read again.

    Raises what training raises.
    """
    from flows.evaluation.leak import Probe, ask

    name, units = twin
    place = scratch / name
    known = place / "asked.json"
    before = left_whole(known, lambda data: tuple(Exposed(**one) for one in json.loads(data)))
    if before is not None:
        return before
    place.mkdir(exist_ok=True)
    _train(house, base, twin, copy, place)
    questions = {unit["document"]: unit["prompt"] for unit in read_table(units, copy.store).to_pylist()}
    probes = [Probe(canary, questions[_document(canary)]) for canary in copy.canaries]
    subject, seed = (base, place / "adapter", house.workspace.artifacts), copy.documents.digest
    with console.bar(f"leak test: {name}, asked") as report:
        found = ask(probes, subject, house.policy.memorization, seed, report)
    write_copy(known, json.dumps([asdict(one) for one in found]).encode())
    return found


def _train(house: House, base: Base, twin: tuple[Twin, Table], copy: Planted, place: Path) -> None:
    """The pipeline's training on the copy's own rows and on each canary as often as it is repeated."""
    from flows.datasets.learnable import learnable_by
    from flows.datasets.messages import sft_table
    from flows.datasets.sft import questions_of
    from flows.datasets.split import chance
    from flows.training.processes.together import learn

    policy, build = house.policy.memorization, house.pipeline.build
    rows = [(row, copy.canary_of(row.document)) for row in questions_of(twin[1], build, copy.store)]
    sieve = learnable_by(base, house.workspace.artifacts, house.pipeline.sft.max_length, "sft.max_length")
    own, _ = sieve([row for row, canary in rows if canary is None])  # what the build counts as left out
    own.sort(key=lambda row: chance(row.place, build.seed))
    repeated = [row for row, canary in rows if canary is not None for _ in range(canary.repeats)]
    changed = {"max_steps": -1, "num_train_epochs": policy.epochs, "ewc": 0.0}  # a penalty could only hide a leak
    section = house.pipeline.sft.model_copy(update=changed)
    if twin[0] == "control":
        section = section.model_copy(update={"privacy": None})  # noise would hide what the test has to find
    with console.training(f"leak test: {twin[0]}, trained", place) as report:
        table = sft_table([*own[: policy.rows], *repeated])
        learn(table, base, section, (house.workspace.artifacts, place), report)


def _unit(canary: Canary) -> dict[str, object]:
    return {
        "document": _document(canary), "path": f"canary-{canary.number}", "unit": 0, "kind": "qa",
        "prompt": canary.question, "completion": canary.answer, "licence": "CC0-1.0", "source": "",
    }  # fmt: skip


def _document(canary: Canary) -> str:
    return digests.of_text(f"canary {canary.number}")
