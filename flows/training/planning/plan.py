"""What a training would take, before any of it is done: tokens, steps, memory, time and money.

Everything here is counted or derived; `flows.search.speed` brings what has to be measured.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict

from flows.training.folding.fold import longest_folded
from flows.training.settings import FISHER_RANK, DpoSection, LoraSection, SftSection
from registry.counted import counted
from registry.errors import DoesNotFit, NothingToLearn

if TYPE_CHECKING:
    from flows.rendering.render import Rendered

Section = TypeVar("Section", bound=LoraSection)
GIB = 2**30
_RUNTIME_BYTES = 900 * 2**20
"""Interpreter, torch, transformers, trl and peft, as measured before a model is loaded."""
LORA_BYTES = 16
"""A trained number: fp32 weight and gradient, and Adam's two moments."""
_PRIVATE_LOGIT_BYTES = 14
"""A private training scores all tokens of a padded batch: logits, softmax and gradient in fp32, and logits in bf16."""
_BATCHES_LOOKED_AT = 32


class Plan(BaseModel):
    """One training. `tokens` as a TrainingRun counts them; `error` is relative, of the last estimates.

    `cost` is in the currency of `price_per_hour`. None is what nobody knows before a first run. `at_most`: how many
    rows there will be is known later; rows, steps and tokens are the most that are used. `passes` over the rows: less
    than one where not all of them are trained on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    method: str
    rows: int
    passes: float | None = None
    steps: int | None
    tokens: int | None
    peak_bytes: int | None
    free_bytes: int | None
    seconds: float | None
    basis: str
    error: float | None = None
    cost: float | None = None
    at_most: bool = False


@dataclass(frozen=True)
class Work:
    """A training, counted. `batch_tokens` are those that the fullest batch computes."""

    rows: int
    steps: int
    tokens: int
    batch_tokens: int


@dataclass(frozen=True)
class Machine:
    """`packed`: NF4 weights stay packed, as on GPUs, of which each process has one; `width`: bytes of a number that
    models compute with."""

    packed: bool
    width: int


@dataclass(frozen=True)
class Shape:
    """Of a base model: parameters and what its configuration says of its layers.

    `longest_folded`: as `flows.training.folding.fold` has it. `positions`: tokens read at once, 0 where
    positions are scaled or nothing is said of them.
    """

    parameters: int
    layers: int
    hidden: int
    intermediate: int
    vocabulary: int
    longest_folded: int
    positions: int

    @classmethod
    def of(cls, parameters: int, config: Mapping[str, Any]) -> Shape:
        """From config.json, the text part of a model that has others."""
        text = config.get("text_config", config)
        hidden = int(text.get("hidden_size", 0))
        return cls(
            parameters=parameters,
            layers=int(text.get("num_hidden_layers", 0)),
            hidden=hidden,
            intermediate=int(text.get("intermediate_size") or 4 * hidden),
            vocabulary=int(text.get("vocab_size", 0)),
            longest_folded=longest_folded(text),
            positions=0 if _scaled(text) else int(text.get("max_position_embeddings") or 0),
        )


def _scaled(config: Mapping[str, Any]) -> bool:
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    by_layer = [one for one in rope.values() if isinstance(one, dict)]
    return any(one.get("rope_type", one.get("type", "default")) != "default" for one in (rope, *by_layer))


def steps_of(rows: int, section: LoraSection) -> int:
    """Optimiser steps that the trainer will take on `rows`."""
    if section.max_steps > 0:
        return section.max_steps
    if isinstance(section, SftSection) and section.privacy:  # rows come by chance: no pass ends in part of a batch
        return math.ceil(section.passes(rows) * max(1.0, rows / section.batch_rows))
    return math.ceil(section.passes(rows) * section.steps_a_pass(rows))


def warmed(section: Section, rows: int) -> Section:
    """With a warm-up that is over before a training on `rows` is: a share of the steps leaves one of them at least.

    Raises NothingToLearn for a number of steps that leaves none: the learning rate would never be reached.
    """
    steps, asked = steps_of(rows, section), section.warmup_steps
    taken = int(asked) if asked >= 1 else math.ceil(asked * steps)
    if not rows or taken < steps or section.lr_scheduler_type == "constant":
        return section
    if asked < 1:
        return section.model_copy(update={"warmup_steps": float(steps - 1)})
    setting = "dpo.warmup_steps" if isinstance(section, DpoSection) else "sft.warmup_steps"
    raise NothingToLearn(
        f"{setting}={asked:g} takes all {counted(steps, 'step')} of the training: "
        "its learning rate would never be reached",
        f"set {setting}=0.05, which is a share of the steps, or fewer steps than {steps}",
    )


def tokens_seen(rows: int, tokens: int, section: LoraSection, steps: int) -> int:
    """Tokens of `steps` on `rows` that hold `tokens`, each row's own count, padding and folding apart."""
    return round(tokens * section.passes_in(rows, steps))


