"""A misspelt or senseless setting is refused with its line, never ignored."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.base.model import cache_directory
from flows.config import Pipeline, every_setting, load_pipeline
from flows.datasets.settings import BuildSection
from flows.ingest.settings import DocumentFolder
from flows.local import run_locally
from flows.training.settings import SftSection
from registry.errors import ConfigError
from registry.folders import inside
from registry.settings import load
from registry.workspace import Workspace, key_directory


def workspace_with(tmp_path: Path, text: str) -> Workspace:
    (tmp_path / "pipeline.yaml").write_text(text)
    return Workspace(tmp_path)


def test_the_smallest_file_is_documents_and_base_model(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: papers\nbase_model: smollm2-135m-instruct\n")

    pipeline = load_pipeline(workspace)

    assert [folder.path for folder in pipeline.documents] == [tmp_path.resolve() / "papers"]


def test_a_home_directory_that_nobody_has_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who does not exist in the settings; and our own where a container runs as a bare number."""
    workspace = workspace_with(tmp_path, "documents: ~nobody-of-that-name/papers\nbase_model: base\n")

    with pytest.raises(ConfigError, match="~nobody-of-that-name/papers: there is no such home directory"):
        load_pipeline(workspace)
    assert inside(workspace, "papers/letter.md") == ""

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MUNIMENT_KEYS", "MUNIMENT_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**32 - 7)
    for asking in (key_directory, cache_directory, lambda: run_locally(workspace, ())):
        with pytest.raises(ConfigError, match="there is no such home directory") as refused:
            asking()
        assert "set HOME" in refused.value.next_step


def test_a_dry_run_shows_every_setting_also_those_that_are_off(tmp_path: Path) -> None:
    shown = every_setting(Pipeline(documents=(DocumentFolder(path=tmp_path),), base_model="tiny"))

    for name, section in (("sft", SftSection), ("build", BuildSection)):
        listed = shown[name]
        assert isinstance(listed, dict)
        assert set(listed) == set(section.model_fields)
    assert json.loads(json.dumps(shown)) == shown


def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\nsft:\n  lerning_rate: 1.0e-4\n")

    said = r"pipeline\.yaml:4: unknown key 'sft\.lerning_rate'; did you mean 'sft\.learning_rate'"
    with pytest.raises(ConfigError, match=said):
        load_pipeline(workspace)


@pytest.mark.parametrize("written", ["all-linear", "[all-linear]"])
def test_layers_are_named_as_peft_has_them(tmp_path: Path, written: str) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n")

    pipeline = load_pipeline(workspace, (f"sft.target_modules={written}",))

    assert pipeline.sft == load_pipeline(workspace).sft


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("learning_rate=1e-4", "'sft.learning_rate' or 'dpo.learning_rate'"),
        ("sft.beta=0.2", "'dpo.beta'"),
        ("sft.lr=1e-4", "'sft.learning_rate'"),
        ("sft.max_rows=50", "'dpo.max_rows' or 'evaluate.max_rows'"),
        ("sft.licence=MIT", None),
    ],
)
def test_a_setting_of_another_section_is_told_with_its_section(
    tmp_path: Path, override: str, meant: str | None
) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n")

    with pytest.raises(ConfigError) as refused:
        load_pipeline(workspace, (override,))

    assert (f"did you mean {meant}?" in refused.value.message) == (meant is not None)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90), ("45m", 2700), ("45 min", 2700), ("1.5h", 5400), ("1h30m", 5400), ("1h 5m 3s", 3903),
        ("2 hours 5 minutes", 7500), (7, 7),
    ],
)  # fmt: skip
def test_a_budget_is_read_as_people_write_time(tmp_path: Path, written: str | int, seconds: float) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n")

    assert load_pipeline(workspace, [f"tune.budget={written}"]).tune.budget == seconds


