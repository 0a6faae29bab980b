"""The one place that says what becomes of a personal value in an answer: it stays, is masked, or blocks the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from governance.pii.streaming import Piece
from governance.pii.text.spans import Span
from serving.guard.prompt import Prompt
from serving.metrics import Metrics


class Blocked(Exception):
    """Personal data in an answer that may hold none. Carries what may be said before it."""

    def __init__(self, before: str = "") -> None:
        super().__init__("personal data")
        self.before = before


@dataclass
class Censor:
    """Judges the values of one written field in their order."""

    mode: Literal["mask", "block"]
    prompt: Prompt | None
    metrics: Metrics
    _masking: bool = field(default=False, init=False)

    def joined(self, pieces: Iterable[Piece]) -> str:
        """What is written in place of the pieces. Raises Blocked."""
        said = ""
        for piece in pieces:
            if not piece.type or (self.prompt is not None and self.prompt.says(piece.type, piece.text)):
                said, self._masking = said + piece.text, False
            elif self.mode == "block":
                raise Blocked(said)
            elif not (piece.goes_on and self._masking):
                self.metrics.guard_masked.labels(piece.type).inc()
                said, self._masking = f"{said}[{piece.type}]", True
        return said

    def whole(self, text: str, spans: Iterable[Span]) -> str:
        """A whole text with its spans, disjoint and in order, judged. Raises Blocked."""
        return self.joined(pieces_of(text, spans))


def pieces_of(text: str, spans: Iterable[Span], start: int = 0) -> Iterable[Piece]:
    for span in spans:
        yield Piece(text[start : span.start], "")
        yield Piece(text[span.start : span.end], span.type)
        start = span.end
    yield Piece(text[start:], "")
