"""The registry's verbs as a person or a script uses them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from registry.audit import pieces
from registry.database.store import StageResult
from registry.decisions import approvals
from registry.errors import ConfigError, NotFound
from registry.records import Evidence, Figure, Reason, Rejected, Verdict
from registry.trust.keys import load_key
from registry.workspace import Workspace
from tests.registered import Place, place_today, refusal, said, typed
from tests.unit.test_registry_store import document_set, documents


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return place_today(tmp_path, monkeypatch)


def muniment(place: Place, *arguments: str) -> Result:
    return typed(place.workspace, *arguments)


@pytest.mark.usefixtures("backend")
def test_a_day_from_candidate_to_production_and_back(place: Place) -> None:
    with place.registry() as registry:
        first, second = place.adapter(registry, 1), place.adapter(registry, 2)

    assert refusal(place, "promote", first.version, "--key", "olaf").exit_code == 4
    for adapter, number in ((first, 1), (second, 2)):
        assert "1 of 2" in said(place, "approve", adapter.version, "--key", "rita", "--reason", "fit")
        assert "approved" in said(place, "approve", adapter.version, "--key", "paul")
        promoted = muniment(place, "promote", adapter.version, "--key", "olaf")
        assert promoted.exit_code == 0, promoted.output
        assert ("next: muniment serve" in promoted.stderr) == (number == 1), "a server that runs takes up the next"
    assert first.version in said(place, "rollback", "--key", "olaf", "--reason", "worse")
    said(place, "revoke", second.version, "--key", "rob", "--reason", "leaks")

    rows = {row["adapter"]: row for row in json.loads(said(place, "list", "--json"))}
    assert rows[first.version]["status"] == "production"
    assert rows[second.version]["status"] == "revoked"
    assert rows[first.version]["headline"] == 0.8
    assert [r["version"] for r in json.loads(said(place, "history", "--json"))] == [1, 2, 3]
    assert "approved by paul, rita" in said(place, "show", "production")
    assert "leaks" in said(place, "show", second.version)
    assert "refused" in said(place, "audit", "--json")


def test_lineage_goes_up_to_documents_and_down_to_releases(place: Place) -> None:
    with place.registry() as registry:
        whole = registry.commit(StageResult("key", "ingest", document_set(3), documents(3)))
        adapter = place.adapter(registry)
        registry.add(adapter, (whole,), "register")
        place.approve(registry, adapter)
        place.promote(registry, adapter)

    up = json.loads(said(place, "lineage", "production", "--json"))
    assert "0.txt (MIT)" in json.dumps(up)
    assert "production version 1" in said(place, "lineage", "0.txt", "--down")
    assert refusal(place, "lineage", "nothing").exit_code == 3


def test_every_kind_is_listed_and_an_unknown_one_is_a_usage_error(place: Place) -> None:
    with place.registry() as registry:
        registry.commit(StageResult("key", "ingest", document_set(3), documents(3)))

    assert len(json.loads(said(place, "list", "--kind", "documents", "--json"))) == 3
    for kind in ("datasets", "runs", "bases", "evidence", "verdicts", "decisions", "approvals", "releases"):
        said(place, "list", "--kind", kind)
    assert refusal(place, "list", "--kind", "records").exit_code == 2


@pytest.mark.usefixtures("backend")
def test_history_says_what_was_in_force_at_a_time(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)

    assert adapter.version in said(place, "history", "--at", "2100-01-01")
    assert isinstance(refusal(place, "history", "--at", "2000-01-01"), NotFound)
    misspelt = refusal(place, "history", "prodcution")
    assert isinstance(misspelt, NotFound)
    assert "production" in misspelt.next_step


def test_history_of_what_was_never_released_is_empty(place: Place) -> None:
    with place.registry() as registry:
        place.adapter(registry)

    assert json.loads(said(place, "history", "--json")) == []


def test_a_listing_says_which_adapter_each_event_and_release_is_about(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    assert "no checkpoint seals them yet" in said(place, "audit", "verify")
    said(place, "approve", adapter.version, "--key", "rita")
    said(place, "approve", adapter.version, "--key", "paul", "--reason", "read " * 40)
    said(place, "promote", adapter.version, "--key", "olaf")

    *_, rita, paul, olaf = said(place, "audit").splitlines()
    (release,) = json.loads(said(place, "list", "--kind", "releases", "--json"))
    page = said(place, "show", release["digest"][:12])

    assert rita.endswith(f"approve          {adapter.digest[:12]} rita")
    assert paul.endswith("…")
    assert "production is" in olaf
    assert release["adapter"] == adapter.version
    assert f"adapter    {adapter.version} {adapter.digest[:12]}" in page
    assert "2 signed" in page
    assert "payload" not in page


def test_who_asks_what_an_adapter_meant_is_told_of_the_aliases(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)

    for words in (("show", adapter.version), ("history", "demo")):
        assert refusal(place, *words, "--at", "2100-01-01").next_step == "an alias is asked for: production"
    early = refusal(place, "show", "production", "--at", "2000-01-01")
    assert early.next_step == "see: muniment history production"


def test_a_file_that_is_no_backup_is_refused_by_its_own_name(place: Place, tmp_path: Path) -> None:
    with place.registry() as registry:
        place.adapter(registry)
    (tmp_path / "notes.txt").write_text("no database")

    refused = refusal(place, "registry", "restore", str(tmp_path / "notes.txt"))

    assert refused.exit_code == 5
    assert refused.message.endswith("notes.txt cannot be read: it is no registry")
    assert "registry backup" in refused.next_step


def test_no_token_is_made_for_a_registry_that_cannot_be_read(place: Place) -> None:
    place.workspace.registry.write_bytes(b"[" * 5000)

    refused = refusal(place, "registry", "token", "new", "nora")

    assert "restore" in refused.next_step
    assert not place.workspace.registry_tokens.exists()


def test_an_exported_bundle_is_verified_without_the_registry(place: Place, tmp_path: Path) -> None:
    with place.registry() as registry:
        place.adapter(registry)
    said(place, "audit", "checkpoint", "--key", "olaf")
    said(place, "audit", "export", str(tmp_path / "bundle"))
    assert "T" in json.loads(said(place, "audit", "verify", "--json"))["sealed_at"]
    place.workspace.registry.unlink()

    for words in ((str(tmp_path / "bundle"),), ("--bundle", str(tmp_path / "bundle"))):
        assert "4 events" in said(place, "audit", "verify", *words)
    assert refusal(place, "audit", "verify", "one", "--bundle", "another").exit_code == 2
    assert refusal(place, "audit", "verify").exit_code == 3


@pytest.mark.parametrize("words", [("audit", "verify"), ("verify",), ("registry", "backup", "copy.duckdb")])
def test_a_long_chain_is_proved_in_pieces_and_says_how_far_it_is(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    with place.registry() as registry:
        for seed in range(3):
            place.adapter(registry, seed)
    monkeypatch.setattr(pieces, "EVENTS", 2)
    monkeypatch.chdir(tmp_path)

    told = [line.strip() for line in muniment(place, *words).stderr.splitlines() if "in pieces" in line]

    assert told
    assert told[-1].endswith(f"{len(told)} of {len(told)}")


def test_verify_exits_with_1_for_what_is_incomplete_and_5_for_what_was_changed(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    assert muniment(place, "verify").exit_code == 1

    (place.workspace.artifacts.path(adapter.weights) / "adapter_model.safetensors").write_text("x")
    result = muniment(place, "verify", "--json")
    assert result.exit_code == 5
    assert "was changed" in result.stdout


def test_keys_are_made_and_listed(place: Place) -> None:
    said(place, "keys", "new", "nora", "--no-passphrase")

    rows = {row["name"]: row for row in json.loads(said(place, "keys", "list", "--json"))}
    assert rows["nora"]["kept"] == "in clear"
    assert rows["nora"]["id"] == load_key("nora", place.keys).id
    assert "nora" in said(place, "keys", "list")


def test_a_workspace_without_a_registry_is_not_found(tmp_path: Path) -> None:
    place = Place(Workspace(tmp_path), tmp_path)

    assert refusal(place, "list").exit_code == 3
    assert list(tmp_path.iterdir()) == []


def test_listing_imports_neither_pandas_nor_cryptography(place: Place) -> None:
    import subprocess
    import sys

    with place.registry() as registry:
        place.adapter(registry)
    code = f"""
