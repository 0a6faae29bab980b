"""Erasure: a subject or a document is gone from every byte, and what is kept proves it without saying who it was."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from flows.ingest.ingest import ingest
from flows.ingest.settings import DocumentFolder, IngestSection
from registry.database import folding
from registry.database.store import Registry
from registry.erasure.forgotten import KEY_FILE, forgotten
from registry.erasure.records import Erasure
from registry.errors import Erased, KeyMissing, Revoked
from registry.records import Adapter, Decision, Document, DocumentSet, Export, Reason, Record
from registry.release.past import moment
from registry.signatures import attestations
from registry.trust.root import load_trust
from tests.erasable import MAIL, NAME, REFERENCE, make_erasable
from tests.walked import Ended, Place, forked, muniment

REASON = "Request under article 17"
CV = "people/cv-teodora-vasquez-lindqvist.txt"
TOLD = ("Vasquez", "vasquez", "Teodora", "teodora", MAIL, REFERENCE, "questions about your own entitlement")


@pytest.fixture
def place(erasable_once: Place, tmp_path: Path) -> Place:
    return erasable_once.copy(tmp_path)


def erase(place: Place, name: str, *more: str, reason: str = REASON) -> Ended:
    return muniment(place, "erase", name, "--reason", reason, "--key", "paul", "--yes", *more)


def records(place: Place, kind: type[Record]) -> list[Record]:
    with Registry.open(place.workspace.registry, "tests") as registry:
        return registry.all(kind)


def saying(place: Place, words: tuple[str, ...]) -> set[str]:
    """Files of the workspace whose bytes, or rows where they are tables or the registry, say one of the words."""
    found = set()
    for path in (one for one in place.root.rglob("*") if one.is_file()):
        text = path.read_bytes().decode("utf-8", "ignore") + path.name
        if path.read_bytes()[:4] == b"PAR1":
            text += json.dumps(pq.read_table(path).to_pylist())
        if path.read_bytes()[8:12] == b"DUCK":
            with duckdb.connect(str(path), read_only=True) as plain:
                tables = ("records", "events", "attestations")
                text += "".join(str(plain.execute(f"SELECT * FROM {name}").fetchall()) for name in tables)
        found |= {path.relative_to(place.root).as_posix() for word in words if word in text}
    return found


def test_a_dry_run_shows_what_would_be_reached_and_changes_nothing(place: Place) -> None:
    before = {path: path.read_bytes() for path in place.root.rglob("*") if path.is_file() and path.name != ".gate"}

    shown = muniment(place, "erase", NAME, "--json")

    told = shown.json()
    assert isinstance(told, dict)
    assert {(one["path"], one["whole"]) for one in told["documents"]} == {
        ("letter.md", True), (CV, True), ("questions.jsonl", False),
    }  # fmt: skip
    assert (told["rows"], len(told["datasets"]), len(told["adapters"])) == (3, 1, 2)
    assert [one["alias"] for one in told["releases"]] == ["production"]
    assert {Path(path).name for path in told["files"]} == {"letter.md", Path(CV).name, "questions.jsonl"}
    assert told["done"] is False
    assert {path: path.read_bytes() for path in before} == before


def test_the_subject_is_in_no_byte_of_the_workspace(place: Place) -> None:
    assert saying(place, TOLD) > {"documents/letter.md", f"documents/{CV}", "registry.duckdb"}

    ended = erase(place, NAME)

    assert ended.code == 0, ended.err + ended.out
    assert saying(place, TOLD) == set()


def make_and_die(place: Place, _: tuple[str, ...]) -> None:
    """Killed while it held the registry: what it wrote is in the engine's log alone."""
    with Registry.open(place.workspace.registry, "eve"):
        make_erasable(place.root.parent)
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_only_the_log_of_a_killed_process_holds_is_erased_as_well(tmp_path: Path) -> None:
    place = Place(tmp_path / "workspace", tmp_path / "keys")
    assert forked(make_and_die, place).code == -signal.SIGKILL
    log = folding.log_of(place.workspace.registry)
    assert CV in log.read_text(errors="ignore")
    assert CV not in place.workspace.registry.read_text(errors="ignore")

    ended = erase(place, NAME)

    assert ended.code == 0, ended.err + ended.out
    assert saying(place, TOLD) == set()


