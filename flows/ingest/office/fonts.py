"""Fonts of a workbook: what they strike out does not stand, and a figure that they raise is no digit.

A run of a string that names no font is in its cell's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flows.ingest import hidden, scripts

if TYPE_CHECKING:
    from openpyxl.cell.rich_text import CellRichText
    from openpyxl.styles import Font


def of_styles(book: Any) -> Mapping[int, Font]:
    """The fonts of cells by the number of their style."""
    every = list(book._fonts)
    return {number: every[style.fontId] for number, style in enumerate(book._cell_styles) if style.fontId < len(every)}


def inline(sheet: bytes) -> Mapping[str, CellRichText]:
    """By their cells, the strings with runs that a worksheet part holds itself, of which openpyxl keeps no fonts."""
    from openpyxl.cell.rich_text import CellRichText

    cells = hidden.elements(sheet, b"rPr", "c")
    strings = ((cell.get("r", ""), cell.find(f"{hidden.S}is")) for cell in cells)
    runs = ((place, CellRichText.from_tree(string)) for place, string in strings if string is not None)
    return {place: string for place, string in runs if isinstance(string, CellRichText)}


def shown(cell: Any, fonts: Mapping[int, Font], strings: Mapping[str, CellRichText]) -> object:
    """The value of a cell but for what is struck out, figures raised or lowered as they are shown."""
    from openpyxl.cell.rich_text import CellRichText

    if cell.value is None:
        return None
    font = fonts.get(cell._style_id)
    value = strings.get(cell.coordinate, cell.value) if strings else cell.value
    if isinstance(value, CellRichText):
        return "".join(_standing(str(run), getattr(run, "font", font)) for run in value)
    if isinstance(value, str):
        return _standing(value, font)
    return None if font and font.strike else value


def _standing(text: str, font: Font | None) -> str:
    if font is None:
        return text
    return "" if font.strike else scripts.shown(text, font.vertAlign)
