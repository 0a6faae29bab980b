"""`muniment diff`: what changed between two adapters, counted from the very rows and records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from registry.artifacts import Artifacts
from registry.errors import DigestMismatch
from registry.lineage.comparison import compare
from registry.lineage.provenance import Provenance
from registry.lineage.row_changes import RowChange, row_changes
from registry.pages.comparison import comparison_json, comparison_page
from registry.pages.sections import printed
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Document,
    DocumentSet,
    Evidence,
    Figure,
    Rejected,
    Scalar,
    Table,
    TrainingRun,
    Verdict,
)  # fmt: skip
from registry.tables import SFT_ROWS, write_table

BASE = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")
LETTER = Document(content="1" * 64, path="letter.txt", media_type="text/plain", size_bytes=1, licence="MIT")
REWRITTEN = LETTER.model_copy(update={"content": "2" * 64})
RULES = Document(content="3" * 64, path="rules.txt", media_type="text/plain", size_bytes=1, licence="CC0-1.0")
PATHS = {one.digest: one.path for one in (LETTER, REWRITTEN, RULES)}


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


def table(rows: Sequence[tuple[str, Document]], artifacts: Artifacts, scratch: Path) -> Table:
    """Rows of these ids from these documents, with a word in them that must never be shown."""
    message = [{"role": "user", "content": "Kalenderblatt"}]
    written = [
        {"prompt": message, "completion": message, "choices": [], "id": row, "origin": "imported",
         "document": document.digest, "groups": [], "licence": document.licence, "source": ""}
        for row, document in rows
    ]  # fmt: skip
    return write_table(pa.Table.from_pylist(written, SFT_ROWS), artifacts, scratch, "rows")


def dataset(train: Table, held_out: Table) -> Dataset:
    return Dataset(
        purpose="sft", train=train, held_out=held_out, licences={"MIT": 1}, origins={"imported": 1}, rejected=()
    )


def material(documents: Sequence[Document], datasets: Sequence[Dataset], **settings: Scalar) -> Provenance:
    run = TrainingRun(
        method="sft", base=BASE.digest, dataset="d" * 64, parent=None, weights="e" * 64, settings=settings, rows=1,
        steps=3, tokens=1, first_loss=2, last_loss=1, software={"trl": f"1.{len(documents)}"},
    )  # fmt: skip
    adapter = Adapter(
        name="demo", weights="e" * 64, base=BASE.digest, run=run.digest, rank=2, target_modules=("q_proj",),
        licences={"MIT": len(documents)}, golden=(),
    )  # fmt: skip
    figure = Figure(name="accuracy", value=0.5 + len(documents) / 10, low=0.4, high=0.9, n=10)
    evidence = Evidence(type="headline", subject=adapter.digest, figures=(figure,))
    verdict = Verdict(subject=adapter.digest, policy="a" * 64, evidence=(evidence.digest,), passed=True, reasons=())
    return Provenance(adapter, (BASE, *datasets, run), tuple(documents), (), (evidence,), (verdict,), (), ())


def test_rows_added_and_removed_are_counted_by_document(artifacts: Artifacts, tmp_path: Path) -> None:
    held = table([("9", RULES)], artifacts, tmp_path)
    before = dataset(table([("1", LETTER), ("2", LETTER), ("3", RULES)], artifacts, tmp_path), held)
    after = dataset(table([("3", RULES), ("4", RULES), ("5", REWRITTEN)], artifacts, tmp_path), held)

    train, held_out = row_changes([before], [after], PATHS, artifacts)

    assert train == RowChange("sft", "train", 3, 3, 2, 2, (("letter.txt", 1, 2), ("rules.txt", 1, 0)))
    assert held_out == RowChange("sft", "held_out", 1, 1)


def test_rows_of_a_file_that_changed_elsewhere_are_the_same(artifacts: Artifacts, tmp_path: Path) -> None:
    held = table([("9", LETTER)], artifacts, tmp_path)
    before = dataset(table([("1", LETTER), ("2", LETTER)], artifacts, tmp_path), held)
    rewritten = table([("9", REWRITTEN)], artifacts, tmp_path)
    after = dataset(table([("2", REWRITTEN), ("3", REWRITTEN)], artifacts, tmp_path), rewritten)

    train, held_out = row_changes([before], [after], PATHS, artifacts)

    assert train == RowChange("sft", "train", 2, 2, 1, 1, (("letter.txt", 1, 1),))
    assert held_out == RowChange("sft", "held_out", 1, 1)


def test_a_row_that_stands_twice_counts_twice(artifacts: Artifacts, tmp_path: Path) -> None:
    held = table([], artifacts, tmp_path)
    once = dataset(table([("1", LETTER)], artifacts, tmp_path), held)
    twice = dataset(table([("1", LETTER), ("1", LETTER)], artifacts, tmp_path), held)

    assert row_changes([once], [twice], PATHS, artifacts)[0].added == 1


def test_a_dataset_that_only_one_side_has_is_all_added(artifacts: Artifacts, tmp_path: Path) -> None:
    rows = table([("1", LETTER)], artifacts, tmp_path)
    pairs = dataset(rows, rows).model_copy(update={"purpose": "preference"})

    changes = row_changes([], [pairs], {}, artifacts)

    assert changes[0] == RowChange("preference", "train", 0, 1, 1, 0, (("no document", 1, 0),))


def test_rows_that_are_no_longer_held_are_said_to_be_unknown(artifacts: Artifacts, tmp_path: Path) -> None:
    held = table([], artifacts, tmp_path)
    before, after = (dataset(table([(row, LETTER)], artifacts, tmp_path), held) for row in "12")
    artifacts.path(after.train.artifact).unlink()

    change = row_changes([before], [after], PATHS, artifacts)[0]

    assert (change.a, change.b, change.added) == (1, 1, 0)
    assert after.train.artifact[:12] in change.gone


def test_changed_rows_are_not_compared(artifacts: Artifacts, tmp_path: Path) -> None:
    held = table([], artifacts, tmp_path)
    before, after = (dataset(table([(row, LETTER)], artifacts, tmp_path), held) for row in "12")
    artifacts.path(after.train.artifact).write_bytes(b"other")

    with pytest.raises(DigestMismatch):
        row_changes([before], [after], PATHS, artifacts)


def test_refused_rows_are_not_counted_as_documents() -> None:
    file, row = (Rejected(what=what, place="a.json", reason="empty") for what in ("document", "row"))
    units = Table(artifact="a" * 64, rows=1, columns=("text",))
    read = DocumentSet(units=units, documents=1, formats={"JSON": 1}, licences={}, rejected=(file, row, row))
    side = material([LETTER], [])
    found = compare(side, replace(side, made_of=(*side.made_of, read)), ())

    lines = {line.name: line.b for line in found.data}
    assert (lines["documents refused"], lines["rows of documents refused"]) == (1, 2)


def test_settings_documents_licences_and_evidence_stand_side_by_side() -> None:
    found = compare(
        material([LETTER, RULES], [], learning_rate=1e-4, seed=1), material([REWRITTEN], [], learning_rate=2e-4), ()
    )
    changed = {line.name: (line.a, line.b) for line in (*found.settings, *found.licences) if line.a != line.b}
    measured = {one.name: (one.a and one.a.value, one.b and one.b.value) for one in found.evidence}

    assert changed == {
        "sft.learning_rate": (1e-4, 2e-4), "sft.seed": (1, None), "sft with trl": ("1.2", "1.1"),
        "documents under CC0-1.0": (1, None), "rows under MIT": (2, 1),
    }  # fmt: skip
    assert (found.documents.changed, found.documents.removed) == (("letter.txt",), ("rules.txt",))
    assert measured == {"headline accuracy": (0.7, 0.6)}


def test_what_the_gate_measured_of_one_beside_the_other_is_what_is_compared() -> None:
    older, newer = material([LETTER], [], seed=1), material([LETTER, RULES], [], seed=2)
    figure = Figure(name="accuracy", value=0.3, low=0.2, high=0.4, n=11)
    again = Evidence(type="headline", subject=older.adapter.digest, figures=(figure,))
    verdict = newer.verdicts[0].model_copy(update={"evidence": (*newer.verdicts[0].evidence, again.digest)})
    older, newer = replace(older, measured=(*older.evidence, again)), replace(newer, verdicts=(verdict,))
    forth, back = compare(older, newer, ()), compare(newer, older, ())

    assert [(one.a and one.a.n, one.b and one.b.n) for one in forth.evidence] == [(11, 10)]
    assert [(one.a and one.a.n, one.b and one.b.n) for one in back.evidence] == [(10, 11)]
    for found in (forth, back):
        said = f"{older.adapter.version} as measured on what {newer.adapter.version} was asked"
        assert said in "\n".join(printed(comparison_page(found)))
        assert comparison_json(found)["measured_again"] == older.adapter.version
    assert compare(older, older, ()).again == ""


def test_the_page_shows_what_differs_and_counts_the_rest(artifacts: Artifacts, tmp_path: Path) -> None:
    held = table([], artifacts, tmp_path)
    before, after = (dataset(table([(row, LETTER)], artifacts, tmp_path), held) for row in "12")
    sides = material([LETTER], [before], learning_rate=1e-4), material([LETTER], [after], learning_rate=2e-4)
    found = compare(*sides, row_changes([before], [after], PATHS, artifacts))

    page = "\n".join(printed(comparison_page(found)))
    parsed = json.dumps(comparison_json(found))

    assert "sft.learning_rate" in page
    assert "sft.seed" not in page
    assert "rank" not in page
    assert "rank" in "\n".join(printed(comparison_page(found, everything=True)))
    assert "+1 −1: letter.txt" in page
    assert "Kalenderblatt" not in page + parsed