def test_what_was_erased_keeps_its_place_in_lineage_and_bill_of_materials(place: Place) -> None:
    one, other = (adapter.version for adapter in records(place, Adapter) if isinstance(adapter, Adapter))
    assert erase(place, NAME).code == 0

    events, picture = place.root / "events.jsonl", place.root / "picture.svg"
    asked = (
        ("lineage", one, "--json"), ("show", one), ("diff", one, other, "--json"), ("bom", one),
        ("lineage", one, "--openlineage", str(events)), ("lineage", one, "--picture", str(picture)),
    )  # fmt: skip
    told = [muniment(place, *words) for words in asked]

    assert [ended.code for ended in told] == [0] * len(asked), "".join(ended.err for ended in told)
    said = "".join(ended.out for ended in told) + events.read_text() + picture.read_text()
    assert [word for word in TOLD if word in said] == []
    assert told[3].out.count('"an erased document"') == 2
    assert "2 erased" in told[1].out


def test_what_was_exported_of_an_erased_adapter_is_gone_as_well(place: Place) -> None:
    adapter = records(place, Adapter)[0]
    assert isinstance(adapter, Adapter)
    files = place.root / "merged"
    files.mkdir()
    (files / "model.safetensors").write_text("what it learnt, merged")
    made = Export(
        adapter=adapter.digest, base=adapter.base, form="safetensors", precision="bf16", use="serve_internal",
        weights=place.workspace.artifacts.put(files), difference=0.0, tolerance=0.5,
    )  # fmt: skip
    with Registry.open(place.workspace.registry, "tests") as registry:
        registry.add(made, (adapter.digest,), "export")

    assert erase(place, NAME).code == 0

    assert not place.workspace.artifacts.has(made.weights)
    with pytest.raises(Erased):
        place.workspace.artifacts.path(made.weights)
    assert muniment(place, "verify").code in {0, 1}


def test_rows_of_others_stay_and_the_tables_say_where_they_are_now(place: Place) -> None:
    questions = place.root / "documents" / "questions.jsonl"
    before = questions.read_text().splitlines()

    erase(place, NAME)

    assert questions.read_text().splitlines() == before[:-1]
    (erasure,) = records(place, Erasure)
    assert isinstance(erasure, Erasure)
    (units,) = records(place, DocumentSet)
    assert isinstance(units, DocumentSet)
    with pytest.raises(Erased):
        place.workspace.artifacts.verified(units.units.artifact)
    removed = next(one for one in erasure.removed if one.artifact == units.units.artifact)
    assert removed.successor is not None
    assert pq.read_table(place.workspace.artifacts.verified(removed.successor)).num_rows == units.units.rows - 3


def test_what_learnt_from_it_is_revoked_and_never_served_again(place: Place) -> None:
    erase(place, NAME)

    with Registry.open(place.workspace.registry, "tests") as registry:
        adapters = registry.all(Adapter)
    for adapter in adapters:
        for verb in ("promote", "approve"):
            refused = muniment(place, verb, adapter.version, "--key", "olaf" if verb == "promote" else "rita")
            assert refused.code == 4
            assert "Revoked" in refused.err
        assert not place.workspace.artifacts.has(adapter.weights)
    published = [attestations.unverified(path.read_bytes(), Decision) for path in place.workspace.refusals.iterdir()]
    assert {one.adapter for one in published if one.decision == "revoke"} == {one.digest for one in adapters}
    assert len(adapters) == 2


