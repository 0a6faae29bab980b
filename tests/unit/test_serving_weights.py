"""What the check before loading lets through, and what it names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from registry.errors import Unservable
from serving.weights import CONFIG, WEIGHTS, check_adapter, finite
from tests.released import write_adapter


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    write_adapter(tmp_path / "adapter")
    return tmp_path / "adapter"


def _config(adapter: Path, **changes: object) -> None:
    config = json.loads((adapter / CONFIG).read_text())
    (adapter / CONFIG).write_text(json.dumps(config | changes))


def test_a_plain_lora_adapter_passes(adapter: Path) -> None:
    check_adapter(adapter, 16)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"r": 32}, "rank 32"),
        ({"rank_pattern": {"q_proj": 64}}, "rank 64"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"use_dora": True}, "DoRA"),
        ({"bias": "all"}, "biases"),
        ({"peft_type": "IA3"}, "not LORA"),
        ({"auto_map": {"AutoModel": "x.Y"}}, "auto_map"),
        ({"trainable_token_indices": [1]}, "trained tokens"),
    ],
)
def test_what_vllm_cannot_serve_is_named(adapter: Path, change: dict[str, object], reason: str) -> None:
    _config(adapter, **change)

    with pytest.raises(Unservable, match=reason):
        check_adapter(adapter, 16)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_numbers_are_refused(adapter: Path, value: float) -> None:
    tensors = load_file(adapter / WEIGHTS)
    next(iter(tensors.values()))[0, 0] = value
    save_file(tensors, adapter / WEIGHTS)

    with pytest.raises(Unservable, match="NaN or infinity"):
        check_adapter(adapter, 16)


@pytest.mark.parametrize("name", ["model.bin", "run.py", "x.pkl", "x.safetensors.pt"])
def test_only_data_files_are_read(adapter: Path, name: str) -> None:
    (adapter / name).write_bytes(b"")

    with pytest.raises(Unservable, match="not a data file"):
        check_adapter(adapter, 16)


def test_a_link_is_refused(adapter: Path) -> None:
    (adapter / "x.json").symlink_to("/etc/hostname")

    with pytest.raises(Unservable, match="not a data file"):
        check_adapter(adapter, 16)


def test_a_tensor_of_the_base_model_is_refused(adapter: Path) -> None:
    tensors = load_file(adapter / WEIGHTS)
    save_file({**tensors, "base_model.model.lm_head.weight": np.zeros((2, 2), np.float32)}, adapter / WEIGHTS)

    with pytest.raises(Unservable, match="no LoRA matrix"):
        check_adapter(adapter, 16)


@given(st.binary(max_size=200))
def test_any_bytes_as_weights_give_a_named_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    place = tmp_path_factory.mktemp("a") / "adapter"
    write_adapter(place)
    (place / WEIGHTS).write_bytes(data)

    with pytest.raises(Unservable):
        check_adapter(place, 16)


def test_bfloat16_is_judged_by_its_exponent() -> None:
    one, infinity, nan = b"\x80\x3f", b"\x80\x7f", b"\xc0\x7f"

    assert finite(one, "BF16")
    assert not finite(one + infinity, "BF16")
    assert not finite(nan, "BF16")
    assert not finite(b"\x00", "I8")
