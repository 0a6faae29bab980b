"""Elastic weight consolidation: the price of a change is right without forming it, and holds a training to the base."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from flows.base.model import load_base
from flows.training import fisher
from flows.training.ewc import INPUTS, OUTPUTS, REST, TOKENS, Moment, adapted_layers, anchors_of, total
from flows.training.loop import Trained
from flows.training.lora import lora_config
from flows.training.processes.together import learn
from flows.training.settings import FISHER_RANK, PrivacySection, SftSection
from flows.training.sft import Footing, learnable
from registry import tables
from registry.artifacts import Artifacts
from registry.errors import IntegrityError, TrainingDiverged
from registry.records import Base

SECTION = SftSection(
    quantization="none", num_train_epochs=2, per_device_train_batch_size=4, save_steps=2, lora_r=8, learning_rate=1e-2
)
HELD = SECTION.model_copy(update={"ewc": 1.0})


class Killed(Exception):
    """Stands for the signal that ends a process between two steps or rows."""


def _table(count: int = 20, word: str = "which") -> pa.Table:
    rows = [
        {
            "prompt": [{"role": "user", "content": f"{word} colour {n} {n % 7}"}],
            "completion": [{"role": "assistant", "content": ("red", "green", "blue")[n % 3]}],
            "choices": None, "id": f"row-{n}", "origin": "imported", "document": "d", "groups": [f"g{n}"],
            "licence": "MIT", "source": "",
        }
        for n in range(count)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=tables.SFT_ROWS)


@pytest.fixture
def measured(base: Base, artifacts: Artifacts, tmp_path: Path) -> Path:
    return fisher.measure(_table(12, "tell"), base, SECTION, (artifacts, _place(tmp_path, "fisher")))


def _place(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.mkdir(exist_ok=True)
    return path


sizes = st.integers(1, 6)


@given(sizes, sizes, sizes, sizes, st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_the_price_of_a_change_is_that_of_the_change_formed(r: int, into: int, out: int, k: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    up, down = (torch.randn(*shape, generator=draw, dtype=torch.float64) for shape in ((out, r), (r, into)))
    inputs, outputs = (
        Moment(torch.randn(k, d, generator=draw, dtype=torch.float64), float(torch.rand(1, generator=draw)))
        for d in (into, out)
    )

    cheap = (outputs.within(up) * inputs.within(down.T)).sum()

    change, (a, g) = up @ down, (m.root.T @ m.root + m.rest * torch.eye(m.root.shape[1]) for m in (inputs, outputs))
    assert cheap.item() == pytest.approx(torch.trace(g @ change @ a @ change.T).item(), rel=1e-9)


@pytest.mark.parametrize("width", [FISHER_RANK // 2, 3 * FISHER_RANK])
def test_what_the_kept_directions_lack_stays_in_the_trace(width: int) -> None:
    vectors = torch.randn(5, 50, width, generator=torch.Generator().manual_seed(1)) * torch.logspace(0, -2, width)
    sums: fisher.Sums = {}

    for part in vectors:
        fisher.add(sums, "v", part)

    flat = vectors.reshape(-1, width).double()
    trace = float(sums["v"].double().square().sum() + sums[f"v.{REST}"])
    assert trace == pytest.approx(float(flat.square().sum()), rel=1e-5)
    found, whole = sums["v"].double().T @ sums["v"].double(), flat.T @ flat
    assert len(sums["v"]) <= FISHER_RANK
    assert float((found - whole).norm() / whole.norm()) < (1e-5 if width <= FISHER_RANK else 0.05)


def test_the_factors_are_those_of_gradients_that_autograd_finds(
    base: Base, artifacts: Artifacts, measured: Path
) -> None:
    """tr(G ΔW A ΔWᵀ) of one layer against inputs and slopes taken from the plain base by hand."""
    from safetensors.torch import load_file

    model, tokenizer = load_base(base, artifacts)
    model.get_input_embeddings().weight.requires_grad_(True)
    layer, name = model.model.layers[1].self_attn.o_proj, "model.layers.1.self_attn.o_proj"
    taken: dict[str, list[torch.Tensor]] = {INPUTS: [], OUTPUTS: []}
    layer.register_forward_hook(lambda module, given, out: taken[INPUTS].append(given[0][0].detach()))
    layer.register_full_backward_hook(lambda module, into, out: taken[OUTPUTS].append(out[0][0]))
    for number, row in enumerate(learnable(tokenizer, _table(12, "tell").to_pylist(), SECTION.max_length)):
        logits = model(input_ids=torch.tensor([[*row.prompt, *row.answer]])).logits[0].float()
        drawing = torch.Generator().manual_seed(number)
        labels = torch.multinomial(logits.detach().softmax(-1), 1, generator=drawing)[:, 0]
        torch.nn.functional.cross_entropy(logits, labels, reduction="sum").backward()  # type: ignore[no-untyped-call]

    sums = load_file(measured)
    for side, parts in taken.items():
        vectors = torch.cat(parts).double()
        assert int(sums[TOKENS]) == len(vectors)
        root = sums[f"{name}.{side}"].double()
        whole = vectors.T @ vectors
        assert root.shape[1] <= FISHER_RANK, "nothing is left out"
        assert float((root.T @ root - whole).norm() / whole.norm()) < 1e-3


def test_half_the_price_of_a_small_change_is_how_far_the_model_is_from_the_base(
    base: Base, artifacts: Artifacts, measured: Path
) -> None:
    from peft import get_peft_model

    plain, tokenizer = load_base(base, artifacts)
    torch.manual_seed(0)  # peft draws the other half of each change from it
    adapted = get_peft_model(load_base(base, artifacts)[0].float(), lora_config(SECTION)).eval()
    drawing = torch.Generator().manual_seed(0)
    for layer in adapted_layers(adapted).values():
        layer.lora_B["default"].weight.data.normal_(std=0.02, generator=drawing)

    price = float(total(anchors_of(adapted, measured)).detach())
    apart, tokens = 0.0, 0
    for row in learnable(tokenizer, _table(12, "tell").to_pylist(), SECTION.max_length):
        ids = torch.tensor([[*row.prompt, *row.answer]])
        with torch.no_grad():
            own, other = (model(input_ids=ids).logits[0].float().log_softmax(-1) for model in (plain.float(), adapted))
        apart, tokens = apart + float((own.exp() * (own - other)).sum()), tokens + row.size

    assert price / 2 == pytest.approx(apart / tokens, rel=0.5)


def test_a_measurement_killed_between_rows_ends_with_the_same_bytes(
    base: Base, artifacts: Artifacts, measured: Path, tmp_path: Path
) -> None:
    def kill(done: int, total: int) -> None:
        if done == 10:
            raise Killed

    place, seen = (artifacts, _place(tmp_path, "cut")), list[int]()
    with pytest.raises(Killed):
        fisher.measure(_table(12, "tell"), base, SECTION, place, kill)
    resumed = fisher.measure(_table(12, "tell"), base, SECTION, place, lambda done, total: seen.append(done))

    assert seen[0] == fisher.KEPT_EVERY + 1
    assert resumed.read_bytes() == measured.read_bytes()


@pytest.mark.parametrize("left", [b"", b"\0" * 400, b"cut"])
def test_a_measurement_whose_copy_lost_its_bytes_begins_again(
    base: Base, artifacts: Artifacts, measured: Path, tmp_path: Path, left: bytes
) -> None:
    place = (artifacts, _place(tmp_path, "lost"))
    (place[1] / "fisher.safetensors").write_bytes(left)

    assert fisher.measure(_table(12, "tell"), base, SECTION, place).read_bytes() == measured.read_bytes()


def _price(base: Base, artifacts: Artifacts, measured: Path, scratch: Path) -> float:
    from peft import PeftModel

    adapted = PeftModel.from_pretrained(load_base(base, artifacts)[0], scratch / "adapter")
    with torch.no_grad():
        return float(total(anchors_of(adapted, measured)))


def _learn(
    base: Base, artifacts: Artifacts, section: SftSection, scratch: Path, measured: Path | None = None
) -> Trained:
    scratch.mkdir(exist_ok=True)
    return learn(_table(), base, section, (artifacts, scratch), None, Footing(measured))


def test_held_to_the_base_an_adapter_learns_at_a_part_of_the_price(
    base: Base, artifacts: Artifacts, measured: Path, tmp_path: Path
) -> None:
    changes: dict[str, dict[str, float]] = {
        "free": {"ewc": 0.0},
        "held": {},
        "held twice": {"ewc": 2.0},
        "added up": {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 2},
    }

    losses, prices = dict[str, list[float]](), dict[str, float]()
    for name, change in changes.items():
        losses[name] = _learn(base, artifacts, HELD.model_copy(update=change), tmp_path / name, measured).losses
        prices[name] = _price(base, artifacts, measured, tmp_path / name)

    assert prices["held"] < prices["free"] / 3
    assert losses["held"][0] == losses["free"][0], "the loss that is told is the task's"
    assert losses["held"][-1] == pytest.approx(losses["free"][-1], abs=0.1)
    assert prices["held twice"] < 0.8 * prices["held"]
    assert prices["added up"] == pytest.approx(prices["held"], rel=0.05), "once a step, in however many batches"


def test_a_held_run_over_nf4_killed_between_steps_resumes_to_the_same_bytes(
    base: Base, artifacts: Artifacts, measured: Path, tmp_path: Path
) -> None:
    section = HELD.model_copy(update={"quantization": "nf4"})
    whole = _learn(base, artifacts, section, tmp_path / "whole", measured)

    def kill(done: int, *_: object) -> None:
        if done == 5:
            raise Killed

    place = (artifacts, _place(tmp_path, "cut"))
    with pytest.raises(Killed):
        learn(_table(), base, section, place, kill, Footing(measured))
    resumed = learn(_table(), base, section, place, None, Footing(measured))

    assert resumed == whole
    assert _weights(tmp_path / "cut") == _weights(tmp_path / "whole")


def test_what_is_no_number_is_never_taken_into_the_factors() -> None:
    sums: dict[str, torch.Tensor] = {}

    with pytest.raises(TrainingDiverged):
        fisher.add(sums, "layer.inputs", torch.tensor([[1.0, float("nan")]]))

    assert sums == {}


def test_factors_of_other_layers_are_refused_by_name(
    base: Base, artifacts: Artifacts, measured: Path, tmp_path: Path
) -> None:
    fewer = SECTION.model_copy(update={"target_modules": ("q_proj",)})
    place = (artifacts, _place(tmp_path, "q"))
    only = fisher.measure(_table(2), base, fewer, place)

    with pytest.raises(IntegrityError, match="lack"):
        _learn(base, artifacts, HELD, tmp_path / "refused", only)


def test_without_a_strength_nothing_is_held_and_no_digest_changes() -> None:
    assert "ewc" not in SftSection().model_dump()
    assert SftSection.model_validate({"ewc": 0}).model_dump() == SftSection().model_dump()
    with pytest.raises(ValidationError, match="ewc"):
        SftSection.model_validate({"ewc": 1.0, "privacy": PrivacySection(epsilon=8.0)})


def _weights(scratch: Path) -> bytes:
    return (scratch / "adapter" / "adapter_model.safetensors").read_bytes()
