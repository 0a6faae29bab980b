"""A workspace with the demo's documents and settings, for a bench that trains."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from flows.house import House, open_house

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_SIZED = "\n# Sized for two cores"
"""Where the demo's pipeline begins to be small."""


def demo_house(root: Path, overrides: tuple[str, ...] = (), whole: bool = False) -> House:
    """`whole` uses all rows and pairs. Overrides of the pipeline are taken from OVERRIDES as well, parted by blanks."""
    root.mkdir(parents=True, exist_ok=True)
    text = (EXAMPLES / "pipeline.yaml").read_text(encoding="utf-8")
    settings = f"{text.partition(_SIZED)[0]}\n" if whole else text
    (root / "pipeline.yaml").write_text(settings.replace("../../examples", str(EXAMPLES)), encoding="utf-8")
    shutil.copyfile(EXAMPLES / "policy.yaml", root / "policy.yaml")
    return open_house(root, (*os.environ.get("OVERRIDES", "").split(), *overrides))
