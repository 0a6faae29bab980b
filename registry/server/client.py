"""A registry on another machine: the same SQL as text, run in a session of its own on the server.

Values go into the text as literals that cannot end early: whatever is not plain is spelt in hexadecimal digits. What
the server refuses comes back under the names that the embedded engine uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import duckdb

from registry.database import schema
from registry.errors import DiskFull, MunimentError, Refused, RegistryUnreachable
from registry.server import extensions, queueing

PATIENCE_S = 300.0
"""How long a server may think about one statement."""
_HEARD_S = 0.2
"""How long Ctrl-C may go unheard: a signal that another thread takes, or that comes before the wait, ends no wait."""
_PLAIN = re.compile(r"[A-Za-z0-9 _.:/@=+,-]*")
_PLACE = re.compile(r"'(?:[^']|'')*'|\?")
_MEANT: tuple[tuple[tuple[str, ...], type[MunimentError] | type[duckdb.Error], str, str], ...] = (
    (("authentication",), Refused, "{url} does not know this token",
     "a token opens the port of its role alone; another: muniment registry token new NAME"),
    (("authorization failed",), Refused, "the token for {url} does not allow this",
     "a reader's token reads, a writer's adds; one that was removed does nothing any more"),
    (schema.NO_ROOM, DiskFull, "{url} has no space left", "free some on its machine and run again"),
    (("conflict", "constraint", "duplicate key", "failed to commit"), duckdb.TransactionException, "{text}", ""),
    (("does not exist",), duckdb.CatalogException, "{text}", ""),
    (("failed to deserialize",), RegistryUnreachable, "what answers at {url} is no registry server",
     "see registry.url in pipeline.yaml"),
    (("could not connect", "failed to send", "connection", "timed out", "http"), RegistryUnreachable,
     "{url} does not answer: {text}", "is it running? muniment registry serve"),
    (("",), MunimentError, "{url} could not do it: {text}", "see that its machine is well, then try again"),
)  # fmt: skip
"""What a server says, what is raised for it, sentence and next step; what comes first counts."""
_LISTED = {int: "BIGINT", float: "DOUBLE", datetime: "TIMESTAMP"}
_FAR = "far"


class Quack:
    """A session on a registry server."""

    def __init__(self, url: str, token: str) -> None:
        """Connect. Raises ConfigError without the extensions, RegistryUnreachable, Refused for an unknown token."""
        self.url, self._silent = url, False
        self._near = duckdb.connect(config=schema.SETTINGS)
        try:
            self._near.execute(schema.SILENT)
            extensions.load(self._near)
            self._run(f"CREATE SECRET (TYPE quack, TOKEN {literal(token)})")
            self._run(f"ATTACH {_quoted(url)} AS {_FAR}")
        except BaseException:
            self.close()
            raise

    def execute(self, query: str, parameters: Sequence[object] = ()) -> Quack:
        """Run one statement there. Raises what the embedded engine would, Refused, RegistryUnreachable."""
        self._run(f"FROM {_FAR}.query({_quoted(bound(query, parameters))})")
        return self

    @property
    def description(self) -> Any:
        return self._near.description

    def fetchall(self) -> list[Any]:
        return list(self._answered(self._near.fetchall))

    def fetchone(self) -> Any:
        return self._answered(self._near.fetchone)

    def fetch_record_batch(self, rows_per_batch: int = 1_000_000) -> Any:
        return self._near.fetch_record_batch(rows_per_batch)

    def begin(self) -> None:
        self.execute("BEGIN TRANSACTION").fetchall()

    def commit(self) -> None:
        """Raises as `execute`: who is gone by then may have kept it all."""
        try:
            self.execute("COMMIT").fetchall()
        except RegistryUnreachable as error:
            sentence = f"{error.message}; what was being written is there as a whole, or not at all"
            raise RegistryUnreachable(sentence, "see whether it is before you repeat it: muniment list") from error

    def rollback(self) -> None:
        self.execute("ROLLBACK").fetchall()

    def mark(self) -> object:
        """Never the same: others may have written there."""
        return object()

    @contextmanager
    def turn(self, until: float) -> Iterator[None]:
        """Behind a server of a version that knows no turns everybody races, and what waits too long races as well."""
        ticket = uuid4().hex
        with suppress(duckdb.CatalogException):
            while wait_s := float(self.execute(f"SELECT {queueing.ASK}(?)", [ticket]).fetchone()[0]):
                if monotonic() + wait_s >= until:
                    break
                sleep(wait_s)
        try:
            yield
        finally:
            with suppress(duckdb.Error, MunimentError):  # who says no goodbye is forgotten soon
                self.execute(f"SELECT {queueing.LEAVE}(?)", [ticket]).fetchall()

    def close(self) -> None:
        """End the session there. While the engine waits for an answer it cannot be closed: it goes with the process."""
        with suppress(duckdb.Error, MunimentError):
            self._run(f"DETACH {_FAR}")
        if not self._silent:
            self._near.close()

    def _run(self, text: str) -> None:
        try:
            self._answered(lambda: self._near.execute(text))
        except duckdb.Error as error:
            raise self._named(error) from error

    def _answered(self, ask: Callable[[], Any]) -> Any:
        """Ask in a thread of its own: where the way is cut in silence the engine waits for ever and heeds no signal."""
        if self._silent:
            raise RegistryUnreachable(f"{self.url} still owes an answer", "type the command again")
        answer: Future[Any] = Future()
        until = monotonic() + PATIENCE_S
        self._silent = True  # Ctrl-C may come at any line from here on, and closing must not wait then
        try:
            Thread(target=_ask, args=(ask, answer), daemon=True).start()
            while not answer.done() and (left := until - monotonic()) > 0:
                wait((answer,), min(left, _HEARD_S))
        finally:
            self._silent = not answer.done()
        if self._silent:
            sentence = f"{self.url} has not answered for {PATIENCE_S:.0f} s"
            raise RegistryUnreachable(sentence, "is it running, and the way there open?")
        return answer.result()

    def _named(self, error: duckdb.Error) -> duckdb.Error | MunimentError:
        text = str(error).partition("\n")[0]
        said = text.casefold()
        _, kind, form, next_step = next(one for one in _MEANT if any(sign in said for sign in one[0]))
        sentence = form.format(url=self.url, text=text)
        return kind(sentence, next_step) if issubclass(kind, MunimentError) else kind(sentence)


def _ask(ask: Callable[[], Any], answer: Future[Any]) -> None:
    try:
        answer.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
        answer.set_exception(error)


def bound(query: str, parameters: Sequence[object]) -> str:
    """The statement with its values in place of the question marks outside of texts."""
    values = iter(parameters)
    return _PLACE.sub(lambda met: literal(next(values)) if met.group() == "?" else met.group(), query)


def literal(value: object) -> str:  # noqa: PLR0911 - one kind of value a line
    """A value as SQL. Raises TypeError for a kind that the registry does not use."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case int():
            return str(value)
        case float():
            return f"CAST({value!r} AS DOUBLE)"
        case str() if _PLAIN.fullmatch(value):
            return f"'{value}'"
        case str():
            schema.require_text((value,))
            return f"decode(unhex('{value.encode().hex()}'))"
        case datetime():
            return f"CAST('{value.isoformat(sep=' ')}' AS TIMESTAMP)"
        case list() | tuple():
            kind = _LISTED.get(type(value[0]), "VARCHAR") if value else "VARCHAR"
            return f"CAST([{', '.join(map(literal, value))}] AS {kind}[])"
        case _:
            raise TypeError(f"no SQL for {type(value).__name__}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
