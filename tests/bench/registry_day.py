"""A reviewer's steps, register, approve by two people, promote, show, in one process or as one command each.

`python -m tests.bench.registry_day WORKSPACE NUMBER` registers adapter NUMBER; the others are `muniment` itself. With
SECONDS behind it all steps are done again and again, adapters numbered from NUMBER, in a process that began as
`muniment` does; prints cycles a second and the CPU milliseconds of one.
"""

from __future__ import annotations

import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from registry import digests
from registry.commands.session import opened
from registry.database.changes import Attestation, Change, Edge
from registry.database.store import Registry
from registry.decisions import approvals
from registry.decisions.cases import Case
from registry.decisions.evidence import statement
from registry.decisions.grounds import adapter_standing
from registry.records import Adapter, Base, Evidence, Figure, TrainingRun, Verdict
from registry.release import releases
from registry.trust.keys import load_key
from registry.trust.root import load_trust
from registry.trust.signatory import Signatory
from registry.workspace import Workspace, key_directory
from tests.registered import Place, make_place

BASE = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")
RUN = TrainingRun(
    method="sft", base=BASE.digest, dataset="d" * 64, parent=None, weights="e" * 64, settings={"lr": 1e-4}, rows=100,
    steps=10, tokens=1000, first_loss=2.5, last_loss=1.5,
)  # fmt: skip
WEIGHTS = digests.of_json({"tree": {"adapter_model.safetensors": digests.of_bytes(b"weights")}})
TEMPLATES = Path(__file__).resolve().parents[2] / "deploy"


def prepared(root: Path) -> Place:
    """A workspace with people and keys, a policy, a base model and weights. `MUNIMENT_KEYS` must name root/keys."""
    fresh = make_place(root)
    place = Place(fresh.workspace, fresh.keys, datetime.now(UTC))
    for name in ("pipeline.yaml", "policy.yaml"):
        shutil.copyfile(TEMPLATES / name, place.workspace.root / name)
    made = root / "made"
    made.mkdir()
    (made / "adapter_model.safetensors").write_text("weights")
    assert place.workspace.artifacts.put(made) == WEIGHTS
    with place.registry() as registry:
        registry.add(BASE, action="base")
        registry.add(RUN, (BASE.digest,), "stage.train")
    return place


def register(registry: Registry, number: int, by: Signatory, policy: str) -> Adapter:
    """Adapter, signed evidence and verdict in one transaction; its weights are in the store as training left them."""
    adapter = Adapter(
        name=f"demo-{number}", weights=WEIGHTS, base=BASE.digest, run=RUN.digest, rank=2, target_modules=("q_proj",),
        licences={"MIT": 1}, golden=(),
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


def cycles(place: Place, first: int, seconds: float) -> tuple[float, float]:
    """The steps again and again on one open registry, adapters numbered from `first`; every one durable, signed and
    chained. Returns cycles a second, and the CPU milliseconds of one.
    """
    by, policy = {who: place.by(who) for who in ("eve", "rita", "paul", "olaf")}, policy_of(place.workspace)
    with place.registry() as registry:
        cycle(registry, place, by, (policy, first))
        done, cpu, started = 0, time.process_time(), time.perf_counter()
        while time.perf_counter() - started < seconds:
            done += 1
            cycle(registry, place, by, (policy, first + done))
        return done / (time.perf_counter() - started), (time.process_time() - cpu) / done * 1000


def cycle(registry: Registry, place: Place, by: dict[str, Signatory], what: tuple[str, int]) -> None:
    """Register, approve by two people, promote, and show what is in production and that it may be."""
    policy, number = what
    adapter = register(registry, number, by["eve"], policy)
    case = Case(adapter, policy, "read and found fit", timedelta(days=30))
    for who in ("rita", "paul"):
        approvals.approve(registry, case, by[who])
    releases.promote(registry, place.workspace, case, by["olaf"])
    current = registry.current("production")
    assert current is not None
    adapter_standing(registry, Case(current.adapter, policy, ""), by["olaf"].trust, place.now).require()


def main(root: str, number: str, seconds: str = "") -> None:
    workspace, now = Workspace(Path(root)), datetime.now(UTC)
    if seconds:
        import flows.cli  # noqa: F401 - what it imports is set apart from what the collector of garbage looks through

        print(*cycles(Place(workspace, key_directory(), now), int(number), float(seconds)))
        return
    by = Signatory(load_key("eve", key_directory()), load_trust(workspace.trust, now), now)
    with opened(workspace) as registry:
        print(register(registry, int(number), by, policy_of(workspace)).version)


if __name__ == "__main__":
    main(*sys.argv[1:])
