"""`muniment export`: whether an adapter may leave, the stage that writes it, and its way out of the workspace.

Exported files are checked by nobody any more, so they take what a release takes: an adapter that enough people
approved under the policy as it is now. A refusal is in the audit chain, and so is every way out.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from flows.export.settings import Order
from flows.stage import Done, Inputs, Stage, once
from flows.walk.licences import notice_of
from governance.licences.expressions import joined, normalise
from governance.licences.judgement import require, spoken
from governance.licences.materials import materials_of
from governance.licences.notice import Notice
from governance.policy import Policy, policy_of
from registry import digests
from registry.artifacts import disk_full_named, sync
from registry.commands.bar import bar
from registry.commands.session import actor, opened, require_foreign
from registry.database.changes import Change
from registry.database.store import Registry
from registry.decisions.cases import Case
from registry.decisions.grounds import adapter_standing
from registry.errors import ConfigError, IntegrityError, LicenceRefused
from registry.files import nearest, writable
from registry.locks import alone
from registry.records import Adapter, Base, Export
from registry.release.verification import every_refusal, refuse_published
from registry.trust.seen import trust_of
from registry.workspace import Workspace

EXPORT = Stage("export", Export, 2)
ACTION = "export.out"


def export(workspace: Workspace, reference: str, order: Order, out: Path) -> Export:
    """Write the adapter as `order` says into the directory `out`, which must be new or empty.

    Raises ConfigError, NotFound, Erased, ApprovalMissing, Revoked, LicenceRefused, NotExportable, ParityLost,
    DigestMismatch.
    """
    require_foreign(workspace, out)
    _require_room(out)
    adapter, base, licence = _admitted(workspace, reference, order)
    notice = notice_of(workspace, adapter.version, (order.use,))
    _require_texts(notice, order)

    def work(scratch: Path) -> Done[Export]:
        from flows.export.work import Subject, make

        subject = Subject(adapter, base, notice.text, licence)
        with bar("export") as progress:
            return Done(make(subject, order, workspace.artifacts, scratch, progress))

    inputs = Inputs((adapter, base), (order,), (digests.of_text(notice.text),))
    made = once(workspace, actor(), EXPORT, inputs, work).record
    with opened(workspace) as registry:
        with registry.attempting("export", (adapter.digest,)):
            _require_standing(workspace, registry, adapter)  # minutes may have gone by
        registry.apply(Change(ACTION, (made.digest, adapter.digest), f"{order.form} to {spoken(order.use)}"))
    _hand_out(workspace.artifacts.verified(made.weights), out, out.parent / f".{out.name}.{made.digest[:12]}")
    return made


def _admitted(workspace: Workspace, reference: str, order: Order) -> tuple[Adapter, Base, str]:
    """The adapter, its base, and all licences of what they were made from, as one expression."""
    policy = policy_of(workspace)
    with opened(workspace) as registry:
        adapter = registry.find(reference)
        base = registry.get(adapter.base)
        if not isinstance(base, Base):
            raise IntegrityError(f"the base of {adapter.version} is not a base model", "see: muniment verify")
        with registry.attempting("export", (adapter.digest,)):
            _require_standing(workspace, registry, adapter)
            licence = _required_licences(registry, adapter, order, policy)
            workspace.artifacts.verified(adapter.weights)
    return adapter, base, licence


def _require_standing(workspace: Workspace, registry: Registry, adapter: Adapter) -> None:
    policy, now = policy_of(workspace), datetime.now(UTC)
    case = Case(adapter, policy.digest, "export")
    adapter_standing(registry, case, trust_of(workspace, now), now).require()
    refuse_published(adapter, every_refusal(workspace))


def _required_licences(registry: Registry, adapter: Adapter, order: Order, policy: Policy) -> str:
    """Of everything in the lineage, as it is known now, not only of what the gate saw."""
    materials = materials_of(registry, adapter)
    require(materials, (order.use,), policy.licences, adapter.name)
    return joined([normalise(material.licence, policy.licences) for material in materials])


def _require_texts(notice: Notice, order: Order) -> None:
    if notice.missing and order.use == "distribute":
        raise LicenceRefused(
            f"may not be handed on without the text of {', '.join(notice.missing)}, which is not here",
            "put it beside the base model as LICENSE",
        )


def _require_room(out: Path) -> None:
    if out.resolve() == Path.cwd():
        raise ConfigError(f"{out} is the current directory, which cannot be replaced", "name a new one with --out")
    if out.is_symlink() or (out.exists() and not (out.is_dir() and not any(out.iterdir()))):
        raise ConfigError(f"{out} is there already and not an empty directory", "name a new one with --out")
    above = nearest(out.absolute().parent)
    if not writable(above):
        raise ConfigError(f"nothing can be written in {above}", "name another place with --out")


def _hand_out(files: Path, out: Path, staging: Path) -> None:
    """All of it or nothing: copied beside, synced, renamed. What a killed export left there is made anew."""
    with disk_full_named(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with alone(staging.with_name(f"{staging.name}.lock"), f"another command exports to {out}"):
            _require_room(out)
            shutil.rmtree(staging, ignore_errors=True)
            try:
                shutil.copytree(files, staging)
                for path in staging.iterdir():
                    sync(path)
                staging.replace(out)
                sync(out.parent)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
