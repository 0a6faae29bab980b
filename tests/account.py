"""Who said what, kept beside the registry in plain sets: what the approval machine is held against.

Written from the rules in docs/adr/0004, with none of the code that it judges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MAY_APPROVE = {"reviewer", "privacy_officer"}
MAY_REFUSE = MAY_APPROVE | {"operator"}


@dataclass(frozen=True)
class Approval:
    """What one person signed, with which key."""

    name: str
    key: str
    adapter: str
    evidence: frozenset[str]
    policy: str
    issued: datetime
    expires: datetime


@dataclass(frozen=True)
class Put:
    """A release as somebody signed it; `genuine` is False for whatever no operator could have signed."""

    version: int
    alias: str
    adapter: str
    evidence: frozenset[str]
    policy: str
    signer_key: str
    carried: tuple[Approval, ...]
    makers: frozenset[str]
    issued: datetime
    expires: datetime
    genuine: bool = True


@dataclass
class Account:
    """`keys` names each person's key that counts now; who has left has none."""

    keys: dict[str, str]
    roles: dict[str, str]
    needed: dict[str, int] = field(default_factory=dict)
    makers: dict[str, set[str]] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], tuple[bool, frozenset[str], frozenset[str]]] = field(default_factory=dict)
    approvals: list[Approval] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    released: list[str] = field(default_factory=list)

    def here(self, name: str, key: str) -> bool:
        return self.keys.get(name) == key

    def may(self, name: str, key: str, roles: set[str]) -> bool:
        return self.here(name, key) and self.roles[name] in roles

    def enough(self, names: set[str]) -> bool:
        """Each has one role here, so that places by role are simply counted."""
        by_role = {role: sum(1 for name in names if self.roles[name] == role) for role in MAY_APPROVE}
        return len(names) >= self.needed["approve"] and all(by_role[role] >= self.needed[role] for role in MAY_APPROVE)

    def counted(
        self, approvals: list[Approval], about: tuple[str, frozenset[str], str], now: datetime
    ) -> list[Approval]:
        """Those that speak of this adapter, evidence and policy, are in force, and of people who may say so."""
        return [
            one for one in approvals
            if (one.adapter, one.evidence, one.policy) == about and one.issued <= now < one.expires
            and self.may(one.name, one.key, MAY_APPROVE)
        ]  # fmt: skip

    def standing(self, adapter: str, policy: str, now: datetime) -> list[Approval] | None:
        """The approvals that count for an adapter now; None where the gate or a refusal forbids to ask."""
        passed, evidence, _ = self.verdicts.get((adapter, policy), (False, frozenset(), frozenset()))
        if adapter in self.refused or not passed:
            return None
        counted = self.counted(self.approvals, (adapter, evidence, policy), now)
        return [one for one in counted if one.name not in self.makers[adapter]]

    def may_approve(self, name: str, key: str, about: tuple[str, str], now: datetime, valid: int) -> bool:
        adapter, policy = about
        counted = self.standing(adapter, policy, now)
        if counted is None or not self.may(name, key, MAY_APPROVE) or name in self.makers[adapter]:
            return False
        longer = now + timedelta(days=valid - 1)
        return all(one.expires <= longer for one in counted if one.name == name)

    def may_promote(self, name: str, key: str, adapter: str, policy: str, now: datetime) -> bool:
        counted = self.standing(adapter, policy, now)
        if counted is None or not self.may(name, key, {"operator"}):
            return False
        compared = self.verdicts[adapter, policy][2]
        if self.released and adapter not in self.released and self.released[-1] not in compared:
            return False
        return self.enough({one.name for one in counted})

    def may_serve(self, put: Put, now: datetime, seen_version: int) -> bool:
        """What a server may obey that knows the release, the trust root of now, and the refusals."""
        if not put.genuine or put.alias != "production" or put.version < seen_version or put.adapter in self.refused:
            return False
        if not put.issued - timedelta(minutes=5) <= now < put.expires:
            return False
        signers = {name for name in self.keys if self.may(name, put.signer_key, {"operator"})}
        if not signers or not all(self.may(one.name, one.key, MAY_APPROVE) for one in put.carried):
            return False
        counted = self.counted(list(put.carried), (put.adapter, put.evidence, put.policy), now)
        return self.enough({one.name for one in counted if one.name not in put.makers})
