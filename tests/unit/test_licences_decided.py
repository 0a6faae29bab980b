"""Licences are judged anew by whoever approves or releases an adapter; nothing about them stops a refusal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

from flows.commands.licences import duties
from registry.commands.duties import Duty
from registry.database.store import Registry
from registry.errors import LicenceRefused
from registry.records import Adapter
from registry.workspace import Workspace
from tests.registered import Place, place_today, typed


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return place_today(tmp_path, monkeypatch)


def released(place: Place) -> Adapter:
    """The second of two adapters in production, approved by two people, and proposed anew."""
    with place.registry() as registry:
        for seed in (1, 2):
            adapter = place.adapter(registry, seed)
            place.approve(registry, adapter)
            place.promote(registry, adapter)
    place.add_key("olga", "olga", "operator")
    place.threshold(release=2)
    asked = typed(place.workspace, "promote", "demo", "--key", "olaf")
    assert asked.exit_code == 0, asked.output
    return adapter


def accept(place: Place, *licences: str) -> None:
    """The owner's word on what may be trained on and served inside."""
    rules = {"licences": {"train": list(licences), "serve_internal": list(licences)}}
    place.workspace.policy.write_text(yaml.safe_dump(rules))


def said(place: Place, *words: str) -> Result:
    """What a decision that the engine itself looks at comes to."""
    done = typed(place.workspace, *words, judge=duties)
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done


def test_what_the_policy_refuses_now_is_neither_approved_nor_released_and_may_be_stopped(place: Place) -> None:
    released(place)
    accept(place, "CC0-1.0")
    for verb, *rest in (
        ("approve", "demo", "--key", "rob"),
        ("promote", "demo", "--key", "olaf"),
        ("rollback", "--key", "olaf"),
        ("countersign", "--key", "olga"),
    ):
        error = typed(place.workspace, verb, *rest, judge=duties).exception
        with place.registry() as registry:
            told = registry.events()[-1]

        assert isinstance(error, LicenceRefused), verb
        assert "base model tiny: MIT is not accepted for train by this policy" in error.message
        assert (told.action, told.outcome, len(told.subjects)) == (verb, "refused", 1)
    for verb in ("reject", "revoke"):
        said(place, verb, "demo", "--key", "rob", "--reason", "it tells secrets")


def test_whoever_decides_is_told_what_is_owed_and_why(place: Place) -> None:
    with place.registry() as registry:
        place.adapter(registry)

    approved = said(place, "approve", "demo", "--key", "rita")
    more = said(place, "approve", "demo", "--key", "paul", "--json")
    promoted = said(place, "promote", "demo", "--key", "olaf", "--json")

    assert "; hand on a copy of the licence (because of base tiny (MIT), and 1 more)" in approved.stderr
    assert approved.stderr.count("owed under MIT") == 1
    for told in (json.loads(done.stdout) for done in (more, promoted)):
        asked = {(one["licence"], one["duty"], tuple(one["chain"])) for one in told["obligations"]}
        assert ("MIT", "licence_text", ("base tiny (MIT)",)) in asked
    assert said(place, "promote", "demo", "--key", "olaf").stderr.count("hand on a copy of the licence") == 1


def test_many_ways_to_one_duty_are_one_line(place: Place) -> None:
    class Owing:
        licence, duty, sentence, material = "MIT", "notice", "keep it", "12 documents"

        def __init__(self, *chain: str) -> None:
            self.chain = chain

    def judge(_workspace: Workspace, _registry: Registry, _adapter: Adapter) -> Sequence[Duty]:
        return (Owing("dataset sft", "document 1"), Owing("dataset sft", "document 2"), Owing(), Owing())

    with place.registry() as registry:
        place.adapter(registry)

    told = typed(place.workspace, "approve", "demo", "--key", "rita", judge=judge).stderr

    assert "owed under MIT: keep it (because of dataset sft → document 1, and 2 more)\n" in told
