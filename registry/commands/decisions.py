"""approve, reject, revoke, promote, rollback: every one signed, every one in the audit chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from registry import digests
from registry.audit.attempts import attempt
from registry.commands.duties import Duty, Judge, as_data, judged, tell
from registry.commands.session import AsJson, WithKey, opened_by, print_json, short, stated
from registry.errors import ConfigError, NotFound, Revoked
from registry.pages.labels import visible
from registry.release.files import PRODUCTION, heal
from registry.workspace import Workspace

if TYPE_CHECKING:
    from registry.database.store import Registry
    from registry.decisions.cases import Case
    from registry.records import Adapter, Decision, Release
    from registry.release.proposals import Waiting
    from registry.trust.signatory import Signatory

AdapterName = Annotated[
    str, typer.Argument(metavar="ADAPTER", help="Its name, name@digest, an alias, or 8 digits of its digest.")
]
Alias = Annotated[str, typer.Argument(help="What applications ask for.")]
NewAlias = Annotated[bool, typer.Option("--new-alias", help="ALIAS is a new name on purpose; no server serves it.")]
Meant = Annotated[str, typer.Option("--adapter", help="Sign only if it is this one that waits.")]
Reason = Annotated[str, typer.Option("--reason", callback=short, help="Why; it is signed and kept.")]
Cause = Annotated[str, typer.Option("--reason", callback=stated, help="Why; it is signed and kept.")]
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="For how long it is in force.")]
PolicyDigest = Callable[[Workspace], str]
Verb = Literal["reject", "revoke"]


def attach(app: typer.Typer, policy_digest: PolicyDigest, judge: Judge) -> None:
    @app.command()
    def approve(
        ctx: typer.Context,
        adapter: AdapterName,
        key: WithKey,
        reason: Reason = "",
        days: Days = 180,
        as_json: AsJson = False,
    ) -> None:
        """Sign that an adapter may be used. Two people have to, neither of whom asked for it."""
        with attempt(ctx.obj, "approve", adapter):
            _approve(ctx.obj, (adapter, key), (policy_digest(ctx.obj), reason, days), judge, as_json)

    @app.command()
    def reject(
        ctx: typer.Context, adapter: AdapterName, key: WithKey, reason: Cause, as_json: AsJson = False
    ) -> None:
        """Sign that an adapter may not be used. No approval outweighs it."""
        with attempt(ctx.obj, "reject", adapter):
            _forbid(ctx.obj, "reject", adapter, key, (_at_hand(ctx.obj, policy_digest), reason, 3650), as_json)

    @app.command()
    def revoke(
        ctx: typer.Context, adapter: AdapterName, key: WithKey, reason: Cause, as_json: AsJson = False
    ) -> None:
        """Take an approved adapter out of use for good."""
        with attempt(ctx.obj, "revoke", adapter):
            _forbid(ctx.obj, "revoke", adapter, key, (_at_hand(ctx.obj, policy_digest), reason, 3650), as_json)

    @app.command()
    def promote(  # noqa: PLR0913 - what a release is, and how it is told
        ctx: typer.Context,
        adapter: AdapterName,
        key: WithKey,
        alias: Alias = "production",
        reason: Reason = "",
        new_alias: NewAlias = False,
        as_json: AsJson = False,
    ) -> None:
        """Sign a release: from now on ALIAS means this approved adapter."""
        with attempt(ctx.obj, "promote", adapter):
            what = (adapter, alias, new_alias)
            done = _promote(ctx.obj, what, key, (policy_digest(ctx.obj), reason, 90), judge)
        _say(done, as_json)

    @app.command()
    def countersign(
        ctx: typer.Context, key: WithKey, alias: Alias = "production", adapter: Meant = "", as_json: AsJson = False
    ) -> None:
        """Sign a release that waits for another operator, where the trust root asks for several."""
        with attempt(ctx.obj, "countersign"):
            done = _countersign(ctx.obj, (adapter, alias), key, policy_digest(ctx.obj), judge)
        _say(done, as_json)

    @app.command()
    def rollback(
        ctx: typer.Context,
        key: WithKey,
        alias: Alias = "production",
        reason: Reason = "",
        as_json: AsJson = False,
    ) -> None:
        """Sign a new release of the adapter that ALIAS meant before. Doing it again goes forward."""
        with attempt(ctx.obj, "rollback"):
            done = _rollback(ctx.obj, alias, key, (policy_digest(ctx.obj), reason, 90), judge)
        _say(done, as_json, " again")


Terms = tuple[str, str, int]
"""(policy digest, reason, days in force)"""
Released = tuple["Release | Waiting", Sequence[Duty], tuple[str, ...]]
"""What was released or waits to be, what it owes, and who signed it."""


def _at_hand(workspace: Workspace, policy_digest: PolicyDigest) -> str:
    """The policy that a refusal was made under, or that of none: to stop is allowed also while nobody can read it."""
    try:
        return policy_digest(workspace)
    except (ConfigError, OSError) as error:
        typer.echo(f"no policy is named in it: {visible(str(error))}", err=True)
        return digests.EMPTY


def _approve(workspace: Workspace, asked: tuple[str, str], terms: Terms, judge: Judge, as_json: bool) -> None:
    from registry.decisions.approvals import approve
    from registry.decisions.cases import Case
    from registry.decisions.grounds import adapter_standing

    (reference, key), (policy, reason, days) = asked, terms
    with opened_by(workspace, key) as (registry, by):
        adapter = registry.find(reference)
        owed = judged(registry, workspace, ("approve", adapter), judge)
        case = Case(adapter, policy, reason, timedelta(days=days))
        decision = approve(registry, case, by)
        heal(registry, workspace)
        refusal = adapter_standing(registry, case, by.trust, by.now).refusal
        waiting = refusal.message if refusal else ""
        _say_decided(decision, adapter, waiting, as_json, owed)
        _name_unsigned(registry, case, by)
        _name_other_policy(registry, policy)
    if not as_json:
        tell(owed)
        typer.echo(visible(waiting or f"approved; next: muniment promote {adapter.version} --key OPERATOR"))


def _forbid(workspace: Workspace, verb: Verb, reference: str, key: str, terms: Terms, as_json: bool) -> None:
    from registry.decisions import approvals
    from registry.decisions.cases import Case

    policy, reason, days = terms
    forbidding = approvals.reject if verb == "reject" else approvals.revoke
    with opened_by(workspace, key, stopping=True) as (registry, by):
        adapter = registry.find(reference)
        decision = forbidding(registry, Case(adapter, policy, reason, timedelta(days=days)), by)
        heal(registry, workspace)
        _say_decided(decision, adapter, f"{verb} by {decision.principal}", as_json)
        _name_in_force(registry, verb, adapter)


def _say_decided(
    decision: Decision, adapter: Adapter, waiting: str, as_json: bool, owed: Sequence[Duty] | None = None
) -> None:
    """`waiting` is why the adapter may not be used, where it may not; what it owes was asked for an approval alone."""
    verb = decision.decision
    if as_json:
        more = {} if owed is None else {"obligations": as_data(owed)}
        print_json({"adapter": adapter.version, "decision": verb, "principal": decision.principal,
                    "digest": decision.digest, "approved": not waiting, "refusal": waiting, **more})  # fmt: skip
    else:
        typer.echo(visible(f"{decision.principal}: {verb} {adapter.version}"))


def _name_in_force(registry: Registry, verb: Verb, adapter: Adapter) -> None:
    """Whoever forbids an adapter is told what still means it, or serves what goes on from weights that were revoked."""
    from registry.decisions.dossier import read
    from registry.release.releases import way_back

    for alias in registry.aliases():
        release = registry.current(alias)
        if release is None:
            continue
        now = release.adapter
        if now.digest == adapter.digest:
            back = way_back(registry, alias) or "approve and promote another one"
            typer.echo(visible(f"{alias} still means it and answers nothing; next: {back}"), err=True)
        elif verb == "revoke" and adapter.run in read(registry, now).runs[1:]:
            version = now.version
            sentence = f"{alias} means {version}, which goes on from it; next: muniment revoke {version}"
            typer.echo(visible(sentence), err=True)


def _name_unsigned(registry: Registry, case: Case, by: Signatory) -> None:
    """Whoever approves is told which figures nobody vouches for."""
    from registry.decisions.evidence import unsigned
    from registry.decisions.grounds import subject_of
    from registry.records import Evidence

    seen = (registry.get(digest) for digest in subject_of(registry, case).evidence)
    bare = sorted(one.type for one in unsigned(registry, [r for r in seen if isinstance(r, Evidence)], by.trust))
    if bare:
        typer.echo(visible(f"nobody signed this evidence: {', '.join(bare)}"), err=True)


def _name_other_policy(registry: Registry, policy: str) -> None:
    """Whoever approves is told that other rules count than when production was released: who may write here may set
    them."""
    release = registry.current(PRODUCTION)
    if release and release.policy != policy:
        these = f"({policy[:12]}) than production was released under ({release.policy[:12]})"
        typer.echo(f"the policy is another one {these}; read what changed in policy.yaml", err=True)


def _promote(workspace: Workspace, what: tuple[str, str, bool], key: str, terms: Terms, judge: Judge) -> Released:
    reference, alias, is_new = what
    with opened_by(workspace, key) as (registry, by):
        if alias not in {PRODUCTION, *registry.aliases()} and not is_new:
            step = f"is {PRODUCTION} meant? --new-alias makes another name, which no server serves"
            raise NotFound(f"no release has given the alias {alias} a meaning", step)
        adapter = registry.find(reference)
        owed = judged(registry, workspace, ("promote", adapter), judge)
        return _told(registry, _release(registry, workspace, (adapter, alias, False), by, terms), owed, by)


def _rollback(workspace: Workspace, alias: str, key: str, terms: Terms, judge: Judge) -> Released:
    from registry.release import releases

    with opened_by(workspace, key) as (registry, by):
        adapter = releases.before(registry, alias)
        owed = judged(registry, workspace, ("rollback", adapter), judge)
        try:
            return _told(registry, _release(registry, workspace, (adapter, alias, True), by, terms), owed, by)
        except Revoked as error:
            error.next_step = releases.way_back(registry, alias) or error.next_step
            raise


def _release(
    registry: Registry, workspace: Workspace, what: tuple[Adapter, str, bool], by: Signatory, terms: Terms
) -> Release | Waiting:
    from registry.decisions.cases import Case
    from registry.release import releases
    from registry.release.proposals import propose

    (adapter, alias, back), (policy, reason, days) = what, terms
    case = Case(adapter, policy, reason, timedelta(days=days))
    if by.trust.thresholds.release > 1:
        return propose(registry, workspace, case, by, alias)
    releasing = releases.rollback if back else releases.promote
    return releasing(registry, workspace, case, by, alias)


def _countersign(workspace: Workspace, what: tuple[str, str], key: str, policy: str, judge: Judge) -> Released:
    from registry.release.proposals import countersign, proposed

    reference, alias = what
    with opened_by(workspace, key) as (registry, by):
        meant = registry.find(reference) if reference else proposed(workspace, alias, by.trust).adapter
        owed = judged(registry, workspace, ("countersign", meant), judge)
        return _told(registry, countersign(registry, workspace, alias, by, policy, meant), owed, by)


def _told(registry: Registry, done: Release | Waiting, owed: Sequence[Duty], by: Signatory) -> Released:
    from registry.release.proposals import signers

    return done, owed, signers(registry, done, by.trust)


def _say(told: Released, as_json: bool, again: str = "") -> None:
    from registry.records import Release

    done, owed, people = told
    if as_json:
        release = done if isinstance(done, Release) else done.release
        print_json({"alias": release.alias, "adapter": release.adapter.version, "version": release.version,
                    "in_force": isinstance(done, Release), "signed_by": list(people),
                    "waiting": None if isinstance(done, Release) else str(done.path),
                    "obligations": as_data(owed)})  # fmt: skip
        return
    tell(owed)
    if isinstance(done, Release):
        which = f"release {done.version}, signed by {', '.join(people)}"
        typer.echo(visible(f"{done.alias} is {done.adapter.version}{again} ({which})"))
        if done.alias != PRODUCTION:
            typer.echo(f"no server serves {done.alias}, only {PRODUCTION}", err=True)
        elif done.version == 1:
            typer.echo("next: muniment serve", err=True)
    else:
        signed = f"signed by {len(people)} of {done.needed} operators ({', '.join(people)})"
        typer.echo(visible(f"{done.path} waits: {signed}"))
        what = f"{done.release.alias} --adapter {done.release.adapter.version}"
        typer.echo(f"next: another operator runs muniment countersign {what} --key NAME", err=True)
