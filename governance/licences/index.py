"""Every licence text that is known, as sequences of word numbers, and the few that a text may be.

The file `index.xz` holds no readable text: each word is a number, each number the hash of a word. It is
made by `scripts/make_licence_index.py` from ScanCode's LicenseDB (CC-BY-4.0) and the texts named there.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

INDEX = Path(__file__).with_name("index.xz")
STRANGE = 0xFFFF
"""The number of every word that stands in no licence."""
Numbers = npt.NDArray[np.uint16]
_TABLE_BITS = 22
_MIX = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)


@dataclass(frozen=True)
class Reference:
    """One licence text. `id` is its SPDX identifier or LicenseRef; `start` and `length` count words."""

    key: str
    id: str
    name: str
    category: str
    links: tuple[str, ...]
    start: int
    length: int

    @property
    def is_policy(self) -> bool:
        """Whether it is a policy of use, which is part of a licence."""
        return "Use Policy" in self.name

    @property
    def family(self) -> str:
        """`llama` of every version of Llama's licence."""
        return family(self.id)


@dataclass(frozen=True, eq=False)
class Index:
    """All references over one array of word numbers."""

    references: tuple[Reference, ...]
    numbers: dict[int, int]
    words: Numbers

    def text(self, reference: Reference) -> Numbers:
        return self.words[reference.start : reference.start + reference.length]

    def numbered(self, words: Sequence[str]) -> Numbers:
        return np.array([self.numbers.get(hashed(word), STRANGE) for word in words], dtype=np.uint16)


def family(licence: str) -> str:
    """The first word of an identifier."""
    return licence.removeprefix("LicenseRef-").removeprefix("scancode-").partition("-")[0].casefold()


def hashed(word: str) -> int:
    """32 bits of a word."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "little")


@lru_cache(maxsize=1)
def load(path: Path = INDEX) -> Index:
    """Read the index: a JSON line, then the hashes of all words, then all texts."""
    head, _, body = lzma.decompress(path.read_bytes()).partition(b"\n")
    listed = json.loads(head)
    split = 4 * listed["vocabulary"]
    hashes = np.frombuffer(body[:split], dtype="<u4")
    references = [Reference(**{**entry, "links": tuple(entry["links"])}) for entry in listed["references"]]
    numbers = dict(zip(hashes.tolist(), range(len(hashes)), strict=True))
    return Index(tuple(references), numbers, np.frombuffer(body[split:], dtype="<u2"))


def likely(index: Index, text: Numbers, most: int = 8) -> list[Reference]:
    """References that share three-word runs with `text`: those that share most of it, and most of themselves."""
    table = np.zeros(1 << _TABLE_BITS, dtype=bool)
    table[_runs(text)] = True
    hits = np.concatenate((table[_runs(index.words)], (False, False)))
    starts = np.array([reference.start for reference in index.references])
    lengths = np.array([reference.length for reference in index.references])
    shared = np.add.reduceat(hits.astype(np.int32), starts)
    by_count = np.argsort(-shared, kind="stable")[:most]
    by_share = np.argsort(-(shared / lengths), kind="stable")[:most]
    chosen = dict.fromkeys(int(n) for n in (*by_share, *by_count) if shared[n] >= 4)
    return [index.references[n] for n in chosen]


def _runs(text: Numbers) -> npt.NDArray[np.uint32]:
    """A 22-bit number for each three words in a row; runs across two texts do no harm."""
    if len(text) < 3:
        return np.zeros(0, dtype=np.uint32)
    wide = text.astype(np.uint32)
    mixed = wide[:-2] * np.uint32(_MIX[0]) ^ wide[1:-1] * np.uint32(_MIX[1]) ^ wide[2:] * np.uint32(_MIX[2])
    runs: npt.NDArray[np.uint32] = (mixed ^ mixed >> np.uint32(15)) >> np.uint32(32 - _TABLE_BITS)
    return runs
