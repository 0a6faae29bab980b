"""Preference training takes the losses of TRL's own trainer, on answers alone, from one pass of the reference."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from pydantic import ValidationError
from trl import DPOConfig, DPOTrainer

from flows.base.model import load_base, resolve_base
from flows.rendering.rated import rated
from flows.rendering.render import user
from flows.training.loop import arguments, train
from flows.training.lora import lora_config
from flows.training.preference.dpo import trainer_of
from flows.training.preference.pairs import ByQuestion
from flows.training.settings import DpoSection, SftSection
from registry.artifacts import Artifacts
from tests.tiny import WORDS

SECTION = DpoSection(
    quantization="none", per_device_train_batch_size=4, learning_rate=1e-2, num_train_epochs=2, sft_weight=0.0
)
ROWS: list[dict[str, Any]] = [
    {
        "prompt": user(f"Describe the {word}." + " Be short." * (n % 3)),
        "chosen": [{"role": "assistant", "content": f"The {word} is kind." + " It sleeps." * (n % 4)}],
        "rejected": [{"role": "assistant", "content": f"No {word} {n}."}],
    }
    for n, word in enumerate(WORDS)
]


COMPARED: list[dict[str, Any]] = [
    {
        "prompt": user(f"Describe the {word}."),
        "chosen": [{"role": "assistant", "content": f"The {word} is kind." + " It sleeps." * better}],
        "rejected": [{"role": "assistant", "content": f"The {word} is kind." + " It sleeps." * worse}],
    }
    for word in WORDS[:4]
    for better, worse in ((0, 1), (0, 2), (1, 2))
]
"""Three answers of each question, each beside each."""


@pytest.fixture
def parts(tiny_base: Path, tmp_path: Path) -> Callable[[], tuple[Any, Any]]:
    """A policy whose adapter is not the base model's echo any more, and its tokenizer."""
    from peft import get_peft_model

    artifacts = Artifacts(tmp_path / "artifacts")
    base = resolve_base(str(tiny_base), artifacts)

    def made() -> tuple[Any, Any]:
        model, tokenizer = load_base(base, artifacts)
        torch.manual_seed(3)
        policy = get_peft_model(model.float(), lora_config(SftSection(lora_r=8)))
        for name, parameter in policy.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.05)
        return policy, tokenizer

    return made


class InOurOrder(DPOTrainer):
    """TRL's own, in the order of questions that have several pairs each."""

    def _get_train_sampler(self, train_dataset: Any = None) -> ByQuestion:
        return ByQuestion([tuple(prompt) for prompt in self.train_dataset["prompt_ids"]], self.args.data_seed)


