"""A change that somebody asks for and does not get: the audit chain tells of it, or the error says that it does not.

Rules that refuse inside the registry are kept by `Registry.attempting`; this is for what ends a command before the
registry is asked: a key that does not open, a trust root that has expired, a name that fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from registry.commands.session import MOST_REASON_CHARS, opened
from registry.database.reading import event_in
from registry.database.store import Registry
from registry.errors import DiskFull, MunimentError, RegistryBusy, RegistryUnreachable
from registry.pages.labels import visible
from registry.records import AuditEvent
from registry.workspace import Workspace, key_directory

_REFUSED = """
SELECT body FROM events WHERE contains(body, '"action":"stage.') AND contains(body, '"outcome":"refused"')
    AND sequence > coalesce((SELECT max(sequence) FROM events
        WHERE contains(body, '"action":"stage.') AND contains(body, '"outcome":"done"')), -1)
ORDER BY sequence DESC
"""
_SHUT = (RegistryBusy, RegistryUnreachable, DiskFull)


@contextmanager
def attempt(workspace: Workspace, action: str, adapter: str = "", quoting: bool = True) -> Iterator[None]:
    """Whatever ends the block in a named error is an event of the audit chain, about `adapter` where that is known.

    Without `quoting` only kind and grounds of the error are kept: its words may name a person. Raises the same error,
    which says so where the registry could not take the event.
    """
    try:
        yield
    except MunimentError as error:
        if not error.recorded:
            kind = type(error).__name__
            words = visible(_anywhere(error.message, workspace))
            _record(workspace, (action, adapter), f"{kind}: {words}" if quoting else error.kept, error)
        raise


def stages_refused(registry: Registry) -> list[AuditEvent]:
    """Those that were refused since a stage was last finished, the newest first."""
    return [event_in(str(body)) for (body,) in registry.query(_REFUSED)]


def _anywhere(sentence: str, workspace: Workspace) -> str:
    """Without the folders of this machine: the chain travels, and the audit report quotes it."""
    for folder in (key_directory().absolute(), workspace.root.absolute()):
        sentence = sentence.replace(f"{folder}/", "").replace(f" in {folder}", "")
    return sentence


def _record(workspace: Workspace, asked: tuple[str, str], detail: str, error: MunimentError) -> None:
    action, adapter = asked
    try:
        if isinstance(error, _SHUT):
            raise error
        with opened(workspace, healing=False) as registry:
            registry.refuse(action, _known(registry, adapter), detail[:MOST_REASON_CHARS])
    except (MunimentError, OSError) as shut:
        why = str(shut) if shut is not error and str(shut) != error.message else "the registry cannot be written"
        error.message = f"{error.message}; this attempt is not in the audit chain: {why}"


def _known(registry: Registry, adapter: str) -> tuple[str, ...]:
    if adapter:
        with suppress(MunimentError):
            return (registry.find(adapter).digest,)
    return ()