def work_of(rows: Sequence[Rendered], section: LoraSection, longest_folded: int, together: int = 1) -> Work:
    """Count a training on `rows`, at least one, that are cut to `max_length` already; `together` are never parted."""
    steps = steps_of(len(rows), section)
    fullest = max(batch_tokens(batch, longest_folded) for batch in _heaviest(rows, section, together))
    tokens = tokens_seen(len(rows), sum(row.size for row in rows), section, steps)
    return Work(len(rows), steps, tokens, fullest)


def _heaviest(rows: Sequence[Rendered], section: LoraSection, together: int) -> Sequence[Sequence[Rendered]]:
    """Of a shuffled pass the batches with most tokens, before any is folded, and that of the longest row: a table has
    one kind of row behind the other."""
    units = [rows[start : start + together] for start in range(0, len(rows), together)]
    order = random.Random(section.seed).sample(units, len(units))  # noqa: S311 - an order, no secret
    mixed, size = [row for unit in order for row in unit], section.per_device_train_batch_size
    batches = [mixed[start : start + size] for start in range(0, len(mixed), size)]
    fullest = nlargest(_BATCHES_LOOKED_AT, batches, key=lambda batch: sum(row.size for row in batch))
    return [*fullest, max(batches, key=lambda batch: max(row.size for row in batch))]


def batch_tokens(rows: Sequence[Rendered], longest_folded: int) -> int:
    """Tokens that one batch computes: distinct ones where the model folds them, else padded ones."""
    import torch

    from flows.rendering.render import padded
    from flows.training.folding.fold import plan

    ids, mask, _ = padded(rows, torch.device("cpu"))
    if ids.shape[1] > longest_folded:
        return ids.numel()
    return len(plan(ids.numpy(), mask.sum(dim=1).numpy()).order)


def peak_bytes(work: Work, section: SftSection, shape: Shape, machine: Machine) -> int:
    """Memory at the highest point of a step.

    Activations kept for the backward pass, for each token and layer: in the format of the base the inputs of all
    linear layers, queries, keys and values before and after rotation; in fp32 what both norms and the residual read.
    With privacy there is a gradient for each row, and their sum.
    """
    weights = round(shape.parameters * (0.55 if machine.packed and section.quantization == "nf4" else machine.width))
    sides = shape.layers * (11 * shape.hidden + 3 * shape.intermediate)
    number = LORA_BYTES + (4 * (section.per_device_train_batch_size + 1) if section.privacy else 0)
    trained = section.lora_r * sides * number + (FISHER_RANK * sides * 4 if section.ewc else 0)
    kept = shape.layers * (machine.width * (12 * shape.hidden + 4 * shape.intermediate) + 8 * shape.hidden)
    scored = (8 + machine.width) * shape.vocabulary * min(work.batch_tokens, 16 * section.per_device_train_batch_size)
    if section.privacy:
        scored = _PRIVATE_LOGIT_BYTES * shape.vocabulary * work.batch_tokens
    return _RUNTIME_BYTES + weights + trained + kept * work.batch_tokens + scored


