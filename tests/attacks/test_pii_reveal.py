"""Re-identification: by the privacy officer alone, with the key, with a reason, and never without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.officer import remember_trust
from governance.pii import reveal as reveals
from governance.pii.pseudonyms import PseudonymKey, all_keys, load_or_create_key, rotate
from governance.pii.reveal import Answer, Question, digest_of, reveal
from governance.pii.scrub import Row, scrub, stand_ins
from governance.pii.settings import PiiPolicy
from registry.database.store import Registry
from registry.decisions.approvals import Signatory
from registry.errors import ConfigError, Expired, KeyMissing, MunimentError, NotFound, Refused, UnknownSigner
from registry.records import AuditEvent, DocumentSet, ScrubbedSet
from registry.tables import UNITS, read_table, write_table
from registry.trust.keys import load_key, new_key
from registry.trust.principals import Principal
from registry.trust.root import load_pinned, load_trust
from registry.trust.signing import create_trust, enroll
from tests import walked
from tests.registered import NOW, Place, make_place

REASON = "She asked to see her own file"
TEXT = "Dear Ms Vasquez,\nwe confirm that Teodora Vasquez, employee number E-48213, is employed here since 3 May 2011."
POLICY = PiiPolicy()
Open = Callable[[], Signatory]


@dataclass(frozen=True)
class Desk:
    """A workspace in which one letter was scrubbed."""

    place: Place
    policy: PiiPolicy = POLICY

    def ask(self, pseudonym: str, reason: str = REASON, by: Open | None = None) -> tuple[Answer, ...]:
        keys, artifacts = all_keys(self.place.keys), self.place.workspace.artifacts
        asked_by = by or (lambda: self.place.by("paul"))
        return reveal(self.place.registry, artifacts, Question(pseudonym, reason), self.policy, keys, asked_by)

    def scrubbed(self) -> str:
        """The letter as it is now; its last version."""
        with self.place.registry() as registry:
            units = registry.all(ScrubbedSet)[-1].units
        return str(read_table(units, self.place.workspace.artifacts).to_pylist()[0]["text"])

    def run(self) -> None:
        key = load_or_create_key(self.place.keys)
        scratch = self.place.workspace.root / "scratch" / f"{key.id}-{self.policy.replacement}"
        scratch.mkdir(parents=True)
        artifacts = self.place.workspace.artifacts
        letter = {"document": "d" * 64, "path": "a.txt", "unit": 0, "kind": "text", "text": TEXT}
        row = {**dict.fromkeys(UNITS.names), **letter}
        table = write_table(pa.Table.from_pylist([row], schema=UNITS), artifacts, scratch, "in")
        documents = DocumentSet(units=table, documents=1, formats={}, licences={}, rejected=())
        made = scrub(documents, self.policy, key, (artifacts, scratch), workers=1)
        with self.place.registry() as registry:
            registry.add(documents, action="ingest")
            registry.add(made, (documents.digest,), "scrub")

    def events(self) -> list[AuditEvent]:
        """How attempts ended."""
        return [event for event in self.trace() if event.action == "reveal"]

    def trace(self) -> list[AuditEvent]:
        with self.place.registry() as registry:
            return [event for event in registry.events() if event.action.startswith("reveal")]


@pytest.fixture(scope="module")
def scrubbed_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(make_place(tmp_path_factory.mktemp("revealed")))
    desk.run()
    return desk


@pytest.fixture
def desk(scrubbed_once: Desk, tmp_path: Path) -> Desk:
    shutil.copytree(scrubbed_once.place.workspace.root, tmp_path / "workspace")
    shutil.copytree(scrubbed_once.place.keys, tmp_path / "keys")
    workspace = replace(scrubbed_once.place.workspace, root=tmp_path / "workspace")
    return Desk(replace(scrubbed_once.place, workspace=workspace, keys=tmp_path / "keys"))


def surname(desk: Desk) -> str:
    return desk.scrubbed().split(",")[0].removeprefix("Dear Ms ")


def full_name(desk: Desk) -> str:
    return desk.scrubbed().split("confirm that ")[1].split(",")[0]


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


def test_the_registry_is_not_held_while_documents_are_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others would wait for it, and libraries would load without pandas, which a registry command hides."""
    name, held, seen = full_name(desk), list[str](), list[int]()

    @contextmanager
    def opening() -> Iterator[Registry]:
        with desk.place.registry() as registry:
            held.append("open")
            yield registry
            held.pop()

    def read(row: Row, policy: PiiPolicy, key: PseudonymKey) -> Iterator[tuple[str, str, str]]:
        seen.append(len(held))
        return stand_ins(row, policy, key)

    monkeypatch.setattr("governance.pii.reveal.stand_ins", read)
    keys, artifacts = all_keys(desk.place.keys), desk.place.workspace.artifacts

    reveal(opening, artifacts, Question(name, REASON), POLICY, keys, lambda: desk.place.by("paul"))

    assert seen == [0]


@pytest.mark.parametrize("end", [MemoryError("Teodora Vasquez"), KeyboardInterrupt(), SystemExit(143)], ids=repr)
def test_an_attempt_that_breaks_off_stands_in_the_chain_with_its_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    name, begun = full_name(desk), list[str]()

    def broken(*_: object) -> Iterator[tuple[str, str, str]]:
        begun.extend(event.action for event in desk.trace())
        raise end

    monkeypatch.setattr("governance.pii.reveal.stand_ins", broken)

    with pytest.raises(type(end)):
        desk.ask(name)

    assert begun == ["reveal.asked"]
    assert [(e.action, e.outcome, e.detail) for e in desk.trace()] == [
        ("reveal.asked", "done", ""), ("reveal", "refused", f"ended by {type(end).__name__}"),
    ]  # fmt: skip
    assert len({event.subjects for event in desk.trace()}) == 1


