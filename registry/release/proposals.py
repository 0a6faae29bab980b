"""A release that takes several operators: the first one's signature waits in a file until enough others have signed.

`release.ALIAS.proposed.json` lies in the workspace. Whoever countersigns has everything checked again, as it is
then: a release that no longer says what the registry would say is refused, whatever was signed under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry.database.store import Registry
from registry.decisions.cases import Case
from registry.errors import NotFound, Overtaken, SamePerson, SignatureInvalid
from registry.files import read_whole, write_atomically
from registry.records import Adapter, Release
from registry.release.files import release_path
from registry.release.releases import drafted, put
from registry.release.verification import OPERATORS
from registry.signatures import attestations, envelopes
from registry.trust.principals import Trust
from registry.trust.signatory import Signatory
from registry.workspace import Workspace


@dataclass(frozen=True)
class Waiting:
    """A release that `people` have signed, of `needed` operators, in `path`."""

    release: Release
    path: Path
    people: frozenset[str]
    needed: int


def propose(registry: Registry, workspace: Workspace, case: Case, by: Signatory, alias: str) -> Waiting:
    """Sign as the first of several operators. Raises as `promote` does; a proposal before it is replaced."""
    with registry.attempting("propose", (case.adapter.digest,)):
        release = drafted(registry, workspace, case, by, alias)
    envelope = attestations.sign(release, case.adapter.version, case.adapter.digest, by.key)
    return _wait(workspace, envelope, release, frozenset((by.person(OPERATORS).name,)), by)


def proposed(workspace: Workspace, alias: str, trust: Trust) -> Release:
    """The release that waits. Raises NotFound, SignatureInvalid, UnknownSigner."""
    return attestations.verify(_read(proposal_path(workspace, alias), alias), Release, trust, OPERATORS).record


def countersign(
    registry: Registry, workspace: Workspace, alias: str, by: Signatory, policy: str, meant: Adapter | None = None
) -> Release | Waiting:
    """Sign a release that waits as one more operator, under the policy as it is now; in force once enough have.

    Raises Overtaken where another adapter waits than the one `meant`, SamePerson, SignatureInvalid where the registry
    would no longer release just this, NotFound, and as `promote` does.
    """
    data = _read(proposal_path(workspace, alias), alias)
    signed = attestations.verify(data, Release, by.trust, OPERATORS)
    release = signed.record
    since = registry.writer.stands_at()
    with registry.attempting("countersign", (release.adapter.digest,)):
        name = by.person(OPERATORS).name
        _require_meant(release, meant)
        if name in signed.people:
            raise SamePerson(f"{name} has signed this release already", "another operator has to")
        case = Case(release.adapter, policy, release.reason)
        _require_same(drafted(registry, workspace, case, by, alias), release)
    envelope, people = envelopes.add_signature(data, by.key), signed.people | {name}
    if len(people) < by.trust.thresholds.release:
        return _wait(workspace, envelope, release, people, by)
    done = put(registry, workspace, envelope.encode(), by, "promote", since)
    proposal_path(workspace, alias).unlink(missing_ok=True)
    return done


def signers(registry: Registry, done: Release | Waiting, trust: Trust) -> tuple[str, ...]:
    """The operators who have signed it, in the order of their names. Raises SignatureInvalid, UnknownSigner."""
    if isinstance(done, Waiting):
        return tuple(sorted(done.people))
    kept = (one.envelope for one in registry.attestations(done.digest, Release.kind))
    people = (attestations.verify(envelope, Release, trust, OPERATORS).people for envelope in kept)
    return tuple(sorted(frozenset().union(*people)))


def proposal_path(workspace: Workspace, alias: str) -> Path:
    """`release.ALIAS.proposed.json`. Raises ConfigError for an alias that names no file."""
    release_path(workspace, alias)
    return workspace.root / f"release.{alias}.proposed.json"


def _wait(workspace: Workspace, envelope: str, release: Release, people: frozenset[str], by: Signatory) -> Waiting:
    path = proposal_path(workspace, release.alias)
    write_atomically(path, envelope.encode())
    return Waiting(release, path, people, by.trust.thresholds.release)


def _require_meant(release: Release, meant: Adapter | None) -> None:
    """A later proposal takes the place of an earlier one: nobody shall sign it for the one that they were shown."""
    if meant is not None and meant.digest != release.adapter.digest:
        version, alias = release.adapter.version, release.alias
        raise Overtaken(
            f"{version} waits to be {alias}, not {meant.version}",
            f"read it, then: muniment countersign {alias} --adapter {version} --key NAME",
        )


def _require_same(now: Release, signed: Release) -> None:
    """All but who signed first and when."""
    first = {name: getattr(signed, name) for name in ("principal", "issued", "expires")}
    if now.model_copy(update=first) != signed:
        raise SignatureInvalid(
            f"release {signed.version} is not what the registry would release now", "begin again: muniment promote"
        )


def _read(path: Path, alias: str) -> bytes:
    try:
        return read_whole(path)
    except OSError as error:
        way = f"the first operator runs: muniment promote ADAPTER {alias} --key NAME"
        raise NotFound(f"no release waits as {path}", way) from error
