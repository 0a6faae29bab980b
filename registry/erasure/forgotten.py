"""What was erased, known again by keyed hashes alone: it must never come back in, and nobody may try names out.

The key lies beside the other keys, outside the workspace. Without it nobody can say whether a file was erased, so
nothing is read until it is back.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from registry import digests, secret_files
from registry.database.store import Registry
from registry.erasure.records import Erasure
from registry.errors import KeyMissing
from registry.tables import CELLS, turns_of

KEY_FILE = "erasure.key"


@dataclass(frozen=True)
class ErasureKey:
    """Makes the hashes: 64 hexadecimal digits that say nothing without `secret`."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return hashlib.sha256(b"erasure id" + self.secret).hexdigest()[:12]

    def subject(self, name: str) -> str:
        return self._hash("subject", name)

    def document(self, content: str) -> str:
        """Of a file with the digest `content`."""
        return self._hash("document", content)

    def text(self, units: Sequence[Mapping[str, object]]) -> str:
        """Of all that a document's units say, in whatever file it stands."""
        return self._hash("text", digests.of_json([_cells(unit) for unit in units]))

    def row(self, unit: Mapping[str, object]) -> str:
        """Of one row of a row file."""
        return self._hash("row", digests.of_json(_cells(unit)))

    def _hash(self, purpose: str, what: str) -> str:
        return hmac.digest(self.secret, f"{purpose}\0{what}".encode(), "sha256").hex()


@dataclass(frozen=True)
class Forgotten:
    """The hashes of everything erased; `key` is None where nothing was."""

    hashes: frozenset[str] = frozenset()
    key: ErasureKey | None = None

    def document(self, content: str, units: Sequence[Mapping[str, object]]) -> bool:
        """Whether these bytes, or what they say, were erased."""
        return self.key is not None and not self.hashes.isdisjoint((self.key.document(content), self.key.text(units)))

    def row(self, unit: Mapping[str, object]) -> bool:
        return self.key is not None and self.key.row(unit) in self.hashes

    @property
    def digest(self) -> tuple[str, ...]:
        """What reading documents depends on: nothing as long as nothing was erased."""
        return (digests.of_json(sorted(self.hashes)),) if self.hashes else ()


NOTHING = Forgotten()


def erasure_key(directory: Path) -> ErasureKey:
    """The key in `directory`, made at first use. Raises IntegrityError."""
    return ErasureKey(secret_files.load_or_create(directory / KEY_FILE))


def forgotten(registry: Registry, directory: Path) -> Forgotten:
    """Everything that was ever erased here. Raises KeyMissing where its key is not in `directory`."""
    erasures = registry.all(Erasure)
    if not erasures:
        return NOTHING
    path = directory / KEY_FILE
    key = ErasureKey(secret_files.read(path)) if path.exists() else None
    if key is None or {erasure.key_id for erasure in erasures} != {key.id}:
        raise KeyMissing(
            f"what was erased is known by key {erasures[-1].key_id}, which is not on this machine",
            f"restore {KEY_FILE} from a backup into MUNIMENT_KEYS",
        )
    return Forgotten(frozenset(one for e in erasures for one in (*e.documents, *e.rows)), key)


def _cells(unit: Mapping[str, object]) -> list[object]:
    choices: Iterable[object] = unit["choices"] or ()  # type: ignore[assignment]
    return [*(unit[name] for name in CELLS), *choices, *(turn["content"] for turn in turns_of(unit))]
