"""What the validation suites look at: lengths and yes-or-no columns, one row a row of the table.

Only numbers and booleans leave this module; a text never does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

from governance.policy import DataPolicy

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_MARKS = re.compile(
    r"<[|\uff5c][^\s<>|\uff5c]{1,40}[|\uff5c]>|<(?:start|end)_of_(?:turn|image)>|<image_soft_token>|</?s>|<[be]os>|<</?SYS>>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS)\]|\[TOOL_CALLS\]"
)
"""Of the chat templates of the known families: a text that holds one speaks as somebody else, or ends its turn."""
Cell = int | bool
Row = dict[str, Cell]


class Message(TypedDict):
    role: str | None
    content: str | None


class Unit(TypedDict):
    kind: str | None
    text: str | None
    prompt: str | None
    completion: str | None
    chosen: str | None
    rejected: str | None
    choices: list[str] | None
    turns: list[Message] | None
    licence: str | None
    document: str | None


class Training(TypedDict, total=False):
    prompt: list[Message] | None
    completion: list[Message] | None
    chosen: list[Message] | None
    rejected: list[Message] | None
    choices: list[str] | None
    label: bool | None
    licence: str | None
    document: str | None


def derive(rows: pa.Table, suite: Literal["documents", "sft", "preference"], policy: DataPolicy) -> pd.DataFrame:
    """One row of numbers and booleans for each row of `rows`, in its order."""
    import pandas as pd

    measures: dict[str, Callable[..., Row]] = {
        "documents": _of_unit, "sft": _of_sft, "preference": _of_preference,
    }  # fmt: skip
    measure = measures[suite]
    batches = rows.to_batches(max_chunksize=1000)
    return pd.DataFrame([measure(row, policy) for batch in batches for row in batch.to_pylist()])


def places(rows: pa.Table) -> list[str]:
    """Where each row is: `path#unit` for a document unit, else `row N of document …`."""
    if "path" in rows.column_names:
        pairs = zip(rows["path"].to_pylist(), rows["unit"].to_pylist(), strict=True)
        return [f"{path}#{unit}" for path, unit in pairs]
    ids, documents = rows["id"].to_pylist(), rows["document"].to_pylist()
    return [f"row {i or n} of document {(d or '?')[:12]}" for n, (i, d) in enumerate(zip(ids, documents, strict=True))]


_NEEDED = {
    "text": ("text",), "qa": ("prompt", "completion"), "pair": ("prompt", "chosen", "rejected"),
    "rating": ("prompt", "completion"), "chat": (),
}  # fmt: skip


def _of_unit(unit: Unit, policy: DataPolicy) -> Row:
    kind = unit["kind"] or ""
    texts = [unit[name] for name in _NEEDED.get(kind, ())]  # type: ignore[literal-required]
    choices, turns = unit["choices"], unit["turns"] or []
    texts += _contents(turns)
    last = "assistant" if kind == "chat" or turns else None
    return {
        "kind_known": kind in _NEEDED,
        "speakers_alternate": _alternate(turns, last),
        **_of_texts(texts, policy),
        "differs": kind != "pair" or _differ(unit["chosen"], unit["rejected"]),
        "answer_among_choices": kind != "qa" or _among(unit["completion"], choices),
        **_of_provenance(unit["licence"], unit["document"]),
    }


def _of_sft(row: Training, policy: DataPolicy) -> Row:
    prompt, completion = row.get("prompt") or [], row.get("completion") or []
    answer = completion[0]["content"] if completion else None
    return {
        "prompt_ends_with_the_user": _alternate(prompt, "user"),
        "completion_is_one_assistant_message": _roles(completion) == ["assistant"],
        **_of_texts(_contents(prompt) + _contents(completion), policy),
        "no_template_marks": _unmarked(_contents(prompt) + _contents(completion)),
        "answer_stripped": _stripped(answer),
        "answer_among_choices": _among(answer, row.get("choices")),
        **_of_provenance(row.get("licence"), row.get("document")),
    }


def _of_preference(row: Training, policy: DataPolicy) -> Row:
    prompt, chosen, rejected = row.get("prompt") or [], row.get("chosen") or [], row.get("rejected") or []
    better, worse, liked = _contents(chosen), _contents(rejected), row.get("label")
    return {
        "prompt_ends_with_the_user": _alternate(prompt, "user"),
        "chosen_is_one_assistant_message": _roles(chosen) == ([] if liked is False else ["assistant"]),
        "rejected_is_one_assistant_message": _roles(rejected) == ([] if liked is True else ["assistant"]),
        **_of_texts(_contents(prompt) + better + worse, policy),
        "no_template_marks": _unmarked(_contents(prompt) + better + worse),
        "answer_stripped": all(_stripped(text) for text in better + worse),
        "differs": liked is not None or (bool(better and worse) and _differ(better[0], worse[0])),
        **_of_provenance(row.get("licence"), row.get("document")),
    }


def _of_texts(texts: Sequence[str | None], policy: DataPolicy) -> Row:
    present = [text for text in texts if text is not None]
    return {
        "shortest_characters": min((len(t.strip()) for t in present), default=0) if len(present) == len(texts) else 0,
        "longest_within_limit": all(len(t) <= policy.maximum_text_characters for t in present),
        "no_nul": not any("\0" in t for t in present),
        "little_garbage": all(t.count(REPLACEMENT) <= policy.maximum_garbage_share * len(t) for t in present),
    }


def _of_provenance(licence: str | None, document: str | None) -> Row:
    return {
        "licence_present": bool((licence or "").strip()),
        "document_present": bool((document or "").strip()),
    }


def _roles(messages: Sequence[Message]) -> list[str | None]:
    return [message["role"] for message in messages]


def _alternate(messages: Sequence[Message], last: str | None) -> bool:
    """User and assistant by turns, the user first, `last` last; None: nothing is said at all."""
    if not messages or last is None:
        return not messages and last is None
    speakers = ["user", "assistant"] * (len(messages) // 2 + 1)
    return _roles(messages) == speakers[: len(messages)] and messages[-1]["role"] == last


def _contents(messages: Sequence[Message]) -> list[str | None]:
    return [message["content"] for message in messages]


def _differ(chosen: str | None, rejected: str | None) -> bool:
    return (chosen or "").strip() != (rejected or "").strip()


def _among(answer: str | None, choices: Sequence[str] | None) -> bool:
    return not choices or (answer or "").strip() in {choice.strip() for choice in choices if choice}


def _unmarked(texts: Sequence[str | None]) -> bool:
    return not any(holds_mark(text) for text in texts if text)


def holds_mark(text: str) -> bool:
    """Whether a chat template could take a part of the text for its own."""
    return _MARKS.search(text) is not None


def _stripped(text: str | None) -> bool:
    return text is not None and text == text.strip()
