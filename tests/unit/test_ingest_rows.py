"""What a row file promises: each row is used or refused by its line, whatever it holds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.ingest import formats
from flows.ingest.examples import rows
from flows.ingest.reading import Unfit
from registry.records import Reason

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["prompt", "completion", "question", "answer", "messages", "chosen", "rejected", "text", "choices", "groups"]
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.dictionaries(FIELDS, JSON, max_size=5), min_size=1, max_size=8))
def test_every_row_is_a_unit_or_a_refusal(table: list[dict[str, object]]) -> None:
    data = "\n".join(json.dumps(row) for row in table).encode()

    reading = rows.read_jsonl(data)

    assert len(reading.units) + len(reading.refusals) == len(table)
    assert all(refusal.reason is Reason.MALFORMED_ROW for refusal in reading.refusals)
    reading.model_dump_json()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_row_reader(data: bytes) -> None:
    formats.read(data, ".jsonl", 1000)
    formats.read(data, ".json", 1000)


@pytest.mark.parametrize(
    ("row", "prompt", "completion"),
    [
        ({"prompt": " Q?\n", "completion": " A\n"}, " Q?\n", "A"),
        ({"question": "Q?", "answer": "A"}, "Q?", "A"),
        ({"instruction": "Do", "input": "this", "output": "A"}, "Do\n\nthis", "A"),
        ({"question": "Q?", "context": "It is so.", "answer": "A"}, "It is so.\n\nQ?", "A"),
        ({"prompt": "Do", "input": "it", "context": ["1.", "2."], "completion": "A"}, "1.\n\n2.\n\nDo\n\nit", "A"),
        ({"prompt": "Q?", "context": None, "input": "", "completion": "A"}, "Q?", "A"),
        ({"messages": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A"}]}, "Q?", "A"),
    ],
)
def test_each_known_shape_becomes_a_question_with_its_answer(
    row: dict[str, object], prompt: str, completion: str
) -> None:
    unit = rows.parse(row, 1)

    assert (unit.kind, unit.prompt, unit.completion) == ("qa", prompt, completion)


def test_both_answers_of_a_pair_follow_the_passage_that_is_asked_about() -> None:
    row = {"question": "How long?", "context": "30 days.", "chosen": "30 days", "rejected": "A year"}

    assert rows.parse(row, 1).prompt == "30 days.\n\nHow long?"


def test_a_passage_stands_before_the_last_question_of_a_conversation() -> None:
    turns = [("user", "Hi"), ("assistant", "Yes?"), ("user", "Q")]
    asked = [{"role": role, "content": text} for role, text in turns]

    unit = rows.parse({"prompt": asked, "context": "P.", "completion": "A"}, 1)

    assert [turn.content for turn in unit.turns or ()] == ["Hi", "Yes?", "P.\n\nQ", "A"]


def test_a_passage_that_is_no_text_is_refused() -> None:
    with pytest.raises(rows.Malformed, match="context"):
        rows.parse({"question": "Q?", "context": {"page": 3}, "answer": "A"}, 1)


USER, ANSWER = {"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A"}
LONG = [USER, ANSWER, {"role": "user", "content": "And?"}, {"role": "assistant", "content": "B"}]
SHARED = [{"from": "human", "value": "Q?"}, {"from": "gpt", "value": "A"}]


@pytest.mark.parametrize(
    ("row", "shape", "kind"),
    [
        ({"messages": [{"role": "system", "content": "S"}, USER, ANSWER]}, "messages", "qa"),
        ({"messages": LONG}, "messages", "chat"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Q?"}]}, ANSWER]}, "messages", "qa"),
        ({"conversations": SHARED}, "ShareGPT", "qa"),
        ({"conversations": [*SHARED, *SHARED], "system": "S"}, "ShareGPT", "chat"),
        ({"instruction": "Do", "input": "", "output": "A"}, "Alpaca", "qa"),
        ({"instruction": "Do", "input": None, "history": "", "system": [], "output": "A"}, "Alpaca", "qa"),
        ({"instruction": "Do", "output": "A", "history": [["Q?", "A"]]}, "Alpaca", "chat"),
        ({"prompt": [USER], "completion": [ANSWER]}, "prompt-completion", "qa"),
        ({"prompt": LONG[:3], "completion": LONG[3:]}, "prompt-completion", "chat"),
        ({"prompt": "Q?", "response": "A"}, "prompt-completion", "qa"),
        ({"question": "Q?", "answer": "A"}, "question-answer", "qa"),
        ({"prompt": "Q?", "completion": "A", "label": True}, "KTO", "rating"),
        ({"prompt": "Q?", "completion": "A", "label": "a class"}, "prompt-completion", "qa"),
        ({"messages": LONG, "kto_tag": False}, "KTO", "rating"),
        ({"prompt": "Q?", "completion": " no", "label": "no", "choices": ["no", "yes"]}, "prompt-completion", "qa"),
        ({"prompt": "Q?", "completion": "1", "label": 1, "choices": ["0", "1"]}, "prompt-completion", "qa"),
        ({"prompt": "Q?", "completion": "none", "choices": ["none", "some"]}, "prompt-completion", "qa"),
        ({"prompt": "Q?", "completion": "A", "label": False, "choices": ["A", "B"]}, "KTO", "rating"),
        ({"prompt": "Q?", "chosen": "A", "rejected": "B"}, "preference", "pair"),
        ({"instruction": "Do", "chosen": "A", "rejected": "B"}, "preference", "pair"),
        ({"conversations": SHARED[:1], "chosen": SHARED[1], "rejected": {"from": "gpt", "value": "B"}},
         "preference", "pair"),
        ({"prompt": "Q?", "chosen": [USER, ANSWER], "rejected": [USER, LONG[3]]}, "preference", "pair"),
        ({"chosen": LONG, "rejected": [*LONG[:3], ANSWER]}, "preference", "pair"),
        ({"system": "S", "input": "Q?", "chosen": "A", "rejected": "B"}, "preference", "pair"),
        ({"instruction": "Q?", "chosen_response": "A", "rejected_response": "B"}, "preference", "pair"),
        ({"input": {"messages": [USER]}, "preferred_output": [ANSWER], "non_preferred_output": [LONG[3]]},
         "OpenAI preference", "pair"),
        ({"messages": LONG, "rejected_response": "C"}, "ms-swift preference", "pair"),
        ({"text": "T"}, "text", "text"),
    ],
)  # fmt: skip
def test_the_shape_of_a_row_is_told_by_its_fields(row: dict[str, object], shape: str, kind: str) -> None:
    unit = rows.parse(row, 1)

    assert (unit.shape, unit.kind) == (shape, kind)


def test_an_answer_beside_messages_is_said_in_them_or_refused() -> None:
    assert rows.parse({"messages": LONG, "answer": str(LONG[-1]["content"])}, 1).kind == "chat"
    with pytest.raises(rows.Malformed, match="messages and response answer otherwise: leave one out"):
        rows.parse({"messages": LONG, "response": "Something else."}, 1)
    with pytest.raises(rows.Malformed, match="messages and output answer otherwise: leave one out"):
        rows.parse({"messages": LONG, "output": {"role": "assistant", "content": "Something else."}}, 1)


@pytest.mark.parametrize(
    "beside",
    [
        {"response": ANSWER},
        {"prompt": [USER], "completion": [ANSWER]},
        {"answer": str(ANSWER["content"]).upper(), "question": f" {USER['content']}\r\n"},
        {"output": " ", "context": {"source": "crm"}},
    ],
)
def test_what_messages_say_may_stand_beside_them_in_another_form(beside: dict[str, object]) -> None:
    assert rows.parse({"messages": [USER, ANSWER], **beside}, 1).kind == "qa"


def test_a_number_that_messages_give_may_stand_beside_them() -> None:
    messages = [USER, {"role": "assistant", "content": "It is \\boxed{204}."}]

    assert rows.parse({"messages": messages, "answer": 204}, 1).kind == "qa"
    with pytest.raises(rows.Malformed, match="messages and answer answer otherwise"):
        rows.parse({"messages": messages, "answer": 20}, 1)


def test_no_answer_beside_messages_is_sought_for_long() -> None:
    messages = [USER, {"role": "assistant", "content": "(" * 200_000}]
    began = time.process_time()

    with pytest.raises(rows.Malformed, match="messages and answer answer otherwise"):
        rows.parse({"messages": messages, "answer": "(" * 100_000 + "b"}, 1)

    assert time.process_time() - began < 2


@pytest.mark.parametrize(("asked", "said", "gold"), [("Yes or no?", "No.", "Yes"), ("A, B or C?", "It is C.", "B")])
def test_an_answer_that_only_the_question_says_is_refused_beside_messages(asked: str, said: str, gold: str) -> None:
    messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]

    with pytest.raises(rows.Malformed, match="messages and answer answer otherwise"):
        rows.parse({"messages": messages, "answer": gold}, 1)


def test_an_answer_beside_messages_that_the_user_ends_is_refused_with_its_place() -> None:
    with pytest.raises(rows.Malformed, match="messages ends with the user: write response as its last message"):
        rows.parse({"messages": [USER], "response": "A"}, 1)


@pytest.mark.parametrize("name", ["prompt", "instruction", "context", "input"])
def test_a_question_or_a_passage_beside_messages_is_said_in_them_or_refused(name: str) -> None:
    with pytest.raises(rows.Malformed, match=f"{name} is not said in messages: write it there, or leave it out"):
        rows.parse({"messages": LONG, name: "What nobody says in them."}, 1)


def test_of_two_conversations_in_one_row_none_is_dropped_untold() -> None:
    alike = [{"from": {"user": "human"}.get(m["role"], "gpt"), "value": m["content"]} for m in LONG]

    assert rows.parse({"messages": LONG, "conversations": alike}, 1).kind == "chat"
    with pytest.raises(rows.Malformed, match="messages and conversations say two things"):
        rows.parse({"messages": LONG, "conversations": alike[:2]}, 1)


def test_the_worse_answer_beside_a_conversation_is_not_lost() -> None:
    pair = rows.parse({"messages": [USER, ANSWER], "rejected_response": "B"}, 1)

    assert (pair.prompt, pair.chosen, pair.rejected) == (USER["content"], ANSWER["content"], "B")


def test_an_instruction_is_learnt_with_the_text_that_it_is_about() -> None:
    asked = rows.parse({"instruction": "Sum up.", "query": "The ward is full.", "response": "Full."}, 1)

    assert asked.prompt == "Sum up.\n\nThe ward is full."


def test_a_query_with_its_response_is_a_question_and_so_are_a_pair_and_a_rated_answer_to_one() -> None:
    asked = rows.parse({"query": "Who pays?", "response": "The client.", "history": [["Hello", "Good day"]]}, 1)
    pair = rows.parse({"query": "Who pays?", "chosen": "The client.", "rejected": "Nobody."}, 1)
    rated = rows.parse({"query": "Who pays?", "response": "Nobody.", "label": False}, 1)

    assert [turn.content for turn in asked.turns or ()] == ["Hello", "Good day", "Who pays?", "The client."]
    assert (pair.prompt, pair.chosen, pair.rejected) == ("Who pays?", "The client.", "Nobody.")
    assert (rated.prompt, rated.completion, rated.label) == ("Who pays?", "Nobody.", False)


@pytest.mark.parametrize("name", ["Label", "LABEL ", "Kto_Tag"])
def test_a_dislike_is_none_the_less_one_for_the_case_of_its_field(name: str) -> None:
    disliked = {"Prompt": "Q?", "completion": "A", name: False}

    for read in (rows.read_jsonl(json.dumps(disliked).encode()), rows.read_json(json.dumps([disliked]).encode())):
        assert [(unit.shape, unit.kind, unit.label) for unit in read.units] == [("KTO", "rating", False)]


@pytest.mark.parametrize(("name", "value"), [
    ("rating", "down"), ("Rating", 2), ("stars", "1"), ("thumbs", "👎"), ("feedback", "bad"), ("liked", False),
    ("score", 0), ("vote", -1), ("thumbs_up", False), ("thumbs_down", "yes"), ("downvotes", 3),
    ("feedback", " Negative"), ("is_correct", False), ("approved", "no"), ("helpful", 0), ("feedback", "❌"),
    ("is_safe", False), ("weight", 0), ("train", False),
])  # fmt: skip
def test_a_dislike_under_another_name_is_not_learnt_as_a_right_answer(name: str, value: object) -> None:
    """Nor a number that may be the least of a scale."""
    question = {"prompt": "Q?", "completion": "A", name: value}
    talk = {"messages": LONG, name: value}

    read = rows.read_jsonl("\n".join(map(json.dumps, (question, talk))).encode())

    assert read.units == ()
    assert [one.detail.split()[0] for one in read.refusals] == [name.lower()] * 2


@pytest.mark.parametrize("beside", [
    {"rating": "up"}, {"feedback": "Clear and short."}, {"score": 8.5}, {"liked": True}, {"rating": None},
    {"thumbs_down": False, "downvotes": 0, "thumbs_up": 1}, {"feedback": "positive"}, {"label": "negative"},
    {"weight": 1}, {"weight": 0.5}, {"train": True}, {"is_safe": True},
])  # fmt: skip
def test_a_field_that_rejects_nothing_is_left_alone(beside: dict[str, object]) -> None:
    row = {"prompt": "Q?", "completion": "A", **beside}

    assert [unit.kind for unit in rows.read_jsonl(json.dumps(row).encode()).units] == ["qa"]
    assert rows.parse({**row, "label": False, "rating": 1}, 1).kind == "rating"


@pytest.mark.parametrize(("name", "value"), [
    ("label", "\u200bfalse"), ("label", "fal\u00adse\ufeff"), ("label", "\u200b0"), ("kto_tag", "\0no"),
    ("label", "re\u200bjected"), ("feedback", "ba\u200bd"), ("thumbs_down", "\ufeff1"), ("feedback", "poor\u200b"),
])  # fmt: skip
def test_a_dislike_is_none_the_less_one_for_what_nobody_sees_in_it(name: str, value: str) -> None:
    read = rows.read_jsonl(json.dumps({"prompt": "Q?", "completion": "A", name: value}).encode())

    assert [unit.label for unit in read.units] in ([], [False])


@pytest.mark.parametrize(("name", "value"), [("thumbs_down", True), ("liked", False), ("feedback", "bad")])
def test_a_dislike_beside_a_class_is_not_learnt_as_a_right_answer(name: str, value: object) -> None:
    row = {"prompt": "Q?", "completion": "A", "label": "billing"}

    with pytest.raises(rows.Malformed, match=f"{name} may reject the answer"):
        rows.parse({**row, name: value}, 1)
    assert rows.parse({**row, "stars": 2, "score": 0}, 1).kind == "qa"


@pytest.mark.parametrize("word", ["rejected", "Incorrect", "not helpful", "reject", "Abgelehnt", "rejeté", "Rejected."])
def test_a_label_that_rejects_in_a_word_of_its_own_is_no_class(word: str) -> None:
    question = {"prompt": "Q?", "completion": "A", "label": word}
    talk = {"messages": LONG, "label": word}
    named = {"prompt": "Was the claim paid?", "completion": f"It was {word.lower()}.", "label": word}

    read = rows.read_jsonl("\n".join(map(json.dumps, (question, talk, named))).encode())

    assert [unit.unit for unit in read.units] == [3]
    refused = "label may reject the answer: write true or false, or leave it out"
    assert [one.detail for one in read.refusals] == [refused, refused]


@pytest.mark.parametrize(("label", "answer"), [(["rejected"], "A"), ("wrong", "It was wrongly paid.")])
def test_a_label_that_rejects_does_so_in_a_list_and_beside_a_word_that_holds_it(label: object, answer: str) -> None:
    with pytest.raises(rows.Malformed, match="label may reject the answer"):
        rows.parse({"prompt": "Q?", "completion": answer, "label": label}, 1)


@pytest.mark.parametrize(("yes", "no"), [("Ja", "Nein"), ("oui", "non"), ("Sí", "no"), ("wahr", "Falsch.")])
def test_a_rating_is_said_in_other_languages_too(yes: str, no: str) -> None:
    rated = [rows.parse({"prompt": "Q?", "completion": "A", "label": word}, 1) for word in (yes, no)]

    assert [(unit.kind, unit.label) for unit in rated] == [("rating", True), ("rating", False)]


@pytest.mark.parametrize("beside", [{"label": "Rejected"}, {"label": "nein"}, {"thumbs_down": True}, {"downvotes": 2}])
def test_a_pair_is_not_learnt_where_something_beside_it_rejects_it(beside: dict[str, object]) -> None:
    row = {"prompt": "Q?", "chosen": "A", "rejected": "B"}

    with pytest.raises(rows.Malformed, match=r"may reject|rejects the pair"):
        rows.parse({**row, **beside}, 1)
    assert rows.parse({**row, "label": "chosen", "thumbs_down": False, "downvotes": 0}, 1).kind == "pair"


def test_classes_that_are_numbers_are_no_scale() -> None:
    classes = [{"prompt": f"Q{n}?", "completion": str(n), "label": n, "choices": ["1", "2", "3"]} for n in (1, 2, 3)]

    read = rows.read_jsonl("\n".join(map(json.dumps, classes)).encode())

    assert [(unit.kind, unit.completion) for unit in read.units] == [("qa", "1"), ("qa", "2"), ("qa", "3")]


def test_a_label_that_names_another_choice_than_the_answer_is_refused() -> None:
    row = {"prompt": "Q?", "completion": "yes", "label": "no", "choices": ["no", "yes"]}

    (refusal,) = rows.read_jsonl(json.dumps(row).encode()).refusals

    assert refusal.detail == "label is another of the choices than the answer"


@pytest.mark.parametrize("place", [1, "1", " b", "D"])
def test_the_place_of_a_choice_is_no_answer(place: object) -> None:
    row = {"question": "Q?", "answer": place, "choices": ["north", "south"]}

    (refusal,) = rows.read_jsonl(json.dumps(row).encode()).refusals

    assert refusal.detail == "answer gives the place of a choice, counted from wherever: write its text"


def test_fields_that_differ_in_case_alone_stay_two() -> None:
    (unit,) = rows.read_jsonl(b'{"prompt": "Q?", "completion": "A", "Prompt": "P"}').units

    assert unit.prompt == "Q?"


@pytest.mark.parametrize(
    "said",
    [{"Label": False, "LABEL": False}, {"label": True, "Label ": False}, {"Documents": ["1"], "DOCUMENTS": ["2"]}],
)
def test_no_rating_and_no_group_is_lost_for_being_said_in_two_cases(said: dict[str, object]) -> None:
    read = rows.read_jsonl(json.dumps({"prompt": "Q?", "completion": "A", **said}).encode())

    assert read.units == ()
    assert [one.detail.partition(" is said twice")[1] for one in read.refusals] == [" is said twice"]


def test_a_system_text_joins_the_first_question_of_a_conversation() -> None:
    unit = rows.parse({"messages": [{"role": "system", "content": "S"}, *LONG]}, 1)

    assert unit.turns is not None
    assert [(turn.role, turn.content) for turn in unit.turns] == [
        ("user", "S\n\nQ?"), ("assistant", "A"), ("user", "And?"), ("assistant", "B"),
    ]  # fmt: skip


def test_an_answer_of_weight_nought_is_kept_as_context_alone() -> None:
    unit = rows.parse({"messages": [USER, {**ANSWER, "weight": 0}, *LONG[2:]]}, 1)

    assert unit.turns is not None
    assert [turn.learn for turn in unit.turns] == [True, False, True, True]


def test_what_came_before_the_last_question_of_a_pair_is_kept() -> None:
    unit = rows.parse({"prompt": LONG[:3], "chosen": "C", "rejected": "R"}, 1)

    assert unit.prompt == "And?"
    assert [turn.content for turn in unit.turns or ()] == ["Q?", "A"]


@pytest.mark.parametrize("row", [{"system": "S", "prompt": "Q?"}, {"prompt": "S\n\nQ?"}, {"prompt": "Q?"}])
def test_the_system_text_of_a_pair_may_stand_in_its_prompt_or_in_its_answers(row: dict[str, object]) -> None:
    before = [{"role": "system", "content": "S"}] if row == {"prompt": "Q?"} else []

    unit = rows.parse({**row, "chosen": [*before, USER, ANSWER], "rejected": [*before, USER, LONG[3]]}, 1)

    assert (unit.prompt, unit.chosen, unit.rejected) == ("S\n\nQ?", "A", "B")


def test_a_row_that_nobody_rated_is_not_told_to_bring_a_label() -> None:
    with pytest.raises(rows.Malformed, match="as Alpaca it lacks output"):
        rows.parse({"instruction": "Do", "answer": "A"}, 1)


def test_a_broken_row_is_told_what_it_lacks_and_never_quoted() -> None:
    data = b'{"prompt": "secret"}\n\n{"messages": [{"role": "tool", "content": "secret"}]}\nsecret\n{"x": "secret"}\n'

    reading = rows.read_jsonl(data)

    assert [(r.place, r.detail) for r in reading.refusals] == [
        (":1", "as prompt-completion it lacks completion"),
        (":3", "a turn is a tool's"),
        (":4", "not JSON"),
        (":5", "none of the known shapes"),
    ]


def test_a_list_that_is_no_json_is_told_where_it_breaks_and_never_quoted() -> None:
    data = b'[{"prompt": "secret", "completion": "secret"},\n {"prompt": "secret" "completion": "secret"}]\n'

    with pytest.raises(Unfit) as refused:
        rows.read_json(data)

    assert refused.value.detail == "not JSON from line 2 on"


def test_rows_under_the_suffix_of_another_form_are_told_their_own() -> None:
    line = b'{"prompt": "Q", "completion": "A"}'
    files = {".json": line + b"\n" + line, ".jsonl": b"[" + line + b",\n" + line + b"]"}

    read = {suffix: formats.read(data, suffix, 1000) for suffix, data in files.items()}

    assert [one.detail.rpartition(" ")[2] for reading in read.values() for one in reading.refusals] == [
        ".jsonl", ".json",
    ]  # fmt: skip
    assert {one.reason for reading in read.values() for one in reading.refusals} == {Reason.UNSUPPORTED}


def test_a_greeting_joins_the_first_question_and_the_last_thanks_are_left_out() -> None:
    greeting, thanks = {"role": "Assistant", "content": "Good day!"}, {"role": "User", "content": "Thanks."}

    for said in ([greeting, USER, ANSWER, thanks], [{"role": "system", "content": "S"}, greeting, USER, ANSWER]):
        unit = rows.parse({"messages": said}, 1)

        assert (unit.kind, unit.completion) == ("qa", "A")
        assert unit.prompt == ("S\n\n" if said[0] is not greeting else "") + "Good day!\n\nQ?"


def test_thousands_of_broken_rows_cost_no_good_one() -> None:
    good = b'{"prompt": "Q", "completion": "A"}\n'

    reading = rows.read_jsonl(good + b"{}\n" * 1500 + good)

    assert [unit.unit for unit in reading.units] == [1, 1502]
    assert len(reading.refusals) == 1001
    assert reading.refusals[-1].place == ":1002-1501"
    assert reading.refusals[-1].detail == "none of the known shapes (500 more rows)"


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [ANSWER, USER]},
        {"messages": [ANSWER, ANSWER]},
        {"messages": [USER, ANSWER, USER], "label": True},
        {"messages": [USER, {"role": "assistant", "content": "", "tool_calls": [{}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, ANSWER]},
        {"messages": [USER, {**ANSWER, "weight": 0}]},
        {"messages": [USER, {"role": "system", "content": "S"}, ANSWER]},
        {"chosen": [USER, ANSWER], "rejected": [{"role": "user", "content": "another"}, LONG[3]]},
        {"prompt": "Q", "chosen": [USER, ANSWER], "rejected": [USER, LONG[3]]},
        {"prompt": "Q?", "chosen": "A", "rejected": [{"role": "user", "content": "another"}, LONG[3]]},
        {"prompt": LONG[:3], "chosen": "A", "rejected": [USER, LONG[3]]},
        {"prompt": "Q?", "chosen": [ANSWER], "rejected": LONG},
        {"chosen": "A", "rejected": "B"},
        {"prompt": "And?", "chosen": [USER, ANSWER], "rejected": [USER, LONG[3]]},
        {"conversations": SHARED[:1], "input": "And?", "chosen": "A", "rejected": "B"},
        {"prompt": "Q"},
        {"prompt": "", "completion": "A"},
        {"instruction": "Double it", "input": 0, "output": "0"},
        {"instruction": "Negate it", "input": False, "output": "True"},
        {"prompt": "Q?", "system": 0, "completion": "A"},
        {"prompt": "Q?", "history": 0, "completion": "A"},
        {"prompt": "Q", "completion": "C", "choices": ["A", "B"]},
        {"prompt": "Q", "completion": "A", "choices": ["A", "A"]},
        {"prompt": "Q", "chosen": "A", "rejected": " A"},
        {"messages": [{"role": "user", "content": "Q"}]},
        {"unknown": 1},
        [],
    ],
)
def test_a_row_that_cannot_teach_is_refused(row: object) -> None:
    with pytest.raises(rows.Malformed):
        rows.parse(row, 1)


def test_groups_licence_and_source_of_a_row_are_kept() -> None:
    row = {"prompt": "Q", "completion": "A", "gold_passages": ["13:4"], "license": "MIT", "source": "here"}

    unit = rows.parse(row, 1)

    assert unit.groups == ("ref:13:4", rows.prompt_group("q"))
    assert (unit.licence, unit.source) == ("MIT", "here")


@pytest.mark.parametrize(("one", "other"), [
    (12, 12.0), (1.5, 1.5), ("12", 12.0), (["a", 12.0], [12]), ({"id": 3}, {"id": 3}), ([["a"]], [["a"]]),
])  # fmt: skip
def test_rows_that_name_one_group_share_it_however_it_is_written(one: object, other: object) -> None:
    first, second = (
        rows.parse({"prompt": prompt, "completion": "A", "group": group}, 1)
        for prompt, group in (("Q", one), ("R", other))
    )

    assert set(first.groups) & set(second.groups)


@pytest.mark.parametrize("nothing", [None, "", " ", [], [None, ""], float("nan")])
def test_what_names_no_group_ties_nothing(nothing: object) -> None:
    assert rows.parse({"prompt": "Q", "completion": "A", "group": nothing}, 1).groups == (rows.prompt_group("q"),)


def test_a_row_that_a_model_wrote_names_that_models_licence() -> None:
    row = {"prompt": "Why?", "completion": "Because.", "license": "MIT", "teacher_license": "llama3"}

    unit = rows.parse(row, 1)

    assert (unit.licence, unit.teacher) == ("MIT", "llama3")


def test_a_second_licence_is_seen_behind_a_sign_that_nobody_sees() -> None:
    line = {"prompt": "Q", "completion": "A", "license": "MIT", "license\u200b": "CC-BY-NC-4.0"}

    reading = rows.read_jsonl(json.dumps(line).encode())

    assert [refusal.detail for refusal in reading.refusals] == ["license is said twice, and not the same"]


def test_a_row_that_is_too_long_costs_no_other() -> None:
    lines = [{"prompt": "Q", "completion": "A"}, {"prompt": "Q" * 99, "completion": "A"}, {"text": "T" * 99}]

    reading = formats.read("\n".join(map(json.dumps, lines)).encode(), ".jsonl", 50)

    assert [unit.unit for unit in reading.units] == [1]
    assert [(r.place, r.reason) for r in reading.refusals] == [(":2", Reason.TOO_LARGE), (":3", Reason.TOO_LARGE)]


def test_an_object_that_says_one_thing_twice_is_refused() -> None:
    good, twice = '{"prompt": "Q", "completion": "A"}', '{"prompt": "Q", "completion": "No.", "completion": "Yes."}'
    inner = '{"messages": [{"role": "user", "role": "assistant", "content": "Q"}]}'

    lines = rows.read_jsonl("\n".join([twice, good, inner]).encode())
    table = formats.read(f"[{good}, {twice}]".encode(), ".json", 1000)

    assert [unit.unit for unit in lines.units] == [2]
    assert [(r.place, r.detail) for r in lines.refusals] == [
        (":1", "a field stands twice in one object"),
        (":3", "a field stands twice in one object"),
    ]
    assert [r.detail for r in table.refusals] == ["a field stands twice in one object"]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{**USER, "images": ["a.png"]}, ANSWER]},
        {"messages": [USER, ANSWER], "images": ["a.png"]},
        {"prompt": "What is this?", "completion": "A form.", "image": {"path": "a.png"}},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": 5}]}, ANSWER]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": {"a": 1}}]}, ANSWER]},
    ],
)
def test_what_is_said_of_a_picture_is_not_learnt_without_it(row: dict[str, object]) -> None:
    with pytest.raises(rows.Malformed):
        rows.parse(row, 1)


def test_an_empty_list_of_pictures_is_none() -> None:
    assert rows.parse({"messages": [USER, ANSWER], "images": []}, 1).kind == "qa"


@pytest.mark.parametrize("name", ["loss", "train", "training"])
def test_a_turn_that_other_trainers_leave_out_is_context_alone_too(name: str) -> None:
    unit = rows.parse({"messages": [USER, {**ANSWER, name: False}, *LONG[2:]]}, 1)

    assert [turn.learn for turn in unit.turns or ()] == [True, False, True, True]
    with pytest.raises(rows.Malformed, match=f"the {name} of a message is neither 0 nor 1"):
        rows.parse({"messages": [USER, {**ANSWER, name: "no"}, *LONG[2:]]}, 1)


def test_a_turn_of_which_others_leave_out_parts_is_not_learnt_whole() -> None:
    answer = {**ANSWER, "train_detail": [{"begin_offset": 0, "end_offset": 0, "train": False}]}

    with pytest.raises(rows.Malformed, match="train_detail leaves parts of a message out"):
        rows.parse({"messages": [USER, answer]}, 1)
    assert rows.parse({"messages": [USER, {**ANSWER, "train_detail": None}]}, 1).kind == "qa"


@pytest.mark.parametrize("write", [json.dumps, str, lambda turns: f"[{turns[0]}\n {turns[-1]}]"])
def test_messages_that_a_table_wrote_out_are_not_learnt_as_one_text(write: Callable[[object], str]) -> None:
    answered, asked = {"prompt": "Q?", "completion": write([ANSWER])}, {"prompt": write([USER]), "completion": "A"}

    for row in (answered, asked):
        with pytest.raises(rows.Malformed, match="is messages written out as one text"):
            rows.parse(row, 1)


@pytest.mark.parametrize("text", ['{"value": 3}', '[{"role": "clerk"}]', 'Send [{"role": "user"}].', "[1] {2}"])
def test_an_answer_in_json_is_an_answer(text: str) -> None:
    assert rows.parse({"prompt": "Q?", "completion": text}, 1).completion == text


@pytest.mark.parametrize("row", [
    {"prompt": "You advise staff.", "question": "Who pays?", "answer": "The client"},
    {"instruction": "Answer.", "prompt": "Who pays?", "output": "The client"},
    {"prompt": [USER], "question": "Who pays?", "chosen": "The client", "rejected": "We"},
    {"question": "Who pays?", "answer": "The client", "response": "We", "label": False},
    {"prompt": "Who pays?", "completion": "The client", "answer": "We"},
])  # fmt: skip
def test_of_two_questions_or_answers_in_a_row_none_is_lost_nor_taken_for_the_other(row: dict[str, object]) -> None:
    """A gold answer beside the model's that was disliked would be unlearnt in its stead."""
    with pytest.raises(rows.Malformed, match="leave one out"):
        rows.parse(row, 1)


