"""Nobody judges their own work, nobody counts twice, and each role's places are filled by people of that role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry.database.store import Registry
from registry.decisions import approvals, grounds
from registry.decisions.grounds import makers
from registry.decisions.standing import unfilled
from registry.errors import ApprovalMissing, ConfigError, NotFound, Revoked, SamePerson
from registry.records import Adapter, Decision, Release, TrainingRun
from registry.release.verification import verify_release
from registry.signatures import attestations
from registry.signatures.adapters import sign_adapter
from registry.trust.keys import load_key
from registry.trust.principals import Principal, Thresholds
from registry.workspace import Workspace
from tests.registered import NOW, Place, make_place, place_today, typed

RUN = TrainingRun(
    method="sft", base="b" * 64, dataset="d" * 64, parent=None, weights="e" * 64, settings={}, rows=1, steps=1,
    tokens=1, first_loss=1.0, last_loss=1.0,
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def as_actor(registry: Registry, name: str) -> Registry:
    return replace(registry, actor=name)


def made_of(place: Place, registry: Registry, run: TrainingRun) -> Adapter:
    """The adapter of `place`, from this run, through the gate."""
    model = place.adapter(registry)
    adapter = model.model_copy(update={"run": run.digest})
    registry.add(adapter, (run.digest,), "register")
    place.judge(registry, adapter)
    return adapter


def trained(place: Place, registry: Registry) -> Adapter:
    as_actor(registry, "rita").add(RUN, action="stage.sft")
    return made_of(place, registry, RUN)


def trained_before(place: Place, registry: Registry) -> Adapter:
    as_actor(registry, "rita").add(RUN, action="stage.sft")
    further = RUN.model_copy(update={"method": "dpo", "parent": RUN.digest})
    registry.add(further, (RUN.digest,), "stage.dpo")
    return made_of(place, registry, further)


def trained_again(place: Place, registry: Registry) -> Adapter:
    adapter = trained(place, as_actor(registry, "eve"))
    as_actor(registry, "rita").add(RUN, action="stage.sft")
    return adapter


def asked_for(place: Place, registry: Registry) -> Adapter:
    return place.adapter(as_actor(registry, "rita"))


def asked_for_in_capitals(place: Place, registry: Registry) -> Adapter:
    return place.adapter(as_actor(registry, "RITA"))


def asked_for_in_wide_letters(place: Place, registry: Registry) -> Adapter:
    return place.adapter(as_actor(registry, " ｒｉｔａ "))


def signed(place: Place, registry: Registry) -> Adapter:
    place.add_key("rita", "rita-signs", "engineer")
    adapter = place.adapter(registry)
    sign_adapter(registry, place.workspace, adapter, place.by("rita-signs"))
    return adapter


WAYS = (trained, trained_before, trained_again, asked_for, asked_for_in_capitals, asked_for_in_wide_letters, signed)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_who_had_a_hand_in_an_adapter_does_not_approve_it(
    place: Place, way: Callable[[Place, Registry], Adapter]
) -> None:
    with place.registry() as registry:
        adapter = way(place, registry)

        with pytest.raises(SamePerson):
            place.approve(registry, adapter, "rita")
        place.approve(registry, adapter, "rob", "paul")
        assert {"rob", "paul"} & makers(registry, adapter) == set()
        assert place.promote(registry, adapter).adapter == adapter


def resigned(place: Place, release: Release, **changed: object) -> bytes:
    other = release.model_copy(update=changed)
    return attestations.sign(other, "x", release.adapter.digest, load_key("olaf", place.keys)).encode()


@pytest.mark.parametrize("name", ["rita", "Rita", "ｒita"])
def test_serving_refuses_a_release_that_its_maker_approved(place: Place, name: str) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        release = place.promote(registry, adapter)
    assert release.makers == ("eve",)

    with pytest.raises(SamePerson):
        verify_release(resigned(place, release, makers=("eve", name)), place.trust, NOW)


@pytest.mark.usefixtures("backend")
def test_two_reviewers_are_not_a_reviewer_and_a_privacy_officer(place: Place) -> None:
    place.threshold(reviewer=1, privacy_officer=1)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita", "rob")

        with pytest.raises(ApprovalMissing, match="1 privacy_officer"):
            place.promote(registry, adapter)
        place.approve(registry, adapter, "paul")
        release = place.promote(registry, adapter)
    assert verify_release(place.workspace.release.read_bytes(), place.trust, NOW) == release


def test_serving_holds_a_release_against_the_thresholds_of_today(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita", "rob")
        place.promote(registry, adapter)
    place.threshold(privacy_officer=1)

    with pytest.raises(ApprovalMissing, match="1 privacy_officer"):
        verify_release(place.workspace.release.read_bytes(), place.trust, NOW)


@pytest.mark.usefixtures("backend")
def test_a_third_approval_is_waited_for_where_three_are_asked(place: Place) -> None:
    place.threshold(approve=3)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita", "rob")

        standing = grounds.adapter_standing(registry, place.case(adapter), place.trust, NOW)
        assert isinstance(standing.refusal, ApprovalMissing)
        place.approve(registry, adapter, "paul")
        assert grounds.adapter_standing(registry, place.case(adapter), place.trust, NOW).approved


def goes_on(place: Place, registry: Registry, before: Adapter) -> Adapter:
    """An adapter two runs on from this one of RUN, through the gate."""
    tuned = RUN.model_copy(update={"method": "dpo", "parent": RUN.digest})
    later = RUN.model_copy(update={"parent": tuned.digest})
    for run in (tuned, later):
        registry.add(run, (str(run.parent),), "stage.train")
    adapter = before.model_copy(update={"run": later.digest})
    registry.add(adapter, (later.digest,), "register")
    place.judge(registry, adapter)
    return adapter


@pytest.mark.usefixtures("backend")
def test_what_goes_on_from_a_revoked_adapter_is_neither_approved_nor_released(place: Place) -> None:
    with place.registry() as registry, place.registry() as other:
        first = trained(place, registry)
        second = goes_on(place, registry, first)
        place.approve(registry, second, "rob", "paul")
        approvals.reject(other, place.case(first), place.by("rob"))
        place.promote(registry, second)

        approvals.revoke(other, place.case(first), place.by("rob"))

        for attempt in (place.approve, place.promote):
            with pytest.raises(Revoked, match=f"goes on from {first.version}, which was revoked"):
                attempt(registry, second)


def test_whoever_revokes_is_told_what_is_in_force_and_goes_on_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        first = trained(place, registry)
        second = goes_on(place, registry, first)
        place.approve(registry, second, "rob", "paul")
        place.promote(registry, second)

    told = {
        verb: typed(place.workspace, verb, first.version, "--key", "rob", "--reason", "unfit").stderr
        for verb in ("reject", "revoke")
    }

    assert f"production means {second.version}, which goes on from it" in " ".join(told["revoke"].split())
    assert "goes on" not in told["reject"]


@pytest.mark.usefixtures("backend")
def test_a_revoked_adapter_takes_nothing_along_that_it_goes_on_from(place: Place) -> None:
    with place.registry() as registry:
        first = trained(place, registry)
        place.approve(registry, first, "rob", "paul")
        approvals.revoke(registry, place.case(goes_on(place, registry, first)), place.by("rob"))

        assert grounds.adapter_standing(registry, place.case(first), place.trust, NOW).approved


def person(name: str, *roles: str) -> Principal:
    return Principal.model_validate({"name": name, "roles": roles, "keys": []})


BOTH = Thresholds(reviewer=1, privacy_officer=1)


@pytest.mark.parametrize(
    ("people", "thresholds", "wanting"),
    [
        ([], Thresholds(), ""),
        ([person("a", "reviewer")], BOTH, "1 privacy_officer"),
        ([person("a", "reviewer", "privacy_officer")], BOTH, "1 reviewer and 1 privacy_officer"),
        ([person("a", "reviewer", "privacy_officer"), person("b")], BOTH, "1 reviewer and 1 privacy_officer"),
        ([person("a", "reviewer", "privacy_officer"), person("b", "reviewer")], BOTH, ""),
        ([person("a", "reviewer"), person("b", "privacy_officer")], BOTH, ""),
        ([person("a", "reviewer"), person("b", "reviewer")], Thresholds(reviewer=2), ""),
        ([person("a", "reviewer"), person("b", "privacy_officer")], Thresholds(reviewer=2), "2 reviewer"),
    ],
)  # fmt: skip
def test_who_has_two_roles_fills_one_place(people: list[Principal], thresholds: Thresholds, wanting: str) -> None:
    assert unfilled(people, thresholds) == wanting


def test_a_release_from_before_makers_were_told_keeps_its_digest(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        release = place.promote(registry, adapter)
    body = release.model_dump(mode="json")
    del body["makers"]

    assert Release.model_validate(body).model_dump(mode="json") == body


@pytest.mark.parametrize("error", [ConfigError("no mapping", "fix the YAML"), PermissionError("policy.yaml")])
@pytest.mark.parametrize("verb", ["reject", "revoke"])
def test_to_stop_is_allowed_while_nobody_can_read_the_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, error: Exception
) -> None:
    def unreadable(_: Workspace) -> str:
        raise error

    made = place_today(tmp_path, monkeypatch)
    with made.registry() as registry:
        made.approve(registry, made.adapter(registry))

    stopped = typed(made.workspace, verb, "demo", "--key", "rob", "--reason", "it tells secrets", policy=unreadable)

    assert stopped.exit_code == 0, stopped.output
    assert "no policy is named in it" in stopped.stderr
    assert isinstance(typed(made.workspace, "promote", "demo", "--key", "olaf").exception, Revoked)
    assert typed(made.workspace, "approve", "demo", "--key", "rob", policy=unreadable).exception is error


@pytest.mark.parametrize("verb", ["approve", "reject", "revoke", "promote", "sign", "show", "lineage"])
def test_an_empty_name_as_of_an_unset_variable_means_no_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    made = place_today(tmp_path, monkeypatch)
    with made.registry() as registry:
        made.adapter(registry)
        decided = registry.all(Decision)
    key = () if verb in {"show", "lineage"} else ("--key", "rob")
    reason = ("--reason", "read") if verb in {"approve", "reject", "revoke"} else ()

    for name in ("", "@", " "):
        assert isinstance(typed(made.workspace, verb, name, *key, *reason).exception, NotFound)

    with made.registry() as registry:
        assert registry.all(Decision) == decided
