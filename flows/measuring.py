"""`muniment evaluate`: a model of the registry on a file of questions."""

from __future__ import annotations

from pathlib import Path

from flows import console
from flows.config import load_pipeline
from flows.house import open_house
from registry.commands.session import opened
from registry.database.store import Registry
from registry.records import Adapter, Base, Figure
from registry.workspace import Workspace

CANDIDATE = "candidate"


def accuracy_of(workspace: Workspace, reference: str, file: Path) -> tuple[str, Figure]:
    """The model's own name, and its accuracy with Wilson's 95 % interval. `reference` is `base`, `candidate` (trained
    last), an alias or an adapter.

    Raises NotFound, ConfigError with the first bad row, DigestMismatch for changed weights.
    """
    from flows.evaluation.brought import brought
    from flows.evaluation.questions import distinct
    from flows.evaluation.run import evaluate

    given = brought(file, load_pipeline(workspace).ingest)
    rows = distinct(given, file)
    if len(rows) < len(given):
        console.warn(f"{len(given) - len(rows)} of {len(given)} rows ask what another one asks; each counts once")
    base, adapter = _models(workspace, reference)
    weights = workspace.artifacts.verified(adapter.weights) if adapter else None
    with console.bar(f"evaluate {reference}") as report:
        scored = evaluate(rows, base, weights, workspace.artifacts, progress=report)
    low, high = scored.interval()
    figure = Figure(name="accuracy", value=scored.accuracy, low=low, high=high, n=scored.n)
    return adapter.version if adapter else base.name, figure


def _models(workspace: Workspace, reference: str) -> tuple[Base, Adapter | None]:
    if reference == "base":
        from flows.walk.stages import base_model

        return base_model(open_house(workspace.root)), None
    with opened(workspace) as registry:
        adapter = _candidate(registry) if reference == CANDIDATE else registry.find(reference)
        base = registry.get(adapter.base)
    assert isinstance(base, Base)
    return base, adapter


def _candidate(registry: Registry) -> Adapter:
    """What an alias of that name means, else the adapter that was trained last. Raises NotFound."""
    release = registry.current(CANDIDATE)
    trained = registry.all(Adapter)
    return release.adapter if release else trained[-1] if trained else registry.find(CANDIDATE)
