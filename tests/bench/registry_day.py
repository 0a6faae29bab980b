"""A reviewer's four steps, register, approve, promote, show, in one process or as one command each.

`python -m tests.bench.registry_day WORKSPACE NUMBER` registers adapter NUMBER; the other three are `muniment` itself.
"""

from __future__ import annotations

import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from registry import approvals, releases
from registry.approvals import Case, Signatory
from registry.changes import Attestation, Change, Edge
from registry.evidence import statement
from registry.grounds import adapter_standing
from registry.keys import load_key
from registry.records import Adapter, Base, Evidence, Figure, Verdict
from registry.session import opened
from registry.store import Registry
from registry.trust import load_trust
from registry.workspace import Workspace, key_directory
from tests.registered import Place, make_place

BASE = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")
TEMPLATES = Path(__file__).resolve().parents[2] / "deploy"


def prepared(root: Path) -> Place:
    """A workspace with people and keys, a policy, and a base model. `MUNIMENT_KEYS` must name root/keys."""
    made = make_place(root)
    place = Place(made.workspace, made.keys, datetime.now(UTC))
    for name in ("pipeline.yaml", "policy.yaml"):
        shutil.copyfile(TEMPLATES / name, place.workspace.root / name)
    with place.registry() as registry:
        registry.add(BASE, action="base")
    return place


def register(registry: Registry, workspace: Workspace, number: int, by: Signatory, policy: str) -> Adapter:
    """Weights into the store; adapter, signed evidence and verdict into the registry, in one transaction."""
    made = workspace.root / f"made{number}"
    made.mkdir()
    (made / "adapter_model.safetensors").write_text(f"weights {number}")
    adapter = Adapter(
        name="demo", weights=workspace.artifacts.put(made), base=BASE.digest, run="c" * 64, rank=2,
        target_modules=("q_proj",), licences={"MIT": 1}, golden=(),
    )  # fmt: skip
    own, current = adapter.digest, registry.current("production")
    figure = Figure(name="accuracy", value=0.8, low=0.7, high=0.9, n=100)
    evidence = Evidence(type="headline", subject=own, figures=(figure,))
    against = (BASE.digest, *([current.adapter.digest] if current else []))
    verdict = Verdict(
        subject=own, policy=policy, evidence=(evidence.digest,), passed=True, reasons=("Better.",), against=against
    )
    edges = (Edge(BASE.digest, own), Edge(own, evidence.digest), Edge(own, verdict.digest))
    stated: tuple[Attestation, ...] = (statement(evidence, "eve", by),)
    registry.apply(
        Change("register", (own, BASE.digest, evidence.digest, verdict.digest), f"{adapter.version}, signed by eve",
               records=(adapter, evidence, verdict), edges=edges, attestations=stated), by
    )  # fmt: skip
    return adapter


def policy_of(workspace: Workspace) -> str:
    from governance.policy import policy_of as read

    return read(workspace).digest


def cycles_per_second(place: Place, seconds: float) -> float:
    """The four steps again and again on one open registry; every one durable, signed and chained."""
    by, policy = {who: place.by(who) for who in ("eve", "rita", "paul", "olaf")}, policy_of(place.workspace)
    done, started = 0, time.perf_counter()
    with place.registry() as registry:
        while time.perf_counter() - started < seconds:
            adapter = register(registry, place.workspace, 1_000_000 + done, by["eve"], policy)
            case = Case(adapter, policy, "read and found fit", timedelta(days=30))
            for who in ("rita", "paul"):
                approvals.approve(registry, case, by[who])
            releases.promote(registry, place.workspace, case, by["olaf"])
            current = registry.current("production")
            assert current is not None
            adapter_standing(registry, Case(current.adapter, policy, ""), by["olaf"].trust, place.now).require()
            done += 1
    return done / (time.perf_counter() - started)


def main(root: str, number: str) -> None:
    workspace, now = Workspace(Path(root)), datetime.now(UTC)
    by = Signatory(load_key("eve", key_directory()), load_trust(workspace.trust, now), now)
    with opened(workspace) as registry:
        print(register(registry, workspace, int(number), by, policy_of(workspace)).version)


if __name__ == "__main__":
    main(*sys.argv[1:])
