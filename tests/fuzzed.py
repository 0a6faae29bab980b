"""Command lines and input files that no careful person would write, drawn from the command line's own parameters.

One number makes one case, so that a failure is played again by its number.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperGroup
from typer.main import get_command

from flows.cli import app
from tests.walked import Place

ODD = (
    "", " ", "-", "--", ".", "..", "../..", "nobody", "production", "demo", "demo@", "@", "demo@zzzzzzzz", "00000000",
    "ffffffff", "rita", "paul", "olaf", "eve", "root", "Teodora Vasquez-Lindqvist", "letter.md", "0", "-1", "1e9999",
    "NaN", "99999999999999999999", "2026-13-45T99:99Z", "2026-10-01T12:00Z", "9999-12-31", "{}", "[]", "null", "%s%n",
    "{0}", "${HOME}", "'; DROP TABLE records; --", "\udcff", "\x1b[2J", "a\nb", "a\tb", "\u202eabc", "\u0130\u0131",
    "\U0001f512" * 30, "é" * 300, "x" * 5000, "a=b", "=", "a..b=1", "sft.=1", "sft.max_steps=NaN", "root=0",
    "root=99999999999999999999999", "approve=-1", "reviewer", "privacy_officer", "king", "hsm:2?label=x", "awskms:x",
    "file2:/nowhere?encrypted=false", "MIT AND", "(MIT", "MIT OR GPL-3.0-only", "serve_external", "--help", "-h",
    "--json", "--key", "--reason",
)  # fmt: skip
SMALL = ("1", "2", "30", "3650", *ODD)
NEVER = {("serve",), ("registry", "serve"), ("run",), ("train",), ("leak-test",)}
"""Verbs that would work for minutes on a sound line: they always get something that is none."""
BAD: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("serve",): (("--port", "x"), ("--port", "99999999"), ("--keys", "--new-key", "a"), ("--new-key", "\x1b"), ("x",)),
    ("registry", "serve"): (("--port", "0"), ("--port", "x"), ("--host", "no such host"), ("--host", "\udcff"), ("x",)),
    ("run",): (("nonsense.key=1",), ("=",), ("documents=7",), ("sft.learning_rate=NaN",), ("base_model=[",), ("-x",)),
    ("train",): (("--dry-run", "sft.lora_r=0"), ("nonsense.key=1",), ("documents=nowhere",), ("=",), ("-x",)),
    ("leak-test",): (("nonsense",), ("sft={",), ("policy=1",), ("a.b.c=1",), ("--workers",)),
}


@dataclass(frozen=True)
class Case:
    """A file put in place first, if any, and the words after `muniment`."""

    number: int
    words: tuple[str, ...]
    spoilt: str

    def __str__(self) -> str:
        return f"case {self.number}: {self.spoilt or 'as it is'}; muniment {' '.join(map(ascii, self.words))}"


def verbs(group: Any = None, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every verb of the command line, with what it takes."""
    asked: Any = group or get_command(app)
    for name, command in asked.commands.items():
        if isinstance(command, TyperGroup):
            yield from verbs(command, (*before, name))
            if command.invoke_without_command:
                yield (*before, name), command
        else:
            yield (*before, name), command


VERBS = sorted(verbs(), key=lambda found: found[0])


def drawn(number: int, place: Place, seed: int = 0) -> Case:
    """The case of this number; every verb has its turn. What it says about files is done to `place`."""
    chance = random.Random(f"{seed} {number}")
    path, command = VERBS[number % len(VERBS)]
    spoilt = _spoil(chance, place) if chance.random() < 0.5 else ""
    words = [*path, *_arguments(chance, command, place)]
    if path in NEVER:
        words = [*path, *chance.choice(BAD[path])]
    if chance.random() < 0.05:
        words.insert(chance.randrange(len(words) + 1), chance.choice(ODD))
    return Case(number, tuple(words), spoilt)


def _arguments(chance: random.Random, command: Any, place: Place) -> Iterator[str]:
    for one in command.params:
        given = isinstance(one, TyperArgument) or one.required or chance.random() < 0.4
        if one.name == "help" or not given or chance.random() < 0.05:
            continue
        for _ in range(chance.choice((1, 1, 1, 2))):
            if isinstance(one, TyperArgument):
                yield _value(chance, one.name, place)
            elif one.is_flag:
                yield chance.choice((*one.opts, *one.secondary_opts))
            else:
                yield chance.choice(one.opts)
                yield _value(chance, one.name, place)


