"""A plan counts what the trainer will do, and refuses what has no room."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from flows.commands.walk import lines
from flows.rendering.render import Rendered
from flows.search.speed import estimates_error, of_all_lengths, pace_of, remembered
from flows.training.loop import _scalars
from flows.training.planning.plan import (
    LORA_BYTES,
    Machine,
    Plan,
    Shape,
    Work,
    as_rows,
    batch_tokens,
    peak_bytes,
    peak_of,
    require_room,
    smaller,
    steps_of,
    tokens_seen,
    warmed,
    work_of,
)
from flows.training.planning.room import Room
from flows.training.processes.together import share_of
from flows.training.settings import DpoSection, PrivacySection, SftSection
from registry.database.store import Registry
from registry.errors import DoesNotFit, NothingToLearn
from registry.records import Base, TrainingRun
from registry.tables import SFT_ROWS

GIB = 2**30
CPU = Machine(packed=False, width=2)
SHAPE = Shape.of(134_500_000, {
    "model_type": "llama", "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "vocab_size": 49152,
})  # fmt: skip
ROWS = [Rendered(tuple(range(150)) + (1000 + n,) * 50, (7, 8)) for n in range(40)]


@pytest.mark.parametrize(
    ("rows", "settings", "steps"),
    [
        (40, {"per_device_train_batch_size": 8, "num_train_epochs": 1.0}, 5),
        (41, {"per_device_train_batch_size": 8, "num_train_epochs": 3.0}, 18),
        (41, {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 4, "num_train_epochs": 1.0}, 2),
        (41, {"per_device_train_batch_size": 8, "num_train_epochs": 0.5}, 3),
        (41, {"max_steps": 7}, 7),
        (41, {"privacy": {"noise_multiplier": 1.0}, "num_train_epochs": 3.0}, 16),
        (56, {"privacy": {"noise_multiplier": 1.0}, "num_train_epochs": 3.0}, 21),
        (3, {"privacy": {"noise_multiplier": 1.0}, "num_train_epochs": 3.0}, 3),
    ],
)
def test_steps_are_those_of_the_trainer(rows: int, settings: dict[str, object], steps: int) -> None:
    assert steps_of(rows, SftSection.model_validate(settings)) == steps


@pytest.mark.parametrize(
    ("rows", "settings", "passes", "steps"),
    [
        (40, {}, 3.0, 15),
        (1_000, {}, 3.0, 375),
        (2_000, {}, 2.0, 500),
        (1_000, {"per_device_train_batch_size": 4}, 2.0, 500),
        (1_000, {"gradient_accumulation_steps": 4}, 3.0, 96),
        (4_000, {}, 1.0, 500),
        (9_000, {}, 1.0, 1_125),
        (1_000, {"num_train_epochs": 1.0}, 1.0, 125),
        (0, {}, 3.0, 0),
    ],
)
def test_few_rows_are_passed_over_more_than_once(
    rows: int, settings: dict[str, float], passes: float, steps: int
) -> None:
    section = SftSection.model_validate(settings)

    assert section.passes(rows) == pytest.approx(passes)
    assert steps_of(rows, section) == steps


@pytest.mark.parametrize(
    ("rows", "settings", "steps", "passes"),
    [
        (40, {}, 5, 1.0),
        (40, {}, 4, 0.8),
        (41, {}, 12, 2.0),
        (41, {}, 8, 1 + 16 / 41),
        (3, {}, 2, 2.0),
        (40, {"gradient_accumulation_steps": 4}, 3, 1.8),
        (10, {"privacy": {"noise_multiplier": 1.0}}, 4, 3.2),
        (3, {"privacy": {"noise_multiplier": 1.0}}, 4, 4.0),
    ],
)
def test_the_last_batch_of_a_pass_counts_with_the_rows_that_it_holds(
    rows: int, settings: dict[str, object], steps: int, passes: float
) -> None:
    section = SftSection.model_validate(settings)

    assert section.passes_in(rows, steps) == pytest.approx(passes)
    assert tokens_seen(rows, 1_000, section, steps) == round(1_000 * passes)


@pytest.mark.parametrize(
    ("settings", "warmup"),
    [
        ({"max_steps": 1}, 0),
        ({"max_steps": 2}, 0.05),
        ({"max_steps": 10, "warmup_steps": 0.95}, 9),
        ({"max_steps": 10, "warmup_steps": 0.9}, 0.9),
        ({"max_steps": 10, "warmup_steps": 9}, 9),
        ({"max_steps": 10, "warmup_steps": 0}, 0),
        ({"max_steps": 10, "warmup_steps": 10, "lr_scheduler_type": "constant"}, 10),
    ],
)
def test_a_warm_up_leaves_a_step_at_the_full_rate(settings: dict[str, float], warmup: float) -> None:
    section = SftSection.model_validate(settings)

    assert warmed(section, 40) == section.model_copy(update={"warmup_steps": warmup})


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (SftSection(warmup_steps=1e9), r"sft\.warmup_steps=1e\+09 takes all 15 steps"),
        (SftSection(warmup_steps=15), r"sft\.warmup_steps=15 takes all 15 steps"),
        (DpoSection(warmup_steps=10), r"dpo\.warmup_steps=10 takes all 10 steps"),
        (SftSection(warmup_steps=1, max_steps=1), r"takes all 1 step of"),
    ],
)
def test_as_many_steps_of_warm_up_as_there_are_steps_are_refused_with_what_would_do(
    section: SftSection | DpoSection, said: str
) -> None:
    with pytest.raises(NothingToLearn, match=said) as caught:
        warmed(section, 40)

    assert "warmup_steps=0.05" in caught.value.next_step


def test_a_plan_tells_what_part_of_the_rows_few_steps_see() -> None:
    plan = Plan(
        method="sft", rows=500, passes=0.064, steps=4, tokens=640, peak_bytes=None, free_bytes=None, seconds=None,
        basis="no earlier run",
    )  # fmt: skip
    whole = plan.model_copy(update={"passes": 1.0})

    assert lines([plan, whole]) == [
        "sft: 500 rows, 0.064 passes, 4 steps, 640 tokens; time unknown (no earlier run)",
        "sft: 500 rows, 1 pass, 4 steps, 640 tokens; time unknown (no earlier run)",
    ]


def test_processes_that_share_a_batch_pass_over_the_rows_as_often_as_one() -> None:
    shared = share_of(SftSection(processes=2), 1_000)

    assert (shared.per_device_train_batch_size, shared.num_train_epochs) == (4, SftSection().passes(1_000))


def test_as_many_preference_pairs_as_are_used_by_default_are_passed_over_twice_and_more_once() -> None:
    assert [DpoSection().passes(pairs) for pairs in (40, 1_600, 2_400, 3_200)] == [2.0, 2.0, pytest.approx(4 / 3), 1.0]
    assert DpoSection(num_train_epochs=3.0).passes(1_600) == 3.0


def test_a_prefix_that_all_rows_share_is_computed_once_a_batch() -> None:
    folded, padded = batch_tokens(ROWS[:8], 202), batch_tokens(ROWS[:8], 201)

    assert folded == 150 + 8 * 52
    assert padded == 8 * 202


def test_long_rows_behind_many_short_ones_take_the_memory_that_a_shuffled_batch_of_them_takes() -> None:
    short = [Rendered((n, 1, 2), (3,)) for n in range(600)]
    long = [Rendered(tuple(range(n, n + 999)), (3,)) for n in range(10_000, 10_300)]
    one = [Rendered(tuple(range(20_000, 20_999)), (3,))]

    assert work_of([*short, *long], SftSection(), SHAPE.longest_folded).batch_tokens > 4 * 1_000
    assert 1_000 < work_of([*short, *one], SftSection(), SHAPE.longest_folded).batch_tokens <= 1_000 + 7 * 4
    assert work_of([*one, *short, *one], SftSection(), 0).batch_tokens == 8 * 1_000, "padded to the longest"


def test_the_answers_of_a_pair_fill_a_batch_with_one_prompt() -> None:
    pairs = [Rendered((*range(n, n + 300),), (answer,)) for n in range(0, 40_000, 1_000) for answer in (1, 2)]

    beside, apart = (work_of(pairs, SftSection(), SHAPE.longest_folded, together) for together in (2, 1))

    assert beside.batch_tokens == 4 * (300 + 2)
    assert apart.batch_tokens == 8 * (300 + 1)


def test_the_bytes_of_a_trained_number_are_those_that_the_trainers_optimiser_holds(tmp_path: Path) -> None:
    import torch
    from transformers import Trainer, TrainingArguments

    from flows.training.loop import arguments

    kind, settings = Trainer.get_optimizer_cls_and_kwargs(TrainingArguments(**arguments(SftSection(), 40, tmp_path)))
    matrix = torch.nn.Parameter(torch.zeros(16, 576))
    matrix.grad = torch.ones_like(matrix)
    optimizer = kind([matrix], **settings)
    optimizer.step()

    held = [matrix, matrix.grad, *(one for one in optimizer.state[matrix].values() if one.dim())]
    assert sum(one.nbytes for one in held) == LORA_BYTES * matrix.numel()
    assert settings["fused"] is True


def test_more_rows_at_once_take_more_memory_but_not_the_model_again() -> None:
    small, large = (
        peak_bytes(Work(40, 5, 1, tokens), SftSection(), SHAPE, CPU) for tokens in (500, 2_000)
    )

    assert small < large < 4 * small


def test_a_processor_without_bf16_takes_more_memory_but_not_twice_as_much() -> None:
    wide = Machine(packed=False, width=4)
    half, whole = (peak_bytes(Work(40, 5, 1, 2_000), SftSection(), SHAPE, one) for one in (CPU, wide))

    assert half < whole < 2 * half


def test_what_does_not_fit_is_refused_with_the_setting_that_would() -> None:
    section = SftSection(per_device_train_batch_size=32)
    whole = peak_bytes(work_of(ROWS, section, SHAPE.longest_folded), section, SHAPE, CPU)

    with pytest.raises(DoesNotFit) as refusal:
        require_room(ROWS, section, SHAPE, whole - 1, CPU)

    said = refusal.value.next_step
    assert said == "set sft.gradient_accumulation_steps=2 sft.per_device_train_batch_size=16"
    fitting = section.model_copy(update={"gradient_accumulation_steps": 2, "per_device_train_batch_size": 16})
    assert require_room(ROWS, fitting, SHAPE, whole - 1, CPU) < whole


def test_processes_hold_the_model_each_on_cpus_and_their_share_of_a_batch_on_gpus() -> None:
    one, two = (SftSection(per_device_train_batch_size=16, processes=count) for count in (1, 2))
    half = SftSection(per_device_train_batch_size=8)
    gpu = Machine(packed=True, width=2)

    assert peak_of(ROWS, two, SHAPE, CPU) == 2 * peak_of(ROWS, half, SHAPE, CPU) > peak_of(ROWS, one, SHAPE, CPU)
    assert peak_of(ROWS, two, SHAPE, gpu) == peak_of(ROWS, half, SHAPE, gpu) < peak_of(ROWS, one, SHAPE, gpu)


def test_processes_without_room_on_cpus_are_refused_with_as_many_as_fit() -> None:
    section = SftSection(per_device_train_batch_size=24, processes=4)
    fitting = section.model_copy(update={"processes": 2})

    with pytest.raises(DoesNotFit) as refusal:
        require_room(ROWS, section, SHAPE, peak_of(ROWS, fitting, SHAPE, CPU), CPU)

    assert refusal.value.next_step == "set sft.processes=2"


def test_more_processes_than_gpus_are_refused_with_as_many_as_can_share_the_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Room(tuple(ROWS), SHAPE, 100 * GIB, Machine(packed=True, width=2), frozenset())
    six = SftSection(per_device_train_batch_size=6, processes=6)
    monkeypatch.setattr("flows.training.planning.room.gpus", lambda: 5)

    with pytest.raises(DoesNotFit, match="6 processes want a GPU each, and there are 5 here") as refusal:
        room.peak(six)

    assert refusal.value.next_step == "set sft.processes=3"
    assert room.peak(six.model_copy(update={"processes": 3})) > 0


def test_rows_longer_than_the_base_reads_are_refused_with_the_length_that_it_reads() -> None:
    config = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "max_position_embeddings": 200}
    room = Room(tuple(ROWS), Shape.of(10_000, config), 100 * GIB, CPU, frozenset())

    with pytest.raises(DoesNotFit, match="rows have up to 202 tokens, and the base model reads 200") as refusal:
        room.peak(SftSection())
    with pytest.raises(DoesNotFit) as pairs:
        room.require_pairs(DpoSection(), 8)

    assert refusal.value.next_step == "set sft.max_length=200"
    assert pairs.value.next_step == "set dpo.max_length=200"
    assert room.peak(SftSection(max_length=200)) > 0
    yarn = {"rope_type": "yarn", "factor": 4.0}
    for rope in (yarn, {"full_attention": yarn, "sliding_attention": {"rope_type": "default"}}):
        scaled = Shape.of(10_000, {**config, "rope_parameters": rope})
        assert Room(room.rows, scaled, 100 * GIB, CPU, frozenset()).peak(SftSection()) > 0, "it reads further than that"


def test_a_private_training_takes_logits_of_every_padded_token_and_a_gradient_of_every_row() -> None:
    plain, private = SftSection(), SftSection(privacy=PrivacySection(noise_multiplier=1.0))
    more = SftSection(privacy=PrivacySection(noise_multiplier=1.0), lora_r=32)
    numbers = 16 * SHAPE.layers * (11 * SHAPE.hidden + 3 * SHAPE.intermediate)

    seen, wider = (peak_of(ROWS, one, SHAPE, CPU) for one in (private, more))

    assert seen - peak_of(ROWS, plain, SHAPE, CPU) > 8 * 202 * SHAPE.vocabulary * 3 * 4
    assert wider - seen == numbers * (LORA_BYTES + 4 * 9)
    with pytest.raises(DoesNotFit) as refusal:
        require_room(ROWS, private, SHAPE, seen - 1, CPU)
    assert refusal.value.next_step == "set sft.gradient_accumulation_steps=2 sft.per_device_train_batch_size=4"


def test_a_smaller_batch_that_is_advised_can_still_be_shared() -> None:
    section = SftSection(per_device_train_batch_size=20, processes=4)

    advised = [SftSection.model_validate(one.model_dump()) for one in smaller(section)]

    assert {one.per_device_train_batch_size for one in advised} == {8, 4}


def test_pairs_without_room_are_refused_with_the_preference_settings_that_fit() -> None:
    section = DpoSection(per_device_train_batch_size=6)
    rows = as_rows(section, 16)
    whole = peak_bytes(work_of(ROWS, rows, SHAPE.longest_folded), rows, SHAPE, CPU)

    with pytest.raises(DoesNotFit) as refusal:
        require_room(ROWS, rows, SHAPE, whole - 1, CPU, section)

    said = refusal.value.next_step
    assert said == "set dpo.gradient_accumulation_steps=2 dpo.per_device_train_batch_size=3"
    fitting = section.model_copy(update={"gradient_accumulation_steps": 2, "per_device_train_batch_size": 3})
    assert require_room(ROWS, as_rows(fitting, 16), SHAPE, whole - 1, CPU, section) < whole


def test_the_two_answers_of_a_pair_are_never_parted() -> None:
    six = as_rows(DpoSection(per_device_train_batch_size=6), 8)

    sizes = [one.per_device_train_batch_size for one in smaller(six, 2)]

    assert sizes[:2] == [6, 2]
    assert set(sizes[1:]) == {2}


def test_kto_is_told_to_take_no_batch_that_it_refuses() -> None:
    section = DpoSection(loss_type="kto", per_device_train_batch_size=5)
    rows = as_rows(section, 16)

    assert rows.per_device_train_batch_size == 5, "answers, not pairs"
    sizes = [one.per_device_train_batch_size for one in smaller(rows, section.answers_together, section.least_batch)]
    assert sizes[0] == min(sizes) == 2
    with pytest.raises(DoesNotFit) as refusal:
        require_room(ROWS, rows, SHAPE, peak_of(ROWS, rows, SHAPE, CPU) - 1, CPU, section)
    assert refusal.value.next_step == "set dpo.gradient_accumulation_steps=2 dpo.per_device_train_batch_size=2"


def test_room_for_kto_is_counted_with_the_answers_of_pairs_apart() -> None:
    pairs = [Rendered((*range(n, n + 300),), (answer,)) for n in range(0, 40_000, 1_000) for answer in (1, 2)]
    room = Room(tuple(pairs), SHAPE, 100 * GIB, CPU, frozenset())
    beside = DpoSection(per_device_train_batch_size=4)
    apart = DpoSection(loss_type="kto", per_device_train_batch_size=8)

    assert room.require_pairs(apart, 8) > room.require_pairs(beside, 8), "as many answers to twice the prompts"


def test_a_model_that_has_no_room_at_all_is_refused_without_false_hope() -> None:
    with pytest.raises(DoesNotFit) as refusal:
        require_room(ROWS, SftSection(), SHAPE, GIB // 4, CPU)

    assert "smaller base_model" in refusal.value.next_step


def test_smaller_batches_are_the_same_training() -> None:
    section = SftSection(per_device_train_batch_size=8, gradient_accumulation_steps=2)

    halves = [one for one in smaller(section) if one.max_length == section.max_length and one.quantization == "nf4"]

    assert {one.per_device_train_batch_size * one.gradient_accumulation_steps for one in halves} == {16}


def test_the_error_of_estimates_is_that_of_guessing_each_run_from_those_before() -> None:
    assert estimates_error([1.0]) is None
    assert estimates_error([1.0, 2.0]) == 0.5
    assert estimates_error([2.0, 2.0, 2.0]) == 0.0


@pytest.mark.parametrize(
    ("asked", "token_s"),
    [
        (SftSection(), 1.0),
        (SftSection(processes=2), 2.0),
        (SftSection(privacy=PrivacySection(epsilon=8.0)), 4.0),
        (SftSection(per_device_train_batch_size=16), None),
    ],
)
def test_a_pace_is_that_of_trainings_of_the_same_kind(
    asked: SftSection, token_s: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = SftSection(privacy=PrivacySection(noise_multiplier=1.0))
    sections = [(SftSection(), 100.0), (SftSection(processes=2), 200.0), (private, 400.0)]
    base = Base(name="b", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="directory:b")
    runs = [
        (
            TrainingRun(
                method="sft", base=base.digest, dataset="d" * 64, parent=None, weights=f"{seconds:064.0f}",
                settings=_scalars(section), rows=100, steps=10, tokens=100, first_loss=2.0, last_loss=1.0,
            ),
            seconds,
        )
        for section, seconds in sections
    ]  # fmt: skip
    taken = [(run.model_copy(update={"dataset": "f" * 64}), 0.1) for run, _ in runs]  # the weights, on rows saved anew
    monkeypatch.setattr("flows.search.speed.took", lambda *_: [*runs, *taken])

    with Registry.open(tmp_path / "registry.duckdb", "tests") as registry:
        pace = remembered(registry, base, "sft", asked)

    assert (pace.token_s if pace else None) == token_s


def test_a_pace_is_measured_on_rows_as_long_as_all_are() -> None:
    sizes = [1 + 7 * n % 1_000 for n in range(1_000)]  # a stretch of them is longer or shorter than the others
    said = [{"prompt": [{"role": "user", "content": "w" * size}], "completion": []} for size in sizes]
    table = pa.Table.from_pylist(said, pa.schema([SFT_ROWS.field("prompt"), SFT_ROWS.field("completion")]))

    chosen = of_all_lengths(table, 24)["prompt"].to_pylist()

    assert len(chosen) == 24
    assert sum(len(turns[0]["content"]) for turns in chosen) / 24 == pytest.approx(sum(sizes) / len(sizes), rel=0.01)
    assert of_all_lengths(table, 2_000).equals(table)


def test_a_pace_is_the_mean_of_all_steps_but_the_first() -> None:
    assert pace_of([(1, 10.0), (2, 11.0), (4, 18.0)], 0.0) == pytest.approx(8 / 3)
    assert pace_of([(2, 10.0)], 0.0) == 5.0
