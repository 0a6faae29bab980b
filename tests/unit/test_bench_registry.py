"""The registry's benchmark where MLflow cannot be had: what is missing is said by name, and the rest is measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.registry import MISSING, by_command, mlflow, their_steps, told


def test_without_mlflow_ours_are_measured_and_the_ratios_are_null(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)

    run = mlflow(tmp_path, "directory")

    assert "cannot be installed here" in capsys.readouterr().out
    costs = by_command([["true"], ["true"]], their_steps(run, 1))
    assert 0 < costs["ours_s"] < 60
    said, line = told({"mlflow_cli_ratio": costs["mlflow_s"] / costs["ours_s"], "list_10k_cpu_s": 0.5}).splitlines()
    assert said.endswith("no MLflow: mlflow_cli_ratio")
    assert json.loads(line) == {"mlflow_cli_ratio": None, "list_10k_cpu_s": 0.5}


def test_what_was_measured_beside_mlflow_is_told_as_it_is() -> None:
    assert told({"mlflow_cli_ratio": 8.5}) == '{"mlflow_cli_ratio": 8.5}'
    assert MISSING != (0.0, 0.0)
