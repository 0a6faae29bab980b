"""What a workspace has reached, in one record: for `muniment status`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile

from pydantic import AwareDatetime, BaseModel, ConfigDict

from flows.stage import at_work
from flows.status.waiting import APPROVED, BARRED, RUN, Asked, Waiting, furthest, waiting_of
from governance.gates import in_order
from registry.audit.attempts import stages_refused
from registry.commands.session import has_registry, opened
from registry.database.listing import OPEN, counts, listing, superseded
from registry.database.store import Registry
from registry.errors import MunimentError, NotFound
from registry.lineage.provenance import gone_on_from
from registry.records import Adapter, Evidence, Release, TrainingRun, Verdict
from registry.release.proposals import proposed
from registry.release.releases import way_back
from registry.release.verification import verify_release
from registry.trust.seen import trust_of
from registry.workspace import Workspace, advice_at

MOST = 10
"""Adapters, the newest, of which is asked what they lack."""
AFTER_REFUSAL = (
    "train longer (sft.num_train_epochs, or --auto --budget 45m), bring more or better questions, "
    "or have compliance look at gate: in policy.yaml; then: muniment run"
)
GOES_ON = frozenset(("build pairs: DatasetTooSmall", "build pairs: NothingToLearn"))
"""Refusals that leave a stage out, and end no run."""
BESIDE = frozenset(("compare", "set apart", "delta", "train on", "export"))
"""Stages whose refusals end none."""
ON_ITS_WAY = "wait for the run that is at work"
_ANOTHER = "muniment run makes another one, where documents, questions or settings have changed"


class Stopped(BaseModel):
    """Where the newest refusal ended a run: the named error and its grounds, as the audit chain keeps them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    stage: str
    error: str
    at: AwareDatetime

    @property
    def named(self) -> str:
        return self.error.partition(":")[0]


