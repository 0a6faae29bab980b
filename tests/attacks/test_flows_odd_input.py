"""Files and arguments made to end a command in a traceback, or never."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.evaluation.brought import brought
from governance.pii.jsonl import scrub_jsonl
from governance.pii.settings import PiiPolicy
from registry import settings
from registry.errors import ConfigError, MunimentError
from serving.settings import ServeSection

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
ODD_YAML = ("? [a, b]\n: c\n", "{? {a: b} : c}\n", "? []\n: 1\n", "a: !!timestamp x\n", "a: &a [*a]\n", LAUGHS)
ODD_VALUES = ("2001-99-99", "9" * 6000, "[" * 3000, "!!timestamp x", "{? [a] : b}")


@pytest.mark.parametrize("text", ODD_YAML)
def test_odd_yaml_is_a_named_error_and_soon(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError):
        settings.load(path, ServeSection)


@pytest.mark.parametrize("value", ODD_VALUES)
def test_an_odd_override_is_a_named_error(tmp_path: Path, value: str) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text("")

    with pytest.raises(ConfigError):
        settings.load(path, ServeSection, (f"port={value}",))


def test_a_lone_surrogate_is_a_bad_line_and_the_others_are_written(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "\\ud800", "text": "x"}\n{"id": 1, "text": "\\udfff"}\n{"id": 2, "text": "fine"}\n')

    with pytest.raises(MunimentError, match=r"line 1 \(not JSON\), line 2 \(not JSON\)"):
        scrub_jsonl(source, out, PiiPolicy())

    assert out.read_text() == '{"id": 2, "spans": []}\n'


def test_a_question_with_a_lone_surrogate_is_asked_as_ingest_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"id": "a", "prompt": "\\ud800", "completion": "x"}\n')

    assert [row.prompt for row in brought(file)] == ["\ufffd"]


def test_a_line_separator_inside_a_question_is_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"id": "a", "prompt": "one\u2028two", "completion": "x"}\n', encoding="utf-8")

    assert [row.prompt for row in brought(file)] == ["one\u2028two"]


@pytest.mark.parametrize(("name", "public"), [("a\nb", b"x"), ("rita", b"\xff\xfe"), ("rita", b"x")])
def test_a_person_or_key_that_is_none_is_not_enrolled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, public: bytes
) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    file = tmp_path / "some.pub"
    file.write_bytes(public)
    workspace = ["-C", str(tmp_path / "ws")]
    assert CliRunner().invoke(app, ["init", str(tmp_path / "ws")]).exit_code == 0

    refused = CliRunner().invoke(app, [*workspace, "trust", "add", name, str(file), "--role", "reviewer"])

    assert isinstance(refused.exception, ConfigError)
