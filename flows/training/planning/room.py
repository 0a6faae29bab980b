"""Whether a training has room on this machine, from its own rows and its base model's own shape."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.base.memory import free_bytes, gpus, on_gpu
from flows.base.precision import compute_dtype
from flows.rendering.families import turn_ends
from flows.rendering.rated import Pair, sides_of
from flows.rendering.render import Message, Rendered, render
from flows.training.planning.plan import Machine, Shape, Work, as_rows, peak_of, require_room, work_of
from flows.training.ranks import RAY_ADDRESS, THIS_MACHINE
from flows.training.settings import DpoSection, SftSection
from registry.artifacts import Artifacts
from registry.errors import DoesNotFit
from registry.records import Base

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Room:
    """Rendered rows, the model's shape, the bytes that are free, what the machine computes with, and ends of turns."""

    rows: tuple[Rendered, ...]
    shape: Shape
    free: int
    machine: Machine
    ends: frozenset[int]

    def work(self, section: SftSection) -> Work:
        return work_of([row.cut(section.max_length) for row in self.rows], section, self.shape.longest_folded)

    def peak(self, section: SftSection) -> int:
        """Bytes at the highest point. Raises DoesNotFit, with the setting that would, for rows that the base cannot
        read and, where it trains here, for want of devices or memory."""
        self._require_read("sft", section.max_length)
        if elsewhere(section):
            return peak_of(self.rows, section, self.shape, self.machine)
        _require_gpus(section, gpus())
        return require_room(self.rows, section, self.shape, self.free, self.machine)

    def require_pairs(self, section: DpoSection, rank: int) -> int:
        """Bytes at the highest point where `rows` are the answers of pairs, one beside the other; KTO parts them.
        Raises DoesNotFit."""
        self._require_read("dpo", section.max_length)
        return require_room(self.rows, as_rows(section, rank), self.shape, self.free, self.machine, section)

    def _require_read(self, prefix: str, max_length: int) -> None:
        """Behind its last position a base gives nonsense or breaks, and vLLM reads no further."""
        longest, most = max(row.cut(max_length).size for row in self.rows), self.shape.positions
        if 0 < most < longest:
            said = f"rows have up to {longest:,} tokens, and the base model reads {most:,}"
            raise DoesNotFit(said, f"set {prefix}.max_length={most}")

    def holds(self, section: SftSection) -> bool:
        return peak_of(self.rows, section, self.shape, self.machine) <= self.free


def elsewhere(section: SftSection) -> bool:
    """Whether other machines may train, of whose memory nothing is known here."""
    return section.launcher == "ray" and os.environ.get(RAY_ADDRESS, "") not in THIS_MACHINE


def _require_gpus(section: SftSection, there: int) -> None:
    """NCCL takes no GPU for two processes, and its own word for it would come when the model is loaded."""
    if 0 < there < section.processes:
        most = next(count for count in range(there, 0, -1) if section.per_device_train_batch_size % count == 0)
        raise DoesNotFit(
            f"{section.processes} processes want a GPU each, and there are {there} here", f"set sft.processes={most}"
        )


def room_for(table: pa.Table, base: Base, artifacts: Artifacts) -> Room:
    """Of rows of `registry.tables.SFT_ROWS`."""
    return _room([(row["prompt"], row["completion"]) for row in table.to_pylist()], base, artifacts)


def room_for_twice(table: pa.Table, base: Base, artifacts: Artifacts) -> Room:
    """Of rows of `registry.tables.SFT_ROWS`, each as the two answers of a pair that may come of it."""
    room = room_for(table, base, artifacts)
    return replace(room, rows=tuple(row for row in room.rows for _ in range(2)))


def room_for_pairs(pairs: Sequence[Pair], base: Base, artifacts: Artifacts) -> Room:
    """Of rows of `registry.tables.PREFERENCE_ROWS`, each answer as one."""
    turns = [(row["prompt"], answer) for row in pairs for answer, _ in sides_of(row)]
    return _room(turns, base, artifacts)


def _room(turns: Sequence[tuple[Sequence[Message], Sequence[Message]]], base: Base, artifacts: Artifacts) -> Room:
    from transformers import AutoTokenizer

    weights = artifacts.path(base.weights)
    tokenizer = AutoTokenizer.from_pretrained(weights, local_files_only=True)
    rows = tuple(render(tokenizer, prompt, answer) for prompt, answer in turns)
    config = json.loads((weights / "config.json").read_text(encoding="utf-8"))
    machine = Machine(packed=on_gpu(), width=compute_dtype().itemsize)
    return Room(rows, Shape.of(base.parameters, config), free_bytes(), machine, turn_ends(tokenizer))
