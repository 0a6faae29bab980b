"""A second reading of scrubbed units: what was left is found in its place, what was put in is not counted."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from governance.pii.recall.proof import RATE, Residue
from governance.pii.recall.residual import Reading, Rule, read_again, residual_figures
from governance.pii.scrub import scrub
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from governance.policy import RESIDUAL_LABELS
from registry.artifacts import Artifacts
from registry.errors import IntegrityError
from registry.records import DocumentSet, ScrubbedSet
from registry.tables import UNITS, write_table

Unit = dict[str, object]
RULE = Rule(RESIDUAL_LABELS, 0.9, 1.0)
LETTER = (
    "Dear Ms Haverkamp,\n\nGudrun Haverkamp of Nordmail called us. Her mail is gudrun.haverkamp@nordmail.com.\n"
    "Please answer Mr Thaddeus Okonjo-Birtwhistle by phone, +44 20 7946 0958.\n"
)
KEEPS_PEOPLE = PiiPolicy(replace=tuple(kind for kind in PiiPolicy().replace if kind != "PERSON"))


def unit(document: str, position: int = 0, **cells: object) -> Unit:
    blank: Unit = dict.fromkeys(UNITS.names)
    place: Unit = {"document": document, "path": f"{document}.txt", "unit": position, "kind": "text", "source": ""}
    return {**blank, **place, "licence": "CC0-1.0", "groups": [], **cells}


def sets(units: list[Unit], root: Path, policy: PiiPolicy) -> tuple[DocumentSet, ScrubbedSet, Artifacts]:
    artifacts, scratch = Artifacts(root / "artifacts"), root / f"scratch {units[0]['document']}"
    scratch.mkdir(parents=True, exist_ok=True)
    table = write_table(pa.Table.from_pylist(units, schema=UNITS), artifacts, scratch, "in")
    documents = DocumentSet(units=table, documents=len(units), formats={}, licences={}, rejected=())
    return documents, scrub(documents, policy, key_of(b"k" * 32), (artifacts, scratch)), artifacts


def reading(units: list[Unit], root: Path, policy: PiiPolicy = PiiPolicy(), rule: Rule = RULE) -> Reading:  # noqa: B008
    documents, scrubbed, artifacts = sets(units, root, policy)
    return read_again(documents, scrubbed, rule, artifacts)


def test_surrogates_are_not_residual(tmp_path: Path) -> None:
    read = reading([unit("letter", text=LETTER)], tmp_path)

    assert read.units == 1
    assert read.characters > 150
    assert read.residues == ()


def test_a_name_that_was_left_is_told_by_document_cell_and_offset(tmp_path: Path) -> None:
    read = reading([unit("letter", text=LETTER)], tmp_path, KEEPS_PEOPLE)

    surnames = [r for r in read.residues if r.type == "SURNAME"]
    assert {(r.document, r.unit, r.cell) for r in read.residues} == {("letter/document.txt", 0, "text")}
    assert LETTER[surnames[0].start : surnames[0].end] == "Haverkamp"
    assert "Haverkamp" not in read.model_dump_json()


def test_the_cells_of_a_row_are_read_too(tmp_path: Path) -> None:
    row = unit("rows", kind="qa", prompt="Who wrote the letter?", completion="Gudrun Haverkamp wrote it.")

    assert {r.cell for r in reading([row], tmp_path, KEEPS_PEOPLE).residues} == {"completion"}


def test_the_turns_of_a_conversation_are_read_too(tmp_path: Path) -> None:
    said = ("Who wrote the letter?", "Gudrun Haverkamp wrote it.")
    turns = [{"role": ("user", "assistant")[n % 2], "content": text, "learn": True} for n, text in enumerate(said)]

    assert {r.cell for r in reading([unit("rows", kind="chat", turns=turns)], tmp_path, KEEPS_PEOPLE).residues} == {
        "turns.1"
    }


def test_choices_are_read_too_and_a_list_that_rows_share_only_once(tmp_path: Path) -> None:
    asked = {"kind": "qa", "prompt": "Who wrote the letter?", "completion": "Neither."}
    choices = ["Gudrun Haverkamp wrote it.", "Neither."]
    rows = [unit("rows", number, choices=choices, **asked) for number in range(3)]

    residues = reading(rows, tmp_path, KEEPS_PEOPLE).residues

    assert {(r.unit, r.cell) for r in residues} == {(0, "choices.0")}
    assert {choices[0][r.start : r.end] for r in residues} <= {"Gudrun", "Haverkamp"}


def test_stand_ins_in_choices_are_not_residual(tmp_path: Path) -> None:
    row = unit("rows", kind="qa", prompt="Who?", completion="No.", choices=["Mr Thaddeus Okonjo-Birtwhistle.", "No."])

    assert reading([row], tmp_path).residues == ()


def test_a_term_that_policy_calls_public_is_not_residual(tmp_path: Path) -> None:
    rule = Rule(RESIDUAL_LABELS, 0.9, 1.0, ("Gudrun Haverkamp",))

    assert reading([unit("a", text="Gudrun Haverkamp wrote it.")], tmp_path, KEEPS_PEOPLE, rule).residues == ()


def test_a_share_reads_the_same_units_every_time(tmp_path: Path) -> None:
    units = [unit(f"d{n}", text=f"Letter {n} by Gudrun Haverkamp.") for n in range(40)]
    documents, scrubbed, artifacts = sets(units, tmp_path, KEEPS_PEOPLE)
    half = Rule(RESIDUAL_LABELS, 0.9, 0.5)

    first, again = (read_again(documents, scrubbed, half, artifacts) for _ in range(2))
    whole = read_again(documents, scrubbed, RULE, artifacts)

    assert first == again
    assert 10 < first.units < 30
    assert set(first.residues) < set(whole.residues)
    assert (first.offered, whole.units) == (40, 40)


def test_units_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    documents, _, artifacts = sets([unit("a", text="One.")], tmp_path, PiiPolicy())
    _, scrubbed, _ = sets([unit("b", text="Two.")], tmp_path, PiiPolicy())

    with pytest.raises(IntegrityError, match="not those that were read"):
        read_again(documents, scrubbed, RULE, artifacts)


def test_a_unit_that_was_refused_on_the_way_is_not_missed(tmp_path: Path) -> None:
    units = [unit("a", text="One."), unit("b", text="Gudrun Haverkamp wrote it.")]
    documents, _, artifacts = sets(units, tmp_path, KEEPS_PEOPLE)
    _, scrubbed, _ = sets(units[1:], tmp_path, KEEPS_PEOPLE)

    read = read_again(documents, scrubbed, RULE, artifacts)

    assert (read.offered, {r.document for r in read.residues}) == (1, {"b/document.txt"})


@pytest.mark.parametrize(("found", "low", "high"), [(0, 0.0, 3.689), (10, 4.795, 18.390)])
def test_the_interval_is_exact_poisson(found: int, low: float, high: float) -> None:
    place = Residue(document="d", unit=0, cell="text", start=0, end=4, type="SURNAME")
    read = Reading(offered=5, units=5, characters=100_000, residues=(place,) * found)

    rate = next(f for f in residual_figures(read, 1.0) if f.name == RATE)

    assert (rate.value, rate.n) == (found, 5)
    assert rate.low == pytest.approx(low, abs=1e-3)
    assert rate.high == pytest.approx(high, abs=1e-3)


def test_reading_nothing_gives_no_rate() -> None:
    figures = residual_figures(Reading(offered=0, units=0, characters=0, residues=()), 1.0)

    assert RATE not in {figure.name for figure in figures}
