"""What the base model's own words hang on, layer by layer: second moments of inputs and of gradients at outputs.

Over rows that the base wrote itself, with labels drawn from its own distribution at each token: the true Fisher matrix,
where the rows' own tokens would give the empirical one, which is another matrix (Kunstner et al. 2019,
arXiv:1905.12558). Of each moment the largest directions are kept and the trace of the rest, so that memory is bounded
by FISHER_RANK numbers where the whole would take the square of a layer's width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from flows.base.model import load_base
from flows.base.quiet import quietly
from flows.training.ewc import INPUTS, OUTPUTS, REST, TOKENS, adapted_layers
from flows.training.lora import lora_config
from flows.training.settings import FISHER_RANK, SftSection
from flows.training.sft import learnable
from registry.artifacts import Artifacts
from registry.errors import TrainingDiverged
from registry.files import write_atomically
from registry.progress import Progress
from registry.records import Base

if TYPE_CHECKING:
    import pyarrow as pa
    from peft import PeftModel

    from flows.rendering.render import Rendered

Sums = dict[str, torch.Tensor]
"""By a layer's name and side: root (k, d) of the sum of v vᵀ over all tokens, and under `….rest` the trace it lacks."""
ROWS = "rows"
KEPT_EVERY = 8
"""Rows between the copies that a killed measurement goes on from."""


def measure(
    own: pa.Table,
    base: Base,
    section: SftSection,
    place: tuple[Artifacts, Path],
    progress: Progress | None = None,
) -> Path:
    """A file of Sums over rows of `registry.tables.SFT_ROWS`, of the layers that `section` adapts.

    `place` is (artifacts, scratch); what a killed run measured is read again.
    Raises NothingToLearn, DiskFull, TrainingDiverged where the base gives no proper numbers.
    """
    from peft import get_peft_model

    artifacts, scratch = place
    path = scratch / "fisher.safetensors"
    with quietly():
        model, tokenizer = load_base(base, artifacts, section.quantization)
        rows = learnable(tokenizer, own.to_pylist(), section.max_length)
        adapted = get_peft_model(model, lora_config(section)).eval()  # B is 0: it answers as the base does
    sums = _known(path, adapted.device)
    with _watched(adapted, sums):
        for number in range(int(sums[ROWS]), len(rows)):
            _pass(adapted, rows[number], number)
            sums[ROWS] += 1
            sums[TOKENS] += rows[number].size
            if (number + 1) % KEPT_EVERY == 0 or number + 1 == len(rows):
                _write(path, sums)
            if progress:
                progress(number + 1, len(rows))
    return path


def add(sums: Sums, name: str, vectors: torch.Tensor) -> None:
    """Take `vectors` (n, d) into the root under `name`; what its FISHER_RANK rows can't hold goes to the rest."""
    vectors = _proper(vectors).double()
    both = torch.cat([sums[name].double(), vectors]) if name in sums else vectors
    lost = torch.zeros((), dtype=torch.float64, device=both.device)
    if len(both) > FISHER_RANK:
        values, directions = torch.linalg.eigh(both @ both.T)
        both, lost = directions[:, -FISHER_RANK:].T @ both, values[:-FISHER_RANK].clamp(min=0).sum()
    sums[name] = both.float()
    sums[f"{name}.{REST}"] = sums.get(f"{name}.{REST}", 0) + lost


def held_share(sums: Sums) -> float:
    """The part of all layers' traces that the roots hold, each side and layer counting alike."""
    roots = [name for name in sums if name.endswith((f".{INPUTS}", f".{OUTPUTS}"))]
    held = [(float(sums[name].double().square().sum()), float(sums[f"{name}.{REST}"])) for name in roots]
    return sum(root / (root + rest) for root, rest in held if root) / len(held)


@contextmanager
def _watched(model: PeftModel, sums: Sums) -> Iterator[None]:
    """Every adapted layer takes its inputs and the gradients at its outputs into `sums` on the way back."""
    hooks = [layer.register_forward_hook(_watch(sums, name)) for name, layer in adapted_layers(model).items()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _watch(sums: Sums, name: str) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...], torch.Tensor], None]:
    def seen(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        given = inputs[0].detach()[0]

        def back(slope: torch.Tensor) -> None:
            add(sums, f"{name}.{INPUTS}", given)
            add(sums, f"{name}.{OUTPUTS}", slope[0])

        output.register_hook(back)  # type: ignore[no-untyped-call]

    return seen


def _pass(model: PeftModel, row: Rendered, number: int) -> None:
    """One row forward, a label drawn for each of its tokens, and back."""
    ids = torch.tensor([[*row.prompt, *row.answer]], device=model.device)
    logits = _proper(model(input_ids=ids, use_cache=False).logits[0].float())
    drawing = torch.Generator(model.device).manual_seed(number)
    labels = torch.multinomial(logits.detach().softmax(dim=-1), 1, generator=drawing)[:, 0]
    torch.nn.functional.cross_entropy(logits, labels, reduction="sum").backward()  # type: ignore[no-untyped-call]
    model.zero_grad()


def _proper(values: torch.Tensor) -> torch.Tensor:
    if not values.isfinite().all():
        raise TrainingDiverged(
            "the base model gives no proper numbers on its own words", "set sft.quantization: none, or sft.ewc: 0"
        )
    return values


def _known(path: Path, device: torch.device) -> Sums:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(path, device=str(device)))
    except (OSError, SafetensorError):  # nothing yet, or not whole any more
        return {ROWS: torch.zeros(1), TOKENS: torch.zeros(1)}


def _write(path: Path, sums: Sums) -> None:
    from safetensors.torch import save

    write_atomically(path, save({name: tensor.contiguous() for name, tensor in sums.items()}))
