"""Runs of Word: which of them a reader sees as text that stands, and which raised or lowered.

What a run does not say of itself, its style says, or one on which that rests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from flows.ingest import hidden, scripts

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HIDING = ("vanish", "strike", "dstrike")
_DEEPEST = 50
"""Styles resting on one another; a ring of them must end as well."""
Styles = Mapping[str, Mapping[str, str]]
"""For each mark, what it is to be by the ids of styles."""


def styles(root: _Element) -> Styles:
    every = {str(style.get(f"{W}styleId")): style for style in root.iter(f"{W}style")}
    return {mark: dict(_by_style(every, mark)) for mark in (*_HIDING, "vertAlign")}


def _by_style(every: Mapping[str, _Element], mark: str) -> Iterator[tuple[str, str]]:
    for name in every:
        below = name
        for _ in range(_DEEPEST):
            if below not in every:
                break
            if (found := every[below].find(f"{W}rPr/{W}{mark}")) is not None:
                yield name, _value(found)
                break
            below = named(every[below], "basedOn") or ""


def _value(mark: _Element) -> str:
    return str(mark.get(f"{W}val")) if mark.tag == f"{W}vertAlign" else "on" if hidden.is_on(mark) else "off"


def named(element: _Element, path: str) -> str | None:
    found = element.find("/".join(f"{W}{name}" for name in path.split("/")))
    return None if found is None else found.get(f"{W}val")


def hides(style: str | None, known: Styles) -> bool:
    """Whether a style hides its text or strikes it out."""
    return any(known[mark].get(style or "") == "on" for mark in _HIDING)


def is_hidden(run: _Element, known: Styles) -> bool:
    """Whether it is hidden or struck out, or but the mark of a note."""
    return any(_is(run, mark, known) == "on" for mark in _HIDING) or _is_note_mark(run, known)


def _is_note_mark(run: _Element, known: Styles) -> bool:
    """One of the author's own behind Word's reference, or a raised link to a place in the document."""
    references = (run.find(f"{W}{name}") for name in ("footnoteReference", "endnoteReference"))
    if any(one is not None and one.get(f"{W}customMarkFollows") in ("1", "true", "on") for one in references):
        return True
    around = run.getparent()
    links = around is not None and around.tag == f"{W}hyperlink" and around.get(f"{W}anchor") is not None
    return links and _is(run, "vertAlign", known) == "superscript"


def _is(run: _Element, mark: str, known: Styles) -> str | None:
    own = run.find(f"{W}rPr/{W}{mark}")
    return known[mark].get(named(run, "rPr/rStyle") or "") if own is None else _value(own)


def written(text: str, run: _Element, known: Styles) -> str:
    """The text of a run, figures raised or lowered as they are shown."""
    return scripts.shown(text, _is(run, "vertAlign", known))
