"""What somebody wants erased, found: the documents of a path or digest, or everything that speaks of a subject."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from governance.pii.scrub import Row, texts_of
from governance.pii.settings import FED_BACK, PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey
from governance.pii.subjects import Found, Subject, find_stand_in, find_subject, single_rows
from registry.artifacts import Artifacts
from registry.counted import counted
from registry.database.store import Registry
from registry.erasure.forgotten import ErasureKey
from registry.erasure.radius import Cut
from registry.erasure.tombstones import successor
from registry.errors import NotFound
from registry.pages.labels import visible
from registry.records import Document, DocumentSet, ScrubbedSet, Table
from registry.tables import KEYED, read_table

_DIGITS = re.compile(r"[0-9a-f]{8,64}")
_NOTHING = (
    "files that came since the last run are not looked into: muniment run reads them; a person is named in full, as a "
    "text would; see muniment list --kind documents"
)
_MOST = 5


@dataclass(frozen=True)
class Material:
    """Where to look: the documents that were read, their original units, and what was scrubbed.

    `inside` is the path that what is sought has in a document folder, if it has one.
    """

    documents: tuple[Document, ...]
    originals: tuple[Table, ...]
    scrubbed: tuple[Table, ...]
    inside: str = ""


@dataclass(frozen=True)
class Reading:
    """How to read it: what counts as personal data, and the keys that stand-ins were made with."""

    policy: PiiPolicy
    keys: Sequence[PseudonymKey]


@dataclass(frozen=True)
class Sought:
    """`rows` are the original units that go, by document.

    `related` documents (digest to path) hold parts of the name alone, or spell it otherwise.
    """

    name: str
    subject: bool
    cut: Cut
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict, repr=False)
    related: Mapping[str, str] = field(default_factory=dict)

    def texts(self) -> list[str]:
        return [text for rows in self.rows.values() for row in rows for text in texts_of(row)]

    def document_hashes(self, documents: Iterable[Document], key: ErasureKey) -> tuple[str, ...]:
        """Of the bytes of each whole document, and of what it says."""
        whole = [one for one in documents if one.digest in self.cut.whole]
        said = (key.text(self.rows[one.digest]) for one in whole if one.digest in self.rows)
        return tuple(sorted({*(key.document(one.content) for one in whole), *said}))

    def row_hashes(self, key: ErasureKey) -> tuple[str, ...]:
        return tuple(sorted({key.row(row) for one in self.cut.units for row in self.rows.get(one, ())}))


def material(registry: Registry, inside: str = "") -> Material:
    return Material(
        tuple(registry.all(Document)),
        tuple(one.units for one in registry.all(DocumentSet)),
        tuple(one.units for one in registry.all(ScrubbedSet)),
        inside,
    )


def sought(name: str, where: Material, artifacts: Artifacts, how: Reading) -> Sought:
    """Every document that is `named` so, and copies of it; else a subject.

    Raises NotFound, ConfigError for a subject too short to look for.
    """
    originals = list(_units(where.originals, artifacts))
    contents = {one.content for one in named(where.documents, name, where.inside)}
    if contents:
        whole = frozenset(one.digest for one in where.documents if one.content in contents)
        return Sought(name, False, Cut(whole), _by_document(originals, whole))
    found = _found(Subject(name), originals, _units(where.scrubbed, artifacts), how)
    paths = {one.digest: one.path for one in where.documents}
    if not found.units:
        nobody = "no document that a run has read is called so or speaks of this subject"
        raise NotFound(nobody, _otherwise({paths.get(one, "") for one in found.related}))
    rows = _by_document(originals, found.units)
    cut = _cut(found, rows, paths, _left(where.scrubbed, artifacts))
    going = {one: [row for row in rows[one] if cut.takes(row)] for one in rows}
    return Sought(name, True, cut, going, {one: paths.get(one, "") for one in found.related})


def _otherwise(paths: Collection[str]) -> str:
    """What to do where nobody is called so, but perhaps nearly so in the documents of these paths."""
    if not paths:
        return _NOTHING
    some = ", ".join(sorted(paths)[:_MOST]) + (", …" if len(paths) > _MOST else "")
    return f"{counted(len(paths), 'document')} may spell it otherwise: {visible(some)}; name it as they do"


def named(documents: Sequence[Document], name: str, inside: str = "") -> list[Document]:
    """Those of this path, or of a digest that begins with these 8 digits or more; else those of the path that ends so,
    or that `name` has `inside` a document folder.

    Raises NotFound where several paths end so.
    """
    exact = [one for one in documents if _is(one, name)]
    ending = [one for one in documents if one.path.endswith(f"/{name}") or one.path == inside]
    fitting = {one.path for one in exact or ending}
    if not exact and len(fitting) > 1:
        raise NotFound(f"{len(fitting)} documents have a path that ends so", "muniment list --kind documents")
    return exact or ending


def _is(document: Document, name: str) -> bool:
    return document.path == name or (_DIGITS.fullmatch(name) is not None and document.digest.startswith(name))


def _found(whom: Subject, originals: Sequence[Row], scrubbed: Iterable[Row], how: Reading) -> Found:
    """In the originals, and by stand-in in feedback and in what was scrubbed from originals that are gone."""
    found = find_subject(originals, whom, how.policy)
    seen = {str(row["document"]) for row in originals}
    lost = (row for row in scrubbed if row["document"] not in seen)
    fed_back = (row for row in originals if row["source"] == FED_BACK)
    by_key = find_stand_in((*fed_back, *lost), whom, how.keys).units
    both = found.units.keys() | by_key.keys()
    units = {one: found.units.get(one, frozenset()) | by_key.get(one, frozenset()) for one in both}
    return Found(units, found.related - units.keys())


def _cut(found: Found, rows: Mapping[str, Sequence[Row]], paths: Mapping[str, str], scrubbed: Iterable[Row]) -> Cut:
    """Single rows of row files; of any other file, and where every row is meant, the whole.

    What tells a row in tables made from `scrubbed` ones stands there alone: its key may be gone.
    """
    single = {
        one: units
        for one, units in found.units.items()
        if one in rows and single_rows(paths.get(one, "")) and len(units) < len(rows[one])
    }
    of = _by_document(chain(*(rows[one] for one in single), scrubbed), single)
    groups = {one: _about(row for row in of[one] if row["unit"] in units) for one, units in single.items()}
    return Cut(frozenset(found.units.keys() - single.keys()), single, groups)


def _about(rows: Iterable[Row]) -> frozenset[str]:
    """The groups that tell a row from the others of its file in the tables made from it."""
    groups = (group for row in rows if isinstance(row["groups"], list) for group in row["groups"])
    return frozenset(str(group) for group in groups if str(group).startswith(("row:", f"{KEYED}row:")))


def _units(tables: Iterable[Table], artifacts: Artifacts) -> Iterator[Row]:
    """Each unit of these tables once."""
    seen: set[tuple[object, object]] = set()
    for row in _left(tables, artifacts):
        place = row["document"], row["unit"]
        if place not in seen:
            seen.add(place)
            yield row


def _left(tables: Iterable[Table], artifacts: Artifacts) -> Iterator[Row]:
    """Units of every table that is there, or of what an earlier erasure left of it."""
    for table in tables:
        rest = successor(artifacts, table.artifact)
        if rest is not None:
            yield from read_table(table.model_copy(update={"artifact": rest}), artifacts).to_pylist()


def _by_document(rows: Iterable[Row], documents: Collection[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["document"] in documents:
            found.setdefault(str(row["document"]), []).append(row)
    return found
