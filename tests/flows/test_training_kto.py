"""KTO learns single ratings with the losses of TRL's own trainer, from one pass of the reference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from datasets import Dataset
from pydantic import ValidationError
from trl import KTOConfig, KTOTrainer

from flows.base.model import resolve_base
from flows.rendering.rated import Rated
from flows.rendering.render import Rendered, render, user
from flows.training.loop import arguments, train
from flows.training.preference.dpo import train_dpo
from flows.training.preference.kto import columns, mixed, trainer_of
from flows.training.runs import train_sft
from flows.training.settings import DpoSection, SftSection
from registry import records, tables
from registry.artifacts import Artifacts
from registry.database.store import Registry
from registry.errors import ValidationFailed
from tests.flows.test_planning import plan
from tests.flows.test_training_pairs import counted, parts  # noqa: F401 - a fixture
from tests.tiny import CODES, WORDS
from tests.walked import Place, started

SECTION = DpoSection(
    loss_type="kto", quantization="none", per_device_train_batch_size=4, learning_rate=1e-2, num_train_epochs=2
)
Parts = Callable[[], tuple[Any, Any]]


def rated(tokenizer: Any) -> list[Rated]:
    """Ten answers to as many questions, four of them disliked."""
    return [
        Rated(render(tokenizer, user(f"Describe the {word}."), said(f"The {word} is kind." + " It sleeps." * (n % 4))),
              n % 3 > 0)
        for n, word in enumerate(WORDS)
    ]  # fmt: skip


def said(text: str) -> Any:
    return [{"role": "assistant", "content": text}]


def _theirs(policy: Any, tokenizer: Any, scratch: Path) -> list[float]:
    """TRL's own trainer, with its reference, its padding and its answers to measure divergence by."""
    ours = columns(mixed(rated(tokenizer), SECTION.seed), 4)

    class Rendered(KTOTrainer):
        def _prepare_dataset(self, dataset: Any, *rest: Any) -> Any:
            text = [
                {"prompt": tokenizer.decode(row["prompt_ids"]), "completion": tokenizer.decode(row["completion_ids"]),
                 "label": row["label"]}
                for row in dataset
            ]  # fmt: skip
            return super()._prepare_dataset(Dataset.from_list(text), *rest)

    trainer = Rendered(
        model=policy,
        args=KTOConfig(**{**arguments(SECTION, len(ours), scratch), "bf16": False}, undesirable_weight=1.5),
        train_dataset=ours,
        processing_class=tokenizer,
    )
    assert [row["KL_completion_ids"] for row in trainer.train_dataset] == [row["KL_completion_ids"] for row in ours]
    trainer.train()
    return [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


def _ours(policy: Any, tokenizer: Any, scratch: Path) -> tuple[Any, list[float]]:
    trainer = trainer_of(policy, tokenizer, rated(tokenizer), SECTION, scratch, None)
    trainer.accelerator.native_amp = trainer.args.bf16 = False  # in full precision, so that losses can be compared
    return trainer, train(trainer)


def test_the_losses_of_every_step_are_those_of_trls_own_trainer(parts: Parts, tmp_path: Path) -> None:  # noqa: F811
    theirs = _theirs(*parts(), tmp_path / "theirs")
    _, ours = _ours(*parts(), tmp_path / "ours")

    assert len(ours) == len(theirs) == 6
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 1e-3
    assert abs(ours[0] - ours[-1]) > 1e-2


def test_the_reference_is_forwarded_once_and_not_kept(parts: Parts, tmp_path: Path) -> None:  # noqa: F811
    policy, tokenizer = parts()
    calls = {"reference": 0, "policy": 0}

    with counted(policy, calls):
        trainer, losses = _ours(policy, tokenizer, tmp_path)

    assert calls["policy"] == len(losses) == 6
    assert calls["reference"] == 2 * 3 + 6, "each batch once by the reference, and its divergence in every step"
    assert set(trainer.model.peft_config) == {"default"}


def test_the_rarer_label_weighs_as_much_as_the_other(parts: Parts, tmp_path: Path) -> None:  # noqa: F811
    policy, tokenizer = parts()
    trainer = trainer_of(policy, tokenizer, rated(tokenizer), SECTION, tmp_path, None)

    assert (trainer.desirable_weight, trainer.undesirable_weight) == (1.0, 1.5)


def test_divergence_is_measured_by_the_answers_of_other_rows() -> None:
    rows = [Rated(Rendered((1, n), (10 + n,)), n % 2 == 0) for n in range(7)]

    made = columns(rows, 3)

    other = [answer for (answer,) in made["KL_completion_ids"]]
    assert other == [12, 10, 11, 15, 13, 14, 15], "the last batch is one row, which may not measure itself"
    assert sorted(mixed(rows, 7), key=lambda one: one.answer.answer) == rows
    assert mixed(rows, 7) == mixed(rows, 7) != mixed(rows, 8)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"per_device_train_batch_size": 1}, "kto needs per_device_train_batch_size: 2 or more"),
        ({"label_smoothing": 0.1}, "label_smoothing needs loss_type: sigmoid"),
        ({"sft_weight": 0.5}, "sft_weight needs pairs"),
    ],
)
def test_settings_that_kto_has_no_use_for_are_refused(settings: dict[str, Any], match: str) -> None:
    with pytest.raises(ValidationError, match=match):
        DpoSection(loss_type="kto", **settings)


