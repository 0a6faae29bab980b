"""The data card: what a training set is made of and what was left out of it, on one HTML page that needs nothing else.

Counts and shapes alone, never a row's words: the card outlives an erasure of any of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from governance.report import plots

BINS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
"""Words, of which a length is counted under the largest that it reaches."""


MARGINS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of pairs that an adapter's own answers gave: how much better the chosen one was judged."""


class PairLengths(BaseModel):
    """Shares of pairs whose chosen or rejected answer is the longer; by how many characters chosen is, as a mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    chosen_longer: float
    rejected_longer: float
    mean_difference: float


class GroupFacts(BaseModel):
    """Rows that speak of one group of people; how many of them were weighed for insults, and hold one, by part."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rows: int
    weighed: int
    insults: dict[str, int]


class SpokenOf(BaseModel):
    """Of the rows of a side: `weighed` for insults (English ones), with `insults` by part (prompt, answer, rejected).

    `unread` are in languages whose words for `groups` are not listed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    weighed: int
    unread: int
    insults: dict[str, int]
    groups: dict[str, GroupFacts]


class SideFacts(BaseModel):
    """One side of the split. `prompt_words` and `answer_words` count rows by BINS; shares lie in [0, 1].

    `lengths` is of pairs alone; `margins` counts by MARGINS those that have one; `rated_alone` ratings without a pair.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    rows: int
    documents: int
    conversations: int
    distinct_answers: int
    commonest_answer: float
    prompt_words: tuple[int, ...]
    answer_words: tuple[int, ...]
    languages: dict[str, int]
    licences: dict[str, int]
    origins: dict[str, int]
    spoken_of: SpokenOf
    lengths: PairLengths | None = None
    margins: tuple[int, ...] = ()
    rated_alone: dict[str, int] = {}


class CardFacts(BaseModel):
    """`removed` counts rows by reason; `pool` what became of questions: those that documents ask themselves, or, for
    pairs, those that were asked of the adapter; and of rows that a limit keeps from either side."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    purpose: str
    train: SideFacts
    held_out: SideFacts
    removed: dict[str, int]
    pool: dict[str, int]


def render(facts: CardFacts) -> str:
    """The page. Everything is escaped; only our own plots go in as markup."""
    from markupsafe import Markup

    from governance.report.render import environment

    sides = (("training", facts.train), ("held out", facts.held_out))
    drawn = {
        "prompts": plots.lengths("words in the prompt", BINS, {name: side.prompt_words for name, side in sides}),
        "answers": plots.lengths("words in the answer", BINS, {name: side.answer_words for name, side in sides}),
        "removed": plots.counts("rows left out", _spoken(facts.removed)),
        "pool": plots.counts("questions and rows", facts.pool),
        "groups": plots.counts("rows", {name: one.rows for name, one in facts.train.spoken_of.groups.items()}),
        "margins": plots.lengths("margin", MARGINS, {name: side.margins for name, side in sides if side.margins}),
    }
    safe = {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - matplotlib escapes its labels
    return environment().get_template("card.html.j2").render(facts=facts, sides=sides, plots=safe, removed=_spoken)


def _spoken(reasons: Mapping[str, int]) -> dict[str, int]:
    """Greatest first, with words between blanks."""
    ordered = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    return {name.replace("_", " "): count for name, count in ordered}
