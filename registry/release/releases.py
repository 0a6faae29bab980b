"""Promote and roll back: a signed release says which adapter an alias means from now on.

The registry is the release of record and `release.json` its copy for serving, written after the
transaction: a kill between the two leaves the older release in force until `heal`.
"""

from __future__ import annotations

from contextlib import suppress

from registry.database.store import Attestation, Change, Edge, Registry
from registry.decisions.cases import Case
from registry.decisions.dossier import Dossier, read
from registry.decisions.grounds import cleared, refuse_if_revoked
from registry.errors import ConfigError, GateRefused, IntegrityError, NotFound, Overtaken, Revoked, SignatureInvalid
from registry.files import write_atomically
from registry.records import Adapter, Base, Release
from registry.release.files import PRODUCTION, release_path, require_alias
from registry.release.verification import LONGEST, OPERATORS, every_refusal, verify_release
from registry.signatures import attestations
from registry.signatures.statements import require_signed
from registry.trust.principals import Trust
from registry.trust.seen import trusts_of
from registry.trust.signatory import Signatory
from registry.workspace import Workspace

_AGAIN = 2


def promote(registry: Registry, workspace: Workspace, case: Case, by: Signatory, alias: str = PRODUCTION) -> Release:
    """Sign a release of an approved adapter and put it in place, where one operator is enough.

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


def way_back(registry: Registry, alias: str) -> str:
    """The command by which the alias means an earlier adapter again that nobody refused; empty where there is none."""
    releases = registry.releases(alias)
    now = releases[-1].adapter.digest if releases else ""
    earlier = {one.adapter.digest: one.adapter for one in reversed(releases) if one.adapter.digest != now}
    for number, adapter in enumerate(earlier.values()):
        with suppress(Revoked):
            refuse_if_revoked(read(registry, adapter))
            verb = f"rollback {alias}" if number == 0 else f"promote {adapter.version} {alias}"
            return f"muniment {verb} --key OPERATOR"
    return ""


def drafted(registry: Registry, workspace: Workspace, case: Case, by: Signatory, alias: str) -> Release:
    """The release that the operator `by` may sign, with everything checked. Raises as `promote` does."""
    release_path(workspace, alias)
    require_alias(alias)
    _require_no_name(registry, alias)
    page, newest = read(registry, case.adapter), registry.newest()
    if newest is not None:
        _require_signed(registry, workspace, newest, by.trust)
    current = newest if newest is None or newest.alias == alias else registry.current(alias)
    require_compared(page, case.policy, current)
    person = by.person(OPERATORS)
    proof = cleared(page, case.policy, by)
    workspace.artifacts.verified(case.adapter.weights)
    return Release(
        version=newest.version + 1 if newest else 1,
        alias=alias,
        adapter=case.adapter,
        base=_base(page),
        policy=case.policy,
        evidence=tuple(sorted(proof.subject.evidence)),
        approvals=proof.envelopes,
        requester=proof.requester,
        makers=tuple(sorted(proof.subject.makers)),
        principal=person.name,
        reason=case.reason,
        previous=current.digest if current else None,
        issued=by.now,
        expires=by.now + min(LONGEST, case.valid),
    )


def put(
    registry: Registry, workspace: Workspace, envelope: bytes, by: Signatory, action: str, since: int
) -> Release:
    """Keep a signed release if serving would obey it, then write it for serving.

    `since` is the last event that was there when it was drafted. Raises as `verify_release` does, and Overtaken.
    """
    release = attestations.unverified(envelope, Release)
    with registry.attempting(action, (release.adapter.digest,)):
        refusals = every_refusal(workspace)
        verify_release(envelope, by.trust, by.now, release.version, release.alias, refusals)
        _keep(registry, release, envelope.decode(), (action, since), by)
    write_atomically(release_path(workspace, release.alias), envelope)
    return release


def _release(registry: Registry, workspace: Workspace, case: Case, by: Signatory, act: tuple[str, str]) -> Release:
    """Behind a server others may decide meanwhile: then it is decided anew, on what they said."""
    for _ in range(_AGAIN):
        with suppress(Overtaken):
            return _released(registry, workspace, case, by, act)
    return _released(registry, workspace, case, by, act)


def _released(registry: Registry, workspace: Workspace, case: Case, by: Signatory, act: tuple[str, str]) -> Release:
    (action, alias), since = act, registry.writer.stands_at()
    with registry.attempting(action, (case.adapter.digest,)):
        release = drafted(registry, workspace, case, by, alias)
    envelope = attestations.sign(release, case.adapter.version, case.adapter.digest, by.key).encode()
    return put(registry, workspace, envelope, by, action, since)


def _require_signed(registry: Registry, workspace: Workspace, newest: Release, trust: Trust) -> None:
    """Rows may have been put in; by somebody who has left since it was signed rightly. Raises SignatureInvalid."""
    with suppress(SignatureInvalid):
        return require_signed(registry, newest, [trust])
    return require_signed(registry, newest, trusts_of(workspace, trust))


def _require_no_name(registry: Registry, alias: str) -> None:
    """Whoever names an adapter means its newest, and would get what the alias means. Raises ConfigError."""
    if alias != PRODUCTION and registry.query("SELECT 1 FROM adapters WHERE name = ? LIMIT 1", alias):
        raise ConfigError(f"{alias!r} cannot be an alias: adapters are called so", "choose another name")


def require_compared(page: Dossier, policy: str, current: Release | None) -> None:
    """The gate compared a new adapter with the very one it replaces; what was in force before may come back.

    Raises GateRefused.
    """
    verdicts, replaced = page.verdicts(policy), current.adapter if current else page.adapter
    if current is None or not verdicts or {page.digest, *verdicts[-1].against} & {replaced.digest}:
        return
    if page.digest not in {release.adapter.digest for release in page.registry.releases(current.alias)}:
        version, other = page.adapter.version, f"{replaced.version}, which {current.alias} means now"
        raise GateRefused(f"the gate has not compared {version} with {other}", "let it compare: muniment run")


def _base(page: Dossier) -> Base:
    base = page.registry.many([page.adapter.base]).get(page.adapter.base)
    if not isinstance(base, Base):
        raise IntegrityError(f"the base of {page.adapter.version} is not a base model", "register it again")
    return base


def _keep(registry: Registry, release: Release, envelope: str, act: tuple[str, int], by: Signatory) -> None:
    (action, since), adapter = act, release.adapter
    registry.apply(
        Change(
            action=action,
            subjects=(adapter.digest, release.digest),
            detail=f"{release.alias} is {adapter.version} from version {release.version} on: {release.reason}",
            records=(release,),
            edges=(Edge(adapter.digest, release.digest), Edge(adapter.base, release.digest)),
            attestations=(Attestation(release.digest, Release.kind, envelope, release.principal),),
            sealed=True,
            since=since,
        ),
        by,
    )
