"""Labels of rows: which rate an answer, in the spellings of tables and exports, and which name a class or a grade."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from flows.ingest import plain

Row = Mapping[str, object]
LABELS = ("label", "kto_tag")
_SPELLED = {
    "true": True, "t": True, "yes": True, "y": True, "👍": True, "thumbs up": True, "up": True, "good": True,
    "like": True, "liked": True, "desirable": True, "✅": True,
    "ja": True, "oui": True, "sí": True, "si": True, "wahr": True, "vrai": True, "vero": True, "verdadero": True,
    "false": False, "f": False, "no": False, "n": False, "👎": False, "thumbs down": False, "down": False, "bad": False,
    "dislike": False, "disliked": False, "undesirable": False, "❌": False,
    "nein": False, "nee": False, "non": False, "falsch": False, "faux": False, "falso": False,
}  # fmt: skip
_GRADED = frozenset(("rating", "stars", "vote"))
_AGAINST = frozenset(("disliked", "downvote", "downvoted", "downvotes", "thumb_down", "thumbs_down"))
_FOR = frozenset(
    (
        "approved", "helpful", "is_accepted", "is_approved", "is_correct", "is_helpful", "is_safe", "liked", "thumb_up",
        "thumbs_up",
    )
)  # fmt: skip
JUDGED = _GRADED | _AGAINST | _FOR | {"feedback", "score", "thumb", "thumbs"}
"""Names under which others rate an answer; a grade says nothing but under the first ones, and a yes to those of the
second is a dislike."""
_REJECTING = frozenset(
    (
        "abgelehnt", "dispreferred", "incorrect", "incorrecto", "negative", "not helpful", "poor", "rechazado",
        "reject", "rejected", "rejeté", "unhelpful", "wrong",
    )
)  # fmt: skip
"""Beside the spellings of a dislike."""
_OF_MOODS = frozenset(("negative",))
"""As a label the class of a text, whatever was answered."""
_SCORES = ("score", "rating", "reward")
_PARTED = str.maketrans("_-", "  ")
_DRESS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f]")
"""Tones of skin and variation selectors, which keyboards put behind a thumb."""
OF_A_SCALE = "label is of a scale: others of the file are neither 0 nor 1"


def rating(value: object) -> bool | None:
    """True or false in the spellings of tables and exports; None for what is no rating, such as a class."""
    if isinstance(value, bool):
        return value
    found = _SPELLED.get(_DRESS.sub("", _plainly(value)).translate(_PARTED).strip()) if isinstance(value, str) else None
    number = grade(value)
    return bool(number) if number in (0, 1) else found


def grade(value: object) -> float | None:
    """A label that is a number, or the text of one. 0 and 1 are ratings, and any other is of a scale, such as stars."""
    if isinstance(value, str):
        try:
            value = float(plain.visible(value).replace(",", "."))
        except ValueError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) and value == value else None  # noqa: PLR0124


def is_labelled(row: object) -> bool:
    """Whether a row has the field of a rating, whatever stands there but one of its choices."""
    return isinstance(row, dict) and any(name in row and not _is_choice(row, name) for name in LABELS)


def grades(row: object) -> list[float]:
    """The labels of a row that are numbers."""
    found = map(grade, labels_of(row)) if isinstance(row, dict) else ()
    return [one for one in found if one is not None]


def labels_of(row: Row) -> list[object]:
    """What rates the answer of a row: a label that is one of its choices names the right one, be it a `yes` or a 1."""
    return [row[name] for name in LABELS if row.get(name) is not None and not _is_choice(row, name)]


def unclear(row: Row) -> str | None:
    """Why nobody knows how the labels of a row rate its answer. A list or an object may hold a dislike."""
    labels = labels_of(row)
    if row.get("kto_tag") is not None and rating(row["kto_tag"]) is None:
        return "kto_tag is neither true nor false"
    if {True, False} <= {rating(label) for label in labels}:
        return "label and kto_tag say the opposite"
    wrapped = [label.values() if isinstance(label, dict) else label for label in labels if isinstance(label, list | dict)]
    held = (one for inside in wrapped for one in inside)
    return "label is neither true nor false" if any(rating(one) is not None for one in held) else None


def _is_choice(row: Row, name: str) -> bool:
    choices = row.get("choices")
    return isinstance(choices, list) and row.get(name) is not None and _plainly(row[name]) in map(_plainly, choices)


def _plainly(value: object) -> str:
    """In small letters, without the sign that ends a sentence; the one entry of a list is what stands there."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    return plain.visible(str(one)).strip().rstrip(".!").casefold()


