"""The registry's figures, and MLflow's beside them; the last line is one JSON object.

MLflow is no dependency of ours: an environment of its own is made for it under var/. What is compared runs in turns,
so that a busy machine slows down both: read the ratios, not the rates. Where it cannot be made, as without a network,
ours are measured alone and what needs MLflow is null. `FULL=0` leaves out the million events.
"""

from __future__ import annotations

import compileall
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import registry_day, registry_filled, registry_quack
from tests.registered import Place

ROOT = Path(__file__).resolve().parents[2]
MLFLOW = "mlflow==3.17.2"
ADAPTERS, EVENTS = 10_000, 1_000_000
ROUNDS, SLICES, SLICE_S = 3, 6, 5.0
Figures = dict[str, float | int]
Spent = tuple[float, float]
"""Wall seconds and CPU seconds of one command, from start to exit."""
MISSING: Spent = (math.nan, math.nan)


def mlflow(root: Path, directory: str) -> list[str]:
    """How MLflow's steps are called, in an environment that is made on first use; nothing where it cannot be."""
    place = root / "var" / "mlflow"
    python = str(place / "bin" / "python")
    if not (place / "made").exists():
        uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, MLFLOW]
        try:
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(place)], check=True)
            subprocess.run(install, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{MLFLOW} cannot be installed here, ours are measured alone: {error}", flush=True)
            return []
        (place / "made").touch()
    return [python, str(ROOT / "tests/bench/registry_mlflow.py"), directory]


def told(figures: Figures) -> str:
    """As JSON: what could not be measured is null, and a line before says so by name."""
    missing = [name for name, value in figures.items() if math.isnan(value)]
    said = f"missing, for there is no MLflow: {', '.join(missing)}\n" if missing else ""
    return said + json.dumps({name: None if name in missing else value for name, value in figures.items()})


def spent(command: list[str]) -> Spent:
    """What a command costs. Raises CalledProcessError where it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{command[3:]} failed: {done.stderr[-400:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def muniment(workspace: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "flows.cli", "-C", str(workspace), *words]


def by_command(ours: list[list[str]], theirs: list[list[str]]) -> Figures:
    """The five steps as one process each, in turns."""
    costs = [(spent(one), spent(other) if other else MISSING) for one, other in zip_longest(ours, theirs)]
    walls = [sum(pair[side][0] for pair in costs) for side in (0, 1)]
    cpus = [sum(pair[side][1] for pair in costs) for side in (0, 1)]
    return {"ours_s": walls[0], "mlflow_s": walls[1], "ours_cpu_s": cpus[0], "mlflow_cpu_s": cpus[1]}


def steps(place: Place, number: int) -> list[list[str]]:
    """Ours, as a reviewer types them."""
    root, name = place.workspace.root, f"demo-{number}"
    why = ("--reason", "read and found fit")
    return [
        [sys.executable, "-m", "tests.bench.registry_day", str(root), str(number)],
        *(muniment(root, "approve", name, "--key", who, *why) for who in ("rita", "paul")),
        muniment(root, "promote", name, "--key", "olaf", *why),
        muniment(root, "show", "production"),
    ]


def their_steps(run: list[str], number: int) -> list[list[str]]:
    if not run:
        return []
    version = str(number)
    approvals = [[*run, "approve", version, who] for who in ("rita", "paul")]
    return [[*run, "register"], *approvals, [*run, "promote", version], [*run, "show"]]


def compared(root: Path, run: list[str]) -> Figures:
    """Commands and sustained writing, ours and MLflow's in turns; ours alone where nothing runs MLflow."""
    place = registry_day.prepared(root)
    if run:
        subprocess.run([*run, "make"], check=True, capture_output=True)
    rounds = [by_command(steps(place, n), their_steps(run, n)) for n in range(1, ROUNDS + 1)]
    command = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    slices = [(_ours(place, n), _theirs(run) if run else MISSING) for n in range(SLICES)]
    ours, theirs = ([statistics.median(pair[side][k] for pair in slices) for k in (0, 1)] for side in (0, 1))
    return {
        "mlflow_cli_ratio": round(command["mlflow_s"] / command["ours_s"], 2),
        "mlflow_cli_cpu_ratio": round(command["mlflow_cpu_s"] / command["ours_cpu_s"], 2),
        "command_s": round(command["ours_s"] / 5, 3),
        "command_cpu_s": round(command["ours_cpu_s"] / 5, 3),
        "mlflow_sustained_ratio": round(statistics.median(pair[0][0] / pair[1][0] for pair in slices), 2),
        "mlflow_sustained_cpu_ratio": round(theirs[1] / ours[1], 2),
        "cycles_s": round(ours[0], 1),
        "mlflow_cycles_s": round(theirs[0], 1),
        "cycle_cpu_ms": round(ours[1], 1),
        "mlflow_cycle_cpu_ms": round(theirs[1], 1),
    }


def _ours(place: Place, turn: int) -> Spent:
    own = [sys.executable, "-m", "tests.bench.registry_day", str(place.workspace.root)]
    return _sustained([*own, str(1_000_000 * (turn + 1)), str(SLICE_S)])


def _theirs(run: list[str]) -> Spent:
    return _sustained([*run, "cycles", str(SLICE_S)])


def _sustained(command: list[str]) -> Spent:
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    rate, cpu_ms = said.split()[-2:]
    return float(rate), float(cpu_ms)


def large(root: Path) -> Figures:
    """A million events proved, and ten thousand adapters listed."""
    started = time.perf_counter()
    place = registry_filled.filled(root, ADAPTERS, EVENTS)
    print(f"{ADAPTERS:,} adapters and {EVENTS:,} events made in {time.perf_counter() - started:.0f} s", flush=True)
    workspace = place.workspace.root
    wall, cpu = spent(muniment(workspace, "audit", "verify"))
    cheap: dict[str, Callable[[], Spent]] = {
        "list_10k": lambda: spent(muniment(workspace, "list")),
        "lineage_10k": lambda: spent(muniment(workspace, "lineage", "production")),
        "show_at_10k": lambda: spent(muniment(workspace, "show", "production", "--at", "2026-01-01T12:00Z")),
    }
    figures: Figures = {"verify_1m_s": round(wall, 1), "verify_1m_cpu_s": round(cpu, 1)}
    for name, measure in cheap.items():
        figures[f"{name}_cpu_s"] = round(statistics.median(measure()[1] for _ in range(ROUNDS)), 2)
    return figures


def served(root: Path) -> Figures:
    missing, rate = registry_quack.lost(root, registry_quack.CLIENTS, registry_quack.OPERATIONS)
    return {"quack_16_lost": missing, "quack_16_commits_s": round(rate, 1)}


def main() -> None:
    for room in ("registry", "governance", "serving", "flows"):  # as `make install` leaves them
        compileall.compile_dir(ROOT / room, quiet=1)
    figures: Figures = {}
    with TemporaryDirectory() as place:
        os.environ["MUNIMENT_KEYS"] = f"{place}/day/keys"
        figures |= compared(Path(place) / "day", mlflow(ROOT, place))
        print(told(figures), flush=True)
        figures |= served(Path(place) / "served")
        print(told(figures), flush=True)
        if os.environ.get("FULL", "1") != "0":
            os.environ["MUNIMENT_KEYS"] = f"{place}/large/keys"
            figures |= large(Path(place) / "large")
    print(told(figures))


if __name__ == "__main__":
    main()