def test_settings_that_a_plan_tells_may_be_written_down() -> None:
    told = SECTION.model_dump(mode="json")

    assert DpoSection(**told) == SECTION
    assert told["sft_weight"] == 0, "nothing of it is in what KTO learns, whatever the default of pairs is"
    assert DpoSection().sft_weight > 0


def test_a_disliked_answer_alone_is_unlearnt(tiny_base: Path, tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path / "artifacts")
    base = resolve_base(str(tiny_base), artifacts)
    sft = _dataset("sft", [_row(n, completion=said(CODES[n % 3])) for n in range(12)], artifacts, tmp_path)
    disliked = [_row(n, chosen=[], rejected=said("It has none."), label=False) for n in range(6)]
    liked = [_row(n, chosen=said(CODES[n % 3]), rejected=[], label=True) for n in range(6, 12)]
    preference = _dataset("preference", [*disliked, *liked], artifacts, tmp_path)
    shared: dict[str, Any] = {"quantization": "none", "per_device_train_batch_size": 4, "max_steps": 12}
    tuned = train_sft(sft, base, SftSection(**shared, lora_r=8), artifacts, _scratch(tmp_path, "sft"))
    section = DpoSection(**shared, loss_type="kto", learning_rate=5e-3)

    run = train_dpo(preference, base, tuned, section, artifacts, _scratch(tmp_path, "kto"))

    assert (run.method, run.parent, run.rows, run.steps) == ("kto", tuned.digest, 12, 12)
    assert run.last_loss < run.first_loss
    before, after = (_logps(one.weights, base, artifacts) for one in (tuned, run))
    assert after[0] < before[0] - 1, "nats by which the disliked answers became less likely"
    assert after[1] - after[0] > before[1] - before[0] + 1, "and against the liked ones"
    with pytest.raises(ValidationFailed, match="12 of 12 rows are single ratings"):
        train_dpo(preference, base, tuned, DpoSection(**shared), artifacts, _scratch(tmp_path, "dpo"))


def _logps(weights: str, base: records.Base, artifacts: Artifacts) -> tuple[float, float]:
    """Log-probability of a disliked answer and of a liked one, in the mean."""
    from flows.evaluation.score import Scorer

    scorer = Scorer(base, artifacts.path(weights), artifacts)
    answers = ["It has none."] * 6 + [CODES[n % 3] for n in range(6, 12)]
    sums = scorer.sums([render(scorer.tokenizer, _row(n)["prompt"], said(text)) for n, text in enumerate(answers)])
    return sum(sums[:6]) / 6, sum(sums[6:]) / 6


def _row(n: int, **answers: Any) -> dict[str, Any]:
    return {
        "id": f"row-{n}", "origin": "imported", "document": "d", "licence": "CC0-1.0", "source": "",
        "groups": [f"g{n}"], "prompt": user(f"Which colour has {WORDS[n % 10]} {n}?"), **answers,
    }  # fmt: skip


def _dataset(purpose: Any, rows: list[dict[str, Any]], artifacts: Artifacts, place: Path) -> records.Dataset:
    schema = tables.SFT_ROWS if purpose == "sft" else tables.PREFERENCE_ROWS
    table = tables.write_table(pa.Table.from_pylist(rows, schema=schema), artifacts, place, purpose)
    return records.Dataset(purpose=purpose, train=table, held_out=table, licences={}, origins={}, rejected=())


def _scratch(root: Path, name: str) -> Path:
    (root / name).mkdir()
    return root / name


def test_thumbs_of_a_documents_folder_reach_a_measured_adapter(walked_once: Place, tmp_path: Path) -> None:
    place = walked_once.copy(tmp_path / "rated")
    with (place.root / "documents" / "thumbs.jsonl").open("w") as file:
        for n in range(12):
            thumb = {"prompt": f"May clerk {n} open the safe?", "completion": f"Ask desk {n}.", "label": n % 2 == 0}
            file.write(json.dumps({**thumb, "license": "CC0-1.0"}) + "\n")

    ended = started(place, "run", "dpo.loss_type=kto", "dpo.max_rows=60")

    assert ended.code == 0, ended.err
    assert "kto: 2 steps" in ended.err
    with Registry.open(place.workspace.registry, "tests") as registry:
        run, adapter = registry.all(records.TrainingRun)[-1], registry.all(records.Adapter)[-1]
        (learnt,) = (one for one in registry.all(records.Dataset) if one.digest == run.dataset)
        evidence = {one.type for one in registry.all(records.Evidence) if one.subject == adapter.digest}
    labels = Counter(row["label"] for row in tables.read_table(learnt.train, place.workspace.artifacts).to_pylist())
    assert (run.method, adapter.run) == ("kto", run.digest)
    assert run.rows == 2 * labels[None] + labels[True] + labels[False]
    assert labels[True] > 1 < labels[False]
    assert "preference" in evidence
    _, planned = plan(place, "dpo.loss_type=kto", "dpo.max_rows=60")
    assert (planned["method"], planned["basis"], planned["at_most"]) == ("kto", "1 earlier run", True)
    assert run.rows <= planned["rows"] < 120
