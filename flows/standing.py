"""What a workspace has reached, in one record: for `muniment status`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from pydantic import BaseModel, ConfigDict

from registry.commands.session import has_registry, opened
from registry.database.listing import counts, listing
from registry.errors import NotFound
from registry.lineage.provenance import gone_on_from
from registry.records import Adapter, TrainingRun, Verdict
from registry.workspace import Workspace

RUN = "muniment run"
_OPEN = ("candidate", "approved")
APPROVE, PROMOTE = "two people: muniment approve {} --key NAME", "muniment promote {} --key OPERATOR"


class Standing(BaseModel):
    """`candidates` maps version to the gate's word on it and people's; `counts` a word of `list --kind` to a number.

    `withdrawn` is the word on production's adapter where somebody has taken it out: nothing is served until an operator
    releases another. `next` is the command that brings the newest adapter on, empty where none waits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    workspace: str
    production: str | None
    withdrawn: str | None = None
    counts: dict[str, int]
    candidates: dict[str, str]
    next: str = ""


def standing_of(workspace: Workspace, policy: str = "", alias: str = "production") -> Standing:
    """Read the registry. A workspace that has not run yet has nothing, which is no error.

    `policy` is the digest of the policy as it is now: the gate's word under another one opens nothing. Empty, the last
    word is told under whatever policy it was given.

    Raises NotFound for a directory that is no workspace.
    """
    if not has_registry(workspace):
        if not workspace.pipeline.exists():
            next_step = f"muniment init {workspace.root}, or choose one with -C DIR"
            raise NotFound(f"{workspace.root} is no workspace", next_step)
        return Standing(workspace=str(workspace.root), production=None, counts={}, candidates={}, next=RUN)
    with opened(workspace) as registry:
        release = registry.current(alias)
        given = registry.all(Verdict)
        adapters = registry.all(Adapter)
        runs = {run.digest: run for run in registry.all(TrainingRun)}
        decided = {str(row["adapter"]): str(row["status"]) for row in listing(registry, "adapters").as_dicts()}
        there = counts(registry)
    current = {verdict.subject: verdict for verdict in given if policy in ("", verdict.policy)}
    verdicts = {verdict.subject: verdict for verdict in given} | current
    serving = release.adapter.digest if release else None
    before = {a.digest: gone_on_from(a, adapters, runs) for a in adapters}
    outdated = {a.version for a in adapters if a.digest not in current and decided[a.version] in _OPEN}
    waiting = {
        a.version: _word(verdicts.get(a.digest), before[a.digest], decided[a.version], a.version in outdated)
        for a in adapters
        if a.digest != serving
    }
    production = release.adapter.version if release else None
    said = decided.get(production) if production else None
    withdrawn = said if said in ("rejected", "revoked") else None
    newer = list(takewhile(lambda a: a.digest != serving, reversed(adapters)))
    passed = [a.version for a in newer if (verdict := current.get(a.digest)) and verdict.passed]
    again = RUN if not adapters or any(a.version in outdated for a in newer) else ""
    return Standing(
        workspace=str(workspace.root), production=production, withdrawn=withdrawn, counts=there, candidates=waiting,
        next=_next({version: decided[version] for version in passed}) or again,
    )  # fmt: skip


def status_of(workspace: Workspace, version: str) -> str:
    """An adapter's word in `muniment list`: `candidate`, `approved`, `rejected`, `revoked`, or what means it now."""
    with opened(workspace) as registry:
        rows = listing(registry, "adapters").as_dicts()
    return next(str(row["status"]) for row in rows if row["adapter"] == version)


def _next(waiting: Mapping[str, str]) -> str:
    """For adapters that passed the gate, the newest first, each with what people have said of it."""
    for status, command in (("approved", PROMOTE), ("candidate", APPROVE)):
        if (version := next((one for one, said in waiting.items() if said == status), None)) is not None:
            return command.format(version)
    return ""


def _word(verdict: Verdict | None, before: Adapter | None, status: str, outdated: bool) -> str:
    """The gate's word and people's; an approval goes with the policy that it was given under, a refusal stays."""
    made = f" (goes on from {before.version})" if before else ""
    since = "" if status == "candidate" else f"; {status}"
    if verdict is None:
        return f"not judged yet{made}: muniment run{since}"
    if outdated:
        return f"judged under another policy{made}: muniment run"
    return (f"passed the gate{made}" if verdict.passed else f"refused{made}: {' '.join(verdict.reasons)}") + since
