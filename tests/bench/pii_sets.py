"""The labelled texts of the privacy bench, and both detectors over them, text by text in turn."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from governance.pii.recall.gold import GoldText, read_gold
from governance.pii.recall.measure import Measured, measure
from governance.pii.recall.sample import SHIPPED
from governance.pii.text.spans import Span
from tests.bench.pii_letters import letters

Detector = Callable[[str], list[Span]]
COURT, SYNTHETIC, NOISY, OWN = "court", "synthetic", "noisy", "own letters"
_FILES = {COURT: "tab*.jsonl", SYNTHETIC: "*synth*.jsonl", NOISY: "wnut*.jsonl"}


@dataclass(frozen=True)
class Compared:
    """Both detectors on the same texts: figures, and CPU-seconds for `chars` code points."""

    chars: int
    baseline: Measured
    ours: Measured
    baseline_s: float
    ours_s: float


def labelled(own: int) -> tuple[dict[str, list[GoldText]], list[str]]:
    """Labelled texts by set, and what is missing. GOLD names a directory."""
    folder = os.environ.get("GOLD")
    sets, missing = {}, []
    for name, pattern in _FILES.items():
        files = sorted(Path(folder).glob(pattern)) if folder else []
        texts = [text for file in files for text in read_gold(file)]
        if texts:
            sets[name] = texts
        else:
            missing.append(f"{name} ({pattern})")
    if SYNTHETIC not in sets:
        sets[SYNTHETIC] = list(read_gold(SHIPPED))
    return {**sets, OWN: list(letters(own, seed=1))}, missing


def compared(texts: list[GoldText], baseline: Detector, ours: Detector) -> Compared:
    """Who goes first changes with every text: a busy machine slows both alike."""
    found: tuple[dict[str | int, list[Span]], ...] = ({}, {})
    seconds = [0.0, 0.0]
    for number, text in enumerate(texts):
        for which in (0, 1) if number % 2 else (1, 0):
            began = time.process_time()
            found[which][text.id] = (baseline, ours)[which](text.text)
            seconds[which] += time.process_time() - began
    chars = sum(len(text.text) for text in texts)
    return Compared(chars, measure(texts, found[0]), measure(texts, found[1]), *seconds)


def speed_ratio(sets: Mapping[str, Compared]) -> float:
    """Characters per CPU-second of ours against the baseline's, over all sets together."""
    return sum(s.baseline_s for s in sets.values()) / sum(s.ours_s for s in sets.values())
