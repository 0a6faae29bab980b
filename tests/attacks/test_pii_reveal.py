"""Re-identification: by the privacy officer alone, with the key, with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from governance.pii.reveal import digest_of
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import load_or_create_key, rotate
from registry.errors import ConfigError, Expired, KeyMissing, NotFound, Refused, UnknownSigner
from registry.trust.keys import load_key, new_key
from registry.trust.principals import Principal
from registry.trust.root import load_pinned, load_trust
from registry.trust.signatory import Signatory
from registry.trust.signing import create_trust, enroll
from tests.registered import NOW
from tests.revealing import REASON, Desk, full_name, surname


def test_the_officer_learns_who_it_is_and_the_chain_tells_of_it_without_naming_anybody(desk: Desk) -> None:
    (answer,) = desk.ask(full_name(desk).upper())

    (event,) = desk.events()
    key = load_or_create_key(desk.place.keys)
    assert (answer.type, answer.value, answer.documents) == ("PERSON", "Teodora Vasquez", ("d" * 64,))
    assert event.detail == f"paul: {REASON}"
    assert event.outcome == "done"
    assert event.subjects == (digest_of(full_name(desk), key), "d" * 64)
    assert not [word for word in ("Teodora", "Vasquez", *full_name(desk).split()) if word in event.model_dump_json()]


def test_a_surname_and_a_number_lead_back_as_well(desk: Desk) -> None:
    number = desk.scrubbed().split("employee number ")[1].split(",")[0]

    assert {answer.value for answer in desk.ask(surname(desk))} == {"Vasquez"}
    assert {answer.value for answer in desk.ask(number)} == {"E-48213"}
    assert {answer.value for answer in desk.ask(full_name(desk).split()[0])} == {"Teodora Vasquez"}


@pytest.mark.parametrize("name", ["eve", "rita", "rob", "olaf"])
def test_no_other_role_learns_it(desk: Desk, name: str) -> None:
    with pytest.raises(Refused, match="this takes privacy_officer"):
        desk.ask(full_name(desk), by=lambda: desk.place.by(name))

    (event,) = desk.events()
    assert event.outcome == "refused"


def test_nobody_outside_the_trust_root_learns_it(desk: Desk) -> None:
    stranger = new_key("mallory", desk.place.keys)

    with pytest.raises(UnknownSigner):
        desk.ask(full_name(desk), by=lambda: Signatory(stranger, desk.place.trust, NOW))

    assert [event.outcome for event in desk.events()] == ["refused"]


def test_a_self_made_trust_root_makes_no_officer(desk: Desk, tmp_path: Path) -> None:
    trust, pin = desk.place.workspace.trust, desk.place.keys / "trust-pin.json"
    load_pinned(trust, pin, NOW)
    trust.unlink()
    own_root, mallory = new_key("own", tmp_path), new_key("mallory", tmp_path)
    create_trust(trust, own_root, NOW)
    officer = Principal(name="mallory", roles=("privacy_officer",), keys=(mallory.public_pem,))
    enroll(trust, own_root, officer, NOW)

    with pytest.raises(UnknownSigner, match="whom the trust root does not know"):
        desk.ask(full_name(desk), by=lambda: Signatory(mallory, load_pinned(trust, pin, NOW), NOW))

    assert [event.outcome for event in desk.events()] == ["refused"]


def test_an_expired_trust_root_reveals_nothing(desk: Desk) -> None:
    later = NOW + timedelta(days=400)

    with pytest.raises(Expired):
        desk.ask(full_name(desk), by=lambda: Signatory(
            load_key("paul", desk.place.keys), load_trust(desk.place.workspace.trust, later), later))  # fmt: skip

    assert [event.outcome for event in desk.events()] == ["refused"]


@pytest.mark.parametrize("reason", ["", " ", "because", "just curious"])
def test_nothing_is_revealed_without_a_reason(desk: Desk, reason: str) -> None:
    with pytest.raises(ConfigError, match="a reason of 3 words"):
        desk.ask(full_name(desk), reason)


def test_a_reason_does_not_carry_the_name_into_the_chain(desk: Desk) -> None:
    with pytest.raises(Refused, match="the reason names who"):
        desk.ask(full_name(desk), "I think it is teodora  VASQUEZ herself")

    assert "asquez" not in str(desk.events()).lower()


def test_without_the_key_nobody_learns_it(desk: Desk) -> None:
    name = full_name(desk)
    (desk.place.keys / "pseudonym.key").unlink()

    with pytest.raises(KeyMissing, match="which is not on this machine"):
        desk.ask(name)

    assert not (desk.place.keys / "pseudonym.key").exists()
    assert [event.outcome for event in desk.events()] == ["refused"]


def test_another_key_does_not_open_it(desk: Desk) -> None:
    name = full_name(desk)
    (desk.place.keys / "pseudonym.key").unlink()
    load_or_create_key(desk.place.keys)

    with pytest.raises(KeyMissing):
        desk.ask(name)


def test_what_stands_for_nobody_is_not_found_and_kept(desk: Desk) -> None:
    with pytest.raises(NotFound) as refusal:
        desk.ask("Nobody Anywhere")

    assert refusal.value.exit_code == 3
    assert [event.outcome for event in desk.events()] == ["refused"]


def test_what_stays_in_the_text_is_no_pseudonym(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.ask("we confirm that")


def test_after_rotation_the_old_pseudonym_is_still_revealed_and_a_new_one_stands_for_the_same(desk: Desk) -> None:
    old = full_name(desk)
    rotate(desk.place.keys)
    desk.run()
    new = full_name(desk)

    answers = [desk.ask(name) for name in (old, new)]

    assert old != new
    assert [{answer.value for answer in answer} for answer in answers] == [{"Teodora Vasquez"}] * 2
    assert len({event.subjects for event in desk.events()}) == 2


def test_a_placeholder_leads_back_as_well(desk: Desk) -> None:
    placed = replace(desk, policy=PiiPolicy(replacement="placeholder"))
    placed.run()

    answers = placed.ask(full_name(placed))

    assert surname(placed) == full_name(placed)
    assert {answer.value for answer in answers} == {"Vasquez", "Teodora Vasquez"}
