"""How adapters are trained: Hugging Face's own names, defaults for two cores and one small model."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from flows.datasets.settings import EndpointSection

Positive = Annotated[int, Field(ge=1)]
Passes = Annotated[float, Field(gt=0, le=1_000)]
LEAST_RATE, MOST_RATE = 1e-8, 1.0
"""Smaller steps are lost in the rounding of an adapter's fp32 weights: nothing would be learnt."""
Rate = Annotated[float, Field(ge=LEAST_RATE, le=MOST_RATE)]
LearnFrom = Literal["all", "asked"]
LEAST_STEPS = 500
"""Where passes are not set: few rows are repeated, as fewer steps teach little more than which answers are common."""
MOST_NOISE = 1e6
"""In norms of a row's gradient: more of it has no lower epsilon."""
LEAST_NORM, MOST_NORM = 1e-4, 1e4
"""A row's gradient over millions of weights that is clipped to less is lost beside Adam's epsilon."""
FISHER_RANK = 64
"""Directions that elastic weight consolidation keeps of a layer's inputs, and as many of its outputs."""


class LoraSection(BaseModel):
    """The adapter's shape and the optimiser's settings, as peft and transformers name them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    quantization: Literal["nf4", "none"] = Field("nf4", description="NF4 with double quantization, or bf16")
    lr_scheduler_type: Literal["linear", "cosine", "constant", "constant_with_warmup"] = "cosine"
    warmup_steps: Annotated[float, Field(ge=0)] = Field(0.05, description="fewer steps than all, or a share below 1")
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.0
    gradient_accumulation_steps: Positive = 1
    max_steps: Annotated[int, Field(ge=-1)] = Field(-1, description="-1: as num_train_epochs says")
    max_length: Annotated[int, Field(ge=16)] = Field(1024, description="tokens; longer rows lose their end")
    save_steps: Positive = Field(10, description="steps between checkpoints that a killed run resumes from")
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    learning_rate: Rate
    num_train_epochs: Passes | None = None
    per_device_train_batch_size: Positive = 8
    _least_steps: ClassVar[int] = LEAST_STEPS
    _most_passes: ClassVar[float] = 3.0

    @field_validator("max_steps")
    @classmethod
    def _some_steps(cls, value: int) -> int:
        if value == 0:
            raise ValueError("max_steps is 1 or more, or -1: as num_train_epochs says")
        return value

    @property
    def keyed(self) -> Self:
        """What a result hangs on: not how often it is kept on the way, for which keys hold the default."""
        return self.model_copy(update={"save_steps": type(self).model_fields["save_steps"].default})

    def steps_a_pass(self, rows: int) -> int:
        """Optimiser steps of one pass over `rows`."""
        return math.ceil(math.ceil(rows / self.per_device_train_batch_size) / self.gradient_accumulation_steps)

    def passes(self, rows: int) -> float:
        """Passes over `rows`: those that were set, else one, or as many as make enough steps if few are enough."""
        if self.num_train_epochs is not None:
            return self.num_train_epochs
        return min(self._most_passes, max(1.0, self._least_steps / max(1, self.steps_a_pass(rows))))

    def passes_in(self, rows: int, steps: int) -> float:
        """Passes over `rows` that so many steps are; the last batch of a pass may hold fewer rows than the others."""
        whole, rest = divmod(steps, self.steps_a_pass(rows))
        return whole + rest * self.batch_rows / rows

    @property
    def batch_rows(self) -> int:
        """Rows of an optimiser step."""
        return self.per_device_train_batch_size * self.gradient_accumulation_steps


class PrivacySection(BaseModel):
    """Differential privacy of each training row: give the noise, or the epsilon that it shall end at."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    epsilon: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    noise_multiplier: Annotated[float, Field(ge=1e-6, le=MOST_NOISE)] | None = None
    delta: Annotated[float, Field(gt=0, lt=1)] = Field(1e-5, description="well below one divided by the rows")
    max_grad_norm: Annotated[float, Field(ge=LEAST_NORM, le=MOST_NORM)] = Field(
        1.0, description="each row's gradient is clipped to it"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.epsilon is None) == (self.noise_multiplier is None):
            raise ValueError("give either epsilon or noise_multiplier")
        return self


