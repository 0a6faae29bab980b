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


def standing_of(workspace: Workspace, alias: str = "production") -> Standing:
    """Read the registry. A workspace that has not run yet has nothing, which is no error.

    Raises NotFound for a directory that is no workspace.
    """
    if not has_registry(workspace):
        if not workspace.pipeline.exists():
            next_step = f"muniment init {workspace.root}, or choose one with -C DIR"
            raise NotFound(f"{workspace.root} is no workspace", next_step)
        return Standing(workspace=str(workspace.root), production=None, counts={}, candidates={}, next=RUN)
    with opened(workspace) as registry:
        release = registry.current(alias)
        verdicts = {verdict.subject: verdict for verdict in registry.all(Verdict)}
        adapters = registry.all(Adapter)
        runs = {run.digest: run for run in registry.all(TrainingRun)}
        decided = {str(row["adapter"]): str(row["status"]) for row in listing(registry, "adapters").as_dicts()}
        there = counts(registry)
    serving = release.adapter.digest if release else None
    before = {a.digest: gone_on_from(a, adapters, runs) for a in adapters}
    waiting = {
        a.version: _word(verdicts.get(a.digest), before[a.digest]) + _since(decided[a.version])
        for a in adapters
        if a.digest != serving
    }
    production = release.adapter.version if release else None
    said = decided.get(production) if production else None
    withdrawn = said if said in ("rejected", "revoked") else None
    newer = takewhile(lambda a: a.digest != serving, reversed(adapters))
    passed = [a.version for a in newer if (verdict := verdicts.get(a.digest)) and verdict.passed]
    return Standing(
        workspace=str(workspace.root), production=production, withdrawn=withdrawn, counts=there, candidates=waiting,
        next=_next({version: decided[version] for version in passed}) or ("" if adapters else RUN),
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


def _word(verdict: Verdict | None, before: Adapter | None) -> str:
    made = f" (goes on from {before.version})" if before else ""
    if verdict is None:
        return f"not judged yet{made}: muniment run"
    return f"passed the gate{made}" if verdict.passed else f"refused{made}: {' '.join(verdict.reasons)}"


def _since(status: str) -> str:
    return "" if status == "candidate" else f"; {status}"
