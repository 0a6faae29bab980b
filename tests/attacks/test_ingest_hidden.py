"""What files carry besides their text never gets into the run: its makers, its deletions, its hidden parts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from openpyxl import Workbook

from flows.ingest import formats, hidden
from flows.ingest.reading import Reading

SECRET = "Zebulon Quackenbush"
"""A name that stands only where nobody reads."""
_NS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def rewritten(data: bytes, changes: dict[str, Callable[[str], str]]) -> bytes:
    """The archive with some of its members changed, or added when they are missing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, changes[name](text.decode()) if name in changes else text)
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name](""))
    return buffer.getvalue()


def word() -> bytes:
    from docx import Document

    document = Document()
    document.add_paragraph("The visible body.")
    document.sections[0].header.paragraphs[0].text = "Header of Acme"
    document.sections[0].footer.paragraphs[0].text = "Footer of Acme"
    document.core_properties.author = document.core_properties.last_modified_by = SECRET
    run = document.paragraphs[0].add_run(SECRET)
    run.font.hidden = True
    document.add_comment(document.paragraphs[0].runs[0], text=f"Ask {SECRET}", author=SECRET, initials="ZQ")
    buffer = io.BytesIO()
    document.save(buffer)
    tracked = (
        f'<w:p><w:del w:author="{SECRET}"><w:r><w:delText>{SECRET}</w:delText><w:t>{SECRET}</w:t></w:r></w:del>'
        f'<w:moveFrom w:author="{SECRET}"><w:r><w:t>{SECRET}</w:t></w:r></w:moveFrom>'
        f'<w:ins w:author="{SECRET}"><w:r><w:t>An insertion.</w:t></w:r></w:ins></w:p>'
        f'<w:tbl><w:tr><w:trPr><w:del w:author="{SECRET}"/></w:trPr><w:tc><w:p><w:r><w:t>{SECRET}</w:t></w:r></w:p>'
        "</w:tc></w:tr></w:tbl><w:sectPr"
    )
    notes = f"<w:footnotes {_NS}><w:footnote><w:p><w:r><w:t>A footnote.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    return rewritten(
        buffer.getvalue(),
        {
            "word/document.xml": lambda xml: xml.replace("<w:sectPr", tracked, 1),
            "word/footnotes.xml": lambda _: notes,
        },
    )


def slides() -> bytes:
    from pptx import Presentation

    deck = Presentation()
    for title in ("Visible slide", SECRET):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
    off = deck.slides[0].shapes.add_textbox(0, 0, 9, 9)
    off.text_frame.text = SECRET
    off._element.nvSpPr.cNvPr.set("hidden", "1")
    slide._element.set("show", "0")
    deck.core_properties.author = SECRET
    deck.slides[0].notes_slide.notes_text_frame.text = "Say this"
    buffer = io.BytesIO()
    deck.save(buffer)
    return rewritten(
        buffer.getvalue(),
        {"ppt/comments/comment1.xml": lambda _: f"<a><comment><text>{SECRET}</text></comment></a>"},
    )


def sheets() -> bytes:
    from openpyxl.comments import Comment
    from openpyxl.workbook.defined_name import DefinedName

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["Item", "Owner", "Price"], ["Desk", SECRET, 70], [SECRET, "x", 80], ["Lamp", SECRET, 90]):
        sheet.append(line)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet["A1"].comment = Comment(SECRET, SECRET)
    book.create_sheet("People").append([SECRET])
    book["People"].sheet_state = "veryHidden"
    book.defined_names["owner"] = DefinedName("owner", attr_text=f'"{SECRET}"')
    book.properties.creator = book.properties.lastModifiedBy = SECRET
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def portable() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setAuthor(SECRET)
    canvas.setTitle(f"Letter to {SECRET}")
    canvas.drawString(72, 700, "The visible page.")
    canvas.textAnnotation(f"Ask {SECRET}", (72, 600, 100, 620))
    canvas.acroForm.textfield(name="Surname", value="Okafor", x=72, y=500)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def page() -> bytes:
    return (
        f"<html><head><meta name='author' content='{SECRET}'><title>T</title></head>"
        f"<body><!-- {SECRET} --><p>The visible page.</p><p hidden>{SECRET}</p>"
        f"<p style='position:absolute; left: -9999px'>{SECRET}</p><p style='color:transparent'>{SECRET}</p>"
        "</body></html>"
    ).encode()


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Leave"
    message["X-Originating-User"], message["Return-Path"] = SECRET, "<z@example.org>"
    message.set_content("The visible message.")
    office = "vnd.openxmlformats-officedocument.wordprocessingml.document"
    message.add_attachment(word(), maintype="application", subtype=office, filename=f"cv {SECRET}.docx")
    return bytes(message)


