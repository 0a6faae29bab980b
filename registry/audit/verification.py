"""`muniment verify`: read everything again and say what does not fit, from the audit chain to the weights."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from registry.audit.proving import examine
from registry.database.store import Registry
from registry.decisions.dossier import Dossier, read
from registry.decisions.evidence import signers
from registry.decisions.grounds import verified_approvals
from registry.erasure.checks import erased_rightly, erased_wrongly
from registry.erasure.collection import HOLDING
from registry.errors import DigestMismatch, IntegrityError, MunimentError, SchemaAltered
from registry.progress import Progress
from registry.records import Adapter, Evidence, Release, Verdict
from registry.release.files import lying, names_a_file, release_path
from registry.release.verification import verify_release
from registry.signatures.adapters import verify_adapter
from registry.signatures.model_signatures import MODEL_SIGNATURE
from registry.signatures.statements import require_signed
from registry.trust.principals import Trust
from registry.trust.seen import trusts_of
from registry.workspace import Workspace

SCHEMA = "registry file"
_MOST = 100
_LINEAGE = """
WITH RECURSIVE of(digest) AS (
    SELECT ? UNION SELECT e.parent FROM of JOIN edges e ON e.child = of.digest
)
SELECT digest FROM of
"""


@dataclass(frozen=True)
class Finding:
    """`integrity` findings mean changed or forged bytes, `erased` ones what is gone on purpose; the others that
    something is incomplete."""

    about: str
    sentence: str
    integrity: bool
    erased: bool = False


def verify(
    registry: Registry,
    workspace: Workspace,
    trust: Trust,
    now: datetime,
    adapter: Adapter | None = None,
    progress: Progress | None = None,
) -> list[Finding]:
    """Everything that does not fit; of one adapter, or of all with chain, checkpoints and releases."""
    if adapter is not None:
        lineage = {str(row[0]) for row in registry.query(_LINEAGE, adapter.digest)}
        return [*_adapter(registry, workspace, trust, adapter), *_artifacts(registry, workspace, lineage)]
    found = list(_chain(registry, trust, progress))
    if any(finding.about == SCHEMA for finding in found):
        return found  # whatever else the file answers could be made up
    trusts = trusts_of(workspace, trust)
    found += [*_signatures(registry, trusts), *_releases(registry, workspace, trust, now)]
    found += [Finding(*one) for one in erased_wrongly(registry, workspace, trusts)]
    found += [Finding(*one, integrity=False, erased=True) for one in erased_rightly(registry, trusts)]
    found += [f for one in _sound_adapters(registry) for f in _adapter(registry, workspace, trust, one)]
    return [*found, *_artifacts(registry, workspace)]


def _chain(registry: Registry, trust: Trust, progress: Progress | None) -> Iterator[Finding]:
    """The database from its first event to its last; and whether a checkpoint is due."""
    try:
        proof, broken = examine(registry, trust, _MOST, progress)
    except IntegrityError as error:
        yield Finding("audit chain", error.message, integrity=True)
        return
    for one in broken:
        yield Finding(SCHEMA if isinstance(one, SchemaAltered) else "audit chain", one.message, integrity=True)
    if not broken and proof.due is not None and proof.events > proof.due:
        sentence = f"a checkpoint has been due since event {proof.due}: muniment audit checkpoint --key NAME"
        yield Finding("audit chain", sentence, integrity=False)


def _sound_adapters(registry: Registry) -> Iterator[Adapter]:
    """Those whose records can be read; the others are named with the event that brought them."""
    for (digest,) in registry.query("SELECT digest FROM adapters ORDER BY created_at, digest"):
        with suppress(DigestMismatch):
            record = registry.get(str(digest))
            if isinstance(record, Adapter):  # pragma: no branch - the view holds nothing else
                yield record


def _adapter(registry: Registry, workspace: Workspace, trust: Trust, adapter: Adapter) -> Iterator[Finding]:
    name = adapter.version
    yield from _try(name, lambda: verified_approvals(registry, adapter, trust))
    try:
        evidence = _judged(read(registry, adapter))
    except MunimentError as error:
        yield Finding(name, error.message, isinstance(error, IntegrityError))
    else:
        yield from _evidence(registry, trust, adapter, evidence)
    if workspace.artifacts.tombstone(adapter.weights).exists():
        yield Finding(name, "its weights were erased", integrity=False, erased=True)
        return
    damaged = list(_try(name, lambda: workspace.artifacts.verified(adapter.weights)))
    yield from damaged
    signatures = registry.attestations(adapter.digest, MODEL_SIGNATURE)
    if not signatures:
        yield Finding(name, "nobody signed its weights", integrity=False)
    elif not damaged:
        weights = workspace.artifacts.path(adapter.weights)
        for one in signatures:
            yield from _try(name, partial(verify_adapter, weights, one.envelope, trust))


def _artifacts(registry: Registry, workspace: Workspace, of: Container[str] | None = None) -> Iterator[Finding]:
    """What is there of all that records, or those in `of`, stand for beside the weights of adapters: tables, datasets
    and their cards, base models, measurements, exports."""
    read: set[str] = set()
    kinds = [kind.kind for kind in HOLDING if kind not in (Adapter, Release)]
    sql = "SELECT digest FROM records WHERE list_contains(?, kind) ORDER BY event, digest"
    for digest in (str(row[0]) for row in registry.query(sql, kinds)):
        if of is not None and digest not in of:
            continue
        with suppress(DigestMismatch):
            record = registry.get(digest)
            for artifact in record.held():
                if artifact not in read and workspace.artifacts.has(artifact):
                    about = f"{record.kind} {record.digest[:12]}"
                    yield from _try(about, partial(workspace.artifacts.verified, artifact))
                read.add(artifact)


def _judged(page: Dossier) -> list[Evidence]:
    """What the gate's last verdict about an adapter, under whatever policy, rests on. Raises EvidenceMissing."""
    verdicts = [verdict for verdict in page.of(Verdict) if verdict.subject == page.digest]
    digests = page.evidence(verdicts[-1]) if verdicts else []
    return [one for digest in digests if isinstance(one := page.records[digest], Evidence)]