class Standing(BaseModel):
    """`candidates` maps version to the gate's word on it and people's; `counts` a word of `list --kind` to a number.

    `superseded` are those of the documents that were changed or taken away since. `at_work` names the stages that runs
    are at; `stopped` is where a rule ended a run, unless a stage was finished since. `withdrawn` is the word on
    production's adapter where somebody has taken it out: nothing is served until an operator releases another. `lapsed`
    is why a server that starts now would refuse a release that nobody took out, such as an operator who was struck off
    since. `next` is what brings the adapter on that lacks least, empty where nothing is to be done.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    workspace: str
    at_work: tuple[str, ...] = ()
    production: str | None
    withdrawn: str | None = None
    lapsed: str | None = None
    counts: dict[str, int]
    superseded: int = 0
    stopped: Stopped | None = None
    candidates: dict[str, str]
    next: str = ""


def standing_of(workspace: Workspace, policy: str = "", alias: str = "production") -> Standing:
    """Read the registry. A workspace that has not run yet has nothing, which is no error.

    `policy` is the digest of the policy as it is now: the gate's word under another one opens nothing. Empty, the last
    word is told under whatever policy it was given.

    Raises NotFound for a directory that is no workspace.
    """
    if not has_registry(workspace):
        if not workspace.pipeline.exists():
            next_step = advice_at(workspace.root, f"muniment init {workspace.root}, or choose one with -C DIR")
            raise NotFound(f"{workspace.root} is no workspace", next_step)
        return Standing(workspace=str(workspace.root), production=None, counts={}, candidates={}, next=RUN)
    busy = at_work(workspace)
    with opened(workspace) as registry:
        found = _read(registry, workspace, policy, alias)
    if not busy:
        return found
    following = ON_ITS_WAY if RUN in found.next else found.next
    return found.model_copy(update={"at_work": busy, "stopped": None, "next": following})


def _read(registry: Registry, workspace: Workspace, policy: str, alias: str) -> Standing:
    release, given, adapters = registry.current(alias), registry.all(Verdict), registry.all(Adapter)
    decided = _decided(registry)
    current = {verdict.subject: verdict for verdict in given if policy in ("", verdict.policy)}
    serving, production = (release.adapter.digest, release.adapter.version) if release else (None, None)
    withdrawn = _withdrawn(release, decided)
    back = way_back(registry, alias) if withdrawn else ""
    lapsed, mended = _lapsed(registry, workspace, release, policy) if release and not withdrawn else ("", "")
    later = _later(adapters, serving, bool(withdrawn and not back))
    waiting = {
        a.version: waiting_of(registry, a, Asked(workspace, verdict.policy, release, datetime.now(UTC)))
        for a in later[:MOST]
        if (verdict := current.get(a.digest)) and verdict.passed and decided[a.version] in OPEN
    }
    outdated = {a.version for a in adapters if a.digest not in current and decided[a.version] in OPEN}
    newer = {a.version for a in later}
    told = _Told(registry, {verdict.subject: verdict for verdict in given} | current, outdated, decided, waiting, newer)
    stood = set() if withdrawn else {one.adapter.version for one in registry.releases(alias)}
    # What was rolled back is not asked for: somebody had a reason.
    asked = [a for a in later[:MOST] if a.version in waiting.keys() - stood]
    step = furthest([waiting[version] for version in _in_order(registry, asked, current)])
    again = _judging([a for a in later if a.version in outdated], told.verdicts) if adapters else RUN
    idle = AFTER_REFUSAL if _is_refused(later, current) else _ANOTHER if production is None or withdrawn else ""
    signing = _countersigning(workspace, alias, release, decided)
    steps = (signing, (back or mended) if step.far < APPROVED else "", step.step, again, idle)
    return Standing(
        workspace=str(workspace.root), production=production, withdrawn=withdrawn, lapsed=lapsed or None,
        counts=counts(registry), superseded=superseded(registry), stopped=_stopped(registry),
        candidates=told.words(adapters, serving), next=next(filter(None, steps), ""),
    )  # fmt: skip


def _judging(outdated: Sequence[Adapter], verdicts: Mapping[str, Verdict]) -> str:
    """What has the gate judge adapters, the newest first, that it has not under this policy; `verdicts` as in `_Told`.

    One that it never judged may have been trained by other settings, with which no plain run comes by it.
    """
    if any(adapter.digest in verdicts for adapter in outdated):
        return RUN
    return f"{RUN} with the settings that {outdated[0].version} was trained by" if outdated else ""


def _later(adapters: Sequence[Adapter], serving: str | None, lost: bool) -> list[Adapter]:
    """Those that were made after production's (`serving`), newest first; all of them where it is `lost` for good."""
    return list(takewhile(lambda adapter: adapter.digest != serving or lost, reversed(adapters)))


def _in_order(registry: Registry, passed: Sequence[Adapter], current: Mapping[str, Verdict]) -> list[str]:
    """Versions of the `passed`, newest first; of those that were measured beside each other as the gate has them."""
    versions = {adapter.digest: adapter.version for adapter in passed}
    found = registry.many(digest for adapter in passed for digest in current[adapter.digest].evidence)
    evidence = [one for one in found.values() if isinstance(one, Evidence)]
    beside: dict[frozenset[str], list[str]] = {}
    for adapter in passed:
        of_base = {one.digest for one in evidence if one.subject == adapter.base}
        beside.setdefault(frozenset(of_base.intersection(current[adapter.digest].evidence)), []).append(adapter.digest)
    return [versions[digest] for together in beside.values() for digest in in_order(together, evidence)]


def _stopped(registry: Registry) -> Stopped | None:
    """The newest refusal that ended a run, if no stage was finished since."""
    for event in stages_refused(registry):
        found = Stopped(stage=event.action.removeprefix("stage."), error=event.detail, at=event.at)
        if found.stage not in BESIDE and f"{found.stage}: {found.named}" not in GOES_ON:
            return found
    return None


def _lapsed(registry: Registry, workspace: Workspace, release: Release, policy: str) -> tuple[str, str]:
    """Why a server that starts would refuse the release, and what makes it good; empty where it would not."""
    now = datetime.now(UTC)
    try:
        trust = trust_of(workspace, now)
    except MunimentError as error:
        return error.message, error.next_step
    try:
        for one in registry.attestations(release.digest, Release.kind):
            verify_release(one.envelope.encode(), trust, now, alias=release.alias)
    except MunimentError as error:
        waits = waiting_of(registry, release.adapter, Asked(workspace, policy or release.policy, release, now))
        return error.message, waits.step or RUN
    return "", ""


