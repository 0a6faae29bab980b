"""A conversation that is one text, as HH-RLHF writes it, is read as the turns that it is; any other text stays one."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ingest.examples import rows
from flows.ingest.examples.turns import Malformed, dialogue

SAID = st.text("abc .:?\n", min_size=1, max_size=30).map(str.strip).filter(lambda text: text and "\n\n" not in text)


def written(turns: list[str]) -> str:
    return "\n\n".join(f"{('Human', 'Assistant')[n % 2]}: {text}" for n, text in enumerate(turns))


@given(st.lists(SAID, min_size=2, max_size=7))
def test_a_transcript_is_the_messages_that_it_writes_out(turns: list[str]) -> None:
    messages = [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(turns)]
    speaker: Literal["user", "assistant"] = "user" if len(turns) % 2 else "assistant"

    assert dialogue(written(turns), "prompt", speaker) == dialogue(messages, "prompt", speaker)


def test_a_pair_of_hh_rlhf_is_a_conversation_with_two_answers() -> None:
    prompt = "Human: May I smoke here?\n\nAssistant: No.\n\nHuman: Why?\n\nAssistant:"
    row = {"prompt": prompt, "chosen": "There is a sprinkler.", "rejected": "Ask them."}
    whole = {name: f"\n\n{prompt} {row[name]}" for name in ("chosen", "rejected")}
    turns = [("user", "May I smoke here?"), ("assistant", "No.")]

    for unit in (rows.parse(row, 1), rows.parse(whole, 1)):
        assert [(turn.role, turn.content) for turn in unit.turns or ()] == turns
        assert (unit.prompt, unit.chosen, unit.rejected) == ("Why?", row["chosen"], row["rejected"])


def test_a_rated_answer_and_a_question_behind_a_transcript_are_turns_too() -> None:
    prompt = "User: May I smoke here?\n\nAssistant: No.\n\nUser: Why?\n\nAssistant: "

    rated = rows.parse({"prompt": prompt, "completion": "Ask them.", "label": False}, 1)
    talk = rows.parse({"prompt": prompt, "completion": "There is a sprinkler."}, 1)

    assert (rated.prompt, len(rated.turns or ())) == ("Why?", 2)
    assert [turn.learn for turn in talk.turns or ()] == [False, False, False, True]


@pytest.mark.parametrize(
    "text",
    [
        "User: where do I log in?",
        "Is this answer rude?\n\nHuman: Hi\n\nAssistant: Hm.\n\nHuman: Hello?",
        "Human: Is it so?\nAssistant: It is.\nHuman: Why?",
        "Human: Is it so?\n\nAssistant: It is.",
        "Assistant: Good day.\n\nHuman: Good day.",
        "Humane: is it?\n\nAssistants: it is.",
        "Human:\n\nAssistant:",
    ],
)
def test_a_prompt_that_only_resembles_one_stays_a_text(text: str) -> None:
    assert [turn.content for turn in dialogue(text, "prompt", "user")] == [text]


def test_an_answer_that_goes_on_for_the_user_is_no_answer() -> None:
    with pytest.raises(Malformed, match="is not one answer"):
        rows.parse({"prompt": "Q?", "completion": "Human: Hi\n\nAssistant: Hm.", "label": True}, 1)


@pytest.mark.parametrize(("plainly", "otherwise"), [("\n", "\r\n"), ("\n\n", "\n\u200b\n"), ("Hu", "\ufeffHu\u200b")])
def test_what_nobody_sees_hides_no_turn(plainly: str, otherwise: str) -> None:
    prompt = "Human: May I smoke here?\n\nAssistant: No.\n\nHuman: Why?"

    assert dialogue(prompt.replace(plainly, otherwise), "prompt", "user") == dialogue(prompt, "prompt", "user")


@pytest.mark.parametrize("tail", ["", "\n\nAssistant:"])
def test_a_conversation_that_the_user_ends_is_no_answer(tail: str) -> None:
    """The words of the user would be learnt with it."""
    answers = {name: f"Human: Q?\n\nAssistant: {name}\n\nHuman: Why?{tail}" for name in ("chosen", "rejected")}

    for row in (answers, {"completion": answers["chosen"]}, {"completion": answers["chosen"], "label": True}):
        with pytest.raises(Malformed, match="is a conversation that the user ends"):
            rows.parse({"prompt": "Q?", **row}, 1)


def test_a_transcript_has_no_more_turns_than_messages_may_have() -> None:
    with pytest.raises(Malformed, match="more than 1,000 turns"):
        dialogue(written(["a"] * 1_001), "prompt", "user")


def test_answers_of_a_prompt_are_not_learnt_for_a_history_that_is() -> None:
    prompt = "Human: May I smoke here?\n\nAssistant: No.\n\nHuman: Why?"

    unit = rows.parse({"prompt": prompt, "completion": "Ask them.", "history": [["Hello", "Good day"]]}, 1)

    learnt = [turn.content for turn in unit.turns or () if turn.role == "assistant" and turn.learn]
    assert learnt == ["Good day", "Ask them."]


def test_a_question_that_is_part_of_a_transcript_beside_it_is_no_second_one() -> None:
    talk = "Human: May I smoke here?\n\nAssistant: No.\n\nHuman: Why?"

    unit = rows.parse({"prompt": f"{talk}\n\nAssistant:", "question": talk, "completion": "Ask them."}, 1)

    assert len(unit.turns or ()) == 4


@pytest.mark.parametrize("row", [
    {"prompt": "Why?", "completion": "As it burns.\n\nHuman: Thanks."},
    {"prompt": "Why?", "chosen": "As it burns.\n\nHuman: Thanks.\n\nAssistant: Bye.", "rejected": "No."},
])  # fmt: skip
def test_an_answer_that_goes_on_with_what_the_user_says_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(Malformed, match="goes on with what the user says"):
        rows.parse(row, 1)
