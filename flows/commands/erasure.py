"""The verbs of forgetting: erase a subject or a document, and hold what must not be erased."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from registry.audit.attempts import attempt
from registry.commands.session import AsJson, WithKey, opened, opened_by, print_json, short, signatory
from registry.counted import counted
from registry.errors import ConfigError, NotFound
from registry.pages.labels import printable, visible
from registry.times import spoken
from registry.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from flows.erasure.erasing import Done, Preview
    from registry.database.store import Registry
    from registry.erasure.holds import Act
    from registry.records import Document

MOST_LISTED = 20
holds = typer.Typer(help="Legal holds: documents that must not be erased.", no_args_is_help=True)
Reason = Annotated[
    str,
    typer.Option(
        "--reason", callback=short, help="Why, in three words or more and without saying who; it is signed and kept."
    ),
]
DocumentName = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its path, or 8 digits of its digest.")]


def attach(app: typer.Typer) -> None:
    app.command()(erase)
    app.add_typer(holds, name="hold")


def erase(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="SUBJECT|DOCUMENT", help="A person or number, a document's path or digest; - reads it."),
    ] = None,
    reason: Reason = "",
    key: Annotated[str, typer.Option("--key", help="The privacy officer's key.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without this, only show what it would reach.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person or a document everywhere, for ever. Alone, it finishes what a kill left unfinished."""
    from flows.erasure import erasing
    from registry.gate import undisturbed

    workspace: Workspace = ctx.obj
    if not yes and name is not None:
        _show(erasing.preview(workspace, _read(name)), as_json)
        return
    if name is not None and not key:
        raise ConfigError("erasing takes a privacy officer's key", "--key NAME")
    with attempt(workspace, "erase", quoting=False), undisturbed(workspace):
        done = [erasing.finish(workspace, one) for one in erasing.pending(workspace)]
        if name is not None:
            asked_by = partial(signatory, workspace, key)
            done.append(erasing.carry_out(workspace, _read(name), reason, asked_by))
    _tell(done, as_json)


@holds.command()
def add(ctx: typer.Context, document: DocumentName, key: WithKey, reason: Reason, as_json: AsJson = False) -> None:
    """Forbid that a document is erased. Takes a privacy officer or an auditor."""
    _hold(ctx.obj, document, "placed", reason, key, as_json)


@holds.command()
def release(
    ctx: typer.Context, document: DocumentName, key: WithKey, reason: Reason, as_json: AsJson = False
) -> None:
    """Let a document be erased again."""
    _hold(ctx.obj, document, "released", reason, key, as_json)


