"""A training run's weights as the Adapter that would be registered, with the prompts that prove parity."""

from __future__ import annotations

from flows.training.render import golden
from flows.training.weights import check_weights
from registry import digests, tables
from registry.artifacts import Artifacts
from registry.records import Adapter, Base, Dataset, TrainingRun

GOLDEN = 3


def describe(
    named: tuple[str, dict[str, int]], run: TrainingRun, base: Base, dataset: Dataset, artifacts: Artifacts
) -> Adapter:
    """The adapter called `named[0]`, under the licences `named[1]`; golden prompts come from held-out rows.

    Raises TrainingDiverged, Unservable, DigestMismatch.
    """
    from transformers import AutoTokenizer

    rank, modules = check_weights(artifacts.verified(run.weights))
    table = dataset.held_out if dataset.held_out.rows else dataset.train
    rows = tables.read_table(table, artifacts).select(["id", "prompt"]).to_pylist()
    rows.sort(key=lambda row: digests.of_bytes(row["id"].encode()))
    tokenizer = AutoTokenizer.from_pretrained(artifacts.path(base.weights), local_files_only=True)
    name, licences = named
    return Adapter(
        name=name,
        weights=run.weights,
        base=base.digest,
        run=run.digest,
        rank=rank,
        target_modules=modules,
        licences=licences,
        golden=golden(tokenizer, [row["prompt"][-1]["content"] for row in rows[:GOLDEN]]),
    )
