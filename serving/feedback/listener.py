"""Hears an answer on its way to the caller, whole or in pieces, and keeps it once it has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from serving.feedback.answers import Message, Told
from serving.guard.shapes import BLOCKED, Answer, Choice
from serving.protocol import Asked

_DATA, _DONE = b"data: ", b"data: [DONE]"
_SYSTEM = frozenset(("system", "developer"))
_SPEAKERS = frozenset(("user", "assistant"))


@dataclass
class Listener:
    """Of one answer. What calls tools, has several choices, was blocked or broke off is not kept."""

    prompt: tuple[Message, ...]
    adapter: str
    licence: str
    keep: Callable[[str, Told], None]
    _id: str = ""
    _pieces: list[str] = field(default_factory=list)
    _cut_off: bool = False
    _unfit: bool = False

    def whole(self, body: bytes) -> None:
        self._hear(body)
        self._end()

    def streamed(self, events: bytes) -> None:
        """Server-sent events, whole ones."""
        for line in events.split(b"\n"):
            if line == _DONE:
                self._end()
            elif line.startswith(_DATA):
                self._hear(line[len(_DATA) :])

    def _hear(self, data: bytes) -> None:
        try:
            answer = Answer.model_validate_json(data)
        except ValidationError:
            self._unfit = True
            return
        self._id = answer.id or self._id
        for choice in answer.choices:
            self._add(choice)

    def _add(self, choice: Choice) -> None:
        said = choice.said
        self._cut_off |= choice.finish_reason == "length"
        self._unfit |= bool(choice.index or choice.finish_reason == BLOCKED or (said and said.tool_calls))
        if said and said.content:
            self._pieces.append(said.content)

    def _end(self) -> None:
        text = "".join(self._pieces)
        if self._id and not self._unfit and text.strip() and is_text(text):
            self.keep(self._id, Told(self.prompt, text, self.adapter, self.licence, self._cut_off))


def prompt_of(asked: Asked) -> tuple[Message, ...]:
    """What an answer follows, as (role, text); empty where no row could be made of it.

    A row begins and ends with the user, behind a system text at most, and has words alone.
    """
    messages = asked.fields.get("messages")
    heard = tuple(_messages(messages)) if isinstance(messages, list) else ()
    spoken = heard[1:] if heard and heard[0][0] in _SYSTEM else heard
    fits = spoken and spoken[0][0] == spoken[-1][0] == "user" and all(role in _SPEAKERS for role, _ in spoken)
    alone = asked.fields.get("n") in (None, 1)
    return heard if fits and alone and all(text.strip() and is_text(text) for _, text in heard) else ()


def _messages(messages: list[object]) -> Iterator[Message]:
    """A message without words of its own comes out empty; parts of one are joined as vLLM joins them."""
    for message in messages:
        if isinstance(message, dict):
            content = message.get("content")
            parts = content if isinstance(content, list) else [{"text": content}]
            text = "\n".join(str(part["text"] or "") for part in parts)
            yield str(message["role"]), "" if message.get("tool_calls") else text


def is_text(text: str) -> bool:
    """Whether it can be written: half a surrogate pair, which JSON can spell, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
