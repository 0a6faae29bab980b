"""The verbs about personal data: scrub a file, and say how well it is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from governance.pii.measure import Measured
    from registry.workspace import Workspace

Workers = Annotated[int | None, typer.Option(min=1, max=64, help="Processes; as many as fit by default.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def attach(app: typer.Typer) -> None:
    app.command()(scrub)
    app.command(name="measure-pii")(measure_pii)


def scrub(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(help='JSON lines of {"id","text"}.')],
    spans: Annotated[Path, typer.Option("--spans", help="Where to write what was found, one line a text.")],
    workers: Workers = None,
) -> None:
    """Find personal data in a file of texts. Offsets are code points of the original text."""
    from flows.console import bar
    from governance.pii.jsonl import scrub_jsonl
    from governance.policy import policy_of

    with bar("scrub") as progress:
        found = scrub_jsonl(source, spans, policy_of(ctx.obj).pii, progress, workers)
    typer.echo(f"{found.written} texts read; found {_counted(found.entities)}; spans in {spans}", err=True)


def measure_pii(
    ctx: typer.Context,
    gold: Annotated[Path, typer.Argument(help='JSON lines of {"id","text","spans"}.')],
    pred: Annotated[Path | None, typer.Option("--pred", help="Measure these {id,spans} instead of scrubbing.")] = None,
    by_type: Annotated[bool, typer.Option("--by-type", help="Also each type of label.")] = False,
    as_json: Json = False,
    workers: Workers = None,
) -> None:
    """Hold what is found against labelled texts, with 95 % intervals from a bootstrap over documents."""
    measured = _measured(ctx.obj, gold, pred, workers)
    types = {name: one.model_dump() for name, one in measured.by_type.items()} if by_type else {}
    if as_json:
        typer.echo(json.dumps({**measured.figures, "intervals": measured.intervals, "by_type": types}))
        return
    _print_figures(measured)
    if by_type:
        _print_types(measured)


def _measured(workspace: Workspace, gold: Path, pred: Path | None, workers: int | None) -> Measured:
    from flows.console import bar
    from governance.pii.found import found_in
    from governance.pii.gold import read_found, read_gold
    from governance.pii.measure import measure
    from governance.policy import policy_of

    texts = read_gold(gold)
    if pred is not None:
        return measure(texts, read_found(pred))
    with bar("measure") as progress:
        return measure(texts, found_in(texts, policy_of(workspace).pii, progress, workers))


def _print_figures(measured: Measured) -> None:
    rows = [
        (name, _number(value), _interval(measured.intervals.get(name)))
        if name in measured.intervals or value is None
        else (name, f"{value:.0f}", "")
        for name, value in measured.figures.items()
    ]
    _print_table(("figure", "value", "95 % interval"), rows)


def _print_types(measured: Measured) -> None:
    rows = [
        (name, str(one.n), _number(one.exact), _number(one.overlap), _number(one.covered), _interval(one.interval))
        for name, one in measured.by_type.items()
    ]
    _print_table(("type", "mentions", "exact", "touched", "covered", "95 % interval"), rows)


def _print_table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4f}"


def _interval(pair: tuple[float, float] | None) -> str:
    return f"{pair[0]:.4f} – {pair[1]:.4f}" if pair else ""


def _counted(entities: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in entities.items()) or "nothing"