def test_what_was_in_production_is_in_force_no_longer_once_it_is_erased(place: Place) -> None:
    erase(place, "questions.jsonl")

    now = datetime.now(UTC)
    with Registry.open(place.workspace.registry, "tests") as registry:
        then, since = (
            moment(registry, [load_trust(place.workspace.trust, now)], "production", at)
            for at in (registry.releases("production")[-1].issued + timedelta(seconds=1), now)
        )
    assert then.refusal is None
    assert isinstance(since.refusal, Revoked)
    assert then.ends[1] == "its adapter was revoked"


def test_what_never_learnt_from_it_stays_in_force(place: Place) -> None:
    ended = erase(place, CV, "--json")

    (told,) = json.loads(ended.out)
    assert (told["revoked"], told["plan"]["aliases"]) == ([], [])
    assert muniment(place, "list", "--json").json()[-1]["status"] == "production"  # type: ignore[index]
    assert "letter.md" in str(muniment(place, "list", "--kind", "documents", "--json").json())


def test_verify_says_erased_and_not_damaged(place: Place) -> None:
    erase(place, CV)
    seen = muniment(place, "verify", "--json").json()
    assert isinstance(seen, list)

    assert not [one for one in seen if one["integrity"]]
    assert next(one for one in seen if one["erased"])["about"].startswith("erasure ")
    assert {one["sentence"] for one in seen if not one["erased"]} == {"nobody signed its weights"}


def test_the_proof_is_signed_kept_in_the_chain_and_says_nothing_of_whom(place: Place) -> None:
    erase(place, NAME)

    with Registry.open(place.workspace.registry, "tests") as registry:
        (erasure,) = registry.all(Erasure)
        told = [(event.action, event.outcome) for event in registry.events_about(erasure.digest)]
        (signed,) = registry.attestations(erasure.digest)
    assert told == [("erase", "done"), ("erase.finished", "done")]
    assert (signed.type, signed.signer, erasure.principal) == ("erasure", "paul", "paul")
    assert erasure.subject is not None
    assert not [word for word in TOLD if word in erasure.model_dump_json()]
    assert muniment(place, "audit", "verify").code == 0


def test_an_erased_document_is_never_read_again_under_whatever_name(place: Place) -> None:
    letter = (place.root / "documents" / "letter.md").read_bytes()
    lines = (place.root / "documents" / "questions.jsonl").read_text().splitlines()
    erase(place, NAME)
    folder = place.root / "documents"
    (folder / "renamed.md").write_bytes(letter)
    (folder / "converted.txt").write_bytes(letter.replace(b"\n", b"\r\n"))
    (folder / "others.jsonl").write_text("\n".join(lines[-2:]))

    with Registry.open(place.workspace.registry, "tests") as registry:
        erased = forgotten(registry, place.keys)
    place.workspace.scratch.mkdir(exist_ok=True)
    store = (place.workspace.artifacts, place.workspace.scratch)
    read = ingest([DocumentFolder(path=folder)], IngestSection(workers=1), store, erased)

    assert {one.path for one in read.documents} == {"travel.md", "questions.jsonl", "others.jsonl"}
    assert [one.reason for one in read.batch.rejected] == [Reason.ERASED] * 3
    assert not [word for word in TOLD if word in read.batch.model_dump_json()]


def test_nothing_is_read_while_the_key_of_the_erased_is_missing(place: Place) -> None:
    erase(place, CV)
    (place.keys / KEY_FILE).unlink()

    with Registry.open(place.workspace.registry, "tests") as registry, pytest.raises(KeyMissing):
        forgotten(registry, place.keys)


def test_erasing_again_finds_nothing_and_others_can_be_erased_after_it(place: Place) -> None:
    erase(place, NAME)

    assert erase(place, NAME).code == 3
    assert erase(place, "travel.md").code == 0
    assert saying(place, ("Travellers must keep",)) == set()
    assert len(records(place, Erasure)) == 2


