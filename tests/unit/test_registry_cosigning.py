"""A release that takes two operators is in force when two people have signed it, and not a moment before."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from registry.database.store import Registry
from registry.decisions import approvals
from registry.errors import (
    ConfigError,
    EvidenceMissing,
    IntegrityError,
    MunimentError,
    NotFound,
    Overtaken,
    Refused,
    Revoked,
    SamePerson,
    SignatureInvalid,
    UnknownSigner,
)  # fmt: skip
from registry.pages.past import past_json, past_page
from registry.records import Adapter, Release
from registry.release.past import moment
from registry.release.proposals import Waiting, countersign, proposal_path, propose
from registry.release.releases import promote
from registry.release.verification import verify_release
from registry.signatures import envelopes
from registry.trust.changes import without_person
from registry.trust.keys import load_key
from tests.registered import NOW, POLICY, Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = make_place(tmp_path)
    made.add_key("olga", "olga", "operator")
    made.threshold(release=2)
    return made


def proposed(place: Place, registry: Registry) -> Adapter:
    adapter = place.adapter(registry)
    place.approve(registry, adapter)
    waiting = propose(registry, place.workspace, place.case(adapter), place.by("olaf"), "production")
    assert (waiting.people, waiting.needed) == (frozenset({"olaf"}), 2)
    return adapter


def second(place: Place, registry: Registry, name: str = "olga", policy: str = POLICY) -> Release | Waiting:
    return countersign(registry, place.workspace, "production", place.by(name), policy)


@pytest.mark.usefixtures("backend")
def test_two_operators_put_a_release_in_force(place: Place) -> None:
    with place.registry() as registry:
        adapter = proposed(place, registry)
        assert not place.workspace.release.exists()
        assert registry.current("production") is None

        release = second(place, registry)

        assert isinstance(release, Release)
        assert registry.find("production") == adapter
    assert verify_release(place.workspace.release.read_bytes(), place.trust, NOW) == release
    assert not proposal_path(place.workspace, "production").exists()


@pytest.mark.usefixtures("backend")
def test_the_past_names_everybody_who_signed(place: Place) -> None:
    with place.registry() as registry:
        proposed(place, registry)
        second(place, registry)
        at = registry.events(1)[0].at
        found = moment(registry, [place.trust], "production", at)
        struck_off = moment(registry, [without_person(place.trust, "olga")], "production", at)

    assert found.operators == ("olaf", "olga")
    assert ("signed by", "olaf and olga on 2027-03-01 12:00:00 UTC, for use until 2027-03-31 12:00:00 UTC") in [
        row for section in past_page(found) for row in section.rows
    ]
    assert past_json(found)["release"]["signed_by"] == ["olaf", "olga"]  # type: ignore[index]
    assert struck_off.operators == ("olaf",)


@pytest.mark.usefixtures("backend")
def test_nobody_countersigns_another_adapter_than_the_one_that_they_mean(place: Place) -> None:
    with place.registry() as registry:
        meant = proposed(place, registry)
        other = place.adapter(registry, 2)
        place.approve(registry, other)
        propose(registry, place.workspace, place.case(other), place.by("olaf"), "production")
        sign = partial(countersign, registry, place.workspace, "production", place.by("olga"), POLICY)

        with pytest.raises(Overtaken, match=f"{other.version} waits to be production, not {meant.version}"):
            sign(meant)
        assert registry.current("production") is None
        assert isinstance(sign(other), Release)


@pytest.mark.usefixtures("backend")
def test_three_operators_sign_in_turn(place: Place) -> None:
    place.add_key("otto", "otto", "operator")
    place.threshold(release=3)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        propose(registry, place.workspace, place.case(adapter), place.by("olaf"), "production")

        waiting = second(place, registry)
        assert isinstance(waiting, Waiting)
        assert waiting.people == {"olaf", "olga"}
        assert isinstance(second(place, registry, "otto"), Release)


@pytest.mark.usefixtures("backend")
def test_one_operator_alone_promotes_nothing(place: Place) -> None:
    place.add_key("olaf", "olaf-2", "operator")
    with place.registry() as registry:
        adapter = proposed(place, registry)

        for name in ("olaf", "olaf-2"):
            with pytest.raises(SamePerson):
                second(place, registry, name)
        with pytest.raises(UnknownSigner) as alone:
            promote(registry, place.workspace, place.case(adapter), place.by("olaf"))
        assert "countersign" in alone.value.next_step
        with pytest.raises(Refused):
            second(place, registry, "rita")
        assert [event.outcome for event in registry.events()[-4:]] == ["refused"] * 4
    assert not place.workspace.release.exists()


@pytest.mark.usefixtures("backend")
def test_what_changed_since_the_first_signature_is_refused(place: Place) -> None:
    with place.registry() as registry:
        adapter = proposed(place, registry)
        with pytest.raises(EvidenceMissing):
            second(place, registry, policy="f" * 64)
        approvals.approve(registry, place.case(adapter), place.by("rob"))
        with pytest.raises(SignatureInvalid, match="would release now"):
            second(place, registry)
        approvals.revoke(registry, place.case(adapter), place.by("rob"))
        with pytest.raises(Revoked):
            second(place, registry)


@pytest.mark.usefixtures("backend")
def test_a_proposal_of_an_operator_who_left_is_worthless(place: Place) -> None:
    with place.registry() as registry:
        proposed(place, registry)
        later = replace(place.by("olga"), trust=without_person(place.trust, "olaf"))

        with pytest.raises(UnknownSigner):
            countersign(registry, place.workspace, "production", later, POLICY)


@pytest.mark.parametrize("how", ["junk", "stranger", "edited", "none"])
def test_a_false_proposal_is_not_countersigned(place: Place, how: str) -> None:
    with place.registry() as registry:
        proposed(place, registry)
        path = proposal_path(place.workspace, "production")
        errors: dict[str, type[MunimentError]] = {"none": NotFound, "stranger": UnknownSigner}
        if how == "none":
            path.unlink()
        elif how == "stranger":
            payload = envelopes.payload(path.read_bytes())
            sealed = envelopes.seal(payload, "application/vnd.in-toto+json", [load_key("eve", place.keys)])
            path.write_text(sealed)
        else:
            edited = path.read_bytes().replace(b'"payload": "ey', b'"payload": "eX')
            path.write_bytes(b"junk" if how == "junk" else edited)

        with pytest.raises(errors.get(how, IntegrityError)):
            second(place, registry)


@pytest.mark.parametrize("alias", ["../up", "a/b", "", ".hidden", "productıon", "x" * 65])
def test_an_alias_that_names_no_file_of_the_workspace_is_refused(place: Place, alias: str) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)

        with pytest.raises(ConfigError):
            propose(registry, place.workspace, place.case(adapter), place.by("olaf"), alias)
        with pytest.raises(ConfigError):
            promote(registry, place.workspace, place.case(adapter), place.by("olaf"), alias)
        assert registry.aliases() == []
