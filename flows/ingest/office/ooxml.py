"""Word, PowerPoint and Excel files, checked as ZIP archives before a parser opens them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Literal

from flows.ingest import grid, hidden, scripts, tabular
from flows.ingest.office import fonts, ranges, runs
from flows.ingest.reading import Unfit
from registry.records import Reason

if TYPE_CHECKING:
    from lxml.etree import _Element

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_UNPACKED = 256 * 2**20
_MAX_MEMBERS = 10_000
_MAX_RATIO = 200
_RATIO_COUNTS_FROM = 16 * 2**20
_LEVELS = ("1", "2", "3", "4", "5", "6", "7", "8", "9")
_W = runs.W
_A = hidden.A
_BESIDE = tuple(re.compile(rf"word/{kind}\d*\.xml") for kind in ("footnotes", "endnotes", "header", "footer"))
_SIGNS = {f"{_W}tab": " ", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-"}
_WRAPPINGS = [f"{_W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo")]
_PERCENT = re.compile(r"[#,0?]*0(?:\.[0#?]+)?\s?%")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def check_archive(data: bytes) -> None:
    """Raises Unfit for what is no sound, plain, reasonably sized ZIP archive."""
    if data.startswith(_OLE):
        raise Unfit(Reason.ENCRYPTED, "protected by a password, or an old Office file under a new name")
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unfit(Reason.CORRUPT, "not a ZIP archive, as this format must be") from error
    unpacked = sum(member.file_size for member in members)
    if any(member.flag_bits & 1 for member in members):
        raise Unfit(Reason.ENCRYPTED, "a member of the archive is encrypted")
    if len(members) > _MAX_MEMBERS or unpacked > _MAX_UNPACKED:
        raise Unfit(Reason.TOO_LARGE, f"unpacks to {unpacked:,} bytes in {len(members):,} members")
    if unpacked > _RATIO_COUNTS_FROM and unpacked > _MAX_RATIO * len(data):
        raise Unfit(Reason.TOO_LARGE, f"unpacks to {unpacked // len(data)} times its size")


def read_docx(data: bytes) -> str:
    """Paragraphs (headings marked with #) and tables in reading order, then notes, headers and footers.

    Deleted, struck-out, moved-away and hidden text is left out, and so are comments and properties.
    """
    from docx import Document
    from docx.text.paragraph import Paragraph

    check_archive(data)
    document = Document(io.BytesIO(data))
    styles = runs.styles(document.styles.element)
    blocks: list[str] = []
    for element in _inside(document.element.body, "p", "tbl"):
        if element.tag == f"{_W}tbl":
            rows = (_cells(row, styles) for row in _inside(element, "tr"))
            blocks.append(tabular.render(grid.spread(rows)))
            continue
        block = Paragraph(element, document._body)
        text = _text(element, styles)
        style = (block.style.name or "") if block.style is not None else ""
        level = style.removeprefix("Heading ") if style.startswith("Heading ") else "1" * (style == "Title")
        blocks.append(f"{'#' * int(level)} {text}" if text and level in _LEVELS else text)
    return "\n\n".join(block for block in [*blocks, *_beside_the_body(data, styles)] if block)


def _beside_the_body(data: bytes, styles: runs.Styles) -> Iterator[str]:
    """Footnotes and endnotes, then each header and footer once, however many sections repeat it."""
    seen: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(archive.namelist())
        for name in (name for kind in _BESIDE for name in names if kind.fullmatch(name)):
            for paragraph in hidden.tree(archive, name).iter(f"{_W}p"):
                text = _text(paragraph, styles)
                if text and text not in seen:
                    seen.add(text)
                    yield text


def _inside(element: Any, *names: str) -> Iterator[Any]:
    """Children of these names, those in content controls and other wrappings with them."""
    for child in element.iterchildren():
        if child.tag in [f"{_W}{name}" for name in names]:
            yield child
        elif child.tag in _WRAPPINGS:
            yield from _inside(child, *names)


def _cells(row: _Element, styles: runs.Styles) -> Iterator[grid.Cell]:
    """A deleted row says nothing, but a merged cell may go through it."""
    if before := grid.count(runs.named(row, "trPr/gridBefore"), 0):
        yield grid.Cell("", before)
    gone = row.find(f"{_W}trPr/{_W}del") is not None
    for cell in _inside(row, "tc"):
        text = "" if gone else _joined(cell, styles)
        columns = max(1, grid.count(runs.named(cell, "tcPr/gridSpan")))
        yield grid.Cell(text, columns, joined=_way(cell))


def _way(cell: _Element) -> Literal["", "left", "above"]:
    return "left" if _goes_on(cell, "hMerge") else "above" if _goes_on(cell, "vMerge") else ""


def _goes_on(cell: _Element, way: str) -> bool:
    mark = cell.find(f"{_W}tcPr/{_W}{way}")
    return mark is not None and mark.get(f"{_W}val") != "restart"


def _joined(cell: _Element, styles: runs.Styles) -> str:
    return " ".join(filter(None, (_text(paragraph, styles) for paragraph in cell.iter(f"{_W}p"))))


def _text(paragraph: _Element, styles: runs.Styles) -> str:
    hides = runs.hides(runs.named(paragraph, "pPr/pStyle"), styles)
    return "" if hides else "".join(_pieces(paragraph, styles)).strip()


def _pieces(element: _Element, styles: runs.Styles) -> Iterator[str]:
    """Text of runs, insertions and text boxes; python-docx's own `text` knows only the first."""
    for child in element.iterchildren():
        if child.tag == f"{_W}t":
            yield runs.written(child.text or "", element, styles)
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag == f"{_W}r" and runs.is_hidden(child, styles):
            continue
        elif child.tag == f"{_W}p":
            yield f"\n{_text(child, styles)}\n"
        elif child.tag not in (_FALLBACK, f"{_W}pPr", f"{_W}rPr", f"{_W}del", f"{_W}moveFrom"):
            yield from _pieces(child, styles)


def read_pptx(data: bytes) -> str:
    """Slide by slide, without hidden ones: title marked with #, text, tables, then the speaker's notes.

    Struck-out text is left out.
    """
    from pptx import Presentation

    check_archive(data)
    slides: list[str] = []
    for slide in Presentation(io.BytesIO(data)).slides:
        if slide._element.get("show") in ("0", "false"):
            continue
        _stand(slide._element)
        title = slide.shapes.title
        title = None if title is not None and hidden.is_hidden_shape(title._element) else title
        blocks = [f"# {' '.join(title.text.split())}"] if title is not None and title.text.strip() else []
        skip = title.shape_id if title is not None else -1
        blocks += [text for shape in slide.shapes if shape.shape_id != skip for text in _shape(shape)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            _stand(slide.notes_slide._element)
            notes = slide.notes_slide.notes_text_frame.text.strip()
            blocks += [f"Notes: {notes}"] if notes else []
        slides.append("\n".join(blocks))
    return "\n\n".join(slide for slide in slides if slide)


def _stand(slide: _Element) -> None:
    """Takes what is struck out from a slide or the notes below it, and raises and lowers figures as they are shown."""
    for marks in slide.iter(f"{_A}rPr"):
        text = marks.getparent().find(f"{_A}t")
        if text is not None and text.text:
            text.text = "" if hidden.is_struck(marks) else _placed(text.text, marks.get("baseline", "0"))


def _placed(text: str, baseline: str) -> str:
    """`baseline` is how far above the line it stands, in percent or thousandths of it; below with a minus."""
    place = "subscript" if baseline.startswith("-") else "superscript"
    return scripts.shown(text, place if re.search("[1-9]", baseline) else None)


def _shape(shape: Any) -> Iterator[str]:
    if hidden.is_hidden_shape(shape._element):
        return
    if hasattr(shape, "shapes"):
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield tabular.render(grid.spread(map(_row, shape.table.rows)))
    elif getattr(shape, "has_text_frame", False):
        lines = (" ".join(paragraph.text.split()) for paragraph in shape.text_frame.paragraphs)
        yield from (line for line in lines if line)


def _row(row: Any) -> Iterator[grid.Cell]:
    """What a merged cell covers stands in the row as well, marked, but is not shown."""
    for cell in row.cells:
        yield grid.Cell(cell.text, joined="left" if cell._tc.hMerge else "above" if cell._tc.vMerge else "")


def read_xlsx(data: bytes) -> str:
    """Visible rows and columns of visible sheets, values as last calculated, as `header: value` lines.

    Struck-out cells, and struck-out words of the others, are left out.
    """
    parts: list[str] = []
    for title, lines in sheets(data, heads=True):
        body = tabular.render(values for _, values in lines)
        if body:
            parts.append(f"# {title}\n\n{body}")
    return "\n\n".join(parts)


def sheets(
    data: bytes, *, heads: bool = False, veiled: bool = False
) -> Iterator[tuple[str, Iterator[tuple[int, Sequence[object]]]]]:
    """Visible sheets by title, each the visible cells of its visible rows by row number. Raises Unfit.

    `heads` makes one header of two rows below merged cells, for those who read a sheet as text. `veiled` also gives
    hidden columns, for those who ask what is kept from them.
    """
    from openpyxl import load_workbook

    check_archive(data)
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False, rich_text=True)
    if not book.sheetnames:
        raise Unfit(Reason.UNSUPPORTED, "a workbook in strict OOXML; save it as an ordinary .xlsx")
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            sheet.reset_dimensions()
            yield sheet.title, _shown(sheet, data, heads, veiled)


def _shown(sheet: Any, data: bytes, heads: bool, veiled: bool) -> Iterator[tuple[int, Sequence[object]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = archive.read(sheet._worksheet_path)
    (rows, columns), merged = hidden.hidden_lines(part), ranges.merged(part)
    columns = frozenset() if veiled else columns
    values = _values(sheet, part)
    if merged:
        lines = list(values)
        shown = [column for column in range(1, ranges.width(lines) + 1) if column not in columns]
        yield from ranges.spread(lines, merged, shown, rows, heads)
        return
    for number, line in enumerate(values, 1):
        if number not in rows:
            yield number, [value for column, value in enumerate(line, 1) if column not in columns]


def _values(sheet: Any, part: bytes) -> Iterator[list[object]]:
    known, strings = fonts.of_styles(sheet.parent), fonts.inline(part)
    for cells in sheet.iter_rows():
        yield [_value(cell, fonts.shown(cell, known, strings)) for cell in cells]


def _value(cell: Any, value: Any) -> object:
    """As it is shown where that says something else: a day without an hour, 0.05 in a format of percent as 5%."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time.min else value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and _PERCENT.fullmatch((cell.number_format or "").partition(";")[0]):
        return f"{value * 100:.12g}%"
    return value
