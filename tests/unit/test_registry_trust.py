"""The trust root as its holders change it: added, struck off, rotated, renewed, signed in turn."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from registry.database.store import Registry
from registry.errors import ConfigError, Expired, MunimentError, NotFound, UnknownSigner
from registry.trust.changes import first, renewed, with_person, with_roots, without_key
from registry.trust.keys import new_key
from registry.trust.principals import Principal
from registry.trust.root import load_trust, version_path
from registry.workspace import Workspace
from tests.registered import NOW, typed


class Desk:
    """A workspace and a key directory, with the command line."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root / "house")
        self.keys = root / "keys"
        for name in ("root", "second", "third", "rita", "paul"):
            new_key(name, self.keys)

    def type(self, *words: str) -> Result:
        return typed(self.workspace, "trust", *words)

    def said(self, *words: str) -> str:
        result = self.type(*words)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.stdout

    def refused(self, *words: str) -> MunimentError:
        error = self.type(*words).exception
        assert isinstance(error, MunimentError), repr(error)
        return error

    def pub(self, name: str) -> str:
        return str(self.keys / f"{name}.pub")

    def id(self, name: str) -> str:
        from registry.trust.keys import load_key

        return load_key(name, self.keys).id

    def shown(self) -> dict[str, object]:
        found = json.loads(self.said("show", "--json"))
        assert isinstance(found, dict)
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    return Desk(tmp_path)


def test_a_trust_root_is_made_and_people_are_added_and_struck_off(desk: Desk) -> None:
    assert "MUNIMENT_TRUST_ROOT=" in desk.said("init")
    desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer")
    desk.said("add", "paul", desk.pub("paul"), "--role", "privacy_officer", "--role", "auditor")

    people = desk.shown()["people"]
    assert people == [
        {"name": "rita", "roles": ["reviewer"], "keys": [desk.id("rita")]},
        {"name": "paul", "roles": ["privacy_officer", "auditor"], "keys": [desk.id("paul")]},
    ]
    desk.said("remove", "rita")
    assert "rita" not in desk.said("show")
    assert desk.shown()["withdrawn"] == [desk.id("rita")]
    assert desk.refused("add", "rita", desk.pub("rita"), "--role", "reviewer").exit_code == 2
    assert [v["version"] for v in json.loads(desk.said("verify", "--json"))] == [1, 2, 3, 4]
    assert "version 4 follows from version 1" in desk.said("verify")


def test_a_lost_key_is_withdrawn_and_its_owner_stays(desk: Desk) -> None:
    desk.said("init")
    desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer")
    assert isinstance(desk.refused("remove", "rita", "--key", desk.id("rita")), ConfigError)
    desk.said("add", "rita", desk.pub("third"), "--role", "reviewer")

    desk.said("remove", "rita", "--key", desk.id("rita")[:12])

    assert desk.shown()["people"] == [{"name": "rita", "roles": ["reviewer"], "keys": [desk.id("third")]}]
    assert isinstance(desk.refused("remove", "nobody"), NotFound)
    assert isinstance(desk.refused("remove", "rita", "--key", "0" * 12), NotFound)


def test_root_keys_sign_in_turn_and_the_file_is_handed_on(desk: Desk, tmp_path: Path) -> None:
    desk.said("init", "--root", desk.pub("second"), "--threshold", "root=2")
    waiting = version_path(desk.workspace.trust, 1).with_suffix(".proposed.json")
    assert not desk.workspace.trust.exists()
    assert isinstance(desk.refused("accept", str(waiting)), UnknownSigner)
    elsewhere = tmp_path / "stick.json"
    elsewhere.write_bytes(waiting.read_bytes())

    assert "0 root" not in desk.said("show", str(elsewhere))
    desk.said("sign", str(elsewhere), "--root-key", "second")
    desk.said("accept", str(elsewhere))

    assert desk.shown()["thresholds"] == {
        "approve": 2, "reviewer": 0, "privacy_officer": 0, "release": 1, "root": 2,
    }  # fmt: skip
    assert isinstance(desk.refused("accept", str(tmp_path / "none.json")), NotFound)
    assert "waits" in desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer")
    assert "waits for signatures" in desk.refused("add", "paul", desk.pub("paul"), "--role", "auditor").message
    assert desk.shown()["people"] == []
    proposal = str(version_path(desk.workspace.trust, 2).with_suffix(".proposed.json"))
    assert isinstance(desk.refused("sign", proposal, "--root-key", "rita"), UnknownSigner)
    told = json.loads(desk.said("sign", proposal, "--root-key", "second", "--json"))
    assert told == [{"version": 2, "key": desk.id("second"), "file": proposal}]
    desk.said("accept", proposal)
    assert not Path(proposal).exists()
    assert [v["version"] for v in json.loads(desk.said("verify", "--json"))] == [1, 2]


