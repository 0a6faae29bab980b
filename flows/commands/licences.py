"""The verbs about licences: which one a file is, what it asks, and whether the policy accepts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.commands.session import AsJson, print_json, require_foreign
from registry.counted import counted
from registry.errors import ConfigError, LicenceRefused
from registry.files import write_atomically
from registry.pages.labels import visible

if TYPE_CHECKING:
    from governance.licences.judgement import Owed
    from governance.licences.settings import LicencePolicy
    from governance.licences.terms import Use
    from registry.database.store import Registry
    from registry.records import Adapter
    from registry.workspace import Workspace

licence = typer.Typer(help="Which licence something is under, what it asks, and what it may be used for.")
For = Annotated[str, typer.Option("--use", help="train, evaluate, serve_internal, serve_external or distribute.")]


def attach(app: typer.Typer) -> None:
    app.add_typer(licence, name="licence")
    app.command()(notice)


def duties(workspace: Workspace, registry: Registry, adapter: Adapter) -> tuple[Owed, ...]:
    """All that an adapter's lineage owes for what the policy makes adapters for. Raises LicenceRefused."""
    from governance.licences.judgement import owed, require
    from governance.licences.materials import materials_of

    policy, materials = _policy(workspace), materials_of(registry, adapter)
    require(materials, policy.uses, policy, adapter.name)
    return owed(materials, policy.uses, policy)


@licence.command()
def identify(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A licence text, a model or data set card, a use policy.")],
    as_json: AsJson = False,
) -> None:
    """Say which licence a file is or names, how sure that is, and what it asks. Exit code 4 when unknown."""
    from governance.licences.identify import identify_file
    from governance.licences.obligations import asked

    policy = _policy(ctx.obj)
    found = identify_file(file, policy)
    duties = asked(found.licence, policy) if found.known else ()
    if as_json:
        typer.echo(json.dumps({"licence": found.licence, "confidence": found.confidence, "obligations": duties}))
    else:
        typer.echo(f"{found.licence} (confidence {found.confidence:.2f})")
        for line in (*found.reasons, *(f"asks: {duty}" for duty in duties)):
            typer.echo(f"  {line}")
    if not found.known:
        raise LicenceRefused(
            f"the licence of {file} is unknown: {'; '.join(found.reasons)}",
            "have somebody read it, then state it in pipeline.yaml and describe it in policy.yaml under licences.terms",
        )


@licence.command()
def check(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(help="An adapter (NAME@DIGEST or an alias), a file or an SPDX expression.")],
    use: For = "train",
    as_json: AsJson = False,
) -> None:
    """Say whether a licence, or all that an adapter is made of, allows a use. Exit code 4 when it does not."""
    from governance.licences.expressions import check as accept
    from governance.licences.expressions import settled
    from governance.licences.obligations import asked

    policy = _policy(ctx.obj)
    if _is_adapter(ctx.obj, subject):
        _check_adapter(ctx.obj, subject, _use(use), as_json)
        return
    stated = accept(_stated(subject, policy), _use(use), policy, place=subject if Path(subject).exists() else "")
    under = settled(stated, (_use(use),), policy) or (stated,)
    duties = tuple(dict.fromkeys(duty for one in under for duty in asked(one, policy)))
    if as_json:
        print_json({"licence": stated, "use": use, "allowed": True, "obligations": duties})
        return
    chosen = f", under {' AND '.join(under)}" if " OR " in stated else ""
    typer.echo(f"{stated} may be used to {use.replace('_', ' ')}{chosen}")
    for duty in duties:
        typer.echo(f"  asks: {duty}")


