"""PDF through PDFium: the text layer, page by page, then what stands in form fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flows.ingest.reading import Unfit
from registry.records import Reason

if TYPE_CHECKING:
    import pypdfium2

_MAX_PAGES = 2_000
_MAX_FIELD_BYTES = 20_000


def read(data: bytes) -> str:
    """Text of all pages. Raises Unfit when encrypted, corrupt, too long or without a text layer."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Unfit(Reason.ENCRYPTED, "protected by a password") from error
        raise Unfit(Reason.CORRUPT, "not a sound PDF") from error
    if len(document) > _MAX_PAGES:
        raise Unfit(Reason.TOO_LARGE, f"{len(document):,} pages")
    pages: list[str] = []
    for number in range(len(document)):
        try:
            page = document[number]
            pages += [page.get_textpage().get_text_bounded(), "\n".join(_fields(page))]
        except pypdfium2.PdfiumError as error:
            raise Unfit(Reason.CORRUPT, f"page {number + 1} can't be read") from error
    text = "\n\n".join(page.replace("\ufffe", "").replace("\x02", "") for page in pages if page)
    if not text.strip():
        raise Unfit(Reason.EMPTY, "no text layer; scanned pages need OCR first")
    return text


def _fields(page: pypdfium2.PdfPage) -> Iterator[str]:
    """`name: value` of each filled form field, which is no part of the text layer."""
    import pypdfium2.raw as pdfium

    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
            name, value = _string(annotation, b"TU") or _string(annotation, b"T"), _string(annotation, b"V")
            if value and value != "Off":
                yield f"{name}: {value}" if name else value
        pdfium.FPDFPage_CloseAnnot(annotation)


def _string(annotation: object, key: bytes) -> str:
    import ctypes

    import pypdfium2.raw as pdfium

    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if size <= 2 or size > _MAX_FIELD_BYTES:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, size)
    return " ".join(bytes(buffer).decode("utf-16-le", errors="replace").rstrip("\0").split())
