"""Commands killed with SIGKILL at a random moment of their run, by a parent that waits outside them."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.walked import FORKS, Ended, Place, child, command_line

Target = Callable[[Place, tuple[str, ...]], None]


@dataclass(frozen=True)
class Act:
    """One command: `target(place, words)` in a process of its own; `verb` is what it is called in the account."""

    verb: str
    words: tuple[str, ...]
    target: Target = command_line


@dataclass
class Killer:
    """Chooses the moments: anywhere between the start of a command and a little past its usual end.

    `spans` holds how long each verb ran when it was left alone, `moments` how many were hit before they had said
    that they were done, and how many after.
    """

    chance: random.Random
    spans: dict[str, float] = field(default_factory=dict)
    moments: dict[str, list[int]] = field(default_factory=dict)

    def left_alone(self, place: Place, act: Act) -> Ended:
        began, ended = _run(place, act, None)
        self.spans[act.verb] = time.monotonic() - began
        return ended

    def strike(self, place: Place, act: Act) -> Ended:
        """How it ended: said all that it had to say, or killed before that."""
        span = self.spans.get(act.verb, 0.5)
        _, ended = _run(place, act, self.chance.uniform(0, 1.1 * span))
        self.moments.setdefault(act.verb, [0, 0])[acknowledged(ended)] += 1
        return ended


    def told(self) -> str:
        """How many of each verb were killed before they had said that they were done, and how many after."""
        return json.dumps({verb: {"before": early, "after": late} for verb, (early, late) in self.moments.items()})


def acknowledged(ended: Ended) -> bool:
    """A command says what it did, once it has done it, and nothing before."""
    return bool(ended.out.strip())


def _run(place: Place, act: Act, kill_after_s: float | None) -> tuple[float, Ended]:
    """When the command itself began, and how it ended."""
    with TemporaryDirectory() as directory:
        streams = (str(Path(directory) / "out"), str(Path(directory) / "err"))
        ready, starting = FORKS.Pipe(duplex=False)
        process = FORKS.Process(target=_begin, args=(starting, place, act, streams))
        process.start()
        starting.close()
        ready.recv()
        began = time.monotonic()
        process.join(300 if kill_after_s is None else kill_after_s)
        process.kill()
        process.join()
        out, err = (Path(name).read_text(encoding="utf-8", errors="replace") for name in streams)
        return began, Ended(process.exitcode if process.exitcode is not None else -99, out, err)


def _begin(starting: Connection, place: Place, act: Act, streams: tuple[str, str]) -> None:
    for name in streams:
        Path(name).touch()
    starting.send("now")
    child(act.target, place, act.words, dict(place.env), streams)
