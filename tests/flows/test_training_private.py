"""DP-SGD on LoRA weights: no row moves the adapter by more than its share, and what that is worth is accounted for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pydantic import ValidationError

from flows.base.model import load_base, resolve_base
from flows.config import Pipeline, load_pipeline
from flows.rendering.render import Message, Rendered, render, user
from flows.training.checkpoints import reached
from flows.training.planning.plan import steps_of
from flows.training.private import add_clipped, budget, row_losses
from flows.training.processes.together import learn
from flows.training.settings import PrivacySection, SftSection
from registry import digests
from registry.artifacts import Artifacts
from registry.database.store import Registry
from registry.errors import ConfigError
from registry.records import Adapter, Base, Evidence, TrainingRun, Verdict
from registry.tables import SFT_ROWS
from tests.tiny import make_workspace
from tests.walked import Place, forked, muniment, walk

if TYPE_CHECKING:
    import torch

NOISE = ("sft.privacy={noise_multiplier: 0.8, delta: 0.001}", "dpo.enabled=false")
PRIVATE = PrivacySection(noise_multiplier=0.8, delta=1e-3)
SECTION = SftSection(
    quantization="none", num_train_epochs=2, per_device_train_batch_size=4, save_steps=2, lora_r=8, learning_rate=1e-2,
    privacy=PRIVATE,
)  # fmt: skip


class Killed(Exception):
    """Stands for the signal that ends a process between two steps."""


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    return Artifacts(tmp_path_factory.mktemp("private") / "artifacts")


@pytest.fixture(scope="module")
def base(tiny_base: Path, artifacts: Artifacts) -> Base:
    return resolve_base(str(tiny_base), artifacts)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rows = [
        {
            "prompt": user(f"cat {n}" * (1 + n % 3)),
            "completion": [Message(role="assistant", content="red" * (n % 4 + 1))],
            "id": f"row-{n}", "origin": "imported", "document": "d", "groups": ["g"], "licence": "MIT", "source": "",
        }
        for n in range(12)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=SFT_ROWS)


def by_row(base: Base, artifacts: Artifacts) -> tuple[torch.nn.Module, list[torch.nn.Parameter], list[Rendered]]:
    """A model whose gradients are kept by row, and three rows of different length."""
    import torch
    from opacus.grad_sample import GradSampleModule
    from peft import get_peft_model

    from flows.training.lora import lora_config

    model, tokenizer = load_base(base, artifacts)
    torch.manual_seed(1)
    adapted = get_peft_model(model, lora_config(SECTION))
    parameters = [p for p in adapted.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.data = torch.randn_like(parameter) / 20  # B begins at zero, where A has no gradient yet
    answer = [Message(role="assistant", content="red and green")]
    rows = [render(tokenizer, user("cat " * n), answer) for n in (1, 4, 9)]
    return GradSampleModule(adapted, loss_reduction="sum"), parameters, rows


def clipped_sum(base: Base, artifacts: Artifacts, chosen: tuple[int, ...], most: float) -> torch.Tensor:
    import torch

    module, parameters, rows = by_row(base, artifacts)
    sums = [torch.zeros_like(p) for p in parameters]
    row_losses(module, [rows[n] for n in chosen]).sum().backward()  # type: ignore[no-untyped-call]
    add_clipped(parameters, sums, most)
    return torch.cat([found.flatten() for found in sums])


def test_a_row_s_gradient_does_not_depend_on_the_rows_beside_it(base: Base, artifacts: Artifacts) -> None:
    together = clipped_sum(base, artifacts, (0, 1, 2), 1e9)

    alone = sum(clipped_sum(base, artifacts, (n,), 1e9) for n in range(3))

    assert float((together - alone).norm() / together.norm()) < 0.02, "bf16 rounds"


def test_one_row_more_moves_the_sum_by_no_more_than_the_norm_allowed(base: Base, artifacts: Artifacts) -> None:
    with_it, without = (clipped_sum(base, artifacts, chosen, 0.01) for chosen in ((0, 1, 2), (0, 1)))

    assert 0.005 < float((with_it - without).norm()) <= 0.0101


def test_a_killed_private_run_ends_as_a_whole_one_would(
    base: Base, artifacts: Artifacts, table: pa.Table, tmp_path: Path
) -> None:
    def kill(done: int, *_: object) -> None:
        if done == 5:
            raise Killed

    places = [tmp_path / name for name in ("whole", "cut")]
    for place in places:
        place.mkdir()
    whole = learn(table, base, SECTION, (artifacts, places[0]))
    with pytest.raises(Killed):
        learn(table, base, SECTION, (artifacts, places[1]), kill)
    spoilt = tmp_path / "spoilt"
    shutil.copytree(places[1], spoilt)
    (spoilt / "private.pt").write_bytes((spoilt / "private.pt").read_bytes()[:64])
    assert reached(places[1]) == "step 4 of 6"
    assert reached(spoilt) == ""
    steps: list[int] = []
    resumed = learn(table, base, SECTION, (artifacts, places[1]), lambda done, *_: steps.append(done))

    assert steps == [5, 6]
    assert resumed == whole
    assert learn(table, base, SECTION, (artifacts, spoilt)) == whole, "what a power cut left is begun anew"
    assert digests.of_path(places[0] / "adapter") == digests.of_path(places[1] / "adapter")


def test_nobody_without_the_key_can_repeat_the_noise(
    base: Base, artifacts: Artifacts, table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for name in ("one", "other"):
        monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / f"keys-{name}"))
        (tmp_path / name).mkdir()
        learn(table, base, SECTION, (artifacts, tmp_path / name))
        made.append(digests.of_path(tmp_path / name / "adapter"))

    assert made[0] != made[1]


def test_the_budget_is_that_of_the_gaussian_mechanism() -> None:
    """One step over all rows is the plain mechanism: epsilon is at most 1/(2s^2) + sqrt(2 ln(1/d))/s (Mironov 2017)."""
    section = SECTION.model_copy(update={"max_steps": 1, "privacy": PrivacySection(noise_multiplier=4.0, delta=1e-5)})

    spent = budget(section, rows=4)

    assert spent.sample_rate == 1.0
    assert 0.5 < spent.epsilon <= 1 / 32 + (2 * 11.513) ** 0.5 / 4


def test_as_many_steps_are_accounted_for_as_a_plan_tells() -> None:
    assert budget(SECTION, rows=13).steps == steps_of(13, SECTION) == 7, "two passes over 13 rows, 4 of them a step"


def test_a_wanted_epsilon_is_kept_and_more_steps_cost_more() -> None:
    wanted = SECTION.model_copy(update={"privacy": PrivacySection(epsilon=3.0, delta=1e-4)})
    longer = SECTION.model_copy(update={"num_train_epochs": 6.0})

    assert 2.5 < budget(wanted, rows=1000).epsilon <= 3.0
    assert budget(longer, rows=1000).epsilon > budget(SECTION, rows=1000).epsilon


@pytest.mark.parametrize("wanted", [{"epsilon": 0.01}, {"epsilon": 8.0, "delta": 1e-300}])
def test_an_epsilon_that_no_noise_ends_at_is_refused_with_the_least_there_is(wanted: dict[str, float]) -> None:
    section = SECTION.model_copy(update={"privacy": PrivacySection(**wanted)})

    with pytest.raises(ConfigError, match=r"sft\.privacy\.epsilon") as refused:
        budget(section, rows=1000)
    least = float(refused.value.next_step.partition("epsilon over ")[2].split()[0])

    kept = PrivacySection(epsilon=1.01 * least, delta=wanted.get("delta", 1e-5))
    assert budget(section.model_copy(update={"privacy": kept}), rows=1000).epsilon > wanted["epsilon"]


def test_a_plan_refuses_an_epsilon_that_no_noise_ends_at(walked_once: Place) -> None:
    ended = muniment(walked_once, "train", "--dry-run", "sft.privacy={epsilon: 0.01}", "dpo.enabled=false")

    assert ended.code == 2
    assert "no noise makes 4 steps end at sft.privacy.epsilon=0.01" in ended.err.replace("\n", "")


@pytest.mark.parametrize("asked", [
    {"epsilon": 1e300}, {"noise_multiplier": 1e-200}, {"noise_multiplier": 1e300},
    {"epsilon": 8.0, "max_grad_norm": 1e-300}, {"epsilon": 8.0, "max_grad_norm": 1e300},
])  # fmt: skip
def test_privacy_that_cannot_be_accounted_for_is_refused_when_the_file_is_read(asked: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=list(asked)[-1]):
        PrivacySection.model_validate(asked)


def test_preference_training_without_noise_cannot_undo_it() -> None:
    private = {"documents": "d", "base_model": "b", "sft": {"privacy": {"epsilon": 8.0}}}

    assert Pipeline.model_validate({**private, "dpo": {"enabled": False}}).sft.privacy is not None
    with pytest.raises(ValidationError, match=r"dpo\.enabled"):
        Pipeline.model_validate(private)
    with pytest.raises(ValidationError, match="either"):
        PrivacySection(epsilon=1.0, noise_multiplier=1.0)


def walk_with_noise(place: Place, _: tuple[str, ...]) -> None:
    walk(place, NOISE)


def test_what_an_adapter_spent_is_evidence_about_it_that_the_gate_sees(tmp_path: Path, tiny_base: Path) -> None:
    place = Place(make_workspace(tmp_path / "workspace", tiny_base), tmp_path / "keys")

    ended = forked(walk_with_noise, place)

    assert ended.code == 0, ended.err
    with Registry.open(place.workspace.registry, "tests") as registry:
        (adapter,), (run,) = registry.all(Adapter), registry.all(TrainingRun)
        (spent,) = (evidence for evidence in registry.all(Evidence) if evidence.type == "pii.dp")
        (verdict,) = registry.all(Verdict)
    wanted = budget(load_pipeline(place.workspace, NOISE).sft, run.rows)
    figures = {figure.name: figure.value for figure in spent.figures}
    assert spent.subject == adapter.digest
    assert (figures["epsilon"], figures["delta"], figures["steps"]) == (wanted.epsilon, 0.001, wanted.steps)
    assert wanted.epsilon > 0
    assert spent.digest in verdict.evidence
