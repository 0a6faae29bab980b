"""A picture as SVG, Mermaid or Graphviz text: the same picture gives the same bytes, with no font or network asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from unicodedata import east_asian_width

from registry.counted import counted
from registry.errors import ConfigError
from registry.lineage.layout import BOX, Place, laid_out
from registry.lineage.picture import Box, Picture

_EDGE = 20
_LETTERS = 27
_COLOURS = {
    "document": "#fff7e0", "document-set": "#fff7e0", "scrubbed-set": "#e8f3e8", "validated-batch": "#e8f3e8",
    "dataset": "#e3eefb", "base": "#eeeeee", "training-run": "#e3eefb", "adapter": "#d9e6ff",
    "evidence": "#f3eafa", "verdict": "#f3eafa", "decision": "#fdeaea", "release": "#ffe3d3",
}  # fmt: skip


def render(picture: Picture, path: Path) -> str:
    """The picture in the format of the file's suffix: .svg, .mmd or .dot. Raises ConfigError for another."""
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise ConfigError(f"{path.name} is no picture that is known here", "name it .svg, .mmd (Mermaid) or .dot")
    return form(picture)


def svg(picture: Picture) -> str:
    """Boxes by column with their whole text as tooltips; readable where colours are not seen."""
    layout = laid_out(picture)
    width, height = layout.width + 2 * _EDGE, layout.height + 2 * _EDGE
    about = next(box for box in picture.boxes if box.root)
    boxes = counted(len(picture.boxes), "box", "boxes")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-_EDGE} {-_EDGE} {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="title desc" font-family="sans-serif">',
        f'<title id="title">Lineage of {escape(about.text)}</title>',
        f'<desc id="desc">{boxes}, from the sources on the left to what was made of them.</desc>',
        f'<rect x="{-_EDGE}" y="{-_EDGE}" width="100%" height="100%" fill="#ffffff"/>',
        '<marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0L6 3L0 6z" fill="#667"/></marker>',
        *(f'<path d="{_path(points)}" fill="none" stroke="#667" marker-end="url(#tip)"/>' for points in layout.arrows),
        *(line for box in picture.boxes for line in _box(box, layout.boxes[box.name])),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def mermaid(picture: Picture) -> str:
    """https://mermaid.js.org/syntax/flowchart.html"""
    lines = ["flowchart LR"]
    for box in picture.boxes:
        lines.append(f'  {box.name}["{_mermaid_text(box.title)}<br/>{_mermaid_text(box.text)}"]')
        lines += [f"  style {box.name} stroke-width:3px"] if box.root else []
    return "\n".join([*lines, *(f"  {one} --> {other}" for one, other in picture.arrows)]) + "\n"


def dot(picture: Picture) -> str:
    """https://graphviz.org/doc/info/lang.html"""
    lines = ["digraph lineage {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    for box in picture.boxes:
        bold = ", penwidth=3" if box.root else ""
        lines.append(f'  {box.name} [label="{_dot_text(box.title)}\\n{_dot_text(box.text)}"{bold}];')
    return "\n".join([*lines, *(f"  {one} -> {other};" for one, other in picture.arrows), "}"]) + "\n"


_FORMS: Mapping[str, Callable[[Picture], str]] = {".svg": svg, ".mmd": mermaid, ".dot": dot}


def _path(points: tuple[Place, ...]) -> str:
    steps = [f"M{points[0][0]:.0f} {points[0][1]:.1f}"]
    for position, ((x, y), (to_x, to_y)) in enumerate(pairwise(points)):
        half = (x + to_x) / 2
        curve = f"C{half:.0f} {y:.1f} {half:.0f} {to_y:.1f} {to_x:.0f} {to_y:.1f}"
        steps.append(curve if position % 2 == 0 else f"H{to_x:.0f}")
    return "".join(steps)


def _box(box: Box, place: Place) -> Iterator[str]:
    x, y = place
    line = 'stroke="#334" stroke-width="2.5"' if box.root else 'stroke="#334"'
    yield f'<g fill="{_COLOURS.get(box.kind, "#ffffff")}"><title>{escape(f"{box.title}: {box.text}")}</title>'
    if box.count > 1:
        yield _rectangle(x + 4, y + 4, 'stroke="#99a"')
    yield _rectangle(x, y, line)
    yield f'<text x="{x + 9:.0f}" y="{y + 17:.1f}" font-size="10" fill="#445">{escape(box.title)}</text>'
    for number, said in enumerate(_folded(box.text)):
        yield f'<text x="{x + 9:.0f}" y="{y + 34 + 15 * number:.1f}" font-size="12" fill="#112">{escape(said)}</text>'
    yield "</g>"


def _rectangle(x: float, y: float, line: str) -> str:
    return f'<rect x="{x:.0f}" y="{y:.1f}" width="{BOX[0]}" height="{BOX[1]}" rx="5" {line}/>'


def _folded(text: str) -> list[str]:
    """Two lines at most."""
    first, *rest = wrap(text, _LETTERS) or [""]
    return [_short(line) for line in (first, *([" ".join(rest)] if rest else []))]


def _short(text: str) -> str:
    """As much as fits a box; letters of twice the width count twice."""
    room, kept = _LETTERS, ""
    for char in text:
        room -= 2 if east_asian_width(char) in "WF" else 1
        if room < 0:
            return kept[:-1] + "…"
        kept += char
    return kept


def _mermaid_text(text: str) -> str:
    return "".join(char if char.isalnum() or char in " .,-@:/_" else f"#{ord(char)};" for char in text)


def _dot_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