def doubt(row: Row, answer: str) -> str | None:
    """Why an answer without a rating may be a rejected one, which would be learnt as a right one."""
    if name := _may_reject(row):
        return f"{name} may reject the answer, and label alone is read: call it that, or leave it out"
    words = {_plainly(label) for label in labels_of(row)} & (_REJECTING - _OF_MOODS)
    if any(not re.search(rf"(?<!\w){word}(?!\w)", answer.casefold()) for word in words):
        return "label may reject the answer: write true or false, or leave it out"
    return None


def _may_reject(row: Row) -> str | None:
    """The field of a row without a rating that may; beside a label that is a class, a grade may be of the text."""
    names = sorted(JUDGED - _GRADED - {"score"} if labels_of(row) else JUDGED)
    graded = [name for name in names if name in _GRADED and grade(row.get(name)) is not None]
    disliked = [name for name in names if _rejects(name, row.get(name))]
    return next(iter([*graded, *disliked]), None)


def _rejects(name: str, value: object) -> bool:
    if name in _AGAINST:
        return rating(value) is True or (grade(value) or 0) > 0
    return rating(value) is False or (isinstance(value, str | list) and _plainly(value) in _REJECTING)


def turned_round(row: Row) -> str | None:
    """Why a pair's own label or scores say that its chosen answer is the worse one."""
    if any(rating(label) is False or _plainly(label) in _REJECTING for label in labels_of(row)):
        return "label rejects the pair: swap its answers, or leave the label out"
    if disliked := next((name for name in sorted(_AGAINST) if _rejects(name, row.get(name))), None):
        return f"{disliked} may reject the chosen answer: swap the answers, or leave it out"
    for name in (name for name in row if "chosen" in name and is_score(name)):
        other = name.replace("chosen", "rejected")
        better, worse = grade(row[name]), grade(row.get(other))
        if better is not None and worse is not None and better < worse:
            return "a score of chosen is below that of rejected: swap the answers, or leave the scores out"
    return None


def is_score(name: str) -> bool:
    """Whether a field is the score of one answer of a pair."""
    return ("chosen" in name or "rejected" in name) and any(word in name for word in _SCORES)


def may_name(label: object, answer: str, row: Row) -> bool:
    """Whether a dislike may be the class of a right answer: a `no` beside `No`, a 0 for the first of the choices."""
    if isinstance(label, bool):
        return False
    choices = row.get("choices")
    first = choices[:1] if isinstance(choices, list) and grade(label) == 0 else []
    return _plainly(answer) in map(_plainly, [label, *first]) or grade(answer) == grade(label) is not None


def names_another(row: Row, answer: str | None) -> bool:
    """Whether a label is another of the row's choices than its answer."""
    return any(_is_choice(row, name) and _plainly(row[name]) != _plainly(answer) for name in LABELS)


def scaled(labels: Iterable[float]) -> bool:
    """Whether one is neither 0 nor 1: then a 1 of the same file is its worst grade, and no like."""
    return any(label not in (0, 1) for label in labels)


def is_rated(row: Row) -> bool:
    """Whether a label of the row is true or false, and so rates its answer."""
    return any(rating(label) is not None for label in labels_of(row))
