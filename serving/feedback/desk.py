"""Takes feedback: finds the answer it is about, has it scrubbed, and only then writes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from governance.pii.settings import FED_BACK
from governance.policy import policy_of
from registry.errors import MunimentError
from registry.processes import pool_of
from registry.workspace import Workspace, key_directory
from serving.feedback.answers import Answers, Told
from serving.feedback.inbox import put
from serving.feedback.listener import Listener, prompt_of
from serving.feedback.said import Said, parse
from serving.feedback.scrubbing import Scrubbed, require_key, scrubbed
from serving.feedback.settings import FeedbackSection
from serving.guard.detector import Detector, looked_for
from serving.guard.settings import GuardSection
from serving.metrics import Metrics
from serving.protocol import Asked, Problem

_MOST_WAITING, _SWEEPS = 16, 10
log = logging.getLogger("muniment.serving")


def desk_for(
    section: FeedbackSection, workspace: Workspace, metrics: Metrics, make: Callable[[int], Executor] = pool_of
) -> Desk | None:  # fmt: skip
    """None where no inbox is named. Raises KeyMissing, ConfigError, OSError for an inbox that cannot be made."""
    if section.inbox is None:
        return None
    require_key(key_directory())
    section.inbox.mkdir(parents=True, exist_ok=True)
    waits = GuardSection(timeout_s=section.timeout_s)
    detector = Detector(looked_for(policy_of(workspace).pii, waits), waits, make)
    return Desk(section, workspace, section.inbox, detector, metrics)


@dataclass
class Desk:
    """Of one server. Its process is its own, so that a long text delays nobody's answer."""

    section: FeedbackSection
    workspace: Workspace
    inbox: Path
    detector: Detector
    metrics: Metrics
    answers: Answers = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0
    _sweep: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.answers = Answers(self.section.keep_s, self.section.memory_mib << 20)

    def listener(self, caller: str, asked: Asked, adapter: str, licence: str) -> Listener | None:
        """What hears the answer to `asked`; None where it could not become a row."""
        prompt = prompt_of(asked)
        return Listener(prompt, adapter, licence, partial(self._keep, caller)) if prompt else None

    def _keep(self, caller: str, answer: str, told: Told) -> None:
        self.answers.keep(caller, answer, told)
        if self._sweep is None:
            self._sweep_later()

    def _sweep_later(self) -> None:
        """What is too old goes though nobody asks any more."""
        self.answers.expire()
        again = self.answers.size > 0
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(self.section.keep_s / _SWEEPS, self._sweep_later) if again else None

    async def take(self, caller: str, data: bytes) -> dict[str, str]:
        """What the caller is told. Raises Problem; both are counted, by name."""
        try:
            said = parse(data, self.section.max_edit_characters)
            await self._in_turn(caller, said)
        except Problem as problem:
            self.metrics.feedback.labels(problem.code).inc()
            raise
        self.metrics.feedback.labels(said.outcome).inc()
        return {"object": "feedback", "id": said.id, "taken": said.outcome}

    async def _in_turn(self, caller: str, said: Said) -> None:
        told = self.answers.find(caller, said.id)
        if told is None:
            raise _unknown()
        if told.cut_off and said.outcome == "up":
            raise Problem(422, "answer_cut_off", "a limit cut it off: send the whole answer as 'edited'", "rating")
        if self._waiting >= _MOST_WAITING:
            raise Problem(429, "overloaded", "too much feedback at once; try again soon")
        self._waiting += 1
        try:
            async with self._turn:
                await self._write(caller, said, told)
        except (MunimentError, OSError) as error:
            log.error("feedback is not kept: %s", error.message if isinstance(error, MunimentError) else error.strerror)
            raise Problem(503, "feedback_unavailable", "feedback cannot be taken now; try again later") from error
        finally:
            self._waiting -= 1

    async def _write(self, caller: str, said: Said, told: Told) -> None:
        clean = await self.detector.done(scrubbed, self.workspace, said.id, told, said.edited)
        if clean.language:
            raise Problem(422, "unsupported_language", f"text in this language is not accepted: {clean.language}")
        if clean.marked:
            raise Problem(422, "template_mark", "question, answer or 'edited' holds a chat template's own mark")
        if not clean.differing:
            raise Problem(422, "edit_changes_nothing", "'edited' says what the answer says: send a 'rating'", "edited")
        row = self._row(caller, said, told, clean)
        await asyncio.to_thread(put, self.inbox, told.at.date(), said.id, row)

    def _row(self, caller: str, said: Said, told: Told, clean: Scrubbed) -> Mapping[str, object]:
        """A pair, or a rating in KTO's shape. The model's words are under its licence, too."""
        return {
            "application": caller,
            "adapter": told.adapter,
            "answered": told.at.isoformat(timespec="seconds"),
            "prompt": [{"role": role, "content": text} for role, text in clean.prompt],
            **clean.answers,
            **({} if said.outcome == "edited" else {"label": said.outcome == "up"}),
            "source": FED_BACK,
            "licence": self.section.licence,
            **({"teacher_licence": told.licence} if told.licence else {}),
        }


def _unknown() -> Problem:
    why = "it is not yours, too old, of a kind that is not rated, or from before the server started"
    return Problem(404, "unknown_answer", f"no answer of this id can be rated: {why}", "id")