def _evidence(registry: Registry, trust: Trust, adapter: Adapter, evidence: list[Evidence]) -> Iterator[Finding]:
    """It is signed by somebody."""
    for one in evidence:
        about = f"evidence {one.type} {one.digest[:12]}"
        forged = list(_try(about, partial(signers, registry, one, trust)))
        yield from forged
        if not forged and not signers(registry, one, trust):
            yield Finding(about, f"nobody signed this figure of {adapter.version}", integrity=False)


def _signatures(registry: Registry, trusts: Sequence[Trust]) -> Iterator[Finding]:
    """Of every release there was."""
    for alias in filter(names_a_file, registry.aliases()):
        for release in registry.releases(alias):
            yield from _try(f"{alias} release {release.version}", partial(require_signed, registry, release, trusts))


def _releases(registry: Registry, workspace: Workspace, trust: Trust, now: datetime) -> Iterator[Finding]:
    published = {workspace.refusals / f"{one.digest}.json": one.envelope for one in registry.refusals()}
    refusals = list(published.values())
    for path, envelope in published.items():
        if (found := lying(path)) != envelope.encode():
            sentence = "is not as it was published for serving"
            yield Finding(f"refusals/{path.name}", sentence, integrity=found is not None)
    for alias in registry.aliases():
        if not names_a_file(alias):
            yield Finding(f"release of {alias}", "names no file that serving could read", integrity=True)
            continue
        path = release_path(workspace, alias)
        kept = [envelope.encode() for envelope in registry.release_envelopes(alias)]
        found = lying(path) or b""
        if not kept:
            yield Finding(f"{alias} release", "has lost its signed statement", integrity=True)
            continue
        if found != kept[-1]:
            yield Finding(
                path.name, f"is not the newest release of {alias} in the registry", integrity=found not in {*kept, b""}
            )
        yield from _try(f"{alias} release", partial(verify_release, kept[-1], trust, now, 0, alias, refusals))


def _try(about: str, check: Callable[[], object]) -> Iterator[Finding]:
    try:
        check()
    except MunimentError as error:
        yield Finding(about, error.message, isinstance(error, IntegrityError))