@pytest.mark.parametrize(
    "name", ["Vasquez-Lindqvist, Teodora", "ms teodora vasquez-lindqvist", "TEODORA VASQUEZ-LINDQVIST", "E 48213", MAIL]
)
def test_a_subject_is_found_however_it_is_written(place: Place, name: str) -> None:
    told = muniment(place, "erase", name, "--json").json()
    assert isinstance(told, dict)

    assert {one["path"] for one in told["documents"]} & {"letter.md", CV}


def test_only_a_privacy_officer_erases_and_the_attempt_is_kept(place: Place) -> None:
    for who in ("rita", "olaf", "ada"):
        refused = muniment(place, "erase", NAME, "--reason", REASON, "--key", who, "--yes")
        assert refused.code == 4

    with Registry.open(place.workspace.registry, "tests") as registry:
        tried = [event for event in registry.events() if event.action == "erase"]
    assert [event.outcome for event in tried] == ["refused"] * 3
    assert (place.root / "documents" / "letter.md").exists()


@pytest.mark.parametrize("reason", ["because Teodora asked us", "letter by vasquez lindqvist please", ""])
def test_a_reason_that_names_the_subject_or_is_none_is_refused(place: Place, reason: str) -> None:
    assert erase(place, NAME, reason=reason).code in {2, 4}
    assert records(place, Erasure) == []


def test_a_document_may_be_named_with_the_folder_that_it_lies_in(place: Place) -> None:
    typed = ("documents/letter.md", str(place.root / "documents" / "letter.md"))
    known = muniment(place, "lineage", "letter.md", "--json").json()

    for name in typed:
        assert muniment(place, "lineage", name, "--json").json() == known
        assert muniment(place, "erase", name, "--json").json()["documents"]  # type: ignore[index]
    assert muniment(place, "lineage", "elsewhere/letter.md").code == 3
    assert muniment(place, "erase", "elsewhere/letter.md").code == 3


def test_a_hold_on_a_file_that_was_changed_asks_for_the_digits_of_one_version(place: Place) -> None:
    with Registry.open(place.workspace.registry, "tests") as registry:
        before = next(one for one in registry.all(Document) if one.path == "letter.md")
        registry.add(before.model_copy(update={"content": "f" * 64}), (), "ingest")

    asked = ("--reason", "Case 12 of 2027", "--key", "ada")
    refused = muniment(place, "hold", "add", "letter.md", *asked)

    assert refused.code == 3
    assert "give the digits of one of them: muniment list --kind documents" in refused.err
    assert muniment(place, "hold", "add", before.digest[:12], *asked).code == 0


def test_a_held_document_is_not_erased_until_the_hold_is_released(place: Place) -> None:
    assert muniment(place, "hold", "add", "letter.md", "--reason", "x", "--key", "ada").code == 2
    assert "hold.add" in muniment(place, "audit").out
    held = muniment(place, "hold", "add", "letter.md", "--reason", "Case 12 of 2027", "--key", "ada")
    assert held.code == 0, held.err
    assert muniment(place, "hold", "list", "--json").json()[0]["document"] == "letter.md"  # type: ignore[index]
    assert muniment(place, "hold", "list").out.rstrip().endswith("UTC")
    shown = muniment(place, "erase", "letter.md")
    assert "letter.md, whole" in shown.out
    assert "held       1\n  letter.md" in shown.out
    assert "muniment hold release" in shown.err
    report = place.workspace.reports / "about.html"
    report.parent.mkdir(exist_ok=True)
    report.write_text(NAME)

    for name in (NAME, "letter.md"):
        refused = erase(place, name)
        assert refused.code == 4
        assert "LegalHold" in refused.err
    assert (place.root / "documents" / "letter.md").exists()
    assert report.exists()

    assert muniment(place, "hold", "release", "letter.md", "--reason", "Case 12 is closed", "--key", "rita").code == 4
    assert muniment(place, "hold", "release", "letter.md", "--reason", "Case 12 is closed", "--key", "paul").code == 0
    assert muniment(place, "hold", "list", "--json").json() == []
    assert erase(place, "letter.md").code == 0
