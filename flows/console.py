"""What a person sees while stages run: one line a stage, a bar while it is long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from registry.commands.bar import bar as bar  # noqa: PLC0414 - what stages show stands here
from registry.commands.bar import console as console  # noqa: PLC0414
from registry.counted import by_reason, counted
from registry.pages.labels import visible
from registry.progress import Steps
from registry.records import (
    Adapter,
    Base,
    Dataset,
    DocumentSet,
    Evidence,
    Reason,
    Record,
    Rejected,
    ScrubbedSet,
    TrainingRun,
    ValidatedBatch,
    Verdict,
)  # fmt: skip

if TYPE_CHECKING:
    from flows.search.space import Trial
    from flows.training.settings import SftSection

MOST_NAMED = 20
_MOST_TYPES = 5
_SHORT = {
    "learning_rate": "rate", "lora_r": "rank", "per_device_train_batch_size": "batch", "lora_dropout": "dropout",
    "weight_decay": "decay", "num_train_epochs": "passes",
}  # fmt: skip


def stage_line(name: str, record: Record, seconds: float, looked_up: bool) -> None:
    """One line for a finished stage; below it, the files that could not be read."""
    refused = isinstance(record, Verdict) and not record.passed
    mark = "[cyan]=[/cyan]" if looked_up else "[red]✗[/red]" if refused else "[green]✓[/green]"
    how = "looked up" if looked_up else f"{seconds:.1f} s"
    console.print(f"{mark} {name:<12} {visible(summary(record))}  [dim]({how}, {record.digest[:12]})[/dim]")
    if isinstance(record, DocumentSet):
        _name_rejected(record, f"muniment show {record.digest[:12]} --json")
        _hint_where_no_rows(record)


def doing(sentence: str) -> None:
    """A line about work that may take a while and belongs to no stage."""
    console.print(f"  {escape(visible(sentence))}", style="dim")


@contextmanager
def training(title: str, scratch: Path) -> Iterator[Steps]:
    """The bar of a training in `scratch`; a line before it where an earlier one is gone on with."""
    from flows.training.checkpoints import reached

    if after := reached(scratch):
        doing(f"{title}: goes on after {after}, from the last checkpoint of a run that was ended")
    with bar(title) as report:
        yield report


def warn(sentence: str) -> None:
    console.print(f"[yellow]! {escape(visible(sentence))}[/yellow]")


def left_out(rows: Dataset, setting: str) -> None:
    """Warn of the rows that are learnt once `setting`, a length in tokens, is higher, and of those that KTO learns."""
    reasons = Counter(one.reason for one in rows.rejected)
    if count := reasons[Reason.FILLS_LENGTH]:
        warn(f"{counted(count, 'row')} left out whose prompt fills {setting}: raise it to learn from such")
    if count := reasons[Reason.UNPAIRED]:
        said = f"{counted(count, 'disliked answer')} left out for want of a liked one to the same question"
        warn(f"{said}: set dpo.loss_type: kto to learn from such")


def foretold(documents: DocumentSet, rows: Dataset) -> None:
    """What a run would read and build, and what it would refuse, where no record of it is kept."""
    doing(summary(documents))
    _name_rejected(documents, "a run keeps them")
    _hint_where_no_rows(documents)
    doing(summary(rows))


def _name_rejected(documents: DocumentSet, where: str) -> None:
    """One line for the rows of a file that lack the same, so that a spoilt file hides no other one."""
    alike: dict[tuple[str, str, str], list[Rejected]] = {}
    for one in documents.rejected:
        file = one.place.rpartition(":")[0] if one.what == "row" else one.place
        alike.setdefault((file, one.reason, one.detail), []).append(one)
    named = list(alike.values())[:MOST_NAMED]
    for one, *others in named:
        told = f"{one.place}: {one.reason}: {one.detail}" + (f" (and {len(others)} more of the file)" if others else "")
        console.print(f"  [yellow]![/yellow] {escape(visible(told))}")
    if more := len(documents.rejected) - sum(map(len, named)):
        console.print(f"  [yellow]![/yellow] and {more} more: {where}")


def _hint_where_no_rows(documents: DocumentSet) -> None:
    from flows.ingest.examples.sheets import TABLES

    if not documents.shapes:
        hint_at_columns(sum(documents.formats.get(suffix[1:].upper(), 0) for suffix in TABLES))


def hint_at_columns(tables: int) -> None:
    """So many were read as text: a table under headers of its own may have been meant as rows."""
    if tables:
        doing(
            f"{counted(tables, 'table')} read as text; to learn from each line as a question and its answer, "
            "say under documents, columns which column is what"
        )


def hint_at_suites(files: int) -> None:
    """So many are named as a data set's test split is, and are learnt from as any other."""
    if files:
        warn(
            f"learnt from like any other: {counted(files, 'file')} named as a test set; to measure by such a file, and "
            "learn none of its questions, name it under build.suites"
        )


