"""What a workspace still says of the erased outside its records: found by reading every file there is.

Logs, reports and caches can be made again and go. What people wrote themselves, such as a name in policy.yaml, is
theirs to change, and is pointed at. What they signed, such as a reason that names somebody, stays with its signature.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path
from urllib.parse import unquote_plus

from registry.errors import SignatureInvalid
from registry.files import read_whole
from registry.signatures import envelopes
from registry.workspace import Workspace

LEAST = 24
"""Characters of a line that tell one text from another."""
MOST = 400
COMMON = 10
"""A line that more files than these say tells nothing of one text: a footer, a heading."""
Saying = tuple[Path, frozenset[str]]
"""A file or folder, and which of the words it says."""
_BREAKS = re.compile(r"\s+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_MOST_WORDS = 5
_MOST_WIDE = 2**24
"""Bytes of a file that are read as UTF-16 as well."""


def telling(names: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """Names in whatever order, and the longest lines of the texts, each also as JSON and HTML spell it, and `plain`."""
    lines = {line.strip() for text in texts for line in text.splitlines() if len(line.strip()) >= LEAST}
    said = [*(form for name in names for form in _orders(name)), *sorted(lines, key=len, reverse=True)[:MOST]]
    spelt = (form for one in said for form in (one, json.dumps(one)[1:-1], html.escape(one)))
    return frozenset(small for form in spelt for small in (form.casefold(), plain(form)))


def _orders(name: str) -> Iterator[str]:
    """`Teodora Vasquez` is `Vasquez, Teodora` in a list."""
    words = name.replace(",", " ").split()
    if words:
        yield name
    for at in range(1, len(words) if len(words) <= _MOST_WORDS else 0):
        before, after = " ".join(words[:at]), " ".join(words[at:])
        yield from (f"{after} {before}", f"{after}, {before}")


def plain(text: str) -> str:
    """However its letters are composed, and wherever a line, another space or a sign that nobody sees breaks it."""
    return _BREAKS.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFKC", text))).casefold()


def leftovers(workspace: Workspace, words: frozenset[str]) -> Iterator[Saying]:
    """Every file or folder that says one of the words in its name, or in plain bytes, whatever it is."""
    for path in sorted(workspace.root.rglob("*")):
        if found := said_in(_texts(path), words):
            yield path, found


def said_in(texts: Iterable[str], words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in words if word in text)


def told_apart(found: Sequence[Saying], names: frozenset[str]) -> tuple[set[Path], set[Path]]:
    """Those that say a name, or a line that few say; and those that say nothing but what many do."""
    often = Counter(word for _, words in found for word in words)
    common = {word for word, files in often.items() if files > COMMON} - names
    telling_it = {path for path, words in found if words - common}
    return telling_it, {path for path, _ in found} - telling_it


def _texts(path: Path) -> Iterator[str]:
    """What name, place that is pointed to, and bytes say; as text, where they are in one of the usual encodings."""
    link = path.is_symlink()
    called = f"{path.name}\n{path.readlink() if link else ''}"
    yield from (called.casefold(), plain(called))
    if link or not path.is_file():
        return
    data = path.read_bytes()
    yield data.decode("utf-8", "ignore").casefold()
    if b"\0" in data[:_MOST_WIDE]:  # from its first byte or its second, whichever end goes first
        yield from (plain(data[start:_MOST_WIDE].decode("utf-16-le", "ignore")) for start in (0, 1))
    for encoding in ("utf-8", "cp1252"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            yield plain(text)
            if "%" in text or "&#" in text:
                yield plain(html.unescape(unquote_plus(text)))
            return


def statements(workspace: Workspace, words: frozenset[str]) -> Iterator[Path]:
    """Every signed statement that lies in a file of its own and says one of the words: an envelope hides them."""
    for path in sorted(workspace.root.rglob("*.json")):
        if path.is_file() and not path.is_symlink():
            try:
                text = envelopes.payload(read_whole(path)).decode("utf-8", "ignore")
            except (SignatureInvalid, OSError):
                continue
            if any(word in spelt for spelt in (text.casefold(), plain(text)) for word in words):
                yield path


def sweep(workspace: Workspace, words: frozenset[str]) -> None:
    """Remove what can be made again and says one of the words."""
    places = (workspace.root / ".prefect", workspace.reports, workspace.scratch)
    logs = set(workspace.serving.glob("*.log"))
    for path, _ in list(leftovers(workspace, words)):
        if path in logs or any(path.is_relative_to(place) for place in places):
            for beside in path.parent.glob(f"{escape(path.name)}*"):  # a database's log and index go with it
                shutil.rmtree(beside) if beside.is_dir() else beside.unlink(missing_ok=True)
