"""What is known of the audit chain outside the database, held against it before anybody seals on or removes.

An older copy of the database holds together. `prove` reads every checkpoint there is; here it is those that such a
copy can not know: the files of which it has none, the newest file, and the last one that this machine has seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from registry.audit import checkpoint_files, witness
from registry.database import shape
from registry.database.engine import Connection
from registry.errors import RolledBack

if TYPE_CHECKING:
    from registry.audit.checkpoints import Signers


def require_known(connection: Connection, outside: Path, signers: Signers) -> None:
    """The chain has every event that such a checkpoint seals, and no function in the file bends what it answers.

    Raises RolledBack, ChainBroken, CheckpointForged, IntegrityError.
    """
    shape.require_no_functions(connection)
    for place, envelope in _known(connection, outside):
        name = f"{place.parent.name}/{place.name}"
        said = signers.open(envelope, name).checkpoint
        row = connection.execute("SELECT digest FROM events WHERE sequence = ?", [said.sequence]).fetchone()
        if row is None or row[0] != said.head:
            raise RolledBack(
                f"the registry is an older copy: it has not the audit event {said.sequence} that {name} seals",
                f"restore the newest one; only if an operator accepted its loss on another machine: remove {place}",
                said.sequence,
            )


def _known(connection: Connection, outside: Path) -> Iterator[tuple[Path, str]]:
    """Where a checkpoint is kept, and its envelope."""
    files = checkpoint_files.numbers(outside)
    held = {row[0] for row in connection.execute("SELECT sequence FROM checkpoints").fetchall()}
    for number in sorted({*(files - held), *sorted(files)[-1:]}):
        yield checkpoint_files.path_in(outside, number), checkpoint_files.read_one(outside, number)
    for (first,) in connection.execute("SELECT digest FROM events WHERE sequence = 0").fetchall():
        witness.require_same(outside, str(first))
        seen = witness.recall(str(first))
        if seen and witness.sequence_of(seen) >= 0:  # what was garbled claims nothing
            yield witness.path_of(str(first)), seen
