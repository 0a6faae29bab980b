"""`muniment scrub IN.jsonl --spans OUT.jsonl`: what the scrubber finds in each line, for others to measure."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy
from governance.pii.spans import Span
from registry.artifacts import disk_full_named
from registry.errors import MunimentError, NotFound

MAX_LISTED = 20


class Line(BaseModel):
    """One line of the input; further keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    id: str | int
    text: str


def scrub_jsonl(
    source: Path, spans_out: Path, policy: PiiPolicy, progress: Callable[[int, int], None] | None = None
) -> int:
    """Write `{"id","spans"}` for each `{"id","text"}` line of `source`; returns the number of lines written.

    All good lines are written, in one atomic step; bad ones are then named by their line numbers in a
    MunimentError. Offsets are code points of the text.
    """
    if not source.is_file():
        raise NotFound(f"{source} does not exist", "name a file of JSON lines with id and text")
    bad: list[int] = []
    draft = spans_out.with_name(f".{spans_out.name}.{os.getpid()}")
    total, written = source.stat().st_size, 0
    try:
        with disk_full_named(spans_out), draft.open("w", encoding="utf-8") as out:
            for line, done in _lines(source, bad):
                out.write(_answer(line, find(line.text, policy)) + "\n")
                written += 1
                if progress is not None:
                    progress(done, total)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(spans_out)
    finally:
        draft.unlink(missing_ok=True)
    if bad:
        shown = ", ".join(str(number) for number in bad[:MAX_LISTED]) + (", …" if len(bad) > MAX_LISTED else "")
        raise MunimentError(
            f"{len(bad)} lines of {source.name} are not JSON objects with id and text: line {shown}",
            f"correct them; the other {written} lines are in {spans_out}",
        )
    return written


def _lines(source: Path, bad: list[int]) -> Iterator[tuple[Line, int]]:
    """Good lines with the bytes read so far; numbers of the bad ones are added to `bad`."""
    done = 0
    with source.open("rb") as file:
        for number, raw in enumerate(file, 1):
            done += len(raw)
            if not raw.strip():
                continue
            try:
                yield Line.model_validate_json(raw), done
            except ValidationError:
                bad.append(number)


def _answer(line: Line, spans: list[Span]) -> str:
    found = [{"start": s.start, "end": s.end, "type": s.type, "score": round(s.score, 4)} for s in spans]
    return json.dumps({"id": line.id, "spans": found}, ensure_ascii=False)
