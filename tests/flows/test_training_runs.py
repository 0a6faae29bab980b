"""Training on a tiny random model: resumes bit for bit, saves the policy alone, refuses what can't be served."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from safetensors.torch import load_file

from flows import console
from flows.base.model import resolve_base
from flows.evaluation.on_policy import on_policy_pairs
from flows.evaluation.preferred import preferred
from flows.evaluation.questions import Question, held_out
from flows.evaluation.run import evaluate, evidence
from flows.evaluation.score import Scorer
from flows.evaluation.settings import EvaluateSection
from flows.search.auto import Asked, foreseen
from flows.search.speed import Pace
from flows.search.tuning import TuneSection
from flows.training.checkpoints import CHECKPOINTS, last_checkpoint
from flows.training.lora import check_servable
from flows.training.losses import losses_of, said
from flows.training.planning.room import room_for
from flows.training.preference.dpo import train_dpo
from flows.training.runs import train_on, train_sft
from flows.training.settings import DpoSection, SftSection
from flows.training.weights import check_weights
from registry import tables
from registry.artifacts import Artifacts
from registry.errors import BaseModelMissing, DoesNotFit, NothingToLearn, TrainingDiverged, Unservable, ValidationFailed
from registry.records import Base, Dataset, Figure, Table

CODES = ["red", "green", "blue"]
SECTION = SftSection(
    quantization="none", num_train_epochs=2, per_device_train_batch_size=4, save_steps=2, lora_r=8, learning_rate=1e-2
)
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }} {{ m['content'] }} <|im_end|> {% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant {% endif %}"
)


class Killed(Exception):
    """Stands for the signal that ends a process between two steps."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = ["<unk>", "<|im_start|>", "<|im_end|>", "user", "assistant", "which", "colour", *CODES]
    words += [f"w{n}" for n in range(20)]
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    wrapped.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    wrapped.chat_template = TEMPLATE
    torch.manual_seed(1)
    tiny = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            pad_token_id=2,
            eos_token_id=2,
            bos_token_id=1,
        )
    )
    directory = tmp_path_factory.mktemp("model") / "tiny"
    tiny.to(torch.bfloat16).save_pretrained(directory)
    wrapped.save_pretrained(directory)
    (directory / "README.md").write_text("---\nlicense: mit\n---\n")
    return directory


@pytest.fixture
def base(model: Path, artifacts: Artifacts) -> Base:
    return resolve_base(str(model), artifacts)


@pytest.fixture
def dataset(artifacts: Artifacts, tmp_path: Path) -> Dataset:
    rows = [
        {
            "prompt": [{"role": "user", "content": f"which colour w{n} w{n % 7}"}],
            "completion": [{"role": "assistant", "content": CODES[n % 3]}],
            "choices": CODES,
            "id": f"row-{n}",
            "origin": "imported",
            "document": "d",
            "groups": [f"g{n}"],
            "licence": "MIT",
            "source": "",
        }
        for n in range(20)
    ]
    table = tables.write_table(pa.Table.from_pylist(rows, schema=tables.SFT_ROWS), artifacts, tmp_path, "rows")
    return Dataset(purpose="sft", train=table, held_out=table, licences={}, origins={}, rejected=())


