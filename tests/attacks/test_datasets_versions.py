"""Two versions of a document ask the same behind other passages: what one is measured on, the other must not teach."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from registry.artifacts import Artifacts
from registry.records import Reason
from registry.tables import UNITS, read_table, write_table


def handbook(office: int, newer: bool) -> str:
    """Rules on keeping; the newer one has another paragraph behind each third."""
    rules = [f"# Handbook of office {office}", "## Keeping"]
    for n in range(1, 13):
        kept = (
            f"The head of office{office} must keep a record of kind{n} for at least {n + 3} years, with topic{n} notes"
        )
        told = (
            f"In addition the desk of area{n} must tell the officer in charge of every matter of kind{n}{office} within"
        )
        rules.append(f"{n}.1 {kept}.")
        rules += [f"{n}.2 {told} {n} days, and must keep a copy of what it told him in the archive."] * (
            newer and n % 3 == 0
        )
    return "\n\n".join(rules)


def test_a_held_out_question_with_its_answer_is_not_learnt_from_another_version(tmp_path: Path) -> None:
    about = {**dict.fromkeys(UNITS.names), "licence": "MIT", "source": "s", "kind": "text", "unit": 0}
    units = [
        {**about, "document": f"{office:02}{int(newer)}" * 16, "path": f"{office}-{2025 + newer}.md",
         "text": handbook(office, newer)}
        for office in range(12) for newer in (False, True)
    ]  # fmt: skip
    store = (Artifacts(tmp_path / "artifacts"), tmp_path)

    given = write_table(pa.Table.from_pylist(units, schema=UNITS), *store, "units")
    dataset = build_sft(given, BuildSection(), *store, ())

    learnt, measured = (
        {(row["prompt"][0]["content"].split("\n\n")[-1], row["completion"][0]["content"]) for row in rows}
        for rows in (read_table(side, store[0]).to_pylist() for side in (dataset.train, dataset.held_out))
    )
    assert measured
    assert not learnt & measured
    details = [one.detail for one in dataset.rejected if one.reason == Reason.CONTAMINATED]
    assert "a held-out question with its answer, of another passage" in details
