"""From units to training sets: leak-free, in TRL's formats, the same whatever the order."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest
from lxml import html

from flows.datasets.card import facts_of, with_card
from flows.datasets.preference import build_preference
from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from flows.evaluation.brought import suite_questions
from governance.report.card import render
from registry.artifacts import Artifacts
from registry.errors import DatasetTooSmall
from registry.records import Dataset, Reason, Table
from registry.tables import PREFERENCE_ROWS, UNITS, read_table, write_table

UnitRow = dict[str, object]
NO_PAIRS = PREFERENCE_ROWS.empty_table()


def unit(number: int, **fields: object) -> UnitRow:
    blank: UnitRow = dict.fromkeys(UNITS.names)
    about = {"document": "d" * 64, "path": "rows.jsonl", "unit": number, "licence": "MIT", "source": "s"}
    return {**blank, **about, "groups": [f"ref:{number // 2}"], **fields}


def questions(count: int = 80) -> list[UnitRow]:
    return [unit(n, kind="qa", prompt=f"Which rule covers case {n}?", completion=f"Rule {n % 7}") for n in range(count)]


def pairs(count: int = 80) -> list[UnitRow]:
    return [unit(n, kind="pair", prompt=f"How is case {n} told?", chosen="well", rejected="ill") for n in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> tuple[Artifacts, Path]:
    return Artifacts(tmp_path / "artifacts"), tmp_path


def table(rows: list[UnitRow], store: tuple[Artifacts, Path]) -> Table:
    return write_table(pa.Table.from_pylist(rows, schema=UNITS), *store, "units")


def sft(rows: list[UnitRow], store: tuple[Artifacts, Path], section: BuildSection | None = None) -> Dataset:
    return build_sft(table(rows, store), section or BuildSection(), *store, ())


def groups(side: Table, artifacts: Artifacts) -> set[str]:
    return {group for own in read_table(side, artifacts)["groups"].to_pylist() for group in own}


def test_shuffled_units_build_the_same_dataset(store: tuple[Artifacts, Path]) -> None:
    rows = questions()

    first, second = sft(rows, store), sft(random.Random(1).sample(rows, len(rows)), store)

    assert first.digest == second.digest


def test_rows_load_in_trls_conversational_format(store: tuple[Artifacts, Path]) -> None:
    from datasets import load_dataset
    from trl.data_utils import is_conversational

    dataset = sft(questions(), store)
    path = store[0].path(dataset.train.artifact)

    loaded = load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(store[1] / "cache"))

    assert is_conversational(loaded[0])
    assert loaded[0]["prompt"][0]["role"] == "user"
    assert loaded[0]["completion"][0]["role"] == "assistant"


def test_preference_training_touches_nothing_that_sft_holds_out(store: tuple[Artifacts, Path]) -> None:
    dataset = sft(questions(), store)

    preferred = build_preference(table(pairs(), store), NO_PAIRS, dataset, BuildSection(), store, ())

    assert not groups(preferred.train, store[0]) & groups(dataset.held_out, store[0])
    assert not groups(preferred.train, store[0]) & groups(preferred.held_out, store[0])


def test_a_pair_near_a_held_out_question_is_not_trained_on(store: tuple[Artifacts, Path]) -> None:
    dataset = sft(questions(), store)
    asked = [row["prompt"][0]["content"] for row in read_table(dataset.held_out, store[0]).to_pylist()]
    same = [
        unit(900 + n, kind="pair", prompt=prompt.upper(), chosen="a", rejected="b", groups=[f"x{n}"])
        for n, prompt in enumerate(asked)
    ]

    preferred = build_preference(table([*pairs(), *same], store), NO_PAIRS, dataset, BuildSection(), store, ())

    trained = {row["prompt"][0]["content"] for row in read_table(preferred.train, store[0]).to_pylist()}
    assert not trained & {prompt.upper() for prompt in asked}


def test_what_is_cut_from_held_out_is_not_trained_on(store: tuple[Artifacts, Path]) -> None:
    cut = sft(questions(), store, BuildSection(max_held_out=1, max_train_rows=30))

    assert cut.held_out.rows == 1
    assert cut.train.rows == 30
    assert not groups(cut.train, store[0]) & groups(cut.held_out, store[0])


def test_no_more_is_held_out_than_is_measured_and_the_rest_is_learnt(store: tuple[Artifacts, Path]) -> None:
    usual = sft(questions(300), store)

    few = sft(questions(300), store, BuildSection(max_held_out=10))

    assert groups(few.held_out, store[0]) < groups(usual.held_out, store[0])
    assert few.held_out.rows == 10
    assert few.train.rows == 300 - 10


def test_long_rows_and_contradicting_pairs_are_refused(store: tuple[Artifacts, Path]) -> None:
    dataset = sft([*questions(), unit(99, kind="qa", prompt="Q", completion="long " * 900)], store)
    both = [unit(200, kind="pair", prompt="P", chosen=a, rejected=b) for a, b in (("x", "y"), ("y", "x"))]

    preferred = build_preference(table([*pairs(), *both], store), NO_PAIRS, dataset, BuildSection(), store, ())

    assert [rejected.reason for rejected in dataset.rejected] == [Reason.TOO_LONG]
    assert [rejected.reason for rejected in preferred.rejected] == [Reason.CONFLICT, Reason.CONFLICT]


def test_a_pair_given_the_other_way_round_in_other_case_or_signs_contradicts_it(store: tuple[Artifacts, Path]) -> None:
    grades = unit(300, kind="qa", prompt="Which grade?", completion="A", choices=["A", "A-"])
    dataset = sft([*questions(), grades], store)
    told = (
        ("Yes, they may trade.", "No, they may not trade."), ("no, they may not trade", "yes, they may trade"),
        ("A-", "A"), ("a", "a-"),
    )  # fmt: skip
    both = [
        unit(200 + n, kind="pair", prompt=f"Say it {n // 2}", chosen=a, rejected=b) for n, (a, b) in enumerate(told)
    ]

    preferred = build_preference(table([*pairs(), *both], store), NO_PAIRS, dataset, BuildSection(), store, ())

    assert [one.place for one in preferred.rejected] == [f"rows.jsonl:{200 + n}" for n in range(4)]
    assert {one.reason for one in preferred.rejected} == {Reason.CONFLICT}


def test_a_pair_that_differs_in_form_alone_is_refused_and_one_of_labels_is_not(store: tuple[Artifacts, Path]) -> None:
    labelled = [
        unit(300, kind="qa", prompt="Which heading?", completion="Late fee", choices=["Late fee", "Late fees"]),
        unit(301, kind="qa", prompt="Which grade?", completion="A", choices=["A", "A-"]),
    ]
    dataset = sft([*questions(), *labelled], store)
    told = (
        ("It rains", "It rain"), ("In 3 days", "In 8 days"), ("Late fee", "Late fees"), ("Sold", "Not sold"),
        ("A", "A-"), ("C++", "C"), ("-5", "5"),
    )  # fmt: skip
    near = [unit(200 + n, kind="pair", prompt=f"Say it {n}", chosen=a, rejected=b) for n, (a, b) in enumerate(told)]

    preferred = build_preference(table([*pairs(), *near], store), NO_PAIRS, dataset, BuildSection(), store, ())

    assert [(one.place, one.reason) for one in preferred.rejected] == [("rows.jsonl:200", Reason.NEAR_DUPLICATE)]


@pytest.mark.parametrize(("share", "turn"), [(0.99, "lower"), (1e-6, "raise")])
def test_a_split_that_leaves_too_few_rows_on_a_side_names_its_setting(
    store: tuple[Artifacts, Path], share: float, turn: str
) -> None:
    with pytest.raises(DatasetTooSmall) as refused:
        sft(questions(), store, BuildSection(held_out_share=share))

    assert refused.value.next_step.startswith(f"{turn} build.held_out_share")


def test_too_few_rows_are_a_named_error(store: tuple[Artifacts, Path]) -> None:
    copies = [unit(900 + n, kind="qa", prompt="Who pays?", completion="The client") for n in range(3)]

    with pytest.raises(DatasetTooSmall, match="refused were 2 duplicate"):
        sft([*questions(5), *copies], store)


def test_a_data_card_counts_and_quotes_nobody(store: tuple[Artifacts, Path]) -> None:
    contradicting = [unit(900 + n, kind="qa", prompt="Who pays?", completion=f"Payer {n}") for n in range(2)]
    dataset = sft([*questions(), *contradicting], store)

    carded, again = (with_card(dataset, store[0], store[1]) for _ in range(2))

    assert carded.card is not None
    page = (store[0].verified(carded.card) / "card.html").read_text(encoding="utf-8")
    assert carded.digest == again.digest != dataset.digest
    assert "conflicting labels" in page
    assert "<svg" in page
    assert not any(word in page for word in ("Which rule covers", "Who pays", "Payer", "rows.jsonl"))
    assert "src=" not in page
    assert 'href="http' not in page


def test_the_card_counts_insults_by_group_and_part(store: tuple[Artifacts, Path]) -> None:
    rude = dict.fromkeys(range(0, 80, 2), "You stupid idiot, ask her.")
    rows = [
        unit(
            n,
            kind="pair",
            prompt=f"How is case {n} told?",
            chosen="It is told to her",
            rejected=rude.get(n, "To the board."),
        )
        for n in range(80)
    ]
    dataset = build_preference(table(rows, store), NO_PAIRS, sft(questions(), store), BuildSection(), store, ())

    facts = facts_of(dataset, store[0]).train.spoken_of

    expected = sum("idiot" in row["rejected"][0]["content"] for row in read_table(dataset.train, store[0]).to_pylist())
    assert facts.insults == facts.groups["women"].insults == {"rejected": expected}
    page = render(facts_of(dataset, store[0]))
    assert "Insult in the rejected answer" in page
    assert "A row whose language is not sure is taken for one in the side's commonest" in page
    assert "women" in page
    assert "idiot" not in page


def test_tables_of_many_columns_stand_under_each_other(store: tuple[Artifacts, Path]) -> None:
    dataset = build_preference(table(pairs(), store), NO_PAIRS, sft(questions(), store), BuildSection(), store, ())

    page = html.fromstring(render(facts_of(dataset, store[0])))

    columns = [len(one.findall("thead/tr/th")) for one in page.xpath("//div[@class='columns']/table")]
    assert set(columns) == {2}
    assert page.xpath("//caption[starts-with(., 'Rows by group')]")


def test_the_card_of_pairs_says_what_preferring_the_longer_answer_scores(store: tuple[Artifacts, Path]) -> None:
    said = ("well told", "ill"), ("well", "ill"), ("so", "not"), ("yes", "no!")
    told = [(f"Case {n}?", *said[n % 4]) for n in range(80)]
    rows = [unit(n, kind="pair", prompt=p, chosen=a, rejected=b) for n, (p, a, b) in enumerate(told)]
    dataset = build_preference(table(rows, store), NO_PAIRS, sft(questions(), store), BuildSection(), store, ())
    held = [
        len(row["chosen"][0]["content"]) - len(row["rejected"][0]["content"])
        for row in read_table(dataset.held_out, store[0]).to_pylist()
    ]

    lengths = facts_of(dataset, store[0]).held_out.lengths
    page = (store[0].verified(with_card(dataset, *store).card or "") / "card.html").read_text(encoding="utf-8")

    assert lengths is not None
    assert lengths.chosen_longer == sum(n > 0 for n in held) / len(held)
    assert lengths.rejected_longer == sum(n < 0 for n in held) / len(held)
    assert lengths.mean_difference == pytest.approx(sum(held) / len(held))
    assert 0 < lengths.rejected_longer < lengths.chosen_longer < 1 - lengths.rejected_longer
    assert f"always prefers the longer answer is right in {100 * lengths.chosen_longer:.1f}" in page
    assert "characters" in page


def test_the_card_of_questions_weighs_no_lengths(store: tuple[Artifacts, Path]) -> None:
    dataset = sft(questions(), store)

    assert facts_of(dataset, store[0]).train.lengths is None
    assert "longer" not in render(facts_of(dataset, store[0]))


def test_a_training_row_with_a_question_of_a_suite_is_refused(store: tuple[Artifacts, Path]) -> None:
    asked = "Which of the eleven emirs signed the treaty on fishing rights in the year of the comet?"
    suite = store[1] / "suite.jsonl"
    suite.write_text(f'{{"id": "1", "prompt": "{asked}", "completion": "none"}}\n')
    rows = [*questions(), unit(900, kind="qa", prompt=f"Tell me: {asked}", completion="The third")]

    dataset = build_sft(table(rows, store), BuildSection(), *store, suite_questions([suite]))

    assert [(one.place, one.reason) for one in dataset.rejected] == [("rows.jsonl:900", Reason.CONTAMINATED)]


def chat(number: int, *said: str, unlearnt: int = -1, **fields: object) -> UnitRow:
    roles = ("user", "assistant")
    turns = [{"role": roles[n % 2], "content": text, "learn": n != unlearnt} for n, text in enumerate(said)]
    return unit(number, kind="chat", turns=turns, **fields)


def trained(dataset: Dataset, artifacts: Artifacts) -> list[dict[str, list[dict[str, str]]]]:
    both = (read_table(side, artifacts).to_pylist() for side in (dataset.train, dataset.held_out))
    return [row for side in both for row in side]


def test_a_conversation_gives_a_row_for_each_answer_behind_all_that_was_said(store: tuple[Artifacts, Path]) -> None:
    talk = chat(900, "Which fee?", "Ten.", "Since when?", "May.", "Until?", "June.", unlearnt=3)

    rows = trained(sft([*questions(), talk], store), store[0])

    asked = {
        tuple(turn["content"] for turn in row["prompt"]): row["completion"][0]["content"]
        for row in rows
        if row["prompt"][0]["content"] == "Which fee?"
    }
    assert asked == {("Which fee?",): "Ten.", ("Which fee?", "Ten.", "Since when?", "May.", "Until?"): "June."}


def test_a_conversation_stays_on_one_side(store: tuple[Artifacts, Path]) -> None:
    talks = [
        chat(900 + n, f"Who is {n}?", f"Clerk {n}.", f"And {n + 1}?", f"Nurse {n}.", groups=[f"row:{n}"])
        for n in range(40)
    ]

    dataset = sft([*questions(), *talks], store)

    sides = [
        {row["prompt"][0]["content"] for row in read_table(side, store[0]).to_pylist() if len(row["prompt"]) > 1}
        for side in (dataset.train, dataset.held_out)
    ]
    firsts = [
        {row["prompt"][0]["content"] for row in read_table(side, store[0]).to_pylist() if len(row["prompt"]) == 1}
        for side in (dataset.train, dataset.held_out)
    ]
    assert all(sides)
    assert not sides[0] & firsts[1]
    assert not sides[1] & firsts[0]


def test_a_short_question_may_be_answered_otherwise_in_another_conversation(store: tuple[Artifacts, Path]) -> None:
    talks = [chat(900 + n, f"Tell me of case {n}", f"It is case {n}.", "Why?", f"For reason {n}.") for n in range(2)]

    dataset = sft([*questions(), *talks], store)

    assert not [one for one in dataset.rejected if one.reason is Reason.CONFLICT]


def test_what_a_held_out_conversation_ends_with_is_not_learnt_alone(store: tuple[Artifacts, Path]) -> None:
    alone = [
        unit(n, kind="qa", prompt=f"Who signs form {n}?", completion=f"Clerk {n}.", groups=[f"row:{n}"])
        for n in range(40)
    ]
    talks = [
        chat(900 + n, f"word{n} " * 20, "Noted.", f"Who signs form {n}?", f"Clerk {n}.", groups=[f"row:{900 + n}"])
        for n in range(40)
    ]

    dataset = sft([*alone, *talks], store)

    learnt, measured = (
        {(row["prompt"][-1]["content"], row["completion"][0]["content"]) for row in rows}
        for rows in (read_table(side, store[0]).to_pylist() for side in (dataset.train, dataset.held_out))
    )
    assert any(asked.startswith("Who signs") for asked, _ in measured)
    assert not {row for row in learnt & measured if row[0].startswith("Who signs")}


def test_no_pair_prefers_what_a_held_out_conversation_ends_with(store: tuple[Artifacts, Path]) -> None:
    talks = [
        chat(n, f"word{n} " * 20, "Noted.", f"Who signs form {n}?", f"Clerk {n}.", groups=[f"row:{n}"])
        for n in range(40)
    ]
    alike = [
        unit(900 + n, kind="pair", prompt=f"Who signs form {n}?", chosen=f"Clerk {n}.", rejected="Nobody at all.")
        for n in range(40)
    ]
    units = table([*talks, *alike], store)
    questions_built = build_sft(units, BuildSection(), *store, ())

    built = build_preference(units, NO_PAIRS, questions_built, BuildSection(), store, ())

    measured = {row["prompt"][-1]["content"] for row in read_table(questions_built.held_out, store[0]).to_pylist()}
    preferred = {row["prompt"][-1]["content"] for row in read_table(built.train, store[0]).to_pylist()}
    assert any(asked.startswith("Who signs") for asked in measured)
    assert not measured & preferred


def test_a_turn_that_hangs_on_what_was_said_before_is_learnt_elsewhere_too(store: tuple[Artifacts, Path]) -> None:
    talks = [
        chat(n, f"Tell me of case {n}", f"It is case {n}.", "Is it open?", ("Yes.", "No.")[n % 2], groups=[f"row:{n}"])
        for n in range(900, 908)
    ]
    thanks = [
        chat(n, f"Tell me of form {n}", f"It is form {n}.", "Thanks.", "You are welcome.", groups=[f"row:{n}"])
        for n in range(800, 840)
    ]

    dataset = sft([*questions(), *talks, *thanks], store)

    learnt = [row["prompt"][-1]["content"] for row in read_table(dataset.train, store[0]).to_pylist()]
    assert not [one for one in dataset.rejected if one.detail == "it asks what a held-out conversation ends with"]
    assert {"Is it open?", "Thanks."} <= set(learnt)


def test_turns_of_one_long_conversation_are_no_near_copies(store: tuple[Artifacts, Path]) -> None:
    said = [f"word{n} " * 3 + " ".join(f"long{k}" for k in range(80)) if n == 0 else f"turn {n}" for n in range(6)]

    dataset = sft([*questions(), chat(900, *said)], store)

    assert not dataset.rejected


def test_a_disliked_answer_is_set_beside_a_liked_one_and_never_learnt(store: tuple[Artifacts, Path]) -> None:
    rated = [
        unit(900, kind="rating", prompt="Who pays?", completion="The client.", label=True, groups=["ref:a"]),
        unit(901, kind="rating", prompt="Who pays?", completion="Nobody.", label=False, groups=["ref:a"]),
        unit(902, kind="rating", prompt="Who asks?", completion="Nobody.", label=False, groups=["ref:b"]),
    ]

    dataset = sft([*questions(), *rated], store)
    preferred = build_preference(table([*pairs(), *rated], store), NO_PAIRS, dataset, BuildSection(), store, ())

    answers = [row["completion"][0]["content"] for row in trained(dataset, store[0])]
    assert "The client." in answers
    assert "Nobody." not in answers
    found = [row for row in trained(preferred, store[0]) if row["rejected"][0]["content"] == "Nobody."]
    assert [row["chosen"][0]["content"] for row in found] == ["The client."]
    assert [(one.place, one.reason) for one in preferred.rejected] == [("rows.jsonl:902", Reason.UNPAIRED)]


def test_kto_learns_what_was_rated_alone_and_is_measured_on_pairs(store: tuple[Artifacts, Path]) -> None:
    rated = [
        unit(900 + n, kind="rating", prompt=f"Who pays bill {n}?", completion=f"Desk {n}.", label=n % 2 == 0,
             groups=[f"bill:{n}"])
        for n in range(40)
    ]  # fmt: skip
    given = table([*pairs(), *rated], store)
    dataset = sft([*questions(), *rated], store)

    paired = build_preference(given, NO_PAIRS, dataset, BuildSection(), store, ())
    single = build_preference(given, NO_PAIRS, dataset, BuildSection(), store, (), single_ratings=True)

    rows = read_table(single.train, store[0]).to_pylist()
    liked, disliked = ([row for row in rows if row["label"] is label] for label in (True, False))
    assert liked
    assert disliked
    assert [(row["rejected"], len(row["chosen"])) for row in liked] == [([], 1)] * len(liked)
    assert [(row["chosen"], len(row["rejected"])) for row in disliked] == [([], 1)] * len(disliked)
    held_out = read_table(single.held_out, store[0]).to_pylist()
    assert {row["label"] for row in held_out} == {None}
    assert len(liked) + len(disliked) + single.pool["held out, rated alone"] + _learnt_elsewhere(single) == 40
    assert {one.reason for one in paired.rejected} == {Reason.UNPAIRED}
    assert len(paired.rejected) == 20
    assert {row["label"] for row in trained(paired, store[0])} == {None}
    facts = facts_of(single, store[0])
    assert facts.train.rated_alone == {"liked": len(liked), "disliked": len(disliked)}
    assert facts.train.lengths is not None
    assert facts.held_out.rated_alone == {}
    assert render(facts).count("Rated alone, ") == 1


def test_single_ratings_without_a_pair_to_measure_by_are_named(store: tuple[Artifacts, Path]) -> None:
    rated = [
        unit(n, kind="rating", prompt=f"Who pays bill {n}?", completion=f"Desk {n}.", label=False, groups=[f"b{n}"])
        for n in range(40)
    ]
    given, dataset = table(rated, store), sft(questions(), store)

    with pytest.raises(DatasetTooSmall, match=r"no pair is held out beside \d\d single ratings"):
        build_preference(given, NO_PAIRS, dataset, BuildSection(), store, (), single_ratings=True)


def _learnt_elsewhere(dataset: Dataset) -> int:
    """Ratings of a question that SFT holds out."""
    return sum(one.reason is Reason.CONTAMINATED for one in dataset.rejected)


def test_own_mistakes_are_held_out_where_nobody_brought_pairs(store: tuple[Artifacts, Path]) -> None:
    dataset = sft(questions(), store)
    rows = read_table(dataset.train, store[0]).to_pylist()
    wrong = [{"role": "assistant", "content": "None of these at all."}]
    own = pa.Table.from_pylist(
        [{**row, "chosen": row["completion"], "rejected": wrong, "origin": "on-policy"} for row in rows],
        schema=PREFERENCE_ROWS,
    )

    pairs = build_preference(table([], store), own, dataset, BuildSection(), store, ())

    assert pairs.held_out.rows > 0
    assert pairs.train.rows > pairs.held_out.rows
    learnt, measured = (read_table(side, store[0])["groups"].to_pylist() for side in (pairs.train, pairs.held_out))
    assert not {one for groups in learnt for one in groups} & {one for groups in measured for one in groups}


def test_a_rating_that_a_pair_contradicts_is_refused(store: tuple[Artifacts, Path]) -> None:
    both = [
        unit(900, kind="pair", prompt="Who pays?", chosen="The client.", rejected="Nobody at all.", groups=["a"]),
        unit(901, kind="rating", prompt="Who pays?", completion="the client", label=False, groups=["a"]),
        unit(902, kind="rating", prompt="Who pays?", completion="The house of the founder.", label=False, groups=["a"]),
        unit(903, kind="pair", prompt="Who asks?", chosen="The clerk.", rejected="Nobody at all.", groups=["b"]),
        unit(904, kind="rating", prompt="Who asks?", completion="Nobody at all", label=True, groups=["b"]),
    ]

    given, asked = table([*pairs(), *both], store), sft(questions(), store)
    dataset = build_preference(given, NO_PAIRS, asked, BuildSection(), store, (), single_ratings=True)

    refused = {one.place: one.reason for one in dataset.rejected}
    assert refused == {"rows.jsonl:901": Reason.CONFLICT, "rows.jsonl:904": Reason.CONFLICT}


def test_a_dislike_of_what_sft_learns_as_the_right_answer_is_refused(store: tuple[Artifacts, Path]) -> None:
    about = {"kind": "rating", "label": False, "groups": ["ref:said"]}
    gold = unit(900, kind="qa", prompt="Who pays the rent?", completion="The client pays.", groups=["ref:said"])
    disliked = [
        unit(901, prompt="who pays the rent", completion="The client pays", **about),
        unit(902, prompt="Who pays the rent?", completion="Nobody pays.", **about),
    ]
    dataset = sft([*questions(), gold], store)
    given = table([*pairs(), gold, *disliked], store)

    preferred = build_preference(given, NO_PAIRS, dataset, BuildSection(), store, (), single_ratings=True)

    assert "The client pays." in [row["completion"][0]["content"] for row in trained(dataset, store[0])]
    assert [(one.place, one.reason) for one in preferred.rejected] == [("rows.jsonl:901", Reason.CONFLICT)]


def test_no_adapter_is_measured_on_a_pair_whose_better_answer_sft_has_learnt(store: tuple[Artifacts, Path]) -> None:
    rated = [
        unit(2 * n + liked, kind="rating", prompt=f"Who decides case {n}?", completion=answer, label=bool(liked),
             groups=[f"case:{n}"])
        for n in range(120)
        for liked, answer in enumerate((f"Nobody decides {n}.", f"Office {n} does."))
    ]  # fmt: skip
    section = BuildSection(max_held_out=10)
    dataset = sft(rated, store, section)

    preferred = build_preference(table(rated, store), NO_PAIRS, dataset, section, store, ())

    learnt = {row["prompt"][-1]["content"] for row in read_table(dataset.train, store[0]).to_pylist()}
    weighed = {row["prompt"][-1]["content"] for row in read_table(preferred.held_out, store[0]).to_pylist()}
    assert preferred.held_out.rows == 10
    assert not weighed & learnt


def test_what_came_before_the_question_of_a_pair_is_trained_with_it(store: tuple[Artifacts, Path]) -> None:
    turns = [{"role": "user", "content": "Hello", "learn": True}, {"role": "assistant", "content": "Hi", "learn": True}]
    one = unit(900, kind="pair", prompt="And?", chosen="Well", rejected="Ill", turns=turns, groups=["ref:x"])
    dataset = sft(questions(), store)

    preferred = build_preference(table([*pairs(), one], store), NO_PAIRS, dataset, BuildSection(), store, ())

    prompts = [[turn["content"] for turn in row["prompt"]] for row in trained(preferred, store[0])]
    assert ["Hello", "Hi", "And?"] in prompts