def trial_line(trial: Trial) -> None:
    """What a trial tried, and how it did at each quarter of its way."""
    tried = ", ".join(
        f"{_SHORT.get(name, name)} {value if isinstance(value, str) else f'{value:.3g}'}"
        for name, value in trial.settings.items()
    )
    scores = " → ".join(f"{accuracy:.3f}" for _, (accuracy, _) in sorted(trial.scores.items()))
    outcome = "" if trial.outcome == "complete" else f" ({trial.outcome})"
    console.print(f"  trial {trial.number}: {tried}: {scores or 'no score'}{outcome}")


def settings_line(section: SftSection, trials: int) -> None:
    """The settings that a search of so many trials chose, as they could stand on a command line."""
    how = "chosen" if trials else "no trial fits the budget, so one training takes all of it"
    values = section.model_dump()
    rows = "" if section.learn_from == "all" else f" sft.learn_from={section.learn_from}"
    console.print(f"  {how}: {' '.join(f'sft.{name}={values[name]:.4g}' for name in _SHORT)}{rows}")


def summary(record: Record) -> str:  # noqa: PLR0911 - one line a kind
    """A record in a few words and figures."""
    match record:
        case DocumentSet():
            formats = ", ".join(f"{count} {name}" for name, count in record.formats.items())
            beside = f"; {counted(sum(record.dropped.values()), 'hidden part')} left out" if record.dropped else ""
            rows = ", ".join(f"{count} {shape}" for shape, count in record.shapes.items())
            read = f"; rows: {rows}" if rows else ""
            return f"{counted(record.documents, 'document')} ({formats}){read}; {told_refused(record.rejected)}{beside}"
        case ScrubbedSet():
            spoken = ", ".join(f"{count} {language}" for language, count in record.languages.items())
            found = f"{sum(record.entities.values())} personal data found{_most(Counter(record.entities))}"
            refused = f"; {len(record.rejected)} refused for their language" if record.rejected else ""
            return f"{found}; units by language: {spoken}{refused}"
        case ValidatedBatch():
            aside = f"{len(record.quarantined)} quarantined{_why(record.quarantined)}"
            return f"{counted(record.rows.rows, 'row')} valid, {aside}"
        case Dataset():
            return (
                f"{record.purpose}: {record.train.rows} train, {record.held_out.rows} held out, "
                f"{len(record.rejected)} rejected{_why(record.rejected)}"
            )
        case Base():
            return f"{record.name}, {record.parameters / 1e6:.1f} M parameters, {record.licence}"
        case TrainingRun():
            loss = f"loss {record.first_loss:.3f} → {record.last_loss:.3f}"
            return f"{record.method}: {counted(record.steps, 'step')}, {loss}"
        case Adapter():
            return record.version
        case Evidence():
            figures = ", ".join(_figure(f.name, f.value, f.low, f.high) for f in record.figures[:3])
            return f"{record.type} of {record.subject[:12]}: {figures}"
        case Verdict():
            word = "[green]passed[/green]" if record.passed else "[red]refused[/red]: " + " ".join(record.reasons)
            return f"{record.subject[:12]} {word}"
        case _:
            return record.kind


def told_refused(rejected: Sequence[Rejected]) -> str:
    """How many, and how many of them are rows of files that are read otherwise."""
    rows = sum(one.what == "row" for one in rejected)
    return f"{len(rejected)} rejected" + (f" ({counted(rows, 'row')})" if rows else "")


def _most(types: Counter[str]) -> str:
    """The commonest types with their counts, and how many more there are."""
    more = len(types) - _MOST_TYPES
    said = [f"{n} {kind}" for kind, n in types.most_common(_MOST_TYPES)]
    said += [counted(more, "other type")] if more > 0 else []
    return f" ({', '.join(said)})" if said else ""


def _why(rejected: Sequence[Rejected]) -> str:
    return f" ({by_reason(rejected)})" if rejected else ""


def _figure(name: str, value: float, low: float | None, high: float | None) -> str:
    if low is None and value.is_integer():
        return f"{name} {value:.0f}"
    interval = f" [{low:.3f}–{high:.3f}]".replace("[", "\\[", 1) if low is not None and high is not None else ""
    return f"{name} {value:.3f}{interval}"
