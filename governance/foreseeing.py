"""What the gate will refuse whatever is trained: better known before hours of training."""

from __future__ import annotations

from collections.abc import Iterator

from governance.gates import PREFERENCE
from governance.policy import GatePolicy

_Z_SQUARED = 1.959964**2
"""Of the 95 % interval: Wilson's lower end for n of n is n / (n + z²)."""


def asks_for_pairs(policy: GatePolicy) -> bool:
    """Whether an adapter without preference evidence is refused."""
    return policy.minimum_preference is not None or PREFERENCE in policy.required


def foreseen(held_out: int, measured: int, pairs: int, policy: GatePolicy) -> Iterator[str]:
    """What will stand against any adapter, a sentence each, where so many questions are held out, of which so many are
    measured at most, and so many pairs: better known before hours of training."""
    if held_out < policy.minimum_headline:
        yield (
            f"the gate asks for {policy.minimum_headline} held-out questions, and there are {held_out}: bring question "
            "files or more documents, or raise build.max_extractive_alone or build.held_out_share"
        )
    if measured < min(held_out, policy.minimum_headline):
        yield f"the gate asks for {policy.minimum_headline} held-out questions: raise evaluate.max_rows ({measured})"
    if not asks_for_pairs(policy):
        return
    least = policy.minimum_preference or 0.0
    if not pairs:
        yield (
            "the gate asks for preference evidence, and no pair can be held out for it: set dpo.enabled: true, leave "
            "evaluate.preference_rows above 0 and bring pairs or questions, or have compliance take it out of gate:"
        )
    elif pairs / (pairs + _Z_SQUARED) < least:
        yield (
            f"gate.minimum_preference is {least:g}, and at most {pairs} pairs will be held out, one a question, "
            "too few to reach it by the lower end with all of them right: bring more pairs or raise "
            "evaluate.preference_rows"
        )


def foreseen_of_probe(asked: int, policy: GatePolicy) -> str:
    """What will stand against any adapter where so many questions of the general probe are asked; empty if nothing."""
    if asked >= policy.minimum_general:
        return ""
    sentence = f"the gate asks for {policy.minimum_general} questions of the general probe"
    return f"{sentence}: raise evaluate.general_rows ({asked})"
