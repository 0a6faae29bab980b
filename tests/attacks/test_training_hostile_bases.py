"""Directories that are no whole base model of their own, or are two: named before anything is trained on them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.base.model import load_base, resolve_base, source_digest
from flows.evaluation.questions import Question
from flows.evaluation.score import Scorer
from registry.artifacts import Artifacts
from registry.errors import BaseModelMissing, Unservable
from tests.tiny import make_base

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("model") / "base")


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    return shutil.copytree(model, tmp_path / "copy")


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


def _config(**values: object) -> Change:
    def change(directory: Path) -> None:
        path = directory / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return change


def _text(name: str, text: str) -> Change:
    def change(directory: Path) -> None:
        (directory / name).write_bytes(text.encode("latin-1"))

    return change


def _cut(directory: Path) -> None:
    weights = directory / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])


def test_weights_that_an_index_names_elsewhere_are_refused(copy: Path, artifacts: Artifacts, tmp_path: Path) -> None:
    elsewhere = make_base(tmp_path / "elsewhere", seed=9) / "model.safetensors"
    (copy / "model.safetensors").rename(copy / "other.safetensors")
    (copy / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": {"model.embed_tokens.weight": str(elsewhere)}})
    )

    with pytest.raises(Unservable, match=r"index\.json names weights that are not in the directory"):
        resolve_base(str(copy), artifacts)


def test_an_adapter_beside_the_model_would_be_trained_with_and_not_served(copy: Path, artifacts: Artifacts) -> None:
    (copy / "adapter_config.json").write_text("{}")

    with pytest.raises(Unservable, match="adapter beside the model"):
        resolve_base(str(copy), artifacts)


@pytest.mark.parametrize("change", [
    _text("config.json", "{"), _text("config.json", "[]"), _text("config.json", "null"), _text("config.json", "\xff"),
    _text("tokenizer_config.json", "{"), _text("generation_config.json", "["), _text("tokenizer.json", "{}"),
    _text("model.safetensors.index.json", '{"weight_map": 3}'), _text("chat_template.jinja", "{% for x in %}"),
    _text("chat_template.jinja", "{{ raise_exception('never') }}"), _text("chat_template.jinja", "{{ 1 + [] }}"),
    _config(architectures=3), _config(hidden_size="x"), _config(hidden_size=65), _config(quantization_config=3),
    _config(model_type="not-there"), _config(model_type="t5"), _cut,
])  # fmt: skip
def test_a_directory_with_something_broken_is_refused_by_name(copy: Path, artifacts: Artifacts, change: Change) -> None:
    change(copy)

    with pytest.raises((Unservable, BaseModelMissing)):
        resolve_base(str(copy), artifacts)


@pytest.mark.parametrize("change", [_config(num_hidden_layers=4, layer_types=None), _config(hidden_size=128)])
def test_layers_that_the_weights_lack_are_not_made_up(copy: Path, artifacts: Artifacts, change: Change) -> None:
    """Transformers would draw them by chance, other ones each time."""
    change(copy)
    base = resolve_base(str(copy), artifacts)

    with pytest.raises(Unservable, match="weights"):
        load_base(base, artifacts)


@pytest.mark.parametrize("steering", [
    {"attn_implementation": "flash_attention_2"}, {"_attn_implementation": "flash_attention_2"},
    {"attn_implementation": "kernels-community/flash-attn"}, {"attn_implementation": 3}, {"output_attentions": True},
    {"fusion_config": {"not-there": True}}, {"experts_implementation": "not-there"}, {"return_dict": False},
])  # fmt: skip
def test_a_configuration_does_not_say_by_which_code_it_is_computed(
    model: Path, copy: Path, artifacts: Artifacts, steering: dict[str, object]
) -> None:
    """A phone-home kernel or one that is not installed would be loaded, or end in the loader's own error."""
    _config(**steering)(copy)

    base = resolve_base(str(copy), artifacts)

    loaded, _ = load_base(base, artifacts)
    assert loaded.config._attn_implementation == "sdpa"
    assert not steering.keys() & json.loads((artifacts.path(base.weights) / "config.json").read_text()).keys()
    assert loaded(loaded.dummy_inputs["input_ids"] % 300).attentions is None


