"""The last checkpoint that this machine has seen of each chain, and which chain it saw in each workspace, kept beside
the keys, outside every workspace.

Whoever puts an old copy of a whole workspace in place, database, checkpoints and all, or a chain that is written anew
from its first event on, is found by those who have seen another one.
"""

from __future__ import annotations

import json
from base64 import b64decode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from registry.errors import ChainBroken, DiskFull
from registry.files import write_copy
from registry.workspace import key_directory


def require_same(outside: Path, chain: str) -> None:
    """It is the chain that was seen before in the workspace whose checkpoints lie in `outside`. Raises ChainBroken."""
    path = _place(outside)
    with suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") != chain:
            raise ChainBroken(
                "this is another audit chain than the one that this machine has seen here before",
                f"restore the registry from a backup; if this is a new workspace in its place: remove {path}",
                0,
            )


def place(outside: Path, chain: str) -> None:
    """Keep which chain was seen there. Where nothing can be written, nothing is remembered."""
    path = _place(outside)
    with suppress(OSError, DiskFull):
        if not path.exists():
            write_copy(path, chain.encode())


def displace(outside: Path) -> None:
    """For whoever begins a workspace anew."""
    _place(outside).unlink(missing_ok=True)


def remember(chain: str, envelope: str) -> None:
    """Keep the checkpoint of the chain whose first event has digest `chain`, unless a later one is kept.

    Nothing waits for the disk: after a power cut an older checkpoint is known, which is as true. Where nothing
    can be written, nothing is remembered.
    """
    path = path_of(chain)
    kept = recall(chain)
    if kept is not None and sequence_of(kept) >= sequence_of(envelope):
        return
    staging = path.with_suffix(f".{uuid4().hex}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        staging.write_text(envelope, encoding="utf-8")
        staging.replace(path)


def recall(chain: str) -> str | None:
    """The envelope of the last checkpoint seen, if one was."""
    try:
        return path_of(chain).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def forget(chain: str) -> None:
    """After a restore whose loss somebody answers for, what was seen before it counts no longer."""
    path_of(chain).unlink(missing_ok=True)


def _place(outside: Path) -> Path:
    return key_directory() / "witness" / f"{sha256(str(outside.resolve()).encode()).hexdigest()[:32]}.chain"


def path_of(chain: str) -> Path:
    return key_directory() / "witness" / f"{chain[:32]}.json"


def sequence_of(envelope: str) -> int:
    """What an envelope claims to seal; -1 where it claims nothing."""
    try:
        return int(json.loads(b64decode(json.loads(envelope)["payload"]))["sequence"])
    except (ValueError, KeyError, TypeError):
        return -1