@holds.command(name="list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The holds that bind now."""
    from datetime import UTC, datetime

    from registry.erasure.holds import in_force
    from registry.records import Document
    from registry.trust.seen import trust_of

    workspace: Workspace = ctx.obj
    with opened(workspace) as registry:
        held = in_force(registry, trust_of(workspace, datetime.now(UTC)))
        names = {one.content: one.path for one in registry.all(Document)}
    rows = [
        {"document": names.get(content, content[:12]), "by": said.principal, "reason": said.reason,
         "since": said.issued.isoformat()}
        for content, said in held.items()
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo("no document is held", err=True)
    for row, said in zip(rows, held.values(), strict=True):
        told = {**row, "since": f"since {spoken(said.issued)}"}
        typer.echo("  ".join(map(visible, told.values())))


def _hold(
    workspace: Workspace, name: str, act: Act, reason: str, key: str, as_json: bool
) -> None:
    from governance.pii.reasons import require_reason
    from registry.erasure.holds import hold, in_force
    from registry.folders import inside

    verb = "hold.add" if act == "placed" else "hold.release"
    with attempt(workspace, verb, quoting=False):
        require_reason(reason)
        with opened_by(workspace, key) as (registry, by):
            document = _document(registry, name, inside(workspace, name))
            before = in_force(registry, by.trust).get(document.content)
            said = hold(registry, document, act, reason, by)
    if before is not None and act == "placed":
        told = f"held again, as by {before.principal} since {before.issued:%Y-%m-%d}; one release ends both"
    else:
        told = "held" if act == "placed" else "no longer held"
    if as_json:
        print_json({"document": name, "held": act == "placed", "by": said.principal, "digest": said.digest,
                    "held_before": before is not None})  # fmt: skip
    else:
        typer.echo(f"{said.principal}: {printable(name)} is {told}")


def _document(registry: Registry, name: str, inside: str) -> Document:
    from governance.pii.sought import named
    from registry.records import Document

    documents = named(registry.all(Document), name, inside)
    if len({one.content for one in documents}) != 1:
        many = f"{name!r} fits {len(documents)} documents" if documents else f"no document is called {name!r}"
        which = "give the digits of one of them: " if documents else ""
        raise NotFound(many, which + "muniment list --kind documents")
    return documents[-1]


def _read(name: str) -> str:
    """From the standard input, where a name must not stand in the shell's history."""
    return sys.stdin.readline().strip() if name == "-" else name


def _show(found: Preview, as_json: bool) -> None:
    from registry.erasure.erasure import plan_of

    reach, cut = found.reach, found.meant.cut
    rows = sum(map(len, found.meant.rows.values()))
    plan = plan_of(reach)
    seen = {
        "what": "subject" if found.meant.subject else "document",
        "documents": [{"digest": one.digest, "path": one.path, "whole": one.digest in cut.whole}
                      for one in reach.documents],
        "rows": rows,
        "tables": {hit.artifact: len(hit.rows) for hit in reach.hits},
        "datasets": list(plan.datasets),
        "adapters": list(plan.adapters),
        "releases": [{"alias": one.alias, "version": one.version, "adapter": one.adapter.version}
                     for one in reach.releases],
        "files": [str(path) for path in found.files],
        "copies": [str(path) for path in found.copies],
        "opaque": [str(path) for path in found.opaque],
        "held": [{"digest": one.digest, "path": one.path} for one in found.held],
        "related": [{"digest": one, "path": path} for one, path in sorted(found.meant.related.items())],
    }  # fmt: skip
    if as_json:
        print_json({**seen, "done": False})
        return
    for name, value in seen.items():
        typer.echo(f"{name:<10} {_listed(value)}")
    first = " have the holds released (muniment hold release DOCUMENT), then" if found.held else ""
    typer.echo(f"nothing is erased yet; to do it:{first} --reason TEXT --key OFFICER --yes", err=True)


def _listed(value: object) -> str:
    """A number and, each on a line of its own, the first of what it counts; a plan is read before it is signed."""
    if not isinstance(value, list | dict):
        return str(value)
    names = [printable(_named(one) if isinstance(one, dict) else str(one)) for one in value]
    more = [f"… and {len(names) - MOST_LISTED} more: --json"] if len(names) > MOST_LISTED else []
    return "\n".join([str(len(value)), *(f"  {name}" for name in (*names[:MOST_LISTED], *more))])


def _named(one: dict[str, object]) -> str:
    if "path" not in one:
        return f"{one['alias']} {one['version']}"
    return f"{one['path']}{', whole' if one.get('whole') else ''}"


def _tell(done: list[Done], as_json: bool) -> None:
    if as_json:
        print_json([
            {"erasure": one.erasure.digest, "removed": len(one.erasure.removed),
             "tombstones": len(one.erasure.tombstones), "copies": len(one.erasure.copies),
             "revoked": list(one.erasure.revoked), "plan": one.erasure.plan.model_dump(),
             **{name: [str(path) for path in paths] for name, paths in _remaining(one).items()},
             "alike": [str(path) for path in one.alike], "done": True}
            for one in done
        ])  # fmt: skip
    else:
        for one in done:
            _tell_one(one)
        if not done:
            typer.echo("nothing is left unfinished")
    if any(paths for one in done for paths in _remaining(one).values()):
        raise typer.Exit(1)


def _remaining(one: Done) -> dict[str, tuple[Path, ...]]:
    return {"outside": one.outside, "left": one.left, "opaque": one.opaque, "signed": one.signed}


def _advice(path: Path) -> str:
    stored = "artifacts" in path.parts
    return ", as another document does; erase that as well if it has to go" if stored else "; edit or remove it"


def _tell_one(one: Done) -> None:
    kept, plan = one.erasure, one.erasure.plan
    gone = f"{counted(len(kept.removed), 'artifact')}, {counted(len(kept.tombstones), 'record')}"
    gone += f", {counted(len(kept.copies), 'copy', 'copies')}" if kept.copies else ""
    typer.echo(f"erased: {gone}; proof {kept.digest[:12]}")
    aliases = ", ".join(plan.aliases) or "no alias"
    typer.echo(f"revoked: {counted(len(kept.revoked), 'adapter')}; {aliases} named one")
    if plan.datasets or plan.adapters:
        made = f"{counted(len(plan.datasets), 'dataset')}, {counted(len(plan.adapters), 'adapter')}"
        typer.echo(f"to be made again without it: {made}; next: muniment run")
    remarks = [
        *(("outside the workspace, delete it there", path) for path in one.outside),
        *((f"still says some of it{_advice(path)}", path) for path in one.left),
        *(("cannot be looked into; see what it holds, or remove it", path) for path in one.opaque),
        *(("named in a signed reason or the audit chain, which stay; do not edit", path) for path in one.signed),
    ]
    for sentence, path in remarks:
        typer.echo(f"! {sentence}: {printable(str(path))}", err=True)
    if one.alike:
        typer.echo(f"{counted(len(one.alike), 'file')} of others share a line with it that many do: --json", err=True)
