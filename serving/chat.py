"""`muniment chat`: the stock OpenAI client against the gateway, as any application would call it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict, ValidationError

from registry.errors import ConfigError, MunimentError, NotFound, Refused, ServerDied
from registry.workspace import Workspace
from serving import access


class Running(BaseModel):
    """What a running server writes to `serving/address.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    url: str
    pid: int


def running_server(workspace: Workspace) -> Running:
    """Raises NotFound when no server runs for this workspace."""
    try:
        found = Running.model_validate_json((workspace.serving / "address.json").read_bytes())
        os.kill(found.pid, 0)
    except (OSError, ValidationError) as error:
        raise NotFound(f"no server runs for {workspace.root}", "start it: muniment serve") from error
    return found


def ask(url: str, key: str, model: str, history: list[tuple[str, str]], max_tokens: int) -> Iterator[str]:
    """The answer to `history` ((role, text) pairs), piece by piece. Raises MunimentError by its cause."""
    import openai

    messages = json.loads(json.dumps([{"role": role, "content": text} for role, text in history]))
    try:
        direct = openai.DefaultHttpxClient(trust_env=False)  # a proxy of the environment would read the question
        client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=1, timeout=600, http_client=direct)
        stream = client.chat.completions.create(
            model=model, messages=messages, max_tokens=max_tokens, temperature=0, stream=True
        )
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content
    except openai.NotFoundError as error:
        raise NotFound(f"the server answers nothing as {model!r}", "see what is in force: muniment status") from error
    except openai.AuthenticationError as error:
        way = "leave MUNIMENT_API_KEY unset, or set it to what this printed: muniment serve --new-key NAME"
        raise Refused(f"the server at {url} does not know the API key in MUNIMENT_API_KEY", way) from error
    except openai.BadRequestError as error:
        said = error.body.get("message") if isinstance(error.body, dict) else error.message
        raise ConfigError(f"the server refused the question: {said}", "ask otherwise: muniment chat --help") from error
    except openai.APIConnectionError as error:
        raise ServerDied(f"no answer from {url}", "start it: muniment serve") from error
    except openai.APIError as error:
        raise MunimentError(f"the server refused: {error.message}", "see: muniment serve --help") from error


def converse(turn: Callable[[list[tuple[str, str]]], str], read: Callable[[], str | None]) -> int:
    """Questions from `read` until None, answered by `turn` with all that was said; returns how many."""
    history: list[tuple[str, str]] = []
    asked = 0
    while (question := read()) is not None:
        if not question.strip():
            continue
        history.append(("user", question))
        history.append(("assistant", turn(history)))
        asked += 1
    return asked


@contextmanager
def own_key(workspace: Workspace) -> Iterator[str]:
    """`MUNIMENT_API_KEY`, else a key that lives as long as the block: who may write the key file may call."""
    given = os.environ.get("MUNIMENT_API_KEY")
    if given:
        yield given
        return
    path, name = access.api_keys(workspace), f"chat-{os.getpid()}"
    secret = access.new_key(path, name)
    try:
        yield secret
    finally:
        access.remove_key(path, name)
