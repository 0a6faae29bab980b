"""The approval machine under everything that people and an attacker with the folder do, in any order.

Hypothesis plays it: adapters come and are judged, people approve, refuse, promote, leave and come back with another
key, time passes, an attacker puts old, borrowed and forged files and rows in place. After each step serving reads what
lies there. A second, simpler account of who said what (`tests/account.py`) says whether that may be served: never an
unapproved adapter, and no sound release refused.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)  # fmt: skip

from registry.database.store import Attestation, Change
from registry.records import Decision, Release
from registry.release.verification import read_refusals, verify_release
from registry.signatures import attestations
from serving import seen
from tests.account import Put
from tests.approving import POLICIES, Ground, People, outcome, policies, which

RUNS = int(os.environ.get("MACHINE_RUNS", "20"))
STEPS = 50


class Machine(People):
    """And what an attacker does, who can write the folder and the database, and may have the operator's key."""

    @precondition(lambda self: self.puts)
    @rule(index=st.integers(0, 99))
    def replay(self, index: int) -> None:
        self.workspace.release.write_bytes(list(self.puts)[index % len(self.puts)])

    @precondition(lambda self: self.puts)
    @rule(index=st.integers(0, 999), instead=st.sampled_from((b"0", b"A", b'"', b"")))
    def spoil(self, index: int, instead: bytes) -> None:
        data = list(self.puts)[index % len(self.puts)]
        at = index * len(data) // 1000
        spoilt = data[:at] + instead + data[at + 1 :]
        if spoilt not in self.puts:
            self.puts[spoilt] = replace(self.puts[data], genuine=False)
        self.workspace.release.write_bytes(spoilt)

    @precondition(lambda self: self.said)
    @rule(number=which, signer=st.sampled_from(("olaf", "mallory", "rita")), alias=st.sampled_from(("production", "x")))
    def forge(self, number: int, signer: str, alias: str) -> None:
        """A release of any adapter on every approval there ever was, signed by whoever."""
        digest = self.there(number)
        _, evidence, _ = self.account.verdicts.get((digest or "", POLICIES[0]), (False, frozenset[str](), None))
        if digest is None or not evidence:
            return
        key = self.ground.keys["mallory"] if signer == "mallory" else self.key(signer)
        makers, newest = frozenset(self.account.makers[digest]), self.registry.newest()
        release = Release(
            version=newest.version + 1 if newest else 1, alias=alias, adapter=self.ground.adapters[number],
            base=self.ground.base, policy=POLICIES[0], evidence=tuple(evidence), requester=min(makers),
            approvals=tuple(envelope for _, envelope in self.said), makers=tuple(makers), principal=signer,
            reason="forged", previous=None, issued=self.now, expires=self.now + timedelta(days=60),
        )  # fmt: skip
        data = attestations.sign(release, "x", digest, key).encode()
        self.puts[data] = Put(
            release.version, alias, digest, frozenset(evidence), POLICIES[0], key.id,
            tuple(approval for approval, _ in self.said), makers, self.now, release.expires, signer == "olaf",
        )  # fmt: skip
        self.workspace.release.write_bytes(data)

    @precondition(lambda self: self.said)
    @rule(number=which, index=st.integers(0, 99))
    def borrow(self, number: int, index: int) -> None:
        """Somebody's approval put among those of another adapter."""
        if digest := self.there(number):
            approval, envelope = self.said[index % len(self.said)]
            self._put_row(digest, envelope, approval.name)

    @rule(number=which, name=st.sampled_from(("rita", "paul", "rob")), policy=policies)
    def invent(self, number: int, name: str, policy: str) -> None:
        """An approval in somebody's name, signed by a stranger."""
        if digest := self.there(number):
            _, evidence, _ = self.account.verdicts.get((digest, policy), (False, frozenset[str](), None))
            decision = Decision(
                decision="approve", adapter=digest, evidence=tuple(evidence), policy=policy, principal=name, reason="",
                issued=self.now, expires=self.now + timedelta(days=9),
            )  # fmt: skip
            self._put_row(digest, attestations.sign(decision, "x", digest, self.ground.keys["mallory"]), name)

    def _put_row(self, digest: str, envelope: str, name: str) -> None:
        self.registry.apply(Change("note", (), attestations=(Attestation(digest, Decision.kind, envelope, name),)))

    @precondition(lambda self: self.account.refused)
    @rule()
    def erase_refusals(self) -> None:
        self.registry.connection.execute(
            "DELETE FROM records WHERE kind = 'decision' AND (body ->> 'decision') <> 'approve'"
        )

    @invariant()
    def serving_obeys_what_may_be_served_and_nothing_else(self) -> None:
        path = self.workspace.release
        data = path.read_bytes() if path.exists() else b""
        looked_at = (data, self.trust.version, self.now, len(self.account.refused))
        if not data or looked_at == self.looked_at:
            return
        self.looked_at = looked_at
        put = self.puts[data]
        allowed = self.account.may_serve(put, self.now, self.known.version)
        release, error = outcome(lambda: self._read(data))
        forked = put.version == self.known.version and release is None and bool(self.known.digest)
        assert allowed == (release is not None) or forked, f"allowed {allowed}, but: {release or error!r}"
        if release:
            self.known = seen.Seen(version=release.version, digest=release.digest)

    def _read(self, data: bytes) -> Release:
        """As a server does."""
        refusals = read_refusals(self.workspace.refusals)
        release = verify_release(data, self.trust, self.now, self.known.version, refusals=refusals)
        seen.check(self.known, release)
        return release


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("machine"))


def test_an_unapproved_adapter_is_never_served_whatever_happens_before(ground: Ground) -> None:
    Machine.ground = ground
    profile = settings(
        max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck),
        print_blob=True,
    )  # fmt: skip

    run_state_machine_as_test(Machine, settings=profile)
