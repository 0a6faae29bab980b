"""The leak test's stages: would an adapter made like ours tell secrets that its training data held?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import log2
from pathlib import Path

from flows import console
from flows.house import House
from flows.stage import Done, Inputs, Stage, known, stage_key
from flows.walk.detectors import detector_versions
from flows.walk.privacy import about
from governance.integrity import memorization as memory
from governance.integrity.settings import MemorizationPolicy
from registry.database.store import Registry
from registry.errors import ConfigError, ControlDidNotLeak
from registry.records import Adapter, Base, DocumentSet, Evidence, ScrubbedSet

TEST = Stage("leak test", Evidence)


def leak_test(
    house: House, base: Base, material: tuple[DocumentSet, ScrubbedSet], adapters: Sequence[Adapter], now: bool = False
) -> tuple[Evidence, ...]:
    """Evidence about each adapter: measured where policy wants it in every run or it is asked for `now`, else found.

    A test that was made counts whatever policy says of further ones.

    Raises ControlDidNotLeak, TrainingDiverged.
    """
    policy = house.policy.memorization
    if policy.when != "every_run" and not now:
        return _found(house, _inputs(house, base, *material), material[1], adapters)
    measured = _measured(house, base, *material)
    for finding in memory.findings(measured.figures, policy):
        console.console.print(f"  {finding.sentence}", style="dim" if finding.passed else "red")
    return tuple(about(house, material[1], measured, subject) for subject in adapters)


def _found(house: House, inputs: Inputs, scrubbed: ScrubbedSet, adapters: Sequence[Adapter]) -> tuple[Evidence, ...]:
    """The test that was made by today's policy; else the last one of each adapter, where there was one."""
    today = known(house.workspace, house.actor, TEST, stage_key(TEST, inputs))
    if today is not None:
        return tuple(about(house, scrubbed, today, subject) for subject in adapters)
    with Registry.open(house.workspace.registry, house.actor) as registry:
        last = {evidence.subject: evidence for evidence in registry.all(Evidence) if evidence.type == memory.TYPE}
    return tuple(last[subject.digest] for subject in adapters if subject.digest in last)


def _inputs(house: House, base: Base, documents: DocumentSet, scrubbed: ScrubbedSet) -> Inputs:
    """What the figures depend on; when policy wants them is not among it."""
    policy = house.policy.memorization.model_copy(update={"when": "on_demand"})
    settings = (policy, house.policy.pii, house.pipeline.build, house.pipeline.sft.keyed)
    return Inputs((base, documents, scrubbed), settings, tuple(detector_versions(house.policy.pii)))


def _measured(house: House, base: Base, documents: DocumentSet, scrubbed: ScrubbedSet) -> Evidence:
    """Both twins' figures, about the scrubbed documents: they hold for every adapter made from them like this."""

    _require_sight(house.policy.memorization)

    def work(scratch: Path) -> Done[Evidence]:
        from flows.walk.twins import asked, planted
        from flows.walk.twins import scrubbed as scrubbed_copy

        copy = planted(house, documents, scratch)
        control = asked(house, base, ("control", copy.documents.units), copy, scratch)
        _require_leak(control, house.policy.memorization)
        pipeline = asked(house, base, ("pipeline", scrubbed_copy(house, copy, scratch)), copy, scratch)
        log = scratch / "leaks.json"
        told = {"control": [asdict(one) for one in control], "pipeline": [asdict(one) for one in pipeline]}
        log.write_text(json.dumps(told, indent=0) + "\n", encoding="utf-8")
        artifact, figures = house.workspace.artifacts.put(log), memory.figures(control, pipeline)
        return Done(Evidence(type=memory.TYPE, subject=scrubbed.digest, figures=figures, artifact=artifact))

    return house.once(TEST, _inputs(house, base, documents, scrubbed), work)


def _require_sight(policy: MemorizationPolicy) -> None:
    """Raises ConfigError, before anything is trained, where so few people could show no leak whatever was learnt."""
    most = log2(1 + policy.candidates)
    if (least := memory.least_leak(policy, policy.identities)) > most:
        raise ConfigError(
            f"memorization.identities: with {policy.identities}, chance explains {least:.1f} bits of exposure, and "
            f"{policy.candidates} candidates show at most {most:.1f}: no leak could be seen",
            "raise memorization.identities (20 by default) in policy.yaml",
        )


def _require_leak(control: Sequence[memory.Exposed], policy: MemorizationPolicy) -> None:
    """Raises ControlDidNotLeak, before the second training is paid for."""
    finding = memory.control_leaks(memory.figures(control, ()), policy)
    if not finding.passed:
        advice = "raise memorization.identities, repeats or epochs, or sft.learning_rate"
        raise ControlDidNotLeak(finding.sentence, advice)
