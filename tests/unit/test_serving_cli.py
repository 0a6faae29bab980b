"""`muniment serve` and `muniment chat` as a person meets them, without a running server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from registry.errors import ConfigError, NotFound
from registry.workspace import Workspace
from serving.access import Doorkeeper, api_keys
from serving.chat import converse, own_key, running_server
from serving.cli import attach
from serving.feedback.inbox import put
from serving.feedback.settings import FeedbackSection
from serving.settings import ServeSection


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def _run(workspace: Workspace, *arguments: str, section: ServeSection = ServeSection(port=0)) -> str:  # noqa: B008
    return _ended(workspace, section, *arguments).stdout


def _ended(workspace: Workspace, section: ServeSection, *arguments: str) -> Result:
    app = typer.Typer()
    attach(app, lambda _: section)
    result = CliRunner().invoke(app, list(arguments), obj=workspace)
    if result.exception is not None:
        raise result.exception
    return result


def test_a_new_key_is_printed_once_and_opens_the_door(workspace: Workspace) -> None:
    secret = _run(workspace, "serve", "--new-key", "shop").strip()

    assert Doorkeeper(api_keys(workspace)).name_of(f"Bearer {secret}") == "shop"
    assert secret not in _run(workspace, "serve", "--keys")
    with pytest.raises(ConfigError, match="exists"):
        _run(workspace, "serve", "--new-key", "shop")


def test_no_key_is_announced_that_is_not_made(workspace: Workspace) -> None:
    app = typer.Typer()
    attach(app, lambda _: ServeSection())
    made, refused = (CliRunner().invoke(app, ["serve", "--new-key", "shop"], obj=workspace) for _ in range(2))

    assert "shown this once" in made.stderr
    assert isinstance(refused.exception, ConfigError)
    assert refused.output == ""


def test_a_key_can_be_removed_by_name(workspace: Workspace) -> None:
    _run(workspace, "serve", "--new-key", "shop")

    _run(workspace, "serve", "--remove-key", "shop")

    assert _run(workspace, "serve", "--keys") == ""
    with pytest.raises(NotFound, match="shop"):
        _run(workspace, "serve", "--remove-key", "shop")


def test_chat_without_a_server_says_how_to_start_one(workspace: Workspace) -> None:
    with pytest.raises(NotFound) as caught:
        _run(workspace, "chat", "hello")

    assert caught.value.next_step == "start it: muniment serve"


def test_a_server_that_was_killed_is_not_taken_for_a_running_one(workspace: Workspace) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    workspace.serving.mkdir()
    (workspace.serving / "address.json").write_text(json.dumps({"url": "http://x", "pid": ended.pid}))

    with pytest.raises(NotFound):
        running_server(workspace)


def test_a_chat_key_lives_as_long_as_the_chat(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUNIMENT_API_KEY", raising=False)
    keeper = Doorkeeper(api_keys(workspace))

    with own_key(workspace) as secret:
        assert keeper.name_of(f"Bearer {secret}") == f"chat-{os.getpid()}"

    assert keeper.name_of(f"Bearer {secret}") is None


def test_a_conversation_remembers_what_was_said() -> None:
    questions = iter(["Hi", " ", "And then?"])
    heard: list[list[tuple[str, str]]] = []

    def turn(history: list[tuple[str, str]]) -> str:
        heard.append(list(history))
        return f"answer {len(heard)}"

    asked = converse(turn, lambda: next(questions, None))

    assert asked == 2
    assert heard[1] == [("user", "Hi"), ("assistant", "answer 1"), ("user", "And then?")]


def test_the_list_of_keys_is_json_for_machines_and_holds_no_secret(workspace: Workspace) -> None:
    secret = _run(workspace, "serve", "--new-key", "shop").strip()

    listed = _run(workspace, "serve", "--keys", "--json")

    assert [set(key) for key in json.loads(listed)] == [{"name", "created"}]
    assert secret not in listed
    with pytest.raises(ConfigError, match="--json is for a list"):
        _run(workspace, "serve", "--json")


def test_feedback_is_counted_by_adapter_and_never_shown(workspace: Workspace) -> None:
    section = ServeSection(feedback=FeedbackSection(inbox=workspace.root))
    row = {"adapter": "a@1", "prompt": "Why?", "completion": "So.", "label": True}
    for number in range(2):
        put(workspace.root, date(2026, 11, 27), f"c{number}", row)
    (workspace.root / "other.jsonl").write_text("no row\n")

    listed = _run(workspace, "feedback", section=section)
    as_json = json.loads(_run(workspace, "feedback", "--json", section=section))

    assert listed == "a@1\tup\t2\n"
    assert as_json == {"rows": [{"adapter": "a@1", "said": "up", "rows": 2}], "other_lines": 1}
    assert _run(workspace, "feedback") == ""


def test_an_empty_inbox_is_told_apart_from_none(workspace: Workspace) -> None:
    section = ServeSection(feedback=FeedbackSection(inbox=workspace.root / "inbox"))

    told = [_ended(workspace, one, "feedback").stderr for one in (ServeSection(), section)]
    as_json = _run(workspace, "feedback", "--json", section=section)

    assert "name a folder: serve.feedback.inbox" in told[0]
    assert "no feedback yet; applications send it to /v1/feedback" in told[1]
    assert json.loads(as_json) == {"rows": [], "other_lines": 0}
