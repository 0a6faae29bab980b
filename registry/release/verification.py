"""What serving checks before it obeys a release: everything, from the file and the trust root alone.

No registry, no network, no database library: this module is what stands between a hostile file
and production.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from registry.decisions.standing import Subject, revoked, standing
from registry.errors import (
    ApprovalMissing,
    Expired,
    IntegrityError,
    MunimentError,
    ReleaseReplayed,
    SignatureInvalid,
    UnknownSigner,
)  # fmt: skip
from registry.files import read_whole
from registry.records import Adapter, Decision, Release
from registry.signatures import attestations
from registry.times import SKEW
from registry.trust.principals import APPROVERS, Role, Trust
from registry.workspace import Workspace

OPERATORS: frozenset[Role] = frozenset(("operator",))
LONGEST = timedelta(days=90)


def verify_release(
    data: bytes,
    trust: Trust,
    now: datetime,
    seen_version: int = 0,
    alias: str = "production",
    refusals: Sequence[str] = (),
) -> Release:
    """The release in `data`, if it may be served now.

    Signed by an operator; for this alias; in force; not older than `seen_version`; its approvals
    come from enough distinct people in the roles asked for, none of whom made the adapter, and speak
    of exactly its adapter, evidence and policy; none of `refusals` (see `read_refusals`) is about its adapter.

    Raises SignatureInvalid, UnknownSigner, Expired, ReleaseReplayed, ApprovalMissing, SamePerson, Revoked.
    """
    release = read_release(data, trust)
    if release.alias != alias:
        raise SignatureInvalid(f"this release is for alias {release.alias!r}, not {alias!r}", "promote to this alias")
    if release.version < seen_version:
        raise ReleaseReplayed(
            f"release {release.version} is older than {seen_version}, which was already seen",
            "a rollback is a new release: muniment rollback",
        )
    _require_in_force(release, now)
    refuse_revoked(release, refusals)
    _require_approvals(release, trust, now)
    return release


def fallen(root: Path, trust: Trust, now: datetime) -> list[tuple[Path, str]]:
    """Which release files of a workspace would be refused under this trust root, each with the reason."""
    found = []
    for path in sorted((*root.glob("release.json"), *root.glob("release.*.json"))):
        alias = "production" if path.name == "release.json" else path.name[len("release.") : -len(".json")]
        if not path.name.endswith(".proposed.json"):
            try:
                verify_release(read_whole(path), trust, now, alias=alias)
            except MunimentError as error:
                found.append((path, error.message))
            except OSError as error:
                found.append((path, f"it cannot be read: {error.strerror}"))
    return found


def read_refusals(directory: Path) -> list[str]:
    """Rejections and revocations as the registry published them beside the release, in a stable order.

    Raises IntegrityError where one cannot be read: what it forbids is then unknown.
    """
    try:
        return [read_whole(path).decode() for path in refusal_files(directory)]
    except (OSError, UnicodeDecodeError) as error:
        raise IntegrityError(f"a refusal in {directory} cannot be read", "restore it from the registry") from error


def every_refusal(workspace: Workspace) -> list[str]:
    """What is published, and what a server of this workspace has seen published before. Raises IntegrityError."""
    return [*read_refusals(workspace.refusals), *read_refusals(workspace.seen_refusals)]


def refusal_files(directory: Path) -> list[Path]:
    """None where there is no directory. Raises IntegrityError for one that cannot be read, where `glob` finds none."""
    if not os.path.lexists(directory):
        return []
    try:
        return sorted(path for path in directory.iterdir() if path.suffix == ".json")
    except OSError as error:
        raise IntegrityError(f"{directory} cannot be read", "let whoever serves read what is refused") from error


def read_release(data: bytes, trust: Trust) -> Release:
    """The release, signed by enough operators; expiry and approvals unchecked."""
    signed = attestations.verify(data, Release, trust, OPERATORS)
    release = signed.record
    if signed.subject != release.adapter.digest or release.principal not in signed.people:
        raise SignatureInvalid(f"release {release.version} does not name its signer and adapter truly", "promote again")
    if len(signed.people) < trust.thresholds.release:
        raise UnknownSigner(
            f"release {release.version} is signed by {len(signed.people)} of {trust.thresholds.release} operators",
            "promote again, then another operator: muniment countersign ALIAS",
        )
    if release.base.digest != release.adapter.base:
        raise SignatureInvalid(f"release {release.version} names another base than its adapter", "promote again")
    return release


def refuse_revoked(release: Release, refusals: Sequence[str]) -> None:
    """Signatures are not asked for: a refusal by somebody who has left since must still hold.

    Raises Revoked, and SignatureInvalid for a refusal that cannot be read.
    """
    refuse_published(release.adapter, refusals)


def refuse_published(adapter: Adapter, refusals: Sequence[str]) -> None:
    """The same of an adapter that nobody may have released."""
    for envelope in refusals:
        decision = attestations.unverified(envelope, Decision)
        if decision.adapter == adapter.digest and decision.decision != "approve":
            refusal = revoked(decision)
            refusal.next_step = "release another one: muniment rollback"
            raise refusal


def _require_in_force(release: Release, now: datetime) -> None:
    span = f"from {release.issued:%Y-%m-%d} to {release.expires:%Y-%m-%d}"
    if release.expires - release.issued > LONGEST:
        raise Expired(f"release {release.version} is {span}, longer than {LONGEST.days} days", "promote again")
    if now + SKEW < release.issued or now >= release.expires:
        raise Expired(
            f"release {release.version} is in force {span}", "promote the adapter again, or set the clock right"
        )


def _require_approvals(release: Release, trust: Trust, now: datetime) -> None:
    if not release.evidence:
        raise ApprovalMissing(f"release {release.version} rests on no evidence", "evaluate and approve the adapter")
    decisions = [attestations.verify(envelope, Decision, trust, APPROVERS) for envelope in release.approvals]
    makers = frozenset((release.requester, *release.makers))
    subject = Subject(release.adapter.digest, frozenset(release.evidence), release.policy, makers)
    standing(subject, decisions, trust, now).require()
