"""Whether a training has room on this machine, from its own rows and its base model's own shape."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.training.memory import free_bytes, on_gpu
from flows.training.plan import Machine, Shape, Work, peak_of, require_room, work_of
from flows.training.precision import compute_dtype
from flows.training.ranks import RAY_ADDRESS, THIS_MACHINE
from flows.training.render import Rendered, render
from flows.training.settings import SftSection
from registry.artifacts import Artifacts
from registry.records import Base

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Room:
    """Rendered rows, the model's shape, the bytes that are free, and what the machine computes with."""

    rows: tuple[Rendered, ...]
    shape: Shape
    free: int
    machine: Machine

    def work(self, section: SftSection) -> Work:
        return work_of([row.cut(section.max_length) for row in self.rows], section, self.shape.longest_folded)

    def peak(self, section: SftSection) -> int:
        """Bytes at the highest point. Raises DoesNotFit, with the setting that would, where it trains here."""
        if elsewhere(section):
            return peak_of(self.rows, section, self.shape, self.machine)
        return require_room(self.rows, section, self.shape, self.free, self.machine)

    def holds(self, section: SftSection) -> bool:
        return peak_of(self.rows, section, self.shape, self.machine) <= self.free


def elsewhere(section: SftSection) -> bool:
    """Whether other machines may train, of whose memory nothing is known here."""
    return section.launcher == "ray" and os.environ.get(RAY_ADDRESS, "") not in THIS_MACHINE


def room_for(table: pa.Table, base: Base, artifacts: Artifacts) -> Room:
    """Of rows of `registry.tables.SFT_ROWS`."""
    from transformers import AutoTokenizer

    weights = artifacts.path(base.weights)
    tokenizer = AutoTokenizer.from_pretrained(weights, local_files_only=True)
    rows = tuple(render(tokenizer, row["prompt"], row["completion"]) for row in table.to_pylist())
    config = json.loads((weights / "config.json").read_text(encoding="utf-8"))
    machine = Machine(packed=on_gpu(), width=compute_dtype().itemsize)
    return Room(rows, Shape.of(base.parameters, config), free_bytes(), machine)
