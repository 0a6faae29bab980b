"""A workspace with people, keys and one adapter that passed the gate, for the registry's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.testing import CliRunner, Result

from registry.commands import cli
from registry.commands.duties import Duty, Judge
from registry.database.store import Registry
from registry.decisions import approvals
from registry.decisions.cases import Case
from registry.decisions.evidence import sign_evidence
from registry.errors import MunimentError
from registry.records import Adapter, Base, Evidence, Figure, Release, Verdict
from registry.release import releases
from registry.trust.changes import with_roots
from registry.trust.keys import Key, load_key, new_key
from registry.trust.principals import Principal, Role, Trust
from registry.trust.root import load_trust
from registry.trust.signatory import Signatory
from registry.trust.signing import change, create_trust, enroll
from registry.workspace import Workspace

if TYPE_CHECKING:
    import pytest  # a benchmark starts processes that import this page

POLICY = "a" * 64
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
PEOPLE: dict[str, Role] = {
    "eve": "engineer", "rita": "reviewer", "paul": "privacy_officer", "rob": "reviewer", "olaf": "operator",
}  # fmt: skip


def nothing_owed(_workspace: Workspace, _registry: Registry, _adapter: Adapter) -> Sequence[Duty]:
    """Licences are judged by governance, which the registry's own tests leave out."""
    return ()


def typed(
    workspace: Workspace,
    *words: str,
    policy: Callable[[Workspace], str] = lambda _: POLICY,
    judge: Judge = nothing_owed,
) -> Result:
    """A registry command as the command line runs it."""
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.callback()
    def root(ctx: typer.Context) -> None:
        ctx.obj = workspace

    cli.attach(app, policy, judge)
    return CliRunner().invoke(app, list(words))


@dataclass(frozen=True)
class Place:
    """`now` is the clock that signatures are made by."""

    workspace: Workspace
    keys: Path
    now: datetime = NOW

    @property
    def trust(self) -> Trust:
        return load_trust(self.workspace.trust, self.now)

    def by(self, name: str) -> Signatory:
        return Signatory(load_key(name, self.keys), self.trust, self.now)

    @contextmanager
    def registry(self, actor: str = "eve") -> Iterator[Registry]:
        with Registry.open(self.workspace.registry, actor) as registry:
            yield registry

    def add_key(self, person: str, key_name: str, role: Role = "reviewer") -> Key:
        """Another key for a person, who may be new."""
        key = new_key(key_name, self.keys)
        principal = Principal(name=person, roles=(role,), keys=(key.public_pem,))
        enroll(self.workspace.trust, load_key("root", self.keys), principal, self.now)
        return key

    def threshold(self, **counts: int) -> None:
        """Other thresholds from now on, say `privacy_officer=1`."""
        change(self.workspace.trust, with_roots(self.trust, (), (), counts), [load_key("root", self.keys)], self.now)

    def adapter(self, registry: Registry, seed: int = 1, name: str = "demo") -> Adapter:
        """An adapter whose evidence passed the gate under POLICY."""
        base = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")
        registry.add(base, action="base")
        made = self.workspace.root / f"made{seed}"
        made.mkdir(parents=True)
        (made / "adapter_model.safetensors").write_text(f"weights {seed}")
        adapter = Adapter(
            name=name, weights=self.workspace.artifacts.put(made), base=base.digest, run="c" * 64, rank=2,
            target_modules=("q_proj",), licences={"MIT": 1}, golden=(),
        )  # fmt: skip
        registry.add(adapter, (base.digest,), "register")
        self.judge(registry, adapter)
        return adapter

    def judge(self, registry: Registry, adapter: Adapter, accuracy: float = 0.8, passed: bool = True) -> Evidence:
        figure = Figure(name="accuracy", value=accuracy, low=accuracy - 0.1, high=accuracy + 0.1, n=100)
        evidence = Evidence(type="headline", subject=adapter.digest, figures=(figure,))
        registry.add(evidence, (adapter.digest,), "evaluate")
        verdict = Verdict(
            subject=adapter.digest, policy=POLICY, evidence=(evidence.digest,), passed=passed, reasons=("As it is.",),
            against=tuple(known.digest for known in registry.all(Adapter)),
        )  # fmt: skip
        registry.add(verdict, (adapter.digest, evidence.digest), "gate")
        return evidence

    def vouch(self, registry: Registry, *evidence: Evidence) -> None:
        """The engineer signs what was measured."""
        sign_evidence(registry, evidence or registry.all(Evidence), self.by("eve"))

    def case(self, adapter: Adapter, policy: str = POLICY) -> Case:
        return Case(adapter, policy, "read and found fit", timedelta(days=30))

    def approve(self, registry: Registry, adapter: Adapter, *names: str) -> None:
        for name in names or ("rita", "paul"):
            approvals.approve(registry, self.case(adapter), self.by(name))

    def promote(self, registry: Registry, adapter: Adapter) -> Release:
        return releases.promote(registry, self.workspace, self.case(adapter), self.by("olaf"))


def make_place(root: Path) -> Place:
    place = Place(Workspace(root / "workspace"), root / "keys")
    key = new_key("root", place.keys)
    create_trust(place.workspace.trust, key, NOW)
    for name, role in PEOPLE.items():
        place.add_key(name, name, role)
    return place


def place_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A place for commands, which go by the real clock and find their keys by `MUNIMENT_KEYS`."""
    monkeypatch.setattr("tests.registered.NOW", datetime.now(UTC))
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("MUNIMENT_ACTOR", "eve")
    made = make_place(tmp_path)
    return Place(made.workspace, made.keys, datetime.now(UTC))


def approved_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Such a place with an adapter that two people approved."""
    made = place_today(tmp_path, monkeypatch)
    with made.registry() as registry:
        made.approve(registry, made.adapter(registry))
    return made


def said(place: Place, *arguments: str) -> str:
    """What a command that goes well prints."""
    result = typed(place.workspace, *arguments)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.stdout


def refusal(place: Place, *arguments: str) -> MunimentError:
    """The named error that a command ends with."""
    error = typed(place.workspace, *arguments).exception
    assert isinstance(error, MunimentError)
    return error
