"""A file of texts with everything that goes wrong in files: each bad line is named, the others are written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from governance.pii import jsonl
from governance.pii.jsonl import scrub_jsonl
from governance.pii.settings import PiiPolicy
from governance.pii.text.spans import Span
from registry.errors import Busy, ConfigError, MunimentError, NotFound

POLICY = PiiPolicy()
LONG_BYTES = 200 * 10**6
MAIL = "Mail jane.roe@corp.com"


def good(identity: str | int, text: str) -> bytes:
    return json.dumps({"id": identity, "text": text}).encode() + b"\n"


def long_line() -> Iterator[bytes]:
    yield b'{"id": "long", "text": "'
    yield from (b"word " * 200_000 for _ in range(LONG_BYTES // 10**6))
    yield b'"}\n'


def write(path: Path, parts: Iterator[bytes] | list[bytes]) -> Path:
    with path.open("wb") as file:
        file.writelines(parts)
    return path


def peak_of(code: str, *arguments: str) -> tuple[int, str]:
    """Of Python code run in a process of its own, its greatest resident memory in bytes and its error stream."""
    whole = f"import atexit, tests.memory\natexit.register(lambda: print(tests.memory.peak_bytes()))\n{code}"
    ended = subprocess.run([sys.executable, "-c", whole, *arguments], capture_output=True, text=True, check=False)
    return int(ended.stdout.split()[-1]), ended.stderr


@pytest.fixture(scope="module")
def scrubbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, object]], str, int]:
    """The lines written, what was said, and the greatest memory in bytes."""
    place = tmp_path_factory.mktemp("input")
    source = write(
        place / "in.jsonl",
        [
            b"\xef\xbb\xbf" + good("first", MAIL),
            *long_line(),
            b'{"id": "latin", "text": "M\xfcller"}\n',
            b"\0\0\0\n",
            good("nul", f"\0{MAIL}\0"),
            good("first", "twice"),
            b'{"id": "cut", "text": "\n',
            b"   \n",
            good("empty", ""),
            good("repeated", "word " * 100_000),
            good(1, MAIL),
            good("1", MAIL),
            b'{"id": true, "text": "x"}\n{"id": 2}\n["id", "text"]\n',
            good("last", MAIL).rstrip(),
        ],
    )
    arguments = ("-C", str(place), "scrub", str(source), "--spans", str(place / "out.jsonl"), "--workers", "1")
    peak, said = peak_of("from flows.cli import main\nmain()", *arguments)
    return [json.loads(line) for line in (place / "out.jsonl").read_text().splitlines()], said, peak


def test_every_bad_line_is_named_with_its_reason(scrubbed: tuple[list[dict[str, object]], str, int]) -> None:
    named = dict(re.findall(r"line (\d+) \(([^)]+)\)", scrubbed[1]))

    assert named == {
        "2": "longer than 16 MiB",
        "3": "not UTF-8",
        "4": "not JSON",
        "6": "an earlier line has the same id",
        "7": "not JSON",
        "13": "not an object with id and text",
        "14": "not an object with id and text",
        "15": "not an object with id and text",
    }


def test_every_good_line_is_written_in_its_order(scrubbed: tuple[list[dict[str, object]], str, int]) -> None:
    written = {str(line["id"]): line["spans"] for line in scrubbed[0]}

    assert [line["id"] for line in scrubbed[0]] == ["first", "nul", "empty", "repeated", 1, "1", "last"]
    assert written["empty"] == written["repeated"] == []
    assert [(s["start"], s["end"]) for s in written["nul"]] == [(6, 23)]  # type: ignore[attr-defined]


def test_a_line_of_200_megabytes_does_not_fill_the_memory(
    scrubbed: tuple[list[dict[str, object]], str, int], tmp_path: Path
) -> None:
    source = write(tmp_path / "long.jsonl", long_line())
    code = "import sys, pathlib, governance.pii.text.lines as l; print(*l.lines(pathlib.Path(sys.argv[1]), 2**24))"

    reading, said = peak_of(code, str(source))

    assert said == ""
    assert reading < 100 * 2**20
    assert scrubbed[2] < 1.2 * 2**30


def test_a_text_that_breaks_the_scrubber_is_named_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(text: str, policy: PiiPolicy) -> list[Span]:
        if text == "bad":
            raise RecursionError(text)
        return []

    source = write(tmp_path / "in.jsonl", [good(1, "fine"), good(2, "bad"), good(3, "fine")])
    monkeypatch.setattr(jsonl, "find", breaking)

    with pytest.raises(MunimentError, match=r"1 line .* line 2 \(could not be scrubbed: RecursionError\)$"):
        scrub_jsonl(source, tmp_path / "out.jsonl", POLICY, workers=1)

    assert [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == [1, 3]


def test_of_a_thousand_bad_lines_twenty_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [b"{\n"] * 1000)

    with pytest.raises(MunimentError, match=r"^1000 lines .*line 20 \(not JSON\), and 980 more$"):
        scrub_jsonl(source, tmp_path / "out.jsonl", POLICY)


def test_the_input_is_never_written_over(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [good(1, MAIL)])

    with pytest.raises(ConfigError, match="is the input itself"):
        scrub_jsonl(source, source, POLICY)
    with pytest.raises(NotFound):
        scrub_jsonl(tmp_path / "none.jsonl", tmp_path / "out.jsonl", POLICY)

    assert source.read_bytes() == good(1, MAIL)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_no_plain_file_is_never_replaced(tmp_path: Path, kind: str) -> None:
    source, out = write(tmp_path / "in.jsonl", [good(1, MAIL)]), tmp_path / "stdout"
    made: dict[str, Callable[[], None]] = {
        "folder": out.mkdir, "pipe": partial(os.mkfifo, out), "link": partial(out.symlink_to, tmp_path / "fd"),
    }  # fmt: skip
    made[kind]()

    with pytest.raises(ConfigError, match="no plain file"):
        scrub_jsonl(source, out, POLICY)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "stdout"]


def test_two_processes_do_not_write_the_same_file_at_once(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [good(1, "text")])

    def again(done: int, total: int) -> None:
        with pytest.raises(Busy, match="another process is scrubbing the same file"):
            scrub_jsonl(source, tmp_path / "out.jsonl", POLICY, workers=1)

    assert scrub_jsonl(source, tmp_path / "out.jsonl", POLICY, again, workers=1).written == 1
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl"}
