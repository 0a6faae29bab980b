"""Re-identification: whom a pseudonym stands for, told to the privacy officer alone, with a reason, on the record.

No table leads from pseudonyms to people. Whoever may ask has the ingested originals scrubbed once more, and what
becomes the pseudonym again is the answer; without the key that it was made with, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace

from governance.pii.reasons import refuse_naming, require_reason
from governance.pii.scrub import Row, stand_ins, texts_of
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey
from governance.pii.standins.wording import folded
from registry.artifacts import Artifacts
from registry.database.store import Change, Registry
from registry.erasure.tombstones import successor
from registry.errors import ConfigError, KeyMissing, MunimentError, NotFound
from registry.records import DocumentSet, ScrubbedSet, Table
from registry.tables import paired, read_table
from registry.trust.principals import Role
from registry.trust.signatory import Signatory

Opening = Callable[[], AbstractContextManager[Registry]]
Sets = Sequence[tuple[ScrubbedSet, DocumentSet]]
OFFICERS: frozenset[Role] = frozenset(("privacy_officer",))
ACTION, ASKED = "reveal", "reveal.asked"
_NOTHING = "write it as it stands in the scrubbed text; a policy that has changed since may find other things"


@dataclass(frozen=True)
class Question:
    """Who is meant by `pseudonym`, and why somebody has to know."""

    pseudonym: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """What stood in the original, of which type, in which documents (digests)."""

    type: str
    value: str
    documents: tuple[str, ...]


def reveal(
    opening: Opening,
    artifacts: Artifacts,
    question: Question,
    policy: PiiPolicy,
    keys: Mapping[str, PseudonymKey],
    asked_by: Callable[[], Signatory],
) -> tuple[Answer, ...]:
    """All that `question.pseudonym` stands for: one subject, except for dates and the shortest numbers.

    The audit chain has two events: that somebody asks, before anything is read, and what came of it, before the answer
    is given. An attempt that was killed has the first alone. They name the pseudonym by a keyed digest.
    `opening` opens the registry, which is not held while documents are read; `asked_by` the officer's key and the
    trust root.
    Raises Refused, UnknownSigner, Expired, KeyMissing, ConfigError, NotFound.
    """
    asked = _plain(question.pseudonym)
    if not asked:
        raise ConfigError("there is no pseudonym to reveal", "give it as it stands in the scrubbed text")
    require_reason(question.reason)
    subjects = tuple(sorted(digest_of(asked, key) for key in keys.values()))
    with _on_record(opening, subjects):
        with opening() as registry:
            by = asked_by()
            officer = by.person(OFFICERS)
            sets = list(_sets(registry))
        answers = _answers(sets, artifacts, asked, policy, keys)
        refuse_naming((answer.value for answer in answers), question.reason)
    told = f"{officer.name}: {question.reason}"
    with opening() as registry:
        if not answers:
            registry.refuse(ACTION, subjects, f"{told} (stands for nothing)")
            raise NotFound("this stands for nothing in the documents of this workspace", _NOTHING)
        documents = sorted({document for answer in answers for document in answer.documents})
        registry.apply(Change(ACTION, (*subjects, *documents), told, stops=True), by)
    return answers


@contextmanager
def _on_record(opening: Opening, subjects: tuple[str, ...]) -> Iterator[None]:
    """That an attempt begins is kept before it does, and how it ended where it did not end well."""
    with opening() as registry:
        registry.apply(Change(ASKED, subjects))
    try:
        yield
    except BaseException as error:
        with suppress(MunimentError), opening() as registry:
            registry.refuse(ACTION, subjects, _end_of(error))
        raise


def _end_of(error: BaseException) -> str:
    """Others' words may quote a text: of what is no error of ours, only its kind is kept."""
    kind = type(error).__name__
    return f"{kind}: {error.message}" if isinstance(error, MunimentError) else f"ended by {kind}"


def digest_of(pseudonym: str, key: PseudonymKey) -> str:
    """What the audit chain calls a pseudonym: 64 hexadecimal digits that nobody can try out without the key."""
    return key.cipher.stream(f"{ACTION}\0{_plain(pseudonym)}", 32).hex()


def _sets(registry: Registry) -> Iterator[tuple[ScrubbedSet, DocumentSet]]:
    """What was scrubbed, with what it was scrubbed from."""
    for scrubbed in registry.all(ScrubbedSet):
        for edge in registry.edges(scrubbed.digest, up=True):
            source = registry.get(edge.parent)
            if isinstance(source, DocumentSet):
                yield scrubbed, source


def _answers(
    sets: Sets, artifacts: Artifacts, asked: str, policy: PiiPolicy, keys: Mapping[str, PseudonymKey]
) -> tuple[Answer, ...]:
    """Exact matches; failing these, what a part of a pseudonym, such as a surname, is part of."""
    whole: dict[tuple[str, str], Answer] = {}
    part: dict[tuple[str, str], Answer] = {}
    words = re.compile(rf"(?<!\w){re.escape(asked)}(?!\w)")
    for row, key in _rows_with(sets, artifacts, words, keys):
        for kind, value, made in stand_ins(row, policy, key):
            fitting = whole if _plain(made) == asked else part if words.search(_plain(made)) else None
            if fitting is not None:
                place = (kind, _plain(value))
                known = fitting.get(place, Answer(kind, value, ()))
                documents = sorted({*known.documents, str(row["document"])})
                fitting[place] = replace(known, documents=tuple(documents))
    return tuple(answer for _, answer in sorted((whole or part).items()))


def _rows_with(
    sets: Sets, artifacts: Artifacts, words: re.Pattern[str], keys: Mapping[str, PseudonymKey]
) -> Iterator[tuple[Row, PseudonymKey]]:
    """Original rows whose scrubbed text has `words`, each with the key that it was scrubbed by. Raises KeyMissing."""
    for scrubbed, source in sets:
        after = _left(scrubbed.units, artifacts)
        if not any(_says(row, words) for row in after):
            continue
        if scrubbed.key_id not in keys:
            raise KeyMissing(
                f"the pseudonym was made with key {scrubbed.key_id}, which is not on this machine",
                "ask whoever keeps the keys, or restore it from a backup into MUNIMENT_KEYS",
            )
        before = _left(source.units, artifacts)
        for old, new in paired(before, after):
            if _says(new, words):
                yield old, keys[scrubbed.key_id]


def _left(units: Table, artifacts: Artifacts) -> list[Row]:
    """What erasures have left of them. Raises NotFound, DigestMismatch."""
    rest = successor(artifacts, units.artifact)
    if rest is None and artifacts.tombstone(units.artifact).exists():
        return []
    rows: list[Row] = read_table(units.model_copy(update={"artifact": rest or units.artifact}), artifacts).to_pylist()
    return rows


def _says(row: Row, words: re.Pattern[str]) -> bool:
    return any(words.search(_plain(text)) for text in texts_of(row))


def _plain(text: str) -> str:
    return folded(" ".join(text.split()))
