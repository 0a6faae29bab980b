"""What an auditor asks about one adapter, gathered from the records that exist and nothing else.

Pure: records in, facts out. What should be there and is not becomes a whole sentence in `gaps`, so
that a thin record never reads like a clean one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import Field

from governance.licences.materials import Material as Licensed
from governance.pii.recall.proof import RECALL, RESIDUAL, Residue
from governance.policy import Policy
from governance.report.chapters import (
    Chain,
    Deployment,
    Fact,
    Material,
    Privacy,
    chain,
    deployments,
    material,
    of,
    privacy,
    signers,
)
from governance.report.departures import Departure, departures
from governance.report.peers import Peer
from governance.report.signing import Signing
from governance.report.steps import Step, steps_of
from registry.counted import counted
from registry.erasure.records import Erasure, Tombstone
from registry.records import (
    Adapter,
    AuditEvent,
    Base,
    Dataset,
    Decision,
    Document,
    Evidence,
    Record,
    Release,
    ScrubbedSet,
    SuiteResult,
    TrainingRun,
    ValidatedBatch,
    Verdict,
)

Status = Literal["revoked", "rejected", "in production", "released", "awaiting release", "awaiting approval"]
PRODUCTION = "production"
_FOUR_EYES = 2


class AuditFacts(Fact):
    """Everything about one adapter as of a time. `steps` runs from the base model to the adapter.

    `adapter` comes without its golden prompts, which are texts; `digest` and `version` are those of
    the whole record.
    """

    as_of: datetime
    adapter: Adapter
    digest: str
    version: str
    status: Status
    base: Base | None
    material: Material
    privacy: Privacy
    suites: tuple[SuiteResult, ...]
    datasets: tuple[Dataset, ...]
    steps: tuple[Step, ...]
    verdict: Verdict | None
    earlier: tuple[Verdict, ...]
    """What the gate said before its latest verdict, oldest first."""
    erasures: tuple[Erasure, ...]
    """Those that took its weights, or revoked it."""
    decisions: tuple[Decision, ...]
    deployments: tuple[Deployment, ...]
    events: tuple[AuditEvent, ...]
    signers: dict[int, str]
    """Who signed what an event brought, by the event's number."""
    chain: Chain
    policy: str
    """Digest of the policy of today; `departures` are its own from the shipped defaults."""
    departures: tuple[Departure, ...]
    gaps: tuple[str, ...]
    peers: tuple[Peer, ...] = ()
    signings: dict[str, Signing] = Field(default_factory=dict)
    """By the digest of a decision or release."""
    left: tuple[Residue, ...] = ()
    """Places in the scrubbed documents that a second detector still flagged, the first of them."""

    @property
    def gate_departs(self) -> int:
        """Rules of the gate that are not as they are shipped."""
        return sum(one.rule.startswith("gate.") for one in self.departures)

    @property
    def weights_erased(self) -> bool:
        return any(_took_weights(erasure, self.adapter) for erasure in self.erasures)


@dataclass(frozen=True)
class Known:
    """What is on record: records oldest first (more than is needed does no harm), the whole audit
    chain, the training loss of each log by the digest of its TrainingRun, and what is under a licence.
    """

    records: Sequence[Record]
    events: Sequence[AuditEvent]
    losses: Mapping[str, Sequence[float]] = field(default_factory=dict)
    made_of: Sequence[Licensed] = ()


def gather(adapter: Adapter, known: Known, as_of: datetime, policy: Policy) -> AuditFacts:
    """The facts about `adapter` from its lineage and everything said about it; `policy` is the one of today."""
    records = known.records
    verdicts = [v for v in of(records, Verdict) if v.subject == adapter.digest]
    decisions = tuple(d for d in of(records, Decision) if d.adapter == adapter.digest)
    released = deployments(adapter, of(records, Release))
    events = tuple(e for e in known.events if adapter.digest in e.subjects)
    facts = AuditFacts(
        as_of=as_of,
        adapter=adapter.model_copy(update={"golden": ()}),
        digest=adapter.digest,
        version=adapter.version,
        status=_status(decisions, released),
        base=next((b for b in of(records, Base) if b.digest == adapter.base), None),
        material=material(records, known.made_of, policy.licences),
        privacy=privacy(of(records, ScrubbedSet), policy.pii),
        suites=tuple(s for b in of(records, ValidatedBatch) for s in b.suites),
        datasets=tuple(of(records, Dataset)),
        steps=_steps(adapter, known, verdicts[-1:]),
        verdict=verdicts[-1] if verdicts else None,
        earlier=tuple(verdicts[:-1]),
        erasures=tuple(e for e in of(records, Erasure) if adapter.digest in e.revoked or _took_weights(e, adapter)),
        decisions=decisions,
        deployments=released,
        events=events,
        signers=signers(events, records),
        chain=chain(known.events),
        policy=policy.digest,
        departures=departures(policy),
        gaps=(),
    )
    graves = frozenset(one.of for one in of(records, Tombstone) if one.was == Document.kind)
    return facts.model_copy(update={"gaps": tuple(_gaps(facts, graves))})


