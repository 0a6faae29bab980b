"""Which reader opens which file: the one list of formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from flows.ingest import hidden, mail, pdf, plain, tabular, web
from flows.ingest.examples import columnar, rows, sheets
from flows.ingest.office import ooxml
from flows.ingest.reading import Reading, Refusal, Unfit, Unit, refused
from registry.records import Reason

_OOXML = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": f"{_OOXML}.wordprocessingml.document",
    ".pptx": f"{_OOXML}.presentationml.presentation",
    ".xlsx": f"{_OOXML}.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".html": "text/html",
    ".htm": "text/html",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".eml": "message/rfc822",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/x-ndjson",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".arrow": "application/vnd.apache.arrow.file",
    ".feather": "application/vnd.apache.arrow.file",
}
_TEXT_READERS = {
    ".pdf": pdf.read,
    ".docx": ooxml.read_docx,
    ".pptx": ooxml.read_pptx,
    ".xlsx": ooxml.read_xlsx,
    ".csv": tabular.read_csv,
    ".tsv": tabular.read_csv,
    ".html": web.read,
    ".htm": web.read,
    ".md": plain.read,
    ".markdown": plain.read,
    ".txt": plain.read,
    ".text": plain.read,
}
_ROW_READERS = {
    ".jsonl": rows.read_jsonl,
    ".ndjson": rows.read_jsonl,
    ".json": rows.read_json,
    ".parquet": columnar.read_parquet,
    ".arrow": columnar.read_arrow,
    ".feather": columnar.read_arrow,
}
ROWS = frozenset(_ROW_READERS)
"""Files of rows alone; a table may be one as well."""
_PACKED = frozenset((".gz", ".zst", ".bz2", ".xz", ".zip"))


def read(data: bytes, suffix: str, max_characters: int, columns: Mapping[str, str] | None = None) -> Reading:
    """Read one file's bytes by the suffix of its name. Every way to fail becomes a refusal.

    `columns` says which column of a table is which field of a row. Empty: its header may say it. None: it is a text.
    """
    try:
        reading = _without_long(_read(data, suffix, columns), max_characters)
    except Unfit as unfit:
        return refused(unfit.reason, unfit.detail)
    except MemoryError:
        return refused(Reason.TOO_LARGE, "needs more memory than allowed")
    except RecursionError:
        return refused(Reason.CORRUPT, "nested too deeply")
    except Exception as error:  # noqa: BLE001 - one document of a batch: parsers of hostile files raise anything
        return refused(Reason.CORRUPT, f"the parser gave up: {type(error).__name__}")
    return reading


def _without_long(reading: Reading, most: int) -> Reading:
    """A row that is too long is refused by its number; a text that is, with its file."""
    long = [unit for unit in reading.units if unit.characters > most]
    if any(unit.unit == 0 or not unit.shape for unit in long):
        raise Unfit(Reason.TOO_LARGE, f"a text of more than {most:,} characters")
    if not long:
        return reading
    detail = f"a row of more than {most:,} characters"
    refused = (Refusal(what="row", place=f":{unit.unit}", reason=Reason.TOO_LARGE, detail=detail) for unit in long)
    kept = tuple(unit for unit in reading.units if unit.characters <= most)
    return reading.model_copy(update={"units": kept, "refusals": (*reading.refusals, *refused)})


def _read(data: bytes, suffix: str, columns: Mapping[str, str] | None) -> Reading:
    if suffix not in MEDIA_TYPES:
        name = suffix or "files without a suffix"
        raise Unfit(Reason.UNSUPPORTED, f"no reader for {name}{': unpack it' if suffix in _PACKED else ''}")
    if not data.strip():
        raise Unfit(Reason.EMPTY, "the file holds nothing")
    if suffix in ROWS:
        return _rows_or_empty(_ROW_READERS[suffix](data))
    if suffix == ".eml":
        return _mail(data)
    if columns is not None and suffix in sheets.TABLES:
        found = sheets.read_rows(data, suffix, columns)
        if found is not None:
            return _rows_or_empty(found).model_copy(update={"dropped": _dropped(data, suffix)})
    return Reading(units=(_text_unit(_TEXT_READERS[suffix](data), 0),), dropped=_dropped(data, suffix))


def _dropped(data: bytes, suffix: str) -> dict[str, int]:
    try:
        return hidden.count(data, suffix)
    except Exception:  # noqa: BLE001 - a part that nobody reads may be broken: the text of the file stands
        return {"unreadable part": 1}


def _rows_or_empty(reading: Reading) -> Reading:
    if not reading.units and not reading.refusals:
        raise Unfit(Reason.EMPTY, "the file holds no row")
    return reading


def _text_unit(text: str, number: int) -> Unit:
    text = plain.tidy(text)
    if not text.strip():
        raise Unfit(Reason.EMPTY, "no visible text")
    return Unit(kind="text", unit=number, text=text)


def _mail(data: bytes) -> Reading:
    """The message is unit 0; each attachment that can be read is the unit of its number, each other one a refusal."""
    text, attachments = mail.read(data)
    units = [_text_unit(text, 0)]
    refusals: list[Refusal] = []
    dropped = Counter(_dropped(data, ".eml"))
    for number, (suffix, payload) in enumerate(attachments, 1):
        try:
            if suffix not in _TEXT_READERS:
                raise Unfit(Reason.UNSUPPORTED, "an attachment without a reader")
            if not payload.strip():
                raise Unfit(Reason.EMPTY, "the attachment holds nothing")
            units.append(_text_unit(_TEXT_READERS[suffix](payload), number))
            dropped.update(_dropped(payload, suffix))
        except Unfit as unfit:
            refusals.append(_attachment(number, unfit.reason, unfit.detail))
        except Exception as error:  # noqa: BLE001 - as in `read`: a broken attachment leaves the message standing
            refusals.append(_attachment(number, Reason.CORRUPT, f"the parser gave up: {type(error).__name__}"))
    return Reading(units=tuple(units), refusals=tuple(refusals), dropped=dict(sorted(dropped.items())))


def _attachment(number: int, reason: Reason, detail: str) -> Refusal:
    return Refusal(what="document", place=f"#{number}", reason=reason, detail=detail)
