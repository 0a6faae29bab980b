"""The audit report as one HTML file that needs nothing else, and its JSON twin for machines."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from governance.licences.terms import SENTENCES
from governance.report import plots, scrubbing
from governance.report.chapters import judged
from governance.report.facts import AuditFacts
from governance.report.memory import levels_of
from registry.artifacts import disk_full_named
from registry.counted import counted
from registry.pages.labels import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def write_report(facts: AuditFacts, directory: Path) -> tuple[Path, Path]:
    """Write `audit-<digest12>.html` and `.json` into `directory`; returns both paths. Raises DiskFull."""
    html, json = (directory / f"audit-{facts.digest[:12]}.{kind}" for kind in ("html", "json"))
    page = render(facts)
    with disk_full_named(directory):
        directory.mkdir(parents=True, exist_ok=True)
        html.write_text(page, encoding="utf-8")
        json.write_text(facts.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return html, json


def render(facts: AuditFacts) -> str:
    """The page. Everything from the records is escaped; only our own plots go in as markup."""
    from markupsafe import Markup

    levels = levels_of(facts.steps)
    shares = scrubbing.shares_of(facts.steps)
    drawn = {
        "recall": plots.recall(shares),
        "accuracy": plots.accuracy(facts.steps),
        "losses": plots.losses(facts.steps),
        "exposure": plots.exposure(levels),
        "entities": plots.counts("found and replaced, or counted", facts.privacy.entities),
    }
    safe = {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - matplotlib escapes its labels
    template = environment().get_template("audit.html.j2")
    found = {"shares": shares, "rate": scrubbing.rate_of(facts.steps), "left": scrubbing.left_of(facts.steps)}
    treated = scrubbing.treated(facts.privacy.entities, facts.privacy.replaced or ())
    verdicts = (*facts.earlier, *([facts.verdict] if facts.verdict else ()))
    said = judged(facts.events, verdicts)
    return template.render(facts=facts, levels=levels, proof=found, treated=treated, judged=said, plots=safe)


def environment() -> Environment:
    """Templates that escape what they are given, and the filters of our pages."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_readable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = _percent
    environment.filters["moment"] = _moment
    environment.filters["told"] = scrubbing.told
    environment.filters["duty"] = _duty
    environment.filters["counted"] = counted
    environment.filters["thousands"] = "{:,}".format
    return environment


def _duty(asked: str) -> str:
    """What a licence asks, `KIND` or `KIND: VALUE`, in words."""
    kind, colon, value = asked.partition(": ")
    return next((f"{said}{colon}{value}" for known, said in SENTENCES.items() if known == kind), asked)


def _readable(value: object) -> object:
    """What people wrote without what turns the direction of reading or shows nothing."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return printable(value, besides="\n\t")
    return value


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _moment(at: datetime) -> str:
    return at.strftime("%d %b %Y, %H:%M %Z")