def peak_of(rows: Sequence[Rendered], section: SftSection, shape: Shape, machine: Machine, together: int = 1) -> int:
    """`peak_bytes` of a training on `rows`, which are cut to the section's `max_length` first: of a GPU's process with
    its share of a batch, or of all processes, each with the whole model in main memory."""
    cut, share = [row.cut(section.max_length) for row in rows], section.per_device_train_batch_size // section.processes
    alone = section.model_copy(update={"per_device_train_batch_size": share, "processes": 1})
    folded = 0 if section.privacy else shape.longest_folded
    peak = peak_bytes(work_of(cut, alone, folded, together), alone, shape, machine)
    return peak if machine.packed else section.processes * peak


def as_rows(section: DpoSection, rank: int) -> SftSection:
    """Preference training of an adapter of `rank` as what its batches hold: both answers of each pair, as rows, or for
    KTO single ones."""
    alike = ("quantization", "max_length", "gradient_accumulation_steps", "max_steps", "num_train_epochs", "seed")
    size = section.answers_together * section.per_device_train_batch_size
    shared = section.model_dump(include=set(alike))
    return SftSection(lora_r=rank, per_device_train_batch_size=size, **shared)


def require_room(
    rows: Sequence[Rendered],
    section: SftSection,
    shape: Shape,
    free: int,
    machine: Machine,
    pairs: DpoSection | None = None,
) -> int:
    """The peak of a training on `rows`. Raises DoesNotFit, with the setting that would fit in `free` bytes.

    With `pairs`, `section` is `as_rows` of it, and its settings are told.
    """
    together, least = (pairs.answers_together, pairs.least_batch) if pairs else (1, 1)
    peak = peak_of(rows, section, shape, machine, together)
    if peak <= free:
        return peak
    prefix, what = ("dpo", "preference training") if pairs else ("sft", "training")
    others = _fewer(section, machine)
    others += smaller(others[-1] if others else section, together, least)
    fitting = next((one for one in others if peak_of(rows, one, shape, machine, together) <= free), None)
    advice = "free memory, or choose a smaller base_model"
    if fitting is not None:
        advice = f"set {_said(prefix, _told(section, together), _told(fitting, together))}"
    raise DoesNotFit(
        f"{what} would take about {peak / GIB:.1f} GiB of memory and {free / GIB:.1f} GiB are free", advice
    )


def _fewer(section: SftSection, machine: Machine) -> list[SftSection]:
    """On CPUs the same training by fewer processes, down to one."""
    fewer = () if machine.packed else range(section.processes - 1, 0, -1)
    shared = (count for count in fewer if section.per_device_train_batch_size % count == 0)
    return [section.model_copy(update={"processes": count}) for count in shared]


def smaller(section: SftSection, together: int = 1, least: int = 1) -> Sequence[SftSection]:
    """The same training in smaller batches, then on shorter rows, then on packed weights.

    A batch is halved as long as each process has `least` times the `together` rows that cannot be parted.
    """
    found, one, even = [], section, together * section.processes
    while (half := one.per_device_train_batch_size // (2 * even) * even) >= least * even:
        accumulated = one.gradient_accumulation_steps * 2
        one = one.model_copy(
            update={"per_device_train_batch_size": half, "gradient_accumulation_steps": accumulated}
        )
        found.append(one)
    while one.max_length > 128:
        one = one.model_copy(update={"max_length": one.max_length // 2})
        found.append(one)
    return [*found, one.model_copy(update={"quantization": "nf4"})]


def _told(section: SftSection, together: int) -> dict[str, object]:
    size = section.per_device_train_batch_size // together
    return {**section.model_dump(), "per_device_train_batch_size": size}


def _said(prefix: str, before: Mapping[str, object], after: Mapping[str, object]) -> str:
    return " ".join(f"{prefix}.{name}={after[name]}" for name in after if after[name] != before[name])