@pytest.mark.parametrize(
    ("override", "said"),
    [
        *(
            (f"sft.lora_r={rank}", f"pipeline.yaml: sft.lora_r {rank} is over serve.max_lora_rank 16: {advice}")
            for rank, advice in (
                (64, "raise serve.max_lora_rank to 64"),
                (17, "raise serve.max_lora_rank to 32"),
                (513, "vLLM serves no rank over 512"),
            )
        ),
        ("tune.budget=6x", "command line: tune.budget: no time: write 90s, 45m, 1.5h or 1h30m"),
    ],
)
def test_what_a_rule_of_ours_refuses_is_said_in_its_own_words_alone(tmp_path: Path, override: str, said: str) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n")

    with pytest.raises(ConfigError) as refused:
        load_pipeline(workspace, [override])

    assert str(refused.value).removeprefix(f"{tmp_path}/") == said


@pytest.mark.parametrize(
    "text",
    [
        "documents: d\nbase_model: b\nsft: {learning_rate: .nan}\n",
        "documents: d\nbase_model: b\nsft: {learning_rate: .inf}\n",
        "documents: d\nbase_model: b\nsft: {learning_rate: 1.0e-300}\n",
        "documents: d\nbase_model: b\ndpo: {learning_rate: 9.9e-9}\n",
        "documents: d\nbase_model: b\nsft: {lora_r: -1}\n",
        "documents: d\nbase_model: b\nsft: {seed: 4294967296}\n",
        "documents: d\nbase_model: b\ndpo: {seed: 4294967296}\n",
        "documents: d\n",
        "documents: []\nbase_model: b\n",
        "documents: d\nbase_model: b\nbase_model: c\n",
        "documents: d\nbase_model: b\nsft: {lora_r: 0x" + "f" * 5_000 + "}\n",
        "documents: d\nbase_model: b\nbuild: {seed: 9007199254740993}\n",
        "- a list\n",
        "documents: [unclosed\n",
        "documents: d\nbase_model: b\nadapter: ../escape\n",
        "\x00",
        "documents: " + "[" * 100_000,
        "\n".join(" " * depth + "documents:" for depth in range(1_500)),
    ],
)
def test_a_senseless_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    workspace = workspace_with(tmp_path, text)

    with pytest.raises(ConfigError):
        load_pipeline(workspace)


def test_an_override_reaches_its_section_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n")

    assert load_pipeline(workspace, ["sft.learning_rate=2e-4"]).sft.learning_rate == 2e-4
    for wrong in ("sft.lerning_rate=1", "sft", "base_model.x=1", "sft.learning_rate=[", "=3"):
        with pytest.raises(ConfigError):
            load_pipeline(workspace, [wrong])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sft:\n  lora_r: 8\n   max_steps: 6\n", "5: mapping values are not allowed in this context"),
        ("sft:\n\tmax_steps: 6\n", "4: found character that cannot start any token"),
        ("adapter: a\nadapter: b\n", "4: key 'adapter' is given twice"),
        ("sft: {lora_r: 9007199254740993}\n", "3: a number past 2**53"),
    ],
)
def test_yaml_that_cannot_be_read_is_named_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n" + text)

    with pytest.raises(ConfigError) as refused:
        load_pipeline(workspace)

    assert refused.value.message == f"{tmp_path / 'pipeline.yaml'}:{said}"


@pytest.mark.parametrize("text", ["sft:\n  # lora_r: 8\n", "sft: [8]\n"])
def test_a_section_that_is_none_is_told_without_the_names_of_classes(tmp_path: Path, text: str) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n" + text)

    with pytest.raises(ConfigError, match=r"pipeline\.yaml:3: sft: a section of settings is expected$"):
        load_pipeline(workspace)


