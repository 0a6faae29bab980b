"""show, history: one thing as it is now; what an alias meant at a moment, and through time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from registry.commands.session import AsJson, Reference, looked_at, print_json
from registry.errors import ConfigError, MunimentError
from registry.times import moment_in
from registry.workspace import Workspace

if TYPE_CHECKING:
    from registry.database.store import Registry
    from registry.pages.sections import Section
    from registry.records import Adapter
    from registry.trust.principals import Trust

PolicyDigest = Callable[[Workspace], str]


def attach(app: typer.Typer, policy_digest: PolicyDigest) -> None:
    app.command()(history)

    @app.command()
    def show(
        ctx: typer.Context,
        reference: Reference,
        at: Annotated[
            str | None, typer.Option("--at", metavar="TIME", help="What this alias meant then, as 2026-10-01T12:00Z.")
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Everything about one thing; of an adapter, may it be used; of an alias at a time, who decided on what."""
        if at is not None:  # an empty one, as of an unset variable, is no moment, and not now
            _show_past(ctx.obj, reference, moment_in(at), as_json)
        else:
            _show(ctx.obj, reference, policy_digest, as_json)


def history(
    ctx: typer.Context,
    alias: Annotated[str, typer.Argument(help="The alias.")] = "production",
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Only what it meant then.")] = None,
    as_json: AsJson = False,
) -> None:
    """What an alias meant, since when, and by whose decision."""
    from registry.release.history import history_of, span_section

    with looked_at(ctx.obj, healing=True) as registry:
        spans = history_of(registry, alias, None if at is None else moment_in(at))
    if as_json:
        print_json([span.as_dict() for span in spans])
        return
    if not spans:
        typer.echo(f"{alias} has meant nothing yet", err=True)
    _print([span_section(spans)])


def _show_past(workspace: Workspace, alias: str, at: datetime, as_json: bool) -> None:
    from registry.pages.past import past_json, past_page
    from registry.release.past import moment

    with looked_at(workspace, healing=True) as registry:
        found = moment(registry, _trusts(workspace, at), alias, at)
    if as_json:
        print_json(past_json(found))
    else:
        _print(past_page(found))


def _trusts(workspace: Workspace, at: datetime) -> list[Trust]:
    from registry.trust.seen import trust_of, trusts_of

    return trusts_of(workspace, trust_of(workspace, min(at, datetime.now(UTC))))


def _show(workspace: Workspace, reference: str, policy_digest: PolicyDigest, as_json: bool) -> None:
    from registry.folders import inside
    from registry.lineage.provenance import provenance_of
    from registry.lineage.trees import resolve
    from registry.pages.adapter import adapter_page, figure_text
    from registry.pages.sections import Section, left_out, page
    from registry.records import Adapter, Dataset, Evidence

    with looked_at(workspace, healing=True) as registry:
        digest = resolve(registry, reference, inside(workspace, reference))
        record = registry.get(digest)
        body = {"kind": record.kind, "digest": digest, **json.loads(record.model_dump_json())}
        sections = [page(record), left_out(record)]
        if isinstance(record, Adapter):
            standing = _standing(registry, workspace, record, policy_digest)
            body |= {"version": record.version, "standing": standing, "golden": len(record.golden)}
            sections = adapter_page(provenance_of(registry, record), standing)
        if isinstance(record, Dataset) and record.card:
            sections.append(Section("data card", ((str(workspace.artifacts.address(record.card) / "card.html"),),)))
        if isinstance(record, Evidence):
            sections.append(Section("figures", tuple((one.name, figure_text(one)) for one in record.figures)))
            if record.artifact:
                sections.append(Section("in full", ((str(workspace.artifacts.address(record.artifact)),),)))
    if as_json:
        print_json(body)
    else:
        _print(sections)


def _print(sections: list[Section]) -> None:
    from registry.pages.sections import printed

    for line in printed(sections):
        typer.echo(line)


def _standing(registry: Registry, workspace: Workspace, adapter: Adapter, policy_digest: PolicyDigest) -> str:
    """Approved, by whom; or why not, in a sentence. Verified, unlike the status of a listing."""
    from registry.decisions.cases import Case
    from registry.decisions.grounds import adapter_standing
    from registry.trust.seen import trust_of

    now = datetime.now(UTC)
    try:
        case = Case(adapter, policy_digest(workspace), "")
        standing = adapter_standing(registry, case, trust_of(workspace, now), now)
    except ConfigError:
        raise
    except MunimentError as error:
        return f"not approved: {error.message}"
    if standing.refusal:
        return f"not approved: {standing.refusal.message}"
    return f"approved by {', '.join(standing.approvers)}"
