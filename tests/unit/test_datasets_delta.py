"""What is new, known and gone is told by the content of rows, and nothing that was learnt is measured."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from flows.datasets.delta import Offer, delta, history, learnt_of, of_suites, offered
from flows.datasets.messages import Origin, Row, Unit, preference_table, row_id, sft_table
from flows.datasets.settings import BuildSection
from flows.evaluation.brought import suite_questions
from flows.training.continuing import Forerunner, Left, WhyNot, judged, measurable, objection
from flows.training.settings import SftSection
from governance.gates import CONTINUED, in_order
from registry.artifacts import Artifacts
from registry.records import Adapter, Base, Dataset, Evidence, Figure, Scalar, Table, TrainingRun
from registry.tables import UNITS, write_table

BASE = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")
SECTION = SftSection(lora_r=8)
NOTHING = Offer(frozenset())


def rows(*prompts: str, origin: Origin = "imported", evidence: str = "", group: str = "") -> list[Unit]:
    made = [
        Row(prompt, (f"answer to {prompt}",), origin, "d" * 64, "", (group or prompt,), "MIT", "", evidence=evidence)
        for prompt in prompts
    ]
    return list(sft_table(made).to_pylist())


def ids(units: list[Unit]) -> list[str]:
    return [str(unit["id"]) for unit in units]


def pairs(*prompts: str, origin: Origin = "imported") -> list[Unit]:
    made = [Row(one, (f"answer to {one}", "worse"), origin, "d" * 64, "here", ("g",), "MIT", "") for one in prompts]
    return list(preference_table(made).to_pylist())


def test_rows_are_new_known_or_gone_by_their_content() -> None:
    learnt, now = rows("one", "two", "three"), rows("two", "three", "four")

    found = delta(learnt, ids(now), NOTHING)

    assert found.new == tuple(ids(rows("four")))
    assert found.known == tuple(ids(rows("two", "three")))
    assert found.gone == tuple(ids(rows("one")))


def test_a_row_that_is_offered_but_not_drawn_is_not_gone() -> None:
    found = delta(rows("one", "two"), ids(rows("two")), Offer(frozenset(ids(rows("one")))))

    assert found.gone == ()


def test_a_pair_that_was_learnt_is_gone_with_what_offered_it_and_is_no_known_question() -> None:
    learnt = [*rows("one"), *pairs("kept", "gone")]

    found = delta(learnt, ids(rows("one", "kept")), Offer(frozenset(ids(pairs("kept")))))

    assert found.gone == tuple(ids(pairs("gone")))
    assert found.new == tuple(ids(rows("kept")))


def test_an_own_mistake_is_gone_with_its_question() -> None:
    mistakes = pairs("one", "two", origin="on-policy")

    assert delta(mistakes, ids(rows("one")), NOTHING).gone == (ids(mistakes)[1],)


def test_what_a_teacher_wrote_is_gone_with_the_words_that_it_rests_on() -> None:
    taught = rows("one", origin="taught", evidence="a trip means any journey")

    held, other = "here a trip means any journey for work", "another text"

    assert delta(taught, [], Offer(frozenset(), {"d" * 64: held})).gone == ()
    assert delta(taught, [], Offer(frozenset(), {"d" * 64: other})).gone == tuple(ids(taught))
    assert delta(taught, [], Offer(frozenset(), {"e" * 64: held})).gone == tuple(ids(taught)), "withdrawn"


def test_a_pair_that_a_judge_chose_is_gone_with_the_question_that_was_asked() -> None:
    asked = rows("one", "two")
    both = zip(pairs("p", "q", origin="on-policy"), asked, strict=True)
    judged = [{**pair, "question": row["id"]} for pair, row in both]

    assert delta(judged, ids(asked), NOTHING).gone == ()
    assert delta(judged, ids(rows("one")), NOTHING).gone == (judged[1]["id"],)


def test_what_the_base_wrote_itself_is_neither_known_nor_gone() -> None:
    found = delta(rows("one", origin="replay"), ids(rows("two")), NOTHING)

    assert (found.gone, found.known) == ((), ())


TEXT = "“Trip” means any journey for work.\n\nNobody need ask for one that is shorter than a day, or that they pay for."


@pytest.fixture
def units(tmp_path: Path) -> tuple[Table, Artifacts]:
    artifacts = Artifacts(tmp_path / "artifacts")
    shared = {"document": "d" * 64, "path": "f", "licence": "MIT", "source": ""}
    given = [
        {**shared, "unit": 0, "kind": "qa", "prompt": "Which colour?", "completion": " red "},
        {**shared, "unit": 1, "kind": "pair", "prompt": "Say it.", "chosen": "well", "rejected": "badly"},
        {**shared, "unit": 2, "kind": "text", "text": TEXT},
    ]
    return write_table(pa.Table.from_pylist(given, schema=UNITS), artifacts, tmp_path, "units"), artifacts


def test_documents_offer_questions_pairs_and_words(units: tuple[Table, Artifacts]) -> None:
    offer = offered(units[0], BuildSection(), units[1])

    assert {row_id((), "Which colour?", ("red",)), row_id((), "Say it.", ("well", "badly"))} < offer.ids
    assert len(offer.ids) > 2, "the text asks a question of its own"
    assert '"trip" means any journey for work' in offer.words["d" * 64]


def test_a_rating_that_was_learnt_alone_is_still_offered_beside_a_later_one(tmp_path: Path) -> None:
    wrong, right = rating(0, "Nobody.", liked=False), rating(1, "The client.", liked=True)

    alone, beside = (offer_of(given, tmp_path) for given in ([wrong], [wrong, right]))

    assert row_id((), "Who pays?", ("", "Nobody.")) in alone.ids
    assert alone.ids < beside.ids
    assert row_id((), "Who pays?", ("The client.", "Nobody.")) in beside.ids


def test_a_pair_of_ratings_is_offered_as_it_is_built_without_contested_ones(tmp_path: Path) -> None:
    contested = [rating(0, "The clerk.", liked=True), rating(1, "the  clerk.", liked=False, document="e" * 64)]
    others = [rating(2, "The client.", liked=True), rating(3, "Nobody.", liked=False)]

    offer = offer_of([*contested, *others], tmp_path)

    assert row_id((), "Who pays?", ("The client.", "Nobody.")) in offer.ids


def rating(number: int, answer: str, liked: bool, document: str = "d" * 64) -> dict[str, object]:
    about = {"document": document, "path": "f", "unit": number, "licence": "MIT", "source": ""}
    return {**about, "kind": "rating", "prompt": "Who pays?", "completion": answer, "label": liked}


def offer_of(given: list[dict[str, object]], place: Path) -> Offer:
    artifacts = Artifacts(place / "artifacts")
    units = write_table(pa.Table.from_pylist(given, schema=UNITS), artifacts, place, "units")
    return offered(units, BuildSection(), artifacts)


def test_history_is_drawn_by_seed_and_by_what_is_gone_on_from() -> None:
    known = [f"{n:016x}" for n in range(200)]
    drawn = history(known, 0.2, "one", 7)

    assert len(drawn) == 40
    assert drawn == history(list(reversed(known)), 0.2, "one", 7)
    assert drawn != history(known, 0.2, "one", 8)
    assert drawn != history(known, 0.2, "two", 7)
    assert history(known, 0, "one", 7) == frozenset()
    assert history(known, 1, "one", 7) == frozenset(known)


def test_a_held_out_question_that_was_learnt_measures_nothing() -> None:
    long = "Under which rule must a fund manager of a public fund keep client money apart from its own"
    held_out = rows("Which colour has the fox?", "Which colour has the owl?", long)
    learnt = [*rows("which colour has the FOX"), *rows(f"{long}, and for how many years must it do so?")]

    assert learnt_of(held_out, learnt, 0.5) == frozenset(ids(held_out)[::2])


def test_a_held_out_row_whose_group_was_learnt_measures_nothing() -> None:
    held_out = [*rows("Who signs it?", group="form 7"), *rows("Who reads it?", group="form 8")]

    assert learnt_of(held_out, rows("What is it for?", group="form 7"), 0.5) == {ids(held_out)[0]}


def test_rows_that_hold_a_question_of_a_suite_by_now_forbid_to_go_on(tmp_path: Path) -> None:
    suite = tmp_path / "suite.jsonl"
    question = "Which colour has the newt that lives below the old mill?"
    suite.write_text(json.dumps({"id": "1", "prompt": question, "completion": "red"}) + "\n")
    learnt, case = rows(question, "Who signs it?"), before(run(dataset=dataset().digest))

    assert of_suites(learnt, suite_questions(()), 0.5) == []
    assert len(of_suites(learnt, suite_questions((suite,)), 0.5)) == 1
    left = judged(case, 12, 0, 1)
    assert left is not None
    assert left.reason == WhyNot.SUITE_LEARNT


def run(parent: str | None = None, method: str = "sft", dataset: str = "d" * 64, **settings: Scalar) -> TrainingRun:
    shape: dict[str, Scalar] = {"lora_r": 8, "lora_alpha": 32, "lora_dropout": 0, "target_modules": "all-linear"}
    return TrainingRun.model_validate({
        "method": method, "base": BASE.digest, "dataset": dataset, "parent": parent, "weights": "c" * 64, "rows": 1,
        "settings": shape | settings if method == "sft" else {}, "steps": 1, "tokens": 1, "first_loss": 2.0,
        "last_loss": 1.0,
    })  # fmt: skip


def dataset() -> Dataset:
    table = Table(artifact="e" * 64, rows=1, columns=())
    return Dataset(purpose="sft", train=table, held_out=table, licences={}, origins={}, rejected=())


def before(*runs: TrainingRun, base: Base = BASE) -> Forerunner:
    adapter = Adapter(
        name="demo", weights="c" * 64, base=base.digest, run=runs[-1].digest, rank=8, target_modules=(), licences={},
        golden=(),
    )  # fmt: skip
    return Forerunner(adapter, runs, (dataset(),))


def test_an_adapter_of_the_same_base_and_shape_may_be_gone_on_from() -> None:
    first = run(dataset=dataset().digest)
    second = run(first.digest, "dpo", dataset().digest)

    assert objection(before(first), BASE, SECTION) is None
    assert objection(before(first, second), BASE, SECTION) is None


def test_what_does_not_fit_is_named() -> None:
    known = dataset().digest
    first = run(dataset=known)
    other = BASE.model_copy(update={"weights": "f" * 64})
    against = {
        WhyNot.OTHER_BASE: [before(first, base=other)],
        WhyNot.UNKNOWN_PAST: [
            before(run()), before(run("a" * 64, dataset=known)), before(run(method="dpo", dataset=known)),
        ],
        WhyNot.OTHER_SHAPE: [
            before(run(dataset=known, lora_r=16)), before(run(dataset=known, lora_alpha=16)),
            before(run(dataset=known, lora_dropout=0.1)), before(run(dataset=known, target_modules="q_proj")),
            before(run(dataset=known, use_rslora=True)),
        ],
    }  # fmt: skip

    for reason, cases in against.items():
        for case in cases:
            left = objection(case, BASE, SECTION)
            assert left is not None
            assert left.reason == reason


def test_rows_that_are_gone_forbid_to_go_on_whatever_is_new() -> None:
    case = before(run(dataset=dataset().digest))

    assert judged(case, 12, 0) is None
    for new in (0, 12):
        left = judged(case, new, 3)
        assert left == Left(WhyNot.ROWS_GONE, f"{case.adapter.version} learnt 3 rows that no document offers any more")
    nothing = judged(case, 0, 0)
    assert nothing is not None
    assert nothing.reason == WhyNot.NOTHING_NEW


def test_fewer_fair_questions_than_policy_asks_for_are_left_to_the_fresh_adapter() -> None:
    case = before(run(dataset=dataset().digest))

    assert measurable(case, (150, 100), 100) is None
    assert measurable(case, (60, 60), 100) is None, "too few without it already"
    assert measurable(case, (60, 60), 0) is None
    for every, fair, least in ((150, 99, 100), (60, 59, 100), (60, 0, 0)):
        left = measurable(case, (every, fair), least)
        assert left is not None
        assert left.reason == WhyNot.NOTHING_TO_MEASURE


FRESH, DPO, GROWN = "1" * 64, "2" * 64, "3" * 64


def told(continued: float, dpo: float) -> list[Evidence]:
    figures = {FRESH: 0.9, DPO: dpo, GROWN: continued}
    measured = [
        Evidence(
            type="headline", subject=subject,
            figures=(Figure(name="accuracy", value=value, low=value - 0.05, high=value + 0.05, n=100),),
        )
        for subject, value in figures.items()
    ]  # fmt: skip
    new = Figure(name="new", value=12.0)
    return [*measured, Evidence(type=CONTINUED, subject=GROWN, figures=(new,))]


def test_the_continued_adapter_is_asked_about_first_only_where_it_clearly_answers_more() -> None:
    trained = [GROWN, DPO, FRESH]

    assert in_order(trained, told(0.7, 0.6)) == [GROWN, DPO, FRESH]
    assert in_order(trained, told(0.64, 0.6)) == [DPO, FRESH, GROWN], "within its interval"
    assert in_order(trained, told(0.6, 0.6)) == [DPO, FRESH, GROWN]
    assert in_order(trained, told(0.5, 0.6)) == [DPO, FRESH, GROWN]
    assert in_order([GROWN], told(0.5, 0.6)) == [GROWN]
    assert in_order([GROWN, DPO], [one for one in told(0.7, 0.6) if one.subject != GROWN or one.type == CONTINUED]) == [
        DPO, GROWN,
    ]  # fmt: skip


def test_without_a_continued_adapter_the_last_trained_comes_first() -> None:
    assert in_order([DPO, FRESH], [one for one in told(0.7, 0.1) if one.type != CONTINUED]) == [DPO, FRESH]
