"""Many disliked answers to one question make many pairs, which must not pass for as many independent measurements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from flows.evaluation import preferred
from flows.evaluation.settings import EvaluateSection
from registry.artifacts import Artifacts
from registry.records import Base
from registry.tables import PREFERENCE_ROWS, write_table

BASE = Base(name="b", weights="0" * 64, licence="MIT", architecture="a", parameters=1, source="s")


def pair(number: int, question: str, before: str = "") -> dict[str, object]:
    turns = [{"role": "user", "content": before}, {"role": "assistant", "content": "Yes?"}] if before else []
    about = {"id": f"{number:016x}", "origin": "imported", "document": "d" * 64, "groups": ["g"], "licence": "MIT"}
    return {
        **dict.fromkeys(PREFERENCE_ROWS.names), **about, "source": "s",
        "prompt": [*turns, {"role": "user", "content": question}],
        "chosen": [{"role": "assistant", "content": "It pays."}],
        "rejected": [{"role": "assistant", "content": f"By letter {number}."}],
    }  # fmt: skip


def test_each_question_is_weighed_once_however_many_pairs_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = ("How are claims of office {} paid?", "how are claims of office {} paid")
    rows = [pair(50 * office + n, ways[n % 2].format(office)) for office in range(8) for n in range(50)]
    rows.append(pair(900, ways[0].format(0), before="Good morning"))
    store = (Artifacts(tmp_path / "artifacts"), tmp_path)
    table = write_table(pa.Table.from_pylist(rows, schema=PREFERENCE_ROWS), *store, "pairs")
    sides = iter((1.0, 0.0))
    monkeypatch.setattr(preferred, "_margins", lambda rows, *_: margins(len(rows), next(sides)))

    evidence = preferred.preferred(table, ("1" * 64, BASE), (None, None), EvaluateSection(), store)

    assert {figure.name: figure.n for figure in evidence.figures} == {"accuracy": 9, "likelier": 9, "by_length": 9}


def margins(count: int, nats: float) -> Iterator[float]:
    yield from [nats] * count
