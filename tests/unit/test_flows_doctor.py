"""What the doctor says of vLLM's interpreter and of the settings: what no run could work with is told before one."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.house import ensure_trust
from flows.status.doctor import Finding, examine
from registry.errors import NotFound
from registry.workspace import Workspace


def vllm_as(python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finding:
    monkeypatch.setenv("MUNIMENT_VLLM_PYTHON", str(python))
    return next(one for one in examine(Workspace(tmp_path)) if one.name == "vLLM")


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo vllm torch", "has no vllm, torch"),
        ("exit 1", "does not run"),
        ("echo", ""),
    ],
)
def test_an_interpreter_of_a_half_finished_installation_is_not_called_sound(
    script: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)

    told = vllm_as(python, tmp_path, monkeypatch)

    assert told.found == f"{python} {found}".strip()
    assert told.state == ("bad" if found else "good")


@pytest.mark.parametrize(("mode", "found"), [(0o644, "does not run"), (None, "is missing")])
def test_what_is_no_interpreter_at_all_is_told(
    mode: int | None, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    if mode is not None:
        python.write_text("")
        python.chmod(mode)

    told = vllm_as(python, tmp_path, monkeypatch)

    assert (told.state, told.found) == ("bad", f"{python} {found}")


def test_a_policy_that_no_run_could_read_is_told_with_the_settings(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.md").write_text("# A")
    (tmp_path / "pipeline.yaml").write_text("documents: documents\nbase_model: smollm2-135m-instruct\n")

    def settings() -> Finding:
        return next(one for one in examine(Workspace(tmp_path)) if one.name == "settings")

    assert settings().state == "good"
    (tmp_path / "policy.yaml").write_text("gate: {minimum_hedline: 90}\n")
    assert settings().state == "bad"
    assert "did you mean 'gate.minimum_headline'" in settings().found


def test_under_another_home_no_key_is_made_and_the_run_says_where_the_workspaces_own_must_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    workspace = Workspace(tmp_path)
    ensure_trust(workspace)
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "elsewhere"))

    with pytest.raises(NotFound, match="no key 'root'") as stopped:
        ensure_trust(workspace)

    assert "name their folder in MUNIMENT_KEYS" in stopped.value.next_step
    assert not (tmp_path / "elsewhere").exists()
