"""What bad input gets from the command line: a named error, its exit code, what to do next, never a traceback."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from registry.database.store import Registry
from tests.prefect_server import PrefectServer
from tests.tiny import make_base
from tests.walked import Ended, Place, muniment


@pytest.fixture
def place(walked_once: Place, tmp_path: Path) -> Place:
    """A copy of the walked workspace: whatever a test leaves as it was is looked up."""
    return walked_once.copy(tmp_path / "copy")


def is_named(ended: Ended, code: int, name: str, *words: str) -> None:
    """The error's name, its exit code, the words, a next step; no traceback."""
    assert (ended.code, f"({name})" in ended.err) == (code, True), ended.err
    assert "Traceback" not in ended.err
    assert "next:" in ended.err
    for word in words:
        assert word in ended.err


def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_name(place: Place) -> None:
    text = place.workspace.pipeline.read_text().replace("max_steps: 4", "max_stpes: 4")
    place.workspace.pipeline.write_text(text)

    is_named(muniment(place, "run"), 2, "ConfigError", "pipeline.yaml:7", "sft.max_stpes", "'sft.max_steps'")


def test_a_misspelt_override_is_refused_before_anything_starts(place: Place) -> None:
    is_named(muniment(place, "run", "sft.learnig_rate=1e-4"), 2, "ConfigError", "'sft.learning_rate'")


def test_a_misspelt_policy_is_refused_before_anything_starts(new_place: Callable[[], Place]) -> None:
    place = new_place()
    place.workspace.policy.write_text("gate: {beat_bsae: true}\n")

    ended = muniment(place, "run")

    is_named(ended, 2, "ConfigError", "policy.yaml:1", "'gate.beat_base'")
    assert "starting the flow" not in ended.err


def test_an_adapter_that_nobody_serves_is_refused_before_anything_starts(new_place: Callable[[], Place]) -> None:
    place = new_place()

    ended = muniment(place, "run", "sft.use_dora=true")

    is_named(ended, 4, "Unservable", "DoRA", "use_dora: false")
    assert not place.workspace.registry.exists()


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    is_named(muniment(Place(tmp_path / "empty", tmp_path / "keys"), "run"), 2, "ConfigError", "muniment init")


def test_a_missing_base_model_is_named(place: Place, prefect_server: PrefectServer) -> None:
    ended = muniment(place, "run", "base_model=nobody/no-such-model", env=prefect_server.env)

    is_named(ended, 3, "BaseModelMissing", "nobody/no-such-model")


def test_a_folder_without_documents_is_named(place: Place, prefect_server: PrefectServer) -> None:
    (place.root / "empty").mkdir()

    ended = muniment(place, "run", "documents=empty", env=prefect_server.env)

    is_named(ended, 3, "NoDocuments", "empty")


def test_a_missing_documents_folder_is_named(place: Place, prefect_server: PrefectServer) -> None:
    is_named(muniment(place, "run", "documents=nowhere", env=prefect_server.env), 3, "NoDocuments", "nowhere")


@pytest.mark.parametrize("words", [
    ("run", "documents=circle"), ("run", "--dry-run", "documents=circle/in"), ("list", "-C", "{circle}"),
    ("export", "candidate", "--out", "{circle}/out"),
])  # fmt: skip
def test_links_that_lead_in_a_circle_are_named(place: Place, words: tuple[str, ...]) -> None:
    circle = place.root / "circle"
    circle.symlink_to(circle)

    is_named(muniment(place, *(word.format(circle=circle) for word in words)), 2, "ConfigError", str(circle))


def test_when_every_document_is_rejected_the_reasons_are_counted(place: Place, prefect_server: PrefectServer) -> None:
    (place.root / "bad").mkdir()
    (place.root / "bad" / "empty.md").write_text("")
    (place.root / "bad" / "torn.pdf").write_bytes(b"%PDF-1.7\ntorn")

    is_named(muniment(place, "run", "documents=bad", env=prefect_server.env), 4, "AllRejected")


def test_too_few_rows_are_refused(place: Place, prefect_server: PrefectServer) -> None:
    before = place.stages()

    ended = muniment(place, "run", "build.min_rows=100000", env=prefect_server.env)

    is_named(ended, 4, "DatasetTooSmall", "100000")
    assert place.stages() == before
    assert list(place.workspace.scratch.iterdir()) == []


def test_an_unknown_licence_stops_before_scrubbing(place: Place, prefect_server: PrefectServer) -> None:
    (place.root / "strange").mkdir()
    (place.root / "strange" / "a.md").write_text("# Rules\n\nA trip means any journey for work.\n")

    ended = muniment(
        place, "run", "documents=[{path: strange, licence: LicenseRef-found-somewhere}]", env=prefect_server.env
    )

    is_named(ended, 4, "LicenceRefused", "LicenseRef-found-somewhere")


def test_a_base_of_unknown_licence_is_refused(place: Place, prefect_server: PrefectServer) -> None:
    ended = muniment(place, "run", "base_licence=''", env=prefect_server.env)

    is_named(ended, 4, "LicenceRefused", "base_licence: SPDX-IDENTIFIER")


def test_a_loss_that_is_not_a_number_ends_training(place: Place, prefect_server: PrefectServer) -> None:
    poisoned(place.root)

    ended = muniment(place, "run", env=prefect_server.env)

    is_named(ended, 4, "TrainingDiverged", "nan")
    assert "Traceback" not in muniment(place, "audit").err


def test_a_registry_held_by_another_process_is_busy(place: Place) -> None:
    with Registry.open(place.workspace.registry, "other"):
        is_named(muniment(place, "list"), 6, "RegistryBusy", "held")


def test_a_newer_registry_is_refused_by_name(place: Place) -> None:
    with duckdb.connect(str(place.workspace.registry)) as connection:
        connection.execute("UPDATE schema_version SET version = 99")

    is_named(muniment(place, "list"), 5, "RegistryTooNew", "99")


def test_a_registry_of_noise_is_an_integrity_error(place: Place) -> None:
    place.workspace.registry.write_bytes(b"noise" * 5000)

    is_named(muniment(place, "list"), 5, "IntegrityError")


def poisoned(root: Path) -> None:
    """Put a base with one NaN in its final norm in the place of the workspace's base."""
    from safetensors.torch import load_file, save_file

    (root / "base").unlink()
    make_base(root / "base")
    weights = root / "base" / "model.safetensors"
    tensors = load_file(weights)
    tensors["model.norm.weight"][0] = float("nan")
    save_file(tensors, weights, metadata={"format": "pt"})


def test_a_listing_before_the_first_run_says_what_to_do(new_place: Callable[[], Place]) -> None:
    is_named(muniment(new_place(), "list"), 3, "NotFound", "muniment run")


def test_a_taken_port_is_named(released_once: Place, tmp_path: Path) -> None:
    place = released_once.copy(tmp_path / "copy")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ended = muniment(place, "serve", "--port", str(other.getsockname()[1]))

    is_named(ended, 6, "PortInUse")


def test_a_vllm_that_dies_at_start_is_named_with_its_last_words(released_once: Place, tmp_path: Path) -> None:
    place = released_once.copy(tmp_path / "copy")
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'ValueError: no memory for the cache' >&2\nexit 3\n")
    script.chmod(0o755)

    ended = muniment(place, "serve", env={"MUNIMENT_VLLM_PYTHON": str(script)})

    is_named(ended, 1, "ServerDied", "no memory for the cache")
