"""What every record is: immutable, closed, finite, and named by the digest of its content."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from registry import digests

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Scalar = str | int | float | bool | None
ARTIFACT_FIELDS = ("artifact", "weights", "data_docs", "log", "card")


class Record(BaseModel):
    """Immutable, closed, finite. `kind` names the record in the registry."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: ClassVar[str]

    def canonical(self) -> bytes:
        """Its canonical JSON, as the registry keeps it."""
        return digests.canonical(self.model_dump(mode="json"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 (64 hex digits) of kind and canonical JSON."""
        return digests.of_record(self.kind, self.canonical())

    def model_copy(self, *, update: Mapping[str, object] | None = None, deep: bool = False) -> Self:
        """Another record, with a digest of its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("digest", None)
        return copied

    def stored_as(self, digest: str) -> Self:
        """This record, known by the digest that it is kept under, whatever fields its kind has got since."""
        self.__dict__["digest"] = digest
        return self

    def held(self) -> tuple[str, ...]:
        """Digests of the artifacts that this record stands for, its nested records' included."""
        own = [getattr(self, name) for name in ARTIFACT_FIELDS if name in type(self).model_fields]
        nested = [getattr(self, name) for name in type(self).model_fields]
        inner = [digest for value in nested if isinstance(value, Record) for digest in value.held()]
        return tuple(digest for digest in (*own, *inner) if digest)
