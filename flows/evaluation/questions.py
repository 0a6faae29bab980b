"""The rows that are scored, and those of a dataset's held-out side; `brought` reads files of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from flows.rendering.render import Message, user
from registry import digests, tables
from registry.artifacts import Artifacts
from registry.errors import ConfigError
from registry.records import Table


class Question(BaseModel):
    """One row. Without `choices` the answer is compared with what the model writes; `before` is
    role and text of each earlier turn.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    prompt: str
    completion: str
    choices: tuple[str, ...] | None = None
    before: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _answerable(self) -> Question:
        if not self.completion.strip():
            raise ValueError("completion is empty")
        if self.choices and self.answer not in self.options:
            raise ValueError("completion is not one of choices")
        if self.choices and len(self.options) < 2:
            raise ValueError("choices are two different texts or more")
        return self

    @property
    def answer(self) -> str:
        return self.completion.strip()

    @property
    def options(self) -> tuple[str, ...]:
        """Distinct choices, stripped, in their order."""
        return tuple(dict.fromkeys(choice.strip() for choice in self.choices or ()))

    @property
    def messages(self) -> list[Message]:
        return [*(Message(role=role, content=text) for role, text in self.before), *user(self.prompt)]


def distinct(rows: Sequence[Question], file: Path) -> tuple[Question, ...]:
    """Each question once, in order: asked a thousand times it would make an interval of nothing.

    Raises ConfigError where one question has two answers.
    """
    kept: dict[tuple[object, ...], Question] = {}
    for row in rows:
        first = kept.setdefault((row.before, " ".join(row.prompt.casefold().split()), frozenset(row.options)), row)
        if first.answer != row.answer:
            both = f"rows {first.id!r:.80} and {row.id!r:.80}"
            raise ConfigError(f"{file}: {both} answer one question in two ways", "keep the right one")
    return tuple(kept.values())


def held_out(table: Table, artifacts: Artifacts, most: int) -> tuple[Question, ...]:
    """At most `most` rows of a table of SFT rows."""
    rows = tables.read_table(table, artifacts).select(["id", "prompt", "completion", "choices"]).to_pylist()
    return sample(tuple(map(question_of, rows)), most)


def question_of(row: Mapping[str, Any]) -> Question:
    """A row of `registry.tables.SFT_ROWS` as it is asked; where there is one choice alone, it is to be written."""
    choices = tuple(row["choices"] or ())
    return Question(
        id=row["id"],
        prompt=row["prompt"][-1]["content"],
        completion=row["completion"][-1]["content"],
        choices=choices if len({choice.strip() for choice in choices}) > 1 else None,
        before=tuple((turn["role"], turn["content"]) for turn in row["prompt"][:-1]),
    )


def sample(rows: tuple[Question, ...], most: int) -> tuple[Question, ...]:
    """The first `most` by the digest of their ids: the same rows whatever the file's order."""
    return tuple(sorted(rows, key=lambda row: digests.of_text(row.id))[:most])