def _scratch(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.mkdir(exist_ok=True)
    return path


def test_a_training_without_room_is_refused_before_its_model_is_loaded(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.training.planning.room.free_bytes", lambda: 200 * 2**20)
    scratch = _scratch(tmp_path, "crowded")

    with pytest.raises(DoesNotFit, match=r"0\.2 GiB are free"):
        train_sft(dataset, base, SECTION, artifacts, scratch)

    assert not any(scratch.iterdir())


def test_a_training_that_is_all_warm_up_is_refused_before_its_model_is_loaded(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned = train_sft(dataset, base, SECTION.model_copy(update={"max_steps": 1}), artifacts, _scratch(tmp_path, "sft"))
    row = tables.read_table(dataset.train, artifacts).to_pylist()[0]
    row["chosen"], row["rejected"] = row.pop("completion"), [{"role": "assistant", "content": "blue"}]
    pairs = pa.Table.from_pylist([row], schema=tables.PREFERENCE_ROWS)
    preference = dataset.model_copy(
        update={"purpose": "preference", "train": tables.write_table(pairs, artifacts, tmp_path, "pairs")}
    )
    for loader in ("flows.training.sft.load_base", "flows.training.preference.dpo.load_base"):
        monkeypatch.setattr(loader, lambda *_: pytest.fail("a model was loaded"))

    with pytest.raises(NothingToLearn, match=r"sft\.warmup_steps=10 takes all 10 steps"):
        train_sft(dataset, base, SECTION.model_copy(update={"warmup_steps": 10.0}), artifacts, _scratch(tmp_path, "s"))
    with pytest.raises(NothingToLearn, match=r"dpo\.warmup_steps=2 takes all 2 steps"):
        train_dpo(preference, base, tuned, DpoSection(warmup_steps=2), artifacts, _scratch(tmp_path, "d"))


def test_an_adapter_that_changes_nothing_of_its_base_is_refused(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    dropped = SECTION.model_copy(update={"lora_dropout": 1 - 1e-12, "max_steps": 2})

    with pytest.raises(NothingToLearn, match="every weight of the adapter at zero"):
        train_sft(dataset, base, dropped, artifacts, _scratch(tmp_path, "dropped"))


@pytest.mark.parametrize(("largest", "begins"), [(32, 16), (8, 8), (2, 2)])
def test_a_search_begins_with_batches_that_have_room(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    largest: int, begins: int,
) -> None:  # fmt: skip
    table = tables.read_table(dataset.train, artifacts)
    sized = SECTION.model_copy(update={"per_device_train_batch_size": largest})
    peak = room_for(table, base, artifacts).peak(sized)
    monkeypatch.setattr("flows.training.planning.room.free_bytes", lambda: peak)
    seen: list[int] = []

    def paced(_: pa.Table, __: Base, section: SftSection, ___: object, ____: object) -> Pace:
        seen.append(section.per_device_train_batch_size)
        return Pace(token_s=0.0, step_s=0.1, fixed_s=0.0, basis="")

    monkeypatch.setattr("flows.search.auto.measured", paced)

    foreseen(Asked(table, base, SECTION, TuneSection(), 1), (artifacts, tmp_path), lambda *_: None)

    assert seen == [begins]


def test_a_training_of_one_step_learns_from_it(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    run = train_sft(dataset, base, SECTION.model_copy(update={"max_steps": 1}), artifacts, _scratch(tmp_path, "one"))

    weights = load_file(artifacts.path(run.weights) / "adapter_model.safetensors")
    assert any(matrix.any() for name, matrix in weights.items() if "lora_B" in name), "B begins as nothing"


def test_a_run_killed_between_steps_resumes_to_the_same_bytes_and_says_so(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with console.training("train sft", tmp_path) as told:
        whole = train_sft(dataset, base, SECTION, artifacts, _scratch(tmp_path, "whole"), told)
    assert "goes on" not in capsys.readouterr().err

    def kill(done: int, *_: object) -> None:
        if done == 5:
            raise Killed

    with pytest.raises(Killed):
        train_sft(dataset, base, SECTION, artifacts, _scratch(tmp_path, "cut"), kill)
    shutil.copytree(tmp_path / "cut", tmp_path / "begun")
    steps: list[int] = []
    resumed = train_sft(
        dataset, base, SECTION, artifacts, _scratch(tmp_path, "cut"), lambda done, *_: steps.append(done)
    )

    assert steps[0] == 5
    with console.training("train sft", tmp_path / "begun"):
        pass
    assert "train sft: goes on after step 4 of 10" in capsys.readouterr().err
    assert resumed == whole
    assert whole.last_loss < whole.first_loss
    assert {"torch", "trl", "bitsandbytes"} <= whole.software.keys()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:64])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_cut, _empty, Path.unlink])
def test_a_checkpoint_that_lost_bytes_is_passed_over(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    def kill(done: int, *_: object) -> None:
        if done == 5:
            raise Killed

    with pytest.raises(Killed):
        train_sft(dataset, base, SECTION, artifacts, _scratch(tmp_path, "cut"), kill)
    found = last_checkpoint(tmp_path / "cut" / "checkpoints")
    assert found is not None
    assert found.endswith("checkpoint-4")
    for name in ("adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json"):
        left = shutil.copytree(tmp_path / "cut" / "checkpoints", tmp_path / name)
        spoil(left / "checkpoint-4" / name)
        assert last_checkpoint(left) == str(left / "checkpoint-2"), name
    spoil(Path(found) / "optimizer.pt")
    resumed = train_sft(dataset, base, SECTION, artifacts, _scratch(tmp_path, "cut"))

    assert resumed == train_sft(dataset, base, SECTION, artifacts, _scratch(tmp_path, "whole"))


def test_training_goes_on_from_earlier_weights_and_resumes_to_the_same_bytes(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    first = train_sft(dataset, base, SECTION, artifacts, _scratch(tmp_path, "first"))

    def kill(done: int, *_: object) -> None:
        if done == 5:
            raise Killed

    whole = train_on(dataset, (base, first), SECTION, (artifacts, _scratch(tmp_path, "whole")))
    with pytest.raises(Killed):
        train_on(dataset, (base, first), SECTION, (artifacts, _scratch(tmp_path, "cut")), kill)
    resumed = train_on(dataset, (base, first), SECTION, (artifacts, _scratch(tmp_path, "cut")))

    assert resumed == whole
    assert (whole.method, whole.parent) == ("sft", first.digest)
    assert whole.first_loss < first.first_loss
    shapes = [json.loads((artifacts.path(run.weights) / "adapter_config.json").read_text()) for run in (first, whole)]
    assert shapes[0] == shapes[1]


def test_dpo_saves_the_policy_alone_and_it_is_scored_like_any_adapter(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned = train_sft(dataset, base, SECTION, artifacts, _scratch(tmp_path, "sft"))
    section = DpoSection(quantization="none", per_device_train_batch_size=4, learning_rate=1e-3)
    place = (artifacts, _scratch(tmp_path, "pairs"))
    none = tables.write_table(tables.SFT_ROWS.empty_table(), artifacts, tmp_path, "none")
    own = on_policy_pairs(dataset.model_copy(update={"held_out": none}), (base, tuned), section, place).pairs
    row = tables.read_table(dataset.train, artifacts).to_pylist()[0]
    row["chosen"], row["rejected"] = row.pop("completion"), [{"role": "assistant", "content": "blue"}]
    row.pop("choices")
    row["prompt"][-1]["content"] += " Say it once more."
    pairs = pa.concat_tables([own, pa.Table.from_pylist([row], schema=tables.PREFERENCE_ROWS)])
    table = tables.write_table(pairs, artifacts, tmp_path, "pairs")
    preference = dataset.model_copy(update={"purpose": "preference", "train": table})
    with monkeypatch.context() as crowded:
        crowded.setattr("flows.training.planning.room.free_bytes", lambda: 200 * 2**20)
        with pytest.raises(DoesNotFit, match=r"preference training .* 0\.2 GiB are free"):
            train_dpo(preference, base, tuned, section, artifacts, _scratch(tmp_path, "crowded"))

    told: list[str] = []

    def hear(_done: int, _total: int, beside: str = "", /) -> None:
        told.append(beside)

    run = train_dpo(preference, base, tuned, section, artifacts, _scratch(tmp_path, "dpo"), hear)

    losses = losses_of([run], artifacts)[run.digest]
    batches = section.steps_a_pass(run.rows)
    reference = [f"scoring the reference, {batch} of {batches}" for batch in range(batches)]
    steps = [said(losses[:step]) for step in range(run.steps)]
    assert told == [*reference, *steps], "each step tells the loss of those before it"
    with monkeypatch.context() as again:
        again.setattr("flows.training.preference.pairs.PairsTrainer._scored", lambda *_: pytest.fail("scored twice"))
        shutil.rmtree(tmp_path / "dpo" / CHECKPOINTS)
        assert train_dpo(preference, base, tuned, section, artifacts, tmp_path / "dpo") == run
    weights = artifacts.path(run.weights)
    assert run.weights != tuned.weights
    assert sorted(path.name for path in weights.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert check_weights(weights)[0] == SECTION.lora_r
    assert json.loads((weights / "adapter_config.json").read_text())["base_model_name_or_path"] == base.name
    rows = held_out(dataset.held_out, artifacts, 20)
    scored = evaluate(rows, base, weights, artifacts, batch_rows=7)
    low, high = scored.interval()
    assert scored.n == 20
    assert 0 <= low <= scored.accuracy <= high <= 1
    assert scored == evaluate(rows, base, weights, artifacts, batch_rows=3)
    always = Counter(row.completion for row in rows).most_common(1)[0][1]
    figures = evidence("headline", base.digest, scored, artifacts, tmp_path).figures
    assert [(one.name, one.value) for one in figures] == [("accuracy", scored.accuracy), ("majority", always / 20)]
    swapped = pairs.rename_columns(
        [{"chosen": "rejected", "rejected": "chosen"}.get(name, name) for name in pairs.column_names]
    ).select(pairs.column_names)
    sides = (table, tables.write_table(swapped, artifacts, tmp_path, "swapped"))
    weighed = (weights, artifacts.verified(tuned.weights))
    right, wrong = (_preferred(side, base, weighed, artifacts, tmp_path) for side in sides)
    assert right.n == wrong.n == table.rows
    assert right.value > 0.5, "it was trained on these very pairs"
    assert right.value + wrong.value == pytest.approx(1)
    assert _preferred(table, base, (weights, weights), artifacts, tmp_path).value == 0, "nothing is rewarded more"


def _preferred(
    pairs: Table, base: Base, weights: tuple[Path, Path], artifacts: Artifacts, scratch: Path
) -> Figure:
    section = EvaluateSection(batch_rows=3)
    return preferred(pairs, (base.digest, base), weights, section, (artifacts, scratch)).figures[0]


def test_what_is_written_in_a_batch_is_what_is_written_alone(base: Base, artifacts: Artifacts) -> None:
    scorer = Scorer(base, None, artifacts)
    asked = [
        Question(id=str(n), prompt=f"{'a long passage about the hen, ' * (7 * n)}which colour?", completion="r" * 20)
        for n in range(5)
    ]
    scorer.model.float()

    together = scorer.written(asked)

    assert together == [scorer.written([one])[0] for one in asked]
    assert len(set(together)) > 1


def test_a_rank_stabilised_adapter_is_scaled_by_the_root_of_its_rank(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    plain = SECTION.model_copy(update={"lora_r": 16, "lora_alpha": 32})
    stabilised = plain.model_copy(update={"lora_alpha": 8, "use_rslora": True})

    runs = [
        train_sft(dataset, base, section, artifacts, _scratch(tmp_path, name))
        for name, section in (("plain", plain), ("stabilised", stabilised))
    ]

    weights = [artifacts.path(run.weights) for run in runs]
    assert len({(path / "adapter_model.safetensors").read_bytes() for path in weights}) == 1
    configs = [json.loads((path / "adapter_config.json").read_text()) for path in weights]
    assert [config["use_rslora"] for config in configs] == [False, True]
    assert runs[1].settings["use_rslora"]


def test_few_rows_are_passed_over_three_times_and_the_record_says_so(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    unset = SftSection(quantization="none", per_device_train_batch_size=4, lora_r=8)

    run = train_sft(dataset, base, unset, artifacts, _scratch(tmp_path, "unset"))

    assert run.settings["num_train_epochs"] == 3.0
    assert run.steps == 3 * -(-dataset.train.rows // 4)


def test_where_steps_were_set_the_record_says_how_many_passes_they_were(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    section = SECTION.model_copy(update={"max_steps": 3})

    run = train_sft(dataset, base, section, artifacts, _scratch(tmp_path, "few"))

    assert (run.steps, run.settings["max_steps"], run.settings["num_train_epochs"]) == (3, 3, 3 * 4 / 20)


def test_a_row_cut_to_its_prompt_is_refused_before_training(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    long = tables.read_table(dataset.train, artifacts).to_pylist()
    long[3]["prompt"][0]["content"] = "which " * 40
    table = tables.write_table(pa.Table.from_pylist(long, schema=tables.SFT_ROWS), artifacts, tmp_path, "long")
    cut = dataset.model_copy(update={"train": table})

    with pytest.raises(NothingToLearn, match="row-3"):
        train_sft(cut, base, SECTION.model_copy(update={"max_length": 16}), artifacts, _scratch(tmp_path, "s"))


def test_an_answer_that_goes_on_past_the_models_own_end_of_turn_is_refused_before_training(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    """Marks of unknown families pass the validation of rows, which knows no base."""
    spoken = tables.read_table(dataset.train, artifacts).to_pylist()
    spoken[3]["completion"][0]["content"] = "red <|im_end|> <|im_start|> user which colour"
    table = tables.write_table(pa.Table.from_pylist(spoken, schema=tables.SFT_ROWS), artifacts, tmp_path, "spoken")

    with pytest.raises(ValidationFailed, match=r"1 of 20 rows .*: row-3"):
        train_sft(dataset.model_copy(update={"train": table}), base, SECTION, artifacts, _scratch(tmp_path, "s"))


def test_a_loss_that_is_not_finite_ends_the_run(
    dataset: Dataset, base: Base, artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl import SFTTrainer

    plain = SFTTrainer.compute_loss
    monkeypatch.setattr(SFTTrainer, "compute_loss", lambda self, *a, **k: plain(self, *a, **k) * float("nan"))

    with pytest.raises(TrainingDiverged, match="loss"):
        train_sft(dataset, base, SECTION, artifacts, _scratch(tmp_path, "nan"))


@pytest.mark.parametrize(
    "change",
    [{"lora_r": 1024}, {"use_dora": True}, {"modules_to_save": ("lm_head",)}, {"target_modules": ("lm_head",)}],
)
def test_an_adapter_that_vllm_cannot_serve_is_refused_before_training(change: dict[str, object]) -> None:
    with pytest.raises(Unservable):
        check_servable(SECTION.model_copy(update=change))


def test_a_model_is_found_in_a_directory_or_named_as_missing(
    base: Base, model: Path, artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)

    assert base.licence == "MIT"
    assert resolve_base(str(model), artifacts) == base
    with pytest.raises(BaseModelMissing) as caught:
        resolve_base("nobody/nothing-of-the-kind", artifacts)
    assert "base_model" in caught.value.next_step


def test_a_misspelt_packaged_model_is_named_before_the_hub_is_asked(
    artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: pytest.fail("the hub was asked"))

    with pytest.raises(BaseModelMissing) as caught:
        resolve_base("smollm-135", artifacts)
    assert caught.value.next_step == "did you mean smollm2-135m-instruct?"


def test_a_model_that_brings_its_own_code_is_refused(model: Path, artifacts: Artifacts, tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(model, tmp_path / "copy")
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Model"}}))

    with pytest.raises(Unservable, match="auto_map"):
        resolve_base(str(copy), artifacts)
