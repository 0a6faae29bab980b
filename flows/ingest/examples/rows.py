"""Row files: one JSON object a row, each a question, a conversation, a pair, a rated answer or a text.

Every row is a unit or is refused by its number, and is tied to what it is about by `groups`. `shapes` tells the
shapes apart.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate

from flows.ingest import plain
from flows.ingest.examples.labels import LABELS, OF_A_SCALE, Row, grades, is_labelled, scaled
from flows.ingest.reading import Reading, Refusal, Unfit, Unit
from flows.ingest.examples.shapes import content, shape_of
from flows.ingest.examples.turns import Malformed as Malformed  # noqa: PLC0414 - part of what reading a row says
from registry import digests
from registry.records import Reason

_GROUP_FIELDS = ("documents", "document", "gold_passages", "groups", "group", "context_id")
_LICENCE_FIELDS = ("license", "licence")
_TEACHER_FIELDS = ("teacher_licence", "teacher_license")
PROVENANCE = frozenset((*_GROUP_FIELDS, *_LICENCE_FIELDS, *_TEACHER_FIELDS, "source"))
"""What a row says of where it comes from."""
LINES = frozenset((".jsonl", ".ndjson"))
"""Two names of one format."""
_MAX_ROWS = 1_000_000
_MOST_NAMED = 1_000


def read_jsonl(data: bytes) -> Reading:
    """One row a line; empty lines don't count. A broken row is refused, the others stay. Raises Unfit for a list."""
    text = plain.decode(data)
    if _is_list(text):
        raise Unfit(Reason.UNSUPPORTED, "a JSON list, and not JSON Lines: call the file .json")
    lines = text.split("\n")
    return reading((number, partial(_loaded, line)) for number, line in enumerate(lines, 1) if line.strip())


def read_json(data: bytes) -> Reading:
    """A JSON list of rows. Raises Unfit for any other JSON."""
    text = plain.decode(data)
    try:
        value = _loaded(text)
    except Malformed as error:
        raise Unfit(Reason.CORRUPT, str(error)) from error
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text.lstrip().startswith("{"):
            raise Unfit(Reason.UNSUPPORTED, "JSON Lines, and not a JSON list: call the file .jsonl") from error
        raise Unfit(Reason.CORRUPT, f"not JSON from line {error.lineno} on") from error
    except (ValueError, RecursionError) as error:
        raise Unfit(Reason.CORRUPT, "not JSON") from error
    rows = value if isinstance(value, list) else []
    if not any(isinstance(row, dict) and shape_of(row) for row in map(_in_small_letters, rows)):
        raise Unfit(Reason.UNSUPPORTED, "JSON that is no list of rows; see the guide for the known shapes")
    return reading((number, partial(_same, row)) for number, row in enumerate(rows, 1))


def _is_list(text: str) -> bool:
    """Whether the lines are one JSON list together."""
    if not text.lstrip().startswith("["):
        return False
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


def reading(rows: Iterable[tuple[int, Callable[[], object]]]) -> Reading:
    """Every row of a file by its number; what makes a row may raise Malformed. Raises Unfit for more than a million."""
    units: list[Unit] = []
    refused: list[tuple[int, str]] = []
    labelled: dict[int, bool] = {}
    graded = False
    for number, make in rows:
        if number > _MAX_ROWS:
            raise Unfit(Reason.TOO_LARGE, f"more than {_MAX_ROWS:,} rows")
        try:
            row = _with_list(_in_small_letters(make()))
            labels = grades(row)
            graded = graded or scaled(labels)
            units.append(parse(row, number))
            if is_labelled(row):
                labelled[number] = bool(labels)
        except Malformed as error:
            refused.append((number, str(error)))
        except (ValueError, RecursionError):
            refused.append((number, "not JSON"))
    unclear = _unclear(units, labelled, graded)
    kept = tuple(unit for unit in units if unit.unit not in unclear)
    return Reading(units=kept, refusals=tuple(_refusals(sorted([*refused, *unclear.items()]))))


def _unclear(units: Sequence[Unit], labelled: Mapping[int, bool], graded: bool) -> dict[int, str]:
    """Answers of which nobody knows whether they were liked. `labelled` says by row whether its label is a number.

    Beside ratings, a label that is none is no class but a rating in other words, perhaps a dislike: not to be learnt.
    """
    rated = graded or any(unit.kind == "rating" for unit in units)
    unclear: dict[int, str] = {}
    for unit in units:
        if unit.unit not in labelled or unit.kind not in ("qa", "chat", "rating"):
            continue
        if rated and unit.kind != "rating":
            unclear[unit.unit] = "label is neither true nor false"
        elif graded and labelled[unit.unit]:
            unclear[unit.unit] = OF_A_SCALE
    return unclear


