"""Erasure in the registry: one signed record of all that goes, then the going, which a kill only delays.

From the moment that the record is kept nothing of the erased is read, trained on or served. What is removed after
that follows from the record alone, so whoever runs it again ends it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq

from registry import digests
from registry.audit.checkpoints import Signers
from registry.audit.known import require_known
from registry.database.changes import Attestation, Change, Edge
from registry.database.store import Registry
from registry.decisions.approvals import revocation
from registry.decisions.cases import Case
from registry.erasure import copies
from registry.erasure.holds import refuse_if_held
from registry.erasure.radius import Cut, Hit, Radius
from registry.erasure.records import Erasure, Plan, Removed, Tombstone
from registry.erasure.signed import ACTION, OFFICERS, require_an_officer
from registry.erasure.tombstones import bury, entombed
from registry.record import Record
from registry.records import Adapter, Dataset, Decision, DocumentSet, Export, ScrubbedSet, ValidatedBatch
from registry.release.files import heal
from registry.signatures import attestations
from registry.tables import write_table
from registry.trust.signatory import Signatory
from registry.workspace import Workspace

TELLING = (DocumentSet, ScrubbedSet, ValidatedBatch, Dataset)
"""Records that may name a document by its path, where they say what was refused."""
FINISHED = "erase.finished"
_EVERYWHERE = frozenset((".json", ".txt", ".md", ".jinja", ".model"))
"""Files beside weights that other adapters have alike."""


@dataclass(frozen=True)
class Order:
    """What is to be erased and why. The hashes are those of `registry.erasure.forgotten`; `policy` is a digest.

    `names` are the subject's and the documents', in small letters; they are kept nowhere.
    """

    what: Literal["document", "subject"]
    reason: str
    cut: Cut
    key_id: str
    subject: str | None
    documents: tuple[str, ...]
    rows: tuple[str, ...]
    policy: str
    names: frozenset[str] = field(default=frozenset(), repr=False)


def erase(registry: Registry, workspace: Workspace, order: Order, reach: Radius, by: Signatory) -> Erasure:
    """Keep the signed record of an erasure and revoke what learnt from it; `finish` does the rest.

    Raises UnknownSigner, Refused, LegalHold; each attempt that is refused is in the audit chain.
    """
    with registry.attempting(ACTION, [one.digest for one in reach.documents]):
        person = by.person(OFFICERS)
        found = permitted(registry, workspace, order, reach, by)
    standing = _not_refused_yet(registry, reach.adapters)
    graves = tuple(_graves(registry, reach, order.cut))
    erasure = Erasure(
        what=order.what, key_id=order.key_id, subject=order.subject, documents=order.documents, rows=order.rows,
        removed=tuple(_removals(registry, workspace, reach)), tombstones={one.of: one.digest for one in graves},
        revoked=tuple(one.digest for one in standing), plan=plan_of(reach), principal=person.name,
        reason=order.reason, issued=by.now, copies=tuple(sorted({copies.digest_of(path) for path in found})),
    )  # fmt: skip
    signed = attestations.sign(erasure, "erasure", erasure.digest, by.key)
    said = [revocation(Case(one, order.policy, f"erasure {erasure.digest[:12]}"), by) for one in standing]
    change = _change(erasure, Attestation(erasure.digest, Erasure.kind, signed, person.name), said, graves)
    registry.apply(change, by)
    return erasure


def permitted(
    registry: Registry, workspace: Workspace, order: Order, reach: Radius, by: Signatory
) -> tuple[Path, ...]:
    """The copies that go as well, where nothing that goes is held. Raises LegalHold, RolledBack."""
    require_known(registry.connection, registry.sealing.outside, Signers.of(by.trust))  # an older copy has no hold
    refuse_if_held(registry, reach.documents, by.trust)
    found = copies.copies(registry, workspace, traces(registry, workspace, reach, order.cut, order.names)).held
    copies.refuse_if_held(registry, found)
    return found


def plan_of(reach: Radius) -> Plan:
    """What has to be made again without the erased."""
    return Plan(
        datasets=tuple(sorted(one.digest for one in reach.datasets)),
        adapters=tuple(sorted(one.version for one in reach.adapters)),
        aliases=tuple(sorted(release.alias for release in reach.releases)),
    )


def traces(
    registry: Registry, workspace: Workspace, reach: Radius, cut: Cut, names: frozenset[str]
) -> copies.Traces:
    """By what a copy of what goes would be known."""
    files = {hit.artifact for hit in reach.hits}
    for weights in map(workspace.artifacts.address, _weights(registry, reach)):
        learnt = weights.rglob("*") if weights.is_dir() else (weights,)
        files |= {digests.of_file(file) for file in learnt if file.is_file() and file.suffix not in _EVERYWHERE}
    return copies.Traces(frozenset(one.of for one in _graves(registry, reach, cut)), frozenset(files), names)


def finish(registry: Registry, workspace: Workspace, erasure: Erasure) -> None:
    """Remove all that the record names and unfinished work, publish the revocations. Doing it again changes nothing.

    Raises SignatureInvalid.
    """
    require_an_officer(registry, workspace, erasure)
    heal(registry, workspace)
    envelope = registry.attestations(erasure.digest, Erasure.kind)[0].envelope
    for removed in erasure.removed:
        bury(workspace.artifacts, removed, envelope)
    served = workspace.serving / "adapters"
    for version in erasure.plan.adapters:  # those that were refused before as well
        for place in (served, workspace.reports):
            shutil.rmtree(place / version, ignore_errors=True)
    for unfinished in (workspace.scratch, workspace.artifacts.root / "tmp", *served.glob(".*")):
        shutil.rmtree(unfinished, ignore_errors=True)
    copies.remove(workspace, erasure.copies)


def finished(registry: Registry, erasure: Erasure, detail: str) -> None:
    """Keep in the audit chain that nothing is left to do."""
    registry.apply(Change(FINISHED, (erasure.digest,), detail))


def pending(registry: Registry) -> list[Erasure]:
    """Erasures that were kept and, after a kill, not finished."""
    return [
        erasure
        for erasure in registry.all(Erasure)
        if not any(event.action == FINISHED for event in registry.events_about(erasure.digest))
    ]


def _not_refused_yet(registry: Registry, adapters: Sequence[Adapter]) -> list[Adapter]:
    refused = {one.adapter for one in registry.all(Decision) if one.decision != "approve"}
    return [one for one in adapters if one.digest not in refused]


def _removals(registry: Registry, workspace: Workspace, reach: Radius) -> Iterable[Removed]:
    """Every table that was hit, with where its other rows are now; the weights that learnt from one, and exports."""
    for hit in reach.hits:
        yield Removed(artifact=hit.artifact, rows=len(hit.rows), successor=_successor(workspace, hit))
    for weights in _weights(registry, reach):
        if workspace.artifacts.has(weights):
            yield Removed(artifact=weights)


def _weights(registry: Registry, reach: Radius) -> list[str]:
    learnt = {one.digest for one in reach.adapters}
    exported = {one.weights for one in registry.all(Export) if one.adapter in learnt}
    return sorted({run.weights for run in reach.runs} | exported)


def _successor(workspace: Workspace, hit: Hit) -> str | None:
    """The table without the rows that go, as an artifact of its own; None where no row is left."""
    table = pq.read_table(workspace.artifacts.verified(hit.artifact))
    gone = set(hit.rows)
    staying = [at for at in range(table.num_rows) if at not in gone]
    if not staying:
        return None
    rest = table.take(staying)
    place = workspace.scratch / "erasure"
    place.mkdir(parents=True, exist_ok=True)
    return write_table(rest, workspace.artifacts, place, hit.artifact).artifact


def _graves(registry: Registry, reach: Radius, cut: Cut) -> list[Tombstone]:
    """What remains of the documents, and of every record that names one of them by its path."""
    whole = [one for one in reach.documents if one.digest in cut.whole]
    words = {one.path for one in whole} | {path for hit in reach.hits for path in hit.paths}
    below = (registry.get(digest) for digest in reach.descendants)
    about: list[Record] = [*whole, *(record for record in below if isinstance(record, TELLING))]
    graves = (entombed(record, words) for record in about)
    return [grave for grave in graves if grave is not None]


def _change(
    erasure: Erasure, signed: Attestation, said: Sequence[tuple[Decision, Attestation]], graves: tuple[Tombstone, ...]
) -> Change:
    decisions = tuple(decision for decision, _ in said)
    return Change(
        action=ACTION,
        subjects=(erasure.digest, *(d.digest for d in decisions), *erasure.revoked),
        detail=f"{erasure.principal}: {erasure.reason}",
        records=(erasure, *decisions),
        edges=tuple(Edge(decision.adapter, decision.digest) for decision in decisions),
        attestations=(signed, *(attestation for _, attestation in said)),
        tombstones=graves,
        stops=True,
    )