def test_both_root_keys_on_one_machine_sign_at_once(desk: Desk) -> None:
    desk.said("init", "--root-key", "root", "--root-key", "second", "--threshold", "root=2")

    desk.said("rotate", "--add", desk.pub("third"), "--drop", desk.id("root"), "--root-key", "root",
              "--root-key", "second", "--root-key", "third")  # fmt: skip

    assert desk.shown()["roots"] == [desk.id("second"), desk.id("third")]
    assert desk.shown()["withdrawn"] == [desk.id("root")]
    assert isinstance(desk.refused("rotate", "--threshold", "root=9", "--root-key", "second"), ConfigError)


def test_a_refused_change_says_what_is_wrong_with_it_and_what_helps(desk: Desk) -> None:
    desk.said("init")
    desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer")
    desk.said("remove", "rita")

    back = desk.refused("add", "rita", desk.pub("rita"), "--role", "reviewer")
    misspelt = desk.refused("rotate", "--threshold", "rot=2")
    many = desk.refused("rotate", "--threshold", "root=2")
    idle = desk.refused("rotate")

    unkept = "; this attempt is not in the audit chain: there is no registry in "
    said = [error.message.partition(unkept)[:2] for error in (back, misspelt, many, idle)]
    assert said[0] == ("rita cannot be added: a key that was withdrawn does not come back", unkept)
    assert back.next_step == "make another: muniment keys new NAME"
    assert said[1][0].endswith("rot: there is no such threshold")
    assert "privacy_officer" in misspelt.next_step
    assert said[2][0].endswith("fewer root keys than the root threshold")
    assert "--add NAME.pub" in many.next_step
    assert said[3][0] == "nothing would change"


def test_a_version_that_waits_is_named_by_its_own_file(desk: Desk) -> None:
    desk.said("init", "--root-key", "root", "--root-key", "second", "--threshold", "root=2")
    told = desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer")
    proposal = version_path(desk.workspace.trust, 2).with_suffix(".proposed.json")

    short = desk.refused("accept", str(proposal))

    assert f"{proposal} waits: it is signed by 1 root keys of 2 needed" in told
    assert short.message.startswith(f"{proposal} is signed by 1 root keys of 2 needed")
    assert short.next_step.endswith(f"muniment trust sign {proposal}")


def test_whoever_lacks_the_trust_root_is_not_sent_to_make_another(desk: Desk) -> None:
    desk.said("init")

    unknown = desk.refused("verify", "--from", str(version_path(desk.workspace.trust, 9)))

    assert unknown.next_step.startswith("copy it here")


def test_thresholds_are_set_by_name_and_never_below_four_eyes(desk: Desk) -> None:
    desk.said("init", "--threshold", "reviewer=1", "--threshold", "privacy_officer=1")
    assert "among them 1 reviewer and 1 privacy_officer" in desk.said("show")

    for wrong in ("approve=1", "root=0", "release=x", "boss=1", "approve", "reviewer=-1", f"root={'9' * 5000}"):
        assert desk.refused("rotate", "--threshold", wrong).exit_code == 2, wrong
    desk.said("rotate", "--threshold", "approve=3", "--threshold", "reviewer=0")
    assert load_trust(desk.workspace.trust, datetime.now(UTC)).thresholds.approve == 3


