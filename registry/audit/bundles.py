"""The audit chain as one file that proves itself to somebody who has only the trust root.

One JSON object a line: how much there is; the events as they are stored; and each checkpoint behind the event
that it seals. It ends with a checkpoint, so that nothing can be cut off its end unnoticed: what ends at an earlier
one is an older bundle, and the checkpoint says of what day.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from registry import digests
from registry.audit import checkpoints, witness
from registry.audit.chain import Head, follow
from registry.audit.pieces import cut
from registry.audit.proving import Kept
from registry.audit.sealed import Proof, Sealed
from registry.database.store import Registry
from registry.errors import ChainBroken, ChainCut, NotFound, RolledBack, UnknownSigner
from registry.files import write_atomically
from registry.trust.principals import Trust

_HELD, _EVENT, _CHECKPOINT, _END = b'{"bundle":', b'{"event":', b'{"checkpoint":', b"}\n"
_AGAIN = "get the bundle again from whoever exported it, and ask who could write to it"

_NEWEST = f"if people joined since, get the newest trust root, and see: muniment trust show; else {_AGAIN}"


def export(registry: Registry, path: Path) -> tuple[int, int]:
    """Write the bundle; returns how many events are in it and how many came after the last checkpoint.

    Raises NotFound where nothing is sealed, DiskFull.
    """
    kept = Kept.of(registry)
    seals = {**kept.files, **kept.rows}
    last = registry.head().sequence
    sealed = max((number for number in seals if number <= last), default=-1)
    if sealed < 0:
        raise NotFound("no checkpoint seals the audit chain", "seal it: muniment audit checkpoint --key NAME")
    row = registry.query("SELECT digest FROM events WHERE sequence = ?", sealed)
    head = Head(sealed, str(row[0][0]) if row else "")
    write_atomically(path, chain((_held(head),), _lines(registry, seals, sealed)))
    return sealed + 1, last - sealed


def verify(path: Path, trust: Trust) -> Proof:
    """Prove an exported bundle with the trust root alone; what this machine saw of the chain before counts as well.

    Raises NotFound, and the kind of ChainBroken that says what was done, naming the first bad event.
    """
    if not path.is_file():
        raise NotFound(f"there is no bundle {path}", "write one: muniment audit export FILE")
    reading = _Reading(path, Sealed(checkpoints.Signers.of(trust)))
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                reading.take(number, line)
        return reading.ended()
    except ChainBroken as error:
        unknown = isinstance(error.__cause__, UnknownSigner)
        error.next_step = _NEWEST if unknown else _AGAIN  # whoever holds a bundle has no registry to restore
        raise


class _Reading:
    """One way through a bundle."""

    def __init__(self, path: Path, sealed: Sealed) -> None:
        self.path, self.sealed, self.head = path, sealed, Head()
        self.held, self.chain, self.seen = b"", "", ""

    def take(self, number: int, line: bytes) -> None:
        """One line. Raises ChainBroken."""
        if number == 1 and line.startswith(_HELD):
            self.held = line
        elif line.startswith(_EVENT) and line.endswith(_END):
            _, self.head = follow(self.head, line[len(_EVENT) : -len(_END)])
            self._compare()
        elif line.startswith(_CHECKPOINT) and line.endswith(_END) and self.head.sequence >= 0:
            self.sealed.reach(line[len(_CHECKPOINT) : -len(_END)].decode("utf-8", "replace"), self.head)
        else:
            after = self.head.sequence + 1
            raise ChainBroken(f"{self.path}:{number} is neither an audit event nor a checkpoint", _AGAIN, after)

    def _compare(self) -> None:
        """What this machine saw of the chain before must be in it."""
        if self.head.sequence == 0:
            self.chain = self.head.digest
            self.seen = witness.recall(self.chain) or ""
        if self.seen and witness.sequence_of(self.seen) == self.head.sequence:
            self.sealed.agree(self.seen, self.head)
            self.seen = ""

    def ended(self) -> Proof:
        """Raises ChainCut, RolledBack."""
        after = self.head.sequence + 1
        if self.sealed.last is None or self.sealed.last.checkpoint.sequence < self.head.sequence:
            raise ChainCut(
                f"{self.path} ends with audit event {self.head.sequence}, which nobody in force seals", _AGAIN, after
            )
        if self.held != _held(self.head):
            raise ChainCut(f"{self.path} does not hold what it says it does", _AGAIN, after)
        if self.seen:
            raise RolledBack(
                f"{self.path} is an older bundle: it ends before audit event {after}, and this machine has seen"
                f" a checkpoint of {witness.sequence_of(self.seen)}",
                _AGAIN,
                after,
            )
        witness.remember(self.chain, self.sealed.envelope)
        return self.sealed.proof(self.head)


def _held(head: Head) -> bytes:
    return _HELD + digests.canonical({"events": head.sequence + 1, "head": head.digest}) + _END


def _lines(registry: Registry, seals: dict[int, str], last: int) -> Iterator[bytes]:
    for piece in cut(registry, last):
        for sequence, _, body in registry.stored_events(*piece):
            yield _EVENT + body.encode() + _END
            if sequence in seals:
                yield _CHECKPOINT + seals[sequence].encode() + _END
