"""A raised figure is no digit of the number before it, and what is struck out does not stand."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from flows.ingest import formats
from flows.ingest.reading import Reading

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_SUP, _SUB = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
_OFF, _BASE = '<w:strike w:val="0"/>', '<w:vertAlign w:val="baseline"/>'


def page(source: str) -> Reading:
    return formats.read(f"<p>{source}</p>".encode(), ".html", 10_000)


def run(text: str, marks: str = "", before: str = "") -> str:
    return f'<w:r><w:rPr>{marks}</w:rPr>{before}<w:t xml:space="preserve">{text}</w:t></w:r>'


def styled(name: str) -> str:
    return f'<w:rStyle w:val="{name}"/>'


def word(*runs: str) -> Reading:
    """A paragraph, in a document with the character styles Raised, Lower (which rests on it) and Struck."""
    from docx import Document
    from docx.oxml import parse_xml

    document, buffer = Document(), io.BytesIO()
    for style, mark in (("Raised", _SUP), ("Lower", ""), ("Struck", "<w:strike/>")):
        made = document.styles.add_style(style, 2).element.get_or_add_rPr()
        if mark:
            made.append(parse_xml(mark.replace(" ", f" {_W} ", 1) if " " in mark else f"<w:strike {_W}/>"))
    document.styles["Lower"].base_style = document.styles["Raised"]
    document.element.body.insert(0, parse_xml(f"<w:p {_W}>{''.join(runs)}</w:p>"))
    document.save(buffer)
    return formats.read(buffer.getvalue(), ".docx", 10_000)


@pytest.mark.parametrize(("source", "text"), [
    ("within 14<sup>3</sup> days", "within 14³ days"), ("125,000<sup>2</sup> and", "125,000² and"),
    ("10<sup>6</sup> or 10<sup>-12</sup>", "10⁶ or 10⁻¹²"), ("40 m<sup>2</sup>", "40 m²"),
    ("the 1<sup>st</sup> of May", "the 1st of May"), ("H<sub>2</sub>O", "H₂O"), ("x<sub>n-1</sub>", "xn₋₁"),
    ("14<sup><b>3</b> </sup>5", "14³ 5"), ("14<sup><!-- a -->3</sup> 5", "14³ 5"),
    ("14<sup>3<sub>2</sub>4</sup>5", "14³₂⁴5"),
])  # fmt: skip
def test_raised_and_lowered_figures_of_a_page_stay_so(source: str, text: str) -> None:
    assert page(source).units[0].text == text


@pytest.mark.parametrize("mark", [
    '<sup><a href="#fn1">1</a></sup>', '<sup>[<a href="#n">1</a>]</sup>', '<a href="#fn1"><sup>1</sup></a>',
    '<a role="doc-noteref" href="#fn1">1</a>', '<sup role="doc-noteref">1</sup>',
])  # fmt: skip
def test_the_mark_of_a_footnote_is_no_figure_of_the_text(mark: str) -> None:
    assert page(f"within 14{mark} days").units[0].text == "within 14 days"


def test_a_power_in_a_link_within_the_page_is_no_footnote() -> None:
    assert page('see <a href="#big">10<sup>6</sup> francs</a>').units[0].text == "see 10⁶ francs"


@pytest.mark.parametrize("struck", [
    "<del>not</del>", "<s>not</s>", "<strike>not</strike>", "<b style='text-decoration: red line-through'>not</b>",
])  # fmt: skip
def test_what_a_page_strikes_out_is_left_out_and_counted(struck: str) -> None:
    reading = page(f"must {struck} <ins>always</ins> lend")

    assert reading.units[0].text == "must always lend"
    assert reading.dropped == {"deletion": 1}


@pytest.mark.parametrize(("runs", "text"), [
    ((run("within 14"), run("3", _SUP), run(" days")), "within 14³ days"),
    ((run("14"), run("3", styled("Raised")), run("4", styled("Lower"))), "14³⁴"),
    ((run("14"), run("3", styled("Lower") + _BASE)), "143"),
    ((run("1"), run("st", _SUP)), "1st"), ((run("H"), run("2", _SUB), run("O")), "H₂O"),
    ((run("14"), run("3", _SUP, '<w:footnoteReference w:customMarkFollows="1" w:id="2"/>'), run(" days")), "14 days"),
    ((run("14"), run("", _SUP, '<w:footnoteReference w:id="2"/>'), run(" days")), "14 days"),
    ((run("14"), f'<w:hyperlink w:anchor="_ftn1">{run("3", _SUP)}</w:hyperlink>', run(" days")), "14 days"),
    ((run("see "), f'<w:hyperlink w:anchor="b">{run("rule 3")}</w:hyperlink>'), "see rule 3"),
])  # fmt: skip
def test_raised_and_lowered_figures_of_a_word_document_stay_so(runs: tuple[str, ...], text: str) -> None:
    assert word(*runs).units[0].text == text


@pytest.mark.parametrize(("marks", "count"), [("<w:strike/>", 1), ("<w:dstrike/>", 1), (styled("Struck"), 0)])
def test_what_a_word_document_strikes_out_is_left_out(marks: str, count: int) -> None:
    reading = word(run("must "), run("not ", marks), run("always ", styled("Struck") + _OFF), run("lend"))

    assert reading.units[0].text == "must always lend"
    assert reading.dropped.get("deletion", 0) == count


def deck(runs: Sequence[tuple[str, dict[str, str]]], place: str = "text") -> Reading:
    """A slide whose title, text, table or notes are these runs with their attributes."""
    from pptx import Presentation

    slides, buffer = Presentation(), io.BytesIO()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    frames: dict[str, Callable[[], Any]] = {
        "title": lambda: slide.shapes.title.text_frame,
        "text": lambda: slide.placeholders[1].text_frame,
        "table": lambda: slide.shapes.add_table(1, 1, 0, 0, 9, 9).table.cell(0, 0).text_frame,
        "notes": lambda: slide.notes_slide.notes_text_frame,
    }
    paragraph = frames[place]().paragraphs[0]
    for text, marks in runs:
        added = paragraph.add_run()
        added.text = text
        added._r.get_or_add_rPr().attrib.update(marks)
    slides.save(buffer)
    return formats.read(buffer.getvalue(), ".pptx", 10_000)


@pytest.mark.parametrize(("place", "before"), [("title", "# "), ("text", ""), ("table", ""), ("notes", "Notes: ")])
@pytest.mark.parametrize("struck", ["sngStrike", "dblStrike"])
def test_what_a_slide_strikes_out_is_left_out_and_counted(place: str, before: str, struck: str) -> None:
    runs = [("must ", {}), ("not ", {"strike": struck}), ("always lend", {"strike": "noStrike"})]

    reading = deck(runs, place)

    assert reading.units[0].text == f"{before}must always lend"
    assert reading.dropped["deletion"] == 1


@pytest.mark.parametrize(("baseline", "text"), [
    ("30000", "14³ days"), ("30%", "14³ days"), ("-25000", "14₃ days"), ("0", "143 days"), ("0%", "143 days"),
])  # fmt: skip
def test_raised_and_lowered_figures_of_a_slide_stay_so(baseline: str, text: str) -> None:
    assert deck([("14", {}), ("3", {"baseline": baseline}), (" days", {})]).units[0].text == text
