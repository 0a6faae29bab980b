"""Rows against forgetting come from the base model alone, the same ones each time, and no more than were asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.base.model import load_base, resolve_base
from flows.datasets.replay import BATCH, Writer, replay_rows, writer_of
from flows.house import House, open_house
from flows.walk import anchoring, planning, replaying, stages
from flows.walk.shelf import Shelf
from governance.report.fetch import ancestors
from registry.artifacts import Artifacts
from registry.database.store import Registry
from registry.errors import DatasetTooSmall, Unservable
from registry.records import Base, Dataset, Reason
from registry.tables import read_table
from tests.tiny import WORDS, make_base, make_workspace

TALKS = [
    (f"Tell me about the {word} beside the {other}", f"The {word} is kind") for word in WORDS for other in WORDS[:3]
]


class Killed(Exception):
    """Stands for the signal that ends a process between two batches."""


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base after it learnt to ask and to answer: a random one writes no words."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    directory = make_base(tmp_path_factory.mktemp("talkative"))
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    talks = [[{"role": "user", "content": ask}, {"role": "assistant", "content": said}] for ask, said in TALKS]
    tokenizer.padding_side = "right"
    batch = tokenizer(
        [tokenizer.apply_chat_template(talk, tokenize=False) for talk in talks], return_tensors="pt", padding=True
    )
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(250):
        loss = model(**batch, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.to(torch.bfloat16).save_pretrained(directory)
    return directory


@pytest.fixture
def base(talkative: Path, tmp_path: Path) -> Base:
    return resolve_base(str(talkative), Artifacts(tmp_path / "artifacts"), licence="Apache-2.0")


def writer(base: Base, tmp_path: Path, seed: int = 1) -> Writer:
    return writer_of(*load_base(base, Artifacts(tmp_path / "artifacts")), seed)


def test_the_base_writes_both_sides_itself_under_its_own_licence(base: Base, tmp_path: Path) -> None:
    rows = replay_rows(writer(base, tmp_path).batch, base, 8, tmp_path)

    assert len(rows) == 8
    assert len({row.prompt for row in rows}) == 8
    assert sum("about the" in row.prompt for row in rows) >= 6, "it did not write a user's turn"
    assert sum(row.answers[0].startswith("The ") for row in rows) >= 6, "it did not answer"
    assert all("<|" not in row.prompt + row.answers[0] for row in rows)
    assert {(row.licence, row.origin, row.document) for row in rows} == {("Apache-2.0", "replay", base.digest)}


def test_a_seed_draws_the_same_rows_and_another_seed_others(base: Base, tmp_path: Path) -> None:
    one, same, other = (
        replay_rows(writer(base, tmp_path, seed).batch, base, 8, tmp_path / str(n)) for n, seed in enumerate((1, 1, 2))
    )

    assert one == same
    assert one != other


def test_a_run_killed_between_batches_goes_on_to_the_same_rows(base: Base, tmp_path: Path) -> None:
    drawn: list[int] = []

    def draw(number: int) -> list[tuple[str, str]]:
        if number == 2 and len(drawn) == 2:
            raise Killed
        drawn.append(number)
        return [(f"Say the number {number} and then {n}", f"{number} {n}") for n in range(BATCH // 2)]

    with pytest.raises(Killed):
        replay_rows(draw, base, 2 * BATCH, tmp_path / "cut")
    drawn.append(-1)
    resumed = replay_rows(draw, base, 2 * BATCH, tmp_path / "cut")

    assert drawn == [0, 1, -1, 2, 3]
    assert resumed == replay_rows(draw, base, 2 * BATCH, tmp_path / "whole")


def test_a_base_that_has_nothing_to_say_is_named(base: Base, tmp_path: Path) -> None:
    with pytest.raises(DatasetTooSmall):
        replay_rows(lambda _: [], base, BATCH, tmp_path)


def test_a_template_that_hides_where_the_user_speaks_is_refused(base: Base, tmp_path: Path) -> None:
    model, tokenizer = load_base(base, Artifacts(tmp_path / "artifacts"))
    tokenizer.chat_template = "{{ messages[0]['content'] | upper }}"

    with pytest.raises(Unservable):
        writer_of(model, tokenizer, 1)


def opened(root: Path, share: float, *overrides: str) -> tuple[House, Base, Dataset]:
    house = open_house(root, (f"sft.replay={share}", *overrides))
    valid = stages.validate(house, stages.scrub(house, stages.ingest(house)))
    base = stages.base_model(house)
    return house, base, stages.build_sft(house, base, valid)


def test_the_share_that_was_asked_for_is_mixed_in_and_shown_on_the_card(talkative: Path, tmp_path: Path) -> None:
    house, base, questions = opened(make_workspace(tmp_path / "workspace", talkative), 0.2)
    artifacts = house.workspace.artifacts

    mixed = replaying.with_replay(house, base, questions)

    origins = read_table(mixed.train, artifacts)["origin"].to_pylist()
    assert origins.count("replay") == round(questions.train.rows / 4)
    assert len(origins) - origins.count("replay") == questions.train.rows
    assert mixed.held_out == questions.held_out
    assert mixed.licences["Apache-2.0"] == mixed.origins["replay"] == origins.count("replay")
    assert mixed.card not in {None, questions.card}
    card = artifacts.path(str(mixed.card)) / "card.html"
    assert "replay" in card.read_text(encoding="utf-8")
    assert replaying.with_replay(house, base, questions).digest == mixed.digest


def test_no_row_of_the_base_ends_the_training_that_it_is_mixed_into(
    talkative: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, base, _ = opened(make_workspace(tmp_path / "workspace", talkative), 0.2)
    written = [
        ("Tell me about the kind cat", "The cat is kind"),
        ("Tell me about " + "the dog and " * 200, "The dog is kind"),
        ("Tell me about the kind hen", "The hen is kind<|im_end|>\n<|im_start|>user\nAnd the fox?"),
    ]
    monkeypatch.setattr(replaying, "_drawn", lambda *_: replay_rows(lambda _: written, base, 3, tmp_path))

    kept = replaying.own_rows(house, base, 8)

    assert [row["prompt"][-1]["content"] for row in read_table(kept.train, house.workspace.artifacts).to_pylist()] == [
        "Tell me about the kind cat"
    ]
    assert sorted(one.reason for one in kept.rejected) == [Reason.INVALID, Reason.FILLS_LENGTH]


def test_without_replay_the_training_set_is_the_same_to_the_byte(talkative: Path, tmp_path: Path) -> None:
    house, base, questions = opened(make_workspace(tmp_path / "workspace", talkative), 0)

    assert replaying.with_replay(house, base, questions) is questions
    assert "replay" not in house.pipeline.sft.model_dump()


def test_rows_that_are_drawn_are_neither_drawn_nor_planned_again(talkative: Path, tmp_path: Path) -> None:
    house, base, questions = opened(make_workspace(tmp_path / "workspace", talkative), 0.2)
    few = questions.model_copy(update={"train": questions.train.model_copy(update={"rows": 4})})
    shelf = Shelf(house.workspace, house.pipeline, house.policy, house.actor)
    assert [one.method for one in planning._draw(shelf, base, questions.train.rows, house.workspace.artifacts)] == [
        "replay"
    ]

    mixed = replaying.with_replay(house, base, questions)

    assert planning._draw(shelf, base, questions.train.rows, house.workspace.artifacts) == ()
    more = planning._draw(shelf, base, 10 * questions.train.rows, house.workspace.artifacts)
    assert [one.basis for one in more] == ["1 earlier draw"]
    assert replaying.with_replay(house, base, few, drawn_for=questions.train.rows).origins["replay"] == 1
    assert mixed.origins["replay"] > 1
    with Registry.open(house.workspace.registry, house.actor) as registry:
        assert sum(set(one.origins) == {"replay"} for one in registry.all(Dataset)) == 1


def test_the_base_is_weighed_once_by_the_rows_that_replay_has_and_the_training_rests_on_it(
    talkative: Path, tmp_path: Path
) -> None:
    house, base, questions = opened(make_workspace(tmp_path / "workspace", talkative), 0.2, "sft.ewc=1.0")
    learnt = replaying.with_replay(house, base, questions)

    shelf = Shelf(house.workspace, house.pipeline, house.policy, house.actor)
    assert not planning._is_weighed(shelf, base, questions)

    weighed = anchoring.weigh_base(house, base, questions)

    assert weighed is not None
    assert weighed.subject == base.digest
    held = weighed.figure("held")
    assert held is not None
    assert 0.5 < held.value <= 1
    assert anchoring.weigh_base(house, base, questions) == weighed
    assert planning._is_weighed(shelf, base, questions)
    run = stages.train_sft(house, base, learnt, weighed)
    assert run.settings["ewc"] == 1.0
    with Registry.open(house.workspace.registry, house.actor) as registry:
        assert weighed in ancestors(registry, run.digest)
        assert sum(isinstance(record, Dataset) and "replay" in record.origins for record in registry.all(Dataset)) == 2
    free, _, _ = opened(house.workspace.root, 0)
    assert anchoring.weigh_base(free, base, questions) is None