def _took_weights(erasure: Erasure, adapter: Adapter) -> bool:
    return any(one.artifact == adapter.weights for one in erasure.removed)


def _status(decisions: Sequence[Decision], deployments: Sequence[Deployment]) -> Status:
    said = {d.decision for d in decisions}
    if "revoke" in said:
        return "revoked"
    if "reject" in said:
        return "rejected"
    aliases = {d.alias for d in deployments if d.current}
    if aliases:
        return "in production" if PRODUCTION in aliases else "released"
    approvers = {d.principal for d in decisions if d.decision == "approve"}
    return "awaiting release" if len(approvers) >= _FOUR_EYES else "awaiting approval"


def _steps(adapter: Adapter, known: Known, verdict: Sequence[Verdict]) -> tuple[Step, ...]:
    """The evidence that the gate saw goes before any other of its type, however new."""
    seen = {digest for v in verdict for digest in v.evidence}
    evidence = sorted(of(known.records, Evidence), key=lambda e: e.digest in seen)
    adapters, runs = of(known.records, Adapter), of(known.records, TrainingRun)
    return steps_of(adapter, adapters, runs, evidence, known.losses)


def _gaps(facts: AuditFacts, graves: frozenset[str]) -> Iterable[str]:
    """What an auditor would miss. `graves` are the documents in its lineage that were erased."""
    measured = {e.type for step in facts.steps[-1:] for e in step.evidence}
    missing = {
        "The base model's record is not in the registry.": facts.base is None,
        "No record says which documents the adapter was made from.": facts.material.documents == 0,
        "No record says that personal data was looked for.": not facts.privacy.keys,
        "Its evidence does not say how much of a labelled sample the scrubber hides.": RECALL not in measured,
        "Its evidence does not say what a second detector still finds.": RESIDUAL not in measured,
        "No validation result is recorded.": not facts.suites,
        "No dataset is recorded.": not facts.datasets,
        "The adapter's training run is not recorded.": facts.steps[-1].run is None,
        "No accuracy on the headline task is recorded for the adapter.": "headline" not in measured,
        "No gate verdict is recorded.": facts.verdict is None,
        "Nobody has approved this adapter.": not any(d.decision == "approve" for d in facts.decisions),
        "The audit chain does not verify.": not facts.chain.intact,
    }
    yield from (sentence for sentence, absent in missing.items() if absent)
    for one in facts.erasures:
        proof = f"{one.reason} (proof {one.digest[:12]})"
        yield f"{_gone(one, facts, graves)} on {one.issued:%Y-%m-%d} by {one.principal}: {proof}."
    for licence in facts.material.unknown_licences:
        yield f"The policy does not know the licence {licence}."
    for step in facts.steps:
        if step.run and step.run.log and not step.losses:
            yield f"The loss of each step of the {step.label} run is not in the artifact store."
    late = [d.principal for d in facts.decisions if d.decision == "approve" and d.expires <= facts.as_of]
    if late:
        yield f"The approval of {', '.join(late)} has expired."
    if facts.verdict:
        other = [d.principal for d in facts.decisions if d.decision == "approve" and d.policy != facts.verdict.policy]
        if other:
            yield f"The approval of {', '.join(other)} was given under another policy than the gate's."


def _gone(erasure: Erasure, facts: AuditFacts, graves: frozenset[str]) -> str:
    """Counted by what stands in their place: an erasure keeps two hashes of a document, and none of its rows' file."""
    documents, rows = len(graves & erasure.tombstones.keys()), len(erasure.rows)
    taken = [counted(documents, "source document")] if documents else []
    taken += [counted(rows, "row of a question file", "rows of question files")] if rows else []
    what = " and ".join(taken) or "what it was made from"
    if _took_weights(erasure, facts.adapter):
        return f"The weights and {what} were erased"
    return f"Revoked by the erasure of {what}"
