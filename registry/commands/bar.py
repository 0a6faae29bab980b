"""How far long work is, on the terminal or in lines of a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress as rich_progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from registry.progress import Steps

console = Console(stderr=True, highlight=False, soft_wrap=True)
CHAIN = "audit chain, in pieces"
_MINUTE_S = 60


@contextmanager
def bar(title: str) -> Iterator[Steps]:
    """A progress bar on a terminal, plain lines elsewhere: at the first step and each tenth, and each minute of
    what comes before; both with the time that is left."""
    if not console.is_terminal:
        yield _tenths(title)
        return
    text, beside = TextColumn("{task.description}"), TextColumn("{task.fields[beside]}", style="dim", markup=False)
    columns = (SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), beside)
    with rich_progress.Progress(*columns, console=console, transient=True) as shown:
        task, left = shown.add_task(title, total=None, beside=""), _clock()

        def report(done: int, total: int, beside: str = "", /) -> None:
            shown.update(task, completed=done, total=total, beside=_listed(beside, left(done, total)))

        yield report


def time_left(passed_s: float, done: int, more: int) -> str:
    """In words, at the pace of what was `done` so far; nothing where that is unknown or under a second."""
    seconds = passed_s * more / done if done > 0 else 0.0
    minutes = round(seconds / 60)
    if seconds < 1:
        return ""
    if seconds < 60:
        return f"about {seconds:.0f} s left"
    return f"about {minutes} min left" if minutes < 60 else f"about {minutes // 60} h {minutes % 60} min left"


def _clock() -> Callable[[int, int], str]:
    """Counts from the first report of anything done: before it something is loaded, or was done by an earlier run."""
    first: tuple[float, int] | None = None

    def left(done: int, total: int) -> str:
        nonlocal first
        now = time.monotonic()
        if first is None or not first[1]:
            first = (now, done)
        began, before = first
        return time_left(now - began, done - before, total - done)

    return left


def _tenths(title: str) -> Steps:
    shown, told, left = -1, -float(_MINUTE_S), _clock()

    def report(done: int, total: int, beside: str = "", /) -> None:
        nonlocal shown, told
        more, tenth = left(done, total), 10 * done // total if total else 0
        if beside and not done:
            now = time.monotonic()
            due = now >= told + _MINUTE_S
            told = now if due else told
        else:
            due, shown = tenth > shown, max(tenth, shown)
        if due and total > 1:
            console.print(f"  {_listed(f'{title}: {done} of {total}', beside, more)}", style="dim")

    return report


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
