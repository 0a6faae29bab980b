"""Settings are searched for inside a budget, judged on rows that are neither trained on nor held out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.database.store import Registry
from registry.records import Dataset, Evidence, TrainingRun
from tests.prefect_server import PrefectServer
from tests.tiny import WORDS
from tests.walked import Place, muniment

FEW = ("tune.max_trials=3", "tune.max_epochs=2", "tune.validation_share=0.3", "dpo.enabled=false")
RULES = "# Custody rules\n\n" + "\n\n".join(
    f"## {n}. Keeping the {animal}\n\nThe {animal} of a client must be kept apart from that of the firm, and counted "
    f"every {n} days by somebody who did not count it before."
    for n, animal in enumerate(WORDS, start=2)
)
AUTO = ("--auto", "--budget", "4m", *FEW)


def trials(place: Place) -> tuple[Evidence, dict[str, Any]]:
    with Registry.open(place.workspace.registry, "tests") as registry:
        found = [one for one in registry.all(Evidence) if one.type == "tuning"]
    assert len(found) == 1
    assert found[0].artifact is not None
    kept: dict[str, Any] = json.loads(place.workspace.artifacts.verified(found[0].artifact).read_text("utf-8"))
    return found[0], kept


@pytest.fixture(scope="module")
def searched(walked_once: Place, prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = walked_once.copy(tmp_path_factory.mktemp("searched"))
    ended = muniment(place, "train", "--json", *AUTO, env=prefect_server.env)
    assert ended.code == 0, ended.err
    return place


def test_the_adapter_is_trained_with_the_settings_of_the_best_trial(searched: Place) -> None:
    evidence, kept = trials(searched)
    with Registry.open(searched.workspace.registry, "tests") as registry:
        run = registry.all(TrainingRun)[-1]
        dataset = registry.all(Dataset)[0]

    assert evidence.subject == dataset.digest
    assert len(kept["trials"]) == 3
    best = kept["trials"][kept["best"]]["settings"]
    for name in ("learning_rate", "lora_r", "per_device_train_batch_size", "lora_dropout", "weight_decay"):
        assert run.settings[name] == best[name]
    assert run.rows == dataset.train.rows, "the last training learns from all training rows"
    assert run.settings["max_steps"] == -1


def test_the_first_trial_is_the_workspaces_own_setting(searched: Place) -> None:
    first = trials(searched)[1]["trials"][0]["settings"]

    assert (first["learning_rate"], first["lora_r"]) == (1.5e-3, 8)


def test_a_finished_search_is_looked_up_and_the_walk_goes_on_with_its_adapter(
    searched: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = searched.copy(tmp_path)
    before = place.stages()

    again = muniment(place, "train", "--json", *AUTO, env=prefect_server.env)
    gated = muniment(place, "run", "--json", *AUTO, env=prefect_server.env)

    assert again.code == gated.code == 0, gated.err
    found: Any = again.json()
    passed: Any = gated.json()
    assert found["adapters"] == passed["candidates"]
    with Registry.open(place.workspace.registry, "tests") as registry:
        trained = {run.digest for run in registry.all(TrainingRun)}
    assert trained <= set(before.values()), "nothing was trained again"


def test_a_plan_of_a_search_is_its_budget(walked_once: Place) -> None:
    found: Any = muniment(walked_once, "train", "--dry-run", "--json", *AUTO).json()
    without: Any = muniment(walked_once, "train", "--dry-run", "--json").json()

    assert [(one["method"], one["seconds"]) for one in found["plan"]] == [("tune and sft", 240.0)]
    assert found["plan"][0]["rows"] == without["plan"][0]["rows"], "the last training learns from all of them"
    assert 1 <= found["plan"][0]["passes"] <= 6


def test_a_plan_refuses_a_budget_without_room_for_one_pass(walked_once: Place) -> None:
    ended = muniment(walked_once, "train", "--dry-run", "--auto", "--budget", "0.01s")

    assert ended.code == 4
    assert "(DoesNotFit)" in ended.err
    assert "give --budget" in ended.err


def test_a_plan_of_a_search_refuses_rows_that_the_base_cannot_read(new_place: Callable[[], Place]) -> None:
    place = new_place()
    row = {"prompt": "Which colour? " + " ".join(f"word{n}" for n in range(180)), "completion": "red", "license": "MIT"}
    (place.root / "documents" / "long.jsonl").write_text(json.dumps(row) + "\n")
    settings = ("sft.max_length=4096", "build.length_deviations=null", "build.held_out_share=0.1", "dpo.enabled=false")

    ended = muniment(place, "train", "--dry-run", *AUTO[:3], *settings)

    assert ended.code == 4
    assert "the base model reads 1,024" in ended.err.replace("\n", " ")


@pytest.mark.parametrize("budget", ["0", "0s", "-5m", "nan", "soon", "inf", "1e999h", ""])
def test_a_budget_that_is_no_time_is_refused(walked_once: Place, budget: str) -> None:
    ended = muniment(walked_once, "train", "--auto", f"--budget={budget}")

    assert ended.code == 2
    assert "ConfigError" in ended.err
    assert "Traceback" not in ended.err


def test_a_budget_without_a_unit_or_with_an_unknown_one_is_asked_about(walked_once: Place) -> None:
    ended = muniment(walked_once, "train", "--auto", "--budget", "3x")

    assert "tune.budget" in ended.err
    assert "write 90s, 45m, 1.5h or 1h30m" in ended.err
    for bare in ("45", "5.5"):
        assert f"write {bare}m for minutes" in muniment(walked_once, "train", "--auto", "--budget", bare).err


def test_a_budget_without_a_search_is_refused(walked_once: Place) -> None:
    ended = muniment(walked_once, "train", "--budget", "45m")

    assert ended.code == 2
    assert "add --auto" in ended.err


def test_a_budget_too_short_for_one_pass_is_refused_with_one_that_is_not(
    new_place: Callable[[], Place], prefect_server: PrefectServer
) -> None:
    place = new_place()

    ended = muniment(place, "train", "--auto", "--budget", "0.01s", env=prefect_server.env)

    assert ended.code == 4
    assert "DoesNotFit" in ended.err
    assert "--budget" in ended.err.split("next:")[1]


def test_few_rows_in_one_pass_are_trained_on_without_a_search_as_the_plan_says(
    new_place: Callable[[], Place], prefect_server: PrefectServer
) -> None:
    place, auto = new_place(), ("--auto", "--budget", "4m", "tune.max_epochs=1", "dpo.enabled=false")

    planned: Any = muniment(place, "train", "--dry-run", "--json", *auto).json()
    ended = muniment(place, "train", "--json", *auto, env=prefect_server.env)

    assert ended.code == 0, ended.err
    assert trials(place)[1]["trials"] == []
    with Registry.open(place.workspace.registry, "tests") as registry:
        run = registry.all(TrainingRun)[-1]
    assert run.settings["num_train_epochs"] == planned["plan"][0]["passes"] == 1


def test_a_training_from_questions_alone_has_a_dataset_of_its_own(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = walked_once.copy(tmp_path)
    (place.workspace.root / "documents" / "rules.md").write_text(RULES, encoding="utf-8")

    asked = ("sft.learn_from=asked", "dpo.enabled=false", "sft.max_length=1024")  # a token a letter, here

    ended = muniment(place, "train", "--json", *asked, env=prefect_server.env)

    assert ended.code == 0, ended.err
    with Registry.open(place.workspace.registry, "tests") as registry:
        run = registry.all(TrainingRun)[-1]
        chosen = registry.get(run.dataset)
        (edge,) = registry.edges(run.dataset, up=True)
        whole = registry.get(edge.parent)
    assert isinstance(chosen, Dataset)
    assert isinstance(whole, Dataset)
    assert 0 < run.rows == chosen.train.rows < whole.train.rows
    assert "extractive" in whole.origins
    assert "extractive" not in chosen.origins
    assert chosen.held_out == whole.held_out, "what measures stays as it was"


def test_where_no_row_was_made_from_documents_the_dataset_is_learnt_as_it_is(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = walked_once.copy(tmp_path)

    ended = muniment(place, "train", "--json", "sft.learn_from=asked", "dpo.enabled=false", env=prefect_server.env)

    assert ended.code == 0, ended.err
    with Registry.open(place.workspace.registry, "tests") as registry:
        whole = registry.all(TrainingRun)[-1].dataset
        assert not [edge for edge in registry.edges(whole, up=True) if edge.parent == whole]
