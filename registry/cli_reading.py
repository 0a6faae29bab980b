"""list, show, history, verify: questions that change nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from registry.errors import ConfigError, MunimentError
from registry.listing import Cell, listing
from registry.session import AsJson, Reference, opened, print_json
from registry.workspace import Workspace

if TYPE_CHECKING:
    from registry.records import Adapter
    from registry.store import Registry

PolicyDigest = Callable[[Workspace], str]


def attach(app: typer.Typer, policy_digest: PolicyDigest) -> None:
    app.command(name="list")(list_)
    app.command()(history)
    app.command()(verify)

    @app.command()
    def show(ctx: typer.Context, reference: Reference, as_json: AsJson = False) -> None:
        """Everything about one record; of an adapter, whether it may be used and why not."""
        _show(ctx.obj, reference, policy_digest, as_json)


def list_(
    ctx: typer.Context,
    kind: Annotated[str, typer.Option("--kind", help="adapters, documents, datasets, runs, evidence, releases, …")] = (
        "adapters"
    ),
    as_json: AsJson = False,
) -> None:
    """What the registry holds: adapters with their status, or another kind."""
    with opened(ctx.obj) as registry:
        found = listing(registry, kind)
    if as_json:
        print_json(found.as_dicts())
        return
    columns = [c for c in found.columns if kind != "adapters" or c not in {"low", "high", "digest"}]
    rows = [[_text(row, column) for column in columns] for row in found.as_dicts()]
    widths = [
        max(len(column), *(len(row[n]) for row in rows)) if rows else len(column) for n, column in enumerate(columns)
    ]
    for line in ([*columns], *rows):
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())


def history(
    ctx: typer.Context,
    alias: Annotated[str, typer.Argument(help="The alias.")] = "production",
    at: Annotated[datetime | None, typer.Option("--at", help="Only what was in force then (UTC).")] = None,
    as_json: AsJson = False,
) -> None:
    """What an alias meant, since when, and by whose decision."""
    from registry import attestations
    from registry.past import last_release
    from registry.records import Decision

    with opened(ctx.obj) as registry:
        then = at.replace(tzinfo=at.tzinfo or UTC) if at else None
        releases = [last_release(registry, alias, then)] if then else registry.releases(alias)
    if as_json:
        print_json([
            {"version": r.version, "adapter": r.adapter.version, "issued": r.issued.isoformat(),
             "expires": r.expires.isoformat(), "by": r.principal, "requester": r.requester, "reason": r.reason,
             "approved_by": [attestations.unverified(a, Decision).principal for a in r.approvals]}
            for r in releases
        ])  # fmt: skip
        return
    for r in releases:
        typer.echo(f"{r.version:>4}  {r.issued:%Y-%m-%d %H:%M}  {r.adapter.version:<40}  by {r.principal}  {r.reason}")


def verify(
    ctx: typer.Context,
    reference: Annotated[
        str | None, typer.Argument(metavar="[ADAPTER]", help="One adapter; all of it without.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read everything again: digests, signatures, releases, chain. Exit 5 if bytes were changed, 1 if incomplete."""
    from registry.trust import load_trust
    from registry.verification import verify as findings_of

    now = datetime.now(UTC)
    trust = load_trust(ctx.obj.trust, now)
    with opened(ctx.obj, healing=False) as registry:
        adapter = registry.find(reference) if reference else None
        findings = findings_of(registry, ctx.obj, trust, now, adapter)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{'✗' if finding.integrity else '!'} {finding.about}: {finding.sentence}")
        typer.echo(f"{len(findings)} findings" if findings else "everything fits")
    if findings:
        raise typer.Exit(5 if any(finding.integrity for finding in findings) else 1)


def _show(workspace: Workspace, reference: str, policy_digest: PolicyDigest, as_json: bool) -> None:
    from registry.lineage import resolve
    from registry.records import Adapter

    with opened(workspace) as registry:
        digest = resolve(registry, reference)
        record = registry.get(digest)
        standing = _standing(registry, workspace, record, policy_digest) if isinstance(record, Adapter) else None
    body = {"kind": record.kind, "digest": digest, **json.loads(record.model_dump_json())}
    if isinstance(record, Adapter):
        body |= {"version": record.version, "standing": standing, "golden": len(record.golden)}
    if as_json:
        print_json(body)
        return
    for name, value in body.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        typer.echo(f"{name:<16} {text[:400]}")


def _standing(registry: Registry, workspace: Workspace, adapter: Adapter, policy_digest: PolicyDigest) -> str:
    """Approved, by whom; or why not, in a sentence. Verified, unlike the status of a listing."""
    from registry.approvals import Case, adapter_standing
    from registry.trust import load_trust

    now = datetime.now(UTC)
    try:
        case = Case(adapter, policy_digest(workspace), "")
        standing = adapter_standing(registry, case, load_trust(workspace.trust, now), now)
    except ConfigError:
        raise
    except MunimentError as error:
        return f"not approved: {error.message}"
    if standing.refusal:
        return f"not approved: {standing.refusal.message}"
    return f"approved by {', '.join(standing.approvers)}"


def _text(row: dict[str, Cell], column: str) -> str:
    value = row[column]
    if column == "headline" and isinstance(value, float):
        low, high = row["low"], row["high"]
        span = f" [{low:.3f}, {high:.3f}]" if isinstance(low, float) and isinstance(high, float) else ""
        return f"{value:.3f}{span}"
    return "" if value is None else str(value)
