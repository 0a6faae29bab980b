"""What was in force at a moment, as a page and as JSON."""

from __future__ import annotations

from registry.pages.adapter import decision_row, evidence_rows, verdict_rows
from registry.pages.sections import Section
from registry.records import Evidence
from registry.release.past import Moment
from registry.times import spoken


def past_page(moment: Moment) -> list[Section]:
    release, signers = moment.release, " and ".join(moment.operators)
    return [
        Section(f"{release.alias} at {spoken(moment.at)}: {release.adapter.version}", (_in_force(moment),)),
        Section("Release", (
            ("version", str(release.version)),
            ("digest", release.digest),
            ("signed by", f"{signers} on {spoken(release.issued)}, for use until {spoken(release.expires)}"),
            ("asked for by", release.requester),
            ("reason", release.reason or "no reason given"),
            ("trust root", f"version {moment.trust}"),
            ("told of in", f"audit event {moment.event.sequence}, {spoken(moment.event.at)}, by {moment.event.actor}"),
        )),
        Section("Adapter", (
            ("digest", release.adapter.digest),
            ("weights", release.adapter.weights),
            ("base", f"{release.base.name} ({release.base.licence})  {release.base.digest[:12]}"),
        )),
        Section("Decided by", tuple(decision_row(one) for one in moment.decisions)),
        Section("On evidence", (*evidence_rows(moment.evidence), *_gone(moment))),
        Section("Gate", tuple(verdict_rows(moment.verdict))),
    ]  # fmt: skip


def past_json(moment: Moment) -> dict[str, object]:
    """`in_force` says whether serving obeyed the release at that moment, `refusal` why not."""
    release, refusal, event = moment.release, moment.refusal, moment.event
    return {
        "alias": release.alias,
        "at": moment.at.isoformat(),
        "in_force": refusal is None,
        "refusal": {"error": type(refusal).__name__, "sentence": refusal.message} if refusal else None,
        "adapter": {
            "version": release.adapter.version,
            "digest": release.adapter.digest,
            "weights": release.adapter.weights,
        },
        "base": {"name": release.base.name, "digest": release.base.digest, "licence": release.base.licence},
        "release": {
            "version": release.version,
            "digest": release.digest,
            "by": release.principal,
            "signed_by": list(moment.operators),
            "requester": release.requester,
            "reason": release.reason,
            "issued": release.issued.isoformat(),
            "expires": release.expires.isoformat(),
            "policy": release.policy,
        },
        "trust": moment.trust,
        "event": {"sequence": event.sequence, "digest": event.digest, "at": event.at.isoformat(), "actor": event.actor},
        "until": {"at": moment.ends[0].isoformat(), "why": moment.ends[1]},
        "decisions": [{"digest": one.digest, **one.model_dump(mode="json")} for one in moment.decisions],
        "evidence": [_evidence_json(digest, moment) for digest in release.evidence],
        "verdict": {"digest": moment.verdict.digest, **moment.verdict.model_dump(mode="json")}
        if moment.verdict
        else None,
    }


def _in_force(moment: Moment) -> tuple[str, str]:
    if moment.refusal:
        return "not in force", moment.refusal.message
    until, why = moment.ends
    return "in force", f"from {spoken(moment.event.at)} until {spoken(until)} ({why})"


def _gone(moment: Moment) -> list[tuple[str, ...]]:
    here = {one.digest for one in moment.evidence}
    return [("", digest[:12], "not in this registry") for digest in moment.release.evidence if digest not in here]


def _evidence_json(digest: str, moment: Moment) -> dict[str, object]:
    found = {one.digest: one for one in moment.evidence}.get(digest)
    assert found is None or isinstance(found, Evidence)
    return {"digest": digest, **(found.model_dump(mode="json") if found else {})}
