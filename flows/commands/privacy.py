"""The verbs about personal data: scrub a file, and say how well it is done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.counted import counted
from registry.errors import ConfigError, NotFound
from registry.pages.labels import visible

if TYPE_CHECKING:
    from flows.scrubbing.folder import Report
    from governance.pii.recall.measure import Measured
    from registry.workspace import Workspace

Workers = Annotated[int | None, typer.Option(min=1, max=64, help="Processes; as many as fit by default.")]
_ROWS = frozenset((".jsonl", ".json", ".ndjson"))
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def attach(app: typer.Typer) -> None:
    app.command()(scrub)
    app.command(name="measure-pii")(measure_pii)


def scrub(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(help='JSON lines of {"id","text"}, or a folder of documents.')],
    spans: Annotated[Path | None, typer.Option("--spans", help="For a file: where to write what was found.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="For a folder: a new one for scrubbed files.")] = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Find personal data in a file of texts, or replace it in a folder of documents."""
    if not source.exists():
        raise NotFound(f"{source} does not exist", "name a file of JSON lines, or a folder of documents")
    if source.is_dir():
        if out is None or spans is not None:
            raise ConfigError(f"{source} is a folder", f"muniment scrub {source} --out NEW_FOLDER")
        _scrub_folder(ctx.obj, source, out, workers, as_json)
        return
    if spans is None or out is not None:
        raise _no_folder(source)
    _scrub_file(ctx.obj, source, spans, workers, as_json)


def _no_folder(source: Path) -> ConfigError:
    if source.suffix.lower() in _ROWS:
        return ConfigError(f"{source} is a file of rows", f"muniment scrub {source} --spans FOUND.jsonl")
    return ConfigError(
        f"{source} is a document, and documents are scrubbed by the folder",
        "put it into a folder of its own, then: muniment scrub THAT_FOLDER --out NEW_FOLDER "
        "(or name a file of JSON lines)",
    )


def _scrub_file(workspace: Workspace, source: Path, spans: Path, workers: int | None, as_json: bool) -> None:
    from flows.console import bar
    from governance.pii.jsonl import scrub_jsonl
    from governance.policy import policy_of

    with bar("lines scrubbed") as progress:
        found = scrub_jsonl(source, spans, policy_of(workspace).pii, progress, workers)
    if as_json:
        typer.echo(json.dumps({"texts": found.written, "entities": found.entities}))
        return
    typer.echo(f"{counted(found.written, 'text')} read; found {_counted(found.entities)}; spans in {spans}", err=True)


def _scrub_folder(workspace: Workspace, source: Path, out: Path, workers: int | None, as_json: bool) -> None:
    from flows.config import load_pipeline
    from flows.console import bar
    from flows.ingest.settings import IngestSection
    from flows.scrubbing.folder import Rules, scrub_folder
    from flows.walk.officer import require_keys_outside
    from governance.pii.standins.pseudonyms import load_or_create_key
    from governance.policy import policy_of
    from registry.workspace import key_directory

    begun = workspace.pipeline.exists()
    require_keys_outside(source, *([workspace.root] if begun else []))
    section = load_pipeline(workspace).ingest if begun else IngestSection()
    rules = Rules(section, policy_of(workspace).pii, load_or_create_key(key_directory()))
    with bar("files scrubbed") as progress:
        report = scrub_folder(source, out, rules, progress, workers)
    if as_json:
        typer.echo(json.dumps(report.for_machines()))
    else:
        _print_report(report, out)
    if report.rejected:
        raise typer.Exit(1)


def _print_report(report: Report, out: Path) -> None:
    from flows.console import told_refused

    rows = [("read", name, count) for name, count in report.read.items()]
    rows += [("found", name, count) for name, count in report.entities.items()]
    rows += [("left out", name, count) for name, count in report.dropped.items()]
    _print_table(("", "kind", "count"), [(what, name, str(count)) for what, name, count in rows])
    for one in report.rejected:
        typer.echo(visible(f"refused: {one.place}: {one.reason}: {one.detail}"), err=True)
    typer.echo(f"{counted(report.written, 'file')} in {out}; {told_refused(report.rejected)}", err=True)


def measure_pii(
    ctx: typer.Context,
    gold: Annotated[Path, typer.Argument(help='JSON lines of {"id","text","spans"}.')],
    pred: Annotated[Path | None, typer.Option("--pred", help="Measure these {id,spans} instead of scrubbing.")] = None,
    by_type: Annotated[bool, typer.Option("--by-type", help="Also each type of label.")] = False,
    as_json: Json = False,
    workers: Workers = None,
) -> None:
    """Hold what is found against labelled texts, with 95 % intervals from a bootstrap over documents."""
    from governance.pii.recall.measure import doubts

    measured = _measured(ctx.obj, gold, pred, workers)
    types = {name: one.model_dump() for name, one in measured.by_type.items()} if by_type else {}
    if as_json:
        typer.echo(
            json.dumps(
                {**measured.figures, "intervals": measured.intervals, "by_type": types, "doubts": doubts(measured)}
            )
        )
        return
    _print_figures(measured)
    if by_type:
        _print_types(measured)
    for doubt in doubts(measured):
        typer.echo(f"note: {doubt}", err=True)


def _measured(workspace: Workspace, gold: Path, pred: Path | None, workers: int | None) -> Measured:
    from flows.console import bar
    from governance.pii.recall.found import found_in
    from governance.pii.recall.gold import read_found, read_gold
    from governance.pii.recall.measure import measure
    from governance.policy import policy_of

    texts = read_gold(gold)
    if pred is not None:
        return measure(texts, read_found(pred))
    with bar("texts read") as progress:
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


def _print_table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
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
