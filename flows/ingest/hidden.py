"""What a file carries besides the text that is read: who wrote it, what was deleted, what is hidden.

One rule for all formats: text that its author put before readers is read (headers, footers, footnotes, notes of
a speaker, filled form fields); the rest never leaves the reading process, and is counted here by kind.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from flows.ingest import mail

if TYPE_CHECKING:
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_COMMENTS = re.compile(r"(?:word/comments|xl/(?:comments|threadedComments/)|ppt/comments/).*\.xml")
_COMMENT_TAGS = ("comment", "cm", "threadedComment")
_CACHES = re.compile(r"xl/pivotCache/pivotCacheRecords\d*\.xml")
_HTML_COMMENT = re.compile(r"<!--(?!\[if)")
_HTML_STRUCK = re.compile(r"<(?:del|s|strike)(?=[\s/>])|\bstyle\s*=[^>]{0,300}\bline-through", re.I)
_HTML_META = re.compile(r"<meta\b[^>]{0,300}\bname\s*=\s*[\"']?[\w.:-]*(?:author|creator|publisher|owner|email)", re.I)


def count(data: bytes, suffix: str) -> dict[str, int]:
    """How many parts of each kind a file of a readable format holds that are not read; empty for plain text."""
    counter = _COUNTERS.get(suffix)
    found: Counter[str] = Counter()
    for kind in counter(data) if counter else ():
        found[kind] += 1
    return dict(sorted(found.items()))


def tree(archive: zipfile.ZipFile, name: str) -> _Element:
    """One XML part of an archive; entities stay unresolved."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(archive.read(name), parser)


def _office(data: bytes) -> Iterator[str]:
    """Properties, comments and caches, which are alike in the three formats."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        struck = _struck_styles(archive)
        for name in archive.namelist():
            if name in ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"):
                yield from ("property" for element in tree(archive, name).iter() if _says_something(element))
            elif _COMMENTS.fullmatch(name):
                tags = (_local(element) for element in tree(archive, name).iter())
                yield from ("comment" for tag in tags if tag in _COMMENT_TAGS)
            elif _CACHES.fullmatch(name):
                yield "cached table"
            elif name == "word/document.xml":
                yield from _word(tree(archive, name))
            elif name == "xl/workbook.xml":
                yield from _workbook(tree(archive, name))
            elif name == "xl/sharedStrings.xml":
                yield from _struck_strings(archive.read(name))
            elif name.startswith("xl/worksheets/sheet"):
                yield from _worksheet(archive.read(name), struck)
            elif re.fullmatch(r"ppt/slides/slide\d+\.xml", name):
                yield from _slide(tree(archive, name))
            elif re.fullmatch(r"ppt/notesSlides/notesSlide\d+\.xml", name):
                yield from _struck_runs(tree(archive, name))


def _slide(root: _Element) -> Iterator[str]:
    """Of a hidden slide nothing is shown, so that its shapes do not count."""
    if root.get("show") in ("0", "false"):
        yield "hidden slide"
    else:
        shapes = (element for element in root.iter() if isinstance(element.tag, str))
        yield from ("hidden shape" for shape in shapes if is_hidden_shape(shape))
        yield from _struck_runs(root)


def _struck_runs(slide: _Element) -> Iterator[str]:
    return ("deletion" for marks in slide.iter(f"{A}rPr") if is_struck(marks))


def is_struck(marks: _Element) -> bool:
    """Whether the properties of a run of PowerPoint's strike it out."""
    return marks.get("strike") in ("sngStrike", "dblStrike")


def is_hidden_shape(shape: _Element) -> bool:
    """Whether a shape of a slide, or a group of them, was switched off."""
    own = shape[0].find(f"{_P}cNvPr") if len(shape) else None
    return own is not None and own.get("hidden") in ("1", "true")


def _word(root: _Element) -> Iterator[str]:
    yield from ("deletion" for _ in root.iter(f"{_W}del", f"{_W}moveFrom"))
    yield from ("deletion" for mark in root.iter(f"{_W}strike", f"{_W}dstrike") if is_on(mark))
    yield from ("hidden text" for mark in root.iter(f"{_W}vanish") if is_on(mark))


