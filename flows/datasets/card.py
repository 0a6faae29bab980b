"""The facts of a data card, counted from both sides of a dataset."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.datasets.bias import spoken_of
from governance.report.card import BINS, MARGINS, CardFacts, PairLengths, SideFacts, render
from registry.artifacts import Artifacts
from registry.records import Dataset, Table
from registry.tables import read_table

Row = Mapping[str, Any]


def with_card(dataset: Dataset, artifacts: Artifacts, scratch: Path) -> Dataset:
    """The dataset with its card in the store: a folder with `card.html`, so that a browser knows what it opens."""
    folder = scratch / f"card-{dataset.purpose}"
    folder.mkdir(exist_ok=True)
    (folder / "card.html").write_text(render(facts_of(dataset, artifacts)), encoding="utf-8")
    return dataset.model_copy(update={"card": artifacts.put(folder)})


def facts_of(dataset: Dataset, artifacts: Artifacts) -> CardFacts:
    """What the dataset holds and what it left out."""
    return CardFacts(
        purpose=dataset.purpose,
        train=_side(dataset.train, artifacts),
        held_out=_side(dataset.held_out, artifacts),
        removed=_counts(str(one.reason) for one in dataset.rejected),
        pool=dataset.pool,
    )


def _side(table: Table, artifacts: Artifacts) -> SideFacts:
    from governance.pii.naming.languages import language_of

    rows: list[Row] = read_table(table, artifacts).to_pylist()
    said = [_said(row) for row in rows]
    prompts, answers = [one["prompt"] for one in said], [one["answer"] for one in said if "answer" in one]
    languages = [language_of(f"{one['prompt']}\n{one.get('answer') or one['rejected']}") or "" for one in said]
    commonest = Counter(answers).most_common(1)
    pairs = [row for row in rows if row.get("chosen") and row.get("rejected")]
    return SideFacts(
        rows=len(rows),
        documents=len({row["document"] for row in rows}),
        conversations=sum(len(row["prompt"]) > 1 for row in rows),
        distinct_answers=len(set(answers)),
        commonest_answer=commonest[0][1] / len(answers) if commonest else 0.0,
        prompt_words=_binned(prompts),
        answer_words=_binned(answers),
        languages=_counts(language or "not sure" for language in languages),
        licences=_counts(row["licence"] for row in rows),
        origins=_counts(row["origin"] for row in rows),
        spoken_of=spoken_of(said, languages),
        lengths=pair_lengths(pairs) if pairs else None,
        rated_alone=_counts("liked" if row["label"] else "disliked" for row in rows if row.get("label") is not None),
        margins=_margins(rows),
    )


def _said(row: Row) -> dict[str, str]:
    answers = {"answer": row.get("completion") or row.get("chosen"), "rejected": row.get("rejected")}
    said = {part: answer[-1]["content"] for part, answer in answers.items() if answer}
    return {"prompt": "\n".join(turn["content"] for turn in row["prompt"]), **said}


def pair_lengths(pairs: Sequence[Row]) -> PairLengths:
    """Whether length alone tells the better answer; of one pair at least."""
    more = [len(pair["chosen"][-1]["content"]) - len(pair["rejected"][-1]["content"]) for pair in pairs]
    return PairLengths(
        chosen_longer=sum(n > 0 for n in more) / len(more),
        rejected_longer=sum(n < 0 for n in more) / len(more),
        mean_difference=sum(more) / len(more),
    )


def _margins(rows: Sequence[Row]) -> tuple[int, ...]:
    """Rows that have a margin, under the least of MARGINS that it reaches."""
    margins = [row["margin"] for row in rows if row.get("margin") is not None]
    counts = Counter(bisect_right(MARGINS, margin) - 1 for margin in margins)
    return tuple(counts[place] for place in range(len(MARGINS))) if margins else ()


def _binned(texts: Sequence[str]) -> tuple[int, ...]:
    counts = Counter(max(1, bisect_right(BINS, len(text.split()))) - 1 for text in texts)
    return tuple(counts[place] for place in range(len(BINS)))


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])))
