"""A workspace with a signed release and no training: people, keys, adapters of a few bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Unpack

import numpy as np
from safetensors.numpy import save_file
from typing_extensions import TypedDict

from registry import digests
from registry.records import Adapter, Base, Decision, GoldenPrompt, Release
from registry.signatures import attestations
from registry.trust.keys import Key, new_key
from registry.trust.principals import Principal
from registry.trust.signing import create_trust, enroll
from registry.workspace import Workspace

ROLES = {"eve": "engineer", "rita": "reviewer", "paul": "privacy_officer", "olaf": "operator"}
POLICY, EVIDENCE = digests.of_bytes(b"policy"), digests.of_bytes(b"evidence")
GOLDEN = (GoldenPrompt(prompt="What is KYC?", token_ids=(1, 2, 3)),)


class Changes(TypedDict, total=False):
    """What a test has otherwise than a sound release."""

    alias: str
    approvers: tuple[str, ...]
    signer: str
    expires: datetime
    issued: datetime


@dataclass(frozen=True)
class House:
    workspace: Workspace
    keys: dict[str, Key]
    base: Base

    def adapter(self, seed: int, golden: tuple[GoldenPrompt, ...] = GOLDEN, source: Path | None = None) -> Adapter:
        """An adapter in the store: `source` copied, or rank 2 on one module, other numbers for each seed."""
        place = self.workspace.root / f"made{seed}"
        if source is None:
            write_adapter(place, seed)
        else:
            place.mkdir()
            for name in ("adapter_config.json", "adapter_model.safetensors"):
                (place / name).write_bytes((source / name).read_bytes())
        weights = self.workspace.artifacts.put(place)
        return Adapter(
            name="demo", weights=weights, base=self.base.digest, run=digests.of_bytes(b"%d" % seed), rank=2,
            target_modules=("q_proj",), licences={"CC0-1.0": 1}, golden=golden,
        )  # fmt: skip

    def envelope(self, adapter: Adapter, version: int, **changes: Unpack[Changes]) -> bytes:
        """A release of `adapter`, signed as production's is."""
        now = datetime.now(UTC)
        signer = changes.get("signer", "olaf")
        release = Release(
            version=version, alias=changes.get("alias", "production"), adapter=adapter, base=self.base, policy=POLICY,
            evidence=(EVIDENCE,), approvals=tuple(self._approval(adapter, who, now) for who in
                                                  changes.get("approvers", ("rita", "paul"))),
            requester="eve", principal=signer, reason="test", previous=None, issued=changes.get("issued", now),
            expires=changes.get("expires", now + timedelta(days=1)),
        )  # fmt: skip
        return attestations.sign(release, adapter.version, adapter.digest, self.keys[signer]).encode()

    def put(self, envelope: bytes) -> None:
        """In place in one step, as promoting does."""
        staging = self.workspace.root / "release.new"
        staging.write_bytes(envelope)
        staging.replace(self.workspace.release)

    def revoke(self, adapter: Adapter, who: str = "paul") -> None:
        """Published beside the release, as `muniment revoke` does."""
        now = datetime.now(UTC)
        decision = Decision(
            decision="revoke", adapter=adapter.digest, evidence=(EVIDENCE,), policy=POLICY, principal=who,
            reason="leaks", issued=now, expires=now + timedelta(days=1),
        )  # fmt: skip
        self.workspace.refusals.mkdir(exist_ok=True)
        envelope = attestations.sign(decision, adapter.version, adapter.digest, self.keys[who])
        (self.workspace.refusals / "one.json").write_text(envelope)

    def _approval(self, adapter: Adapter, who: str, now: datetime) -> str:
        decision = Decision(
            decision="approve", adapter=adapter.digest, evidence=(EVIDENCE,), policy=POLICY, principal=who,
            reason="fit", issued=now, expires=now + timedelta(days=1),
        )  # fmt: skip
        return attestations.sign(decision, adapter.version, adapter.digest, self.keys[who])


def house(root: Path, base_directory: Path | None = None) -> House:
    """A workspace with a trust root of four people, and a stranger's key outside it."""
    root.mkdir(parents=True, exist_ok=True)
    workspace, keys, now = Workspace(root), root / "keys", datetime.now(UTC)
    root_key = new_key("root", keys)
    create_trust(workspace.trust, root_key, now)
    people = {name: new_key(name, keys) for name in (*ROLES, "stranger")}
    for name, role in ROLES.items():
        person = Principal.model_validate({"name": name, "roles": [role], "keys": [people[name].public_pem]})
        enroll(workspace.trust, root_key, person, now)
    if base_directory is None:
        base_directory = root / "base"
        base_directory.mkdir()
        (base_directory / "config.json").write_text("{}")
    base = Base(
        name="tiny", weights=workspace.artifacts.put(base_directory), licence="Apache-2.0", architecture="Llama",
        parameters=1, source="made",
    )  # fmt: skip
    return House(workspace, people, base)


def write_adapter(place: Path, seed: int = 0) -> None:
    """What peft writes for rank 2 on one module."""
    place.mkdir(parents=True)
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"], "bias": "none"}
    (place / "adapter_config.json").write_text(json.dumps(config))
    stem = "base_model.model.model.layers.0.self_attn.q_proj.lora_"
    random = np.random.default_rng(seed)
    tensors = {
        f"{stem}A.weight": random.random((2, 4), np.float32),
        f"{stem}B.weight": random.random((4, 2), np.float32),
    }
    save_file(tensors, place / "adapter_model.safetensors")
