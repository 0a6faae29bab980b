"""What a restored registry has forgotten and the workspace still proves, taken in again.

Revocations, releases and erasures are signed and stand in files of their own; what nobody signed is left alone. So is a
release that serving would not have obeyed when it was signed: an operator's signature alone makes none, and a proposal
is none yet. A refusal or an erasure is taken in as well where its signer has left since: it must not be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from registry.database.changes import Attestation, Change, Edge
from registry.database.store import Registry
from registry.erasure.records import Erasure, Tombstone
from registry.erasure.signed import OFFICERS
from registry.erasure.tombstones import entombed
from registry.errors import IntegrityError
from registry.files import read_whole
from registry.record import Record
from registry.records import Decision, Document, Release
from registry.release.verification import OPERATORS, refusal_files
from registry.signatures import attestations
from registry.signatures.statements import Statement
from registry.trust.principals import REFUSERS, Role, Trust
from registry.trust.seen import trusts_of
from registry.workspace import Workspace

Said = TypeVar("Said", Decision, Release, Erasure)


def adopt(registry: Registry, workspace: Workspace, trust: Trust) -> int:
    """Keep every signed refusal, release and erasure that the registry does not know; returns how many those are."""
    trusts = trusts_of(workspace, trust)
    releases = _obeyed(_signed(_release_files(workspace), Release, [trust], OPERATORS), trusts)
    published = [path for place in (workspace.refusals, workspace.seen_refusals) for path in refusal_files(place)]
    refusals = _signed(published, Decision, trusts, REFUSERS)
    erasures = _signed(sorted(workspace.artifacts.root.glob("??/*.erased")), Erasure, trusts, OFFICERS)
    changes = [
        *(_of_decision(said, envelope) for said, envelope in refusals if said.decision != "approve"),
        *(_of_release(said, envelope) for said, envelope in sorted(releases, key=lambda one: one[0].version)),
        *(_of_erasure(registry, said, envelope) for said, envelope in erasures),
    ]
    new = {change.subjects[-1]: change for change in changes if not registry.many([change.subjects[-1]])}
    for change in new.values():
        registry.apply(change)
    return len(new)


def _signed(
    paths: list[Path], kind: type[Said], trusts: Sequence[Trust], roles: frozenset[Role]
) -> Iterator[tuple[Said, str]]:
    """What these files say, where somebody signed it who may say it by one of these versions of the trust root."""
    for path in paths:
        envelope = _text(path)
        for trust in reversed(trusts):
            with suppress(IntegrityError):
                yield attestations.verify(envelope, kind, trust, roles).record, envelope
                break


def _text(path: Path) -> str:
    """Raises IntegrityError for what cannot be read: it might be a decision that must not be forgotten."""
    try:
        return read_whole(path).decode(errors="replace")
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read", "make it readable, or remove what is no file") from error


def _release_files(workspace: Workspace) -> list[Path]:
    found = sorted(workspace.root.glob("release*.json"))
    return [path for path in found if not path.name.endswith(".proposed.json")]


def _obeyed(releases: Iterable[tuple[Release, str]], trusts: Sequence[Trust]) -> Iterator[tuple[Release, str]]:
    """Those that were approved and signed by enough operators, as some version of the trust root asked for it."""
    for release, envelope in releases:
        with suppress(IntegrityError):
            if Statement(release, envelope.encode(), trusts).judged(release.issued, ())[1] is None:
                yield release, envelope


def _of(said: Release | Erasure, envelope: str) -> Change:
    return Change(
        action=f"restore.{said.kind}",
        subjects=(said.digest,),
        detail=f"{said.principal} signed it; taken in again",
        records=(said,),
        attestations=(Attestation(said.digest, said.kind, envelope, said.principal),),
    )


def _of_release(said: Release, envelope: str) -> Change:
    """The adapter may come back later, when it is trained again."""
    return replace(_of(said, envelope), edges=tuple(Edge(one.digest, said.digest) for one in (said.adapter, said.base)))


def _of_decision(said: Decision, envelope: str) -> Change:
    return Change(
        action=said.decision,
        subjects=(said.adapter, said.digest),
        detail=f"{said.principal}: {said.reason} (taken in again)",
        records=(said,),
        edges=(Edge(said.adapter, said.digest),),
        attestations=(Attestation(said.adapter, said.kind, envelope, said.principal),),
    )


def _of_erasure(registry: Registry, said: Erasure, envelope: str) -> Change:
    """The erasure with its tombstones, made again from the records that came back; it is then finished once more."""
    back: list[Record] = list(registry.many(said.tombstones).values())
    words = {one.path for one in back if isinstance(one, Document)}
    graves = (entombed(one, words) for one in back if not isinstance(one, Tombstone))
    return replace(_of(said, envelope), tombstones=tuple(grave for grave in graves if grave is not None))
