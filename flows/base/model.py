"""Which base model is trained on: found, checked, converted once, addressed by its content."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flows.base.checked import check_known, check_safe, check_whole, settings_of, unsteered
from flows.base.convert import PACKAGE, PACKAGED, packaged
from flows.rendering.families import complete
from registry import digests
from registry.artifacts import Artifacts, disk_full_named
from registry.errors import BaseModelMissing, Unservable
from registry.files import expanded
from registry.records import Base

if TYPE_CHECKING:
    from transformers import BitsAndBytesConfig, PreTrainedModel, PreTrainedTokenizerFast

    from governance.licences.settings import LicencePolicy

KEPT = (
    "*.safetensors", "*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt", "README*", "MODEL_CARD*",
    "*LICENSE*", "*LICENCE*", "COPYING*", "NOTICE*", "*USE_POLICY*", "EULA*", "TERMS*",
)  # fmt: skip
UNKNOWN_LICENCE = "NOASSERTION"


def resolve_base(
    name: str,
    artifacts: Artifacts,
    cache: Path | None = None,
    licence: str = "",
    policy: LicencePolicy | None = None,
) -> Base:
    """Find base model `name`, put it into the artifact store, and describe it.

    `name` is the packaged model's, a directory, or a hub id (HF_HUB_OFFLINE is respected). `licence`
    is an SPDX expression for a model whose card names none; `policy` knows licences of our own. Raises
    BaseModelMissing, Unservable.
    """
    if name.lower() == PACKAGED:
        directory, source, known = packaged(cache or cache_directory()), f"package:{PACKAGE}", "Apache-2.0"
    elif Path(name).is_dir():
        directory, source, known = Path(name), f"directory:{Path(name).name}", ""
    else:
        directory, source, known = _from_hub(name), f"hub:{name}", ""
    check_safe(directory)
    check_known(directory)
    parameters = _parameters(directory)
    weights = _noted(directory, artifacts) if source.startswith("package:") else ""
    config = settings_of(directory / "config.json")
    return Base(
        name=name if source.startswith("hub:") else Path(name).name,
        weights=weights or _store(directory, artifacts),
        licence=licence or known or licence_of(directory, policy),
        architecture=str((config.get("architectures") or ["unknown"])[0]),
        parameters=parameters,
        source=source,
    )


def source_digest(name: str) -> str:
    """What the base model depends on before it is read: package and version, a directory's content, or a hub id.

    Raises BaseModelMissing; Unservable for a directory with a link, which may lead to what is no part of a model.
    """
    if name.lower() == PACKAGED:
        from importlib.metadata import PackageNotFoundError, version

        try:
            return f"package:{PACKAGED}:{version(PACKAGE.replace('_', '-'))}"
        except PackageNotFoundError as error:
            raise BaseModelMissing(f"the package of {PACKAGED} is not installed", "make install") from error
    if not Path(name).is_dir():
        return f"hub:{name}"
    try:
        return f"directory:{digests.of_tree(Path(name))}"
    except ValueError as error:
        raise Unservable(f"{Path(name).name}: {error}", "name a copy of files alone, as cp -rL makes") from error


def load_base(
    base: Base, artifacts: Artifacts, quantization: Literal["nf4", "none"] = "none"
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """The frozen base on the GPU or CPU, in `precision.compute_dtype`: as it is, or NF4 with double quantization.

    On a CPU, which has no fused NF4 kernel, the weights are unpacked once instead of in every layer of every step:
    the same numbers to the last bit.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from flows.base.precision import compute_dtype
    from flows.base.quiet import quietly

    path = artifacts.path(base.weights)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with quietly():
        model, found = AutoModelForCausalLM.from_pretrained(
            path,
            dtype=compute_dtype(),
            device_map=device,
            quantization_config=nf4() if quantization == "nf4" else None,
            local_files_only=True,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
        check_whole(found, base.name)
        if quantization == "nf4" and device == "cpu":
            model = model.dequantize()
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    return model, tokenizer


def nf4() -> BitsAndBytesConfig:
    """NF4 with double quantization, computed in bf16 where the machine can (Dettmers et al. 2023, "QLoRA")."""
    from transformers import BitsAndBytesConfig

    from flows.base.precision import compute_dtype

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute_dtype(),
    )


def cache_directory() -> Path:
    """`MUNIMENT_CACHE`, else `muniment` in the user's cache directory."""
    named = os.environ.get("MUNIMENT_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or expanded(Path("~/.cache"))) / "muniment"


def licence_of(directory: Path, policy: LicencePolicy | None = None) -> str:
    """The expression that its licence files and its card agree on, else NOASSERTION."""
    from governance.licences.folder import identify_folder
    from governance.licences.settings import LicencePolicy

    found = identify_folder(directory, policy or LicencePolicy())
    return found.licence if found.known else UNKNOWN_LICENCE


def _misspelt(name: str) -> bool:
    """Whether a name without an organisation, as no new model of the hub has, is nearly the packaged one."""
    return "/" not in name and bool(difflib.get_close_matches(name.lower(), [PACKAGED]))


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    if _misspelt(name):  # the hub would be asked for a minute before it is called unreachable
        raise BaseModelMissing(
            f"base model {name!r} is neither {PACKAGED!r} nor a directory", f"did you mean {PACKAGED}?"
        )
    try:
        return Path(snapshot_download(name, allow_patterns=list(KEPT)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise BaseModelMissing(
            f"base model {name!r} is neither {PACKAGED!r}, a directory, nor a reachable hub id",
            f"set base_model to a local directory or {PACKAGED}; offline use needs the model in the hub cache",
        ) from error


def _noted(directory: Path, artifacts: Artifacts) -> str:
    """The digest noted beside a converted model, which spares the hashing; empty where there is none of use."""
    note = directory.with_suffix(".sha256")
    digest = note.read_text(encoding="ascii").strip() if note.is_file() else ""
    return digest if digest and artifacts.has(digest) else ""


def _store(directory: Path, artifacts: Artifacts) -> str:
    """Copy what a model needs into the store."""
    staging = artifacts.root / "tmp" / f"base-{digests.of_text(str(directory))[:16]}"
    shutil.rmtree(staging, ignore_errors=True)  # what a killed run left
    with disk_full_named(artifacts.root):
        staging.mkdir(parents=True)
        for path in _kept(directory):
            shutil.copyfile(path, staging / path.name)
        unsteered(staging)
        complete(staging)
    return artifacts.put(staging)


def _kept(directory: Path) -> Iterable[Path]:
    return sorted({path for pattern in KEPT for path in directory.glob(pattern) if path.is_file()})


def _parameters(directory: Path) -> int:
    from math import prod

    from safetensors import SafetensorError, safe_open

    total = 0
    for path in sorted(directory.glob("*.safetensors")):
        try:
            with safe_open(path, framework="numpy") as tensors:
                total += sum(prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118 - not a mapping
        except SafetensorError as error:
            raise Unservable(f"{directory.name}/{path.name} is no whole safetensors file", "copy it again") from error
    return total
