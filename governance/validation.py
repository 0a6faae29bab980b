"""Are the rows fit to be used? Great Expectations suites over documents, SFT and preference rows.

Great Expectations sees only what is derived from a row (lengths, yes or no), never its text, so that
no result and no Data Docs page can leak one. A row that fails is quarantined as a `Rejected`; a
table that fails as a whole stops the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from governance.derived import derive, places
from governance.expectations import Outcome, run_suite
from governance.policy import DataPolicy
from registry.artifacts import Artifacts
from registry.counted import beside_refused
from registry.errors import DatasetTooSmall, ValidationFailed
from registry.records import Dataset, Reason, Rejected, SuiteResult, Table, ValidatedBatch
from registry.tables import PREFERENCE_ROWS, SFT_ROWS, UNITS, read_table, write_table

if TYPE_CHECKING:
    import pyarrow as pa

Suite = Literal["documents", "sft", "preference"]
_DEFAULT = DataPolicy()


def validate(
    table: Table, suite: Suite, artifacts: Artifacts, scratch: Path, policy: DataPolicy = _DEFAULT
) -> ValidatedBatch:
    """Validate one table; returns its passing rows as a new table, the others as `Rejected`.

    Raises ValidationFailed when the table is empty, lacks columns, or when more than
    `policy.maximum_quarantined_share` of its rows fail; DatasetTooSmall when too few documents
    are left.
    """
    rows = read_table(table, artifacts)
    _require_columns(rows, suite)
    if rows.num_rows == 0:
        raise ValidationFailed(
            f"the suite {suite!r} got an empty table", "see why nothing came out of the stage before"
        )
    docs = scratch / "data-docs"
    outcome = run_suite(suite, derive(rows, suite, policy), docs)
    quarantined = _quarantined(rows, outcome)
    _require_few(len(quarantined), rows.num_rows, outcome, policy)
    kept = rows.filter(_mask(rows.num_rows, outcome.failing))
    if suite == "documents":
        _require_documents(kept, policy)
    result = SuiteResult(
        suite=suite,
        passed=True,
        checked=rows.num_rows,
        expectations=outcome.expectations,
        failed=tuple(sorted({name for names in outcome.failing.values() for name in names})),
    )
    return ValidatedBatch(
        rows=write_table(kept, artifacts, scratch, f"valid-{suite}"),
        offered=table,
        suites=(result,),
        quarantined=quarantined,
        data_docs=artifacts.put(docs),
    )


def validate_sides(
    dataset: Dataset, artifacts: Artifacts, scratch: Path, policy: DataPolicy = _DEFAULT
) -> tuple[Dataset, tuple[ValidatedBatch, ...]]:
    """The dataset with only the rows that pass its suite, and a batch for each side that has rows.

    Raises ValidationFailed, and DatasetTooSmall where policy asks for more training rows.
    """
    batches: dict[str, ValidatedBatch] = {}
    for side, table in (("train", dataset.train), ("held_out", dataset.held_out)):
        if table.rows == 0:
            continue
        place = scratch / side
        place.mkdir(exist_ok=True)
        batches[side] = validate(table, dataset.purpose, artifacts, place, policy)
    refused = (rejection for batch in batches.values() for rejection in batch.quarantined)
    sides: dict[str, object] = {side: batch.rows for side, batch in batches.items()}
    checked = dataset.model_copy(update={**sides, "rejected": (*dataset.rejected, *refused)})
    require_enough(checked, policy)
    return checked, tuple(batches.values())


def require_enough(dataset: Dataset, policy: DataPolicy = _DEFAULT) -> None:
    """Raises DatasetTooSmall unless a dataset has the training rows that policy asks for."""
    least = policy.minimum_sft_rows if dataset.purpose == "sft" else policy.minimum_preference_rows
    if dataset.train.rows < least:
        raise DatasetTooSmall(
            f"the {dataset.purpose} dataset has {dataset.train.rows} valid rows to train on; policy asks for {least}"
            f"{beside_refused(dataset.rejected)}",
            f"add documents or examples, or have the policy's owner lower data.minimum_{dataset.purpose}_rows",
        )


def _require_documents(kept: pa.Table, policy: DataPolicy) -> None:
    found = len(set(kept["document"].to_pylist()))
    if found < policy.minimum_documents:
        raise DatasetTooSmall(
            f"{found} documents have a valid row; policy asks for {policy.minimum_documents}",
            "add documents, or have the policy's owner lower data.minimum_documents",
        )


def _require_columns(rows: pa.Table, suite: Suite) -> None:
    schemas: Mapping[Suite, pa.Schema] = {"documents": UNITS, "sft": SFT_ROWS, "preference": PREFERENCE_ROWS}
    schema = schemas[suite]
    wrong = [f.name for f in schema if f.name not in rows.column_names or rows.schema.field(f.name).type != f.type]
    if wrong:
        raise ValidationFailed(
            f"the table for suite {suite!r} lacks columns or has them in another type: {', '.join(wrong)}",
            "run the stage before again; the table was written by another version",
        )


def _quarantined(rows: pa.Table, outcome: Outcome) -> tuple[Rejected, ...]:
    where = places(rows)
    return tuple(
        Rejected(what="row", place=where[index], reason=Reason.INVALID, detail=", ".join(names))
        for index, names in sorted(outcome.failing.items())
    )


def _require_few(bad: int, total: int, outcome: Outcome, policy: DataPolicy) -> None:
    if bad == total or bad / total > policy.maximum_quarantined_share:
        names = sorted({name for names in outcome.failing.values() for name in names})
        raise ValidationFailed(
            f"suite {outcome.suite!r}: {bad} of {total} rows failed ({', '.join(names)}); "
            f"at most {policy.maximum_quarantined_share:.0%} may",
            "look at the source documents, or have the policy's owner raise data.maximum_quarantined_share",
        )


def _mask(total: int, failing: Mapping[int, tuple[str, ...]]) -> pa.Array:
    import pyarrow as pa

    return pa.array([index not in failing for index in range(total)])
