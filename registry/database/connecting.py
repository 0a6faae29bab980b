"""Which database a workspace's registry is: a file of its own, or the same behind a server.

`registry.url` in pipeline.yaml says so. A file is taken in turns, and migrated; a server takes care of both itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from registry.database import folding, schema
from registry.database.embedded import Embedded
from registry.database.engine import Session
from registry.database.turns import turn
from registry.errors import ConfigError
from registry.workspace import key_directory

MEMORY = Path(":memory:")
_URL = re.compile(r"quack:([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})")


def _reachable(url: str) -> str:
    found = _URL.fullmatch(url)
    if url and not (found and 0 < int(found[2]) < 2**16):
        raise ValueError("it is quack:HOST:PORT, or nothing")
    return url


class RegistrySection(BaseModel):
    """`registry:` in pipeline.yaml. Without a url the registry is the file in the workspace."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: Annotated[str, AfterValidator(_reachable)] = ""


class ServedSettings(BaseModel):
    """What this room reads of pipeline.yaml; `flows/config.py` refuses what nobody reads."""

    registry: RegistrySection = RegistrySection()


@contextmanager
def connected(path: Path, wait_s: float, actor: str) -> Iterator[Session]:
    """A session on the registry that `path` stands for.

    Raises RegistryBusy, RegistryTooNew, IntegrityError, DiskFull; RegistryUnreachable, Refused, ConfigError.
    """
    url = server_of(path.parent)
    if url:
        from registry.server.client import Quack

        with closing(Quack(url, _token())) as session:
            schema.require_current(session, path)
            yield session
        return
    # What is in memory alone has no place for a queue or a log, and nobody else to wait for.
    if path == MEMORY:
        with closing(schema.connect(path, wait_s, actor)) as connection:
            yield Embedded(connection, path)
        return
    with turn(path, wait_s) as left_s, folding.held(path, left_s, actor) as connection:
        yield Embedded(connection, path)


def server_of(directory: Path) -> str:
    """The url of the registry server that a workspace uses; empty where it has a file of its own."""
    settings = directory / "pipeline.yaml"
    if not settings.is_file() or b"quack:" not in settings.read_bytes():
        return ""
    from registry.settings import load

    return load(settings, ServedSettings).registry.url


def require_file(directory: Path, what: str, stopped: bool = True) -> None:
    """Raises ConfigError where the registry is behind a server: `what` is done on the file itself.

    `stopped` where the server has to let go of the file for it.
    """
    url = server_of(directory)
    if url:
        there = "on its machine, in a workspace without registry.url"
        next_step = f"stop the server, do it {there}, and start it again" if stopped else f"do it {there}"
        raise ConfigError(f"{what} needs the registry file, which {url} holds", next_step)


def _token() -> str:
    """`MUNIMENT_REGISTRY_TOKEN`, else the file `registry.token` beside the keys. Raises ConfigError."""
    named = os.environ.get("MUNIMENT_REGISTRY_TOKEN")
    path = key_directory() / "registry.token"
    token = named or (path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else "")
    if not token:
        next_step = f"set MUNIMENT_REGISTRY_TOKEN, or write it to {path}"
        raise ConfigError("this registry is behind a server, and there is no token for it", next_step)
    return token.encode(errors="replace").decode()  # what is no text is nobody's token, which the server says
