"""A file that lost its accents, or spells them as a web page does, asks the same questions: none is learnt that is held
out or measured."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from html import unescape
from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest

from flows.datasets.contamination import measured, without_contaminated
from flows.datasets.messages import of_unit
from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from registry.artifacts import Artifacts
from registry.tables import UNITS, read_table, write_table

PARTS = (
    ("Käufer und Bürgen", "Gläubiger und Prüfer", "Händler und Träger", "Schüler und Mündel"),
    ("die Kündigung für Köln", "die Löschung für Zürich", "die Übertragung für Düren", "eine Gebühr für Süßes"),
    ("à l'échéance prévue", "après un décès", "dès la clôture", "malgré la grève au siège", "avant la mise en œuvre"),
)
QUESTIONS = [f"Wann erklären {who} {what}, {when} ?" for who, what, when in product(*PARTS)]
Spelt = Callable[[str], str]


def bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("ß", "ss"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def written_out(text: str) -> str:
    return bare(unicodedata.normalize("NFD", text).replace("\N{COMBINING DIAERESIS}", "e"))


def as_a_page_spells(text: str) -> str:
    return "".join(f"&#{ord(sign)};" if ord(sign) > 127 else sign for sign in text)


def asking(file: str, number: int, question: str) -> dict[str, object]:
    said: dict[str, object] = {"prompt": question, "completion": f"rule {number % 7}", "groups": [f"{file}{number}"]}
    about = {"document": file * 64, "path": f"{file}.jsonl", "unit": number, "licence": "MIT", "source": "s"}
    blank: dict[str, object] = dict.fromkeys(UNITS.names)
    return {**blank, **about, **said, "kind": "qa"}


@pytest.mark.parametrize("spelt", [bare, written_out, lambda text: bare(text).upper(), as_a_page_spells])
def test_a_held_out_question_is_not_learnt_without_its_accents(tmp_path: Path, spelt: Spelt) -> None:
    files = {"a": QUESTIONS, "b": [spelt(question) for question in QUESTIONS]}
    units = [asking(file, number, question) for file in files for number, question in enumerate(files[file])]
    store = (Artifacts(tmp_path / "artifacts"), tmp_path)

    given = write_table(pa.Table.from_pylist(units, schema=UNITS), *store, "units")
    dataset = build_sft(given, BuildSection(), *store, ())

    learnt, held = (
        {spelt(unescape(row["prompt"][0]["content"])) for row in read_table(side, store[0]).to_pylist()}
        for side in (dataset.train, dataset.held_out)
    )
    assert held
    assert not learnt & held


@pytest.mark.parametrize("spelt", [bare, written_out, as_a_page_spells])
def test_a_question_of_a_suite_is_not_learnt_without_its_accents(spelt: Spelt) -> None:
    unit = asking("a", 1, f"Vorab: {spelt(QUESTIONS[0])}")

    kept, refused = without_contaminated([of_unit(unit, "rule 1")], measured(QUESTIONS[:1]), 0.5)

    assert (kept, len(refused)) == ([], 1)
