"""list, verify: what there is, and whether all of it still fits."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, get_args

import typer

from registry.commands.session import AsJson, looked_at, print_json
from registry.counted import counted
from registry.database.listing import RECORDS, Cell, ListedKind, listing
from registry.pages.labels import visible

SHOWN_DIGITS, WIDEST = 12, 60
"""Of a digest and of a cell, on a terminal; --json has all of both."""
_JSON = ("licences", "reasons")
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def attach(app: typer.Typer) -> None:
    app.command(name="list")(list_)
    app.command()(verify)


def list_(
    ctx: typer.Context,
    kind: Annotated[str, typer.Option("--kind", help=f"One of {', '.join(get_args(ListedKind))}.")] = "adapters",
    as_json: AsJson = False,
) -> None:
    """What the registry holds: adapters with their status, or another kind."""
    kind = RECORDS.get(kind, kind)
    with looked_at(ctx.obj, healing=True) as registry:
        found = listing(registry, kind)
    if as_json:
        print_json([_plain(row) for row in found.as_dicts()])
        return
    if not found.rows:
        typer.echo(f"no {kind} yet", err=True)
        return
    columns = [c for c in found.columns if kind != "adapters" or c not in {"low", "high", "digest"}]
    rows = [[_text(row, column) for column in columns] for row in found.as_dicts()]
    widths = [max(len(column), *(len(row[n]) for row in rows)) for n, column in enumerate(columns)]
    form = "  ".join(f"{{:<{width}}}" for width in widths)
    typer.echo("\n".join(form.format(*line).rstrip() for line in ([*columns], *rows)))


def verify(
    ctx: typer.Context,
    reference: Annotated[
        str | None, typer.Argument(metavar="[ADAPTER]", help="One adapter; all of it without.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read everything again: digests, signatures, releases, chain. Exit 5 if bytes were changed, 1 if incomplete."""
    from registry.audit.verification import verify as findings_of
    from registry.commands.bar import CHAIN, bar
    from registry.trust.seen import trust_of

    now = datetime.now(UTC)
    trust = trust_of(ctx.obj, now)
    with looked_at(ctx.obj) as registry, bar(CHAIN) as progress:
        adapter = registry.find(reference) if reference else None
        findings = findings_of(registry, ctx.obj, trust, now, adapter, progress)
    bad = [finding for finding in findings if not finding.erased]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "✗" if finding.integrity else "·" if finding.erased else "!"
            typer.echo(visible(f"{mark} {finding.about}: {finding.sentence}"))
        typer.echo(counted(len(bad), 'finding') if bad else "everything fits")
    if bad:
        raise typer.Exit(5 if any(finding.integrity for finding in bad) else 1)


def _plain(row: dict[str, Cell]) -> dict[str, object]:
    """For programs: lists and counts as such, times as in `muniment audit`."""
    said = {name: json.loads(str(value)) if name in _JSON and value else value for name, value in row.items()}
    if "created_at" in row:
        said["created_at"] = f"{row['created_at']}".replace(" ", "T") + "Z"
    return said


def _text(row: dict[str, Cell], column: str) -> str:
    value = row[column]
    if column == "headline" and isinstance(value, float):
        low, high = row["low"], row["high"]
        span = f" [{low:.3f}, {high:.3f}]" if isinstance(low, float) and isinstance(high, float) else ""
        return f"{value:.3f}{span}"
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if column == "created_at":
        return str(value)[:16]
    said = _spoken(str(value)) if column in _JSON else str(value)
    plain = _DIGEST.sub(lambda found: found[0][:SHOWN_DIGITS], visible(said))
    return plain if len(plain) <= WIDEST else f"{plain[: WIDEST - 1]}…"


def _spoken(cell: str) -> str:
    """A cell of JSON: sentences, or how many there are of what."""
    found = json.loads(cell)
    if isinstance(found, dict):
        return ", ".join(f"{number} {name}" for name, number in found.items())
    return " ".join(map(str, found))