@licence.command(name="list")
def list_licences(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Every licence whose terms are known, what it asks, and for which uses the policy accepts it."""
    from governance.licences.obligations import listing

    rows = listing(_policy(ctx.obj))
    if as_json:
        print_json([row.model_dump() for row in rows])
        return
    for row in rows:
        typer.echo(f"{row.licence}\n  accepted for: {', '.join(row.accepted) or 'nothing'}; {row.name}")
        typer.echo(f"  asks: {', '.join(row.obligations) or 'nothing'}")


@licence.command(name="packages")
def list_packages(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The licences of the packages that this program and vLLM run with. Exit code 4 when one is unknown."""
    from flows.config import load_serve_section
    from governance.licences.identify import UNKNOWN
    from governance.licences.packages import packages, served_with

    policy, python = _policy(ctx.obj), load_serve_section(ctx.obj).vllm_python
    found = {"muniment": packages("muniment", policy), "vllm": served_with(python, policy)}
    if as_json:
        rows = [(environment, package) for environment, some in found.items() for package in some]
        print_json([{"environment": environment, **package.model_dump()} for environment, package in rows])
    else:
        for environment, some in found.items():
            typer.echo(f"{environment}: {len(some)} packages" if some else f"{environment}: not installed here")
            for package in some:
                typer.echo(f"  {package.name:<32} {package.version:<14} {package.licence}  ({package.how})")
    unknown = sorted({package.name for some in found.values() for package in some if package.licence == UNKNOWN})
    if unknown:
        raise LicenceRefused(
            f"nothing says what these packages are under: {', '.join(unknown)}",
            "read what they are under, and state it in policy.yaml under licences.packages",
        )


def notice(
    ctx: typer.Context,
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="An adapter or an alias.")] = "production",
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this file instead of printing it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the NOTICE that must travel with an adapter. Exit code 1 when a text that it needs is not here."""
    from flows.walk.licences import notice_of

    require_foreign(ctx.obj, out)
    written = notice_of(ctx.obj, adapter)
    if out is not None:
        write_atomically(out, written.text.encode())
    if as_json:
        print_json({"notice": written.text, "missing": written.missing, "file": str(out) if out else None})
    elif out is None:
        typer.echo(written.text, nl=False)
    else:
        typer.echo(f"{out}: {counted(len(written.text.splitlines()), 'line')}", err=True)
    for licence_id in written.missing:
        typer.echo(f"missing: the text of {licence_id}; put it beside the base model as LICENSE", err=True)
    if written.missing:
        raise typer.Exit(1)


def _check_adapter(workspace: Workspace, reference: str, use: Use, as_json: bool) -> None:
    from flows.walk.licences import judged
    from governance.licences.judgement import require, spoken

    verdict = judged(workspace, reference, use)
    if as_json:
        print_json(verdict.model_dump())
    else:
        for refusal in verdict.refusals:
            typer.echo(visible(f"✗ {refusal.material}: {refusal.sentence}"))
        for duty in verdict.obligations:
            because = " → ".join(duty.chain) or duty.material
            typer.echo(visible(f"{duty.licence}: {duty.sentence} (because of {because})"))
        typer.echo(f"{visible(verdict.adapter)} {'may' if verdict.allowed else 'may not'} be used to {spoken(use)}")
    if not verdict.allowed:
        require(verdict.materials, (use,), _policy(workspace), verdict.name)


def _is_adapter(workspace: Workspace, subject: str) -> bool:
    """`name@digits`, or what the registry knows as an alias or adapter and no file or licence is called."""
    from registry.commands.session import has_registry, opened

    if "@" in subject:
        return True
    if Path(subject).exists() or not has_registry(workspace):
        return False
    with opened(workspace, healing=False) as registry:
        return subject in registry.aliases()


def _policy(workspace: Workspace) -> LicencePolicy:
    from governance.policy import policy_of

    return policy_of(workspace).licences


def _stated(subject: str, policy: LicencePolicy) -> str:
    from governance.licences.identify import identify_file

    return identify_file(Path(subject), policy).licence if Path(subject).is_file() else subject


def _use(name: str) -> Use:
    from governance.licences.terms import USES

    for use in USES:
        if use == name:
            return use
    raise ConfigError(f"{name!r} is no use", f"choose one of {', '.join(USES)}")