@pytest.mark.parametrize("searching", [
    {"stop_strings": ["cat"]}, {"penalty_alpha": 0.6, "top_k": 4}, {"dola_layers": "high"}, {"num_beams": 3},
    {"return_dict_in_generate": True}, {"num_return_sequences": 2, "do_sample": True},
])  # fmt: skip
def test_a_configuration_does_not_say_how_answers_are_searched_for(
    copy: Path, artifacts: Artifacts, searching: dict[str, object]
) -> None:
    path = copy / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **searching}))

    scorer = Scorer(resolve_base(str(copy), artifacts), None, artifacts)

    assert len(scorer.written([Question(id=str(n), prompt="the cat", completion="dog") for n in range(2)])) == 2


def test_a_configuration_that_names_other_weights_than_are_served_is_refused(copy: Path, artifacts: Artifacts) -> None:
    _config(transformers_weights="other.safetensors")(copy)

    with pytest.raises(Unservable, match="transformers_weights"):
        resolve_base(str(copy), artifacts)


@pytest.mark.parametrize("note", ["", "0" * 64, "8f2c  copy.tar", "\xe9"])
def test_a_file_beside_a_directory_does_not_say_what_its_content_is(
    model: Path, copy: Path, artifacts: Artifacts, note: str
) -> None:
    other = artifacts.put(Path(shutil.copytree(model, copy.parent / "other")))
    copy.with_suffix(".sha256").write_text(other if note == "0" * 64 else note, encoding="latin-1")
    (copy / "README.md").write_text("changed")

    assert resolve_base(str(copy), artifacts).weights not in {other, note}


def test_a_link_in_a_base_is_named_and_not_followed(copy: Path, tmp_path: Path) -> None:
    """A licence file that leads to a key would be stored, and exported with the adapter."""
    (tmp_path / "secret.key").write_text("secret")
    (copy / "LICENSE.key").symlink_to(tmp_path / "secret.key")

    with pytest.raises(Unservable, match=r"LICENSE\.key is a symbolic link"):
        source_digest(str(copy))


def test_what_is_no_file_in_a_base_is_named_and_not_waited_for(copy: Path) -> None:
    os.mkfifo(copy / "NOTICE")

    with pytest.raises(Unservable, match="NOTICE is no file"):
        source_digest(str(copy))


TURN = "{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
HEAD = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
ASKED, ANSWERED = (f"{{% if m.role == '{role}' %}}{TURN}{{% endif %}}" for role in ("user", "assistant"))


@pytest.mark.parametrize("turn", [
    ANSWERED, ASKED, "{% for part in m.content %}{% if part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}",
    TURN.replace("m.content", "'question'"), f"{{% if not add_generation_prompt %}}{TURN}{{% endif %}}", "",
])  # fmt: skip
def test_a_template_that_leaves_out_a_turn_teaches_nobody_anything(
    copy: Path, artifacts: Artifacts, turn: str
) -> None:
    """An adapter would be trained on questions without answers, or on answers to nothing."""
    _text("chat_template.jinja", f"{{% for m in messages %}}{turn}{{% endfor %}}{HEAD}")(copy)

    with pytest.raises(Unservable, match="leaves out what is asked or answered"):
        resolve_base(str(copy), artifacts)


def test_a_tokenizer_without_an_end_is_refused(copy: Path, artifacts: Artifacts) -> None:
    """An answer without one is learnt as one that never ends."""
    path = copy / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "eos_token": None}))
    turn = "{{ m.role + ': ' + m.content + '\n' }}"
    _text("chat_template.jinja", f"{{% for m in messages %}}{turn}{{% endfor %}}")(copy)

    with pytest.raises(Unservable, match="no token that ends an answer"):
        resolve_base(str(copy), artifacts)
