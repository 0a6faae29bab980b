"""Tokens of a served registry: made, removed, and told of in its audit chain.

The file says in one write who may come in and what the chain has yet to be told. Whoever holds the registry tells it:
the command itself, or a server that is running.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from registry import digests
from registry.database.changes import Change
from registry.database.reading import event_in
from registry.database.store import Registry
from registry.errors import ConfigError, IntegrityError, NotFound
from registry.files import read_whole, write_atomically
from registry.locks import alone
from registry.pages.labels import visible

TokenRole = Literal["reader", "writer"]
ROLES: tuple[TokenRole, ...] = get_args(TokenRole)
NEW, REMOVE = "token.new", "token.remove"
LONGEST_NAME = 64
_TOLD = """SELECT body FROM events WHERE contains(body, '"action":"token.') ORDER BY sequence"""


def _legible(name: str) -> str:
    if not 0 < len(name) <= LONGEST_NAME or visible(name) != name:
        raise ValueError(f"a token's name is one line of {LONGEST_NAME} visible characters at most")
    return name


class Token(BaseModel):
    """One token: of the secret only the SHA-256 is kept.

    `by` made it, `removed_by` took it away; of neither anything is known where the file was edited. A removed one stays
    in the file until the audit chain is `told`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[str, AfterValidator(_legible)]
    role: TokenRole
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    by: str = ""
    removed_by: str | None = None
    told: bool = False

    @property
    def id(self) -> str:
        """What the audit chain knows it by, from which nobody finds the secret."""
        return digests.of_json({"token": self.name, "role": self.role, "sha256": self.sha256})


Tokens = TypeAdapter(tuple[Token, ...])


def read(path: Path) -> dict[str, Token]:
    """Tokens that count, by name. Raises IntegrityError."""
    return {token.name: token for token in _all(path) if token.removed_by is None}


def untold(path: Path) -> bool:
    """Whether the audit chain has yet to be told of a token. Raises IntegrityError."""
    return not all(token.told for token in _all(path))


def add(path: Path, name: str, role: TokenRole, by: str = "") -> str:
    """Make a token; returns its secret, which is kept nowhere. Raises ConfigError where the name is taken, Busy."""
    try:
        _legible(name)
    except ValueError as error:
        raise ConfigError(str(error), "choose another") from error
    with _alone(path):
        if name in read(path):
            raise ConfigError(f"there is already a token {name!r}", f"muniment registry token remove {name}")
        secret = f"mr-{secrets.token_urlsafe(32)}"
        sha256 = hashlib.sha256(secret.encode()).hexdigest()
        _write(path, (*_all(path), Token(name=name, role=role, sha256=sha256, by=by)))
    return secret


def take_back(path: Path, name: str) -> None:
    """Unmake a token that the audit chain could not be told of; nobody has its secret. Raises Busy."""
    with _alone(path):
        if left := [token for token in _all(path) if token.name != name or token.told]:
            _write(path, left)
        else:
            path.unlink(missing_ok=True)


def remove(path: Path, name: str, by: str = "") -> None:
    """Let it count no longer. Raises NotFound, Busy."""
    with _alone(path):
        gone = read(path).get(name)
        if gone is None:
            raise NotFound(f"there is no token {name!r}", "muniment registry token list")
        left = (token for token in _all(path) if token != gone)
        _write(path, (*left, gone.model_copy(update={"removed_by": by, "told": False})))


def tell(registry: Registry, path: Path) -> None:
    """Tell the audit chain of every token that it does not know as the file does, by whatever hand. Raises Busy."""
    with _alone(path):
        known, (standing, gone) = _all(path), _as_told(registry)
        for token in known:
            if token.removed_by is not None and token.id in gone:
                continue  # a kill came before the file was written
            if token.id not in standing:
                _say(registry, NEW, token.id, (f"{token.name} is a {token.role}", token.by))
            if token.removed_by is not None:
                _say(registry, REMOVE, token.id, (f"{token.name} was a {token.role}", token.removed_by))
        for one in standing.keys() - {token.id for token in known}:
            _say(registry, REMOVE, one, (f"no more: {standing[one]}", ""))
        live = tuple(token.model_copy(update={"told": True}) for token in known if token.removed_by is None)
        if live != known:
            _write(path, live)


def _as_told(registry: Registry) -> tuple[dict[str, str], set[str]]:
    """As the chain tells it: the tokens that count, with its words, and those that no longer do."""
    standing: dict[str, str] = {}
    gone: set[str] = set()
    for event in (event_in(str(body)) for (body,) in registry.query(_TOLD)):
        if event.outcome == "done" and event.action == NEW:
            standing[event.subjects[0]] = event.detail
            gone.discard(event.subjects[0])
        elif event.outcome == "done" and event.action == REMOVE:
            standing.pop(event.subjects[0], None)
            gone.add(event.subjects[0])
    return standing, gone


def _say(registry: Registry, action: str, token: str, told: tuple[str, str]) -> None:
    sentence, by = told
    change = Change(action, (token,), sentence if by else f"{sentence}; the file of tokens was edited")
    registry.writer.apply(by or registry.actor, change, None)


def _all(path: Path) -> tuple[Token, ...]:
    """Of one name a single one may count: removing it would leave the other."""
    try:
        known = Tokens.validate_json(read_whole(path)) if path.exists() else ()
        live = [token.name for token in known if token.removed_by is None]
        if len(set(live)) < len(live):
            raise ValueError("one name twice")
    except ValueError as error:
        next_step = "mend it, or take it away and make new ones: muniment registry token new NAME"
        raise IntegrityError(f"{path} is no list of tokens", next_step) from error
    return known


def _write(path: Path, tokens: Iterable[Token]) -> None:
    rows = [token.model_dump(exclude_defaults=True) for token in sorted(tokens, key=lambda one: one.name)]
    write_atomically(path, json.dumps(rows, indent=1).encode())
    path.chmod(0o600)


def _alone(path: Path) -> AbstractContextManager[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return alone(path.with_suffix(".lock"), "another command changes the tokens")
