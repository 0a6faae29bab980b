"""What differential privacy costs: few rows of the shipped questions, learnt with and without DP-SGD.

The same model, rows, batches and number of steps; seconds are of the processor, for each step after the first. Then
rows that neither has seen: their loss, and how many are answered right at each token. The last line is JSON.
`python -m tests.bench.private [ROWS [STEPS]]`, with one thread (`OMP_NUM_THREADS=1`).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import torch
from peft import PeftModel

from flows.base.model import load_base, resolve_base
from flows.rendering.render import Message, Rendered, padded, render, user
from flows.training.private import budget, row_losses
from flows.training.processes.together import learn
from flows.training.settings import PrivacySection, SftSection
from registry.artifacts import Artifacts
from registry.records import Base
from registry.tables import SFT_ROWS

QUESTIONS = Path(__file__).resolve().parents[2] / "examples" / "questions" / "rulebook.jsonl"
HELD = 100
BATCH = 8
EPSILONS = (8.0, 1.0)
SEED = 7


@dataclass(frozen=True)
class Made:
    """An adapter: seconds a step, its last five steps' mean loss, loss and right answers on held-out rows."""

    seconds_a_step: float
    last_loss: float
    held_out_loss: float
    right: float


def main(count: int = 100, steps: int = 20) -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    random.Random(SEED).shuffle(rows)
    table = pa.Table.from_pylist([_row(row) for row in rows[:count]], schema=SFT_ROWS)
    held = [_row(row) for row in rows[count : count + HELD]]
    plain = SftSection(quantization="none", max_steps=steps, per_device_train_batch_size=BATCH, save_steps=steps)
    ways = {"plain": plain} | {f"epsilon {e:g}": _private(plain, e) for e in EPSILONS}
    with tempfile.TemporaryDirectory() as directory:
        artifacts = Artifacts(Path(directory) / "artifacts")
        base = resolve_base("smollm2-135m-instruct", artifacts)
        results: dict[str, object] = {
            "rows": count,
            "steps": steps,
            "batch": BATCH,
            "untrained": _held(base, artifacts, held),
        }
        for name, section in ways.items():
            scratch = Path(directory) / name.replace(" ", "-")
            scratch.mkdir()
            results[name] = asdict(_made(table, base, section, (artifacts, scratch), held))
            if section.privacy is not None:
                results[f"noise of {name}"] = budget(section, count).noise_multiplier
            print(name, results[name], flush=True)
    print(json.dumps(results))


def _private(section: SftSection, epsilon: float) -> SftSection:
    return section.model_copy(update={"privacy": PrivacySection(epsilon=epsilon, delta=1e-3)})


def _row(row: dict[str, str]) -> dict[str, object]:
    """Without the list of rulebooks that each prompt begins with, which would be most of its tokens."""
    prompt = row["prompt"].partition("\n")[2]
    return {
        "prompt": user(prompt), "completion": [Message(role="assistant", content=row["completion"].strip())],
        "id": row["id"], "origin": "imported", "document": "d", "groups": [], "licence": "Apache-2.0", "source": "",
    }  # fmt: skip


def _made(
    table: pa.Table, base: Base, section: SftSection, place: tuple[Artifacts, Path], held: list[dict[str, object]]
) -> Made:
    moments: list[float] = []
    trained = learn(table, base, section, place, lambda *_: moments.append(time.process_time()))
    loss, right = _held(base, place[0], held, place[1] / "adapter")
    last = trained.losses[-5:]
    return Made((moments[-1] - moments[0]) / (len(moments) - 1), sum(last) / len(last), loss, right)


def _held(
    base: Base, artifacts: Artifacts, held: list[dict[str, object]], adapter: Path | None = None
) -> tuple[float, float]:
    """Mean loss of the rows, and the share whose every answer token is the likeliest."""
    model, tokenizer = load_base(base, artifacts)
    asked = model if adapter is None else PeftModel.from_pretrained(model, adapter)
    rows = [render(tokenizer, row["prompt"], row["completion"]) for row in held]  # type: ignore[arg-type]
    with torch.no_grad():
        parts = [rows[n : n + BATCH] for n in range(0, len(rows), BATCH)]
        losses = torch.cat([row_losses(asked.eval(), part) for part in parts])
        right = torch.cat([_right(asked, part) for part in parts])
    return float(losses.mean()), float(right.float().mean())


def _right(model: torch.nn.Module, rows: list[Rendered]) -> torch.Tensor:
    ids, mask, labels = padded(rows, next(model.parameters()).device)
    said = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1].argmax(-1)
    return ((said == labels[:, 1:]) | (labels[:, 1:] == -100)).all(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
