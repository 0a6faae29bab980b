"""What trainings on the tiny base start from, where a file has no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.base.model import resolve_base
from registry.artifacts import Artifacts
from registry.records import Base


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


@pytest.fixture
def base(tiny_base: Path, artifacts: Artifacts) -> Base:
    return resolve_base(str(tiny_base), artifacts)
