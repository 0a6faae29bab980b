"""Rows that a teacher writes about the documents: kept where the answer follows from what it quotes, and needs it.

The teacher is asked for questions with answers and quotes, a passage at a time, and then each question again without
the passage: what it knows anyway, the document need not teach. Nothing here believes what it says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.datasets.claims.entailment import agrees, given_away, objection, span_of
from flows.datasets.documents.chunks import Chunk, chunks
from flows.datasets.messages import Row, Unit, groups_of
from flows.datasets.settings import BuildSection
from flows.datasets.split import chance
from flows.datasets.teaching.teacher import Messages, Teacher
from flows.ingest.plain import visible
from governance.derived import holds_mark
from governance.licences.expressions import both
from registry import digests
from registry.records import Reason, Rejected

WRITE = """You write examination questions about a passage of an internal document.
Write {count} questions that only a reader of the passage can answer. Each names its subject, so that it is understood \
without the passage; never write "the passage" or "the document". Each answer is one or two sentences, complete, and \
says nothing that its quote does not say. Each quote is copied from the passage letter by letter.
Reply with JSON alone: {{"rows": [{{"question": "…", "answer": "…", "quote": "…"}}]}}"""
GUESS = "Answer in one or two sentences. If you do not know, reply: I do not know."
_LEAST_QUESTION = 12


class Written(BaseModel):
    """One row as the teacher writes it."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    question: str
    answer: str
    quote: str


@dataclass(frozen=True)
class Passage:
    """A chunk with the unit that it is from and its number there."""

    unit: Unit
    number: int
    chunk: Chunk

    @property
    def place(self) -> str:
        return f"{self.unit['path']}#passage {self.number}"


def taught_rows(
    units: Sequence[Unit], section: BuildSection, scratch: Path
) -> tuple[list[Row], list[Rejected]]:
    """Rows from units of kind text, and what was refused. Nothing without `section.teacher`.

    Raises TeacherUnreachable, ConfigError.
    """
    if section.teacher is None:
        return [], []
    teacher = Teacher(section.teacher, scratch / "teacher")
    passages = _drawn(units, section.teacher.max_chunks, section.seed)
    count = section.teacher.rows_per_chunk
    replies = teacher.said([_writing(passage, count) for passage in passages])
    rows: list[Row] = []
    refused: list[Rejected] = []
    for passage, reply in zip(passages, replies, strict=True):
        for one in _read(passage, reply, section):
            (rows if isinstance(one, Row) else refused).append(one)  # type: ignore[arg-type]
    guesses = teacher.said([(("system", GUESS), ("user", row.prompt)) for row in rows])
    known = [_known(row, guess) for row, guess in zip(rows, guesses, strict=True)]
    kept = [row for row, against in zip(rows, known, strict=True) if against is None]
    return kept, [*refused, *(against for against in known if against)]


def _drawn(units: Sequence[Unit], most: int, seed: int) -> list[Passage]:
    """At most `most` passages by keyed chance of their content, each text once, whatever the order of the units."""
    found: dict[str, Passage] = {}
    texts = sorted(
        (unit for unit in units if unit["kind"] == "text"), key=lambda unit: (unit["document"], unit["unit"])
    )
    for unit in texts:
        for number, chunk in enumerate(chunks(unit["text"]), start=1):
            found.setdefault(digests.of_json([chunk.heading, chunk.text]), Passage(unit, number, chunk))
    return [found[name] for name in sorted(found, key=lambda name: chance(name, seed))[:most]]


def _writing(passage: Passage, count: int) -> Messages:
    text = f"{passage.chunk.heading}\n\n{passage.chunk.text}".strip()
    return (("system", WRITE.format(count=count)), ("user", text))


def _read(passage: Passage, reply: str | None, section: BuildSection) -> Iterator[Row | Rejected]:
    """What the reply holds, at most as many rows as were asked for."""
    if reply is None or not reply.strip():
        yield _refusal(passage, Reason.NO_ANSWER, "the teacher gave no answer")
        return
    found = list(_objects(reply))
    if not found:
        yield _refusal(passage, Reason.MALFORMED_ROW, "the teacher's answer holds no rows")
    assert section.teacher is not None
    for given in found[: section.teacher.rows_per_chunk]:
        try:
            yield _judged(passage, Written.model_validate(given), section)
        except ValidationError:
            yield _refusal(passage, Reason.MALFORMED_ROW, "question, answer or quote is missing or no text")


def _objects(reply: str) -> Iterator[object]:
    """Rows of the first JSON value in a reply, whatever is written around it."""
    starts = [place for place in (reply.find("{"), reply.find("[")) if place >= 0]
    try:
        value, _ = json.JSONDecoder().raw_decode(reply[min(starts) :]) if starts else (None, 0)
    except (ValueError, RecursionError):
        return
    rows = value.get("rows", [value]) if isinstance(value, dict) else value
    yield from rows if isinstance(rows, list) else ()


def _judged(passage: Passage, written: Written, section: BuildSection) -> Row | Rejected:
    question, answer = written.question.strip(), written.answer.strip()
    if len(question) < _LEAST_QUESTION or not answer:
        return _refusal(passage, Reason.MALFORMED_ROW, "question or answer is empty")
    said = f"{question}\n{answer}"
    if visible(said) != said or holds_mark(said):
        detail = "question or answer holds signs that nobody sees, or a chat template's own"
        return _refusal(passage, Reason.MALFORMED_ROW, detail)
    text = f"{passage.chunk.heading}\n\n{passage.chunk.text}"
    span = span_of(written.quote, text)
    if span is None:
        return _refusal(passage, Reason.NOT_ENTAILED, "its quote is not in the passage")
    if against := objection(question, answer, span, text):
        return _refusal(passage, Reason.NOT_ENTAILED, against)
    if given_away(question, answer):
        return _refusal(passage, Reason.NEEDS_NO_DOCUMENT, "the question holds its answer")
    return _row(passage, (question, answer, span), section)


def _row(passage: Passage, said: tuple[str, str, str], section: BuildSection) -> Row:
    assert section.teacher is not None
    (question, answer, span), unit = said, passage.unit
    told = digests.of_json([WRITE, GUESS, section.teacher.rows_per_chunk])[:16]
    return Row(
        prompt=question, answers=(answer,), origin="taught", document=unit["document"], place=passage.place,
        groups=groups_of(unit), licence=both(unit["licence"], section.teacher.licence), source=unit["source"],
        teacher=f"{section.teacher.model} told {told}", evidence=span,
    )  # fmt: skip


def _known(row: Row, guess: str | None) -> Rejected | None:
    if guess is None:
        return row.refused(Reason.NO_ANSWER, "the teacher did not say whether it knows the answer anyway")
    return row.refused(Reason.NEEDS_NO_DOCUMENT, "known without the passage") if agrees(guess, row.answers[0]) else None


def _refusal(passage: Passage, reason: Reason, detail: str) -> Rejected:
    return Rejected(what="row", place=passage.place, reason=reason, detail=detail)
