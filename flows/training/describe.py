"""A training run's weights as the Adapter that would be registered, with the prompts that prove parity.

The prompts are ours, never rows: they stand in signed releases, from which nothing can be erased.
"""

from __future__ import annotations

from flows.rendering.render import golden
from flows.training.weights import check_weights
from registry.artifacts import Artifacts
from registry.records import Adapter, Base, TrainingRun

GOLDEN = (
    "Which rule applies here?",
    "Is a 12.5 % fee on EUR 1,250.00 due by 2027-03-31, under s. 4(b)(ii)?\n\nAnswer: yes or no.",
    "Täglich geprüft — “naïve” façade, coöperation…  日本語, ελληνικά; x² ≤ 3 \t{}[]<>|\\ https://example.org/a?b=c#d",
)
"""Words, numbers and layout, and the characters that tokenizers take apart differently."""


def describe(named: tuple[str, dict[str, int]], run: TrainingRun, base: Base, artifacts: Artifacts) -> Adapter:
    """The adapter called `named[0]`, under the licences `named[1]`.

    Raises TrainingDiverged, Unservable, DigestMismatch.
    """
    from transformers import AutoTokenizer

    rank, modules = check_weights(artifacts.verified(run.weights))
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
        golden=golden(tokenizer, GOLDEN),
    )
