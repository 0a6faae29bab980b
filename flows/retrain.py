"""The walk: from a folder of internal documents to a candidate adapter, one line a stage."""

from __future__ import annotations

from pathlib import Path

from prefect import Task, State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun

from flows import stages
from flows.house import open_house
from registry.errors import MunimentError


def _may_pass(_: Task[..., object], __: TaskRun, state: State[object]) -> bool:
    """Retry what the outside world caused (a share, a hub, a held lock), never what a rule refused."""
    error = state.result(raise_on_failure=False)
    return not isinstance(error, MunimentError) or error.exit_code == 6


ingest = task(stages.ingest, cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5, retry_condition_fn=_may_pass)
base_model = task(stages.base_model, cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5, retry_condition_fn=_may_pass)
scrub = task(stages.scrub, cache_policy=NO_CACHE)
validate = task(stages.validate, cache_policy=NO_CACHE)
build_sft = task(stages.build_sft, cache_policy=NO_CACHE)
train_sft = task(stages.train_sft, cache_policy=NO_CACHE)
build_preference = task(stages.build_preference, cache_policy=NO_CACHE)
train_dpo = task(stages.train_dpo, cache_policy=NO_CACHE)
evaluate = task(stages.evaluate, cache_policy=NO_CACHE)
register = task(stages.register, cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5, retry_condition_fn=_may_pass)


@flow(name="retrain")
def retrain(workspace: str = ".", overrides: tuple[str, ...] = ()) -> list[str]:
    """Run every stage that is not yet done; returns the candidates' versions, the last one first."""
    house = open_house(Path(workspace), overrides)
    base = base_model(house)
    documents = ingest(house)
    scrubbed = scrub(house, documents)
    valid = validate(house, scrubbed)
    questions = build_sft(house, valid)
    tuned = train_sft(house, base, questions)
    pairs = build_preference(house, valid, questions, base, tuned)
    preferred = train_dpo(house, base, pairs, tuned)
    measured = evaluate(house, base, questions, (tuned, preferred))
    return register(house, measured, scrubbed)
