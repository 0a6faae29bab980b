"""What a Word document shows is read whole, and nothing that it hides."""

from __future__ import annotations

import io

import pytest

from flows.ingest import formats

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_BOX = (
    f'<w:r {_W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:AlternateContent><mc:Choice>'
    "<w:txbxContent><w:p><w:r><w:t>Client: Ann Low</w:t></w:r></w:p><w:p><w:r><w:t>DOB 3 May 1970</w:t></w:r></w:p>"
    "</w:txbxContent></mc:Choice></mc:AlternateContent></w:r>"
)


def control(inner: str) -> str:
    return f"<w:sdt {_W}><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def run(text: str, marks: str = "") -> str:
    return f"<w:r {_W}><w:rPr>{marks}</w:rPr><w:t>{text}</w:t></w:r>"


CELL = control(f"<w:tc><w:p>{run('Ann')}</w:p></w:tc>")
NOT_HIDDEN = '<w:vanish w:val="0"/>'


def read(*elements: str) -> str:
    """The text of a document that has these elements in its body, and a style `Ghost` that hides."""
    from docx import Document
    from docx.oxml import parse_xml

    document = Document()
    for style in ("Ghost", "Child"):
        document.styles.add_style(style, 1)
    document.styles["Ghost"].element.get_or_add_rPr().append(parse_xml(f"<w:vanish {_W}/>"))
    document.styles["Child"].base_style = document.styles["Ghost"]
    for element in elements:
        document.element.body.insert_element_before(parse_xml(element), "w:sectPr")
    buffer = io.BytesIO()
    document.save(buffer)
    return formats.read(buffer.getvalue(), ".docx", 10_000).units[0].text or ""


@pytest.mark.parametrize(
    ("element", "text"),
    [
        (control(f"<w:p {_W}>{run('In a control')}</w:p>"), "In a control"),
        (f"<w:p {_W}>{control(run('In a line'))}</w:p>", "In a line"),
        (
            f"<w:tbl {_W}><w:tr><w:tc><w:p>{run('Name')}</w:p></w:tc>{CELL}</w:tr></w:tbl>",
            "Name | Ann",
        ),
        (f"<w:p {_W}>{run('Shown', NOT_HIDDEN)}</w:p>", "Shown"),
        (f"<w:p {_W}>{run('Garrick')}<w:r><w:noBreakHyphen/></w:r>{run('Tann')}</w:p>", "Garrick-Tann"),
        (f"<w:p {_W}>{run('before')}{_BOX}{run('after')}</w:p>", "before\nClient: Ann Low\n\nDOB 3 May 1970\nafter"),
    ],
)
def test_all_that_is_shown_is_read(element: str, text: str) -> None:
    assert read(element) == text


@pytest.mark.parametrize("style", ["Ghost", "Child"])
def test_what_a_style_hides_stays_out(style: str) -> None:
    hidden = f'<w:p {_W}><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run("Secretly")}</w:p>'

    assert read(f"<w:p {_W}>{run('Openly')}</w:p>", hidden) == "Openly"
