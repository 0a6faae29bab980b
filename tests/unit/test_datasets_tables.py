"""A table goes through its text to the passage and the questions: each cell is there whole, and under its own name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flows.datasets.documents.extractive import questions
from flows.datasets.documents.structure import Block, blocks
from flows.ingest import tabular

CELLS = st.sampled_from(("", "free", "Yes; except: minors", "All; Fee: none", "a; b: c; Product: d", "1 %; Term: x: y"))
BESIDE = "All the fees below are for retail clients of the bank, wherever they live and work."


def table(*rows: str) -> str:
    return tabular.render(row.split("|") for row in rows)


def read(text: str) -> Block:
    (block,) = (block for block in blocks(text) if block.kind == "table")
    return block


def look_ups(text: str) -> list[tuple[str, str]]:
    found = questions(f"# Fees\n\n{BESIDE}\n\n{text}\n", "fees.html")
    return [(one.question.split(", ", 1)[1], one.answer) for one in found if one.kind == "look-up"]


def test_a_cell_with_a_colon_behind_a_semicolon_is_learnt_whole() -> None:
    text = table("Product|Open to|Fee", "Bonds|Yes; except: clients under 25|1 %", "Funds|All|2 %")

    assert text.split("\n")[1] == "Product: Bonds; Open to: Yes; except: clients under 25; Fee: 1 %"
    assert "Bonds | Yes; except: clients under 25 | 1 %" in read(text).barred
    assert look_ups(text)[0] == ("what stands under “Open to” for “Bonds”?", "Yes; except: clients under 25")


def test_a_cell_that_names_another_column_does_not_fill_it() -> None:
    rows = ("Product|Open to|Fee", "Bonds|All; Fee: none for minors|", "Funds|All; Product: any|2 %")

    assert read(table(*rows)).barred == "\n".join(rows).replace("|", " | ")


def test_a_remark_in_a_column_without_a_name_is_no_part_of_the_cell_before_it() -> None:
    text = table("Product|Fee|Term|", "Bonds|1 %|short|", "Funds|2 %|long|NB: until May", "Loans|3 %|long|")

    assert not [block for block in blocks(text) if "until May" in block.barred]


def test_columns_that_share_a_name_are_in_the_passage_and_are_not_asked() -> None:
    rows = ("Product|Fee|fee|Fee|Term", "Bonds|0.5 %|2 %|0.1 %|short", "Funds||3 %|0.3 %|long", "Loans|0.4 %|||none")
    text = table(*rows)

    assert read(text).barred == "\n".join(rows).replace("|", " | ")
    assert {question for question, _ in look_ups(text)} == {
        f"what stands under “Term” for “{product}”?" for product in ("Bonds", "Funds", "Loans")
    }


def test_a_table_whose_columns_all_share_a_name_is_not_asked() -> None:
    assert look_ups(table("Product|Fee|Fee", "Bonds|0.5 %|0.1 %", "Funds|0.4 %|0.2 %")) == []


def test_a_name_that_stands_once_is_not_told_above_an_empty_cell() -> None:
    assert table("Product|Fee|Term", "Bonds||short").split("\n")[1] == "Product: Bonds; Term: short"


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=5), st.sampled_from(("Notice", "Fee")))
def test_what_is_read_is_what_was_written(others: list[tuple[str, str, str]], last: str) -> None:
    header = ("Product", "Open to", "Fee", "Term", last)
    rows = [(f"Kind {number}", "free", *cells) for number, cells in enumerate(others)]

    assert read(tabular.render([header, *rows])).cells == (header, *rows)
