"""What a reader hands back for one file: units of text or rows, and what it refused."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from registry.records import Reason


class Turn(BaseModel):
    """What one side of a conversation says. `learn` is false for an answer that is there for its context alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    role: Literal["user", "assistant"]
    content: str
    learn: bool = True


class Unit(BaseModel):
    """One text or row of a file; the columns of `registry.tables.UNITS` that a reader knows.

    Empty `licence` and `source` mean the folder's; empty `groups` mean the document itself. `teacher` is
    the licence of the model that wrote the row, which counts beside its own. `shape` is what a row was read as.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["text", "qa", "pair", "rating", "chat"]
    unit: int = 0
    shape: str = ""
    text: str | None = None
    prompt: str | None = None
    completion: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    choices: tuple[str, ...] | None = None
    turns: tuple[Turn, ...] | None = None
    label: bool | None = None
    groups: tuple[str, ...] = ()
    licence: str = ""
    teacher: str = ""
    source: str = ""

    @property
    def characters(self) -> int:
        texts = (self.text, self.prompt, self.completion, self.chosen, self.rejected)
        return sum(len(text) for text in texts if text) + sum(len(turn.content) for turn in self.turns or ())


class Refusal(BaseModel):
    """Something inside a file that was refused; `place` is what follows the file's path."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    what: Literal["document", "row"]
    place: str
    reason: Reason
    detail: str = ""


class Reading(BaseModel):
    """All that came out of one file; `dropped` counts by kind what it holds besides, which is not read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    units: tuple[Unit, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    dropped: dict[str, int] = {}


class Unfit(Exception):
    """Raised by a reader that gives a file up; becomes a `Refusal` before it leaves the reading process."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def refused(reason: Reason, detail: str) -> Reading:
    return Reading(refusals=(Refusal(what="document", place="", reason=reason, detail=detail),))
