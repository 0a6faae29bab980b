"""What the lines of a run tell: which files were refused and why, whom a figure is about."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows import console
from flows.cli import app
from flows.status.standing import standing_of
from flows.training.settings import SftSection
from registry.database.listing import RECORDS
from registry.database.store import StageResult
from registry.decisions import approvals
from registry.errors import ConfigError, NotFound
from registry.locks import alone
from registry.records import KINDS, Dataset, DocumentSet, Evidence, Figure, Reason, Rejected, ScrubbedSet, Table
from registry.release import releases
from registry.release.proposals import countersign, proposal_path
from registry.trust.changes import without_person
from registry.trust.keys import load_key
from registry.trust.signing import change
from registry.workspace import Workspace
from tests.attacks.test_registry_duties import goes_on, trained
from tests.registered import POLICY, place_today, said
from tests.unit.test_registry_cosigning import proposed
from tests.unit.test_registry_store import document_set, documents


def test_every_unreadable_file_is_named_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    places = [f"[red]scan{number}.pdf" for number in range(console.MOST_NAMED + 2)]
    many = tuple(Rejected(what="document", place=at, reason="empty", detail="the file holds nothing") for at in places)
    units = Table(artifact="a" * 64, rows=1, columns=("text",))
    documents = DocumentSet(units=units, documents=1, formats={}, licences={}, rejected=many)

    console.stage_line("ingest", documents, 1.0, looked_up=False)

    told = capsys.readouterr().err
    named = [line.split("! ")[-1] for line in told.splitlines() if "[red]" in line]
    assert named == [f"{place}: empty: the file holds nothing" for place in places[: console.MOST_NAMED]]
    assert f"and 2 more: muniment show {documents.digest[:12]} --json" in told


def test_a_file_of_many_broken_rows_hides_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    def row(place: str, detail: str) -> Rejected:
        return Rejected(what="row", place=place, reason="malformed_row", detail=detail)

    broken = [row(f"a.jsonl:{number}", "not JSON") for number in range(1, 61)]
    others = [row("a.jsonl:61", "prompt is empty"), row("b.csv:2", "prompt is empty")]
    units = Table(artifact="a" * 64, rows=1, columns=("text",))
    rejected = (*broken, *others)
    documents = DocumentSet(units=units, documents=1, formats={}, licences={}, rejected=rejected)

    console.stage_line("ingest", documents, 1.0, looked_up=False)

    assert [line.split("! ")[1] for line in capsys.readouterr().err.splitlines() if "! " in line] == [
        "a.jsonl:1: malformed_row: not JSON (and 59 more of the file)",
        "a.jsonl:61: malformed_row: prompt is empty",
        "b.csv:2: malformed_row: prompt is empty",
    ]


def test_tables_that_were_read_as_text_may_have_been_meant_as_rows(capsys: pytest.CaptureFixture[str]) -> None:
    units = Table(artifact="a" * 64, rows=1, columns=("text",))
    texts = DocumentSet(units=units, documents=3, formats={"CSV": 1, "MD": 1, "XLSX": 1}, licences={}, rejected=())
    rows = texts.model_copy(update={"shapes": {"prompt-completion": 5}})

    for found in (texts, rows, texts.model_copy(update={"formats": {"MD": 3}})):
        console.stage_line("ingest", found, 1.0, looked_up=False)

    told = " ".join(capsys.readouterr().err.split())
    assert told.count("2 tables read as text; to learn from each line as a question and its answer") == 1
    assert told.count("read as text") == 1


def test_rows_that_another_setting_would_learn_are_told_of_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    half = Table(artifact="a" * 64, rows=1, columns=("prompt",))
    filling, alone, same = (
        Rejected(what="row", place="a.jsonl:1", reason=reason)
        for reason in (Reason.FILLS_LENGTH, Reason.UNPAIRED, Reason.DUPLICATE)
    )
    rows = Dataset(purpose="preference", train=half, held_out=half, licences={}, origins={}, rejected=())

    for rejected in ((same,), (filling, alone, alone)):
        console.left_out(rows.model_copy(update={"rejected": rejected}), "dpo.max_length")

    told = " ".join(capsys.readouterr().err.split())
    assert told == (
        "! 1 row left out whose prompt fills dpo.max_length: raise it to learn from such ! 2 disliked answers left out "
        "for want of a liked one to the same question: set dpo.loss_type: kto to learn from such"
    )


@pytest.mark.parametrize(("trials", "how"), [(5, "chosen: "), (0, "no trial fits the budget, so one training takes")])
def test_settings_that_no_trial_chose_are_not_called_chosen(
    capsys: pytest.CaptureFixture[str], trials: int, how: str
) -> None:
    console.settings_line(SftSection(num_train_epochs=2), trials)

    assert capsys.readouterr().err.strip().startswith(how)


def test_refused_rows_are_told_apart_from_refused_files() -> None:
    units = Table(artifact="a" * 64, rows=1, columns=("text",))
    file, row = (Rejected(what=what, place="a.json", reason="empty") for what in ("document", "row"))
    documents = DocumentSet(units=units, documents=1, formats={"JSON": 1}, licences={}, rejected=(file, row, row))

    assert console.summary(documents) == "1 document (1 JSON); 3 rejected (2 rows)"
    assert console.summary(documents.model_copy(update={"rejected": (file,)})) == "1 document (1 JSON); 1 rejected"


def test_counts_are_whole_and_evidence_names_its_subject() -> None:
    evidence = Evidence(type="pii.scrub", subject="b" * 64, figures=(Figure(name="found", value=1639.0),))

    assert console.summary(evidence) == f"pii.scrub of {'b' * 12}: found 1639"


def test_a_folder_that_is_no_workspace_has_no_status(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is no workspace"):
        standing_of(Workspace(tmp_path / "nowhere"))


def test_whoever_stands_inside_a_workspace_is_not_told_to_make_another(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "pipeline.yaml").touch()

    with pytest.raises(NotFound) as inside:
        standing_of(Workspace(tmp_path / "documents"))

    assert inside.value.next_step == f"name the workspace around it: -C {tmp_path}"


def test_status_says_of_each_adapter_what_people_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        waiting, approved = (place.adapter(registry, seed) for seed in (1, 2))
        place.approve(registry, approved)

    told = standing_of(place.workspace).candidates

    assert told == {waiting.version: "passed the gate", approved.version: "passed the gate; approved"}


def test_status_says_once_that_the_gate_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        weak = place.adapter(registry)
        place.judge(registry, weak, 0.1, passed=False)

    assert standing_of(place.workspace).candidates == {weak.version: "refused: As it is."}


def test_what_goes_on_to_the_gate_is_a_run_with_the_settings_of_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.local.train_locally", lambda *_: ["assistant@4f3a9c21d0be"])
    monkeypatch.setattr("flows.commands.walk._checked", lambda *_: None)

    for typed in ([], ["--auto", "--budget", "6m", "dpo.loss_type=kto"], ["documents=my folder"]):
        told = CliRunner().invoke(app, ["-C", str(tmp_path), "train", *typed], catch_exceptions=False).stdout
        assert f"FILE, or {shlex.join(['muniment', 'run', *typed])}, which goes on to the gate" in told


def test_a_run_names_the_step_that_its_candidate_still_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        adapter = place.adapter(registry)
    monkeypatch.setattr("flows.local.run_locally", lambda *_: [adapter.version])
    monkeypatch.setattr("flows.commands.walk._checked", lambda *_: None)

    def run() -> str:
        return CliRunner().invoke(app, ["-C", str(place.workspace.root), "run"], catch_exceptions=False).stdout

    new = run()
    with place.registry() as registry:
        place.approve(registry, adapter)
    approved = run()
    with place.registry() as registry:
        place.promote(registry, adapter)
    released = run()

    assert f"two people: muniment approve {adapter.version} --key NAME" in new
    assert f"then muniment promote {adapter.version} --key OPERATOR" in approved
    assert "people have decided on: production" in released
    assert "next" not in released


def test_a_run_asks_nobody_about_an_adapter_that_status_asks_nobody_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    monkeypatch.setattr("flows.commands.walk._checked", lambda *_: None)

    def run(version: str) -> str:
        monkeypatch.setattr("flows.local.run_locally", lambda *_: [version])
        return CliRunner().invoke(app, ["-C", str(place.workspace.root), "run"], catch_exceptions=False).stdout

    with place.registry() as registry:
        fresh, first, second, begun = (place.adapter(registry, seed) for seed in (1, 2, 3, 4))
        for adapter in (first, second):
            place.approve(registry, adapter)
            place.promote(registry, adapter)
        releases.rollback(registry, place.workspace, place.case(first), place.by("olaf"))
        place.approve(registry, begun, "rita")

    older, rolled_back, going_on = (run(one.version) for one in (fresh, second, begun))

    assert f"nobody is asked: {first.version} in production was made after it" in older
    assert "nobody is asked: it stood in production before" in rolled_back
    assert "next" not in older + rolled_back
    assert f"then another person: muniment approve {begun.version} --key NAME" in going_on


def test_status_names_the_command_that_brings_the_newest_adapter_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    told = []
    with place.registry() as registry:
        older = place.adapter(registry)
    told.append(standing_of(place.workspace).next)
    with place.registry() as registry:
        place.approve(registry, older)
    told.append(standing_of(place.workspace).next)
    with place.registry() as registry:
        place.promote(registry, older)
    told.append(standing_of(place.workspace).next)
    with place.registry() as registry:
        newer = place.adapter(registry, 2)
    told.append(standing_of(place.workspace).next)

    asked = "two people: muniment approve {} --key NAME"
    promote = f"muniment promote {older.version} --key OPERATOR"
    assert told == [asked.format(older.version), promote, "", asked.format(newer.version)]


def test_status_says_what_a_run_is_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry():
        pass
    lock = place.workspace.scratch / "key.lock"
    lock.parent.mkdir()

    with alone(lock, "busy", "train sft"):
        during = standing_of(place.workspace)
    lock.write_text("train sft")  # as a run that was killed leaves it
    after = standing_of(place.workspace)

    assert (during.at_work, during.next) == (("train sft",), "wait for the run that is at work")
    assert (after.at_work, after.next) == ((), "muniment run")


def test_status_says_who_approved_and_whom_it_waits_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        begun, newer = place.adapter(registry), place.adapter(registry, 2)
        place.approve(registry, begun, "rita")

    told = standing_of(place.workspace)

    assert told.candidates[begun.version] == "passed the gate; 1 of 2 people approved (rita)"
    assert told.candidates[newer.version] == "passed the gate"
    assert told.next == f"another person: muniment approve {begun.version} --key NAME"


def test_status_proposes_no_release_that_would_be_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        first, second, third = (trained(place, registry), place.adapter(registry, 2), place.adapter(registry, 3))
        later = goes_on(place, registry, first)
        for adapter in (second, later):
            place.approve(registry, adapter, "rob", "paul")
        approvals.revoke(registry, place.case(first), place.by("rob"))
        place.threshold(approve=3)
        place.approve(registry, third, "rita")

    told = standing_of(place.workspace)
    listed = {row["adapter"]: row["status"] for row in json.loads(said(place, "list", "--json"))}

    assert told.candidates[later.version] == "passed the gate; revoked"
    assert listed[later.version] == "revoked"
    assert told.candidates[second.version] == "passed the gate; 2 of 3 people approved (paul, rob)"
    assert told.next == f"another person: muniment approve {second.version} --key NAME"


def test_status_sends_an_approved_adapter_that_was_not_compared_to_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        newer, first = place.adapter(registry), place.adapter(registry, 2)
        for adapter in (first, newer):
            place.approve(registry, adapter)
        place.promote(registry, first)
        approvals.revoke(registry, place.case(first), place.by("rob"))

    told = standing_of(place.workspace)

    assert told.next == "muniment run"
    assert "has not compared" in told.candidates[newer.version]


def test_status_says_what_to_do_where_nothing_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        first = place.adapter(registry)
        place.approve(registry, first)
        place.promote(registry, first)
        refused = place.adapter(registry, 2)
        place.judge(registry, refused, 0.1, passed=False)
    told = [standing_of(place.workspace).next]
    with place.registry() as registry:
        second = place.adapter(registry, 3)
        place.approve(registry, second)
        place.promote(registry, second)
        approvals.revoke(registry, place.case(second), place.by("rob"))
    told.append(standing_of(place.workspace).next)
    with place.registry() as registry:
        approvals.revoke(registry, place.case(first), place.by("rob"))
        approvals.reject(registry, place.case(refused), place.by("rob"))
    told.append(standing_of(place.workspace).next)

    assert told[0].startswith("train longer")
    assert told[1] == "muniment rollback production --key OPERATOR"
    assert told[2].startswith("muniment run makes another one")


def test_status_says_that_a_changed_policy_has_the_gate_judge_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)

    told = standing_of(place.workspace, "f" * 64)

    assert told.candidates == {adapter.version: "judged under another policy: muniment run"}
    assert told.next == "muniment run"


def test_status_asks_the_next_operator_while_a_release_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    place.add_key("olga", "olga", "operator")
    place.threshold(release=2)
    told = []
    with place.registry() as registry:
        adapter = proposed(place, registry)
    told.append(standing_of(place.workspace).next)
    lying = proposal_path(place.workspace, "production").read_bytes()
    with place.registry() as registry:
        countersign(registry, place.workspace, "production", place.by("olga"), POLICY)
    proposal_path(place.workspace, "production").write_bytes(lying)
    told.append(standing_of(place.workspace).next)

    assert told == [f"another operator: muniment countersign production --adapter {adapter.version} --key NAME", ""]


def test_status_names_no_release_that_waits_of_what_was_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    place.add_key("olga", "olga", "operator")
    place.threshold(release=2)
    with place.registry() as registry:
        adapter = proposed(place, registry)
        approvals.revoke(registry, place.case(adapter), place.by("rob"))

    assert "countersign" not in standing_of(place.workspace).next


def test_status_does_not_ask_for_what_was_rolled_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        first, second = (place.adapter(registry, seed) for seed in (1, 2))
        for adapter in (first, second):
            place.approve(registry, adapter)
            place.promote(registry, adapter)
        releases.rollback(registry, place.workspace, place.case(first), place.by("olaf"))
    back = standing_of(place.workspace)
    with place.registry() as registry:
        third = place.adapter(registry, 3)

    assert (back.production, back.next) == (first.version, "")
    assert back.candidates == {second.version: "passed the gate; approved"}
    assert standing_of(place.workspace).next == f"two people: muniment approve {third.version} --key NAME"


def test_status_sends_nobody_to_a_run_for_an_adapter_before_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        first, second = (place.adapter(registry, seed) for seed in (1, 2))
        place.approve(registry, second)
        place.promote(registry, second)

    assert standing_of(place.workspace, "f" * 64).candidates == {first.version: "judged under another policy"}


def test_status_sends_nobody_to_a_plain_run_for_an_adapter_of_other_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        first = place.adapter(registry)
        place.approve(registry, first)
        place.promote(registry, first)
        tried = first.model_copy(update={"rank": 4})
        registry.add(tried, (tried.base,), "register")

    told = standing_of(place.workspace)

    assert told.candidates[tried.version].startswith("not judged yet")
    assert told.next == f"muniment run with the settings that {tried.version} was trained by"


def test_status_ends_with_what_is_wrong_in_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        place.adapter(registry)
    place.workspace.pipeline.write_text("documents: documents\nbase_model: base\nsft: {epochs: many}\n")

    done = CliRunner().invoke(app, ["-C", str(place.workspace.root), "status", "--json"])

    assert json.loads(done.stdout)["counts"]["adapters"] == 1
    assert isinstance(done.exception, ConfigError)


def test_status_says_that_what_was_in_production_is_revoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        approvals.revoke(registry, place.case(adapter), place.by("rob"))

    told = standing_of(place.workspace)

    assert (told.production, told.withdrawn) == (adapter.version, "revoked")
    shown = CliRunner().invoke(app, ["-C", str(place.workspace.root), "status"]).stdout
    assert "revoked, nothing is served until an operator releases another" in shown
    assert "rollback" not in shown


def test_status_sends_nobody_to_a_run_for_a_revoked_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        tried = place.adapter(registry).model_copy(update={"rank": 4})
        registry.add(tried, (tried.base,), "register")
        approvals.revoke(registry, place.case(tried), place.by("rob"))

    assert standing_of(place.workspace).candidates[tried.version] == "never judged; revoked"


def test_status_says_that_a_server_would_not_start_with_what_is_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    root = load_key("root", place.keys)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita", "paul", "rob")
        place.promote(registry, adapter)
    told = [standing_of(place.workspace)]
    for name in ("olaf", "rita", "paul"):
        change(place.workspace.trust, without_person(place.trust, name), [root], place.now)
        told.append(standing_of(place.workspace))
    told.append(standing_of(place.workspace, "f" * 64))
    page = CliRunner().invoke(app, ["-C", str(place.workspace.root), "status"]).stdout

    assert [bool(one.lapsed) for one in told] == [False, True, True, True, True]
    assert [one.next for one in told] == [
        "",
        f"muniment promote {adapter.version} --key OPERATOR",
        f"muniment promote {adapter.version} --key OPERATOR",
        f"another person: muniment approve {adapter.version} --key NAME",
        "muniment run",
    ]
    assert f"{adapter.version}: no server would start with it, signed by {load_key('olaf', place.keys).id[:12]}" in page


def test_status_counts_by_the_words_that_list_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        registry.commit(StageResult("key", "ingest", document_set(3), documents(3)))
        place.adapter(registry)

    told = standing_of(place.workspace).counts

    assert told["documents"] == 3
    for kind, number in told.items():
        assert len(json.loads(said(place, "list", "--kind", kind, "--json"))) == number, kind


@pytest.mark.parametrize(("one", "many"), RECORDS.items())
def test_list_takes_the_kind_that_show_names(
    one: str, many: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        place.adapter(registry)

    assert one in KINDS
    assert said(place, "list", "--kind", one) == said(place, "list", "--kind", many)


def test_a_scrubbed_set_tells_the_commonest_types(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {"AGE": 1, "PERSON": 617, "LOCATION": 471, "PHONE_NUMBER": 3, "DATE_TIME": 350, "MISC": 270, "NRP": 209}
    units = Table(artifact="a" * 64, rows=860, columns=("text",))

    for found in (kinds, {"PERSON": 4}, {}):
        console.stage_line("scrub", ScrubbedSet(units=units, entities=found, key_id="k", policy=POLICY), 1.0, False)

    told = [line.split("scrub")[1].split(";")[0].strip() for line in capsys.readouterr().err.splitlines()]
    assert told == [
        "1921 personal data found (617 PERSON, 471 LOCATION, 350 DATE_TIME, 270 MISC, 209 NRP, 2 other types)",
        "4 personal data found (4 PERSON)",
        "0 personal data found",
    ]
