"""Erasure from end to end: what is meant, what it reaches, and the going of it in an order that a kill cannot spoil.

Words are looked for first, while the originals can still be read; then the registry's record makes it final; then
everything that the record names is removed, which whoever runs it again ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from flows.config import load_pipeline
from flows.erasure.closed_files import closed_files
from flows.erasure.leftovers import leftovers, statements, sweep, telling, told_apart
from flows.erasure.originals import astray, originals, remove_originals
from flows.ingest.settings import DocumentFolder
from governance.pii.reasons import refuse_naming, require_reason
from governance.pii.sought import Reading, Sought, material, sought
from governance.pii.standins.pseudonyms import all_keys
from governance.policy import policy_of
from registry.commands.session import opened
from registry.database import rewriting
from registry.database.connecting import require_file
from registry.erasure import erasure
from registry.erasure.copies import Traces, copies, says
from registry.erasure.forgotten import Forgotten, erasure_key, forgotten
from registry.erasure.holds import in_force
from registry.erasure.radius import Radius, radius
from registry.erasure.records import Erasure
from registry.erasure.signed import ACTION, OFFICERS
from registry.folders import inside
from registry.records import Document
from registry.trust.seen import trust_of
from registry.trust.signatory import Signatory
from registry.workspace import Workspace, key_directory


@dataclass(frozen=True)
class Preview:
    """What is meant, what that reaches, the original files that hold it, and copies of ours that do or may.

    `held` are those of the documents that a legal hold binds: nothing is erased while there is one."""

    meant: Sought
    reach: Radius
    files: tuple[Path, ...]
    copies: tuple[Path, ...]
    opaque: tuple[Path, ...]
    held: tuple[Document, ...]


@dataclass(frozen=True)
class Done:
    """`outside` are originals that somebody else has to delete; `left` files in the workspace that still name it;
    `alike` those that say of it only what many say, such as a footer; `opaque` those that cannot be looked into;
    `signed` those that name it in what somebody signed, which stay."""

    erasure: Erasure
    outside: tuple[Path, ...] = ()
    left: tuple[Path, ...] = ()
    alike: tuple[Path, ...] = ()
    opaque: tuple[Path, ...] = ()
    signed: tuple[Path, ...] = ()


def preview(workspace: Workspace, name: str) -> Preview:
    """What erasing `name` would reach; changes nothing. Raises NotFound, ConfigError."""
    meant = _sought(workspace, name)
    with opened(workspace) as registry:
        reach = radius(registry, workspace.artifacts, meant.cut)
        traces = erasure.traces(registry, workspace, reach, meant.cut, _called(meant, reach))
        strewn = copies(registry, workspace, traces)
        bound = in_force(registry, trust_of(workspace, datetime.now(UTC)))
    key = erasure_key(key_directory())
    hashes = (*meant.document_hashes(reach.documents, key), *meant.row_hashes(key))
    files = tuple(originals(_folders(workspace), Forgotten(frozenset(hashes), key)))
    held = tuple(one for one in reach.documents if one.content in bound)
    return Preview(meant, reach, files, strewn.held, strewn.opaque, held)


def carry_out(workspace: Workspace, name: str, reason: str, asked_by: Callable[[], Signatory]) -> Done:
    """Erase `name`; to be called while the workspace is `undisturbed`.

    Raises Refused, UnknownSigner, Expired, LegalHold, NotFound, ConfigError.
    """
    require_file(workspace.root, "erasing")
    require_reason(reason)
    meant = _sought(workspace, name)
    with opened(workspace) as registry, registry.attempting(ACTION, sorted(meant.cut.documents)):
        by = asked_by()
        by.person(OFFICERS)
        reach = radius(registry, workspace.artifacts, meant.cut)
        refuse_naming([name, *_names(meant, reach)], reason)
        order = _order(workspace, meant, reach, reason)
        erasure.permitted(registry, workspace, order, reach, by)  # before the first log or report goes
    words = telling([name, *_names(meant, reach)], meant.texts())
    sweep(workspace, words)
    with opened(workspace) as registry:
        kept = erasure.erase(registry, workspace, order, reach, by)
    done = finish(workspace, kept)
    names = _called(meant, reach)
    signed = (*_chain_that_says(workspace, names), *statements(workspace, words))
    said, shut = closed_files(workspace, words, [folder.path for folder in _folders(workspace)])
    saying, alike = told_apart((*leftovers(workspace, words), *said), names)
    left = {*done.left, *saying} - set(signed)
    return replace(
        done, left=tuple(sorted(left)), alike=tuple(sorted(alike - left - set(signed))),
        opaque=tuple(sorted({*done.opaque, *shut})), signed=signed,
    )  # fmt: skip


def finish(workspace: Workspace, kept: Erasure) -> Done:
    """Remove everything that an erasure names, and keep in the chain that this is done."""
    with opened(workspace) as registry:
        erasure.finish(registry, workspace, kept)
        erased = forgotten(registry, key_directory())
    outside = remove_originals(_folders(workspace), workspace.root, erased)
    with opened(workspace) as registry:
        rewriting.rewrite(registry)
    with opened(workspace) as registry:
        gone = Traces(frozenset(kept.tombstones), frozenset(one.artifact for one in kept.removed))
        left = copies(registry, workspace, gone)
        told = f"{len(kept.removed)} artifacts and {len(kept.tombstones)} records are tombstones"
        erasure.finished(registry, kept, f"{told}; {len(kept.copies)} copies are gone")
    return Done(kept, tuple(outside), tuple({*left.held, *astray(workspace, erased)}), opaque=left.opaque)


def pending(workspace: Workspace) -> list[Erasure]:
    """Erasures that a kill left unfinished."""
    with opened(workspace) as registry:
        return erasure.pending(registry)


def _sought(workspace: Workspace, name: str) -> Sought:
    """The registry is not held while documents are read."""
    with opened(workspace) as registry:
        where = material(registry, inside(workspace, name))
    how = Reading(policy_of(workspace).pii, tuple(all_keys(key_directory()).values()))
    return sought(name, where, workspace.artifacts, how)


def _order(workspace: Workspace, meant: Sought, reach: Radius, reason: str) -> erasure.Order:
    key = erasure_key(key_directory())
    return erasure.Order(
        what="subject" if meant.subject else "document",
        reason=reason,
        cut=meant.cut,
        key_id=key.id,
        subject=key.subject(meant.name) if meant.subject else None,
        documents=meant.document_hashes(reach.documents, key),
        rows=meant.row_hashes(key),
        policy=policy_of(workspace).digest,
        names=_called(meant, reach),
    )


def _called(meant: Sought, reach: Radius) -> frozenset[str]:
    """What a copy would call them, whatever else it has that the registry no longer knows."""
    return telling([meant.name, *_names(meant, reach)], ())


def _chain_that_says(workspace: Workspace, names: frozenset[str]) -> tuple[Path, ...]:
    with opened(workspace) as registry:
        return (workspace.registry,) if says(registry, names) else ()


def _names(meant: Sought, reach: Radius) -> list[str]:
    """The paths of documents that go as a whole."""
    return [one.path for one in reach.documents if one.digest in meant.cut.whole]


def _folders(workspace: Workspace) -> tuple[DocumentFolder, ...]:
    return load_pipeline(workspace).documents if workspace.pipeline.exists() else ()
