"""The part of OpenAI's protocol that applications may use: an allow-list, checked before forwarding.

vLLM accepts many fields beyond it that reach into the engine (chat templates, cache salts, transfer
parameters, media to fetch). A field that is not named here is refused by name, so a typing mistake
is seen as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"

_SAMPLING = frozenset({
    "model", "max_tokens", "temperature", "top_p", "n", "stop", "seed", "stream", "stream_options",
    "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "user",
})  # fmt: skip
FIELDS: dict[str, frozenset[str]] = {
    CHAT: _SAMPLING
    | {"messages", "max_completion_tokens", "top_logprobs", "response_format", "tools", "tool_choice"}
    | {"parallel_tool_calls"},
    COMPLETIONS: _SAMPLING | {"prompt", "echo"},
}
_MESSAGE_FIELDS = frozenset({"role", "content", "name", "tool_calls", "tool_call_id", "refusal"})
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
_MAX_CHOICES = 8
_MAX_FORM_CHARACTERS = 1 << 15
"""Of `response_format`: vLLM prepares it in time that grows with its square, and answers nobody meanwhile."""


class Problem(Exception):
    """A request that gets an error in OpenAI's shape."""

    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param

    def body(self) -> bytes:
        return error_body(self.status, self.code, self.message, self.param)


@dataclass(frozen=True)
class Asked:
    """A checked request: the alias it names, whether it streams, the fields to forward."""

    model: str
    stream: bool
    fields: dict[str, object]

    def for_engine(self, served_name: str, without: frozenset[str] = frozenset()) -> bytes:
        """The body for vLLM, `without` some fields and without `user`, which identifies a person to nobody's use."""
        forwarded = {name: value for name, value in self.fields.items() if name not in without | {"user"}}
        return json.dumps(forwarded | {"model": served_name}).encode()


def error_body(status: int, code: str, message: str, param: str | None = None) -> bytes:
    kinds = {401: "authentication_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return json.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}}).encode()


def parse(route: str, data: bytes) -> Asked:
    """The request in `data` for `route`. Raises Problem (400) naming the field at fault."""
    body = json_object(data)
    for name in body:
        if name not in FIELDS[route]:
            raise invalid(f"unknown or unsupported field {name!r}", name)
    model, stream = body.get("model"), body.get("stream") or False
    if not isinstance(model, str) or not model:
        raise invalid("'model' must name a model; see GET /v1/models", "model")
    if not isinstance(stream, bool):
        raise invalid("'stream' must be true or false", "stream")
    choices = body.get("n")
    if choices is not None and (type(choices) is not int or not 1 <= choices <= _MAX_CHOICES):
        raise invalid(f"'n' must be between 1 and {_MAX_CHOICES}", "n")
    if len(json.dumps(body.get("response_format"))) > _MAX_FORM_CHARACTERS:
        raise invalid(f"'response_format' is longer than {_MAX_FORM_CHARACTERS} characters", "response_format")
    if route == CHAT:
        _check_messages(body.get("messages"))
    else:
        _check_prompt(body.get("prompt"))
    return Asked(model, stream, body)


def json_object(data: bytes) -> dict[str, object]:
    """Raises Problem (400) for anything else."""
    try:
        body = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise invalid("the body is not valid JSON") from error
    if not isinstance(body, dict):
        raise invalid("the body must be a JSON object")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise invalid("'messages' must be a list of at least one message", "messages")
    for message in messages:
        if not isinstance(message, dict) or str(message.get("role")) not in _ROLES:
            raise invalid("each message needs a 'role' of system, user, assistant or tool", "messages")
        unknown = sorted(set(message) - _MESSAGE_FIELDS)
        if unknown:
            raise invalid(f"unknown or unsupported message field {unknown[0]!r}", "messages")
        if not _is_text(message.get("content")):
            raise invalid("message 'content' must be text; images and audio are not served", "messages")


def _is_text(content: object) -> bool:
    if isinstance(content, list):
        return all(
            isinstance(part, dict) and set(part) == {"type", "text"} and part["type"] == "text"
            and isinstance(part["text"], str)
            for part in content
        )  # fmt: skip
    return content is None or isinstance(content, str)


def _check_prompt(prompt: object) -> None:
    parts = prompt if isinstance(prompt, list) else [prompt]
    if not parts or not (all(isinstance(p, str) for p in parts) or all(type(p) is int for p in parts)):
        raise invalid("'prompt' must be a string, a list of strings or a list of token ids", "prompt")


def invalid(message: str, param: str | None = None) -> Problem:
    """A request out of shape, by the field at fault."""
    return Problem(400, "invalid_request", message, param)
