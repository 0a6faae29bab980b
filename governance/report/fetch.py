"""Brings what the registry holds about one adapter to the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from governance.licences.materials import materials_of
from governance.policy import Policy
from governance.report.facts import AuditFacts, Known, gather
from governance.report.peers import peers_of
from governance.report.signing import signings_of
from registry.database.store import Registry
from registry.erasure.records import Erasure
from registry.lineage.graph import around, nearest_first
from registry.records import Adapter, Decision, Evidence, Record, Release, Verdict
from registry.trust.principals import Trust


def facts_of(
    registry: Registry,
    adapter: Adapter,
    as_of: datetime,
    policy: Policy,
    losses: Mapping[str, Sequence[float]] | None = None,
    trust: Trust | None = None,
) -> AuditFacts:
    """Everything the registry knows about `adapter`. Raises DigestMismatch for an edited record.

    `losses` gives the training loss of each log by the digest of its TrainingRun; `trust` tells people's roles.
    """
    said: list[Record] = []
    for kind in (Adapter, Evidence, Verdict, Decision, Release, Erasure):
        said.extend(registry.all(kind))
    records = [*registry.many(around(registry, adapter.digest).kinds).values(), *said]
    known = Known(records, registry.events(), losses or {}, materials_of(registry, adapter))
    facts = gather(adapter, known, as_of, policy)
    released = [one for one in said if isinstance(one, Release) and one.adapter.digest == adapter.digest]
    signings = signings_of(registry, adapter.digest, [*facts.decisions, *released], trust)
    return facts.model_copy(update={"peers": peers_of(registry, adapter), "signings": signings})


def ancestors(registry: Registry, digest: str) -> list[Record]:
    """Every record that `digest` was made from, itself included, nearest first.

    Edges to what the registry does not hold (a file's digest, say) lead nowhere and are skipped. Raises NotFound.
    """
    graph = around(registry, digest)
    records = registry.many(graph.kinds)
    return [records[one] for one in nearest_first(graph, up=True) if one in records]