def test_an_expired_trust_root_is_renewed_by_its_root_key_alone(desk: Desk) -> None:
    from registry.trust.keys import load_key
    from registry.trust.signing import create_trust

    create_trust(desk.workspace.trust, load_key("root", desk.keys), datetime.now(UTC) - timedelta(days=400))
    assert isinstance(desk.refused("show"), Expired)
    assert isinstance(desk.refused("renew", "--root-key", "rita"), UnknownSigner)
    assert isinstance(desk.refused("add", "rita", desk.pub("rita"), "--role", "auditor"), Expired)

    desk.said("renew", "--days", "30")

    assert "version 2" in desk.said("show")
    assert isinstance(desk.refused("renew", "--days", "1"), ConfigError)


def test_the_same_again_changes_nothing(desk: Desk) -> None:
    desk.said("init")
    for _ in range(2):
        desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer")
    assert desk.shown()["version"] == 2
    assert desk.refused("init").exit_code == 2


def test_the_audit_chain_tells_of_changes_and_of_refusals(desk: Desk) -> None:
    desk.said("init")
    with Registry.open(desk.workspace.registry, "eve"):
        pass
    desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer")
    desk.refused("add", "paul", desk.pub("paul"), "--role", "auditor", "--root-key", "rita")

    with Registry.open(desk.workspace.registry, "eve") as registry:
        told = [(event.action, event.outcome) for event in registry.events()]
    assert told == [("trust", "done"), ("trust", "refused")]


def test_the_audit_chain_tells_what_is_in_force_from_what_waits(desk: Desk) -> None:
    desk.said("init")
    with Registry.open(desk.workspace.registry, "eve"):
        pass
    desk.said("rotate", "--add", desk.pub("second"), "--threshold", "root=2", "--root-key", "root",
              "--root-key", "second")  # fmt: skip
    desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer")

    with Registry.open(desk.workspace.registry, "eve") as registry:
        told = [event.detail for event in registry.events()]
    assert told == ["1 root key added, 0 dropped; root=2", "rita is reviewer; version 3 waits for signatures"]


def test_a_verifier_walks_from_the_version_it_holds(desk: Desk, tmp_path: Path) -> None:
    desk.said("init")
    held = tmp_path / "held.json"
    held.write_bytes(desk.workspace.trust.read_bytes())
    desk.said("rotate", "--add", desk.pub("second"), "--drop", desk.id("root"), "--root-key", "root",
              "--root-key", "second")  # fmt: skip
    desk.said("add", "rita", desk.pub("rita"), "--role", "reviewer", "--root-key", "second")

    assert "version 3 follows from version 1" in desk.said("verify", "--from", str(held))


@pytest.mark.parametrize(
    "words", [("add", "rita", "none.pub", "--role", "auditor"), ("show", "none.json"), ("verify",)]
)
def test_what_is_not_there_is_named(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.refused(*words).exit_code == 3


def test_a_role_that_does_not_exist_is_refused(desk: Desk) -> None:
    desk.said("init")

    assert desk.refused("add", "rita", desk.pub("rita"), "--role", "boss").exit_code == 2


def test_changes_are_pure_and_count_up(tmp_path: Path) -> None:
    root, rita, other = (new_key(name, tmp_path) for name in ("root", "rita", "other"))
    start = first((root.public_pem,), NOW + timedelta(days=9), {"release": 2})
    person = Principal(name="rita", roles=("reviewer",), keys=(rita.public_pem, other.public_pem))

    added = with_person(start, person)
    cut = without_key(added, "rita", other.id)
    turned = with_roots(cut, (rita.public_pem,), (), {"root": 2})

    assert [t.version for t in (start, added, cut, turned)] == [1, 2, 3, 4]
    assert with_person(added, person) is added
    assert (turned.thresholds.root, turned.thresholds.release) == (2, 2)
    with pytest.raises(ConfigError):
        renewed(turned, NOW)
