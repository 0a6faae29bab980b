"""Columns of names in a table whose header is missing or unknown: where most cells are names, so are the others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from governance.pii.cells.tables import Cell
from governance.pii.cells.values import value_end
from governance.pii.naming.names import PARTICLES
from governance.pii.words import listed_names
from governance.pii.words.labels import Label, label

LEAST_ROWS = 4
MOST = 0.5
"""More than this share of a column's cells must be known for names: the lists have no more than the common ones."""
_LEAST_NAMES = 3
"""Different ones: a column that says one thing over and over is a category."""
_WORD = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")
_PERSON = Label("PERSON", "in_context")


def named(table: Sequence[Sequence[Cell]]) -> tuple[Label | None, ...]:
    """By column of rows that have as many cells: PERSON, or None where most cells are no names."""
    if len(table) < LEAST_ROWS:
        return ()
    return tuple(_PERSON if _is_of_people(column) else None for column in zip(*table, strict=True))


def heads(row: Sequence[Cell], labels: Sequence[Label | None]) -> bool:
    """Whether the first row says what the columns hold: no number stands in it, and no name over the names."""
    over = [cell for cell, one in zip(row, labels, strict=True) if one is not None]
    return not any(map(_is_name, over)) and not any(c.isdigit() for cell in row for c in cell.text)


def in_a_form(row: Sequence[Cell]) -> bool:
    """Whether what stands beside the labels of a line are names: `Surname | Weber | Anna`."""
    words = [_WORD.findall(cell.text) for cell in row if cell.text and label(cell.text) is None]
    given = any(listed_names.is_given(word) for cell in words for word in cell)
    return given or (bool(words) and all(cell and all(map(listed_names.is_listed, cell)) for cell in words))


def of_people(cells: Sequence[Cell]) -> bool:
    """Whether all of these may be names of two words or more, and the lists know one."""
    whole = (len(_WORD.findall(cell.text)) > 1 and value_end("PERSON", "likely", cell.text) for cell in cells)
    return any(map(_is_name, cells)) and all(whole)


def _is_of_people(column: Sequence[Cell]) -> bool:
    filled = [cell for cell in column if cell.text]
    known = {cell.text for cell in filled if _is_name(cell)}
    share = sum(cell.text in known for cell in filled)
    return len(known) >= _LEAST_NAMES and share > MOST * len(filled)


def _is_name(cell: Cell) -> bool:
    """A name of which the lists have a given name, or every word."""
    words = [word for word in _WORD.findall(cell.text) if word not in PARTICLES]
    if not words or label(cell.text) is not None or not value_end("PERSON", "in_context", cell.text):
        return False
    return all(map(listed_names.is_listed, words)) or (len(words) > 1 and any(map(listed_names.is_given, words)))
