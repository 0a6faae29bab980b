"""Two adapters side by side: settings, data, licences, evidence. Pure: material in, differences out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from registry.lineage.provenance import Provenance
from registry.lineage.row_changes import RowChange
from registry.records import Adapter, DocumentSet, Evidence, Figure, Scalar, ScrubbedSet, Verdict


@dataclass(frozen=True)
class Line:
    """One thing that both sides say something about, or only one; None where a side says nothing."""

    name: str
    a: Scalar
    b: Scalar


@dataclass(frozen=True)
class Documents:
    """Paths of source files. `changed` have other content under the same path."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    same: int


@dataclass(frozen=True)
class Measured:
    """One figure of one type of evidence, as both sides have it."""

    name: str
    a: Figure | None
    b: Figure | None


@dataclass(frozen=True)
class Comparison:
    """`settings` are named `method.setting`; `evidence` has every figure of the evidence that counts.

    `again` names the side whose figures are those that the gate had measured beside the other, on the other's
    held-out rows; empty where both are as each was judged itself.
    """

    a: Adapter
    b: Adapter
    settings: tuple[Line, ...]
    data: tuple[Line, ...]
    documents: Documents
    rows: tuple[RowChange, ...]
    licences: tuple[Line, ...]
    evidence: tuple[Measured, ...]
    gate: tuple[Line, ...]
    again: str = ""


def compare(a: Provenance, b: Provenance, rows: Sequence[RowChange]) -> Comparison:
    """`rows` are those of `row_changes`, which reads them."""
    before, after, again = _side_by_side(a, b)
    return Comparison(
        a=a.adapter,
        b=b.adapter,
        settings=_lines(_settings(a), _settings(b)),
        data=_lines(_data(a), _data(b)),
        documents=_documents(a, b),
        rows=tuple(rows),
        licences=_lines(_licences(a), _licences(b)),
        evidence=_evidence(before, after),
        gate=_lines(_gate(a), _gate(b)),
        again=again,
    )


def _documents(a: Provenance, b: Provenance) -> Documents:
    before, after = ({one.path: one.content for one in side.documents} for side in (a, b))
    both = before.keys() & after.keys()
    changed = sorted(path for path in both if before[path] != after[path])
    return Documents(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(changed),
        same=len(both) - len(changed),
    )


def _side_by_side(a: Provenance, b: Provenance) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...], str]:
    """The evidence of both, of one as it was measured for the other's verdict, on the same questions; and which one."""
    if (found := _as_seen_by(b.verdict, a)) != a.evidence:
        return found, b.evidence, a.adapter.version
    if (found := _as_seen_by(a.verdict, b)) != b.evidence:
        return a.evidence, found, b.adapter.version
    return a.evidence, b.evidence, ""


def _as_seen_by(verdict: Verdict | None, side: Provenance) -> tuple[Evidence, ...]:
    seen = set(verdict.evidence) if verdict else set()
    again = {one.type: one for one in side.measured if one.digest in seen}
    return tuple(again.get(one.type, one) for one in side.evidence)


def _evidence(a: Iterable[Evidence], b: Iterable[Evidence]) -> tuple[Measured, ...]:
    before, after = ({f"{one.type} {f.name}": f for one in side for f in one.figures} for side in (a, b))
    return tuple(Measured(name, before.get(name), after.get(name)) for name in sorted(before.keys() | after.keys()))


def _lines(a: Iterable[tuple[str, Scalar]], b: Iterable[tuple[str, Scalar]]) -> tuple[Line, ...]:
    before, after = dict(a), dict(b)
    return tuple(Line(name, before.get(name), after.get(name)) for name in dict.fromkeys((*before, *after)))


def _settings(side: Provenance) -> Iterator[tuple[str, Scalar]]:
    yield "base", side.base.name if side.base else side.adapter.base
    yield "base weights", side.base.weights if side.base else None
    yield "rank", side.adapter.rank
    yield "target modules", ", ".join(side.adapter.target_modules)
    for name, run in side.methods:
        yield from ((f"{name}.{setting}", value) for setting, value in sorted(run.settings.items()))
        yield from ((f"{name} with {package}", version) for package, version in sorted(run.software.items()))


def _data(side: Provenance) -> Iterator[tuple[str, Scalar]]:
    yield "documents", len(side.documents)
    yield "documents erased", len(side.erased)
    for one in side.made_of:
        match one:
            case DocumentSet():
                yield "documents refused", sum(refusal.what == "document" for refusal in one.rejected)
                yield "rows of documents refused", sum(refusal.what == "row" for refusal in one.rejected)
            case ScrubbedSet():
                yield "units scrubbed", one.units.rows
                yield "personal data found", sum(one.entities.values())
                yield "pseudonym key", one.key_id
                yield "scrubbing policy", one.policy
    for dataset in side.datasets:
        yield f"{dataset.purpose} rows to train", dataset.train.rows
        yield f"{dataset.purpose} rows held out", dataset.held_out.rows
        yield f"{dataset.purpose} rows refused", len(dataset.rejected)
    for run in side.runs:
        yield f"{run.method} steps", run.steps
        yield f"{run.method} last loss", run.last_loss


def _licences(side: Provenance) -> Iterator[tuple[str, Scalar]]:
    if side.base:
        yield "base", side.base.licence
    for name, count in sorted(Counter(one.licence for one in side.documents).items()):
        yield f"documents under {name}", count
    for name, count in sorted(side.adapter.licences.items()):
        yield f"rows under {name}", count


def _gate(side: Provenance) -> Iterator[tuple[str, Scalar]]:
    verdict = side.verdict
    yield "passed", verdict.passed if verdict else None
    yield "policy", verdict.policy if verdict else None
    for verb in ("approve", "reject", "revoke"):
        people = sorted({one.principal for one in side.decisions if one.decision == verb})
        yield f"{verb} by", ", ".join(people) or None