CARRIERS: dict[str, tuple[Callable[[], bytes], set[str], list[str]]] = {
    ".docx": (word, {"comment", "deletion", "hidden text", "property"},
              ["The visible body.", "An insertion.", "A footnote.", "Header of Acme", "Footer of Acme"]),
    ".pptx": (slides, {"comment", "hidden shape", "hidden slide", "property"}, ["# Visible slide", "Notes: Say this"]),
    ".xlsx": (sheets, {"comment", "defined name", "hidden column", "hidden row", "hidden sheet", "property"},
              ["Item: Desk; Price: 70", "Item: Lamp; Price: 90"]),
    ".pdf": (portable, {"annotation", "property"}, ["The visible page.", "Surname: Okafor"]),
    ".html": (page, {"comment", "property"}, ["The visible page."]),
    ".eml": (mail, {"comment", "deletion", "hidden text", "mail header", "property"},
             ["From: a@example.org", "The visible message.", "The visible body."]),
}  # fmt: skip


def read(data: bytes, suffix: str) -> Reading:
    return formats.read(data, suffix, max_characters=100_000)


@pytest.mark.parametrize("suffix", CARRIERS)
def test_pii_in_hidden_parts_of_a_file_never_comes_out_of_its_reader(suffix: str) -> None:
    make, kinds, visible = CARRIERS[suffix]

    reading = read(make(), suffix)

    text = "\n".join(unit.text or "" for unit in reading.units)
    assert not any(word in reading.model_dump_json() for word in SECRET.split())
    assert all(line in text for line in visible), text
    assert kinds == set(reading.dropped)


def test_pii_in_hidden_parts_is_counted_part_by_part() -> None:
    dropped = read(sheets(), ".xlsx").dropped

    assert dropped.pop("property") >= 2
    assert dropped == {"comment": 1, "defined name": 1, "hidden column": 1, "hidden row": 1, "hidden sheet": 1}


def test_a_file_whose_properties_are_broken_is_read_and_says_so() -> None:
    data = rewritten(word(), {"docProps/app.xml": lambda _: "<not xml"})

    reading = read(data, ".docx")

    assert "The visible body." in (reading.units[0].text or "")
    assert reading.dropped == {"unreadable part": 1}


def test_entities_in_a_hidden_part_are_not_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "%s"><!ENTITY c "&b;&b;&b;&b;">]><a><p>&c;&c;&c;&c;</p></a>' % ("x" * 9999)
    data = rewritten(word(), {"docProps/custom.xml": lambda _: bomb})

    assert sum(hidden.count(data, ".docx").values()) < 50


def test_what_is_attached_to_a_forwarded_message_is_read_or_refused_by_number() -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"], outer["From"] = "a@example.org", "b@example.org"
    inner.set_content("The message inside.")
    inner.add_attachment(b"The letter inside.", maintype="text", subtype="plain", filename="letter.txt")
    inner.add_attachment(b"x", maintype="image", subtype="png", filename="scan.png")
    outer.set_content("See below.")
    outer.add_attachment(inner)

    reading = read(bytes(outer), ".eml")

    assert [unit.text for unit in reading.units][1:] == ["The letter inside."]
    assert [refusal.place for refusal in reading.refusals] == ["#2"]


def test_the_name_of_an_attachment_goes_no_further_than_the_mail() -> None:
    message = EmailMessage()
    message["From"] = "a@example.org"
    message.set_content("See the files.")
    files = [("bin", b"x"), ("txt", b"Read."), ("txt", b" "), ("pdf", b"%PDF-1.7 nothing"), ("txt", b"Too.")]
    for name, content in files:
        named = f"Krankmeldung Anna Weber 04.07.1983.{name}"
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=named)

    reading = read(bytes(message), ".eml")

    assert "Weber" not in reading.model_dump_json()
    assert [(unit.unit, unit.text) for unit in reading.units][1:] == [(2, "Read."), (5, "Too.")]
    assert [refusal.place for refusal in reading.refusals] == ["#1", "#3", "#4"]


@pytest.mark.parametrize("style", ["left: 12px", "background-color: transparent", "margin-left:-100px", "top:-5px"])
def test_a_style_that_hides_nothing_hides_nothing(style: str) -> None:
    text = read(f"<p style='{style}'>Seen by everybody</p>".encode(), ".html").units[0].text

    assert text == "Seen by everybody"


_HEAD, _ASIA = "<tr><th>Region<th>Owner<th>Fee</tr>", "<tr><td>Asia<td>Roe<td>1 %</tr>"
_EUROPE = "<tr><td>Europe<td>Poe<td>2 %</tr>"