def _countersigning(workspace: Workspace, alias: str, current: Release | None, decided: Mapping[str, str]) -> str:
    """The command of the next operator where a release waits that would follow the present one."""
    try:
        waiting = proposed(workspace, alias, trust_of(workspace, datetime.now(UTC)))
    except MunimentError:
        return ""
    version = waiting.adapter.version
    if waiting.previous != (current.digest if current else None) or decided.get(version) in ("rejected", "revoked"):
        return ""
    return f"another operator: muniment countersign {alias} --adapter {version} --key NAME"


def _is_refused(later: Sequence[Adapter], current: Mapping[str, Verdict]) -> bool:
    """Whether the gate refused the newest adapter."""
    verdict = current.get(later[0].digest) if later else None
    return verdict is not None and not verdict.passed


@dataclass(frozen=True)
class _Told:
    """What is said of adapters, by digest the gate's last word, by version people's and what they lack.

    `newer` are those that a run may come by again.
    """

    registry: Registry
    verdicts: Mapping[str, Verdict]
    outdated: Collection[str]
    decided: Mapping[str, str]
    waiting: Mapping[str, Waiting]
    newer: Collection[str]

    def words(self, adapters: Sequence[Adapter], serving: str | None) -> dict[str, str]:
        runs = {run.digest: run for run in self.registry.all(TrainingRun)}
        return {a.version: self._word(a, gone_on_from(a, adapters, runs)) for a in adapters if a.digest != serving}

    def _word(self, adapter: Adapter, before: Adapter | None) -> str:
        """The gate's word and people's; an approval goes with the policy that it was given under, a refusal stays."""
        made = f" (goes on from {before.version})" if before else ""
        said, verdict = self.decided[adapter.version], self.verdicts.get(adapter.digest)
        if waits := self.waiting.get(adapter.version):
            said = waits.said
        since = "" if said in ("", "candidate", "refused") else f"; {said}"
        if verdict is None and self.decided[adapter.version] not in OPEN:
            return f"never judged{made}{since}"
        if verdict is None:
            return f"not judged yet{made}: muniment run with the settings it was trained by{since}"
        if adapter.version in self.outdated:
            return f"judged under another policy{made}" + (": muniment run" if adapter.version in self.newer else "")
        return (f"passed the gate{made}" if verdict.passed else f"refused{made}: {' '.join(verdict.reasons)}") + since


def waiting_for(workspace: Workspace, version: str, alias: str = "production") -> Waiting:
    """Where an adapter stands that a run ended with. Without a step nobody is asked about it, as status asks nobody:
    `said` is why."""
    with opened(workspace) as registry:
        release, adapters = registry.current(alias), registry.all(Adapter)
        adapter = next(one for one in adapters if one.version == version)
        serving = release.adapter if release else None
        withdrawn = _withdrawn(release, _decided(registry))
        lost = bool(withdrawn and not way_back(registry, alias))
        later = _later(adapters, serving.digest if serving else None, lost)
        if serving and adapter not in later:
            return Waiting(BARRED, f"{serving.version} in {alias} was made after it", "")
        if not withdrawn and version in {one.adapter.version for one in registry.releases(alias)}:
            return Waiting(BARRED, f"it stood in {alias} before: muniment history", "")
        policy = [one.policy for one in registry.all(Verdict) if one.subject == adapter.digest][-1]
        return waiting_of(registry, adapter, Asked(workspace, policy, release, datetime.now(UTC)))


def status_of(workspace: Workspace, version: str) -> str:
    """An adapter's word in `muniment list`: `candidate`, `approved`, `rejected`, `revoked`, or what means it now."""
    with opened(workspace) as registry:
        return _decided(registry)[version]


def _decided(registry: Registry) -> dict[str, str]:
    """Such a word by version, of every adapter."""
    return {str(row["adapter"]): str(row["status"]) for row in listing(registry, "adapters").as_dicts()}


def _withdrawn(release: Release | None, decided: Mapping[str, str]) -> str | None:
    """The word for what is released and may not be served any more."""
    said = decided[release.adapter.version] if release else ""
    return said if said in ("rejected", "revoked") else None
