"""What a trained adapter tells of planted secrets: how likely it finds them, and whether it says them.

It is asked in the words that its training saw, which is the strongest question there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from flows.evaluation.score import Scorer
from flows.rendering.render import Message, Rendered, prompt_ids, render, user
from governance.integrity.canaries import NEVER, Canary, others
from governance.integrity.memorization import Exposed, estimate, exposure
from governance.integrity.settings import MemorizationPolicy
from registry.artifacts import Artifacts
from registry.progress import Progress
from registry.records import Base

AT_ONCE = 32
"""Secrets asked for in one batch, each in `samples` answers."""
ROOM = 8
"""Tokens that an answer may be longer than the expected one."""


class Told(TypedDict):
    """What a canary's answers held."""

    greedy: bool
    sampled: int


SILENT = Told(greedy=False, sampled=0)


@dataclass(frozen=True)
class Probe:
    """A canary and the question for it, as it stood in the training data."""

    canary: Canary
    question: str


def ask(
    probes: Sequence[Probe],
    subject: tuple[Base, Path, Artifacts],
    policy: MemorizationPolicy,
    seed: str,
    progress: Progress | None = None,
) -> tuple[Exposed, ...]:
    """Exposure and extraction of each canary from the adapter in a directory; `subject` is (base, it, artifacts).

    Secrets that were never planted are ranked only. `seed` draws the other secrets. Raises TrainingDiverged.
    """
    from flows.base.quiet import quietly

    base, weights, artifacts = subject
    found: list[Exposed] = []
    with quietly():
        scorer = Scorer(base, weights, artifacts)
        for probe in probes:
            found.append(_exposed(scorer, probe, others(probe.canary, policy.candidates, seed)))
            if progress:
                progress(len(found), len(probes))
        asked = [probe for probe in probes if probe.canary.repeats != NEVER]
        told: dict[int, Told] = dict(_told(scorer, asked, policy))
    return tuple(replace(one, **told.get(one.number, SILENT)) for one in found)


def _exposed(scorer: Scorer, probe: Probe, drawn: Sequence[str]) -> Exposed:
    canary = probe.canary
    own, *rest = scorer.sums(_told_apart([_rendered(scorer, probe, secret) for secret in (canary.secret, *drawn)]))
    bits = estimate(own, rest, canary.wording.bits)
    return Exposed(canary.number, canary.repeats, exposure(own, rest), bits)


def _rendered(scorer: Scorer, probe: Probe, secret: str) -> Rendered:
    answer = Message(role="assistant", content=probe.canary.answer_with(secret))
    return render(scorer.tokenizer, user(probe.question), [answer])


def _told_apart(rows: Sequence[Rendered]) -> list[Rendered]:
    """What all answers begin with is part of the question; what all end with says nothing of a secret."""
    answers = [row.answer for row in rows]
    head, tail = _shared(answers), _shared([answer[::-1] for answer in answers])
    return [Rendered((*row.prompt, *row.answer[:head]), row.answer[head : len(row.answer) - tail]) for row in rows]


def _shared(rows: Sequence[Sequence[int]]) -> int:
    """How many first tokens all rows have in common, but never the whole of a row."""
    shortest = min(map(len, rows)) - 1
    return next((n for n in range(shortest) if len({row[n] for row in rows}) > 1), shortest)


def _told(scorer: Scorer, probes: Sequence[Probe], policy: MemorizationPolicy) -> Iterator[tuple[int, Told]]:
    """By the canary's number: whether the likeliest answer holds the secret, and how many of the drawn ones."""
    for start in range(0, len(probes), AT_ONCE):
        batch = probes[start : start + AT_ONCE]
        prompts = [prompt_ids(scorer.tokenizer, user(probe.question)) for probe in batch]
        longest = max(len(_rendered(scorer, probe, probe.canary.secret).answer) for probe in batch) + ROOM
        likeliest = scorer.continued(prompts, longest)
        drawn = scorer.sampled(prompts, longest, policy.samples, policy.temperature)
        for probe, best, answers in zip(batch, likeliest, drawn, strict=True):
            told = probe.canary.told_in
            yield probe.canary.number, {"greedy": told(best), "sampled": sum(map(told, answers))}
