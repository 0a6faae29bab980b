"""An approved adapter leaves as files that say what it says; any other stays, and the chain tells of both."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.export.settings import Order
from flows.export.verb import _hand_out
from flows.ingest.settings import INTERNAL
from governance.licences.notice import Notice
from registry.database.store import Registry
from registry.decisions.approvals import revoke
from registry.decisions.cases import Case
from registry.digests import of_path
from registry.errors import Busy, ConfigError
from registry.records import Adapter, Base, Export
from registry.trust.keys import load_key
from registry.trust.root import load_trust
from registry.trust.signatory import Signatory
from tests.walked import Ended, Place, candidate, command_line, forked, muniment

TERMS = {"NOTICE", "provenance.json"}


def exported(place: Place, out: Path, *options: str) -> Ended:
    return muniment(place, "export", "production", "--out", str(out), *options)


def steps_of(ended: Ended) -> list[str]:
    lines = [line.strip() for line in ended.err.splitlines()]
    return [line.split(", ")[1] for line in lines if line.startswith("export: ")]


@pytest.fixture(scope="module")
def place(released_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return released_once.copy(tmp_path_factory.mktemp("exporting"))


def in_production(place: Place) -> tuple[Adapter, Base]:
    with Registry.open(place.workspace.registry, "tests") as registry:
        adapter = registry.find("production")
        base = registry.get(adapter.base)
    assert isinstance(base, Base)
    return adapter, base


def exports(place: Place) -> list[Export]:
    with Registry.open(place.workspace.registry, "tests") as registry:
        return registry.all(Export)


def test_a_merged_model_says_what_base_and_adapter_say(place: Place, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    from flows.export import merge, parity
    from flows.rendering.render import prompt_ids, user

    ended = exported(place, tmp_path / "out", "--format", "safetensors:fp32", "--json")

    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", *TERMS} <= set(told["files"])
    assert steps_of(ended) == ["merging", "writing", "reading it back"]
    adapter, base = in_production(place)
    artifacts = place.workspace.artifacts
    golden = [one.token_ids for one in adapter.golden]
    known = parity.reference(merge.adapted(artifacts.path(base.weights), artifacts.path(adapter.weights)), golden)
    assert parity.difference(merge.loaded(artifacts.path(base.weights)), known) > told["tolerance"], "it learnt nothing"
    assert parity.difference(merge.loaded(tmp_path / "out"), known) == pytest.approx(told["difference"])
    assert told["difference"] <= told["tolerance"]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert all(prompt_ids(tokenizer, user(one.prompt)) == one.token_ids for one in adapter.golden)


@pytest.mark.parametrize("form", ["gguf:fp32", "gguf:q8_0"])
def test_a_gguf_file_is_read_by_others_code_as_the_same_model(place: Place, tmp_path: Path, form: str) -> None:
    from gguf import GGUFReader

    from flows.export import gguf_model, merge, parity

    ended = exported(place, tmp_path / "out", "--format", form, "--json")

    assert ended.code == 0, ended.err
    assert steps_of(ended) == ["merging", "writing", "reading it back"]
    told = json.loads(ended.out)
    adapter, base = in_production(place)
    artifacts = place.workspace.artifacts
    whole = merge.adapted(artifacts.path(base.weights), artifacts.path(adapter.weights))
    known = parity.reference(whole, [one.token_ids for one in adapter.golden])
    path = next((tmp_path / "out").glob("*.gguf"))
    licences = {base.licence, *adapter.licences, INTERNAL}
    assert set(str(GGUFReader(path).fields["general.license"].contents()).split(" AND ")) == licences
    model, _ = gguf_model.read(path)
    assert parity.difference(model, known) == pytest.approx(told["difference"], abs=1e-6)
    assert told["difference"] <= told["tolerance"]


def test_an_adapter_alone_is_exported_byte_for_byte_with_its_notice(place: Place, tmp_path: Path) -> None:
    ended = exported(place, tmp_path / "out", "--format", "adapter")

    assert ended.code == 0, ended.err
    adapter, _ = in_production(place)
    for file in place.workspace.artifacts.path(adapter.weights).iterdir():
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes()
    assert adapter.digest in (tmp_path / "out" / "NOTICE").read_text()
    told = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert (told["adapter"]["version"], told["precision"]) == (adapter.version, "unchanged")


def test_an_export_is_made_once_and_every_way_out_is_told(place: Place, tmp_path: Path) -> None:
    first, second = (exported(place, tmp_path / name, "--format", "adapter", "--json") for name in ("one", "two"))

    assert json.loads(first.out)["export"] == json.loads(second.out)["export"]
    made = json.loads(first.out)["export"]
    with Registry.open(place.workspace.registry, "tests") as registry:
        told = [event.subjects[0] for event in registry.events() if event.action == "export.out"]
    assert told.count(made) >= 2
    lineage = muniment(place, "lineage", "production", "--down", "--json").json()
    assert isinstance(lineage, dict)
    assert made in {branch["digest"] for branch in lineage["down"]}
    listed = muniment(place, "list", "--kind", "exports", "--json").json()
    assert isinstance(listed, list)
    assert made in {row["digest"] for row in listed}


def test_what_a_killed_export_left_beside_is_made_anew(place: Place, tmp_path: Path) -> None:
    made = json.loads(exported(place, tmp_path / "one", "--format", "adapter", "--json").out)["export"]
    left = tmp_path / f".two.{made[:12]}"
    left.mkdir()
    (left / "half.safetensors").write_bytes(b"half")

    assert exported(place, tmp_path / "two", "--format", "adapter").code == 0

    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
    assert not (tmp_path / "two" / "half.safetensors").exists()


def test_of_two_exports_to_one_place_at_once_one_is_whole_and_the_other_told(tmp_path: Path) -> None:
    files, out, staging = (tmp_path / name for name in ("files", "out", ".out.0123"))
    files.mkdir()
    for number in range(4):
        (files / str(number)).write_bytes(bytes(4_000_000))

    with ThreadPoolExecutor(2) as both:
        ended = [both.submit(_hand_out, files, out, staging) for _ in range(2)]

    (told,) = filter(None, (one.exception() for one in ended))
    assert isinstance(told, ConfigError | Busy)
    assert of_path(out) == of_path(files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["files", "out"]


def test_an_adapter_that_nobody_approved_stays(walked_once: Place, tmp_path: Path) -> None:
    place = walked_once.copy(tmp_path)

    ended = muniment(place, "export", candidate(place), "--out", str(tmp_path / "out"))

    assert ended.code == 4
    assert "ApprovalMissing" in ended.err
    assert not (tmp_path / "out").exists()
    with Registry.open(place.workspace.registry, "tests") as registry:
        assert registry.events()[-1].action == "export"
        assert registry.events()[-1].outcome == "refused"


def test_what_was_exported_before_it_was_revoked_is_not_exported_again(released_once: Place, tmp_path: Path) -> None:
    place = released_once.copy(tmp_path)
    assert exported(place, tmp_path / "before", "--format", "adapter").code == 0
    revoked = muniment(place, "revoke", "production", "--key", "rita", "--reason", "withdrawn")
    assert revoked.code == 0, revoked.err

    ended = exported(place, tmp_path / "after", "--format", "adapter")

    assert ended.code == 4
    assert "Revoked" in ended.err
    assert not (tmp_path / "after").exists()


def test_what_was_made_of_house_documents_is_not_handed_on(place: Place, tmp_path: Path) -> None:
    ended = exported(place, tmp_path / "out", "--use", "distribute")

    assert ended.code == 4
    assert "LicenceRefused" in ended.err
    assert "LicenseRef-proprietary-internal" in ended.err
    assert not (tmp_path / "out").exists()


def test_changed_weights_are_not_exported(released_once: Place, tmp_path: Path) -> None:
    place = released_once.copy(tmp_path)
    weights = place.workspace.artifacts.path(in_production(place)[0].weights) / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")

    ended = exported(place, tmp_path / "out", "--format", "adapter")

    assert ended.code == 5
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "wrong",
    [("--format", "onnx"), ("--format", "safetensors:q8_0"), ("--format", "adapter:q8_0"), ("--use", "sell")],
)
def test_what_cannot_be_asked_for_is_a_usage_error(place: Place, tmp_path: Path, wrong: tuple[str, str]) -> None:
    ended = exported(place, tmp_path / "out", *wrong)

    assert ended.code == 2
    assert "ConfigError" in ended.err


def test_nothing_that_is_there_is_written_over(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")

    ended = exported(place, tmp_path, "--format", "adapter")

    assert ended.code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt"]


@pytest.mark.parametrize("own", ["artifacts/zz", "trust/out", "checkpoints/out", "refusals/out", "serving/out"])
def test_nothing_is_put_among_what_the_workspace_keeps(place: Place, own: str) -> None:
    before = exports(place)

    ended = exported(place, place.root / own, "--format", "adapter")

    assert ended.code == 2
    assert "is the workspace's own" in ended.err
    assert not (place.root / own).exists()
    assert exports(place) == before


def test_the_current_directory_is_refused_before_any_work(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = exports(place)

    ended = exported(place, Path(), "--format", "adapter")

    assert ended.code == 2
    assert "is the current directory" in ended.err
    assert exports(place) == before


def test_a_place_behind_a_file_is_refused_before_any_work(place: Place, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    before = exports(place)

    ended = exported(place, tmp_path / "notes.txt" / "new" / "out", "--format", "adapter")

    assert ended.code == 2
    assert f"nothing can be written in {tmp_path / 'notes.txt'}" in ended.err
    assert exports(place) == before


def export_while_it_is_revoked(place: Place, arguments: tuple[str, ...]) -> None:
    from flows.export import verb

    require = verb._require_texts

    def slow(notice: Notice, order: Order) -> None:
        require(notice, order)
        now = datetime.now(UTC)
        by = Signatory(load_key("rita", place.keys), load_trust(place.workspace.trust, now), now)
        with Registry.open(place.workspace.registry, "rita") as registry:
            revoke(registry, Case(registry.find("production"), "a" * 64, "withdrawn"), by)

    verb._require_texts = slow
    command_line(place, arguments)


def test_what_is_revoked_while_it_is_made_stays(released_once: Place, tmp_path: Path) -> None:
    place = released_once.copy(tmp_path)
    words = ("export", "production", "--out", str(tmp_path / "out"), "--format", "adapter")

    ended = forked(export_while_it_is_revoked, place, words)

    assert ended.code == 4, ended.err
    assert "Revoked" in ended.err
    assert not (tmp_path / "out").exists()
    assert exports(place)
    with Registry.open(place.workspace.registry, "tests") as registry:
        assert (registry.events()[-1].action, registry.events()[-1].outcome) == ("export", "refused")
