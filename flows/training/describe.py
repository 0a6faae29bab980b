"""From a finished training run to the adapter record that would be served."""

from __future__ import annotations

import json

from registry.artifacts import Artifacts
from registry.records import Adapter, Base, Dataset, GoldenPrompt, TrainingRun
from registry.tables import read_table

GOLDEN_PROMPTS = 2


def describe(
    named: tuple[str, dict[str, int]], run: TrainingRun, base: Base, dataset: Dataset, artifacts: Artifacts
) -> Adapter:
    """The adapter of `run`; `named` is its name and the licences (rows by SPDX expression) it learnt from.

    Raises TrainingDiverged for weights that are not finite, Unservable for what vLLM can't serve.
    """
    from flows.training.weights import check_weights

    directory = artifacts.verified(run.weights)
    check_weights(directory)
    config = json.loads((directory / "adapter_config.json").read_text(encoding="utf-8"))
    name, licences = named
    return Adapter(
        name=name,
        weights=run.weights,
        base=base.digest,
        run=run.digest,
        rank=config["r"],
        target_modules=tuple(sorted(config["target_modules"])),
        licences=licences,
        golden=_golden(dataset, base, artifacts),
    )


def _golden(dataset: Dataset, base: Base, artifacts: Artifacts) -> tuple[GoldenPrompt, ...]:
    """The first held-out prompts, as training rendered them."""
    from transformers import AutoTokenizer

    from flows.training.render import golden

    rows = read_table(dataset.held_out, artifacts).slice(0, GOLDEN_PROMPTS).to_pylist()
    tokenizer = AutoTokenizer.from_pretrained(artifacts.path(base.weights), local_files_only=True)
    return golden(tokenizer, [row["prompt"][-1]["content"] for row in rows])
