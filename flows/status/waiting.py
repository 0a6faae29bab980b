"""What an adapter that passed the gate still lacks, by the rules that a release goes by: for `muniment status`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.database.store import Registry
from registry.decisions.dossier import read
from registry.decisions.grounds import grounds_of
from registry.decisions.standing import Standing
from registry.errors import ClockBehind, Expired, GateRefused, MunimentError
from registry.records import Adapter, Release
from registry.release.releases import require_compared
from registry.trust.principals import Trust
from registry.trust.seen import trust_of
from registry.workspace import Workspace

RUN = "muniment run"
APPROVE, PROMOTE = "{}: muniment approve {} --key NAME", "muniment promote {} --key OPERATOR"
BARRED, ASKED, APPROVED = range(3)
_WHO = {1: "another person", 2: "two people"}


@dataclass(frozen=True)
class Waiting:
    """`far` is how far it has come; `said` is what is to be told of it, `step` the command that brings it on.

    `people` counts who approved where that is not enough yet.
    """

    far: int
    said: str
    step: str
    people: int = 0


@dataclass(frozen=True)
class Asked:
    """What is asked about adapters: in which workspace, under which policy (its digest), instead of what, when."""

    workspace: Workspace
    policy: str
    current: Release | None
    now: datetime


def waiting_of(registry: Registry, adapter: Adapter, asked: Asked) -> Waiting:
    """Where an adapter stands that the gate passed. Raises DigestMismatch, ChainBroken."""
    page = read(registry, adapter)
    try:
        trust = trust_of(asked.workspace, asked.now)
        grounds = grounds_of(page, asked.policy, trust)
        standing = grounds.standing(trust, asked.now)
    except MunimentError as error:
        step = error.next_step if isinstance(error, Expired | ClockBehind) else ""
        return Waiting(BARRED, f"not to be released: {error.message}", step)
    if standing.refusal is not None:
        said = standing.refusal.message if grounds.approvals else ""
        return Waiting(ASKED, said, _asking(adapter, standing, trust), len(standing.approvers))
    try:
        require_compared(page, asked.policy, asked.current)
    except GateRefused as error:
        return Waiting(APPROVED, f"approved, but {error.message}", RUN)
    return Waiting(APPROVED, "approved", PROMOTE.format(adapter.version))


def furthest(waiting: Sequence[Waiting]) -> Waiting:
    """The one that lacks least; of equals the first."""
    return max(waiting, key=lambda one: (one.far, one.people), default=Waiting(BARRED, "", ""))


def _asking(adapter: Adapter, standing: Standing, trust: Trust) -> str:
    missing = max(1, trust.thresholds.approve - len(standing.approvers))
    return APPROVE.format(_WHO.get(missing, f"{missing} people"), adapter.version)