def parse(row: object, number: int) -> Unit:
    """One row as a unit. `number` counts from 1. Raises Malformed."""
    if not isinstance(row, dict):
        raise Malformed("not a JSON object")
    _refuse_twice(row)
    unit = content(row)
    about = {
        "unit": number,
        "groups": _groups(row, _asked(unit)),
        "licence": _licence(row, *_LICENCE_FIELDS),
        "teacher": _licence(row, *_TEACHER_FIELDS),
        "source": _named(row, "source"),
    }
    return unit.model_copy(update=about)


def _loaded(text: str) -> object:
    return json.loads(text, object_pairs_hook=_once)


def _once(fields: Sequence[tuple[str, object]]) -> dict[str, object]:
    """An object that says one thing twice is read otherwise by whoever reviewed it."""
    found = dict(fields)
    if len(found) < len(fields):
        raise Malformed("a field stands twice in one object")
    return found


def _same(row: object) -> object:
    return row


def _in_small_letters(row: object) -> object:
    """A row by its fields in small letters, where no two become alike: a `Label` rates an answer as a `label` does."""
    if not isinstance(row, dict):
        return row
    names = Counter(map(_small, row))
    return {small if names[small := _small(name)] == 1 else name: value for name, value in row.items()}


def _with_list(row: object) -> object:
    """A row with its choices as the list that they are, where a cell of a table holds it as JSON."""
    if not isinstance(row, dict) or not isinstance(cell := row.get("choices"), str):
        return row
    try:
        return {**row, "choices": json.loads(cell)}
    except (ValueError, RecursionError):
        return row


def _small(name: str) -> str:
    return plain.visible(name).strip().lower()


def _refuse_twice(row: Row) -> None:
    """A dislike, or what a row is about, said in two spellings of one field would be read from one of them or none."""
    told = Counter(small for name in row if (small := _small(str(name))) in (*LABELS, *_GROUP_FIELDS))
    if twice := [name for name, count in told.items() if count > 1]:
        raise Malformed(f"{twice[0]} is said twice, in different spellings of its name")


def prompt_group(prompt: str) -> str:
    """The group of all rows that ask the same: a digest of the words, whatever their case and spacing."""
    return "row:" + digests.of_text(" ".join(prompt.lower().split()))[:16]


def _refusals(refused: Sequence[tuple[int, str]]) -> Iterable[Refusal]:
    """One for each row; past the first thousand, one for each reason, with the numbers of its first and last row."""
    yield from (_refusal(f":{number}", detail) for number, detail in refused[:_MOST_NAMED])
    more: dict[str, list[int]] = {}
    for number, detail in refused[_MOST_NAMED:]:
        more.setdefault(detail, []).append(number)
    for detail, numbers in more.items():
        yield _refusal(f":{numbers[0]}-{numbers[-1]}", f"{detail} ({len(numbers):,} more rows)")


def _refusal(place: str, detail: str) -> Refusal:
    return Refusal(what="row", place=place, reason=Reason.MALFORMED_ROW, detail=detail)


def _asked(unit: Unit) -> str:
    """All that is asked: the text, or the questions one below the other."""
    asked = [turn.content for turn in unit.turns or () if turn.role == "user"]
    return "\n\n".join([*asked, *filter(None, (unit.prompt, unit.text))])


def _named(row: Row, *names: str) -> str:
    """What the fields of these names say, in whatever case they stand; missing, null and blank say nothing alike."""
    values = [value for name, value in row.items() if _small(name) in names and value is not None]
    if not all(isinstance(value, str) for value in values):
        raise Malformed(f"{names[0]} is no text")
    said = {text for value in values if (text := plain.visible(str(value)).strip())}
    if len(said) > 1:
        raise Malformed(f"{names[0]} is said twice, and not the same")
    return next(iter(said), "")


def _licence(row: Row, *names: str) -> str:
    """Whole by itself: `MIT) OR (MIT` beside another licence, in parentheses both, would make a choice of the two."""
    licence = _named(row, *names)
    depths = [0, *accumulate((sign == "(") - (sign == ")") for sign in licence)]
    if min(depths) < 0 or depths[-1]:
        raise Malformed(f"{names[0]} has a parenthesis without its other one")
    return licence


def _groups(row: Mapping[str, object], prompt: str) -> tuple[str, ...]:
    named: set[str] = set()
    for field in _GROUP_FIELDS:
        value = row.get(field)
        named |= {_name(item) for item in (value if isinstance(value, list) else [value])}
    return (*sorted(f"ref:{name}" for name in named if name), prompt_group(prompt))


def _name(value: object) -> str:
    """What a group is called: 12.0, as tables write it, is 12; anything but a text or number by its content."""
    if value is None or value != value:  # noqa: PLR0124 - NaN, a table's empty cell
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    named = isinstance(value, str | int | float)
    return plain.visible(str(value)).strip() if named else digests.of_json(value)[:16]
