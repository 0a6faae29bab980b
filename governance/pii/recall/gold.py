"""Labelled texts: what stands where, said by people or by construction, for a detector to be measured against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from governance.pii.text.lines import lines
from registry.errors import ConfigError, NotFound

Identifier = Literal["direct", "quasi", "none"]
Id = str | int
MAX_LINE_BYTES = 64 * 2**20


class _Line(BaseModel):
    """Strict and frozen; keys that others' tools add are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    id: Id


class FoundSpan(BaseModel):
    """Code points `start` to `end` (exclusive) of a text."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    start: Annotated[int, Field(ge=0)]
    end: int

    @model_validator(mode="after")
    def _forwards(self) -> FoundSpan:
        if self.end < self.start:
            raise ValueError("a span ends before it starts")
        return self


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("a type holds a character that cannot be shown")
    return name


class GoldSpan(FoundSpan):
    """A labelled span. Mentions with one `entity_id` are one entity, which is hidden only with all of them.

    `direct` points at one person or account, `quasi` only together with others; `none` may be masked but need not.
    """

    type: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]
    identifier: Identifier
    entity_id: Id | None = None

    def blank_in(self, text: str) -> bool:
        """Whether nothing stands there that could be hidden."""
        return not text[self.start : self.end].strip()


class GoldText(_Line):
    """One labelled text."""

    text: str
    spans: tuple[GoldSpan, ...]

    @model_validator(mode="after")
    def _inside(self) -> GoldText:
        if any(span.end > len(self.text) for span in self.spans):
            raise ValueError("a span ends behind its text")
        return self


class FoundLine(_Line):
    """What a detector found in the text with that id."""

    spans: tuple[FoundSpan, ...]


Line = TypeVar("Line", GoldText, FoundLine)


def read_gold(path: Path) -> tuple[GoldText, ...]:
    """The labelled texts of a file of JSON lines, in order.

    Raises NotFound, and ConfigError with the first bad line: not such an object, offsets outside the text, an id
    that was there before, a file without any text, or one that labels nothing.
    """
    texts = tuple(_read(path, GoldText))
    if not texts:
        raise ConfigError(f"{path.name} holds no labelled text", 'write one {"id","text","spans"} a line')
    if not any(span.identifier != "none" and not span.blank_in(text.text) for text in texts for span in text.spans):
        raise ConfigError(f"{path.name} labels nothing as direct or quasi", "label what must be hidden")
    return texts


def read_found(path: Path) -> dict[Id, tuple[FoundSpan, ...]]:
    """Spans by id, as `muniment scrub --spans` writes them. Raises as `read_gold`."""
    return {line.id: line.spans for line in _read(path, FoundLine)}


def _read(path: Path, kind: type[Line]) -> Iterator[Line]:
    if not path.is_file():
        raise NotFound(f"there is no file {path}", "name a file of JSON lines")
    seen: set[Id] = set()
    for raw in lines(path, MAX_LINE_BYTES):
        place = f"{path.name}:{raw.number}"
        if raw.content is None:
            raise ConfigError(f"{place}: longer than {MAX_LINE_BYTES} bytes", "split the text")
        line = _parsed(raw.content, kind, place)
        if line.id in seen:
            raise ConfigError(f"{place}: an earlier line has the same id", "give each its own")
        seen.add(line.id)
        yield line


def _parsed(raw: bytes, kind: type[Line], place: str) -> Line:
    """Without the text in the message: a labelled text is personal data."""
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part not in {"str", "int"})
        what = first["msg"].removeprefix("Value error, ") if first["type"] != "json_invalid" else "not a JSON object"
        raise ConfigError(f"{place}: {where + ': ' if where else ''}{what}", "correct this line") from None