@pytest.mark.parametrize(("row", "prompt"), [
    ({"prompt": "Be brief. Who pays?", "question": "Who pays?", "answer": "We"}, "Be brief. Who pays?"),
    ({"instruction": "Sum up.", "prompt": "### Instruction:\nSum up.\n### Response:", "output": "We"}, "Sum up."),
    ({"prompt": [USER], "question": "Q?", "query": None, "answer": "We", "response": " We"}, "Q?"),
])  # fmt: skip
def test_a_question_that_is_part_of_the_prompt_is_no_second_one(row: dict[str, object], prompt: str) -> None:
    unit = rows.parse(row, 1)

    assert (unit.prompt, unit.completion) == (prompt, "We")


@pytest.mark.parametrize("row", [
    {"prompt": "Q?", "response": "A", "rejected_response": "B"}, {"prompt": "Q?", "completion": "A", "rejected": "B"},
    {"messages": LONG, "rejected_messages": LONG}, {"prompt": "Q?", "completion": "A", "rejected": True},
])  # fmt: skip
def test_a_worse_answer_with_no_better_one_named_beside_it_is_not_dropped_untold(row: dict[str, object]) -> None:
    with pytest.raises(rows.Malformed, match="has no chosen beside it"):
        rows.parse(row, 1)


def test_an_answer_that_another_one_corrects_is_not_learnt() -> None:
    reflected = {"instruction": "Do", "input": "", "output": "A", "reflection": "It is B."}

    with pytest.raises(rows.Malformed, match="corrected is a better answer"):
        rows.parse({**reflected, "corrected": "B"}, 1)
    for nothing_else in (" A ", "", "yes", True):
        assert rows.parse({**reflected, "corrected": nothing_else}, 1).completion == "A"


