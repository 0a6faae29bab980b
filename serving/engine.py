"""What the server itself asks of vLLM: load and unload adapters, tokenize, complete, forward."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from registry.errors import ServerDied, Unservable

ORIGIN = "http://vllm"


class _Answer(BaseModel):
    """Only what we read; vLLM's answers hold much more."""

    model_config = ConfigDict(extra="ignore")


Shape = TypeVar("Shape", bound=_Answer)


class _Tokens(_Answer):
    tokens: tuple[int, ...]


class _Message(_Answer):
    content: str | None = None


class _Choice(_Answer):
    message: _Message


class _Completion(_Answer):
    choices: tuple[_Choice, ...]


class _Error(_Answer):
    message: str


class _Failed(_Answer):
    error: _Error


class Engine:
    """vLLM's HTTP interface behind a Unix socket (or a TCP origin)."""

    def __init__(self, socket: Path | None, key: str, timeout_s: float, origin: str = ORIGIN) -> None:
        self._socket, self._key, self._timeout_s, self.origin = socket, key, timeout_s, origin
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The pooled session; it sends the key, so only the gateway and this class may use it."""
        if self._session is None:
            unix = aiohttp.UnixConnector(str(self._socket), limit=0) if self._socket else None
            self._session = aiohttp.ClientSession(
                connector=unix or aiohttp.TCPConnector(limit=0),
                headers={"Authorization": f"Bearer {self._key}"},
                timeout=aiohttp.ClientTimeout(total=self._timeout_s, sock_connect=5),
                read_bufsize=1 << 18,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def healthy(self) -> bool:
        try:
            limit = aiohttp.ClientTimeout(total=5)
            async with self.session.get(f"{self.origin}/health", timeout=limit) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def load(self, name: str, path: Path) -> None:
        """Raises Unservable with vLLM's reason, ServerDied."""
        await self._post("/v1/load_lora_adapter", {"lora_name": name, "lora_path": str(path.absolute())})

    async def unload(self, name: str) -> None:
        """Raises Unservable where no such adapter is loaded, ServerDied."""
        await self._post("/v1/unload_lora_adapter", {"lora_name": name})

    async def token_ids(self, name: str, prompt: str) -> tuple[int, ...]:
        """Token ids that vLLM makes of one user message with the model's chat template."""
        body = {"model": name, "messages": _user(prompt), "add_generation_prompt": True}
        return _read(_Tokens, await self._post("/tokenize", body)).tokens

    async def answer(self, name: str, prompt: str, max_tokens: int) -> str:
        """Greedy answer to one user message, at most `max_tokens` tokens."""
        body = {"model": name, "messages": _user(prompt), "max_tokens": max_tokens, "temperature": 0}
        choices = _read(_Completion, await self._post("/v1/chat/completions", body)).choices
        return (choices[0].message.content or "") if choices else ""

    async def _post(self, path: str, body: object) -> bytes:
        try:
            async with self.session.post(self.origin + path, json=body) as response:
                data = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ServerDied(f"vLLM does not answer {path}", "read serving/vllm.log in the workspace") from error
        if response.status >= 400:
            raise Unservable(f"vLLM refused {path}: {reason(data)}", "train an adapter that vLLM can serve")
        return data


def reason(data: bytes) -> str:
    """The message in an error body of vLLM, in either of the shapes it uses."""
    for shape in (_Failed, _Error):
        try:
            found = shape.model_validate_json(data)
        except ValidationError:
            continue
        return found.error.message if isinstance(found, _Failed) else found.message
    return "no reason given"


def _user(prompt: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": prompt}]


def _read(shape: type[Shape], data: bytes) -> Shape:
    try:
        return shape.model_validate_json(data)
    except ValidationError as error:
        raise Unservable("vLLM's answer has an unknown shape", "use the pinned vLLM version") from error
