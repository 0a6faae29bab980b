"""A document may be named with the folder that it lies in, as a shell completes its path.

The registry knows documents by their path inside that folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel

from registry.errors import ConfigError
from registry.files import expanded
from registry.settings import load
from registry.workspace import Workspace


class _FolderSettings(BaseModel):
    """What this room reads of pipeline.yaml; `flows/config.py` refuses what nobody reads."""

    documents: object = None


def inside(workspace: Workspace, name: str) -> str:
    """The path of `name` inside the document folder that it begins with; "" where it begins with none.

    `name` is seen from where it is typed and from the workspace. Symbolic links are not followed.
    """
    if "/" not in name or not workspace.pipeline.exists():
        return ""
    typed = [_absolute(place / name) for place in (Path(), workspace.root)]
    for folder in _folders(workspace):
        for path in typed:
            if path != folder and path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
    return ""


def _folders(workspace: Workspace) -> Iterator[Path]:
    try:
        stated = load(workspace.pipeline, _FolderSettings).documents
    except ConfigError:
        return  # whoever runs the pipeline is told; a document can still be named by its own path
    for entry in stated if isinstance(stated, list) else [stated]:
        folder = entry.get("path") if isinstance(entry, dict) else entry
        if isinstance(folder, str):
            with suppress(ConfigError):
                yield _absolute(workspace.root / expanded(Path(folder)))


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links, out of a folder of linked files
