"""The command line: light where it can be, and never a traceback whatever it is given."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from flows import cli, local
from flows.cli import app, hoist_workspace, narrowed
from registry.errors import Busy, ConfigError
from registry.gate import working
from tests.registered import place_today
from tests.walked import ROOT, Place, muniment

HEAVY = {"torch", "presidio_analyzer", "spacy", "prefect", "pandas", "transformers", "great_expectations", "matplotlib"}
CODES = {0, 1, 2, 3, 4, 5, 6, 130}
VERBS = (
    "run", "status", "list", "show", "lineage", "diff", "history", "verify", "approve", "reject", "revoke", "promote",
    "rollback", "report", "bom", "audit", "serve", "chat", "keys", "evaluate", "scrub", "measure-pii", "nonsense", "",
)  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(("--json", "--key", "--kind", "--port", "--down", "--at", "--last", "--reason", "-C", "--")),
    st.sampled_from(("adapters", "documents", "production", "verify", "export", "new", "tiny@0123456789ab", "sft.x=1")),
    st.text(st.characters(codec="utf-8", exclude_characters="/.\0"), max_size=12),
)


@pytest.mark.parametrize("arguments", [("--help",), ("list",), ("list", "--json"), ("status",), ("history",)])
def test_what_is_asked_often_imports_nothing_heavy(walked_once: Place, arguments: tuple[str, ...]) -> None:
    script = (
        "import sys, atexit; from flows import cli\n"
        "atexit.register(lambda: print(sorted(set(sys.modules)), file=sys.stderr))\n"
        "cli.main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, "-C", str(walked_once.root), *arguments],
        capture_output=True, text=True, cwd=ROOT, env=walked_once.env, check=True,
    )  # fmt: skip

    loaded = set(json.loads(done.stderr.splitlines()[-1].replace("'", '"')))
    assert loaded & HEAVY == set()


def test_garbage_is_collected_again_once_everything_is_imported() -> None:
    script = "from flows import cli; import gc; print(gc.isenabled(), gc.get_freeze_count() > 10_000)"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.split() == ["True", "True"]


def test_help_names_every_verb_and_its_purpose(walked_once: Place) -> None:
    page = muniment(walked_once, "--help").out

    missing = [verb for verb in VERBS if verb not in page]
    assert missing == ["nonsense"]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (["run", "-C", "there"], ["-C", "there", "run"]),
        (["run", "--workspace=there", "a=1"], ["--workspace=there", "run", "a=1"]),
        (["run", "-C"], ["-C", "run"]),
        (["chat", "--", "-C", "x"], ["chat", "--", "-C", "x"]),
    ],
)
def test_the_workspace_may_stand_after_the_verb(given_: list[str], expected: list[str]) -> None:
    assert hoist_workspace(given_) == expected


@pytest.mark.parametrize("given_", [["list"], ["-C", "there", "list", "--json"], ["--workspace", "there", "list"]])
def test_only_the_verb_that_is_asked_for_is_read(given_: list[str]) -> None:
    only = narrowed(given_)

    assert [command.callback.__name__ for command in only.registered_commands if command.callback] == ["list_"]
    assert not only.registered_groups
    assert len(app.registered_commands) > 20


@pytest.mark.parametrize("given_", [[], ["--help"], ["-C", "list"], ["lits"], ["--workspace=there", "list"]])
def test_without_a_clear_verb_all_are_read(given_: list[str]) -> None:
    assert narrowed(given_) is app


def test_a_group_of_verbs_is_read_alone() -> None:
    assert [group.name for group in narrowed(["audit", "verify"]).registered_groups] == ["audit"]


@pytest.fixture(scope="module")
def full(walked_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return walked_once.copy(tmp_path_factory.mktemp("fuzzed"))


def exit_code() -> int:
    """What the process would end with; any other exception fails the test."""
    try:
        cli.main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verb=st.sampled_from(VERBS), words=st.lists(WORDS, max_size=5))
def test_no_arguments_make_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["muniment", verb, *words])

    assert exit_code() in CODES


@pytest.mark.parametrize("error", [
    MemoryError(), RuntimeError("could not create a primitive"), RuntimeError("CUDA out of memory. Tried to allocate"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried"),
])  # fmt: skip
def test_memory_that_is_full_is_named_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    """As `--key /dev/zero` reads, until the memory that a process may have is full, or a training that grows."""

    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "narrowed", lambda _: full)

    assert exit_code() == 1
    assert "there is not enough memory\n  next: " in capsys.readouterr().err


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verb=st.sampled_from((
        "list", "show", "lineage", "diff", "history", "approve", "promote", "verify", "audit", "report",
    )),
    words=st.lists(WORDS, max_size=3),
)
def test_no_arguments_make_a_traceback_in_a_full_workspace(
    full: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUNIMENT_KEYS", str(full.keys))
    monkeypatch.setenv("MUNIMENT_HOME", str(full.root))
    monkeypatch.setattr(sys, "argv", ["muniment", verb, *words])

    assert exit_code() in CODES


def test_init_makes_the_workspace_that_is_named_to_all_verbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "notes.txt").write_text("there before", encoding="utf-8")
    monkeypatch.chdir(house)

    here = CliRunner().invoke(app, ["init"])
    elsewhere = CliRunner().invoke(app, ["init"], env={"MUNIMENT_HOME": str(tmp_path / "other")})
    again = CliRunner().invoke(app, ["-C", str(house), "init"])

    assert (here.exit_code, elsewhere.exit_code) == (0, 0)
    assert "2. muniment run" in here.output
    assert f"2. muniment -C {tmp_path / 'other'} run" in elsewhere.output.replace("\n", "")
    assert isinstance(again.exception, ConfigError)
    assert (house / "notes.txt").exists()


def test_it_says_which_version_it_is() -> None:
    told = CliRunner().invoke(app, ["--version"])

    assert (told.exit_code, told.output.split()[0]) == (0, "muniment")


def test_a_prefect_server_that_is_too_slow_is_named() -> None:
    with pytest.raises(Busy, match="did not start in time"), local.served():
        raise RuntimeError("Timed out while attempting to connect to ephemeral Prefect API server.")
    with pytest.raises(RuntimeError, match="something else"), local.served():
        raise RuntimeError("something else")


@pytest.mark.parametrize(
    "words",
    [("list",), ("list", "--kind", "runs"), ("history",), ("hold", "list"), ("registry", "token", "list"),
     ("keys", "list")],
    ids=" ".join,
)  # fmt: skip
def test_a_listing_of_nothing_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry():
        pass
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "none"))

    told, listed = (
        CliRunner().invoke(app, ["-C", str(place.workspace.root), *words, *form]) for form in ((), ("--json",))
    )

    assert (told.exit_code, told.stdout, len(told.stderr.splitlines())) == (0, "", 1), told.output
    assert (json.loads(listed.stdout), listed.stderr) == ([], "")


def test_a_file_in_place_of_the_workspace_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no folder\n")

    ended = CliRunner().invoke(app, ["-C", str(tmp_path / "notes.txt"), "status"])

    assert ended.exit_code == 2
    assert "is a file" in " ".join(ended.output.replace("│", " ").split())


def test_a_ctrl_c_that_falls_into_an_objects_end_shows_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    class Ending:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    with local.interruptible():
        Ending()

    assert capsys.readouterr().err == ""


def test_the_registry_is_not_shared_under_a_run_that_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_today(tmp_path, monkeypatch)
    place.workspace.pipeline.touch()

    with working(place.workspace):
        ended = CliRunner().invoke(app, ["-C", str(place.workspace.root), "registry", "serve"])

    assert isinstance(ended.exception, Busy)
    assert "a run is at work" in ended.exception.message
