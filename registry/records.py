"""The frozen records that pass between stages; nothing else does.

A record is identified by the SHA-256 of its canonical JSON (RFC 8785), so it holds nothing that
two equal runs would not share: no times, no host names, no absolute paths. Bulk data travels as
Parquet in the artifact store; a record holds its digest and counts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from registry import digests
from registry.erasure.records import Erasure, Hold, Tombstone
from registry.record import ARTIFACT_FIELDS as ARTIFACT_FIELDS  # noqa: PLC0414 - these four belong to this module's words
from registry.record import Digest as Digest  # noqa: PLC0414
from registry.record import Record as Record  # noqa: PLC0414
from registry.record import Scalar as Scalar  # noqa: PLC0414


class Reason(StrEnum):
    """Why a document, row or adapter was refused."""

    CORRUPT = "corrupt"
    ENCRYPTED = "encrypted"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    UNSUPPORTED = "unsupported_format"
    UNREADABLE = "unreadable"
    OUTSIDE = "outside_folder"
    UNKNOWN_LICENCE = "unknown_licence"
    MALFORMED_ROW = "malformed_row"
    INVALID = "failed_validation"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    CONFLICT = "conflicting_labels"
    UNPAIRED = "unpaired"
    NOT_ENTAILED = "not_entailed"
    NEEDS_NO_DOCUMENT = "needs_no_document"
    NO_ANSWER = "no_answer"
    BOILERPLATE = "boilerplate"
    OUTLIER = "outlier"
    CONTAMINATED = "contaminated"
    TOO_LONG = "too_long"
    FILLS_LENGTH = "fills_max_length"
    RESIDUAL_PII = "residual_pii"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    UNDATED = "undated"
    ERASED = "erased"


class Rejected(Record):
    """A refused thing is a value: where it is and why, never its text."""

    kind: ClassVar[str] = "rejected"
    what: Literal["document", "row", "adapter"]
    place: str
    reason: Reason
    detail: str = ""


class Table(Record):
    """A Parquet file in the artifact store."""

    kind: ClassVar[str] = "table"
    artifact: Digest
    rows: Annotated[int, Field(ge=0)]
    columns: tuple[str, ...]


class Document(Record):
    """One source file as it was found; `path` is relative to its documents folder."""

    kind: ClassVar[str] = "document"
    content: Digest
    path: str
    media_type: str
    size_bytes: Annotated[int, Field(ge=0)]
    licence: str
    source: str = ""


class DocumentSet(Record):
    """What ingest read: `units` follows `registry.tables.UNITS`.

    `dropped` counts by kind what files hold besides their text: properties, comments, deletions, hidden parts.
    `shapes` counts rows by what they were read as.
    """

    kind: ClassVar[str] = "document-set"
    units: Table
    documents: int
    formats: dict[str, int]
    licences: dict[str, int]
    rejected: tuple[Rejected, ...]
    dropped: dict[str, int] = Field(default_factory=dict)
    shapes: Annotated[dict[str, int], Field(exclude_if=lambda shapes: not shapes)] = Field(default_factory=dict)


class ScrubbedSet(Record):
    """Units with personal data replaced. `key_id` names the pseudonym key without revealing it.

    `languages` counts the units by the language they were read in; those of a refused language are `rejected`.
    """

    kind: ClassVar[str] = "scrubbed-set"
    units: Table
    entities: dict[str, int]
    key_id: str
    policy: Digest
    languages: dict[str, int] = Field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()


class SuiteResult(Record):
    kind: ClassVar[str] = "suite-result"
    suite: str
    passed: bool
    checked: int
    expectations: int
    failed: tuple[str, ...] = ()


class ValidatedBatch(Record):
    """Rows that passed their suite, out of those `offered`; the others are quarantined as `Rejected`."""

    kind: ClassVar[str] = "validated-batch"
    rows: Table
    offered: Table | None = None
    suites: tuple[SuiteResult, ...]
    quarantined: tuple[Rejected, ...]
    data_docs: Digest


class Dataset(Record):
    """Train and held-out rows in TRL's conversational formats; no group is on both sides.

    `pool` counts what became of the questions that documents ask themselves, or that were asked of the adapter,
    and rows that a limit keeps from either side; `card` is a page about all of it.
    """

    kind: ClassVar[str] = "dataset"
    purpose: Literal["sft", "preference"]
    train: Table
    held_out: Table
    licences: dict[str, int]
    origins: dict[str, int]
    rejected: tuple[Rejected, ...]
    pool: Annotated[dict[str, int], Field(exclude_if=lambda pool: not pool)] = Field(default_factory=dict)
    card: Annotated[Digest | None, Field(exclude_if=lambda card: card is None)] = None


class Base(Record):
    """A base model, converted to safetensors and addressed by content."""

    kind: ClassVar[str] = "base"
    name: str
    weights: Digest
    licence: str
    architecture: str
    parameters: int
    source: str


class TrainingRun(Record):
    """What was trained from what. `first_loss`/`last_loss` are means over the first and last log; `software` are the
    versions of the packages that trained it."""

    kind: ClassVar[str] = "training-run"
    method: Literal["sft", "dpo", "kto"]
    base: Digest
    dataset: Digest
    parent: Digest | None
    weights: Digest
    settings: dict[str, Scalar]
    rows: int
    steps: int
    tokens: int
    first_loss: float
    last_loss: float
    log: Digest | None = None
    software: Annotated[dict[str, str], Field(exclude_if=lambda versions: not versions)] = Field(default_factory=dict)


class GoldenPrompt(Record):
    """A prompt and the token ids that training saw for it; serving must see the same."""

    kind: ClassVar[str] = "golden-prompt"
    prompt: str
    token_ids: tuple[int, ...]


class Adapter(Record):
    """LoRA weights in the registry; served as `name@digest[:12]`."""

    kind: ClassVar[str] = "adapter"
    name: str
    weights: Digest
    base: Digest
    run: Digest
    rank: int
    target_modules: tuple[str, ...]
    licences: dict[str, int]
    golden: tuple[GoldenPrompt, ...]

    @property
    def version(self) -> str:
        return f"{self.name}@{self.digest[:12]}"


class Export(Record):
    """An adapter as files for other runtimes; `weights` is the tree of them all, its NOTICE included.

    `use` is what its licences were judged for. `difference` (nats) is how far the files' log-probabilities are from
    those of base and adapter, at most `tolerance`.
    """

    kind: ClassVar[str] = "export"
    adapter: Digest
    base: Digest
    form: Literal["safetensors", "gguf", "adapter"]
    precision: str
    use: str
    weights: Digest
    difference: Annotated[float, Field(ge=0)]
    tolerance: Annotated[float, Field(ge=0)]


class Figure(Record):
    """One measured number with its 95 % interval where it has one."""

    kind: ClassVar[str] = "figure"
    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


class Evidence(Record):
    """What was measured of `subject` (an adapter's or a base's digest)."""

    kind: ClassVar[str] = "evidence"
    type: str
    subject: Digest
    figures: tuple[Figure, ...]
    artifact: Digest | None = None

    def figure(self, name: str) -> Figure | None:
        return next((f for f in self.figures if f.name == name), None)


class Verdict(Record):
    """The gate's decision about an adapter under one policy; every reason is a whole sentence.

    `against` names what it was compared with: the base and, where there is one, production. The gate may come back to
    what it said before it said something else; `after` so many verdicts, that is its last word once more.
    """

    kind: ClassVar[str] = "verdict"
    subject: Digest
    policy: Digest
    evidence: tuple[Digest, ...]
    against: tuple[Digest, ...] = ()
    passed: bool
    reasons: tuple[str, ...]
    after: Annotated[int, Field(ge=0, exclude_if=lambda verdicts: not verdicts)] = 0


class Decision(Record):
    """What a person signed about an adapter, and exactly what that person saw."""

    kind: ClassVar[str] = "decision"
    decision: Literal["approve", "reject", "revoke"]
    adapter: Digest
    evidence: tuple[Digest, ...]
    policy: Digest
    principal: str
    reason: str
    issued: AwareDatetime
    expires: AwareDatetime


class Release(Record):
    """Which adapter an alias means from now on. `version` only grows; a rollback is a new release.

    `approvals` are the DSSE envelopes (JSON) of the decisions that allow it, so that serving can
    verify everything without the registry. `makers` registered the adapter, trained it or signed its
    weights; a release from before they were told has none, and keeps its digest.
    """

    kind: ClassVar[str] = "release"
    version: Annotated[int, Field(ge=1)]
    alias: str
    adapter: Adapter
    base: Base
    policy: Digest
    evidence: tuple[Digest, ...]
    approvals: tuple[str, ...]
    requester: str
    makers: Annotated[tuple[str, ...], Field(exclude_if=lambda names: not names)] = ()
    principal: str
    reason: str
    previous: Digest | None
    issued: AwareDatetime
    expires: AwareDatetime


class AuditEvent(Record):
    """One link of the audit chain: `previous` is the digest of the event before it, `rows` that of the rows it added.

    An event that added none says nothing of rows.
    """

    kind: ClassVar[str] = "audit-event"
    sequence: Annotated[int, Field(ge=0)]
    at: AwareDatetime
    actor: str
    action: str
    subjects: tuple[str, ...]
    outcome: Literal["done", "refused"]
    detail: str
    previous: Digest
    rows: Digest | None = None

    def canonical(self) -> bytes:
        return digests.canonical(self.model_dump(mode="json", exclude_none=True))


KINDS: dict[str, type[Record]] = {
    record.kind: record
    for record in (
        Document, DocumentSet, ScrubbedSet, ValidatedBatch, Dataset, Base, TrainingRun, Adapter,
        Export, Evidence, Verdict, Decision, Release, AuditEvent, Hold, Erasure, Tombstone,
    )
}  # fmt: skip
