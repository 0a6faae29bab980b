"""Row files: one JSON object a row, each a question with its answer, a preference pair or a text.

Known shapes: {prompt, completion, choices?}, {question, answer}, {instruction, input?, output},
{messages}, {prompt, chosen, rejected}, {text}. Every row is tied to what it is about by `groups`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from flows.ingest import plain
from flows.ingest.reading import Reading, Refusal, Unfit, Unit
from registry import digests
from registry.records import Reason

Row = Mapping[str, object]
_GROUP_FIELDS = ("documents", "document", "gold_passages", "groups", "group", "context_id")
_MAX_ROWS = 1_000_000
_MAX_ROW_REFUSALS = 1_000


class Malformed(ValueError):
    """A row that can't be used; its message says why without quoting the row."""


def read_jsonl(data: bytes) -> Reading:
    """One row a line; empty lines don't count. A broken row is refused, the others stay."""
    lines = plain.decode(data).split("\n")
    return _reading((number, line) for number, line in enumerate(lines, 1) if line.strip())


def read_json(data: bytes) -> Reading:
    """A JSON list of rows. Raises Unfit for any other JSON."""
    try:
        value = json.loads(plain.decode(data))
    except (ValueError, RecursionError) as error:
        raise Unfit(Reason.CORRUPT, "not JSON") from error
    rows = value if isinstance(value, list) else []
    if not any(isinstance(row, dict) and _is_known(row) for row in rows):
        raise Unfit(Reason.UNSUPPORTED, "JSON that is no list of rows; see the guide for the known shapes")
    return _reading((number, row) for number, row in enumerate(rows, 1))


def parse(row: object, number: int) -> Unit:
    """One row as a unit. `number` counts from 1. Raises Malformed."""
    if not isinstance(row, dict):
        raise Malformed("not a JSON object")
    content = _content(row)
    prompt = content.prompt if content.kind != "text" else content.text
    assert prompt is not None
    licence = _text(row, "license", "licence", required=False) or ""
    own = {"licence": licence, "teacher": _text(row, "teacher_licence", "teacher_license", required=False)}
    source = _text(row, "source", required=False) or ""
    return content.model_copy(update={"unit": number, "groups": _groups(row, prompt), **own, "source": source})


def prompt_group(prompt: str) -> str:
    """The group of all rows that ask the same: a digest of the words, whatever their case and spacing."""
    return "row:" + digests.of_bytes(" ".join(prompt.lower().split()).encode())[:16]


def _reading(rows: Iterable[tuple[int, object]]) -> Reading:
    units: list[Unit] = []
    refusals: list[Refusal] = []
    for number, row in rows:
        if number > _MAX_ROWS or len(refusals) >= _MAX_ROW_REFUSALS:
            raise Unfit(Reason.TOO_LARGE, f"more than {_MAX_ROWS:,} rows, or {_MAX_ROW_REFUSALS:,} broken ones")
        try:
            units.append(parse(json.loads(row) if isinstance(row, str) else row, number))
        except Malformed as error:
            refusals.append(_refusal(number, str(error)))
        except (ValueError, RecursionError):
            refusals.append(_refusal(number, "not JSON"))
    return Reading(units=tuple(units), refusals=tuple(refusals))


def _refusal(number: int, detail: str) -> Refusal:
    return Refusal(what="row", place=f":{number}", reason=Reason.MALFORMED_ROW, detail=detail)


def _is_known(row: Row) -> bool:
    names = set(row)
    shapes = ({"prompt", "completion"}, {"question", "answer"}, {"prompt", "chosen", "rejected"})
    return any(shape <= names for shape in (*shapes, {"messages"}, {"instruction", "output"}, {"text"}))


def _content(row: Row) -> Unit:
    if "chosen" in row or "rejected" in row:
        return _pair(row)
    if "messages" in row:
        return _conversation(row["messages"])
    if "instruction" in row:
        parts = (_text(row, "instruction"), _text(row, "input", required=False))
        return _qa("\n\n".join(part for part in parts if part), _text(row, "output"), row)
    if "prompt" in row or "question" in row:
        return _qa(_text(row, "prompt", "question"), _text(row, "completion", "answer"), row)
    if "text" in row:
        return Unit(kind="text", text=_text(row, "text"))
    raise Malformed("none of the known shapes")


def _pair(row: Row) -> Unit:
    prompt = _text(row, "prompt", "question")
    chosen, rejected = (_text(row, name).strip() for name in ("chosen", "rejected"))
    if chosen == rejected:
        raise Malformed("chosen and rejected are the same")
    return Unit(kind="pair", prompt=prompt, chosen=chosen, rejected=rejected)


def _qa(prompt: str, completion: str, row: Row) -> Unit:
    completion = completion.strip()
    choices = _choices(row.get("choices"))
    if choices is not None and completion not in choices:
        raise Malformed("the answer is none of the choices")
    return Unit(kind="qa", prompt=prompt, completion=completion, choices=choices)


def _choices(value: object) -> tuple[str, ...] | None:
    if value is None or value == []:
        return None
    if not isinstance(value, list) or not all(isinstance(choice, str) and choice.strip() for choice in value):
        raise Malformed("choices must be a list of texts")
    choices = tuple(plain.visible(choice).strip() for choice in value)
    if len(choices) < 2 or len(set(choices)) != len(choices):
        raise Malformed("choices must be two different texts or more")
    return choices


def _conversation(messages: object) -> Unit:
    """System text joins the first user message; one question and one answer are needed, no more."""
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise Malformed("messages must be a list of {role, content}")
    roles = [message.get("role") for message in messages]
    if roles not in (["user", "assistant"], ["system", "user", "assistant"]):
        raise Malformed("messages must be: system at most once, one user, one assistant")
    *before, answer = [_text(message, "content") for message in messages]
    return Unit(kind="qa", prompt="\n\n".join(before), completion=answer.strip())


def _text(row: Row, *names: str, required: bool = True) -> str:
    """The first of the named fields that is there. An optional one may be missing, null or empty."""
    value = next((row[name] for name in names if row.get(name) is not None), None)
    if value is None and not required:
        return ""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0].get("content")
    if not isinstance(value, str):
        raise Malformed(f"{names[0]} is missing or no text")
    text = plain.visible(value)
    if required and not text.strip():
        raise Malformed(f"{names[0]} is empty")
    return text


def _groups(row: Row, prompt: str) -> tuple[str, ...]:
    named: set[str] = set()
    for field in _GROUP_FIELDS:
        value = row.get(field)
        items = value if isinstance(value, list) else [value]
        named |= {
            f"ref:{plain.visible(str(item)).strip()}" for item in items if isinstance(item, str | int) and item != ""
        }
    return (*sorted(named), prompt_group(prompt))