import sys, typer
from pathlib import Path
from registry.commands import cli
from registry.workspace import Workspace
app = typer.Typer()
@app.callback()
def root(ctx: typer.Context) -> None:
    ctx.obj = Workspace(Path({str(place.workspace.root)!r}))
cli.attach(app, lambda _: "", lambda *_: ())
app(["list"], standalone_mode=False)
sys.exit(any(name in sys.modules for name in ("pandas", "cryptography", "torch", "rich.table", "numpy")))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("backend")
def test_show_at_says_who_decided_on_what_evidence(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
    then = datetime.now(UTC).isoformat()
    said(place, "revoke", adapter.version, "--key", "rob", "--reason", "leaks")

    page = said(place, "show", "--at", then, "production")
    found = json.loads(said(place, "show", "--at", then, "production", "--json"))
    later = json.loads(said(place, "show", "--at", datetime.now(UTC).isoformat(), "production", "--json"))

    assert "its adapter was revoked" in page
    for word in (adapter.version, "rita", "paul", "olaf", "headline", "audit event"):
        assert word in page
    assert found["in_force"]
    assert {one["principal"] for one in found["decisions"]} == {"rita", "paul"}
    assert not later["in_force"]
    assert "revoked by rob: leaks" in later["refusal"]["sentence"]
    for version in place.workspace.trust.with_suffix("").glob("*.json"):  # a trust root of before versions were kept
        version.unlink()
    assert json.loads(said(place, "show", "--at", then, "production", "--json"))["in_force"]
    assert refusal(place, "show", "--at", "2000-01-01T12:00Z", "production").exit_code == 3
    for verb in ("show", "history"):  # as of an unset variable
        assert refusal(place, verb, "--at", "", "production").exit_code == 2
    assert refusal(place, "show", "--at", "at noon", "production").exit_code == 2


def test_show_is_a_page_without_control_characters(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    said(place, "reject", adapter.version, "--key", "paul", "--reason", "bad\x1b[2J\nbad")

    page = said(place, "show", adapter.version)

    assert "\x1b" not in said(place, "list", "--kind", "decisions")
    for word in ("rejected by paul", adapter.digest, "headline", "accuracy 0.8 [0.7, 0.9] of 100", "As it is.", "tiny"):
        assert word in page
    assert "\x1b" not in page
    assert "bad\ufffd[2J bad" in page


@pytest.mark.parametrize("count", [0, 20, 22])
def test_show_names_the_first_that_were_left_out_and_where_all_are(place: Place, count: int) -> None:
    places = [f"rows.jsonl:{number}" for number in range(count)]
    left = tuple(Rejected(what="row", place=at, reason=Reason.CONTAMINATED, detail="bad\x1b[2J") for at in places)
    read = document_set(3).model_copy(update={"rejected": left})
    with place.registry() as registry:
        registry.commit(StageResult("key", "ingest", read, documents(3)))

    lines = said(place, "show", read.digest).splitlines()

    assert [line.split() for line in lines if "rows.jsonl:" in line] == [
        [at, "contaminated", "bad\ufffd[2J"] for at in places[:20]
    ]
    assert ("  and 2 more: --json names all" in lines) == (count == 22)


def test_show_names_the_file_that_evidence_rests_on(place: Place) -> None:
    with place.registry() as registry:
        subject = place.adapter(registry).digest
        tried = Evidence(type="tuning", subject=subject, figures=(), artifact="a" * 64)
        registry.add(tried, (subject,), "evaluate")

    assert said(place, "show", tried.digest).split()[-1] == str(place.workspace.artifacts.address("a" * 64))


def test_show_tells_each_figure_on_its_line_and_counts_whole(place: Place) -> None:
    figures = (Figure(name="found", value=20117.0, n=860), Figure(name="rate", value=0.98812, low=0.9789, high=0.9944))
    with place.registry() as registry:
        subject = place.adapter(registry).digest
        found = Evidence(type="pii.scrub", subject=subject, figures=figures)
        registry.add(found, (subject,), "evaluate")

    lines = [line.split() for line in said(place, "show", found.digest).splitlines()]

    assert lines[0] == ["evidence:", "pii.scrub,", "found", "20117,", "rate", "0.988"]
    assert ["found", "20117", "of", "860"] in lines
    assert ["rate", "0.9881", "[0.979,", "0.994]"] in lines


def test_every_kind_of_record_has_a_page(place: Place) -> None:
    with place.registry() as registry:
        registry.commit(StageResult("key", "ingest", document_set(3), documents(3)))
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        digests = [str(row[0]) for row in registry.query("SELECT digest FROM records")]

    for digest in digests:
        assert digest in said(place, "show", digest)


@pytest.mark.usefixtures("backend")
def test_diff_sets_two_adapters_side_by_side(place: Place) -> None:
    with place.registry() as registry:
        first, second = place.adapter(registry, 1), place.adapter(registry, 2)
        place.judge(registry, second, accuracy=0.9)
        place.approve(registry, second)

    found = json.loads(said(place, "diff", first.version, second.version, "--json"))
    page = said(place, "diff", first.version, second.version)

    assert (found["a"]["digest"], found["b"]["digest"]) == (first.digest, second.digest)
    assert [(one["a"]["value"], one["b"]["value"]) for one in found["evidence"]] == [(0.8, 0.9)]
    assert "paul, rita" in page
    assert "the same" in said(place, "diff", first.version, first.version)
    assert refusal(place, "diff", first.version, "nobody").exit_code == 3


def test_a_lineage_is_drawn_into_a_file(place: Place, tmp_path: Path) -> None:
    with place.registry() as registry:
        place.adapter(registry)
    for name in ("lineage.svg", "lineage.mmd", "lineage.dot"):
        said(place, "lineage", "demo", "--picture", str(tmp_path / name))
        assert (tmp_path / name).stat().st_size > 100

    assert refusal(place, "lineage", "demo", "--picture", str(tmp_path / "lineage.jpg")).exit_code == 2
    assert not (tmp_path / "lineage.jpg").exists()


def test_a_lineage_is_written_as_openlineage_events(place: Place, tmp_path: Path) -> None:
    with place.registry() as registry:
        place.adapter(registry)

    said(place, "lineage", "demo", "--openlineage", str(tmp_path / "events.jsonl"))

    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert {event["eventType"] for event in events} == {"START", "COMPLETE"}


def test_a_release_that_takes_two_operators_waits_for_the_second(place: Place) -> None:
    place.add_key("olga", "olga", "operator")
    place.threshold(release=2)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)

    assert "signed by 1 of 2 operators (olaf)" in said(place, "promote", adapter.version, "--key", "olaf")
    assert refusal(place, "countersign", "--key", "olaf").exit_code == 4
    in_force = said(place, "countersign", "--adapter", adapter.version, "--key", "olga")
    assert in_force == f"production is {adapter.version} (release 1, signed by olaf, olga)\n"
    assert refusal(place, "countersign", "--key", "olga").exit_code == 3


def test_everybody_who_signed_a_release_is_named_whoever_signed_last(place: Place) -> None:
    for name in ("olga", "ada"):
        place.add_key(name, name, "operator")
    place.threshold(release=3)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
    said(place, "promote", adapter.version, "--key", "olaf")

    waits = said(place, "countersign", "--key", "olga")
    told = json.loads(said(place, "countersign", "--key", "ada", "--json"))

    assert "signed by 2 of 3 operators (olaf, olga)" in waits
    assert (told["in_force"], told["signed_by"]) == (True, ["ada", "olaf", "olga"])


def test_striking_off_an_approver_names_the_releases_that_fall_with_it(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)

    stays = muniment(place, "trust", "remove", "rob")
    falls = muniment(place, "trust", "remove", "paul")

    assert "holds no longer" not in stays.output
    assert "release.json holds no longer" in falls.output


@pytest.mark.parametrize("verb", ["show", "lineage", "history", "bom", "trust accept", "registry backup"])
def test_a_name_that_is_no_text_is_a_usage_error(place: Place, verb: str) -> None:
    with place.registry() as registry:
        place.adapter(registry)

    assert refusal(place, *verb.split(), "\udcff").exit_code == 2


def test_a_listing_counts_no_approval_that_would_not_count_today(place: Place) -> None:
    with place.registry() as registry:
        expired, judged_again, approved = (place.adapter(registry, seed) for seed in (1, 2, 3))
        for adapter in (judged_again, approved):
            place.approve(registry, adapter)
        for who in ("rita", "paul"):
            old = replace(place.by(who), now=place.now - timedelta(days=40))
            approvals.approve(registry, place.case(expired), old)
        place.judge(registry, judged_again, accuracy=0.9)

    rows = {row["adapter"]: row["status"] for row in json.loads(said(place, "list", "--json"))}

    assert rows == {expired.version: "candidate", judged_again.version: "candidate", approved.version: "approved"}


def test_a_listing_has_the_figure_that_the_gate_judged_by(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        beside = Figure(name="accuracy", value=0.3, low=0.2, high=0.4, n=100)
        later = Evidence(type="headline", subject=adapter.digest, figures=(beside,))
        registry.add(later, (adapter.digest,), "evaluate")

    (row,) = json.loads(said(place, "list", "--json"))

    assert (row["headline"], row["low"], row["high"]) == (0.8, pytest.approx(0.7), pytest.approx(0.9))


def test_sentences_of_a_record_are_listed_as_words_and_as_they_are_in_json(place: Place) -> None:
    with place.registry() as registry:
        place.adapter(registry)

    shown = said(place, "list", "--kind", "verdicts")
    (verdict,) = json.loads(said(place, "list", "--kind", "verdicts", "--json"))

    assert shown.splitlines()[1].endswith("As it is.")
    assert verdict["reasons"] == ["As it is."]


def test_a_listing_tells_what_the_gate_refused_from_what_may_be_approved(place: Place) -> None:
    with place.registry() as registry:
        waiting, refused, revoked = (place.adapter(registry, seed) for seed in (1, 2, 3))
        for adapter in (refused, revoked):
            place.judge(registry, adapter, accuracy=0.2, passed=False)
        approvals.revoke(registry, place.case(revoked), place.by("olaf"))

    rows = {row["adapter"]: row["status"] for row in json.loads(said(place, "list", "--json"))}

    assert rows == {waiting.version: "candidate", refused.version: "refused", revoked.version: "revoked"}


def test_whoever_approves_under_another_policy_than_production_has_is_told(place: Place) -> None:
    other = "b" * 64
    with place.registry() as registry:
        place.approve(registry, first := place.adapter(registry))
        place.promote(registry, first)
        adapter = place.adapter(registry, 2)
        evidence = place.judge(registry, adapter)
        under = Verdict(
            subject=adapter.digest, policy=other, evidence=(evidence.digest,), passed=True, reasons=(), against=()
        )
        registry.add(under, (adapter.digest,), "gate")

    same = typed(place.workspace, "approve", adapter.version, "--key", "rita")
    changed = typed(place.workspace, "approve", adapter.version, "--key", "rita", policy=lambda _: other)

    assert (same.exit_code, changed.exit_code) == (0, 0), (same.output, changed.output)
    assert "policy" not in same.stderr
    assert f"another one ({other[:12]}) than production was released under" in changed.stderr


def test_what_was_sealed_and_written_is_told_in_json(place: Place, tmp_path: Path) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        last = registry.head().sequence

    seal = ("audit", "checkpoint", "--key", "olaf")
    first, second = (json.loads(said(place, *seal, "--json")) for _ in range(2))
    again = typed(place.workspace, *seal)
    bundle = json.loads(said(place, "audit", "export", str(tmp_path / "bundle"), "--json"))
    bom = json.loads(said(place, "bom", adapter.version, "--out", str(tmp_path / "bom"), "--json"))

    assert (first["event"], first["new"], second["new"]) == (last, True, False)
    assert Path(first["file"]).exists()
    assert "was sealed before" in again.stderr
    assert bundle == {"file": str(tmp_path / "bundle"), "events": last + 1, "unsealed": 0}
    assert bom == {"file": str(tmp_path / "bom"), "adapter": adapter.version}


def test_a_release_that_too_few_approved_names_the_approval_that_is_missing(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita")

    step = refusal(place, "promote", adapter.version, "--key", "olaf").next_step

    assert f"muniment approve {adapter.digest[:12]} --key NAME" in step
    assert place.workspace.release.exists() is False


def test_a_misspelt_alias_is_no_release_and_one_that_no_server_serves_says_so(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)

    misspelt = refusal(place, "promote", adapter.version, "prodction", "--key", "olaf")
    named = muniment(place, "promote", adapter.version, "trial", "--key", "olaf", "--new-alias")
    again = muniment(place, "promote", adapter.version, "trial", "--key", "olaf")
    right = muniment(place, "promote", adapter.version, "--key", "olaf")

    assert misspelt.exit_code == 3
    assert "production meant" in misspelt.next_step
    with place.registry() as registry:
        assert sorted(registry.aliases()) == ["production", "trial"]
    assert "no server serves trial, only production" in named.output
    assert again.exit_code == 0
    assert "no server" not in right.output


def test_whatever_writes_a_file_makes_the_folders_above_it(place: Place, tmp_path: Path) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    signed = json.loads(said(place, "sign", "demo", "--key", "olaf", "--json"))
    assert signed == {"adapter": adapter.version, "signer": "olaf"}
    said(place, "audit", "checkpoint", "--key", "olaf")
    writers = {
        "bom.json": ("bom", "demo", "--out"), "a.sig": ("signature", "demo", "--out"),
        "a.svg": ("lineage", "demo", "--picture"), "events.jsonl": ("lineage", "demo", "--openlineage"),
        "bundle.jsonl": ("audit", "export"), "house.backup": ("registry", "backup"),
    }  # fmt: skip

    for name, words in writers.items():
        said(place, *words, str(tmp_path / "new" / words[0] / name))
        assert (tmp_path / "new" / words[0] / name).stat().st_size > 0


@pytest.mark.parametrize(
    "name", ["registry.duckdb", "trust.json", "release.json", "policy.yaml", "checkpoints/x", "artifacts/x", "a-link"]
)
def test_no_file_that_is_asked_for_takes_the_place_of_the_workspaces_own(place: Place, name: str) -> None:
    with place.registry() as registry:
        place.adapter(registry)
    file, before = place.workspace.root / name, place.workspace.registry.read_bytes()
    (place.workspace.root / "a-link").symlink_to("registry.duckdb")

    for words in (
        ("audit", "export"), ("bom", "demo", "--out"), ("lineage", "demo", "--openlineage"),
        ("signature", "demo", "--out"),
    ):  # fmt: skip
        assert isinstance(refusal(place, *words, str(file)), ConfigError), words

    assert place.workspace.registry.read_bytes() == before
    said(place, "bom", "demo", "--out", str(place.workspace.root / "bom.json"))