def die(place: walked.Place, arguments: tuple[str, ...]) -> None:
    """Ask, and be killed while documents are read."""

    def killed(*_: object) -> Iterator[tuple[str, str, str]]:
        os.kill(os.getpid(), signal.SIGKILL)
        yield from ()

    vars(reveals)["stand_ins"] = killed
    Desk(Place(place.workspace, place.keys)).ask(arguments[0])


def test_an_attempt_that_was_killed_has_left_that_it_was_made(desk: Desk) -> None:
    ended = walked.forked(die, walked.Place(desk.place.workspace.root, desk.place.keys), (full_name(desk),))

    assert ended.code == -signal.SIGKILL, ended.err
    assert [event.action for event in desk.trace()] == ["reveal.asked"]


def test_a_busy_chain_reveals_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(registry: Registry, change: object) -> None:
        raise MunimentError("held by another")

    monkeypatch.setattr(Registry, "apply", busy)

    with pytest.raises(MunimentError, match="held by another"):
        desk.ask(full_name(desk))


def muniment(desk: Desk, *words: str) -> Result:
    """The command line, with the keys of this desk."""
    where = {"MUNIMENT_KEYS": str(desk.place.keys), "MUNIMENT_ACTOR": "tests"}
    return CliRunner().invoke(app, ["-C", str(desk.place.workspace.root), *words], env=where)


def refusal(desk: Desk, *words: str) -> MunimentError:
    error = muniment(desk, *words).exception
    assert isinstance(error, MunimentError)
    return error


def test_the_command_tells_the_officer_and_no_one_else(desk: Desk) -> None:
    asked = ("reveal", full_name(desk), "--reason", REASON)

    told = muniment(desk, *asked, "--key", "paul", "--json")

    assert [answer["value"] for answer in json.loads(told.stdout)] == ["Teodora Vasquez"]
    assert "Teodora Vasquez  (PERSON; documents dddddddddddd)" in muniment(desk, *asked, "--key", "paul").stdout
    assert refusal(desk, *asked, "--key", "rita").exit_code == 4
    assert refusal(desk, "reveal", "Nobody Anywhere", "--reason", REASON, "--key", "paul").exit_code == 3
    assert muniment(desk, "reveal", full_name(desk), "--key", "paul").exit_code == 2
    assert [event.outcome for event in desk.events()] == ["done", "done", "refused", "refused"]


def test_a_trust_root_put_in_place_of_the_known_one_is_refused_by_the_command(desk: Desk, tmp_path: Path) -> None:
    asked = ("reveal", full_name(desk), "--reason", REASON, "--key")
    muniment(desk, *asked, "paul")
    trust = desk.place.workspace.trust
    trust.unlink()
    own_root, mallory = new_key("own", tmp_path), new_key("mallory", desk.place.keys)
    create_trust(trust, own_root, NOW)
    enroll(trust, own_root, Principal(name="m", roles=("privacy_officer",), keys=(mallory.public_pem,)), NOW)

    assert isinstance(refusal(desk, *asked, "mallory"), UnknownSigner)


def test_only_the_officer_turns_to_a_new_key_and_the_chain_names_both(desk: Desk) -> None:
    before = load_or_create_key(desk.place.keys)
    words = ("keys", "rotate", "--reason", "Yearly change of keys", "--key")

    assert isinstance(refusal(desk, *words, "olaf"), Refused)
    assert load_or_create_key(desk.place.keys) == before
    turned = muniment(desk, *words, "paul")

    after = load_or_create_key(desk.place.keys)
    with desk.place.registry() as registry:
        events = [event for event in registry.events() if event.action == "keys.rotate"]
    assert turned.exit_code == 0
    assert before != after
    assert [event.outcome for event in events] == ["refused", "done"]
    assert events[-1].detail == f"paul: Yearly change of keys; from {before.id} to {after.id}"
    assert before.secret.hex() not in turned.output + str(events)


@pytest.mark.parametrize("words", [("keys", "rotate"), ("reveal", "Jane Roe"), ("approve", "demo"), ("revoke", "demo")])
def test_a_reason_that_would_fill_the_chain_is_refused(desk: Desk, words: tuple[str, ...]) -> None:
    before = load_or_create_key(desk.place.keys)

    error = refusal(desk, *words, "--key", "paul", "--reason", "a b c " * 20_000)

    assert (error.exit_code, "1,000 characters at most" in error.message) == (2, True)
    assert load_or_create_key(desk.place.keys) == before


def test_keys_in_the_workspace_that_they_protect_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(desk.place.workspace.root / "keys"))

    with pytest.raises(ConfigError, match="the keys are in the workspace"):
        remember_trust(desk.place.workspace)


def test_a_run_notes_the_trust_root_beside_the_keys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(desk.place.keys))

    remember_trust(desk.place.workspace)

    (pin,) = desk.place.keys.glob("trust-*.json")
    assert pin.read_bytes() == desk.place.workspace.trust.read_bytes()
