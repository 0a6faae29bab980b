"""A request to /v1/feedback, checked: which answer is meant, and what somebody makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from serving.feedback.listener import is_text
from serving.protocol import Problem, invalid, json_object

FEEDBACK = "/v1/feedback"
Outcome = Literal["up", "down", "edited"]
_FIELDS = frozenset(("id", "rating", "edited"))
_MOST_ID = 200


@dataclass(frozen=True)
class Said:
    """A rating, a better answer or both; then the better answer is what counts."""

    id: str
    rating: Literal["up", "down"] | None
    edited: str | None = field(repr=False)

    @property
    def outcome(self) -> Outcome:
        return "edited" if self.edited is not None or self.rating is None else self.rating


def parse(data: bytes, most_characters: int) -> Said:
    """Raises Problem (400, 413) naming the field at fault."""
    body = json_object(data)
    for name in body:
        if name not in _FIELDS:
            raise invalid(f"unknown or unsupported field {name!r:.100}", name[:100])
    answer, rating, edited = body.get("id"), body.get("rating"), body.get("edited")
    if not isinstance(answer, str) or not 0 < len(answer) <= _MOST_ID:
        raise invalid("'id' must be the id of an answer", "id")
    if rating not in (None, "up", "down"):
        raise invalid("'rating' must be up or down", "rating")
    if edited is None and rating is None:
        raise invalid("a 'rating' or an 'edited' answer is needed", "rating")
    if edited is not None and not (isinstance(edited, str) and edited.strip() and is_text(edited)):
        raise invalid("'edited' must be a text", "edited")
    if edited is not None and len(edited) > most_characters:
        raise Problem(413, "edit_too_large", f"'edited' is longer than {most_characters} characters", "edited")
    return Said(answer, "up" if rating == "up" else "down" if rating == "down" else None, edited)
