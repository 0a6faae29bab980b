"""What the pages tell people to type works: typed here into a tiny workspace, in the pages' order.

A command that would train, or serve until it is stopped, is only read by the real command line;
that `muniment run` works is what made the workspace (`walked_once`).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from typer.core import TyperGroup
from typer.main import get_command

from flows.cli import app
from flows.local import PREFECT
from governance.licences.notice import shipped_text
from governance.pii.standins.pseudonyms import load_or_create_key, pseudonym
from serving.feedback.inbox import tally
from tests.documented import PAGES, ROOT, Command, blocks, commands
from tests.flows.test_serving_feedback import feeding
from tests.released import house
from tests.serving_stub import door
from tests.walked import Ended, Place, forked, walk

ADAPTER = re.compile(r"^assistant@[0-9a-f]{12}$")
MOMENT = re.compile(r"^2026-10-01T12:00Z$")
PSEUDONYM = re.compile(r"^Elaine Fle$")
OTHERS = {"make", "curl", "prefect", "cp", "cd", "source"}
FINDINGS = {"doctor", "erase", "verify"}


@dataclass(frozen=True)
class Desk:
    """Where the commands of a page are typed."""

    place: Place

    def type(self, *words: str) -> Ended:
        secret = {"MUNIMENT_KEY_PASSPHRASE": "what the reader of the page types"}
        ended = forked(_typed, self.place, tuple(words), env=secret)
        for public in self.place.keys.glob("*.pub"):  # handed over, as the page asks
            (self.place.root / public.name).write_bytes(public.read_bytes())
        return ended

    def versions(self) -> list[str]:
        rows = self.type("list", "--json").json()
        assert isinstance(rows, list)
        return [str(row["adapter"]) for row in rows]


def _typed(place: Place, words: tuple[str, ...]) -> None:
    from flows import cli

    os.chdir(place.root)
    sys.argv = ["muniment", *words]
    cli.main()


def _walked_again(place: Place, _: tuple[str, ...]) -> None:
    walk(place)


def _runs_long(words: tuple[str, ...]) -> bool:
    """Training, and what serves until it is stopped or asks what is served."""
    if words[:2] == ("registry", "serve"):
        return True
    if words[0] == "serve":
        return not {"--new-key", "--remove-key", "--keys"} & set(words)
    return words[0] in {"chat", "leak-test"} or (words[0] in {"run", "train"} and "--dry-run" not in words)


def _read_only(words: tuple[str, ...]) -> None:
    """Verb and options as the command line reads them. Raises its usage error."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    group.commands[words[0]].make_context(words[0], list(words[1:]))


def desk_in(place: Place) -> Desk:
    row = {"id": "1", "prompt": "Which colour has the cat?", "completion": "red", "choices": ["red", "blue"]}
    (place.root / "questions.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    text = json.dumps({"id": "1", "text": "Contact Ms Teodora Vasquez-Lindqvist."})
    (place.root / "texts.jsonl").write_text(text + "\n", encoding="utf-8")
    label = {"start": 11, "end": 36, "type": "PERSON", "identifier": "direct"}
    labelled = json.dumps({**json.loads(text), "spans": [label]})
    (place.root / "labelled.jsonl").write_text(labelled + "\n", encoding="utf-8")
    (place.root / "LICENSE").write_text(shipped_text("MIT") or "", encoding="utf-8")
    (place.root / "letters").mkdir(exist_ok=True)
    (place.root / "letters" / "letter.txt").write_text("Contact Ms Teodora Vasquez-Lindqvist.", encoding="utf-8")
    return Desk(place)


def _release_another(desk: Desk) -> None:
    """So that there is something to roll back to; the gate compares it with production first."""
    compared = forked(_walked_again, desk.place)
    assert compared.code == 0, compared.err
    version = desk.versions()[0]
    for words in (("approve", version, "--key", "rita"), ("approve", version, "--key", "paul")):
        desk.type(*words)
    promoted = desk.type("promote", version, "--key", "olaf")
    assert promoted.code == 0, promoted.err


def _typed_and_read(desk: Desk, page: Path) -> None:
    newest = desk.versions()[-1]
    now = datetime.now(UTC).isoformat()
    somebody = pseudonym("PERSON", "Teodora Vasquez-Lindqvist", load_or_create_key(desk.place.keys))
    for command in commands(page):
        program, words = command.words[0], command.words[1:]
        if program != "muniment":
            assert program in OTHERS, command
        elif _runs_long(words):
            _read_only(words)
        else:
            ended = desk.type(*(PSEUDONYM.sub(somebody, ADAPTER.sub(newest, MOMENT.sub(now, word))) for word in words))
            allowed = {0, 1} if words[0] in FINDINGS else {0}
            assert ended.code in allowed, f"{command}\n{ended.err}"


def test_the_readme_can_be_typed_from_top_to_bottom(walked_once: Place, tmp_path: Path) -> None:
    _typed_and_read(desk_in(walked_once.copy(tmp_path)), PAGES[0])


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.name)
def test_a_page_can_be_typed_from_top_to_bottom(released_once: Place, tmp_path: Path, page: Path) -> None:
    desk = desk_in(released_once.copy(tmp_path))
    _release_another(desk)

    _typed_and_read(desk, page)


def test_an_option_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        _read_only(("serve", "--prot", "8080"))


async def test_the_snippet_for_applications_gets_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snippets = [body for page in PAGES for body in blocks(page, "python")]
    async with door(house(tmp_path), feeding(tmp_path / "inbox")) as d:
        key = d.client.headers["Authorization"].removeprefix("Bearer ")
        for snippet in snippets:
            code = snippet.replace("http://127.0.0.1:8080", d.url).replace("mk-…", key)
            await asyncio.to_thread(exec, compile(code, "snippet", "exec"), {})

    assert snippets
    assert capsys.readouterr().out == "yes\n" * len(snippets)
    assert tally(tmp_path / "inbox").rows == {("demo@0", "edited"): 1}


async def test_every_address_that_is_shown_is_answered_without_a_key(tmp_path: Path) -> None:
    shown = [c for page in PAGES for c in commands(page) if c.words[0] == "curl"]
    async with door(house(tmp_path)) as d, aiohttp.ClientSession() as anybody:
        for command in shown:
            async with anybody.get(d.url + urlsplit(command.words[-1]).path) as response:
                assert response.status in {200, 503}, command

    assert shown


def test_prefect_is_told_of_files_and_pools_that_exist() -> None:
    shown = [command for page in PAGES for command in commands(page) if command.words[0] == "prefect"]

    for command in shown:
        assert _named(command, "--prefect-file", "deploy/prefect.yaml")
        assert _named(command, "--pool", "muniment")
    assert (ROOT / "deploy" / "prefect.yaml").is_file()
    told = f"PREFECT_SERVER_ANALYTICS_ENABLED={PREFECT['PREFECT_SERVER_ANALYTICS_ENABLED']}"
    assert told in (ROOT / "docs" / "guide.md").read_text(), "its server would report its use"


def _named(command: Command, option: str, value: str) -> bool:
    return option not in command.words or command.words[command.words.index(option) + 1] == value
