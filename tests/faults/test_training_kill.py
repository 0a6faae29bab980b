"""SFT, DPO and KTO killed at random moments and run again until they end: the adapters of a run that nobody killed.

`KILLS` kills that hit a step of training, see `make kills-training`.
"""

from __future__ import annotations

import os
import random
import sys
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pytest

from registry import tables
from registry.artifacts import Artifacts
from registry.records import Base, Dataset
from tests.killed import Act, Killer
from tests.tiny import CODES, WORDS
from tests.walked import Ended, Place

KILLS = int(os.environ.get("KILLS", "3"))
STEPS = {"sft": 16, "dpo": 12, "kto": 12}
SHARED: dict[str, Any] = {"quantization": "none", "save_steps": 3, "per_device_train_batch_size": 4}


def train(place: Place, arguments: tuple[str, ...]) -> None:
    """SFT, then DPO and KTO from its adapter; tells each step on stderr, and the digests of all adapters at the end."""
    from flows.training.preference.dpo import train_dpo
    from flows.training.runs import train_sft
    from flows.training.settings import DpoSection, SftSection

    artifacts = Artifacts(place.root / "artifacts")
    base = Base.model_validate_json((place.root / "base.json").read_bytes())
    rows, pairs, rated = (Dataset.model_validate_json((place.root / f"{name}.json").read_bytes()) for name in STEPS)
    sft = SftSection(**SHARED, max_steps=STEPS["sft"], lora_r=8, seed=7)
    dpo = DpoSection(**SHARED, max_steps=STEPS["dpo"], seed=7, learning_rate=1e-3)
    tuned = train_sft(rows, base, sft, artifacts, scratch(place, "sft"), _told("sft"))
    preferred = train_dpo(pairs, base, tuned, dpo, artifacts, scratch(place, "dpo"), _told("dpo"))
    kto = dpo.model_copy(update={"max_steps": STEPS["kto"], "loss_type": "kto"})
    liked = train_dpo(rated, base, tuned, kto, artifacts, scratch(place, "kto"), _told("kto"))
    print(tuned.weights, preferred.weights, liked.weights, flush=True)


def scratch(place: Place, name: str) -> Path:
    path = place.root / "scratch" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def _told(method: str) -> Any:
    return lambda done, *_: print(f"\n{method} step {done}", file=sys.stderr, flush=True)


def last_step(err: str) -> str:
    told = [line for line in err.splitlines() if line.startswith(tuple(f"{name} step " for name in STEPS))]
    return told[-1] if told else ""


@pytest.fixture
def fresh(tiny_base: Path, tmp_path: Path) -> Place:
    """A tiny base model, rows, pairs and single ratings; nothing trained."""
    from flows.base.model import resolve_base

    place = Place(tmp_path / "fresh", tmp_path / "keys")
    artifacts = Artifacts(place.root / "artifacts")
    place.keys.mkdir()
    (place.root / "base.json").write_text(resolve_base(str(tiny_base), artifacts).model_dump_json())
    for name in STEPS:
        schema = tables.SFT_ROWS if name == "sft" else tables.PREFERENCE_ROWS
        table = tables.write_table(pa.Table.from_pylist(_rows(name), schema=schema), artifacts, tmp_path, name)
        purpose: Literal["sft", "preference"] = "sft" if name == "sft" else "preference"
        made = Dataset(purpose=purpose, train=table, held_out=table, licences={}, origins={}, rejected=())
        (place.root / f"{name}.json").write_text(made.model_dump_json())
    return place


def _rows(name: str) -> list[dict[str, Any]]:
    shared = {"origin": "imported", "document": "d", "licence": "CC0-1.0", "source": ""}
    return [
        {
            **shared,
            "id": f"{name}-{n}",
            "groups": [f"g{n}"],
            "prompt": [{"role": "user", "content": f"Which colour has {word} {n}?"}],
            **_answers(name, n, word),
        }
        for n, word in enumerate(WORDS * 3)
    ]


def _answers(name: str, n: int, word: str) -> dict[str, Any]:
    better, worse = _said(f"The {word} is {CODES[n % 3]}."), _said("It has none.")
    match name:
        case "sft":
            return {"completion": _said(CODES[n % 3]), "choices": list(CODES)}
        case "dpo":
            return {"chosen": better, "rejected": worse}
    return {"label": n % 2 == 0, "chosen": [] if n % 2 else better, "rejected": worse if n % 2 else []}


def _said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


@pytest.mark.timeout(300 + 60 * KILLS)
def test_training_killed_at_random_steps_ends_with_the_same_adapters(fresh: Place, tmp_path: Path) -> None:
    killer, act = Killer(random.Random(int(os.environ.get("KILLS_SEED", "0")))), Act("train", (), train)
    whole = killer.left_alone(fresh.copy(tmp_path / "whole"), act)
    assert whole.code == 0, whole.err
    hit: list[str] = []

    for number in count():
        place = fresh.copy(tmp_path / str(number))
        steps, ended = killed_until_it_ends(place, act, killer, KILLS - len(hit))
        hit += steps

        assert ended.code == 0, ended.err
        assert ended.out == whole.out
        if len(hit) == KILLS:
            break

    print(f"\n{len(hit)} kills, all to the same adapters; last step before each: {', '.join(hit)}")


def killed_until_it_ends(place: Place, act: Act, killer: Killer, most: int) -> tuple[list[str], Ended]:
    """The last step that each killed run had told of, and how the last run ended.

    Runs that were killed before or after training don't count.
    """
    hit: list[str] = []
    while len(hit) < most:
        ended = killer.strike(place, act)
        if ended.code == 0:
            return hit, ended
        if not ended.out and (step := last_step(ended.err)):
            hit.append(step)
    return hit, killer.left_alone(place, act)
