"""A processor without instructions for bf16 computes in fp32, in training, scoring and serving alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.base import precision as training
from serving import precision
from serving.settings import ServeSection
from serving.vllm import command


@pytest.mark.parametrize(
    ("features", "dtype"),
    [
        ("fpu sse2 avx avx2 avx512f avx512_bf16", "bfloat16"),
        ("avx512f amx_tile amx_bf16", "bfloat16"),
        ("fp asimd bf16 i8mm", "bfloat16"),
        ("fpu sse2 avx avx2 fma", "float32"),
        ("avx512f avx512bw avx512vl", "float32"),
        ("", "float32"),
    ],
)
def test_the_format_follows_what_the_processor_says_that_it_can(
    features: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "processor_features", lambda: frozenset(features.split()))
    monkeypatch.setattr(training, "on_gpu", lambda: False)
    monkeypatch.setattr("serving.vllm.has_gpu", lambda: False)
    served = command(ServeSection(), Path("base"), Path("socket"))

    assert precision.processor_dtype() == dtype
    assert str(training.compute_dtype()) == f"torch.{dtype}"
    assert training.in_bf16() == (dtype == "bfloat16")
    assert served[served.index("--dtype") + 1] == dtype


def test_a_format_that_was_asked_for_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.vllm.has_gpu", lambda: False)
    line = command(ServeSection(dtype="float16"), Path("base"), Path("socket"))

    assert line[line.index("--dtype") + 1] == "float16"


def test_whatever_a_hypervisor_calls_its_processor_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "cpuinfo"
    told.write_bytes(b"model name\t: H\xfclle \xff bf16\nflags\t\t: fpu avx2\nbugs\t\t: amx_bf16\n")
    monkeypatch.setattr(precision, "CPUINFO", told)

    assert precision.processor_dtype() == "float32"

    told.write_bytes(b"Features\t: fp asimd bf16\nCPU part\t: 0xd49\n")
    assert precision.processor_dtype() == "bfloat16"
    told.unlink()
    assert precision.processor_dtype() == "float32"
