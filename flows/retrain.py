"""The walk: from a folder of internal documents to a candidate adapter, one line a stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows.house import House, open_house
from flows.walk import anchoring, candidates, continuing, leaks, privacy, replaying, searching, selecting, stages
from flows.walk.continuing import Continued
from flows.walk.privacy import Proof
from registry.errors import MunimentError
from registry.records import Adapter, Base, Dataset, DocumentSet, ScrubbedSet


def _may_pass(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    """Retry what the outside world caused (a share, a hub, a held lock), never what a rule refused."""
    error = state.result(raise_on_failure=False)
    return not isinstance(error, MunimentError) or error.exit_code == 6


_outside = task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5, retry_condition_fn=_may_pass)
_inside = task(cache_policy=NO_CACHE)

base_model = _outside(stages.base_model)
ingest = _outside(stages.ingest)
scrub = _inside(stages.scrub)
prove_scrubbing = _inside(privacy.prove_scrubbing)
validate = _inside(stages.validate)
build_sft = _inside(stages.build_sft)
with_replay = _inside(replaying.with_replay)
weigh_base = _inside(anchoring.weigh_base)
search = _inside(searching.tuned)
select_rows = _inside(selecting.learnt)
train_sft = _inside(stages.train_sft)
build_preference = _inside(stages.build_preference)
train_dpo = _inside(stages.train_dpo)
go_on = _inside(continuing.go_on)
prefer = _inside(continuing.prefer)
register = _inside(candidates.register)
evaluate = _inside(candidates.evaluate)
leak_test = _inside(leaks.leak_test)
gate = _inside(candidates.gate)


@dataclass(frozen=True)
class Trained:
    """How far the walk came with adapters that nothing has measured yet; `house` is set as they were trained."""

    house: House
    base: Base
    documents: DocumentSet
    scrubbed: ScrubbedSet
    proof: Proof
    questions: Dataset
    pairs: Dataset | None
    adapters: tuple[Adapter, ...]
    continued: Continued | None

    @property
    def measured(self) -> Dataset:
        """The rows by which all of them are measured: none that production has learnt, where one goes on from it."""
        return self.continued.measured if self.continued else self.questions

    @property
    def weighed(self) -> Dataset | None:
        """The pairs whose held-out ones all of them are measured by."""
        return self.continued.weighed if self.continued else self.pairs

    @property
    def fresh(self) -> tuple[Adapter, ...]:
        """Those that were trained from the base model."""
        return tuple(one for one in self.adapters if not self.continued or one.run not in self.continued.runs)


@flow(name="retrain")
def retrain(workspace: str = ".", overrides: tuple[str, ...] = (), leak_test_now: bool = False) -> list[str]:
    """Run every stage that is not yet done; returns the candidates' versions, first the one to ask people about."""
    t = to_adapters(open_house(Path(workspace), overrides), leak_test_now)
    evidence = evaluate(t.house, t.base, (t.measured, t.weighed), t.adapters, t.proof, t.continued)
    memory = leak_test(t.house, t.base, (t.documents, t.scrubbed), t.fresh, leak_test_now)
    return gate(t.house, t.base, t.adapters, (*evidence, *memory))


@flow(name="train")
def train(workspace: str = ".", overrides: tuple[str, ...] = ()) -> list[str]:
    """The walk as far as adapters; returns their versions, the last trained first."""
    t = to_adapters(open_house(Path(workspace), overrides))
    return [adapter.version for adapter in reversed(t.adapters)]


def to_adapters(house: House, leak_test_now: bool = False) -> Trained:
    """From documents to described and signed adapters."""
    base = base_model(house)
    documents = ingest(house)
    scrubbed = scrub(house, documents)
    proof = prove_scrubbing(house, documents, scrubbed)
    valid = validate(house, scrubbed)
    questions = build_sft(house, base, valid)
    learnt = _learnt(house, base, questions)
    fisher = weigh_base(house, base, questions)
    set_before = house.pipeline.sft.learn_from
    house = search(house, base, learnt, fisher)
    if house.pipeline.sft.learn_from != set_before:
        learnt = _learnt(house, base, questions)
    tuned = train_sft(house, base, learnt, fisher)
    pairs = build_preference(house, valid, questions, base, tuned)
    preferred = train_dpo(house, base, pairs, tuned)
    continued = go_on(house, base, (valid, questions), fisher, leak_test_now)
    continued = prefer(house, base, pairs, continued)
    adapters = register(house, base, (tuned, learnt), (preferred, pairs), continued)
    return Trained(house, base, documents, scrubbed, proof, questions, pairs, adapters, continued)


def _learnt(house: House, base: Base, questions: Dataset) -> Dataset:
    """The rows that SFT learns from."""
    return with_replay(house, base, select_rows(house, questions), questions.train.rows)
