"""Training beside plain TRL and peft on the same rows; the last line is JSON.

`trl defaults` is SFTTrainer, DPOTrainer or KTOTrainer as a first script has it: full precision, autocast and
checkpointing. `trl best` is the best plain setting: base in bf16 where the processor has it, no checkpointing, batches
grouped by length. Losses are compared in full precision, where a difference is one of method and not of rounding. Every
training runs in a process of its own; methods take turns, LoRA and QLoRA three times, as so little parts them. ROWS=N
rows a kind (64), ROUNDS=N turns (1; 3 with FULL=1). FULL=1 also trains on all that is shipped, seed after seed, and
says how good it gets (tests.bench.train_quality): it takes hours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.bench import train_quality
from tests.bench.train_once import (
    BATCH,
    BEST,
    DEFAULTS,
    EXACT,
    OURS,
    OURS_EXACT,
    OURS_NF4,
    PACKED,
    SAME_ROWS,
    TRL_EXACT,
    Once,
)  # fmt: skip
from tests.bench.train_rows import KINDS, LONG, PAIRS, PREFIX, RATINGS, SHORT

ROWS = int(os.environ.get("ROWS", "64"))
FULL = os.environ.get("FULL") == "1"
ROUNDS = int(os.environ.get("ROUNDS", "3" if FULL else "1"))
METHODS = {
    SHORT: (*(OURS, OURS_NF4) * 3, PACKED, DEFAULTS, BEST, SAME_ROWS, *EXACT),
    PREFIX: (OURS, OURS_NF4, DEFAULTS, BEST),
    LONG: (OURS, BEST),
    PAIRS: (OURS, DEFAULTS, BEST, *EXACT),
    RATINGS: (OURS, DEFAULTS, BEST, *EXACT),
}
MIB = 2**20
EXACT_ROWS = 8
"""Full precision is slow, and its losses are compared, not its speed."""


@dataclass(frozen=True)
class Run:
    """All rounds of one method on one kind of rows."""

    kind: str
    method: str
    rounds: tuple[Once, ...]

    @property
    def rows_s(self) -> float:
        return median(one.rows_s for one in self.rounds)

    @property
    def rows_cpu_s(self) -> float:
        return median(one.rows_cpu_s for one in self.rounds)

    @property
    def bytes_over(self) -> float:
        return median(one.bytes_over for one in self.rounds)

    @property
    def losses(self) -> list[float]:
        return self.rounds[0].losses


Runs = dict[tuple[str, str], Run]


def measured() -> Runs:
    """Every method on every kind of rows, in turns."""
    turns = [(kind, method) for _ in range(ROUNDS) for kind, methods in METHODS.items() for method in methods]
    taken: dict[tuple[str, str], list[Once]] = {turn: [] for turn in turns}
    with tempfile.TemporaryDirectory() as store:
        for kind, method in track(turns, "training"):
            one = _apart(method, kind, store)
            print(f"{KINDS[kind]}, {method}: {one.rows_s:.2f} rows/s, {one.rows_cpu_s:.2f} rows/CPU-s", flush=True)
            taken[kind, method].append(one)
    return {turn: Run(*turn, tuple(rounds)) for turn, rounds in taken.items()}


def _apart(method: str, kind: str, store: str) -> Once:
    count = min(ROWS, EXACT_ROWS) if method in EXACT else ROWS
    command = [sys.executable, "-m", "tests.bench.train_once", method, kind, str(count), store]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{method} on {KINDS[kind]} ended with {ended.returncode}:\n{ended.stderr[-2_000:]}")
    return Once(**json.loads(ended.stdout.splitlines()[-1]))


def apart(one: Iterable[float], other: Iterable[float]) -> float:
    """The mean difference of two runs' losses, step by step."""
    differences = [abs(a - b) for a, b in zip(one, other, strict=True)]
    return sum(differences) / len(differences)


def figures(runs: Runs) -> dict[str, float]:
    """Ratios by wall time; `…_cpu` by CPU time, which a busy machine disturbs less."""

    def faster(kind: str, method: str, than: str) -> dict[str, float]:
        one, other = runs[kind, method], runs[kind, than]
        return {"": one.rows_s / other.rows_s, "_cpu": one.rows_cpu_s / other.rows_cpu_s}

    pairs = {
        "sft_vs_trl_defaults": faster(SHORT, OURS, DEFAULTS),
        "sft_vs_trl_best": faster(SHORT, OURS, BEST),
        "sft_prefix_vs_trl_best": faster(PREFIX, OURS, BEST),
        "sft_long_vs_trl_best": faster(LONG, OURS, BEST),
        "dpo_vs_trl_defaults": faster(PAIRS, OURS, DEFAULTS),
        "dpo_vs_trl_best": faster(PAIRS, OURS, BEST),
        "kto_vs_trl_defaults": faster(RATINGS, OURS, DEFAULTS),
        "kto_vs_trl_best": faster(RATINGS, OURS, BEST),
        "qlora_vs_lora": faster(SHORT, OURS_NF4, OURS),
        "qlora_vs_bitsandbytes": faster(SHORT, OURS_NF4, PACKED),
    }
    ratios = {name + suffix: value for name, both in pairs.items() for suffix, value in both.items()}
    return {
        **ratios,
        "memory_vs_trl_defaults": runs[PREFIX, OURS].bytes_over / runs[PREFIX, DEFAULTS].bytes_over,
        "dpo_memory_vs_trl_defaults": runs[PAIRS, OURS].bytes_over / runs[PAIRS, DEFAULTS].bytes_over,
        "loss_difference": apart(runs[SHORT, OURS_EXACT].losses, runs[SHORT, TRL_EXACT].losses),
        "loss_difference_dpo": apart(runs[PAIRS, OURS_EXACT].losses, runs[PAIRS, TRL_EXACT].losses),
        "loss_difference_kto": apart(runs[RATINGS, OURS_EXACT].losses, runs[RATINGS, TRL_EXACT].losses),
        "loss_difference_bf16": apart(runs[SHORT, OURS].losses, runs[SHORT, SAME_ROWS].losses),
        "loss_difference_nf4": apart(runs[SHORT, OURS_NF4].losses, runs[SHORT, PACKED].losses),
    }


def main() -> None:
    runs = measured()
    table = Table("rows", "method", "rows/s", "rows/CPU-s", "MiB over the model", "first loss", "last loss")
    for run in runs.values():
        rates = (f"{run.rows_s:.2f}", f"{run.rows_cpu_s:.2f}", f"{run.bytes_over / MIB:,.0f}")
        table.add_row(KINDS[run.kind], run.method, *rates, f"{run.losses[0]:.4f}", f"{run.losses[-1]:.4f}")
    Console(width=120).print(table)
    print(f"{ROWS} rows a kind, batches of {BATCH}, {ROUNDS} round(s), load {os.getloadavg()[0]:.1f}")
    found = figures(runs) | (train_quality.measured() if FULL else {})
    print(json.dumps({name: round(value, 4) for name, value in found.items()}))


if __name__ == "__main__":
    main()
