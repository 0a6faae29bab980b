"""What of vLLM's answer a guarded caller gets: the fields named here and nothing else.

Token texts, token ids and log-probabilities would spell out what was masked, so they are left out by not being
named. An answer of another shape cannot be guarded and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Count = int | float | None
BLOCKED = "content_filter"
_FINISHED = frozenset(("stop", "tool_calls", "function_call"))
Nothing = Annotated[None, BeforeValidator(lambda _: None)]
Written = Literal["text", "reasoning_content", "reasoning", "content", "refusal"]
_SPOKEN: tuple[Written, ...] = ("reasoning_content", "reasoning", "content", "refusal")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class Function(_Part):
    name: str | None = None
    arguments: str | None = None


class Call(_Part):
    """A tool call, or a piece of one with its `index`."""

    index: int | None = None
    id: str | None = None
    type: Literal["function"] | None = None
    function: Function = Field(default_factory=Function)


class Said(_Part):
    """A message, or the piece of one that a stream's event brings."""

    role: Literal["assistant", "tool", "system", "user", "developer"] | None = None
    content: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[Call] | None = None


class Choice(_Part):
    index: Annotated[int, Field(ge=0, lt=4_096)]
    message: Said | None = None
    delta: Said | None = None
    text: str | None = None
    logprobs: Nothing = None
    finish_reason: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")] | None = None
    stop_reason: int | str | None = None

    @property
    def said(self) -> Said | None:
        return self.delta or self.message

    @property
    def cut_off(self) -> bool:
        """Whether it ended where a limit, a stop string or a fault fell, perhaps in the middle of a number."""
        return self.finish_reason not in _FINISHED or isinstance(self.stop_reason, str)


class Answer(_Part):
    id: str | None = None
    object: str | None = None
    created: int | None = None
    model: str
    choices: list[Choice]
    usage: dict[str, Count | dict[str, Count]] | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None

    def json_bytes(self) -> bytes:
        return self.model_dump_json(exclude_unset=True).encode()


def texts(choice: Choice) -> Iterator[tuple[Written, str]]:
    """The written fields of a choice, thoughts before words; tool calls are apart."""
    if choice.text:
        yield "text", choice.text
    for name in _SPOKEN:
        written = getattr(choice.said, name, None)
        if written:
            yield name, written


def silenced(choice: Choice, told: Mapping[Written, str]) -> Choice:
    """The end of a choice that was blocked, with what may still be told."""
    return rewritten(choice.model_copy(update={"finish_reason": BLOCKED, "stop_reason": None}), told, ())


def rewritten(choice: Choice, told: Mapping[Written, str], calls: Sequence[Call]) -> Choice:
    """The choice with `told` and `calls` in place of all that it wrote."""
    kept = {name: getattr(choice, name) for name in choice.model_fields_set - {"message", "delta", "text"}}
    if "text" in choice.model_fields_set:
        kept["text"] = told.get("text", "")
    if choice.said is None:
        return Choice(**kept)
    said = Said(**{name: getattr(choice.said, name) for name in choice.said.model_fields_set - {"tool_calls"}})
    for name in _SPOKEN:
        if told.get(name) or getattr(said, name):
            setattr(said, name, told.get(name, ""))
    if calls:
        said.tool_calls = list(calls)
    return Choice(**kept, delta=said) if choice.delta else Choice(**kept, message=said)
