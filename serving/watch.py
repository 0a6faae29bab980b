"""Looks at the signed release five times a second; a new one that verifies comes into force.

A rejection or revocation published beside it takes the adapter it names out of service.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from pathlib import Path

from registry.errors import IntegrityError, MunimentError, NotFound
from serving import seen
from serving.gateway import Gateway
from serving.rollout import Rollout

_AGAIN_S, _NOTE_S = 10.0, 3600.0
Stamp = tuple[int, ...]
log = logging.getLogger("muniment.serving")


async def watch(gateway: Gateway, every_s: float) -> None:
    """Never returns. A refused release is noted, and tried again when it changes or after ten seconds."""
    rollout = gateway.rollout
    tried: Stamp | None = None
    tried_at, noted_at = 0.0, time.monotonic()
    while True:
        stamp, engine = _stamp(rollout), gateway.engine
        due = bool(rollout.refused) and time.monotonic() - tried_at > _AGAIN_S
        if engine is not None and (stamp != tried or due):
            tried, tried_at = stamp, time.monotonic()
            await _try(gateway)
        if time.monotonic() - noted_at > _NOTE_S:
            noted_at = time.monotonic()
            await asyncio.to_thread(_note, rollout)
        await asyncio.sleep(every_s)


async def _try(gateway: Gateway) -> None:
    rollout, engine = gateway.rollout, gateway.engine
    assert engine is not None
    refusal: MunimentError | None = None
    await asyncio.to_thread(rollout.withdraw_revoked)  # at once, since another one takes a while to load
    try:
        release = await asyncio.to_thread(rollout.read)
        if rollout.release is None or release.digest != rollout.release.digest:
            await rollout.bring(release, engine)
        rollout.refused = ""
    except FileNotFoundError:
        refusal = NotFound("release.json is gone", "promote again")
    except MunimentError as error:
        refusal = error
    except (OSError, ValueError) as error:
        refusal = IntegrityError(f"the release cannot be read ({type(error).__name__})", "promote again")
    await asyncio.to_thread(rollout.withdraw_revoked)  # what was revoked meanwhile is not said to stay
    if refusal is not None:
        rollout.refuse(refusal)


def _note(rollout: Rollout) -> None:
    """How late it is, for a restart under a clock that was set back."""
    try:
        seen.note(rollout.seen_path, datetime.now(UTC))
    except (MunimentError, OSError) as error:
        log.warning("the time could not be noted: %s", type(error).__name__)


def _stamp(rollout: Rollout) -> Stamp:
    """What changes when the release or a refusal is written, also where either is not there."""
    workspace = rollout.workspace
    return (*_written(workspace.release), *_written(workspace.refusals))


def _written(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_ino)
