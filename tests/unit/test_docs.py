"""The documentation says what is there, and all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from lxml import etree
from pydantic import BaseModel
from typer.core import TyperGroup
from typer.main import get_command

from flows.cli import app
from flows.config import Pipeline
from governance.licences.terms import SENTENCES
from governance.policy import Policy, load_policy
from registry import errors
from serving.metrics import Metrics
from tests.documented import DECISIONS, PAGES, ROOT, blocks, commands

GUIDE = ROOT / "docs" / "guide.md"
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
LINK = re.compile(r"\]\(([^)\s]+)\)")
EVIDENCE = {"pii.scrub", "pii.recall", "pii.residual", "pii.memorization"}
FILES = {"registry.duckdb", "registry.token"}
GROUPING = {"MunimentError", "Refused", "IntegrityError"}
SOURCES = [path for room in ("registry", "governance", "serving", "flows") for path in (ROOT / room).rglob("*.py")]
MACHINE = re.compile(
    r"(?<![\w.])/(?:work|home|root|tmp|opt/wheels|Users)\b|pypi\.org|pythonhosted|npmjs|artifactory|localhost:\d{4}/simple"
)


def verbs(group: TyperGroup, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        yield before + name
        if isinstance(command, TyperGroup):
            yield from verbs(command, f"{before}{name} ")


def test_every_verb_is_shown_or_named() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)

    missing = [v for v in verbs(group) if f"muniment {v}" not in TEXT and f"`{v}`" not in TEXT]

    assert missing == []


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS, ROOT / "examples" / "README.md"], ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]

    for target in targets:
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        assert not anchor or anchor in headings(path), target


def headings(page: Path) -> set[str]:
    """Anchors, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_decision_is_in_the_index_under_its_title() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")

    for path in DECISIONS:
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert path.name == "README.md" or f"({path.name}) | {title} |" in index, path.name


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS], ids=lambda p: p.name)
def test_no_page_names_a_machine_or_a_package_host(page: Path) -> None:
    assert MACHINE.findall(page.read_text(encoding="utf-8")) == []


def test_every_error_has_its_line_in_the_guide() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    names = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}

    assert {name for name in names - GROUPING if f"`{name}`" not in guide} == set()


def test_every_duty_of_a_licence_has_its_line_in_the_guide() -> None:
    guide = GUIDE.read_text(encoding="utf-8")

    assert [duty for duty, sentence in SENTENCES.items() if f"| `{duty}` | {sentence} |" not in guide] == []


def test_exit_codes_in_the_guide_are_those_of_the_errors() -> None:
    rows = re.findall(r"^\| (\d+) \|[^|]*\|([^|]*)\|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)

    for code, names in rows:
        for name in re.findall(r"`([A-Z]\w+)`", names):
            assert getattr(errors, name).exit_code == int(code), name


def test_every_setting_that_is_named_exists() -> None:
    named = re.findall(r"`(\w+)\.(\w+)(?::[^`]*)?`|\b(\w+)\.(\w+)=", TEXT)
    sections = {**Pipeline.model_fields, **Policy.model_fields}

    for section, key in {(a or c, b or d) for a, b, c, d in named}:
        model = sections[section].annotation if section in sections else None
        if isinstance(model, type) and issubclass(model, BaseModel) and f"{section}.{key}" not in EVIDENCE | FILES:
            assert key in model.model_fields, f"{section}.{key}"


def test_environment_variables_in_the_guide_are_those_of_the_code() -> None:
    in_code = {name for path in SOURCES for name in re.findall(r"\bMUNIMENT_[A-Z_]+\b", path.read_text("utf-8"))}

    assert in_code == set(re.findall(r"\bMUNIMENT_[A-Z_]+\b", TEXT))


def test_every_metric_is_named_as_prometheus_reads_it() -> None:
    metrics = Metrics()
    metrics.now_in_force("production", "a@1", 1)
    found = set(re.findall(rb"^# TYPE (muniment_\w+)", metrics.text(), re.MULTILINE))
    names = {name.decode() for name in found if not name.endswith(b"_created")}

    assert {name for name in names if f"`{name}`" not in TEXT} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_make_target_that_is_shown_exists(page: Path) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    benches = (ROOT / "tests" / "bench").glob("*.py")
    targets += [f"bench-{path.stem}" for path in benches if "def main" in path.read_text(encoding="utf-8")]

    shown = {word for command in commands(page) if command.words[0] == "make" for word in command.words[1:]}

    assert shown - set(targets) == set()


def test_the_schedule_in_the_guide_is_the_one_that_is_deployed() -> None:
    deployments = yaml.safe_load((ROOT / "deploy" / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    crons = {entry["name"]: entry["schedules"][0]["cron"] for entry in deployments}

    assert crons == {"retrain": "0 2 * * 6", "compliance": "0 6 * * 1"}, "the guide says Saturdays 02:00, Mondays 06:00"
    assert {entry["work_pool"]["name"] for entry in deployments} == {"muniment"}


def test_the_picture_has_words_for_those_who_cannot_see_it() -> None:
    svg = etree.parse(ROOT / "docs" / "walk.svg").getroot()
    ids = {element.get("id"): "".join(element.itertext()).strip() for element in svg.iter() if element.get("id")}

    assert svg.get("role") == "img"
    assert all(ids[name] for name in svg.get("aria-labelledby").split())


def test_settings_that_are_shown_are_valid(tmp_path: Path) -> None:
    from registry.settings import load

    for number, body in enumerate(body for page in PAGES for body in blocks(page, "yaml")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(body, encoding="utf-8")
        if set(yaml.safe_load(body)) <= set(Policy.model_fields):
            assert load_policy(path) != Policy(), "an example that changes nothing shows nothing"
        else:
            assert load(path, Pipeline).base_model
