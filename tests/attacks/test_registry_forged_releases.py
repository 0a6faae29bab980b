"""Forged, stale, replayed and downgraded releases, each refused by the name of what is wrong.

Every attack starts from one sound release, and is put before what serving decides with: the signed file and the trust
root, and nothing else.
"""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from registry.audit.checkpoints import Checkpoint
from registry.errors import (
    ApprovalMissing,
    Expired,
    MunimentError,
    ReleaseReplayed,
    SignatureInvalid,
    UnknownSigner,
)  # fmt: skip
from registry.records import Evidence
from registry.release.verification import verify_release
from registry.signatures import envelopes
from tests.forging import (
    STATEMENT,
    Forge,
    Scene,
    decision_of,
    edit,
    relabelled,
    said_by,
)
from tests.registered import NOW

RELEASES: dict[str, tuple[Forge, type[MunimentError]]] = {
    "signed by a stranger": (lambda s: s.released("stranger"), UnknownSigner),
    "signed by a reviewer": (lambda s: s.released("rita"), UnknownSigner),
    "signed by a privacy officer": (lambda s: s.released("paul"), UnknownSigner),
    "signed by an engineer": (lambda s: s.released("eve"), UnknownSigner),
    "signed by the root key": (lambda s: s.released("root"), UnknownSigner),
    "signed by nobody": (lambda s: s.enveloped(edit("signatures", [])), UnknownSigner),
    "the signature of another release": (lambda s: relabelled(s, s.released(version=9)), SignatureInvalid),
    "a stranger's signature under the operator's key id": (
        lambda s: relabelled(
            s, s.released("stranger").replace(s.key("stranger").id.encode(), s.key("olaf").id.encode())
        ),
        SignatureInvalid,
    ),
    "edited after it was signed": (
        lambda s: s.enveloped(edit("payload", base64.b64encode(
            envelopes.payload(s.data).replace(b"read and found fit", b"looked at quickly ")).decode())),
        SignatureInvalid,
    ),
    "declared to be something else": (lambda s: s.enveloped(edit("payloadType", "text/plain")), SignatureInvalid),
    "a decision passed off as one": (lambda s: said_by(s, decision_of(s)), SignatureInvalid),
    "evidence passed off as one": (
        lambda s: said_by(s, Evidence(type="x", subject=s.release.adapter.digest, figures=())), SignatureInvalid
    ),
    "a checkpoint passed off as one": (
        lambda s: envelopes.seal(Checkpoint(sequence=1, head="a" * 64).model_dump_json().encode(), STATEMENT,
                                 [s.key("olaf")]).encode(),
        SignatureInvalid,
    ),
    "the trust root passed off as one": (lambda s: s.place.workspace.trust.read_bytes(), SignatureInvalid),
    "an approval passed off as one": (lambda s: s.release.approvals[0].encode(), UnknownSigner),
    "an older kind of statement": (
        lambda s: s.stated(edit("predicateType", "https://muniment.dev/release/v0")), SignatureInvalid
    ),
    "another statement format": (
        lambda s: s.stated(edit("_type", "https://in-toto.io/Statement/v0.1")), SignatureInvalid
    ),
    "about two things": (lambda s: s.stated(lambda t: t["subject"].append(t["subject"][0])), SignatureInvalid),
    "about nothing": (lambda s: s.stated(edit("subject", [])), SignatureInvalid),
    "about another adapter": (lambda s: s.released(subject=s.other.digest), SignatureInvalid),
    "about a digest of another kind": (
        lambda s: s.stated(edit("subject.0.digest", {"sha1": "a" * 40})), SignatureInvalid
    ),
    "in another operator's name": (lambda s: s.released(principal="otto"), SignatureInvalid),
    "on another base": (
        lambda s: s.released(base=s.release.base.model_copy(update={"weights": "f" * 64})), SignatureInvalid
    ),
    "for another alias": (lambda s: s.released(alias="candidate"), SignatureInvalid),
    "for an alias that looks the same": (lambda s: s.released(alias="productıon"), SignatureInvalid),
    "older than one already served": (lambda s: s.released(version=1), ReleaseReplayed),
    "version zero": (lambda s: s.stated(edit("predicate.version", 0)), SignatureInvalid),
    "a version past all numbers": (lambda s: s.stated(edit("predicate.version", 2**60)), SignatureInvalid),
    "without a version": (lambda s: s.stated(edit("predicate.version", None)), SignatureInvalid),
    "expired": (lambda s: s.released(issued=NOW - timedelta(days=9), expires=NOW), Expired),
    "not in force yet": (lambda s: s.released(issued=NOW + timedelta(hours=1)), Expired),
    "in force for a century": (lambda s: s.released(expires=NOW + timedelta(days=36500)), Expired),
    "backdated to stay in force": (
        lambda s: s.released(issued=NOW - timedelta(days=100), expires=NOW + timedelta(days=1)), Expired
    ),
    "without an expiry": (lambda s: s.stated(edit("predicate.expires", None)), SignatureInvalid),
    "expiring in no time zone": (
        lambda s: s.stated(edit("predicate.expires", "2099-01-01T00:00:00")), SignatureInvalid
    ),
    "with a field that nobody knows": (lambda s: s.stated(edit("predicate.force", True)), SignatureInvalid),
    "resting on no evidence": (lambda s: s.released(evidence=()), ApprovalMissing),
    "resting on other evidence": (lambda s: s.released(evidence=("e" * 64,)), ApprovalMissing),
    "resting on more evidence than was seen": (
        lambda s: s.released(evidence=(*s.release.evidence, "e" * 64)), ApprovalMissing
    ),
    "resting on no evidence, as was approved": (
        lambda s: s.released(evidence=(), approvals=(s.approval("rita", evidence=()), s.approval("paul", evidence=()))),
        ApprovalMissing,
    ),
    "in force a second too long": (lambda s: s.released(expires=NOW + timedelta(days=90, seconds=1)), Expired),
    "further ahead than clocks differ": (lambda s: s.released(issued=NOW + timedelta(minutes=5, seconds=1)), Expired),
    "under another policy": (lambda s: s.released(policy="e" * 64), ApprovalMissing),
    "of another adapter on these approvals": (lambda s: s.released(adapter=s.other), ApprovalMissing),
    "of changed weights under the approved name": (
        lambda s: s.released(adapter=s.release.adapter.model_copy(update={"weights": "f" * 64})), ApprovalMissing
    ),
}  # fmt: skip


@pytest.mark.parametrize(("forge", "error"), RELEASES.values(), ids=RELEASES)
def test_a_false_release_is_refused(scene: Scene, forge: Forge, error: type[MunimentError]) -> None:
    with pytest.raises(error) as refused:
        verify_release(forge(scene), scene.trust, NOW, seen_version=2 if error is ReleaseReplayed else 1)
    assert type(refused.value) is error


def test_a_release_is_served_to_the_limit_of_its_time(scene: Scene) -> None:
    longest = scene.released(expires=NOW + timedelta(days=90))
    ahead = scene.released(issued=NOW + timedelta(minutes=5), expires=NOW + timedelta(days=1))
    last = scene.released(expires=NOW + timedelta(seconds=1))

    for sound in (longest, ahead, last):
        assert verify_release(sound, scene.trust, NOW).adapter == scene.release.adapter


def test_the_release_that_all_of_them_start_from_is_sound(scene: Scene) -> None:
    assert verify_release(scene.data, scene.trust, NOW, 1) == scene.release
    both = scene.with_approvals(scene.approval("paul"))
    assert verify_release(both, scene.trust, NOW).adapter == scene.release.adapter
