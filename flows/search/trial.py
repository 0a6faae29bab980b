"""One trial of a search: a training that is judged on the way, and given up where others were better by then."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from flows.base.model import load_base
from flows.base.precision import in_bf16
from flows.base.quiet import quietly
from flows.evaluation.questions import Question
from flows.evaluation.score import Scorer
from flows.search.space import PARTS
from flows.search.validation import Score, score
from flows.training.loop import train
from flows.training.selection import selected
from flows.training.settings import SftSection
from flows.training.sft import learnable, trainer_of
from registry.artifacts import Artifacts
from registry.progress import Steps
from registry.records import Base

if TYPE_CHECKING:
    import pyarrow as pa
    from peft import PeftModel
    from transformers import PreTrainedTokenizerFast

RUNGS = (1, 2, 4)
"""Where a trial is judged, in quarters of its way."""
GoOn = Callable[[int, Score], bool]
"""Told a rung and how good the trial is there; whether it shall go on."""


@dataclass(frozen=True)
class Bench:
    """What all trials of a search share."""

    table: pa.Table
    questions: tuple[Question, ...]
    base: Base
    artifacts: Artifacts
    fisher: Path | None = None


class Judged(TrainerCallback):
    """Scores the model at each rung and ends the training where `go_on` says so."""

    def __init__(self, bench: Bench, tokenizer: PreTrainedTokenizerFast, go_on: GoOn) -> None:
        self.bench, self.tokenizer, self.go_on = bench, tokenizer, go_on

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: PeftModel | None = None,
        **kwargs: object,
    ) -> None:
        rung = rungs(state.max_steps).get(state.global_step)
        if rung is None or model is None:
            return
        if not self.go_on(rung, _scored(model, self.tokenizer, self.bench.questions)):
            control.should_training_stop = True


def rungs(steps: int) -> dict[int, int]:
    """Step after which each rung is reached; of several at one step, the highest."""
    return {max(1, math.ceil(steps * rung / PARTS)): rung for rung in RUNGS}


def run_trial(bench: Bench, section: SftSection, scratch: Path, go_on: GoOn, progress: Steps | None = None) -> None:
    """Train with `section` on the bench's rows, judged at every rung; a trial killed in `scratch` goes on.

    Raises Unservable, NothingToLearn, TrainingDiverged, DiskFull.
    """
    model, tokenizer = load_base(bench.base, bench.artifacts, section.quantization)
    rendered = learnable(tokenizer, selected(bench.table, section.learn_from).to_pylist(), section.max_length)
    with quietly():
        trainer = trainer_of(model, tokenizer, rendered, section, scratch, progress)
        trainer.hold(bench.fisher, section.ewc)
        trainer.add_callback(Judged(bench, tokenizer, go_on))
        train(trainer)


def _scored(model: PeftModel, tokenizer: PreTrainedTokenizerFast, questions: Sequence[Question]) -> Score:
    import torch

    model.eval()
    try:
        with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=in_bf16()):
            return score(Scorer.in_training(model, tokenizer), questions)
    finally:
        model.train()
