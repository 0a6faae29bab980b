"""The verbs that walk: run and train, and what they would take."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from registry.counted import counted
from registry.errors import ConfigError
from registry.workspace import Workspace

if TYPE_CHECKING:
    from flows.training.planning.plan import Plan

Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Settings to override, e.g. sft.learning_rate=1e-4."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Auto = Annotated[bool, typer.Option("--auto", help="Search for the training settings.")]
Budget = Annotated[
    str | None, typer.Option("--budget", metavar="TIME", help="With --auto: time for search and SFT, e.g. 45m.")
]


def attach(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(train)


def run(
    ctx: typer.Context,
    overrides: Overrides = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print settings and plan, and do nothing.")] = False,
    as_json: Json = False,
    auto: Auto = False,
    budget: Budget = None,
) -> None:
    """Run the whole walk: ingest, scrub, validate, build, train, evaluate, register. Finished stages are looked up."""
    given = _given(overrides, auto, budget)
    if dry_run:
        _plan(ctx, given, as_json, settings=True)
        return
    _checked(ctx, given)
    from flows.local import run_locally

    versions = run_locally(ctx.obj, given)
    if as_json:
        typer.echo(json.dumps({"candidates": versions}))
        return
    for line in _what_now(ctx.obj, versions[0]):
        typer.echo(line)


def train(
    ctx: typer.Context,
    overrides: Overrides = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan, and do nothing.")] = False,
    as_json: Json = False,
    auto: Auto = False,
    budget: Budget = None,
) -> None:
    """The walk as far as trained adapters, measured by nothing yet. Finished stages are looked up."""
    given = _given(overrides, auto, budget)
    if dry_run:
        _plan(ctx, given, as_json, settings=False)
        return
    _checked(ctx, given)
    from flows.local import train_locally

    versions = train_locally(ctx.obj, given)
    if as_json:
        typer.echo(json.dumps({"adapters": versions}))
        return
    typer.echo(f"trained: {', '.join(versions)}")
    search = (*(["--auto"] if auto else ()), *(["--budget", budget] if budget else ()))
    again = shlex.join(("muniment", "run", *search, *(overrides or ())))
    typer.echo(f"next: muniment evaluate {versions[0]} FILE, or {again}, which goes on to the gate")


def _what_now(workspace: Workspace, version: str) -> Iterator[str]:
    """The candidate, and the command that brings it on from where people have left it."""
    from flows.status.standing import status_of, waiting_for

    status = status_of(workspace, version)
    if status not in ("candidate", "approved"):
        yield f"candidate: {version}, which people have decided on: {status}"
    elif (waits := waiting_for(workspace, version)).step:
        yield f"candidate: {version}"
        yield f"next: muniment show {version}, then {waits.step}"
    else:
        yield f"candidate: {version}, about which nobody is asked: {waits.said}"


def _given(overrides: Sequence[str] | None, auto: bool, budget: str | None) -> tuple[str, ...]:
    """What --auto and --budget say, as the settings that they are. Raises ConfigError for a budget for nothing
    and for one without a unit."""
    if budget is not None and not auto:
        raise ConfigError("--budget is the time of a search", "add --auto, or leave --budget out")
    if budget is not None and re.fullmatch(r"\d*\.?\d+", budget.strip()):
        raise ConfigError(f"--budget {budget}: seconds, minutes or hours?", f"write {budget.strip()}m for minutes")
    asked = ("tune.enabled=true",) if auto else ()
    return (*(overrides or ()), *asked, *((f"tune.budget={budget}",) if budget is not None else ()))


def _checked(ctx: typer.Context, overrides: tuple[str, ...]) -> None:
    """What is wrong with settings or folders is said before anything heavy is loaded."""
    from flows.config import load_pipeline
    from flows.ingest.walk import require_files
    from flows.training.lora import check_servable
    from governance.policy import policy_of

    pipeline = load_pipeline(ctx.obj, overrides)
    policy_of(ctx.obj)
    check_servable(pipeline.sft)
    require_files(pipeline.documents, pipeline.ingest)


def _plan(ctx: typer.Context, overrides: tuple[str, ...], as_json: bool, settings: bool) -> None:
    from flows.base.quiet import quiet_from_the_start
    from flows.config import every_setting
    from flows.walk.planning import plan_run
    from flows.walk.shelf import shelf_of

    quiet_from_the_start()
    _checked(ctx, overrides)
    shelf = shelf_of(ctx.obj.root, overrides)
    plans = plan_run(shelf)
    shown = {"settings": every_setting(shelf.pipeline)} if settings else {}
    if as_json:
        typer.echo(json.dumps({**shown, "plan": [plan.model_dump() for plan in plans]}, indent=2))
        return
    if settings:
        typer.echo(json.dumps(shown["settings"], indent=2))
    typer.echo("\n".join(lines(plans)))


def lines(plans: Sequence[Plan]) -> list[str]:
    """Each plan in words."""
    return [f"{plan.method}: {'; '.join(_parts(plan))}" for plan in plans]


def _parts(plan: Plan) -> list[str]:
    most = "at most " if plan.at_most else ""
    parts = [most + counted(plan.rows, "row")]
    if plan.passes is not None:
        passes = f"{plan.passes:.3g}"
        parts[0] += f", {passes} {'pass' if passes == '1' else 'passes'}"
    if plan.steps is not None:
        parts[0] += f", {counted(plan.steps, 'step')}"
    if plan.tokens:
        parts[0] += f", {counted(plan.tokens, 'token')}"
    if plan.peak_bytes and plan.free_bytes:
        parts.append(f"memory {plan.peak_bytes / 2**30:.1f} of {plan.free_bytes / 2**30:.1f} GiB that are free")
    if plan.seconds is None:
        return [*parts, f"time unknown ({plan.basis})"]
    off = "not yet compared with a run" if plan.error is None else f"the last estimates were off by {plan.error:.0%}"
    bound = most if plan.steps else ""  # the rest is measured, whatever rows come of it
    parts.append(f"{bound}{plan.seconds:.0f} s (by {plan.basis}; {off})")
    return [*parts, f"cost {plan.cost:.2f}"] if plan.cost is not None else parts
