"""A leak test small enough for tests: a tiny model that learns a few secrets by heart in seconds."""

from __future__ import annotations

import os
import signal
from typing import Any

from governance.integrity.memorization import TYPE
from registry.database.store import Registry
from registry.records import Evidence
from tests.tiny import PIPELINE, POLICY
from tests.walked import Place

SIZE = "identities: 3, repeats: [1, 60], candidates: 63, rows: 10, epochs: 2, samples: 1, significance: 0.01"
FAST = PIPELINE.replace("sft: {", "sft: {learning_rate: 1.0e-2, quantization: none, ")


def leaky(place: Place, more: str = "", pii: str = "{}") -> Place:
    """`place` with a training that learns by heart, a small leak test, and `more` of its settings."""
    (place.root / "pipeline.yaml").write_text(FAST, encoding="utf-8")
    policy = f"{POLICY}memorization: {{{SIZE}{more}}}\npii: {pii}\n"
    (place.root / "policy.yaml").write_text(policy, encoding="utf-8")
    return place


def leak_tested(place: Place, arguments: tuple[str, ...]) -> None:
    """The leak test alone, about no adapter yet; the process dies once the twin named in `arguments` is trained."""
    from flows.house import open_house
    from flows.training.processes import together
    from flows.walk import leaks, stages

    whole = together.learn

    def learn(*given: Any) -> Any:
        trained, twin = whole(*given), given[3][1].name
        print(twin, flush=True)
        if twin in arguments:
            os.kill(os.getpid(), signal.SIGKILL)
        return trained

    together.learn = learn  # type: ignore[assignment]
    house = open_house(place.root)
    base, documents = stages.base_model(house), stages.ingest(house)
    leaks.leak_test(house, base, (documents, stages.scrub(house, documents)), (), now=True)


def evidence(place: Place) -> list[Evidence]:
    """What leak tests have recorded, the oldest first."""
    with Registry.open(place.workspace.registry, "tests") as registry:
        return [one for one in registry.all(Evidence) if one.type == TYPE]
