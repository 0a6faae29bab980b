"""The whole server with a program in vLLM's place: start, death, restart, end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

import openai
import pytest

from registry.errors import ConfigError, GuardFailed, Refused, ServerDied
from registry.workspace import Workspace
from serving import access, server
from serving.chat import ask, running_server
from serving.guard.settings import GuardSection
from serving.settings import ServeSection
from tests.fake_vllm import install
from tests.released import House, house


@pytest.fixture
def served(tmp_path: Path) -> House:
    h = house(tmp_path / "w")
    h.put(h.envelope(h.adapter(1), 1))
    return h


def test_a_server_answers_and_ends_with_its_block(served: House, tmp_path: Path) -> None:
    key = access.new_key(access.api_keys(served.workspace), "tests")

    with server.running(served.workspace, ServeSection(port=0, vllm_python=install(tmp_path))) as address:
        found = running_server(served.workspace)
        said = "".join(ask(found.url, key, "production", [("user", "Hi")], 8))

    assert found.url == address.url
    assert said == "yes"
    _until(lambda: not _alive(_engine_pid(served)))
    assert not (served.workspace.serving / "address.json").exists()


def test_chat_says_what_to_do_about_an_unknown_key_and_about_a_question_that_was_refused(
    served: House, tmp_path: Path
) -> None:
    key = access.new_key(access.api_keys(served.workspace), "tests")

    with server.running(served.workspace, ServeSection(port=0, vllm_python=install(tmp_path))) as address:
        with pytest.raises(Refused) as unknown:
            list(ask(address.url, "mk-wrong", "production", [("user", "Hi")], 8))
        with pytest.raises(ConfigError, match=r"^the server refused the question: (?!Error code)") as bad:
            list(ask(address.url, key, "production", [], 8))

    assert "muniment serve --new-key" in unknown.value.next_step
    assert bad.value.next_step == "ask otherwise: muniment chat --help"


def test_the_folder_that_one_is_in_is_served(served: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = access.new_key(access.api_keys(served.workspace), "tests")
    python = install(tmp_path)
    monkeypatch.chdir(served.workspace.root)

    section = ServeSection(port=0, vllm_python=Path(os.path.relpath(python)))
    with server.running(Workspace(Path()), section) as address:
        said = "".join(ask(address.url, key, "production", [("user", "Hi")], 8))

    assert said == "yes"


def test_a_guarded_server_keeps_to_the_policy_of_its_workspace(served: House, tmp_path: Path) -> None:
    key = access.new_key(access.api_keys(served.workspace), "tests")
    served.workspace.policy.write_text('pii: {deny: ["yes"]}', encoding="utf-8")
    section = ServeSection(port=0, vllm_python=install(tmp_path), guard=GuardSection(mode="mask"))
    others = active_children()

    with server.running(served.workspace, section) as address:
        said = "".join(ask(address.url, key, "production", [("user", "Hi")], 8))

    assert said == "[DENIED]"
    _until(lambda: not set(active_children()) - set(others))


def test_a_server_whose_guard_cannot_start_does_not_start(served: House, tmp_path: Path) -> None:
    served.workspace.policy.write_text("pii: {model: no_such_model}", encoding="utf-8")
    section = ServeSection(port=0, vllm_python=install(tmp_path), guard=GuardSection(mode="mask"))

    with pytest.raises(GuardFailed, match="no_such_model"), server.running(served.workspace, section):
        pass

    _until(lambda: not _alive(_engine_pid(served)))


def test_a_vllm_that_dies_is_started_again_once(served: House, tmp_path: Path) -> None:
    key = access.new_key(access.api_keys(served.workspace), "tests")
    section = ServeSection(port=0, vllm_python=install(tmp_path))
    with server.running(served.workspace, section) as address:
        first = _engine_pid(served)
        os.kill(first, signal.SIGKILL)

        client = openai.OpenAI(base_url=address.api, api_key=key, max_retries=0)
        _until(lambda: _engine_pid(served) not in (0, first))
        _until(lambda: _answers(client))


def test_a_vllm_that_dies_twice_ends_the_server(served: House, tmp_path: Path) -> None:
    section = ServeSection(port=0, vllm_python=install(tmp_path))
    killed: set[int] = set()
    ready = threading.Event()

    def kill_twice() -> None:
        ready.wait()
        while len(killed) < 2:
            pid = _engine_pid(served)
            if pid and pid not in killed and _alive(pid):
                time.sleep(0.5)
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            time.sleep(0.05)

    killing = threading.Thread(target=kill_twice)
    killing.start()
    with pytest.raises(ServerDied):
        server.serve(served.workspace, section, lambda _: ready.set())
    killing.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_nothing_running(served: House, tmp_path: Path, number: signal.Signals) -> None:
    program = (
        "import sys; from pathlib import Path; from registry.workspace import Workspace;"
        "from serving.server import serve; from serving.settings import ServeSection;"
        "serve(Workspace(Path(sys.argv[1])), ServeSection(port=0, vllm_python=Path(sys.argv[2])))"
    )
    line = [sys.executable, "-c", program, str(served.workspace.root), str(install(tmp_path))]
    child = subprocess.Popen(line, cwd=Path(__file__).parent.parent.parent)
    _until((served.workspace.serving / "address.json").exists)

    child.send_signal(number)

    assert child.wait(120) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    _until(lambda: not _alive(_engine_pid(served)))


def _answers(client: openai.OpenAI) -> bool:
    try:
        client.chat.completions.create(model="production", messages=[{"role": "user", "content": "Hi"}])
    except openai.InternalServerError:
        return False
    return True


def _engine_pid(h: House) -> int:
    try:
        words = (h.workspace.serving / "vllm.log").read_text().split()
    except FileNotFoundError:
        return 0
    return int(words[1]) if len(words) > 1 else 0


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.05)


def test_the_command_says_on_one_line_when_and_where_it_is_ready(served: House, tmp_path: Path) -> None:
    program = (
        "import sys, typer; from pathlib import Path; from registry.workspace import Workspace;"
        "from serving.cli import attach; from serving.settings import ServeSection;"
        "app = typer.Typer(); attach(app, lambda _: ServeSection(vllm_python=Path(sys.argv[2])));"
        "app(['serve', '--port', '0'], obj=Workspace(Path(sys.argv[1])), standalone_mode=False)"
    )
    line = [sys.executable, "-c", program, str(served.workspace.root), str(install(tmp_path))]
    with subprocess.Popen(line, cwd=Path(__file__).parent.parent.parent, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        found = next(said for said in child.stderr if said.startswith("ready: "))
        child.terminate()

    assert re.fullmatch(r"ready: production is demo@[0-9a-f]{12} at http://127\.0\.0\.1:\d+/v1\n", found)
