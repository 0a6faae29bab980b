"""What a workspace still says of the erased outside its records: found by reading every file there is.

Logs, reports and caches can be made again and go. What people wrote themselves, such as a name in policy.yaml, is
theirs to change, and is pointed at. What they signed, such as a reason that names somebody, stays with its signature.
"""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterable, Iterator
from glob import escape
from pathlib import Path

from registry.errors import SignatureInvalid
from registry.files import read_whole
from registry.signatures import envelopes
from registry.workspace import Workspace

LEAST = 24
"""Characters of a line that tell one text from another."""
MOST = 400


def telling(names: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """Names as they are, and the longest lines of the texts, each also as JSON and HTML spell it."""
    lines = {line.strip() for text in texts for line in text.splitlines() if len(line.strip()) >= LEAST}
    said = [*(name for name in names if name), *sorted(lines, key=len, reverse=True)[:MOST]]
    spelt = (form for one in said for form in (one, json.dumps(one)[1:-1], html.escape(one)))
    return frozenset(form.casefold() for form in spelt)


def leftovers(workspace: Workspace, words: frozenset[str]) -> Iterator[Path]:
    """Every file or folder that says one of the words in its name, or in plain bytes, whatever it is."""
    for path in sorted(workspace.root.rglob("*")):
        text = path.name.casefold()
        if path.is_file() and not path.is_symlink():
            text += "\n" + path.read_bytes().decode("utf-8", "ignore").casefold()
        if any(word in text for word in words):
            yield path


def statements(workspace: Workspace, words: frozenset[str]) -> Iterator[Path]:
    """Every signed statement that lies in a file of its own and says one of the words: an envelope hides them."""
    for path in sorted(workspace.root.rglob("*.json")):
        if path.is_file() and not path.is_symlink():
            try:
                text = envelopes.payload(read_whole(path)).decode("utf-8", "ignore").casefold()
            except (SignatureInvalid, OSError):
                continue
            if any(word in text for word in words):
                yield path


def sweep(workspace: Workspace, words: frozenset[str]) -> None:
    """Remove what can be made again and says one of the words."""
    places = (workspace.root / ".prefect", workspace.reports, workspace.scratch)
    logs = set(workspace.serving.glob("*.log"))
    for path in list(leftovers(workspace, words)):
        if path in logs or any(path.is_relative_to(place) for place in places):
            for beside in path.parent.glob(f"{escape(path.name)}*"):  # a database's log and index go with it
                shutil.rmtree(beside) if beside.is_dir() else beside.unlink(missing_ok=True)
