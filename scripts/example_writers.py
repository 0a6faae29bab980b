"""Writers of office formats that give the same bytes each time: times and producers are pinned."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

Row = tuple[str, ...]
_WHEN = datetime(2026, 1, 5, 9, 0, 0)
_ZIP_TIME = (2026, 1, 5, 9, 0, 0)


def write_text(path: Path, title: str, paragraphs: list[str]) -> None:
    """Plain text or Markdown, by the file's ending."""
    head = f"# {title}" if path.suffix == ".md" else title
    path.write_text("\n\n".join([head, *paragraphs]) + "\n", encoding="utf-8")


def write_html(path: Path, title: str, paragraphs: list[str]) -> None:
    """One HTML page of headed paragraphs."""
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    path.write_text(
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>\n{body}\n</body></html>\n", encoding="utf-8",
    )  # fmt: skip


def write_docx(path: Path, title: str, paragraphs: list[str]) -> None:
    """One DOCX with a heading."""
    import docx

    document = docx.Document()
    document.core_properties.author = "Northquay Bank"
    document.core_properties.created = document.core_properties.modified = _WHEN
    if title:
        document.add_heading(title, 1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    buffer = io.BytesIO()
    document.save(buffer)
    _repack(buffer.getvalue(), path)


def write_pptx(path: Path, title: str, slides: list[tuple[str, list[str]]]) -> None:
    """One deck: a title slide and a bullet slide for each (heading, bullets)."""
    import pptx

    deck = pptx.Presentation()
    deck.core_properties.author = "Northquay Bank"
    deck.core_properties.created = deck.core_properties.modified = _WHEN
    deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = title
    for heading, bullets in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = heading
        slide.placeholders[1].text = "\n".join(bullets)
    buffer = io.BytesIO()
    deck.save(buffer)
    _repack(buffer.getvalue(), path)


def write_xlsx(path: Path, title: str, rows: Sequence[Row]) -> None:
    """One workbook with one sheet; the first row is the header."""
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    book = Workbook()
    book.properties.creator = "Northquay Bank"
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.properties.created = book.properties.modified = _WHEN
    book.save(buffer)
    _repack(buffer.getvalue(), path)


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """One CSV; the first row is the header."""
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)


def write_pdf(path: Path, title: str, paragraphs: list[str], password: str | None = None) -> None:
    """One PDF without times or random ids; encrypted when a password is given."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    encrypt = StandardEncryption(password, ownerPassword=password) if password else None
    styles = getSampleStyleSheet()
    document = SimpleDocTemplate(str(path), title=title, author="Northquay Bank", invariant=1, encrypt=encrypt)
    parts = [Paragraph(title, styles["Title"])]
    for paragraph in paragraphs:
        parts += [Paragraph(paragraph, styles["BodyText"]), Spacer(1, 8)]
    document.build(parts)


def write_eml(path: Path, headers: dict[str, str], body: str) -> None:
    """One plain-text mail."""
    message = EmailMessage()
    for name, value in headers.items():
        message[name] = value
    message.set_content(body, cte="8bit")
    path.write_bytes(message.as_bytes())


def _repack(content: bytes, path: Path) -> None:
    import re

    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-05T09:00:00Z", part)
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, part)