class SftSection(LoraSection):
    """Supervised fine-tuning."""

    learning_rate: Rate = 1.5e-3
    num_train_epochs: Passes | None = Field(
        None, description="unset: one pass over the rows, up to three where that is fewer than 500 steps"
    )
    lora_r: Positive = 16
    lora_alpha: Positive = 32
    lora_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    target_modules: tuple[str, ...] = Field(("all-linear",), description="names of linear layers, or all-linear")
    use_rslora: bool = Field(
        False, exclude_if=lambda used: not used, description="scaled by alpha / √rank (Kalajdzievski 2023)"
    )
    use_dora: bool = False
    modules_to_save: tuple[str, ...] = ()
    replay: Annotated[float, Field(ge=0, le=0.5, exclude_if=lambda share: share == 0)] = Field(
        0.0, description="share of rows that the base model wrote itself, against forgetting"
    )
    ewc: Annotated[float, Field(ge=0, le=1_000_000, exclude_if=lambda strength: strength == 0)] = Field(
        0.0, description="strength of elastic weight consolidation, against forgetting"
    )
    learn_from: LearnFrom = Field(
        "all",
        exclude_if=lambda learn_from: learn_from == "all",
        description="all rows, or none of those that were made from the documents",
    )
    privacy: PrivacySection | None = Field(None, description="trains with DP-SGD; needs dpo.enabled: false")
    processes: Annotated[int, Field(ge=1, le=64)] = Field(1, description="that share each batch: one a GPU, or on CPUs")
    launcher: Literal["spawn", "ray"] = Field(
        "spawn",
        exclude_if=lambda launcher: launcher == "spawn",
        description="who starts them, here; or Ray Train, on the cluster that RAY_ADDRESS names, else here",
    )

    @field_validator("target_modules", mode="before")
    @classmethod
    def _one_is_enough(cls, value: object) -> object:
        """`all-linear` alone, as peft has it."""
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _shared_evenly(self) -> Self:
        if self.per_device_train_batch_size % self.processes:
            raise ValueError("processes must divide per_device_train_batch_size: each takes an equal share of a batch")
        if self.processes > 1 and self.privacy is not None:
            raise ValueError("privacy trains in one process: set processes: 1")
        if self.launcher == "ray" and self.privacy is not None:
            raise ValueError("privacy trains in this process: leave launcher: spawn")
        if self.ewc and self.privacy is not None:
            raise ValueError("privacy trains without elastic weight consolidation: leave ewc at 0")
        return self

    def passes_in(self, rows: int, steps: int) -> float:
        """With privacy each step draws its rows by chance, a batch on average."""
        return steps * min(1.0, self.batch_rows / rows) if self.privacy else super().passes_in(rows, steps)


class DpoSection(LoraSection):
    """Preference training, from the adapter that SFT made."""

    enabled: bool = True
    learning_rate: Rate = 2e-4
    num_train_epochs: Passes | None = Field(
        None, description="unset: two passes over the pairs, down to one where that is more than 400 steps"
    )
    _least_steps: ClassVar[int] = 400
    _most_passes: ClassVar[float] = 2.0
    beta: Annotated[float, Field(gt=0, le=100)] = 0.1
    loss_type: Literal["sigmoid", "ipo", "kto"] = Field(
        "sigmoid", description="sigmoid and ipo learn from pairs (DPO), kto from single ratings too"
    )
    label_smoothing: Annotated[float, Field(ge=0, le=0.4)] = Field(
        0.0, description="share s of pairs that may be the wrong way round, for sigmoid, whose loss is divided by 1-2s"
    )
    sft_weight: Annotated[float, Field(ge=0)] = Field(
        0.2, description="weight of the chosen answers' own loss; for sigmoid and ipo"
    )
    max_rows: Positive = Field(
        1_600, description="pairs and single ratings used at most: on-policy pairs, then one of each question first"
    )
    max_on_policy: Annotated[int, Field(ge=0)] = Field(
        160, description="questions asked of the SFT adapter, of those learnt and of those held out"
    )
    max_written: Annotated[int, Field(ge=0)] = Field(
        8, description="of these at most, without choices: written answers take long, above all on CPUs"
    )
    samples: Annotated[int, Field(ge=1, le=16)] = Field(4, description="answers drawn to each of these questions")
    judge: Annotated[EndpointSection | None, Field(exclude_if=lambda judge: judge is None)] = Field(
        None, description="a model that compares the written ones; without it they are held against the right answer"
    )

    @model_validator(mode="after")
    def _smoothed(self) -> Self:
        if self.label_smoothing and self.loss_type != "sigmoid":
            raise ValueError("label_smoothing needs loss_type: sigmoid")
        return self

    @model_validator(mode="before")
    @classmethod
    def _of_pairs_alone(cls, given: Any) -> Any:
        """KTO has no use for the default that weighs the chosen answers' own loss in."""
        return {"sft_weight": 0.0, **given} if isinstance(given, dict) and given.get("loss_type") == "kto" else given

    @model_validator(mode="after")
    def _in_batches(self) -> Self:
        if self.per_device_train_batch_size < self.least_batch:
            raise ValueError("loss_type: kto needs per_device_train_batch_size: 2 or more, one row against the others")
        if self.loss_type == "kto" and self.sft_weight:
            raise ValueError("sft_weight needs pairs: leave it out with loss_type: kto")
        return self

    @property
    def method(self) -> Literal["dpo", "kto"]:
        return "kto" if self.loss_type == "kto" else "dpo"

    @property
    def answers_together(self) -> int:
        """Answers in a row of its batches: KTO parts those of a pair."""
        return 1 if self.method == "kto" else 2

    @property
    def least_batch(self) -> int:
        """Rows that its batches need: KTO measures one against the others."""
        return 2 if self.method == "kto" else 1

    @property
    def most_examples(self) -> int:
        """Rows of its batches at most: pairs, or for KTO answers, two of each pair."""
        return self.max_rows * 2 // self.answers_together

    @property
    def trl_loss(self) -> str:
        """TRL's sigmoid loss ignores label smoothing; its robust one is sigmoid with it (Chowdhury et al. 2024)."""
        return "robust" if self.label_smoothing else self.loss_type
