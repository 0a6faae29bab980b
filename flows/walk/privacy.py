"""The proof of the scrubbing: labelled texts go the same way, and a second detector reads what came out.

Both are measured before anything is trained, and recorded even where policy then stops the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from flows import console
from flows.house import House
from flows.stage import Done, Inputs, Stage
from flows.walk.detectors import detector_versions
from flows.walk.stages import SCRUB
from governance.pii.recall.proof import OWN, RECALL, RESIDUAL, Residue, require_clean, require_recall
from governance.policy import Policy
from registry.artifacts import Artifacts
from registry.database.store import Registry
from registry.digests import of_file
from registry.errors import ConfigError, Refused
from registry.records import Adapter, DocumentSet, Evidence, Record, ScrubbedSet
from registry.workspace import key_directory

MEASURE = Stage("recall", Evidence)
REREAD = Stage("residual", Evidence, version=2)
PROVEN = Stage("evaluate", Evidence)


@dataclass(frozen=True)
class Proof:
    """What was scrubbed and what was measured of it."""

    scrubbed: ScrubbedSet
    recall: Evidence
    residual: Evidence


def prove_scrubbing(house: House, documents: DocumentSet, scrubbed: ScrubbedSet) -> Proof:
    """Measure, record, and stop where policy says so.

    Raises RecallTooLow, ResidualFound, EvidenceMissing without the second detector, ConfigError for a bad sample.
    """
    rules = house.policy.proof
    recall = _recall(house, scrubbed)
    _held(house, recall, lambda: require_recall(recall, rules.minimum_recall_direct, rules.sample is not None))
    residual = _residual(house, documents, scrubbed)
    places = places_of(residual, house.workspace.artifacts)
    _held(house, residual, lambda: require_clean(residual, rules.maximum_residual, places))
    return Proof(scrubbed, recall, residual)


def record_proof(house: House, proof: Proof, subject: Adapter) -> list[Evidence]:
    """The same figures as evidence about an adapter that was made from the scrubbed documents."""
    return [about(house, proof.scrubbed, one, subject) for one in (proof.recall, proof.residual)]


def about(house: House, scrubbed: ScrubbedSet, measured: Evidence, subject: Adapter) -> Evidence:
    """What was measured of the scrubbing, as evidence about an adapter that was made from the scrubbed documents."""
    evidence = measured.model_copy(update={"subject": subject.digest})
    return house.once(PROVEN, Inputs((scrubbed, measured, subject), (), (measured.type,)), lambda _: Done(evidence))


def _recall(house: House, scrubbed: ScrubbedSet) -> Evidence:
    from governance.pii.recall.sample import recall_of
    from governance.pii.standins.pseudonyms import load_or_create_key

    key = load_or_create_key(key_directory())
    samples = samples_of(house.policy, house.workspace.root)

    def work(scratch: Path) -> Done[Evidence]:
        with console.bar("recall") as report:
            figures, missed = recall_of(samples, house.policy.pii, key, report)
        places = _stored(missed, house.workspace.artifacts, scratch, "missed.json")
        return Done(Evidence(type=RECALL, subject=scrubbed.digest, figures=figures, artifact=places))

    extra = (key.id, str(SCRUB.version), *detector_versions(house.policy.pii), *(p + of_file(f) for p, f in samples))
    return house.once(MEASURE, Inputs((scrubbed,), (house.policy.pii,), extra), work)


def _residual(house: House, documents: DocumentSet, scrubbed: ScrubbedSet) -> Evidence:
    from governance.pii.recall.residual import Rule, read_again, residual_figures
    from governance.pii.recall.second import model_version

    rules = house.policy.proof
    rule = Rule(rules.residual_types, rules.residual_score, rules.residual_share, house.policy.pii.allow)

    def work(scratch: Path) -> Done[Evidence]:
        with console.bar("residual") as report:
            reading = read_again(documents, scrubbed, rule, house.workspace.artifacts, report)
        places = _stored(reading.residues, house.workspace.artifacts, scratch, "places.json")
        figures = residual_figures(reading, rule.share)
        return Done(Evidence(type=RESIDUAL, subject=scrubbed.digest, figures=figures, artifact=places))

    read = json.dumps([rule.labels, rule.score, rule.share, rule.allowed])
    return house.once(REREAD, Inputs((documents, scrubbed), (), (read, model_version())), work)


def samples_of(policy: Policy, root: Path) -> tuple[tuple[str, Path], ...]:
    """The shipped sample and, where policy names one, the organisation's own. Raises ConfigError."""
    from governance.pii.recall.sample import SHIPPED

    if policy.proof.sample is None:
        return (("", SHIPPED),)
    own = root / policy.proof.sample
    if not own.is_file():
        raise ConfigError(f"proof.sample: {own} does not exist", "write labelled texts there, or leave it out")
    return (("", SHIPPED), (OWN, own))


def _stored(places: Sequence[BaseModel], artifacts: Artifacts, scratch: Path, name: str) -> str:
    """Places as a JSON list in the artifact store; they hold no text."""
    path = scratch / name
    path.write_text(json.dumps([place.model_dump(mode="json") for place in places], indent=1), encoding="utf-8")
    return artifacts.put(path)


def places_of(residual: Evidence, artifacts: Artifacts) -> list[Residue]:
    """The places that residual evidence lists. Raises NotFound, DigestMismatch."""
    assert residual.artifact is not None
    return TypeAdapter(list[Residue]).validate_json(artifacts.verified(residual.artifact).read_bytes())


def _held(house: House, evidence: Record, rule: Callable[[], None]) -> None:
    """A rule's refusal enters the audit chain with what it was based on."""
    try:
        rule()
    except Refused as refusal:
        with Registry.open(house.workspace.registry, house.actor) as registry:
            registry.refuse("stage.prove scrubbing", [evidence.digest], refusal.kept)
        raise
