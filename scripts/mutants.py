"""Would a test notice? Each mutant is one small change of a module under which its tests must fail.

    python -m scripts.mutants [NAME...] [--sample N] [--seed S]

NAME is one of those in TESTS; all of them by default. Every mutant runs in a fork of a process that has imported
the tests: there the functions get the changed code, or everything is imported anew where the change is outside of
functions. The last line is JSON; survivors stand before it with their lines.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import inspect
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from scripts.mutations import mutations

ROOT = Path(__file__).resolve().parent.parent
LONGEST_CPU_S, LONGEST_S = 300, 1800
"""Of work, and of waiting: on a full machine tests that are only slow were taken for a mutant that hangs."""
DUTIES = "attacks/test_registry_duties.py"
FORGED = ("attacks/test_registry_forged_releases.py", "attacks/test_registry_forged_approvals.py")
OUTDATED = "attacks/test_registry_outdated_releases.py"
TESTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "approvals": (
        "registry.decisions.approvals",
        ("unit/test_registry_decided.py", "unit/test_registry_approvals.py", DUTIES),
    ),
    "cases": ("registry.decisions.cases", ("unit/test_registry_decided.py",)),
    "signatory": (
        "registry.trust.signatory",
        ("unit/test_registry_decided.py", "unit/test_registry_approvals.py"),
    ),
    "standing": ("registry.decisions.standing", ("unit/test_registry_standing.py", DUTIES)),
    "releases": (
        "registry.release.releases",
        ("unit/test_registry_decided.py", "attacks/test_registry_releases.py", "attacks/test_registry_verify.py",
         "unit/test_registry_cosigning.py", "attacks/test_registry_way_back.py", "attacks/test_registry_put_back.py"),
    ),
    "verification": (
        "registry.release.verification",
        (*FORGED, OUTDATED, "attacks/test_registry_releases.py", "unit/test_registry_cosigning.py"),
    ),
    "audit": (
        "registry.audit.chain",
        ("unit/test_registry_decided.py", "unit/test_registry_audit.py", "unit/test_registry_bundles.py"),
    ),
    "pieces": (
        "registry.audit.pieces",
        ("attacks/test_registry_tampered_chain.py", "attacks/test_registry_tampered_rows.py"),
    ),
    "attestations": (
        "registry.signatures.attestations",
        ("unit/test_registry_attestations.py", *FORGED, OUTDATED, "unit/test_registry_decided.py"),
    ),
}
"""Each module with its tests, the quickest to notice first."""


@dataclass(frozen=True)
class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports `module` from `source` instead of from its file."""

    module: str
    source: str
    path: Path
    in_function: bool = True

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self, origin=str(self.path)) if name == self.module else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self.path)
        exec(compile(self.source, self.path, "exec"), module.__dict__)


def main(names: Sequence[str], sample: int, seed: int) -> bool:
    """Whether nine mutants of ten were killed."""
    figures: dict[str, object] = {}
    killed = made = 0
    for name in names:
        module, tests = TESTS[name]
        path = ROOT / (module.replace(".", "/") + ".py")
        source = path.read_text(encoding="utf-8")
        _pytest(tests, "--collect-only")
        if not _survives(Changed(module, source, path), tests):
            raise SystemExit(f"the tests of {name} fail on the module as it is")
        chosen = list(mutations(source))
        random.Random(seed).shuffle(chosen)
        chosen = sorted(chosen[: sample or None], key=lambda one: one.line)
        dead = 0
        for one in chosen:
            if _survives(Changed(module, one.source, path, one.in_function), tests):
                print(f"survives  {path.relative_to(ROOT)}:{one.line}  {one.what}", flush=True)
            else:
                dead += 1
        made, killed = made + len(chosen), killed + dead
        figures[name] = {"mutants": len(chosen), "killed": dead}
        print(f"{name}: {dead} of {len(chosen)} killed", flush=True)
    share = killed / max(1, made)
    print(json.dumps({**figures, "mutants": made, "killed": killed, "share": round(share, 3)}))
    return share >= 0.9


def _survives(changed: Changed, tests: tuple[str, ...]) -> bool:
    """Whether the tests pass. One that hangs was noticed."""
    home = tempfile.mkdtemp(prefix="mutant", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_CPU_S, LONGEST_CPU_S))
        os._exit(_run(changed, tests, home))
    try:
        deadline = time.monotonic() + LONGEST_S
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status) == 0
            time.sleep(0.02)
        os.kill(child, 9)
        os.waitpid(child, 0)
        return False
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(changed: Changed, tests: tuple[str, ...], home: str) -> int:
    if not changed.in_function:
        for name in [one for one in sys.modules if one.split(".")[0] in {"registry", "governance", "tests", "serving"}]:
            del sys.modules[name]
        sys.meta_path.insert(0, changed)
    else:
        codes = {code.co_qualname: code for code in _codes(compile(changed.source, changed.path, "exec"))}
        for function in _functions(sys.modules[changed.module]):
            function.__code__ = codes[function.__qualname__]
    return _pytest(tests, "-x", f"--basetemp={home}/base")


def _pytest(tests: tuple[str, ...], *options: str) -> int:
    """Nothing of what it prints is seen."""
    said, silence = [os.dup(stream) for stream in (1, 2)], os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(silence, stream)
    try:
        files = [str(ROOT / "tests" / name) for name in tests]
        return int(pytest.main([*options, "-q", "-p", "no:cacheprovider", "-k", "not quack", *files]))
    finally:
        for stream, before in zip((1, 2), said, strict=True):
            os.dup2(before, stream)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _functions(holder: ModuleType | type) -> Iterator[FunctionType]:
    """Those written in the module itself, in its classes, and under decorators."""
    module = holder.__name__ if isinstance(holder, ModuleType) else holder.__module__
    for value in vars(holder).values():
        found: Any = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        inner = inspect.unwrap(found) if callable(found) else found
        if isinstance(inner, FunctionType) and inner.__module__ == module and inner.__code__.co_filename != "<string>":
            yield inner
        elif isinstance(value, type) and value.__module__ == module:
            yield from _functions(value)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*TESTS, []])
    parser.add_argument("--sample", type=int, default=0, help="so many mutants a module; all by default")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(0 if main(given.names or tuple(TESTS), given.sample, given.seed) else 1)
