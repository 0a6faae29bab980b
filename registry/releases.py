"""Promote and roll back: a signed release says which adapter an alias means from now on.

The registry is the release of record and `release.json` its copy for serving, written after the
transaction: a kill between the two leaves the older release in force until `heal`.
"""

from __future__ import annotations

from registry import attestations, checkpoints
from registry.approvals import (
    Case,
    Signatory,
    adapter_standing,
    envelopes_of_approvals,
    makers,
    registered_by,
    subject_of,
)  # fmt: skip
from registry.errors import GateRefused, IntegrityError, NotFound
from registry.files import write_atomically
from registry.records import Adapter, Base, Release, Verdict
from registry.release_files import PRODUCTION, heal, release_path
from registry.release_verification import LONGEST, OPERATORS, verify_release
from registry.standing import doubt
from registry.store import Attestation, Change, Edge, Registry
from registry.workspace import Workspace


def promote(registry: Registry, workspace: Workspace, case: Case, by: Signatory, alias: str = PRODUCTION) -> Release:
    """Sign a release of an approved adapter and put it in place.

    Raises what `standing` refuses, EvidenceMissing, GateRefused, DigestMismatch where the
    adapter's files were changed, UnknownSigner.
    """
    return _release(registry, workspace, case, by, ("promote", alias))


def rollback(registry: Registry, workspace: Workspace, case: Case, by: Signatory, alias: str = PRODUCTION) -> Release:
    """A new release of `case.adapter`, which was in force before (see `before`) and must still be approved."""
    return _release(registry, workspace, case, by, ("rollback", alias))


def before(registry: Registry, alias: str = PRODUCTION) -> Adapter:
    """The adapter that the alias meant before the one it means now. Raises NotFound."""
    releases = registry.releases(alias)
    others = [r.adapter for r in releases if r.adapter.digest != releases[-1].adapter.digest]
    if not others:
        raise NotFound(f"{alias} has no earlier adapter to go back to", f"see: muniment history {alias}")
    return others[-1]


def _release(registry: Registry, workspace: Workspace, case: Case, by: Signatory, act: tuple[str, str]) -> Release:
    action, alias = act
    with registry.attempting(action, (case.adapter.digest,)):
        _require_compared(registry, case, alias)
        heal(registry, workspace)
        person = by.person(OPERATORS)
        adapter_standing(registry, case, by.trust, by.now).require()
        workspace.artifacts.verified(case.adapter.weights)
        release = _draft(registry, case, by, alias, person.name)
        envelope = attestations.sign(release, case.adapter.version, case.adapter.digest, by.key).encode()
        verify_release(envelope, by.trust, by.now, release.version, alias)
        _keep(registry, release, envelope.decode(), action)
    write_atomically(release_path(workspace, alias), envelope)
    checkpoints.write(registry.events(), workspace.checkpoints, by.key)
    return release


def _require_compared(registry: Registry, case: Case, alias: str) -> None:
    """The gate compared a new adapter with the very one it replaces; what was in force before may come back.

    Raises GateRefused.
    """
    releases = registry.releases(alias)
    if not releases or case.adapter.digest in {release.adapter.digest for release in releases}:
        return
    verdicts = [v for v in registry.all(Verdict) if v.subject == case.adapter.digest and v.policy == case.policy]
    replaced = releases[-1].adapter
    if verdicts and replaced.digest not in verdicts[-1].against:
        raise GateRefused(
            f"the gate has not compared {case.adapter.version} with {replaced.version}, which {alias} means now",
            "let it compare: muniment run",
        )


def _draft(registry: Registry, case: Case, by: Signatory, alias: str, principal: str) -> Release:
    base = registry.get(case.adapter.base)
    if not isinstance(base, Base):
        raise IntegrityError(f"the base of {case.adapter.version} is not a base model", "register it again")
    current = registry.current(alias)
    return Release(
        version=registry.newest_version() + 1,
        alias=alias,
        adapter=case.adapter,
        base=base,
        policy=case.policy,
        evidence=tuple(sorted(subject_of(registry, case).evidence)),
        approvals=tuple(_counted_envelopes(registry, case, by)),
        requester=registered_by(registry, case.adapter),
        makers=tuple(sorted(makers(registry, case.adapter))),
        principal=principal,
        reason=case.reason,
        previous=current.digest if current else None,
        issued=by.now,
        expires=by.now + min(LONGEST, case.valid),
    )


def _counted_envelopes(registry: Registry, case: Case, by: Signatory) -> list[str]:
    """The envelopes of approvals that count, one a person; the others stay in the registry."""
    subject = subject_of(registry, case)
    by_person: dict[str, str] = {}
    for envelope, signed in envelopes_of_approvals(registry, case.adapter, by.trust).items():
        if doubt(subject, signed, by.trust, by.now) is None:
            by_person.setdefault(signed.record.principal, envelope)
    return [by_person[name] for name in sorted(by_person)]


def _keep(registry: Registry, release: Release, envelope: str, action: str) -> None:
    adapter = release.adapter
    registry.apply(
        Change(
            action=action,
            subjects=(adapter.digest, release.digest),
            detail=f"{release.alias} is {adapter.version} from version {release.version} on: {release.reason}",
            records=(release,),
            edges=(Edge(adapter.digest, release.digest), Edge(adapter.base, release.digest)),
            attestations=(Attestation(release.digest, Release.kind, envelope, release.principal),),
        )
    )
