"""In which number format a processor computes models: bfloat16 where it has instructions for it, else float32.

Without them every product in bf16 is emulated: measured on an AMD EPYC with AVX2 alone, a matrix product in bf16 took
60 times as long as in fp32 (torch 2.13).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

BF16 = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Names of such instructions in /proc/cpuinfo, on x86 and on ARM."""
CPUINFO = Path("/proc/cpuinfo")
_LISTS = ("flags", "Features")


def processor_features() -> frozenset[str]:
    """What every processor here says that it can; nothing where no /proc/cpuinfo tells. Names in it are anybody's."""
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    can = [frozenset(line.partition(":")[2].split()) for line in lines if line.startswith(_LISTS)]
    return frozenset.intersection(*can) if can else frozenset()


def processor_dtype() -> Literal["bfloat16", "float32"]:
    """The format for computing on this processor, as torch and vLLM name it."""
    return "bfloat16" if BF16 & processor_features() else "float32"
