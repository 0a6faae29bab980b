"""What README and docs/*.md show: their code blocks, and the commands in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
DECISIONS = tuple(sorted((ROOT / "docs" / "adr").glob("*.md")))
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TRANSCRIPT = re.compile(r"<!-- transcript:begin -->.*<!-- transcript:end -->", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One command of a console block; `words` are as a shell would split them."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"


def blocks(page: Path, language: str) -> list[str]:
    """Code blocks of one language, without those of the transcript, which a real run wrote."""
    text = _TRANSCRIPT.sub("", page.read_text(encoding="utf-8"))
    return [body for found, body in _BLOCK.findall(text) if found == language]


def commands(page: Path) -> list[Command]:
    """Every `$ …` line, in order; `a && b` are two commands, a comment is none."""
    lines = [line[2:] for body in blocks(page, "console") for line in body.splitlines() if line.startswith("$ ")]
    parts = [shlex.split(part, comments=True) for line in lines for part in line.split(" && ")]
    return [Command(page.name, tuple(words)) for words in parts]