@pytest.mark.parametrize("way", ["hidden", "style='display: none'", "style='visibility:hidden'", "aria-hidden='true'"])
@pytest.mark.parametrize("table", [
    "{head}{asia}<tr {way}><td>Zebulon<td>Quackenbush<td>9 %</tr>{europe}",
    "<thead>{head}</thead><tbody>{asia}</tbody><tbody {way}><tr><td>Zebulon<td>x<td>9 %</tr></tbody><tbody>{europe}",
    "{head}{asia}<form {way}><tr><td>Zebulon<td>x<td>9 %</tr></form>{europe}",
])  # fmt: skip
def test_hidden_rows_and_sections_of_a_pages_table_are_not_read(table: str, way: str) -> None:
    rows = table.format(head=_HEAD, asia=_ASIA, europe=_EUROPE, way=way)

    text = read(f"<p>Fees</p><table>{rows}</table>".encode(), ".html").units[0].text or ""

    assert "Zebulon" not in text
    assert "Fee: 1 %" in text
    assert "Fee: 2 %" in text


@pytest.mark.parametrize(("cells", "line"), [
    ("<td hidden colspan=2>Zebulon<td>Asia<td>Roe<td>1 %", "Region: Asia; Owner: Roe; Fee: 1 %"),
    ("<td style='display:none'>Zebulon<td>Asia<td>Roe<td>1 %", "Region: Asia; Owner: Roe; Fee: 1 %"),
    ("<td>Asia<td style='visibility:hidden'>Zebulon<td>1 %", "Region: Asia; Fee: 1 %"),
])  # fmt: skip
def test_a_hidden_cell_is_not_read_and_moves_no_other_under_a_wrong_name(cells: str, line: str) -> None:
    text = read(f"<table>{_HEAD}{_EUROPE}<tr>{cells}</tr></table>".encode(), ".html").units[0].text or ""

    assert text.split("\n")[-1] == line


@pytest.mark.parametrize("way", ["hidden", "style='display:none'"])
def test_a_merged_cell_of_a_row_that_is_not_shown_reaches_into_no_other(way: str) -> None:
    rows = f"{_HEAD}<tr {way}><td rowspan=3>Zebulon<td>x<td>9 %</tr>{_ASIA}{_EUROPE}"

    text = read(f"<table>{rows}</table>".encode(), ".html").units[0].text or ""

    assert text.split("\n")[1:] == ["Region: Asia; Owner: Roe; Fee: 1 %", "Region: Europe; Owner: Poe; Fee: 2 %"]


def test_the_caption_of_a_pages_table_is_a_line_before_its_rows() -> None:
    caption = "<caption>Fees of <b>2026</b>,<br>in percent</caption>"

    table, inner = f"<table>{caption}{_HEAD}{_ASIA}</table>", f"<table>{_HEAD}{_ASIA}</table>"

    lines = _lines(f"<p>Terms</p>{table}<p>End</p>")
    around = _lines(f"<table>{caption}<tr><td>{inner}</table>")

    rows = ["Region | Owner | Fee", "Region: Asia; Owner: Roe; Fee: 1 %"]
    assert lines == ["Terms", "Fees of 2026, in percent", *rows, "End"]
    assert around[:2] == ["Fees of 2026,", "in percent"], "of a table that lays out others too"


@pytest.mark.parametrize("way", ["hidden", "style='display:none'", "aria-hidden='true'"])
def test_a_hidden_caption_is_not_read(way: str) -> None:
    lines = _lines(f"<table><caption {way}>Zebulon</caption>{_HEAD}{_ASIA}</table>")

    assert lines == ["Region | Owner | Fee", "Region: Asia; Owner: Roe; Fee: 1 %"]


def _lines(page: str) -> list[str]:
    return [line for line in (read(page.encode(), ".html").units[0].text or "").split("\n") if line]


def hidden_column(letter: str, *lines: list[object]) -> bytes:
    workbook = Workbook()
    for line in lines:
        workbook.worksheets[0].append(line)
    workbook.worksheets[0].column_dimensions[letter].hidden = True
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


@pytest.mark.parametrize("name", ["label", "Rating", "group", "licence", "Geprüft"])
def test_a_hidden_column_does_not_make_a_disliked_answer_a_right_one(name: str) -> None:
    """Nor does it loosen a row from its case or its licence."""
    data = hidden_column("B", ["prompt", name, "completion"], ["Who?", 0, "Nobody"], ["Why?", 1, "So"])
    columns = {"prompt": "prompt", "completion": "completion", "label": "Geprüft"} if name == "Geprüft" else {}

    found = formats.read(data, ".xlsx", 1000, columns)

    assert found.units == ()
    (refusal,) = found.refusals
    assert refusal.detail == f"a table of rows with a hidden column named {name.lower()}: show it, or delete it"


def test_a_hidden_column_of_notes_costs_no_row() -> None:
    data = hidden_column("B", ["prompt", "note", "completion"], ["Who?", "x", "Nobody"])

    (unit,) = formats.read(data, ".xlsx", 1000, {}).units
    assert (unit.prompt, unit.completion) == ("Who?", "Nobody")
