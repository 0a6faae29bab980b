"""The verbs about pseudonyms: reveal whom one stands for, and turn to a new key."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from registry.audit.attempts import attempt
from registry.commands import keys
from registry.commands.session import AsJson, WithKey, opened, print_json, short, signatory
from registry.pages.labels import visible
from registry.workspace import Workspace, key_directory

Reason = Annotated[
    str,
    typer.Option("--reason", callback=short, help="Why, in three words or more; it is kept in the audit chain."),
]


def attach(app: typer.Typer) -> None:
    app.command()(reveal)
    keys.app.command()(rotate)


def reveal(
    ctx: typer.Context,
    pseudonym: Annotated[str, typer.Argument(help="As it stands in the scrubbed text.")],
    key: WithKey,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Say whom a pseudonym stands for. Takes a privacy officer and the pseudonym key; kept in the audit chain."""
    from governance.pii.reveal import Question
    from governance.pii.reveal import reveal as answers_to
    from governance.pii.standins.pseudonyms import all_keys
    from governance.policy import policy_of

    workspace: Workspace = ctx.obj
    opening, asked_by = partial(opened, workspace), partial(signatory, workspace, key)
    with attempt(workspace, "reveal", quoting=False):
        policy, keys = policy_of(workspace).pii, all_keys(key_directory())
    answers = answers_to(opening, workspace.artifacts, Question(pseudonym, reason), policy, keys, asked_by)
    if as_json:
        print_json([asdict(answer) for answer in answers])
        return
    for answer in answers:
        places = ", ".join(document[:12] for document in answer.documents)
        typer.echo(f"{visible(answer.value)}  ({answer.type}; documents {places})")


def rotate(ctx: typer.Context, key: WithKey, reason: Reason) -> None:
    """Scrub with a new pseudonym key from now on. The old one stays, to reveal what was scrubbed with it."""
    from governance.pii.reasons import require_reason
    from governance.pii.reveal import OFFICERS
    from governance.pii.standins.pseudonyms import rotate as turned
    from registry.database.store import Change

    require_reason(reason)
    workspace: Workspace = ctx.obj
    with attempt(workspace, "keys.rotate"), opened(workspace) as registry:
        with registry.attempting("keys.rotate", ()):
            officer = signatory(workspace, key).person(OFFICERS)
        old, new = turned(key_directory())
        registry.apply(Change("keys.rotate", (), f"{officer.name}: {reason}; from {old.id} to {new.id}"))
    typer.echo(f"pseudonym key {new.id} is in force; {old.id} can still reveal")
    typer.echo(f"back up {key_directory()}; muniment run makes new datasets and adapters", err=True)
