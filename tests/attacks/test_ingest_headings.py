"""A Word file whose heading styles are named to hurt."""

from __future__ import annotations

import io

import pytest
from docx import Document
from docx.enum.style import WD_STYLE_TYPE

from flows.ingest import formats


@pytest.mark.parametrize("level", ["999999999", "²", "0", "-1"])
def test_a_heading_of_an_absurd_level_is_plain_text(level: str) -> None:
    document = Document()
    document.styles.add_style(f"Heading {level}", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Client money", style=f"Heading {level}")
    file = io.BytesIO()
    document.save(file)

    reading = formats.read(file.getvalue(), ".docx", 1000)

    assert [unit.text for unit in reading.units] == ["Client money"]
