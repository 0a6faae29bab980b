"""PDF through PDFium: the text layer, page by page."""

from __future__ import annotations

from flows.ingest.reading import Unfit
from registry.records import Reason

_MAX_PAGES = 2_000


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
            pages.append(document[number].get_textpage().get_text_bounded())
        except pypdfium2.PdfiumError as error:
            raise Unfit(Reason.CORRUPT, f"page {number + 1} can't be read") from error
    text = "\n\n".join(page.replace("\ufffe", "").replace("\x02", "") for page in pages)
    if not text.strip():
        raise Unfit(Reason.EMPTY, "no text layer; scanned pages need OCR first")
    return text