def _value(chance: random.Random, name: str, place: Place) -> str:
    """More often than not something that fits, so that a line comes further than its first check."""
    known: dict[str, tuple[str, ...]] = {
        "key": ("rita", "paul", "olaf", "eve"), "adapter": ("demo", "production"), "reference": ("demo", "production"),
        "reason": ("no longer fit for use", "asked for by the subject"), "days": ("0", "30"), "workers": ("1",),
        "role": ("reviewer",), "root_key": ("root",), "alias": ("production",), "document": ("letter.md",),
        "use": ("train",), "name": ("rita", "nora"), "kind": ("documents", "releases"),
    }  # fmt: skip
    if name in known and chance.random() < 0.6:
        return chance.choice(known[name])
    if chance.random() < 0.4:
        return str(_file(chance, place))
    return chance.choice(SMALL)


def _file(chance: random.Random, place: Place) -> Path:
    """A file of the workspace or beside it, sound or not; one that is not there; a directory."""
    files = sorted(path for path in place.root.parent.rglob("*") if path.is_file() or path.is_symlink())
    new = place.root.parent / "desk" / f"new{chance.randrange(9)}.{chance.choice(('json', 'svg', 'jsonl', 'pem', 'x'))}"
    places = (new, place.root, place.root / "trust.json" / "below", place.root.parent / "desk")
    return chance.choice(files) if chance.random() < 0.7 else chance.choice(places)


def _spoil(chance: random.Random, place: Place) -> str:
    """One file that a command may read is not what it should be."""
    names = (
        "pipeline.yaml", "policy.yaml", "trust.json", "release.json", "trust/1.json", "trust/9.proposed.json",
        "registry_tokens.json", "checkpoints", "refusals", "registry.duckdb", "release.production.proposed.json",
        "../keys/rita.pem", "../keys/root.pem", "../keys/rita.pub", "../keys/nora.uri", "../keys/pseudonym.key",
        "../desk/rows.jsonl", "../desk/card.md", "../keys/witness", "trust/untold", "documents",
    )  # fmt: skip
    path = place.root / chance.choice(names)
    if path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.is_file())
        path = chance.choice(inside) if inside else path / "odd.json"
    how = chance.choice(tuple(WAYS))
    before = path.read_bytes() if path.is_file() else b""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if how == "a directory":
        path.mkdir()
    elif how == "a loop":
        path.symlink_to(path)
    elif how != "gone":
        path.write_bytes(WAYS[how](chance, before))
    return f"{path.relative_to(place.root.parent)} is {how}"


def _flipped(chance: random.Random, before: bytes) -> bytes:
    data = bytearray(before or b"{}")
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _edited(chance: random.Random, before: bytes) -> bytes:
    """One value of a JSON or YAML text, replaced by something of another kind."""
    text = before.decode("utf-8", "replace")
    values = ("null", "[]", "-1", "1e999", '"' + "x" * 3000 + '"', "{}", "true", '"\\u0000"', '"\\ud800"', "NaN")
    marks = [at for at, char in enumerate(text) if char in ":,"]
    if not marks:
        return text.encode("utf-8", "replace") + chance.choice(values).encode()
    at = chance.choice(marks) + 1
    end = min((found for stop in ",}\n" if (found := text.find(stop, at)) > 0), default=len(text))
    return (text[:at] + f" {chance.choice(values)}" + text[end:]).encode("utf-8", "replace")


WAYS: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "gone": lambda _, before: before,
    "a directory": lambda _, before: before,
    "a loop": lambda _, before: before,
    "empty": lambda *_: b"",
    "cut off": lambda chance, before: before[: chance.randrange(len(before) or 1)],
    "flipped": _flipped,
    "edited": _edited,
    "noise": lambda chance, _: chance.randbytes(4096),
    "NUL": lambda *_: b"\0" * 4096,
    "UTF-16": lambda _, before: before.decode("utf-8", "replace").encode("utf-16"),
    "deep": lambda chance, _: chance.choice((b"[", b'{"a":', b"- ", b"a: {")) * 20_000,
    "deep and closed": lambda *_: b"[" * 20_000 + b"]" * 20_000,
    "unfolding": lambda *_: b"a: &a [x,x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(9)),
    "doubled": lambda _, before: before * 2,
    "one long line": lambda *_: b'{"id": "' + b"x" * 200_000 + b'"}',
    "a list": lambda *_: b"[1, 2]",
    "numbers": lambda *_: json.dumps({"version": 10**400, "id": 1.5}).encode(),
    "odd keys": lambda *_: b'? [a, b]\n: 1\n!!python/object:os.system x: 2\n"": 3\n',
}
