"""What people do with adapters, in any order, as rules of a state machine: `tests/attacks/test_registry_machine.py`.

Each act is done exactly if the account of who said what (`tests/account.py`) allows it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)  # fmt: skip

from registry.audit.sealing import Sealing
from registry.database.store import Registry
from registry.decisions import approvals
from registry.decisions.cases import Case
from registry.errors import MunimentError
from registry.records import Adapter, Base, Decision, Evidence, Figure, Release, Verdict
from registry.release import releases
from registry.release.files import heal
from registry.signatures import attestations
from registry.trust.changes import with_person, with_roots, without_person
from registry.trust.keys import Key, load_key, new_key
from registry.trust.principals import Principal, Trust
from registry.trust.signatory import Signatory
from registry.trust.signing import change
from registry.workspace import Workspace
from serving import seen
from tests.account import Account, Approval, Put
from tests.registered import NOW, PEOPLE, make_place

POLICIES = ("a" * 64, "f" * 64)
NAMES = tuple(PEOPLE)
KEYS_EACH = 4
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a file is synced there in no time
THRESHOLDS: tuple[dict[str, int], ...] = ({}, {"reviewer": 1, "privacy_officer": 1}, {"approve": 3})

which = st.integers(0, 2)
who = st.sampled_from(NAMES)
approver = st.sampled_from(("rita", "paul", "rob", "rita", "paul", "rob", "eve", "olaf"))
days = st.sampled_from((5, 30, 200))
policies = st.sampled_from((POLICIES[0], POLICIES[0], POLICIES[0], POLICIES[1]))


class Ground:
    """Made once: people with several keys each, and a workspace with the weights of three adapters."""

    def __init__(self, root: Path) -> None:
        self.place = make_place(root)
        names = [f"{name}-{n}" for name in NAMES for n in range(1, KEYS_EACH)]
        made = {name: new_key(name, self.place.keys) for name in (*names, "mallory")}
        self.root = load_key("root", self.place.keys)
        self.keys: dict[str, Key] = made | {name: load_key(name, self.place.keys) for name in NAMES}
        self.base = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="L", parameters=1, source="made")
        self.adapters = tuple(self._adapter(number) for number in range(3))

    def _adapter(self, number: int) -> Adapter:
        made = self.place.workspace.root / f"made{number}"
        made.mkdir(parents=True)
        (made / "adapter_model.safetensors").write_text(f"weights {number}")
        return Adapter(
            name="demo", weights=self.place.workspace.artifacts.put(made), base=self.base.digest, run="c" * 64,
            rank=2, target_modules=("q_proj",), licences={"MIT": 1}, golden=(),
        )  # fmt: skip


class People(RuleBasedStateMachine):
    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        root = Path(self.closing.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        shutil.copytree(self.ground.place.workspace.root, root, dirs_exist_ok=True)
        self.workspace = Workspace(root)
        outside = Sealing(self.workspace.checkpoints)
        self.registry = self.closing.enter_context(Registry.open(Path(":memory:"), "nobody", sealing=outside))
        self.registry.connection.execute("SET threads = 1")
        self.registry.add(self.ground.base, action="base")
        self.trust, self.now, self.known = self.ground.place.trust, NOW, seen.Seen()
        self.using = dict.fromkeys(NAMES, 0)
        self.account = Account({name: self.key(name).id for name in NAMES}, dict(PEOPLE))
        self.said: list[tuple[Approval, str]] = []
        self.puts: dict[bytes, Put] = {}
        self.serial, self.looked_at = 0, (b"", 0, NOW, 0)

    def teardown(self) -> None:
        self.closing.close()

    def key(self, name: str) -> Key:
        number = self.using[name]
        return self.ground.keys[f"{name}-{number}" if number else name]

    def turn(self, trust: Trust) -> None:
        """The next version of the trust root is in force."""
        change(self.workspace.trust, trust, [self.ground.root], NOW)
        self.trust = trust

    def by(self, name: str) -> Signatory:
        return Signatory(self.key(name), self.trust, self.now)

    def case(self, number: int, policy: str, valid: int = 30) -> Case:
        return Case(self.ground.adapters[number], policy, "looked at", timedelta(days=valid))

    def there(self, number: int) -> str | None:
        """The adapter's digest, if it is registered."""
        digest = self.ground.adapters[number].digest
        return digest if digest in self.account.makers else None

    def tried(self, act: Callable[[], Any], allowed: bool) -> Any:
        """Done exactly if the account allows it; what is refused is refused by a rule's name."""
        done, error = outcome(act)
        assert allowed == (error is None), f"allowed {allowed}, but: {error!r}"
        return done

    @initialize(counts=st.sampled_from(THRESHOLDS))
    def begin(self, counts: dict[str, int]) -> None:
        self.turn(with_roots(self.trust, (), (), counts))
        self.account.needed = {"approve": 2, "reviewer": 0, "privacy_officer": 0, **counts}
        for number in range(2):
            self.register(number, "eve")
            self.judge(number, POLICIES[0], True)
        self.carry(0, POLICIES[0], 30)

    @rule(number=which, name=who)
    def register(self, number: int, name: str) -> None:
        adapter = self.ground.adapters[number]
        if self.there(number) is None:
            replace(self.registry, actor=name).add(adapter, (adapter.base,), "register")
            self.account.makers[adapter.digest] = {name}

    @rule(number=which, policy=policies, passed=st.sampled_from([True, True, True, False]))
    def judge(self, number: int, policy: str, passed: bool) -> None:
        if digest := self.there(number):
            self.serial += 1
            figure = Figure(name="accuracy", value=float(self.serial), n=1)
            evidence = Evidence(type="headline", subject=digest, figures=(figure,))
            against = tuple(self.account.makers)
            verdict = Verdict(subject=digest, policy=policy, evidence=(evidence.digest,), passed=passed,
                              reasons=("As it is.",), against=against)  # fmt: skip
            self.registry.add(evidence, (digest,), "evaluate")
            self.registry.add(verdict, (digest, evidence.digest), "gate")
            self.account.verdicts[digest, policy] = passed, frozenset((evidence.digest,)), frozenset(against)

    @rule(number=which, name=approver, policy=policies, valid=days)
    def approve(self, number: int, name: str, policy: str, valid: int) -> None:
        if digest := self.there(number):
            allowed = self.account.may_approve(name, self.key(name).id, (digest, policy), self.now, valid)
            done = self.tried(
                lambda: approvals.approve(self.registry, self.case(number, policy, valid), self.by(name)), allowed
            )
            if done:
                approval = Approval(name, self.key(name).id, digest, frozenset(done.evidence), policy, self.now,
                                    done.expires)  # fmt: skip
                self.account.approvals.append(approval)
                self.said.append((approval, attestations.sign(done, "x", digest, self.key(name))))

    @rule(number=which, policy=policies, valid=days)
    def agree(self, number: int, policy: str, valid: int) -> None:
        for name in ("rita", "paul", "rob"):
            self.approve(number, name, policy, valid)

    @rule(number=which, policy=policies, valid=days)
    def carry(self, number: int, policy: str, valid: int) -> None:
        """All the way, as on a good day."""
        self.agree(number, policy, valid)
        self.promote(number, "olaf", policy)

    @rule(number=which, name=who, verb=st.sampled_from([approvals.reject, approvals.revoke]), luck=st.integers(0, 9))
    def refuse(self, number: int, name: str, verb: Callable[..., Decision], luck: int) -> None:
        if luck == 0 and (digest := self.there(number)):
            allowed = self.account.may(name, self.key(name).id, {"reviewer", "privacy_officer", "operator"})
            if self.tried(lambda: verb(self.registry, self.case(number, POLICIES[0]), self.by(name)), allowed):
                self.account.refused.add(digest)
            heal(self.registry, self.workspace)

    @rule(number=which, name=st.sampled_from(("olaf", "olaf", "olaf", "rita")), policy=policies)
    def promote(self, number: int, name: str, policy: str) -> None:
        if self.there(number):
            self._released(number, name, policy, releases.promote)

    @precondition(lambda self: self.account.released)
    @rule(policy=policies)
    def rollback(self, policy: str) -> None:
        earlier = [one for one in self.account.released if one != self.account.released[-1]]
        if earlier:
            number = next(n for n in range(3) if self.there(n) == earlier[-1])
            assert releases.before(self.registry).digest == earlier[-1]
            self._released(number, "olaf", policy, releases.rollback)

    def _released(self, number: int, name: str, policy: str, verb: Callable[..., Release]) -> None:
        digest, key = self.ground.adapters[number].digest, self.key(name).id
        counted = self.account.standing(digest, policy, self.now) or []
        allowed = self.account.may_promote(name, key, digest, policy, self.now)
        release = self.tried(
            lambda: verb(self.registry, self.workspace, self.case(number, policy), self.by(name)), allowed
        )
        if release:
            self.account.released.append(digest)
            self.puts[self.workspace.release.read_bytes()] = Put(
                release.version, "production", digest, frozenset(release.evidence), policy, key, tuple(counted),
                frozenset(self.account.makers[digest]), self.now, self.now + timedelta(days=30),
            )  # fmt: skip

    @rule(forward=st.sampled_from((timedelta(minutes=1), timedelta(days=1), timedelta(days=6), timedelta(days=31))))
    def wait(self, forward: timedelta) -> None:
        self.now += forward

    @rule(name=who, luck=st.integers(0, 4))
    def leave(self, name: str, luck: int) -> None:
        if luck == 0 and name in self.account.keys:
            self.turn(without_person(self.trust, name))
            del self.account.keys[name]

    @precondition(lambda self: len(self.account.keys) < len(NAMES))
    @rule()
    def come_back(self) -> None:
        name = next(name for name in NAMES if name not in self.account.keys)
        if self.using[name] + 1 < KEYS_EACH:
            self.using[name] += 1
            person = Principal(name=name, roles=(PEOPLE[name],), keys=(self.key(name).public_pem,))
            self.turn(with_person(self.trust, person))
            self.account.keys[name] = self.key(name).id


def outcome(act: Callable[[], Any]) -> tuple[Any, MunimentError | None]:
    try:
        return act(), None
    except MunimentError as error:
        return None, error
