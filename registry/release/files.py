"""The signed release as a file for serving, kept in step with the registry of record."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from registry.audit import sealing
from registry.database.store import Registry
from registry.errors import ConfigError, MunimentError
from registry.files import read_whole, write_atomically
from registry.trust import notes
from registry.workspace import Workspace

PRODUCTION = "production"
NO_FILE = b"\0"
_DIGEST = re.compile(r"[0-9a-f]{8,64}")
RECENT = 10_000
"""Whoever decides puts everything right first: what a kill left is among so many of the last events."""
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def heal(registry: Registry, workspace: Workspace, first: int = 0) -> list[str]:
    """Finish what a kill left: write refusals, releases and checkpoints that only the registry has yet, tell the
    chain of a trust root that it has not been told of.

    What events before `first` brought is taken to be published. A file with content that the registry never signed
    is left for `muniment verify` to report, and so is a release that no operator in force signed: whoever can add rows
    writes nothing for serving. Returns the aliases that were put right.
    """
    notes.tell(registry, workspace.trust)
    _publish_refusals(registry, workspace, first)
    sealing.publish(registry.connection, registry.sealing.outside)
    healed = []
    for alias, newest in _newest_envelopes(registry, first):
        if not names_a_file(alias):
            continue
        path = release_path(workspace, alias)
        found = lying(path)
        ours = found is None or found in _envelopes(registry, alias)
        if found != newest and ours and _signed(newest, workspace):
            write_atomically(path, newest)
            healed.append(alias)
    return healed


def _newest_envelopes(registry: Registry, first: int) -> list[tuple[str, bytes]]:
    """Every alias that event `first` or a later one released, with its signed release as it was written."""
    found = registry.query(
        "WITH newest AS ("
        "  SELECT body ->> 'alias' AS alias, arg_max(digest, CAST(body ->> 'version' AS BIGINT)) AS digest"
        "  FROM records WHERE kind = 'release' AND event >= ? GROUP BY alias"
        ") SELECT n.alias, a.envelope FROM newest n JOIN attestations a ON a.subject = n.digest"
        " WHERE a.type = 'release' ORDER BY n.alias",
        first,
    )
    return [(str(alias), str(envelope).encode()) for alias, envelope in found]


def _signed(envelope: bytes, workspace: Workspace) -> bool:
    """By enough operators of the trust root as it is, whether or not it has run out."""
    from registry.release.verification import read_release
    from registry.trust.root import read_version

    with suppress(MunimentError):
        read_release(envelope, read_version(workspace.trust).trust)
        return True
    return False


def _envelopes(registry: Registry, alias: str) -> list[bytes]:
    return [envelope.encode() for envelope in registry.release_envelopes(alias)]


def _publish_refusals(registry: Registry, workspace: Workspace, first: int) -> None:
    for attestation in registry.refusals(first):
        path = workspace.refusals / f"{attestation.digest}.json"
        envelope = attestation.envelope.encode()
        if lying(path) not in (envelope, NO_FILE):
            write_atomically(path, envelope)


def lying(path: Path) -> bytes | None:
    """What is in a file that was published: None where there is none, `NO_FILE` for what cannot be read as one."""
    try:
        return read_whole(path)
    except FileNotFoundError:
        return None
    except OSError:
        return NO_FILE


def require_alias(alias: str) -> None:
    """Raises ConfigError for a name that a new release may not take: what is read as a digest, or as a proposal."""
    if _DIGEST.fullmatch(alias) or f".{alias}".endswith(".proposed"):
        raise ConfigError(f"{alias!r} cannot be an alias: it is read as something else", "choose another name")


def names_a_file(alias: str) -> bool:
    """Whether a release of that alias could be written for serving."""
    return _ALIAS.fullmatch(alias) is not None


def release_path(workspace: Workspace, alias: str) -> Path:
    """`release.json` for production, `release.ALIAS.json` for any other. Raises ConfigError for what names no file."""
    if not names_a_file(alias):
        raise ConfigError(f"{alias!r} cannot be an alias", "use letters, digits, dot, dash and underscore")
    return workspace.release if alias == PRODUCTION else workspace.root / f"release.{alias}.json"
