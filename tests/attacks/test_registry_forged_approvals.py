"""Releases on forged, borrowed and outdated approvals, each refused by the name of what is wrong.

Every attack starts from one sound release, and is put before what serving decides with: the signed file and the trust
root, and nothing else.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from registry.errors import (
    ApprovalMissing,
    Expired,
    MunimentError,
    Revoked,
    SamePerson,
    SignatureInvalid,
    UnknownSigner,
)  # fmt: skip
from registry.records import Evidence
from registry.release.verification import verify_release
from registry.signatures import envelopes
from registry.trust.changes import with_person
from tests.forging import (
    Forge,
    Scene,
    edited,
    persons,
    resealed,
    said_by,
)
from tests.registered import NOW

APPROVALS: dict[str, tuple[Forge, type[MunimentError]]] = {
    "none": (lambda s: s.released(approvals=()), ApprovalMissing),
    "one": (lambda s: s.with_approvals(), ApprovalMissing),
    "the same one twice": (lambda s: s.with_approvals(s.approval("rita")), ApprovalMissing),
    "two by one person": (lambda s: s.with_approvals(s.approval("rita", reason="again")), ApprovalMissing),
    "by the requester": (lambda s: s.released(requester="paul"), SamePerson),
    "by who trained it": (lambda s: s.released(makers=("eve", "paul")), SamePerson),
    "by the requester in capitals": (lambda s: s.released(requester="PAUL"), SamePerson),
    "by the requester in wide letters": (lambda s: s.released(requester="ｐａｕｌ"), SamePerson),
    "for another adapter": (lambda s: s.with_approvals(s.approval("paul", adapter=s.other.digest)), ApprovalMissing),
    "for another adapter, about this one": (
        lambda s: s.with_approvals(s.approval("paul", s.release.adapter.digest, adapter=s.other.digest)),
        SignatureInvalid,
    ),
    "about another adapter": (lambda s: s.with_approvals(s.approval("paul", s.other.digest)), SignatureInvalid),
    "on other evidence": (lambda s: s.with_approvals(s.approval("paul", evidence=("e" * 64,))), ApprovalMissing),
    "on no evidence": (lambda s: s.with_approvals(s.approval("paul", evidence=())), ApprovalMissing),
    "on more evidence": (
        lambda s: s.with_approvals(s.approval("paul", evidence=(*s.release.evidence, "e" * 64))), ApprovalMissing
    ),
    "under another policy": (lambda s: s.with_approvals(s.approval("paul", policy="e" * 64)), ApprovalMissing),
    "expired": (lambda s: s.with_approvals(s.approval("paul", expires=NOW)), Expired),
    "dated tomorrow": (lambda s: s.with_approvals(s.approval("paul", issued=NOW + timedelta(days=1))), Expired),
    "ended before it began": (
        lambda s: s.with_approvals(s.approval("paul", issued=NOW + timedelta(days=9), expires=NOW + timedelta(days=2))),
        Expired,
    ),
    "in somebody else's name": (lambda s: s.with_approvals(s.approval("rob", principal="paul")), SignatureInvalid),
    "in a name that nobody has": (lambda s: s.with_approvals(s.approval("rob", principal="nina")), SignatureInvalid),
    "in the same name otherwise spelt": (
        lambda s: s.with_approvals(s.approval("rita", principal="Rita")), SignatureInvalid
    ),
    "signed by two at once": (
        lambda s: s.with_approvals(envelopes.add_signature(s.approval("paul"), s.key("rob"))), SignatureInvalid
    ),
    "by a stranger": (lambda s: s.with_approvals(s.approval("stranger")), UnknownSigner),
    "by an engineer": (lambda s: s.with_approvals(s.approval("eve")), UnknownSigner),
    "by the operator": (lambda s: s.with_approvals(s.approval("olaf")), UnknownSigner),
    "by the root key": (lambda s: s.with_approvals(s.approval("root")), UnknownSigner),
    "a rejection that was edited into one": (
        lambda s: s.with_approvals(edited(s.approval("paul", decision="reject"), b'"reject"', b'"approve"')),
        SignatureInvalid,
    ),
    "an expiry put off": (
        lambda s: s.with_approvals(
            edited(s.approval("paul", expires=NOW), b"2027-03-01T12:00:00Z", b"2037-03-01T12:00:00Z")
        ),
        SignatureInvalid,
    ),
    "a rejection among them": (
        lambda s: s.with_approvals(s.approval("paul"), s.approval("rob", decision="reject")), Revoked
    ),
    "a revocation among them": (
        lambda s: s.with_approvals(s.approval("paul"), s.approval("rob", decision="revoke")), Revoked
    ),
    "a release passed off as one": (lambda s: s.with_approvals(s.data.decode()), UnknownSigner),
    "evidence passed off as one": (
        lambda s: s.with_approvals(said_by(s, Evidence(type="x", subject="a" * 64, figures=()), "paul").decode()),
        SignatureInvalid,
    ),
    "an older kind of statement": (
        lambda s: s.with_approvals(resealed(s, s.approval("paul"), "/v1", "/v0", "paul")), SignatureInvalid
    ),
    "junk": (lambda s: s.with_approvals("{}"), SignatureInvalid),
}  # fmt: skip


@pytest.mark.parametrize(("forge", "error"), APPROVALS.values(), ids=APPROVALS)
def test_a_release_on_false_approvals_is_refused(scene: Scene, forge: Forge, error: type[MunimentError]) -> None:
    with pytest.raises(error) as refused:
        verify_release(forge(scene), scene.trust, NOW)
    assert type(refused.value) is error


def test_two_keys_of_one_reviewer_are_not_two_reviewers(scene: Scene) -> None:
    trust = with_person(scene.trust, persons(scene, "rita", "reviewer", "rita-2"))

    with pytest.raises(ApprovalMissing):
        verify_release(scene.with_approvals(scene.approval("rita-2", reason="on the laptop")), trust, NOW)
