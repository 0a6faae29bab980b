"""Legal holds: a document that must be kept for a dispute or an audit is not erased, whoever asks.

A hold is on the bytes of a file, so that the same file under another name is held as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from registry.database.changes import Attestation, Change
from registry.database.reading import event_in
from registry.database.store import Registry
from registry.erasure.records import Hold
from registry.errors import IntegrityError, LegalHold, NotFound
from registry.pages.labels import visible
from registry.records import Document
from registry.signatures import attestations
from registry.signatures.kept import bears
from registry.trust.principals import Role, Trust
from registry.trust.signatory import Signatory

Act = Literal["placed", "released"]
_TOLD = """SELECT body FROM events WHERE contains(body, '"action":"hold.') ORDER BY sequence"""
HOLDERS: frozenset[Role] = frozenset(("privacy_officer", "auditor"))


def hold(registry: Registry, document: Document, act: Act, reason: str, by: Signatory) -> Hold:
    """Sign that a document is held, or no longer. Raises UnknownSigner, Refused, NotFound where none was held."""
    verb = f"hold.{'add' if act == 'placed' else 'release'}"
    with registry.attempting(verb, (document.digest,)):
        person = by.person(HOLDERS)
        if act == "released" and document.content not in in_force(registry, by.trust):
            raise NotFound(f"document {document.digest[:12]} is not held", "see: muniment hold list")
        said = Hold(content=document.content, act=act, principal=person.name, reason=reason, issued=by.now)
        envelope = attestations.sign(said, "hold", document.content, by.key)
        registry.apply(
            Change(
                action=verb,
                subjects=(said.digest,),
                detail=f"{person.name}: {reason}",
                records=(said,),
                attestations=(Attestation(said.digest, Hold.kind, envelope, person.name),),
                stops=True,
            ),
            by,
        )
    return said


def in_force(registry: Registry, trust: Trust) -> dict[str, Hold]:
    """The holds that bind now, by the digest of the bytes they are on; only a signature that holds releases one.

    Raises IntegrityError where the audit chain tells of one that the registry has no more.
    """
    _require_all_told(registry)
    bound = (said for said in registry.all(Hold) if said.act == "placed" or bears(registry, said, trust, HOLDERS))
    latest = {said.content: said for said in bound}
    return {content: said for content, said in latest.items() if said.act == "placed"}


def refuse_if_held(registry: Registry, documents: Iterable[Document], trust: Trust) -> None:
    """Raises LegalHold naming every held document by its digest."""
    held = in_force(registry, trust)
    kept = sorted({one.digest: held[one.content] for one in documents if one.content in held}.items())
    if kept:
        names = "; ".join(f"{digest[:12]} by {said.principal}: {visible(said.reason)}" for digest, said in kept)
        first = "have the hold released first: muniment hold release DOCUMENT"
        raise LegalHold(f"held for legal reasons: {names}", first)


def _require_all_told(registry: Registry) -> None:
    known = {said.digest for said in registry.all(Hold)}
    for event in (event_in(str(body)) for (body,) in registry.query(_TOLD)):
        if event.outcome == "done" and known.isdisjoint(event.subjects):
            raise IntegrityError(
                f"audit event {event.sequence} ({event.action} by {event.actor}) tells of a legal hold whose record"
                " is gone",
                "restore the registry from a backup",
            )
