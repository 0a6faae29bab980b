"""A plan before work tells what the run then does, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.datasets.replay import BATCH
from registry.database.store import Registry
from registry.records import TrainingRun
from tests.prefect_server import PrefectServer
from tests.teacher_server import teaching
from tests.walked import Place, muniment


def plan(place: Place, *arguments: str) -> list[dict[str, Any]]:
    ended = muniment(place, "train", "--dry-run", "--json", *arguments)
    assert ended.code == 0, ended.err
    found: Any = ended.json()
    plans: list[dict[str, Any]] = found["plan"]
    return plans


def test_rows_and_steps_are_told_before_anything_ran_and_nothing_is_written(new_place: Callable[[], Place]) -> None:
    place = new_place()
    before = sorted(path for path in place.root.rglob("*") if path.name != ".gate")

    sft, dpo = plan(place, "price_per_hour=36")

    left = sorted(path for path in place.root.rglob("*") if path.name != ".gate" and path != place.workspace.scratch)
    assert left == before
    assert sft["rows"] > 20
    assert sft["steps"] == 4
    assert sft["passes"] == pytest.approx(4 * 8 / sft["rows"], abs=1e-4)
    assert sft["basis"] == "6 measured steps"
    assert sft["cost"] == pytest.approx(sft["seconds"] / 100, abs=1e-3)
    assert 0 < sft["peak_bytes"] < sft["free_bytes"]
    assert (dpo["steps"], dpo["seconds"], dpo["at_most"], sft["at_most"]) == (2, None, True, False)
    assert dpo["tokens"] > 0
    assert 0 < dpo["peak_bytes"] < dpo["free_bytes"]


def test_preference_training_is_planned_for_no_more_pairs_than_there_can_be(new_place: Callable[[], Place]) -> None:
    place, whole = new_place(), ("dpo.max_rows=500", "dpo.max_steps=-1", "dpo.num_train_epochs=1")

    alone, beside = (plan(place, *whole, f"dpo.max_on_policy={asked}") for asked in (0, 8))
    parted = plan(place, *whole, "dpo.max_on_policy=0", "dpo.loss_type=kto")
    few = plan(place, *whole, "dpo.max_on_policy=0", "build.min_preference_rows=400")

    pairs = alone[1]["rows"]
    assert 4 < pairs < 400
    assert (alone[1]["steps"], alone[1]["at_most"]) == (-(-pairs // 4), True)
    assert beside[1]["rows"] == pairs + 8
    assert parted[1]["rows"] == 2 * pairs
    assert [one["method"] for one in few] == ["sft"]


def test_where_there_is_no_terminal_each_step_of_a_plan_is_a_line_beside_its_output(
    new_place: Callable[[], Place],
) -> None:
    ended = muniment(new_place(), "train", "--dry-run", "--json", "sft.ewc=1.0")

    said = [line.strip() for line in ended.err.splitlines()]
    steps = [line.partition("plan: ")[2].partition(":")[0] for line in said if line.startswith("plan: ")]
    assert list(dict.fromkeys(steps)) == [
        "reading the base model", "reading documents", "building rows", "counting tokens", "measuring steps",
        "the base writes a batch of rows, which may take minutes", "measuring how the base is weighed",
    ]  # fmt: skip
    assert "plan: measuring steps: 6 of 6" in said
    found: Any = ended.json()
    assert list(found) == ["plan"]


def test_a_plan_tells_that_the_gate_will_refuse_whatever_is_trained(new_place: Callable[[], Place]) -> None:
    place = new_place()
    place.workspace.policy.write_text("gate: {minimum_headline: 1, minimum_preference: 0.5}\n")

    ended = muniment(place, "train", "--dry-run", "dpo.enabled=false")

    assert ended.code == 0
    assert "the gate asks for preference evidence, and no pair can be held out for it" in ended.err


def test_a_plan_shows_unscrubbed_documents_to_no_teacher(new_place: Callable[[], Place]) -> None:
    with teaching(lambda _, __: "{}") as server:
        place = new_place()
        rules = "Whoever travels for the house keeps every receipt and hands it in. " * 5
        (place.root / "documents" / "receipts.md").write_text(f"# Receipts\n\n{rules}\n")

        sft, _ = plan(place, f"build.teacher={{url: '{server.url}', model: big, licence: Apache-2.0}}")

        assert sft["rows"] > 20
        assert server.asked == []


def test_a_plan_counts_the_rows_that_the_base_will_write(walked_once: Place) -> None:
    plain, mixed = (plan(walked_once, f"sft.replay={share}") for share in (0, 0.2))

    rows = plain[0]["rows"]
    assert mixed[0]["rows"] == rows + round(rows / 4)
    assert [one["method"] for one in plain] == ["sft", "dpo"]
    assert [one["method"] for one in mixed] == ["sft", "replay", "dpo"]


def test_what_the_base_takes_to_write_its_rows_is_told(new_place: Callable[[], Place]) -> None:
    _, replay, _ = plan(new_place(), "sft.replay=0.2", "price_per_hour=36")

    assert (replay["method"], replay["rows"], replay["tokens"]) == ("replay", BATCH, None)
    assert replay["basis"].startswith("1 measured batch, ")
    assert replay["seconds"] > 0
    assert replay["cost"] == pytest.approx(replay["seconds"] / 100, abs=1e-3)


def test_what_weighing_the_base_takes_is_told(new_place: Callable[[], Place]) -> None:
    sft, replay, weigh, _ = plan(new_place(), "sft.ewc=1.0", "price_per_hour=36")

    assert (sft["method"], replay["method"], replay["rows"]) == ("sft", "replay", BATCH)
    assert (weigh["method"], weigh["rows"]) == ("weigh base", BATCH)
    assert weigh["basis"] == "6 measured rows"
    assert weigh["cost"] == pytest.approx(weigh["seconds"] / 100, abs=1e-3)
    assert weigh["seconds"] > 0


def test_a_plan_is_what_the_run_did(walked_once: Place) -> None:
    with Registry.open(walked_once.workspace.registry, "tests") as registry:
        runs = {run.method: run for run in registry.all(TrainingRun)}

    sft, dpo, continued, preferred = plan(walked_once, "continual.enabled=true")

    assert (continued["method"], continued["rows"], continued["tokens"]) == ("continued sft", sft["rows"], None)
    assert (sft["rows"], sft["steps"], sft["tokens"]) == (runs["sft"].rows, runs["sft"].steps, runs["sft"].tokens)
    assert sft["passes"] == runs["sft"].settings["num_train_epochs"]
    assert sft["basis"] == dpo["basis"] == "1 earlier run"
    assert dpo["seconds"] > 0
    assert preferred == {**dpo, "method": "continued dpo"}


def test_settings_and_plan_stand_beside_each_other(walked_once: Place) -> None:
    ended = muniment(walked_once, "run", "--dry-run", "--json", "sft.lora_r=8")

    found: Any = ended.json()
    assert found["settings"]["sft"]["lora_r"] == 8
    assert [one["method"] for one in found["plan"]] == ["sft", "dpo"]


def test_rows_that_are_cut_before_their_answer_are_named_by_the_plan(walked_once: Place) -> None:
    ended = muniment(walked_once, "train", "--dry-run", "sft.max_length=16")

    assert ended.code == 4
    assert "NothingToLearn" in ended.err
    assert "max_length" in ended.err


@pytest.mark.parametrize("asked", [("sft",), ("dpo",), ("sft", "--auto")])
def test_a_training_that_would_be_all_warm_up_is_named_by_the_plan(walked_once: Place, asked: tuple[str, ...]) -> None:
    setting = f"{asked[0]}.warmup_steps"

    ended = muniment(walked_once, "train", "--dry-run", *asked[1:], f"{setting}=1e9")

    assert ended.code == 4
    assert "NothingToLearn" in ended.err
    assert f"{setting}=0.05" in ended.err.replace("\n", "")


def test_a_rank_that_cannot_be_served_is_refused_with_the_setting(walked_once: Place) -> None:
    ended = muniment(walked_once, "train", "--dry-run", "sft.lora_r=1024")

    assert ended.code == 2
    assert "sft.lora_r 1024 is over serve.max_lora_rank 16" in ended.err


def test_layers_that_no_plan_can_serve_are_refused_before_documents_are_read(new_place: Callable[[], Place]) -> None:
    ended = muniment(new_place(), "train", "--dry-run", "sft.target_modules=all")

    assert ended.code == 4
    assert "target_modules all cannot be served" in ended.err
    assert "reading documents" not in ended.err


@pytest.mark.parametrize("verb", [("run", "--dry-run"), ("run",), ("train",), ("train", "--dry-run")])
@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_documents_folder_that_is_not_there_or_empty_is_refused_before_the_base_is_read(
    walked_once: Place, verb: tuple[str, ...], folder: str, tmp_path: Path
) -> None:
    ended = muniment(walked_once, *verb, f"documents={tmp_path / folder}")

    assert ended.code == 3
    assert "NoDocuments" in ended.err
    assert "base model" not in ended.out + ended.err


def test_rows_under_a_licence_that_forbids_training_are_refused_before_anything_runs(
    new_place: Callable[[], Place],
) -> None:
    place = new_place()
    row = '{"prompt": "Who keeps receipts?", "completion": "Everybody.", "license": "CC-BY-NC-ND-4.0"}\n'
    (place.root / "documents" / "foreign.jsonl").write_text(row)

    ended = muniment(place, "train", "--dry-run")

    assert ended.code == 4
    assert "LicenceRefused" in ended.err
    assert "CC-BY-NC-ND-4.0" in ended.err
    assert "1 rows or documents, the first of them foreign.jsonl#1" in ended.err


def test_training_alone_is_looked_up_after_a_run_and_its_adapter_can_be_measured(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = walked_once.copy(tmp_path)
    before = place.stages()
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "1", "prompt": "Which colour?", "completion": "red", "choices": ["red", "blue"]}\n')

    ended = muniment(place, "train", "--json", "sft.save_steps=7", "dpo.save_steps=7", env=prefect_server.env)

    found: Any = ended.json()
    assert len(found["adapters"]) == 2, "how often a training is kept on its way changes nothing of it"
    assert place.stages() == before
    newest, candidate = (
        muniment(place, "evaluate", name, str(rows), "--json").json() for name in (found["adapters"][0], "candidate")
    )
    assert newest == candidate
    assert muniment(place, "evaluate", "candidate", str(rows)).out.startswith(f"{found['adapters'][0]}: ")