def test_an_answer_that_was_not_rejected_is_one() -> None:
    assert rows.parse({"prompt": "Q?", "completion": "A", "rejected": False}, 1).kind == "qa"


@pytest.mark.parametrize("beside", [
    {"label": False}, {"label": "0"}, {"score_chosen": 3.0, "score_rejected": 8.0},
    {"chosen_rating": "1", "rejected_rating": 5}, {"Chosen-Reward": -2, "rejected-reward": 0.5},
])  # fmt: skip
def test_a_pair_whose_own_scores_turn_it_round_is_refused(beside: dict[str, object]) -> None:
    shapes: list[dict[str, object]] = [
        {"prompt": "Q?", "chosen": "A", "rejected": "B"},
        {"input": {"messages": [USER]}, "preferred_output": [ANSWER], "non_preferred_output": "B"},
        {"messages": [USER, ANSWER], "rejected_response": "B"},
    ]

    read = rows.read_jsonl("\n".join(json.dumps({**row, **beside}) for row in shapes).encode())

    assert ["leave the " in one.detail for one in read.refusals] == [True] * 3


@pytest.mark.parametrize("beside", [
    {"label": True}, {"label": "billing"}, {"score_chosen": 5, "score_rejected": 5},
    {"chosen_rank": 1, "rejected_rank": 2}, {"chosen_score": 1, "rejected_score": None},
    {"score_chosen": "low", "score_rejected": "high"},
])  # fmt: skip
def test_scores_that_do_not_turn_a_pair_round_are_left_alone(beside: dict[str, object]) -> None:
    assert rows.parse({"prompt": "Q?", "chosen": "A", "rejected": "B", **beside}, 1).kind == "pair"
