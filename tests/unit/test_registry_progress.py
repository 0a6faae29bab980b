"""Long work says how far it is, how well it goes and what time is left, on a terminal and in a log."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from registry.commands import bar as shown
from registry.commands.bar import bar, time_left


class Clock:
    """Stands for the clock: every look at it is `step_s` later."""

    def __init__(self, step_s: float) -> None:
        self.now, self.step_s = 0.0, step_s

    def monotonic(self) -> float:
        self.now += self.step_s
        return self.now


def drawn(monkeypatch: pytest.MonkeyPatch, step_s: float, terminal: bool) -> StringIO:
    written = StringIO()
    monkeypatch.setattr(shown, "console", Console(file=written, force_terminal=terminal, width=200))
    monkeypatch.setattr(shown, "time", Clock(step_s))
    return written


@pytest.mark.parametrize(
    ("passed_s", "done", "more", "words"),
    [
        (10.0, 0, 50, ""), (10.0, 5, 0, ""), (1.0, 100, 10, ""), (10.0, 5, 10, "about 20 s left"),
        (600.0, 100, 200, "about 20 min left"), (600.0, 10, 400, "about 6 h 40 min left"),
    ],
)  # fmt: skip
def test_the_time_left_goes_by_the_pace_so_far(passed_s: float, done: int, more: int, words: str) -> None:
    assert time_left(passed_s, done, more) == words


def test_a_log_tells_loss_and_time_left_at_each_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    written = drawn(monkeypatch, 6.0, terminal=False)

    with bar("train sft") as report:
        for step in range(1, 21):
            report(step, 20, f"loss {step}.0" if step > 1 else "")

    lines = [line.strip() for line in written.getvalue().splitlines()]
    assert lines[:3] == [
        "train sft: 1 of 20",
        "train sft: 2 of 20, loss 2.0, about 2 min left",
        "train sft: 4 of 20, loss 4.0, about 2 min left",
    ]
    assert lines[-1] == "train sft: 20 of 20, loss 20.0"
    assert len(lines) == 11


def test_what_an_earlier_run_did_is_no_part_of_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    written = drawn(monkeypatch, 30.0, terminal=False)

    with bar("train sft") as report:
        for step in range(81, 101):
            report(step, 100)

    assert "train sft: 90 of 100, about 5 min left" in written.getvalue()


def test_what_comes_before_the_first_step_is_told_and_no_part_of_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    written = drawn(monkeypatch, 12.0, terminal=False)

    with bar("train dpo") as report:
        for batch in range(40):
            report(0, 40, f"scoring the reference, {batch} of 40")
        for step in range(1, 21):
            report(step, 20)

    before = [line.strip() for line in written.getvalue().splitlines() if "reference" in line]
    assert before == [f"train dpo: 0 of 40, scoring the reference, {batch} of 40" for batch in range(0, 40, 3)]
    assert "train dpo: 1 of 20\n" in written.getvalue()
    assert "train dpo: 10 of 20, about 2 min left" in written.getvalue()


def test_a_bar_on_a_terminal_tells_them_beside_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    written = drawn(monkeypatch, 6.0, terminal=True)

    with bar("train sft") as report:
        report(1, 300)
        report(31, 300, "loss 1.250")

    assert "31/300" in written.getvalue()
    assert "loss 1.250, about 54 s left" in written.getvalue()
