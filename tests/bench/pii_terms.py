"""What must survive in regulatory documents: allowed terms, laws, public bodies, and the dates of laws."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from governance.pii.settings import PiiPolicy
from governance.pii.text.spans import Span, terms

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_CAPS = r"(?:[A-Z][\w'’-]+ (?:(?:and|of|for|the|to) ){0,2}){1,6}"
_DATE = r"\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}"
_LAW = (
    rf"{_CAPS}(?:Act|Regulations?|Rules|Rulebook|Directive|Code|Order|Law|Convention|Standards?)"
    r"(?:,? (?:of )?\d{4})?"
)
_PUBLIC = (
    re.compile(rf"(?<!\w){_LAW}(?!\w)"),
    re.compile(rf"(?<!\w){_CAPS}(?:Authority|Court|Commission|Ministry|Department|Agency|Council|Administration"
               r"|Registrar|Government|Tribunal|Bureau|Parliament|Service)(?!\w)"),
    re.compile(r"(?<!\w)(?:Rule|Section|Article|Chapter|Part|Regulation|Schedule|Appendix) \d+[\w.()]*"),
    re.compile(rf"(?:Act|Law|Order|Regulations?|Rules|Directive)[^.\n]{{0,40}}? (?P<date>{_DATE})"),
)  # fmt: skip


def documents(rows: int) -> Iterator[str]:
    """Handbooks, developer documents, and `rows` questions about the rulebook, as they are shipped."""
    for folder in ("handbook", "govuk"):
        yield from (path.read_text("utf-8") for path in sorted((EXAMPLES / folder).glob("*.md")))
    lines = (EXAMPLES / "questions" / "rulebook.jsonl").read_text("utf-8").splitlines()
    yield from (str(json.loads(line)["prompt"]) for line in lines[:rows])


def survival(found: Callable[[str], list[Span]], policy: PiiPolicy, rows: int = 400) -> tuple[float, int]:
    """The share of occurrences in which no letter is replaced, and their number."""
    kept = total = 0
    for text in documents(rows):
        replaced = [span for span in found(text) if span.type in policy.replace]
        for start, end in _places(text, policy):
            total += 1
            kept += not any(span.start < end and span.end > start for span in replaced)
    return kept / total, total


def _places(text: str, policy: PiiPolicy) -> set[tuple[int, int]]:
    allowed = terms(policy.allow)
    places = {match.span() for match in allowed.finditer(text)} if allowed else set()
    for pattern in _PUBLIC:
        group = "date" if "date" in pattern.groupindex else 0
        places |= {match.span(group) for match in pattern.finditer(text)}
    return places
