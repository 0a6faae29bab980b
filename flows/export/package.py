"""The files of an export besides the weights: what tokenizes, what binds whoever gets it, where it came from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from governance.licences.folder import NOTICES, licence_files
from registry.artifacts import disk_full_named
from registry.records import Adapter, Base

TOKENIZER = (
    "tokenizer*", "special_tokens_map.json", "added_tokens.json", "*.jinja", "*.model", "merges.txt", "vocab.*",
)  # fmt: skip
PROVENANCE = "provenance.json"


def add_tokenizer(base: Path, directory: Path) -> None:
    """Tokenizer, chat template and the tokens at which serving stops, as training saw them."""
    names = (*TOKENIZER, "generation_config.json")
    _copy((path for path in base.iterdir() if any(fnmatch(path.name, name) for name in names)), directory)


def add_terms(base: Path, notice: str, directory: Path) -> None:
    """NOTICE, which names all duties, and the licence files that came with the base model."""
    brought = {path for name in NOTICES for path in base.glob(name)}
    _copy((*licence_files(base), *(path for path in brought if path.name != "NOTICE")), directory)
    with disk_full_named(directory):
        (directory / "NOTICE").write_text(notice, encoding="utf-8")


def add_provenance(adapter: Adapter, base: Base, said: dict[str, object], directory: Path) -> None:
    """Which adapter and base it is, by name and digest, so that `muniment lineage` can be asked about the files."""
    told = {
        "adapter": {"version": adapter.version, "digest": adapter.digest, "weights": adapter.weights},
        "base": {"name": base.name, "digest": base.digest, "weights": base.weights, "licence": base.licence},
        "licences": adapter.licences,
        **said,
    }
    with disk_full_named(directory):
        text = json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (directory / PROVENANCE).write_text(text, encoding="utf-8")


def _copy(paths: Iterable[Path], directory: Path) -> None:
    with disk_full_named(directory):
        for path in paths:
            if path.is_file():
                shutil.copyfile(path, directory / path.name)
