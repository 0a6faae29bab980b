"""The work of an export: write the files, read them back, and ask them what base and adapter were asked."""

from __future__ import annotations

import shutil
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flows.export import parity
from flows.export.package import add_provenance, add_terms, add_tokenizer
from flows.export.settings import TOLERANCE, Order
from registry.artifacts import Artifacts
from registry.errors import ParityLost
from registry.progress import Steps
from registry.records import Adapter, Base, Export

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


_STEPS, _ASKING = 3, "reading it back, asking it the same"


@dataclass(frozen=True)
class Subject:
    """What is exported, the NOTICE that travels with it, and all its licences as one SPDX expression."""

    adapter: Adapter
    base: Base
    notice: str
    licence: str


def make(subject: Subject, order: Order, artifacts: Artifacts, scratch: Path, progress: Steps) -> Export:
    """Write the export into the artifact store. Raises NotExportable, ParityLost, DigestMismatch, DiskFull."""
    from flows.base.quiet import quietly

    base, weights = artifacts.verified(subject.base.weights), artifacts.verified(subject.adapter.weights)
    directory = scratch / "export"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    with quietly():
        apart = _written(subject, order, (base, weights), directory, progress)
    tolerance = TOLERANCE[order.precision] if order.form != "adapter" else 0.0
    parity.require(apart, tolerance, f"{subject.adapter.version} as {order.form} in {order.precision}")
    add_terms(base, subject.notice, directory)
    said = {**order.model_dump(), "difference": apart, "tolerance": tolerance}
    said |= {"precision": "unchanged"} if order.form == "adapter" else {}
    add_provenance(subject.adapter, subject.base, said, directory)
    return Export(
        adapter=subject.adapter.digest, base=subject.base.digest, weights=artifacts.put(directory), **said,
    )  # fmt: skip


def _written(subject: Subject, order: Order, sources: tuple[Path, Path], directory: Path, progress: Steps) -> float:
    """How far (nats) the files say something else than the adapter; the adapter's own are the same to the byte."""
    from flows.export import merge

    base, weights = sources
    if order.form == "adapter":
        shutil.copytree(weights, directory, dirs_exist_ok=True)
        return 0.0
    if order.form == "gguf":
        from flows.export.gguf_model import require_writable

        require_writable(subject.base.architecture)
    progress(0, _STEPS, "merging")
    model = merge.adapted(base, weights)
    known = parity.reference(cast("PreTrainedModel", model), [golden.token_ids for golden in subject.adapter.golden])
    whole = merge.merged(model)
    del model
    progress(1, _STEPS, "writing")
    if order.form == "safetensors":
        merge.write(whole, order.precision, subject.adapter.version, directory)
        add_tokenizer(base, directory)
        del whole
        progress(2, _STEPS, _ASKING)
        return parity.difference(merge.loaded(directory), known)
    return _as_gguf(subject, order, (whole, base), (directory, known), progress)


def _as_gguf(
    subject: Subject,
    order: Order,
    sources: tuple[PreTrainedModel, Path],
    target: tuple[Path, parity.Reference],
    progress: Steps,
) -> float:
    from flows.export import gguf_model

    (whole, base), (directory, known) = sources, target
    path = directory / f"{subject.adapter.version.replace('@', '-')}-{order.precision}.gguf"
    about = {"name": subject.adapter.version, "license": subject.licence, "base": subject.base.name}
    gguf_model.write(whole, base, order.precision, about, path)
    progress(2, _STEPS, _ASKING)
    with redirect_stderr(StringIO()):  # its tensor bar asks nobody
        model, tokenizer = gguf_model.read(path)
    for golden in subject.adapter.golden:
        _require_same_ids(tokenizer, golden.prompt, golden.token_ids, path.name)
    return parity.difference(model, known)


def _require_same_ids(tokenizer: PreTrainedTokenizerFast, prompt: str, ids: tuple[int, ...], name: str) -> None:
    from flows.rendering.render import prompt_ids, user

    if prompt_ids(tokenizer, user(prompt)) != ids:
        raise ParityLost(f"{name} reads a prompt as other tokens than training did", "export it as safetensors")
