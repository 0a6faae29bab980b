"""`muniment scrub IN.jsonl --spans OUT.jsonl`: what the scrubber finds in each line, for others to measure.

A line that cannot be read or scrubbed is named; it never stops the others, and none is left out silently.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from governance.pii.detect import find
from governance.pii.journal import journaled, key
from governance.pii.naming import languages
from governance.pii.parallel import batches, fitting
from governance.pii.settings import PiiPolicy
from governance.pii.text.lines import RawLine, lines
from governance.pii.text.spans import Span
from registry.artifacts import disk_full_named
from registry.counted import counted
from registry.digests import of_file
from registry.errors import ConfigError, MunimentError, NotFound
from registry.locks import alone
from registry.processes import crew
from registry.progress import Progress

MAX_LINE_BYTES = 16 * 2**20
MAX_LISTED = 20


class Line(BaseModel):
    """One line of the input; further keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    id: str | int
    text: str


@dataclass(frozen=True)
class Found:
    """Lines written, and spans found by type."""

    written: int
    entities: dict[str, int]


@dataclass
class _Reading:
    """What reading comes across: bad lines by number, and ids by digest."""

    bad: dict[int, str] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)


def scrub_jsonl(
    source: Path, spans_out: Path, policy: PiiPolicy, progress: Progress | None = None, workers: int | None = None
) -> Found:
    """Write `{"id","spans"}` for each `{"id","text"}` line of `source`, in their order and in one atomic step.

    Offsets are code points of the text. `workers` processes share the work; None uses as many as fit. `progress` is
    told lines done and in all. Killed and run again, it goes on where it ended.

    All good lines are written, and no file where there are none; then bad ones are named by their numbers in a
    MunimentError. Raises NotFound, ConfigError where both files are one or what is no plain file would be replaced,
    Busy while another process does the same, and WorkerDied.
    """
    if not source.is_file():
        raise NotFound(f"{source} does not exist", "name a file of JSON lines with id and text")
    if spans_out.exists() and spans_out.samefile(source):
        raise ConfigError(f"{spans_out} is the input itself", "name another file after --spans")
    if os.path.lexists(spans_out) and (spans_out.is_symlink() or not spans_out.is_file()):
        raise ConfigError(f"{spans_out} is no plain file, which alone is replaced", "name another file after --spans")
    size, total = source.stat().st_size, sum(1 for _ in lines(source, MAX_LINE_BYTES))
    begun = key(of_file(source), policy.model_dump(mode="json"))[:16]
    journal = spans_out.with_name(f".{spans_out.name}.{begun}")
    sole = alone(journal.with_name(journal.name + ".lock"), "another process is scrubbing the same file")
    reading, written, entities = _Reading(), 0, Counter[str]()
    with disk_full_named(spans_out), sole, _atomic(spans_out) as put, crew(workers or fitting(size)) as us:
        parts = batches(_good(source, reading), lambda item: len(item[1].text))
        for done in journaled(journal, us, partial(_scrubbed, policy), parts):
            answers, failed = json.loads(done)
            for answer in answers:
                put(json.dumps(answer, ensure_ascii=False) + "\n")
                entities.update(span["type"] for span in answer["spans"])
            reading.bad.update({int(number): why for number, why in failed.items()})
            written += len(answers)
            if progress is not None:
                progress(written + len(reading.bad), total)
        left_out = f"{counted(len(reading.bad), 'line')} of {source.name} had to be left out: {_named(reading.bad)}"
        if reading.bad and not written:
            journal.unlink()
            raise MunimentError(left_out, "correct them; nothing was written")
    journal.unlink()
    if reading.bad:
        raise MunimentError(left_out, f"correct them; the others, {written}, are in {spans_out}")
    return Found(written, dict(sorted(entities.items())))


def _named(bad: dict[int, str]) -> str:
    shown = [f"line {number} ({why})" for number, why in sorted(bad.items())[:MAX_LISTED]]
    more = [f"and {len(bad) - MAX_LISTED} more"] if len(bad) > MAX_LISTED else []
    return ", ".join([*shown, *more])


def _good(source: Path, reading: _Reading) -> Iterator[tuple[int, Line]]:
    """Good lines with their numbers."""
    for raw in lines(source, MAX_LINE_BYTES):
        line = _parsed(raw)
        if isinstance(line, Line):
            mark = hashlib.blake2b(repr(line.id).encode(), digest_size=16).digest()
            if mark not in reading.seen:
                reading.seen.add(mark)
                yield raw.number, line
                continue
            line = "an earlier line has the same id"
        reading.bad[raw.number] = line


def _parsed(raw: RawLine) -> Line | str:
    """The line, or why it is none."""
    if raw.content is None:
        return f"longer than {MAX_LINE_BYTES // 2**20} MiB"
    try:
        return Line.model_validate_json(raw.content.decode())
    except UnicodeDecodeError:
        return "not UTF-8"
    except ValidationError as error:
        return "not JSON" if error.errors()[0]["type"] == "json_invalid" else "not an object with id and text"


def _scrubbed(policy: PiiPolicy, batch: list[tuple[int, Line]]) -> str:
    """JSON of the answers, and of the numbers of lines that are refused or on which the scrubber itself failed."""
    answers, failed = [], {}
    for number, line in batch:
        try:
            foreign = languages.refused(line.text, policy)
            if foreign is not None:
                failed[number] = f"in a language that the policy does not accept: {foreign}"
                continue
            answers.append({"id": line.id, "spans": [_answer(span) for span in find(line.text, policy)]})
        except MunimentError:
            raise
        except Exception as error:  # noqa: BLE001 - one text that breaks the scrubber must not stop the others
            failed[number] = f"could not be scrubbed: {type(error).__name__}"
    return json.dumps([answers, failed])


def _answer(span: Span) -> dict[str, object]:
    return {"start": span.start, "end": span.end, "type": span.type, "score": round(span.score, 4)}


@contextmanager
def _atomic(path: Path) -> Iterator[Callable[[str], object]]:
    """A way to write text that appears at `path` when the block has ended well."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as out:
            yield out.write
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
