"""What a registry command opens: the registry as somebody, the trust root, the time; and how it prints."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.audit.sealing import EVERY, Notary, SealedSettings, Sealing
from registry.database.connecting import server_of
from registry.database.store import Registry
from registry.errors import ConfigError, MunimentError, NotFound
from registry.release.files import RECENT, heal, lying
from registry.workspace import Workspace, advice_at, key_directory, pin_of

if TYPE_CHECKING:
    from registry.trust.signatory import Signatory

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reference = Annotated[
    str, typer.Argument(metavar="REF", help="An adapter, a document's path or its end, or 8 digits of a digest.")
]
WithKey = Annotated[str, typer.Option("--key", help="Your private key: its name, or the path of its PEM file.")]


_PATIENCE_S = 10.0
MOST_REASON_CHARS = 1_000
"""A reason is kept for ever, in each copy of the audit chain."""


def short(reason: str) -> str:
    """A reason that the chain can take. Raises ConfigError."""
    if len(reason) > MOST_REASON_CHARS:
        raise ConfigError(
            f"a reason has {MOST_REASON_CHARS:,} characters at most, this one {len(reason):,}",
            "say it in a sentence and name the document that says more",
        )
    return reason


def stated(reason: str) -> str:
    """A reason without which nothing is decided. Raises ConfigError."""
    if not reason.strip():
        raise ConfigError("it takes a reason", "--reason TEXT")
    return short(reason)


def actor() -> str:
    """Who the audit events name: `MUNIMENT_ACTOR`, else the login name; a mark for each byte that is no text."""
    try:
        return (os.environ.get("MUNIMENT_ACTOR") or getpass.getuser()).encode(errors="replace").decode()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def has_registry(workspace: Workspace) -> bool:
    return workspace.registry.exists() or bool(server_of(workspace.root))


@contextmanager
def opened(workspace: Workspace, healing: bool = True, recent: bool = False) -> Iterator[Registry]:
    """The registry of a workspace; a release that a kill left half done is finished first.

    Without `healing` as it lies, for whoever examines it; `recent` looks at what the last events brought alone.
    Raises NotFound where nothing ran yet; ReleaseReplayed, UnknownSigner, TrustBroken where the trust root does not
    come from the one seen before.
    """
    if not has_registry(workspace):
        advice = advice_at(workspace.root, "choose one with -C DIR, or: muniment run")
        raise NotFound(f"there is no registry in {workspace.root.resolve()}", advice)
    if healing:
        _require_seen_trust(workspace)
    with _without_pandas(), Registry.open(workspace.registry, actor(), sealing=sealing_of(workspace)) as registry:
        if healing:
            heal(registry, workspace, registry.head().sequence - RECENT if recent else 0)
        yield registry


@contextmanager
def looked_at(workspace: Workspace, healing: bool = False) -> Iterator[Registry]:
    """The same for whoever changes nothing; where the workspace may not be written, as one that an auditor was handed,
    a copy of the registry, which goes with the block. Raises as `opened` does.
    """
    if os.access(workspace.root, os.W_OK) or not workspace.registry.exists() or server_of(workspace.root):
        with opened(workspace, healing, recent=True) as registry:
            yield registry
        return
    import tempfile

    from registry.database.folding import snapshot

    _require_seen_trust(workspace)
    with tempfile.TemporaryDirectory() as place, _without_pandas():
        copy = snapshot(workspace.registry, Path(place), _PATIENCE_S)
        with Registry.open(copy, actor(), sealing=sealing_of(workspace)) as registry:
            yield registry


def _require_seen_trust(workspace: Workspace) -> None:
    """What is told of approvals and releases is worth what the trust root is; verified only where it is another one."""
    pin = pin_of(workspace)
    if pin.exists() and lying(workspace.trust) != pin.read_bytes():
        from registry.trust.seen import require_successor

        require_successor(workspace)


@contextmanager
def _without_pandas() -> Iterator[None]:
    """Binding a parameter makes DuckDB import pandas, to compare with its NaT: a second that no verb needs."""
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["pandas"]


def signatory(workspace: Workspace, key: str, stopping: bool = False) -> Signatory:
    """The key opened, with the workspace's trust root and the time. Raises as `load_key` and `trust_of` do.

    Whoever is `stopping` something may do so although the trust root has run out.
    """
    from registry.trust.keys import load_key
    from registry.trust.seen import WHENEVER, trust_of
    from registry.trust.signatory import Signatory

    now = datetime.now(UTC)
    trust = trust_of(workspace, WHENEVER if stopping else now, noting=True)
    if stopping and now >= trust.expires:
        typer.echo(f"the trust root expired on {trust.expires:%Y-%m-%d}; next: muniment trust renew", err=True)
    return Signatory(load_key(key, key_directory()), trust, now)


@contextmanager
def opened_by(workspace: Workspace, key: str, stopping: bool = False) -> Iterator[tuple[Registry, Signatory]]:
    """The registry, and who signs. Raises as `signatory` and `opened` do.

    The key is opened first, since a passphrase may be asked for; who it belongs to is asked once the registry is held,
    since the trust root may have been changed while that was waited for.
    """
    from registry.trust.seen import WHENEVER, trust_of

    by = signatory(workspace, key, stopping)
    with opened(workspace) as registry:
        yield registry, replace(by, trust=trust_of(workspace, WHENEVER if stopping else by.now))


def sealing_of(workspace: Workspace, key: str = "") -> Sealing:
    """How a workspace's audit chain is sealed: as often as pipeline.yaml says, where no person signs by `key`."""

    @cache
    def every() -> int:
        from registry.settings import load

        return load(workspace.pipeline, SealedSettings).audit.seal_every if workspace.pipeline.exists() else EVERY

    def notary() -> Notary | None:
        try:
            return signatory(workspace, key) if key else None
        except MunimentError:
            return None  # no such key on this machine, or no trust root in force: the checkpoint stays due

    return Sealing(workspace.checkpoints, every, notary)


def require_foreign(workspace: Workspace, *files: Path | None) -> None:
    """Raises ConfigError where one of the files to be written, if any, is the workspace's own."""
    for path in filter(None, files):
        if workspace.keeps(path):
            raise ConfigError(f"{path} is the workspace's own; nothing takes its place", "name another file")


def print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
