"""The whole walk through the command line, from a folder to an adapter in production and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from registry.database.store import Registry
from registry.records import Adapter, Dataset, Evidence, TrainingRun
from tests.prefect_server import PrefectServer
from tests.walked import Place, candidate, muniment, started, with_people

LISTINGS = (
    ("status",), ("list",), ("list", "--kind", "documents"), ("list", "--kind", "datasets"), ("list", "--kind", "runs"),
    ("list", "--kind", "evidence"), ("list", "--kind", "releases"), ("show", "tiny"), ("show", "production"),
    ("lineage", "tiny"), ("lineage", "letter.md", "--down"), ("diff", "tiny", "production"), ("history",), ("verify",),
    ("audit",), ("audit", "verify"), ("trust", "show"), ("keys", "list"), ("report",),
)  # fmt: skip


@pytest.fixture(scope="module")
def released(released_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return released_once.copy(tmp_path_factory.mktemp("read"))


def said(place: Place, *arguments: str, code: int = 0) -> str:
    ended = muniment(place, *arguments)
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    return ended.out


def test_a_second_run_looks_every_stage_up(walked_once: Place, tmp_path: Path) -> None:
    place = walked_once.copy(tmp_path / "copy")
    stages = place.stages()

    ended = started(place, "run", "--json")

    assert ended.code == 0, ended.err
    candidates = ended.json()
    assert isinstance(candidates, dict)
    assert candidates["candidates"][0] == candidate(place)
    lines = [line for line in ended.err.splitlines() if line[:1] in {"=", "✓"}]
    assert len(lines) == len(stages)
    assert all(line.startswith("=") for line in lines), ended.err
    assert place.stages() == stages


def test_a_changed_setting_does_only_what_depends_on_it(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = walked_once.copy(tmp_path / "copy")

    ended = muniment(place, "run", "evaluate.max_rows=7", env=prefect_server.env)

    assert ended.code == 0, ended.err
    done = {line[2:].split()[0] for line in ended.err.splitlines() if line.startswith("✓")}
    assert done == {"evaluate", "gate"}


def test_a_file_that_was_saved_anew_trains_nothing_again(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = walked_once.copy(tmp_path / "copy")
    with Registry.open(place.workspace.registry, "test") as registry:
        before = registry.all(TrainingRun)
    for file in (place.root / "documents").glob("*.jsonl"):
        file.write_bytes(file.read_bytes() + b"\n")

    ended = muniment(place, "run", env=prefect_server.env)

    assert ended.code == 0, ended.err
    with Registry.open(place.workspace.registry, "test") as registry:
        again = registry.all(TrainingRun)[len(before) :]
    assert [(run.method, run.weights) for run in again] == [(run.method, run.weights) for run in before]
    assert [run.dataset for run in again] != [run.dataset for run in before]
    assert {run.parent for run in again} == {None, again[0].digest}
    assert ended.err.count("learnt the very same rows") == len(before) == 2


def test_other_questions_ask_the_base_no_general_ones_again(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = walked_once.copy(tmp_path / "copy")

    ended = muniment(place, "run", "build.seed=5", env=prefect_server.env)

    assert ended.code == 0, ended.err
    measured = [line for line in ended.err.splitlines() if line.startswith(("✓ evaluate", "= evaluate"))]
    headline, general = measured[:2]
    assert headline.startswith("✓")
    assert "general" in general
    assert general.startswith("=")


def test_without_general_questions_the_gate_refuses_and_the_run_warns_before_it_trains(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = walked_once.copy(tmp_path / "copy")

    ended = muniment(place, "run", "evaluate.general_rows=0", env=prefect_server.env)

    assert ended.code == 4, ended.err
    assert "The general ability of the adapter is missing" in ended.err
    assert ended.err.index("raise evaluate.general_rows (0)") < ended.err.index("train sft")


def test_a_whole_walk_leaves_no_orphan_and_no_text_of_the_documents(walked_once: Place) -> None:
    assert walked_once.orphans() == set()
    stored = b"".join(path.read_bytes() for path in walked_once.root.glob("registry.duckdb*"))
    assert b"Teodora" not in stored


def test_adapters_are_measured_on_pairs_too_and_a_policy_may_rest_on_it(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = walked_once.copy(tmp_path / "copy")
    with Registry.open(place.workspace.registry, "tests") as registry:
        found = {one.subject: one.figures for one in registry.all(Evidence) if one.type == "preference"}
        adapters = {one.digest for one in registry.all(Adapter)}
    policy = place.root / "policy.yaml"
    asked = policy.read_text("utf-8").replace("gate: {", "gate: {minimum_preference: 1.0, ")
    policy.write_text(asked, "utf-8")

    ended = muniment(place, "run", env=prefect_server.env)

    assert set(found) == adapters
    names = ["accuracy", "likelier", "by_length"]
    assert all([figure.name for figure in figures] == names for figures in found.values())
    assert "minimum_preference: 1.0" in asked
    refused = [line for line in ended.err.splitlines() if "refused: Preference accuracy is" in line]
    assert len(refused) == len(found)
    assert "missing" not in ended.err


@pytest.mark.parametrize("verb", LISTINGS, ids=" ".join)
def test_every_listing_reads_well_and_parses(released: Place, verb: Sequence[str]) -> None:
    plain, parsed = said(released, *verb), json.loads(said(released, *verb, "--json"))

    assert plain.strip()
    assert parsed or verb == ("verify",)


def test_a_dataset_is_shown_with_the_path_of_its_card(released: Place) -> None:
    with Registry.open(released.workspace.registry, "tests") as registry:
        dataset = registry.all(Dataset)[0]

    page = Path(said(released, "show", dataset.digest).splitlines()[-1].strip())

    assert page.is_file()
    assert page.name == "card.html"


def test_a_candidate_goes_into_production_and_back(
    walked_once: Place, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    place = with_people(walked_once.copy(tmp_path / "copy"))
    newest = candidate(place)
    other = next(a["adapter"] for a in json.loads(said(place, "list", "--json")) if a["adapter"] != newest)

    for version in (other, newest):
        judged = muniment(place, "run", env=prefect_server.env)  # against what is in production now
        assert judged.code == 0, judged.err
        for who in ("rita", "paul"):
            said(place, "approve", version, "--key", who)
        said(place, "promote", version, "--key", "olaf")
    said(place, "rollback", "--key", "olaf", "--reason", "worse answers")
    back = json.loads(said(place, "status", "--json"))["production"]
    said(place, "rollback", "--key", "olaf")

    meant = [entry["adapter"] for entry in json.loads(said(place, "history", "--json"))]
    assert back == other
    assert meant == [other, newest, other, newest]
    assert json.loads(said(place, "verify", "--json")) == []
    said(place, "reject", newest, "--key", "paul", "--reason", "late doubt")
    assert "not approved" in json.loads(said(place, "show", newest, "--json"))["standing"]


@pytest.mark.parametrize("reference", ["base", "production", "tiny"])
def test_any_model_is_measured_on_any_file(released: Place, tmp_path: Path, reference: str) -> None:
    rows = [
        {"id": "1", "prompt": "Which colour has the cat?", "completion": "red", "choices": ["red", "green"]},
        {"id": "2", "prompt": "Which colour has the dog?", "completion": "green", "choices": ["red", "green"]},
        {"id": "3", "prompt": "Say yes.", "completion": "yes"},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    figure = json.loads(said(released, "evaluate", reference, str(file), "--json"))

    assert figure.keys() == {"model", "n", "accuracy", "low", "high"}
    assert figure["model"].startswith("tiny@") == (reference != "base"), "its own name, not that of an alias"
    assert figure["n"] == 3
    assert 0 <= figure["low"] <= figure["accuracy"] <= figure["high"] <= 1


def test_the_report_is_written_as_html_and_json(released: Place) -> None:
    files = json.loads(said(released, "report", "--json"))

    facts = json.loads(Path(files["json"]).read_text())
    trained = [step for step in facts["steps"] if step["run"]]
    assert [len(step["losses"]) for step in trained] == [step["run"]["steps"] for step in trained]
    assert "Training loss of each run" in Path(files["html"]).read_text()


def test_an_exported_audit_bundle_is_proved_without_the_registry(released_once: Place, tmp_path: Path) -> None:
    place = released_once.copy(tmp_path / "copy")
    bundle = tmp_path / "bundle.json"
    said(place, "audit", "checkpoint", "--key", "olaf")
    said(place, "audit", "export", str(bundle))
    place.workspace.registry.unlink()

    assert json.loads(said(place, "audit", "verify", "--bundle", str(bundle), "--json"))["checkpoints"] == 1