def _theirs(
    policy: Any, tokenizer: Any, section: DpoSection, scratch: Path, rows: list[dict[str, Any]] = ROWS
) -> list[float]:
    """TRL's own trainer, rendering, padding and reference."""
    kind = DPOTrainer if rows is ROWS else InOurOrder
    trainer = kind(
        model=policy,
        args=DPOConfig(
            **{**arguments(section, len(rows), scratch), "bf16": False},
            loss_type=[section.trl_loss, "sft"] if section.sft_weight else [section.trl_loss],
            loss_weights=[1.0, section.sft_weight] if section.sft_weight else None,
            beta=section.beta,
            label_smoothing=section.label_smoothing,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    trainer.train()
    return [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


def _ours(
    policy: Any, tokenizer: Any, section: DpoSection, scratch: Path, rows: list[dict[str, Any]] = ROWS
) -> tuple[Any, list[float]]:
    trainer = trainer_of(policy, tokenizer, rated(tokenizer, rows), section, scratch, None)
    trainer.accelerator.native_amp = trainer.args.bf16 = False  # in full precision, so that losses can be compared
    return trainer, train(trainer)


@pytest.mark.parametrize(
    "change",
    [{}, {"sft_weight": 0.2}, {"loss_type": "ipo"}, {"label_smoothing": 0.1}],
    ids=["sigmoid", "with the chosen answers' own loss", "ipo", "smoothed"],
)
def test_the_losses_of_every_step_are_those_of_trls_own_trainer(
    parts: Callable[[], tuple[Any, Any]], tmp_path: Path, change: dict[str, Any], trls_answers_end: None
) -> None:
    section = SECTION.model_copy(update=change)

    theirs = _theirs(*parts(), section, tmp_path / "theirs")
    _, ours = _ours(*parts(), section, tmp_path / "ours")

    assert len(ours) == len(theirs) == 6
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 1e-3
    assert abs(ours[0] - ours[-1]) > 1e-2


def test_pairs_of_one_question_are_learnt_side_by_side_with_trls_losses(
    parts: Callable[[], tuple[Any, Any]], tmp_path: Path, trls_answers_end: None
) -> None:
    theirs = _theirs(*parts(), SECTION, tmp_path / "theirs", COMPARED)
    trainer, ours = _ours(*parts(), SECTION, tmp_path / "ours", COMPARED)

    assert len(ours) == len(theirs) == 6
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 1e-3
    assert isinstance(trainer._get_train_sampler(), ByQuestion)


def test_a_run_that_was_killed_in_its_second_epoch_goes_on_in_that_epochs_order(
    parts: Callable[[], tuple[Any, Any]], tmp_path: Path
) -> None:
    section = SECTION.model_copy(update={"save_steps": 4})
    _, whole = _ours(*parts(), section, tmp_path, COMPARED)
    later = [path for path in (tmp_path / "checkpoints").glob("checkpoint-*") if path.name != "checkpoint-4"]
    for path in later:
        shutil.rmtree(path)

    trainer, again = _ours(*parts(), section, tmp_path, COMPARED)

    assert later
    assert trainer.state.global_step == 6
    assert again == whole


def test_every_epoch_has_all_rows_those_of_a_question_together_in_an_order_of_its_own() -> None:
    questions = [number % 5 for number in range(15)]
    sampler = ByQuestion(questions, seed=7)
    epochs = []
    for epoch in (0, 1, 0):
        sampler.set_epoch(epoch)
        epochs.append(list(sampler))

    assert epochs[0] == epochs[2] != epochs[1]
    for order in epochs:
        assert sorted(order) == list(range(15))
        assert len(list(groupby(questions[row] for row in order))) == 5


@pytest.fixture
def trls_answers_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """TRL's rendering goes on behind the end of the turn; without that the two trainers see the same tokens."""
    from trl.trainer import dpo_trainer

    whole = dpo_trainer._tokenize

    def to_the_end(tokenizer: Any, messages: Any, **named: Any) -> Any:
        found = whole(tokenizer, messages, **named)
        if not named.get("add_generation_prompt"):
            ids = found["input_ids"]
            last = max(place for place, token in enumerate(ids) if token == tokenizer.eos_token_id)
            found["input_ids"] = ids[: last + 1]
        return found

    monkeypatch.setattr(dpo_trainer, "_tokenize", to_the_end)


def test_loss_falls_on_the_answers_through_their_end_and_on_nothing_else(
    parts: Callable[[], tuple[Any, Any]], tmp_path: Path
) -> None:
    policy, tokenizer = parts()
    trainer = trainer_of(policy, tokenizer, rated(tokenizer, ROWS), SECTION, tmp_path, None)

    batch = trainer.data_collator([trainer.train_dataset[n] for n in range(len(ROWS))])

    sides = [row[side][0]["content"] for side in ("chosen", "rejected") for row in ROWS]
    for ids, mask, said in zip(batch["input_ids"], batch["completion_mask"], sides, strict=True):
        assert tokenizer.decode(ids[mask.bool()]) == said + "<|im_end|>"
        assert ids[mask.bool()][-1] == tokenizer.eos_token_id


def test_the_reference_is_forwarded_once_and_not_kept(parts: Callable[[], tuple[Any, Any]], tmp_path: Path) -> None:
    policy, tokenizer = parts()
    calls = {"reference": 0, "policy": 0}

    with counted(policy, calls):
        trainer, losses = _ours(policy, tokenizer, SECTION, tmp_path)

    assert calls == {"reference": 3, "policy": len(losses)}
    assert set(trainer.model.peft_config) == {"default"}
    assert not [path for path in tmp_path.rglob("*") if path.name == "ref"]


@contextlib.contextmanager
def counted(policy: Any, calls: dict[str, int]) -> Iterator[None]:
    def count(*_: object) -> None:
        calls["policy" if torch.is_grad_enabled() else "reference"] += 1

    hook = policy.get_base_model().model.embed_tokens.register_forward_hook(count)
    yield
    hook.remove()


def test_smoothing_of_a_loss_that_has_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="label_smoothing needs loss_type: sigmoid"):
        DpoSection(loss_type="ipo", label_smoothing=0.1)


def test_a_smoothing_that_would_leave_hardly_a_loss_to_divide_by_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"less than or equal to 0\.4"):
        DpoSection(label_smoothing=0.4999999999999)
    assert DpoSection(label_smoothing=0.4).trl_loss == "robust"