def is_on(mark: _Element | None) -> bool:
    """Whether a mark of Word's is set: `<w:vanish w:val="0"/>` says that text is not hidden."""
    return mark is not None and mark.get(f"{_W}val") not in ("0", "false", "off")


def _workbook(root: _Element) -> Iterator[str]:
    yield from ("defined name" for _ in root.iter(f"{S}definedName"))
    yield from ("hidden sheet" for sheet in root.iter(f"{S}sheet") if sheet.get("state", "visible") != "visible")


def _worksheet(sheet: bytes, struck: frozenset[str]) -> Iterator[str]:
    rows, columns = hidden_lines(sheet)
    yield from ["hidden row"] * len(rows) + ["hidden column"] * len(columns)
    cells = elements(sheet, b"<", "c") if struck else ()
    yield from ("deletion" for cell in cells if cell.get("s") in struck and len(cell))
    yield from _struck_strings(sheet)


def _struck_strings(part: bytes) -> Iterator[str]:
    return ("deletion" for marks in elements(part, b"strike", "rPr") if _strikes(marks))


def _struck_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    """The numbers of a workbook's styles whose font strikes out."""
    if "xl/styles.xml" not in archive.namelist() or b"strike" not in archive.read("xl/styles.xml"):
        return frozenset()
    root = tree(archive, "xl/styles.xml")
    fonts = {str(number) for number, font in enumerate(root.iterfind(f"{S}fonts/{S}font")) if _strikes(font)}
    styles = enumerate(root.iterfind(f"{S}cellXfs/{S}xf"))
    return frozenset(str(number) for number, style in styles if style.get("fontId") in fonts)


def _strikes(font: _Element) -> bool:
    mark = font.find(f"{S}strike")
    return mark is not None and mark.get("val") not in ("0", "false")


def hidden_lines(sheet: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """Numbers, from 1, of the hidden rows and columns of one worksheet part."""
    rows: set[int] = set()
    columns: set[int] = set()
    for element in elements(sheet, b"hidden=", "row", "col"):
        if element.get("hidden") in ("1", "true") and element.tag == f"{S}row":
            rows.add(int(element.get("r", "0")))
        elif element.get("hidden") in ("1", "true"):
            columns.update(range(int(element.get("min", "1")), min(int(element.get("max", "1")), 16_384) + 1))
    return frozenset(rows), frozenset(columns)


def elements(sheet: bytes, said: bytes, *names: str) -> Iterator[_Element]:
    """The elements of these names, in a worksheet part that says so at all: most are spared the parsing.

    Each is forgotten with those before it, so that a large sheet's tree is never in memory as a whole.
    """
    from lxml import etree

    if said not in sheet:
        return
    for _, element in etree.iterparse(io.BytesIO(sheet), tag=[f"{S}{name}" for name in names], resolve_entities=False):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _says_something(element: _Element) -> bool:
    return len(element) == 0 and bool((element.text or "").strip())


def _local(element: _Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _pdf(data: bytes) -> Iterator[str]:
    import pypdfium2
    import pypdfium2.raw as pdfium

    document = pypdfium2.PdfDocument(data)
    yield from ("property" for value in document.get_metadata_dict().values() if value.strip())
    for page in document:
        for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
            annotation = pdfium.FPDFPage_GetAnnot(page, index)
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            pdfium.FPDFPage_CloseAnnot(annotation)
            if kind not in (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_POPUP):
                yield "annotation"


def _html(data: bytes) -> Iterator[str]:
    text = data.decode("utf-8", errors="replace")
    yield from ("comment" for _ in _HTML_COMMENT.finditer(text))
    yield from ("deletion" for _ in _HTML_STRUCK.finditer(text))
    yield from ("property" for _ in _HTML_META.finditer(text))


def _mail(data: bytes) -> Iterator[str]:
    headers = message_from_bytes(data, policy=policy.compat32).keys()
    read = {name.lower() for name in mail.HEADERS}
    yield from ("mail header" for name in headers if name.lower() not in read)


_COUNTERS: Mapping[str, Callable[[bytes], Iterator[str]]] = {
    ".docx": _office, ".pptx": _office, ".xlsx": _office, ".pdf": _pdf, ".html": _html, ".htm": _html, ".eml": _mail,
}  # fmt: skip