def test_a_list_is_not_blamed_for_its_item(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: [{path: d, licens: MIT}]\nbase_model: b\n")

    with pytest.raises(ConfigError) as refused:
        load_pipeline(workspace)

    assert refused.value.message.endswith("unknown key 'documents.0.licens'; did you mean 'documents.0.licence'?")
    assert "\n" not in refused.value.message


def test_a_key_written_as_on_the_command_line_is_told_how_a_file_has_it(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\nsft.max_steps: 6\n")

    said = r"pipeline\.yaml:3: unknown key 'sft\.max_steps'; in a file it is written sft: \{max_steps: …\}$"
    with pytest.raises(ConfigError, match=said):
        load_pipeline(workspace)


def test_a_number_past_all_digests_is_refused_on_the_command_line_too(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n")

    with pytest.raises(ConfigError, match="is not valid YAML"):
        load_pipeline(workspace, ["sft.lora_r=0x" + "f" * 5_000])


@pytest.mark.parametrize(
    "wrong",
    [
        "ingest.max_file_mb=1e308", "ingest.max_seconds=1e308", "ingest.max_memory_mb=9007199254740991",
        "sft.num_train_epochs=1e308", "dpo.num_train_epochs=1e308", "sft.weight_decay=1e308", "dpo.beta=1e308",
        "sft.ewc=1e308",
        "sft.max_steps=0", "dpo.max_steps=0", "tune.max_epochs=1e308", "tune.budget=1e308", "tune.budget=true",
        "sft.max_steps=yes", "build.seed=false", "price_per_hour=on", "sft.privacy={epsilon: true}",
        "documents=[{path: d, held_out_from: 0}]", "documents=[{path: d, held_out_from: 20260901}]",
        "documents=[{path: d, held_out_from: '0'}]", "documents=[{path: d, held_out_from: soon}]",
    ],
)  # fmt: skip
def test_a_number_that_no_run_could_mean_is_refused_by_its_setting(tmp_path: Path, wrong: str) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\ndpo: {enabled: false}\n")
    named = wrong.partition("=")[0] if "documents" not in wrong else r"documents\S*held_out_from"

    with pytest.raises(ConfigError, match=named):
        load_pipeline(workspace, [wrong.replace("1e308", "1.0e+308")])


def test_a_day_is_written_as_yaml_or_as_text_and_steps_are_some_or_left_to_the_passes(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n")

    for written in ("2026-09-01", "'2026-09-01'"):
        pipeline = load_pipeline(workspace, [f"documents=[{{path: d, held_out_from: {written}}}]", "sft.max_steps=-1"])
        assert pipeline.documents[0].held_out_from == date(2026, 9, 1)


def test_a_wrong_override_is_named_as_such_and_one_given_twice_is_refused(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\n")

    with pytest.raises(ConfigError, match=r"command line: unknown key 'sft\.lerning_rate'"):
        load_pipeline(workspace, ["sft.lerning_rate=1"])
    with pytest.raises(ConfigError, match=r"sft\.max_steps is given twice"):
        load_pipeline(workspace, ["sft.max_steps=3", "sft.max_steps=4"])


@given(st.text(max_size=200))
def test_any_text_is_a_pipeline_or_a_named_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("settings") / "pipeline.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")

    with suppress(ConfigError):
        load(path, Pipeline)


def test_guarded_types_that_the_policy_does_not_look_for_are_refused_before_anything_runs(tmp_path: Path) -> None:
    text = "documents: d\nbase_model: b\nserve: {guard: {mode: mask, types: [PERSON, IBAN]}}\n"
    workspace = workspace_with(tmp_path, text)

    with pytest.raises(ConfigError, match=r"serve\.guard\.types names IBAN, which policy\.yaml does not look for"):
        load_pipeline(workspace)


def test_guarded_types_are_held_against_the_workspaces_own_policy(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\nserve: {guard: {types: [AGE]}}\n")
    load_pipeline(workspace)
    workspace.policy.write_text("pii: {entities: [PERSON], replace: [PERSON]}\n")

    with pytest.raises(ConfigError, match=r"serve\.guard\.types names AGE"):
        load_pipeline(workspace)


def test_no_adapter_is_trained_that_the_workspace_would_not_serve(tmp_path: Path) -> None:
    workspace = workspace_with(tmp_path, "documents: d\nbase_model: b\nsft: {lora_r: 32}\n")

    with pytest.raises(ConfigError, match=r"sft\.lora_r 32 is over serve\.max_lora_rank 16"):
        load_pipeline(workspace)

    assert load_pipeline(workspace, ["serve.max_lora_rank=32"]).sft.lora_r == 32
