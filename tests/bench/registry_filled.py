"""A registry of many adapters and many more audit events, made in a minute: every row, link and signature is real.

Written in bulk, by the rules by which `registry/database/rows.py` writes one change; `muniment audit verify` finds it
whole.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from registry import digests
from registry.audit import chain, checkpoint_files, checkpoints
from registry.database import rows
from registry.database.changes import Attestation, Change, Edge, StageRow
from registry.records import Adapter, Base, Decision, Evidence, Figure, Record, Release, TrainingRun, Verdict
from registry.signatures import attestations, envelopes
from tests.registered import POLICY, Place, make_place

EVERY = 100
_COLUMNS: dict[str, list[tuple[str, pa.DataType]]] = {
    "records": [("digest", pa.string()), ("kind", pa.string()), ("created_at", pa.timestamp("us")),
                ("body", pa.string()), ("event", pa.int64())],
    "edges": [("parent", pa.string()), ("child", pa.string()), ("relation", pa.string()), ("event", pa.int64())],
    "stages": [("key", pa.string()), ("name", pa.string()), ("record", pa.string()), ("seconds", pa.float64()),
               ("finished_at", pa.timestamp("us")), ("event", pa.int64())],
    "attestations": [("digest", pa.string()), ("subject", pa.string()), ("type", pa.string()),
                     ("envelope", pa.string()), ("signer", pa.string()), ("event", pa.int64())],
    "events": [("sequence", pa.int64()), ("digest", pa.string()), ("body", pa.string())],
    "checkpoints": [("sequence", pa.int64()), ("envelope", pa.string()), ("due", pa.int64())],
}  # fmt: skip


def filled(root: Path, adapters: int, events: int) -> Place:
    """A place with so many adapters, all approved and released in turn, and refused attempts up to `events`."""
    place = make_place(root)
    with place.registry():
        pass
    pen = Pen(place)
    base = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")
    pen.tell(Change("base", (base.digest,), records=(base,)))
    previous: Release | None = None
    for number in range(adapters):
        previous = _one(pen, base, number, previous)
    while pen.head.sequence + 1 < events:
        pen.tell(Change("promote", (base.digest,), "ApprovalMissing: 0 of 2 people approved", "refused"))
    pen.finish()
    return place


def _one(pen: Pen, base: Base, number: int, previous: Release | None) -> Release:
    """From training to release, in seven events."""
    run = TrainingRun(
        method="sft", base=base.digest, dataset="d" * 64, parent=None, weights=f"{number:064x}", settings={"lr": 1e-4},
        rows=100, steps=10 + number, tokens=1000, first_loss=2.5, last_loss=1.5,
    )  # fmt: skip
    adapter = Adapter(
        name=f"demo{number % 10}", weights=f"{number:064x}", base=base.digest, run=run.digest, rank=8,
        target_modules=("q_proj", "v_proj"), licences={"MIT": 100}, golden=(),
    )  # fmt: skip
    figure = Figure(name="accuracy", value=0.5 + number % 400 / 1000, low=0.4, high=0.95, n=300)
    evidence = Evidence(type="headline", subject=adapter.digest, figures=(figure,))
    verdict = Verdict(
        subject=adapter.digest, policy=POLICY, evidence=(evidence.digest,), passed=True, reasons=("Better.",),
        against=(base.digest,),
    )  # fmt: skip
    pen.stage("train", run, base.digest)
    pen.stage("adapter", adapter, base.digest, run.digest)
    pen.stage("evaluate", evidence, adapter.digest)
    pen.stage("gate", verdict, adapter.digest, evidence.digest)
    approvals = tuple(_approval(pen, adapter, evidence, who) for who in ("rita", "paul"))
    return _release(pen, (adapter, base, evidence), approvals, previous)


def _approval(pen: Pen, adapter: Adapter, evidence: Evidence, who: str) -> str:
    decision = Decision(
        decision="approve", adapter=adapter.digest, evidence=(evidence.digest,), policy=POLICY, principal=who,
        reason="fit", issued=pen.at, expires=pen.at + timedelta(days=180),
    )  # fmt: skip
    envelope = attestations.sign(decision, adapter.version, adapter.digest, pen.keys[who])
    stated = Attestation(adapter.digest, Decision.kind, envelope, who)
    pen.tell(Change("approve", (adapter.digest, decision.digest), f"{who}: fit", records=(decision,),
                    edges=(Edge(adapter.digest, decision.digest),), attestations=(stated,)))  # fmt: skip
    return envelope


def _release(
    pen: Pen, what: tuple[Adapter, Base, Evidence], approvals: tuple[str, ...], previous: Release | None
) -> Release:
    adapter, base, evidence = what
    release = Release(
        version=previous.version + 1 if previous else 1, alias="production", adapter=adapter, base=base, policy=POLICY,
        evidence=(evidence.digest,), approvals=approvals, requester="eve", makers=("eve",), principal="olaf",
        reason="better", previous=previous.digest if previous else None, issued=pen.at,
        expires=pen.at + timedelta(days=90),
    )  # fmt: skip
    envelope = attestations.sign(release, adapter.version, adapter.digest, pen.keys["olaf"])
    edges = (Edge(adapter.digest, release.digest), Edge(base.digest, release.digest))
    stated = Attestation(release.digest, Release.kind, envelope, "olaf")
    pen.tell(Change("promote", (adapter.digest, release.digest), f"production is {adapter.version}",
                    records=(release,), edges=edges, attestations=(stated,), sealed=True))  # fmt: skip
    return release


class Pen:
    """Writes changes into lists, and these into the file at the end."""

    def __init__(self, place: Place) -> None:
        self.place, self.head = place, chain.Head()
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        self.keys = {name: place.by(name).key for name in ("rita", "paul", "olaf")}
        self.rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _COLUMNS}
        self.seen: set[str] = set()
        self.linked, self.due = checkpoints.FIRST, EVERY - 1

    def stage(self, name: str, record: Record, *parents: str) -> None:
        key = digests.of_json([name, record.digest])
        row = StageRow(key, name, record.digest, 1.0)
        edges = tuple(Edge(parent, record.digest) for parent in parents)
        self.tell(Change(f"stage.{name}", (record.digest, *parents), f"key {key}", records=(record,), edges=edges,
                         stages=(row,)))  # fmt: skip

    def tell(self, change: Change) -> None:
        self.at += timedelta(seconds=1)
        number, moment = self.head.sequence + 1, self.at.replace(tzinfo=None)
        told: list[rows.Row] = []
        for record in change.records:
            digest, body = record.digest, record.canonical().decode()
            self.rows["records"].append((digest, record.kind, moment, body, number))
            told.append(("records", digest))
        for edge in change.edges:
            self.rows["edges"].append((edge.parent, edge.child, edge.relation, number))
            told.append(("edges", edge.parent, edge.child, edge.relation))
        for one in change.stages:
            self.rows["stages"].append((one.key, one.name, one.record, one.seconds, moment, number))
            told.append(("stages", one.key, one.name, one.record, one.seconds))
        for stated in change.attestations:
            values = (stated.digest, stated.subject, stated.type, stated.envelope, stated.signer, number)
            self.rows["attestations"].append(values)
            told.append(("attestations", stated.digest, stated.signer))
        brought = rows.digest_of(told) if told else None
        event = chain.link(self.head, chain.Source(self.at, "eve"), change, brought)
        canonical = event.canonical()
        self.head = chain.Head(number, digests.of_record(event.kind, canonical))
        self.rows["events"].append((number, self.head.digest, canonical.decode()))
        if change.sealed or number >= self.due:
            self._seal()

    def _seal(self) -> None:
        number = self.head.sequence
        said = checkpoints.Checkpoint(
            sequence=number, head=self.head.digest, at=self.at, every=EVERY, previous=self.linked
        )
        envelope = checkpoints.sign(said, self.keys["olaf"])
        self.rows["checkpoints"].append((number, envelope, number + EVERY))
        self.linked, self.due = digests.of_bytes(envelopes.payload(envelope)), number + EVERY

    def finish(self) -> None:
        outside = self.place.workspace.checkpoints
        outside.mkdir(parents=True)
        for number, envelope, _ in self.rows["checkpoints"]:
            checkpoint_files.path_in(outside, int(str(number))).write_text(str(envelope))
        with duckdb.connect(str(self.place.workspace.registry)) as connection:
            for table, columns in _COLUMNS.items():
                arrays = [pa.array(column, kind) for column, (_, kind) in
                          zip(zip(*self.rows[table], strict=True), columns, strict=True)]  # fmt: skip
                made = pa.table(dict(zip([name for name, _ in columns], arrays, strict=True)))
                connection.from_arrow(made).insert_into(table)
        self.rows.clear()
