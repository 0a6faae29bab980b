"""The verbs about licences: which one a file is, what it asks, and whether the policy accepts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.errors import ConfigError, LicenceRefused
from registry.session import AsJson, print_json

if TYPE_CHECKING:
    from governance.licences.terms import Use
    from governance.policy import LicencePolicy
    from registry.workspace import Workspace

licence = typer.Typer(help="Which licence something is under, what it asks, and what it may be used for.")
For = Annotated[str, typer.Option("--use", help="train, evaluate, serve_internal, serve_external or distribute.")]


def attach(app: typer.Typer) -> None:
    app.add_typer(licence, name="licence")


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
    subject: Annotated[str, typer.Argument(help="An SPDX expression or a file.")],
    use: For = "train",
    as_json: AsJson = False,
) -> None:
    """Say whether the policy accepts a licence for a use. Exit code 4 when it does not."""
    from governance.licences.expressions import check as accept
    from governance.licences.obligations import asked

    policy = _policy(ctx.obj)
    stated = accept(_stated(subject, policy), _use(use), policy, place=subject if Path(subject).exists() else "")
    duties = asked(stated, policy)
    if as_json:
        print_json({"licence": stated, "use": use, "allowed": True, "obligations": duties})
        return
    typer.echo(f"{stated} may be used to {use.replace('_', ' ')}")
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
