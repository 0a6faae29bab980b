"""How far long work is, on the terminal or in lines of a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich import progress as rich_progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from registry.progress import Progress

console = Console(stderr=True, highlight=False, soft_wrap=True)
CHAIN = "audit chain, in pieces"


@contextmanager
def bar(title: str) -> Iterator[Progress]:
    """A progress bar on a terminal, plain lines at each tenth elsewhere."""
    if not console.is_terminal:
        yield _tenths(title)
        return
    text = TextColumn("{task.description}")
    columns = (SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with rich_progress.Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _tenths(title: str) -> Progress:
    shown = -1

    def report(done: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * done // total if total else 0
        if tenth > shown and total > 1:
            shown = tenth
            console.print(f"  {title}: {done} of {total}", style="dim")

    return report
