"""Questions of a file that somebody brings to measure by, in any shape of row that a run learns from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from pydantic import ValidationError

from flows.datasets.given import given_rows
from flows.datasets.messages import Row
from flows.evaluation.measure import probe
from flows.evaluation.questions import Question
from flows.ingest import formats
from flows.ingest.examples import sheets
from flows.ingest.isolation import Reader
from flows.ingest.reading import Unit
from flows.ingest.settings import IngestSection
from registry.errors import ConfigError, NotFound

_HELP = (
    'rows are {"prompt", "completion", "choices"?}, or of another shape that the guide lists under Question files; '
    "a table names these fields in its header"
)
_ROWS = formats.ROWS | sheets.TABLES
_LIMITS = IngestSection()


def brought(path: Path, limits: IngestSection = _LIMITS) -> tuple[Question, ...]:
    """Every question of the file as training asks it: behind its passage, or behind what was said before it. Each is
    called by its row; a file of an unknown name is read as JSON Lines. It is read as documents are, by a process of its
    own: the columns of a small file may unfold to more than there is memory.

    Raises NotFound, or ConfigError with the first row that is not one.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}", "name a file of questions with their answers")
    suffix = path.suffix.lower()
    known = suffix if suffix in _ROWS else ".jsonl"
    with closing(Reader(limits)) as reader:
        reading = reader.read(path.read_bytes(), known, {})
    if reading.refusals:
        first = reading.refusals[0]
        raise ConfigError(f"{path}{first.place}: {first.detail}", _HELP)
    return tuple(question for unit in reading.units for question in _questions(unit, path))


def suite_questions(suites: Sequence[Path], limits: IngestSection = _LIMITS) -> list[str]:
    """What adapters are measured by: the questions of the shipped probe and of files. Raises NotFound, ConfigError."""
    asked = [question for path in suites for question in brought(path, limits)]
    return [question.prompt for question in (*probe(), *asked)]


def _questions(unit: Unit, path: Path) -> Iterator[Question]:
    rows = list(given_rows([{**unit.model_dump(), "document": "", "path": ""}]))
    if not rows:
        if not unit.shape:
            raise ConfigError(f"{path}: a table whose header names no question and answer", _HELP)
        raise ConfigError(f"{path}:{unit.unit}: a {unit.kind} is no question with its answer", _HELP)
    yield from (_question(row, path) for row in rows)


def _question(row: Row, path: Path) -> Question:
    name = row.place.removeprefix(":")
    said = {"prompt": row.prompt, "completion": row.answers[0], "choices": row.choices, "before": row.before}
    try:
        return Question.model_validate({"id": name, **said})
    except ValidationError as error:
        raise ConfigError(f"{path}{row.place}: {error.errors()[0]['msg']}", _HELP) from error
