"""HTML as a person would see it: no scripts, no styles, nothing hidden, nothing struck out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, groupby, islice, takewhile
from typing import TYPE_CHECKING

from flows.ingest import grid, plain, scripts, tabular
from flows.ingest.reading import Unfit
from registry.records import Reason

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DROP = {
    "script", "style", "noscript", "template", "iframe", "object", "svg", "canvas", "select", "nav",
    "button", "head", "datalist", "del", "s", "strike",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "section", "article", "header", "footer", "main", "aside", "ul", "ol", "dl", "dt", "dd",
    "pre", "blockquote", "figure", "figcaption", "caption", "form", "fieldset", "address", "hr", "details", "summary",
    "body", "html",
}  # fmt: skip
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
    r"|(?<![\w-])(?:left|top|text-indent)\s*:\s*-\d{3}|(?<![\w-])color\s*:\s*transparent"
    r"|text-decoration(?:-line)?\s*:[^;]*line-through",
    re.I,
)
_GONE_STYLE = re.compile(r"display\s*:\s*none", re.I)
_SCRIPTS = {"sup": scripts.raised, "sub": scripts.lowered}
_MOST_IN_MARK = 8
"""Elements; what holds more is no mark of a note."""
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:-]{1,40})", re.I)


def read(data: bytes) -> str:
    """Visible text with headings marked by #. Raises Unfit for what no HTML parser can open."""
    return text_of(_decode(data))


def text_of(source: str) -> str:
    """Visible text of HTML source. Raises Unfit for none, and where the parser would drop what is nested deepest and
    all that follows it.
    """
    from lxml import etree, html

    source = re.sub(r"^\s*<\?xml[^>]*\?>", "", plain.visible(source))
    if not source.strip():
        return ""
    parser = html.HTMLParser(huge_tree=True)
    try:
        root = html.document_fromstring(source, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Unfit(Reason.CORRUPT, "not HTML") from error
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise Unfit(Reason.CORRUPT, "nested too deeply")
    title = " ".join((root.findtext(".//title") or "").split())
    body = _visible_text(root)
    has_heading = any(line.startswith("# ") for line in body.split("\n"))
    return f"# {title}\n\n{body}" if title and not has_heading else body


def _visible_text(root: HtmlElement) -> str:
    """Iterative, so that depth costs no stack."""
    from lxml import etree

    pieces: list[str] = []
    inside: list[HtmlElement] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event in ("comment", "pi"):
            pieces.append(_written(element.tail, inside))
        elif event == "start":
            if _is_hidden(element) or _is_note_mark(element):
                walk.skip_subtree()
            elif element.tag == "table" and element.find(".//table") is None:
                walk.skip_subtree()
                pieces.append(f"\n\n{_table(element)}\n\n")
            else:
                inside += [element] * (element.tag in _SCRIPTS)
                pieces += [_opening(element.tag), _written(element.text, inside)]
        else:
            if inside and inside[-1] is element:
                inside.pop()
            pieces += [_closing(element.tag), _written(element.tail, inside)]
    text = "".join(pieces)
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def _is_hidden(element: HtmlElement) -> bool:
    return (
        not isinstance(element.tag, str)
        or element.tag in _DROP
        or "hidden" in element.attrib
        or element.get("aria-hidden") == "true"
        or (element.tag == "input" and element.get("type") == "hidden")
        or bool(_HIDDEN_STYLE.search(element.get("style", "")))
    )


def _is_gone(element: HtmlElement) -> bool:
    """Whether it leaves no room either, so that what follows it stands in its place."""
    return "hidden" in element.attrib or bool(_GONE_STYLE.search(element.get("style", "")))


def _is_note_mark(element: HtmlElement) -> bool:
    """What leads to a note: marked as such, or raised and a link to a place of the page."""
    if element.get("role") == "doc-noteref":
        return True
    around = element.getparent()
    if element.tag != "sup" or around is None:
        return False
    single = element.getprevious() is None and element.getnext() is None
    alone = single and not f"{around.text or ''}{element.tail or ''}".strip()
    near = [*islice(element.iter(), _MOST_IN_MARK), *[around] * alone]
    return any(one.tag == "a" and one.get("href", "").startswith("#") for one in near)


def _opening(tag: str) -> str:
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return f"\n\n{'#' * int(tag[1])} "
    if tag == "li":
        return "\n- "
    return "\n" if tag in ("br", "tr") else " | " if tag in ("td", "th") else "\n\n" if tag in _BLOCKS else ""


def _closing(tag: str) -> str:
    heading = len(tag) == 2 and tag[0] == "h" and tag[1] in "123456"
    return "\n\n" if heading or tag in _BLOCKS else "\n" if tag in ("li", "tr") else ""


def _written(text: str | None, inside: list[HtmlElement]) -> str:
    """Line breaks in the source are mere blanks; figures are raised or lowered as the innermost element says."""
    spaced = re.sub(r"\s+", " ", text) if text else ""
    return _SCRIPTS[inside[-1].tag](spaced) if inside else spaced


def _table(element: HtmlElement) -> str:
    """Its caption as a line of its own before its rows."""
    caption = element.find("caption")
    said = "" if caption is None else " ".join(_visible_text(caption).split())
    return f"{said}\n\n{tabular.render(grid.spread(_rows(element)))}".strip("\n")


def _rows(table: HtmlElement) -> Iterator[list[grid.Cell]]:
    """Merged cells end with the part of the table, its head or a body, in which they stand."""
    shown = (row for row in table.iter("tr") if not any(map(_is_gone, _around(row, table))))
    for _, part in groupby(shown, key=lambda row: row.getparent()):
        rows = list(part)
        for left, row in zip(range(len(rows), 0, -1), rows, strict=True):
            blank = any(map(_is_hidden, _around(row, table)))
            cells = (cell for cell in row.iterchildren("td", "th") if not _is_gone(cell))
            yield [_spanning(cell, left, "" if blank else _cell(cell)) for cell in cells]


def _around(row: HtmlElement, table: HtmlElement) -> Iterator[HtmlElement]:
    """The row, and what holds it within the table."""
    return takewhile(lambda one: one is not table, chain((row,), row.iterancestors()))


def _spanning(cell: HtmlElement, left: int, text: str) -> grid.Cell:
    """`left` rows are left of the table's part, its own with them; a rowspan of 0 means all of them."""
    rows = grid.count(cell.get("rowspan")) or left
    return grid.Cell(text, max(1, grid.count(cell.get("colspan"))), min(rows, left))


def _cell(cell: HtmlElement) -> str:
    return " ".join(_visible_text(cell).split()).strip("| ")


def _decode(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith(_MARKS) and b"\0" not in data[:64]:
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeError):
            pass
    return plain.decode(data)
