"""A wheel holds what the program reads at run time: outside the repository nothing else is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("registry", "governance", "serving", "flows", "deploy")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in SHIPPED:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, source / name)
    subprocess.run([sys.executable, "-c", BUILD, str(built)], cwd=source, check=True, capture_output=True)
    return zipfile.ZipFile(next(built.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_rooms_and_no_other(wheel: zipfile.ZipFile) -> None:
    paths = [p for name in SHIPPED for p in (ROOT / name).rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    files = {path.relative_to(ROOT).as_posix() for path in paths}

    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert not sorted(files - packed)
    assert not sorted(packed - files)


def test_a_workspace_is_made_by_what_the_wheel_holds(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "MUNIMENT_KEYS": str(tmp_path / "keys")}
    command = [sys.executable, "-m", "flows.cli", "init", "house"]

    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)

    assert (tmp_path / "house" / "policy.yaml").read_bytes() == (ROOT / "deploy" / "policy.yaml").read_bytes()
