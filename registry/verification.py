"""`muniment verify`: read everything again and say what does not fit, from the audit chain to the weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from registry import checkpoints
from registry.approvals import MODEL_SIGNATURE, evidence_of, verified_approvals
from registry.changes import manifest
from registry.errors import ChainBroken, IntegrityError, MunimentError
from registry.evidence import signers
from registry.records import Adapter, Verdict
from registry.release_files import release_path
from registry.release_verification import verify_release
from registry.signing import verify_adapter
from registry.store import Registry
from registry.telling import discords
from registry.trust import Trust
from registry.workspace import Workspace


@dataclass(frozen=True)
class Finding:
    """`integrity` findings mean changed or forged bytes; the others that something is incomplete."""

    about: str
    sentence: str
    integrity: bool


def verify(
    registry: Registry, workspace: Workspace, trust: Trust, now: datetime, adapter: Adapter | None = None
) -> list[Finding]:
    """Everything that does not fit; of one adapter, or of all with chain, checkpoints and releases."""
    if adapter is not None:
        return list(_adapter(registry, workspace, trust, adapter))
    found = [*_chain(registry, workspace, trust), *_records(registry), *_releases(registry, workspace, trust, now)]
    edited = any(finding.about.startswith("record") for finding in found)
    adapters = [] if edited else registry.all(Adapter)
    if not edited and not any(finding.about == "audit chain" for finding in found):
        found += [Finding(*discord, integrity=True) for discord in discords(registry, registry.events())]
    return [*found, *(f for one in adapters for f in _adapter(registry, workspace, trust, one))]


def _chain(registry: Registry, workspace: Workspace, trust: Trust) -> Iterator[Finding]:
    """The chain holds, reaches its checkpoints, and every release is sealed by one."""
    try:
        events = registry.events()
        proof = checkpoints.prove(events, checkpoints.read(workspace.checkpoints), trust)
    except MunimentError as error:
        yield Finding("audit chain", error.message, isinstance(error, IntegrityError))
        return
    for event in events[proof.sealed + 1 :]:
        if event.action in {"promote", "rollback"} and event.outcome == "done":
            sentence = "tells of a release that no checkpoint seals: muniment audit checkpoint --key OPERATOR"
            yield Finding(f"event {event.sequence}", sentence, integrity=False)


def _records(registry: Registry) -> Iterator[Finding]:
    """Every record still has its digest, and every stage the members that its event tells of."""
    for digest in registry.record_digests():
        yield from _try(f"record {digest[:12]}", partial(registry.get, digest))
    told: dict[str, set[str]] = {}
    try:
        events = registry.events()
    except ChainBroken:
        return
    for event in events:
        if event.action.startswith("stage.") and event.outcome == "done":
            told.setdefault(event.subjects[0], set()).add(event.detail.rpartition("manifest ")[2])
    for child, manifests in told.items():
        members = [edge.parent for edge in registry.edges(child, up=True) if edge.relation == "member"]
        if len(manifests) == 1 and manifests != {manifest(members)}:
            yield Finding(f"record {child[:12]}", "has other members than its audit event tells of", integrity=True)


def _adapter(registry: Registry, workspace: Workspace, trust: Trust, adapter: Adapter) -> Iterator[Finding]:
    name = adapter.version
    yield from _try(name, lambda: verified_approvals(registry, adapter, trust))
    yield from _evidence(registry, trust, adapter)
    damaged = list(_try(name, lambda: workspace.artifacts.verified(adapter.weights)))
    yield from damaged
    signatures = registry.attestations(adapter.digest, MODEL_SIGNATURE)
    if not signatures:
        yield Finding(name, "nobody signed its weights", integrity=False)
    elif not damaged:
        weights = workspace.artifacts.path(adapter.weights)
        for one in signatures:
            yield from _try(name, partial(verify_adapter, weights, one.envelope, trust))


def _evidence(registry: Registry, trust: Trust, adapter: Adapter) -> Iterator[Finding]:
    """What the gate's last verdict about an adapter rests on is signed by somebody."""
    verdicts = [verdict for verdict in registry.all(Verdict) if verdict.subject == adapter.digest]
    for one in evidence_of(registry, adapter, verdicts[-1]) if verdicts else ():
        about = f"evidence {one.type} {one.digest[:12]}"
        forged = list(_try(about, partial(signers, registry, one, trust)))
        yield from forged
        if not forged and not signers(registry, one, trust):
            yield Finding(about, f"nobody signed this figure of {adapter.version}", integrity=False)


def _releases(registry: Registry, workspace: Workspace, trust: Trust, now: datetime) -> Iterator[Finding]:
    refusals = [attestation.envelope for attestation in registry.refusals()]
    for alias in registry.aliases():
        path = release_path(workspace, alias)
        kept = [envelope.encode() for envelope in registry.release_envelopes(alias)]
        found = path.read_bytes() if path.exists() else b""
        if found != kept[-1]:
            yield Finding(
                path.name, f"is not the newest release of {alias} in the registry", integrity=found not in {*kept, b""}
            )
        yield from _try(f"{alias} release", partial(verify_release, kept[-1], trust, now, 0, alias, refusals))


def _try(about: str, check: Callable[[], object]) -> Iterator[Finding]:
    try:
        check()
    except MunimentError as error:
        yield Finding(about, error.message, isinstance(error, IntegrityError))
