"""A sound release, approved by a reviewer and a privacy officer, and what an attacker can make of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from registry.decisions.approvals import reject, revoke
from registry.records import Adapter, Decision, Record, Release
from registry.signatures import attestations, envelopes
from registry.trust.keys import Key, load_key, new_key
from registry.trust.principals import Principal, Trust
from tests.registered import NOW, POLICY, Place, make_place

STATEMENT = "application/vnd.in-toto+json"
Forge = Callable[["Scene"], bytes]


@dataclass(frozen=True)
class Scene:
    """A sound release and what an attacker has: everybody's old statements, and some keys."""

    place: Place
    trust: Trust
    release: Release
    data: bytes
    other: Adapter
    refusals: tuple[str, ...] = ()

    def key(self, name: str) -> Key:
        return load_key(name, self.place.keys)

    def released(self, signer: str = "olaf", subject: str = "", **changed: Any) -> bytes:
        """The release, changed and signed anew."""
        release = self.release.model_copy(update=changed)
        return attestations.sign(release, "x", subject or release.adapter.digest, self.key(signer)).encode()

    def approval(self, signer: str, subject: str = "", **changed: Any) -> str:
        """An approval of the release's adapter by `signer`, changed as given."""
        fields: dict[str, Any] = {
            "decision": "approve", "adapter": self.release.adapter.digest, "evidence": self.release.evidence,
            "policy": POLICY, "principal": signer.partition("-")[0], "reason": "fit", "issued": NOW,
            "expires": NOW + timedelta(days=30), **changed,
        }  # fmt: skip
        decision = Decision.model_validate(fields)
        return attestations.sign(decision, "x", subject or decision.adapter, self.key(signer))

    def with_approvals(self, *approvals: str) -> bytes:
        """The release on these approvals beside Rita's sound one."""
        return self.released(approvals=(self.approval("rita"), *approvals))

    def stated(self, edit: Callable[[dict[str, Any]], object], signer: str = "olaf") -> bytes:
        """The release's statement edited as JSON, and signed by who may sign it."""
        statement = json.loads(envelopes.payload(self.data))
        edit(statement)
        return envelopes.seal(json.dumps(statement).encode(), STATEMENT, [self.key(signer)]).encode()

    def enveloped(self, edit: Callable[[dict[str, Any]], object]) -> bytes:
        """The signed file edited without signing it anew."""
        envelope = json.loads(self.data)
        edit(envelope)
        return json.dumps(envelope).encode()


def make_scene(root: Path) -> Scene:
    place = make_place(root)
    for name in ("stranger", "rita-2", "olaf-2"):
        new_key(name, place.keys)
    with place.registry() as registry:
        adapter, other = place.adapter(registry, 1), place.adapter(registry, 2)
        place.approve(registry, adapter)
        place.approve(registry, other)
        release = place.promote(registry, adapter)
        borrowed = tuple(a.envelope for a in registry.attestations(other.digest, Decision.kind))
        again = place.promote(registry, other)
        refused = place.adapter(registry, 3)
        for verb in (reject, revoke):
            verb(registry, place.case(refused), place.by("rob"))
    assert again.version == 2
    data = attestations.sign(release, "x", adapter.digest, load_key("olaf", place.keys)).encode()
    assert len(borrowed) == 2
    return Scene(place, place.trust, release, data, other)


def said_by(scene: Scene, record: Record, signer: str = "olaf") -> bytes:
    return attestations.sign(record, "x", scene.release.adapter.digest, scene.key(signer)).encode()


def decision_of(scene: Scene) -> Decision:
    return attestations.unverified(scene.release.approvals[0], Decision)


def edit(path: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Sets a field of nested JSON; `None` takes it away."""

    def work(tree: dict[str, Any]) -> None:
        *holders, last = path.split(".")
        for holder in holders:
            tree = tree[int(holder)] if isinstance(tree, list) else tree[holder]
        if value is None:
            del tree[last]
        else:
            tree[last] = value

    return work


def relabelled(scene: Scene, other: bytes) -> bytes:
    """Another statement's signature on this release."""
    return scene.enveloped(edit("signatures", json.loads(other)["signatures"]))


def edited(envelope: str, old: bytes, new: bytes) -> str:
    """Its payload edited under the old signature."""
    parts = json.loads(envelope)
    payload = base64.b64decode(parts["payload"])
    assert old in payload
    parts["payload"] = base64.b64encode(payload.replace(old, new)).decode()
    return json.dumps(parts)


def resealed(scene: Scene, envelope: str, old: str, new: str, signer: str) -> str:
    statement = envelopes.payload(envelope).decode().replace(f"decision{old}", f"decision{new}")
    return envelopes.seal(statement.encode(), STATEMENT, [scene.key(signer)])


def persons(scene: Scene, name: str, role: str, key: str) -> Principal:
    return Principal.model_validate({"name": name, "roles": [role], "keys": [scene.key(key).public_pem]})
