"""The parts of feedback that need no model: what is remembered and for how long, what is heard, asked and written."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.config import load_pipeline
from flows.ingest.days import day_in
from flows.ingest.examples import rows
from registry.errors import ConfigError, KeyMissing
from registry.workspace import Workspace
from serving.feedback import inbox
from serving.feedback.answers import Answers, Told
from serving.feedback.desk import desk_for
from serving.feedback.inbox import put, tally
from serving.feedback.listener import Listener, prompt_of
from serving.feedback.said import parse
from serving.feedback.settings import FeedbackSection
from serving.metrics import Metrics
from serving.protocol import Asked, Problem

DAY = date(2026, 11, 27)
ROW = {"adapter": "a@1", "prompt": [{"role": "user", "content": "Why?"}], "completion": "So."}


def told(text: str = "yes") -> Told:
    return Told((("user", "Why?"),), text, "a@1")


def test_an_answer_is_found_by_whom_it_was_given_to_alone() -> None:
    answers = Answers(60, 1 << 20)
    given = told()
    answers.keep("shop", "c1", given)

    assert answers.find("shop", "c1") is given
    assert answers.find("bank", "c1") is None
    assert answers.find("shop", "c2") is None


def test_an_answer_is_forgotten_when_it_is_old() -> None:
    now = [0.0]
    answers = Answers(60, 1 << 20, clock=lambda: now[0])
    answers.keep("shop", "c1", told())
    now[0] = 30
    answers.keep("shop", "c2", told())

    now[0] = 61

    assert answers.find("shop", "c1") is None
    assert answers.find("shop", "c2") is not None
    now[0] = 91
    answers.expire()
    assert answers.size == 0


def test_memory_is_bounded_and_nobody_pushes_out_who_holds_less() -> None:
    answers = Answers(60, 40_000)
    answers.keep("small", "c0", told())

    for number in range(200):
        answers.keep("large", f"c{number}", told("ä" * number))

    assert answers.size <= 40_000
    assert answers.find("small", "c0") is not None
    assert answers.find("large", "c199") is not None
    assert answers.find("large", "c0") is None


def test_an_answer_larger_than_all_memory_is_not_kept_and_pushes_nothing_out() -> None:
    answers = Answers(60, 10_000)
    answers.keep("shop", "c1", told())

    answers.keep("shop", "c2", told("x" * 20_000))

    assert answers.find("shop", "c1") is not None
    assert answers.find("shop", "c2") is None


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12345"), st.integers(0, 3_000)), max_size=40))
def test_what_is_counted_is_what_is_held(kept: list[tuple[str, str, int]]) -> None:
    answers = Answers(60, 12_000)
    for caller, answer, length in kept:
        answers.keep(caller, answer, told("x" * length))

    found = [one for caller in "ab" for answer in "12345" if (one := answers.find(caller, answer))]

    assert answers.size == sum(one.size for one in found) <= 12_000
    assert all(one.size > sys.getsizeof(one.text) for one in found)


def heard(*pieces: bytes, whole: bytes = b"") -> dict[str, Told]:
    kept: dict[str, Told] = {}
    listener = Listener((("user", "Why?"),), "a@1", "MIT", kept.__setitem__)
    for piece in pieces:
        listener.streamed(piece)
    if whole:
        listener.whole(whole)
    return kept


def event(content: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, **more}
    return b"data: " + json.dumps({"id": "c1", "model": "m", "choices": [choice]}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def test_a_streamed_answer_is_kept_when_it_has_ended() -> None:
    kept = heard(b": keep-alive\n\n" + event("Be") + event("cause "), event("[DONE]", finish_reason="stop"), DONE)

    assert (kept["c1"].text, kept["c1"].licence, kept["c1"].cut_off) == ("Because [DONE]", "MIT", False)
    assert heard(event("Because")) == {}


def test_a_whole_answer_is_kept_and_one_that_was_cut_off_says_so() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Because"}, "finish_reason": "length"}
    kept = heard(whole=json.dumps({"id": "c1", "model": "m", "choices": [choice]}).encode())

    assert (kept["c1"].text, kept["c1"].cut_off) == ("Because", True)


@pytest.mark.parametrize("pieces", [
    (event("a", index=1), DONE),
    (event("a"), event(finish_reason="content_filter"), DONE),
    (event("a"), event(delta={"tool_calls": [{"index": 0, "function": {"name": "f"}}]}), DONE),
    (event("a"), b'data: {"error": {"message": "gone"}}\n\n', DONE),
    (event("  "), DONE),
    (DONE,),
])  # fmt: skip
def test_an_answer_that_is_no_plain_text_is_not_kept(pieces: tuple[bytes, ...]) -> None:
    assert heard(*pieces) == {}


def asked(*messages: Mapping[str, object], **more: object) -> Asked:
    return Asked("production", False, {"messages": list(messages), **more})


USER, SYSTEM = {"role": "user", "content": "Why?"}, {"role": "system", "content": "Be short."}
SAID = {"role": "assistant", "content": "So."}


def test_a_prompt_is_remembered_with_its_system_text_and_history() -> None:
    parts = {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}

    assert prompt_of(asked(SYSTEM, USER, SAID, parts)) == (
        ("system", "Be short."), ("user", "Why?"), ("assistant", "So."), ("user", "a\nb"),
    )  # fmt: skip


@pytest.mark.parametrize("request_", [
    asked(SYSTEM), asked(USER, SAID), asked(SAID, USER), asked(USER, SYSTEM, USER), asked(USER, n=2),
    asked({"role": "user", "content": None}), asked({"role": "user", "content": "\ud800"}),
    asked(USER, {"role": "tool", "content": "1"}, USER), asked(USER, {**SAID, "tool_calls": [{}]}, USER),
    Asked("m", False, {}),
])  # fmt: skip
def test_what_could_be_no_row_is_not_remembered(request_: Asked) -> None:
    assert prompt_of(request_) == ()


@pytest.mark.parametrize(("body", "status"), [
    ({"id": "c1"}, 400), ({"rating": "up"}, 400), ({"id": "", "rating": "up"}, 400), ({"id": 1, "rating": "up"}, 400),
    ({"id": "c" * 201, "rating": "up"}, 400), ({"id": "c1", "rating": "good"}, 400), ({"id": "c1", "rating": []}, 400),
    ({"id": "c1", "rating": True}, 400), ({"id": "c1", "edited": ""}, 400), ({"id": "c1", "edited": " \n"}, 400),
    ({"id": "c1", "edited": ["a"]}, 400), ({"id": "c1", "edited": "\ud800"}, 400),
    ({"id": "c1", "edited": "x" * 11}, 413),
    ({"id": "c1", "rating": "up", "prompt": "p"}, 400), ([], 400),
])  # fmt: skip
def test_feedback_out_of_shape_is_refused(body: object, status: int) -> None:
    with pytest.raises(Problem) as caught:
        parse(json.dumps(body).encode(), 10)

    assert caught.value.status == status


@given(st.binary(max_size=200))
def test_any_bytes_are_feedback_or_a_problem(data: bytes) -> None:
    with pytest.raises(Problem):
        parse(data, 10)


def test_an_edit_counts_for_more_than_a_rating() -> None:
    assert parse(b'{"id": "c1", "rating": "down"}', 10).outcome == "down"
    assert parse(b'{"id": "c1", "rating": "up", "edited": "better"}', 10).outcome == "edited"


def test_rows_of_a_day_share_a_file_and_a_second_word_replaces_the_first(tmp_path: Path) -> None:
    put(tmp_path, DAY, "c1", {**ROW, "label": True})
    put(tmp_path, DAY, "c10", {**ROW, "label": True})
    put(tmp_path, DAY, "c1", {**ROW, "label": False})
    put(tmp_path, date(2026, 11, 28), "c2", {**ROW, "chosen": "a", "rejected": "b"})

    files = sorted(tmp_path.glob("*.jsonl"))
    assert [day_in(path.name) for path in files] == [DAY, date(2026, 11, 28)]
    assert [json.loads(line)["id"] for line in files[0].read_bytes().splitlines()] == ["c10", "c1"]
    assert tally(tmp_path).rows == {("a@1", "down"): 1, ("a@1", "up"): 1, ("a@1", "edited"): 1}
    assert list(tmp_path.glob(".*")) == []


def test_a_full_file_is_followed_by_another_and_a_row_stays_in_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_MOST_BYTES", 400)
    for number in range(5):
        put(tmp_path, DAY, f"c{number}", {**ROW, "label": True})
    put(tmp_path, DAY, "c0", {**ROW, "label": False})

    files = sorted(tmp_path.glob("*.jsonl"))
    held = [json.loads(line)["id"] for path in files for line in path.read_bytes().splitlines()]
    assert len(files) > 1
    assert all(path.stat().st_size <= 400 for path in files)
    assert sorted(held) == [f"c{number}" for number in range(5)]
    assert {day_in(path.name) for path in files} == {DAY}


def test_a_torn_line_of_somebody_else_takes_no_row_along(tmp_path: Path) -> None:
    (tmp_path / f"feedback-{DAY}.jsonl").write_text('{"prompt": "half')

    put(tmp_path, DAY, "c1", {**ROW, "label": True})

    read = rows.read_jsonl((tmp_path / f"feedback-{DAY}.jsonl").read_bytes())
    assert [(unit.kind, unit.label) for unit in read.units] == [("rating", True)]
    assert (tally(tmp_path).others, len(read.refusals)) == (1, 1)


def settings(root: Path, inbox_: str, documents: str = "documents") -> Workspace:
    (root / "documents").mkdir(parents=True, exist_ok=True)
    text = f"documents: {documents}\nbase_model: base\nserve: {{feedback: {{inbox: {inbox_}, licence: CC0-1.0}}}}\n"
    (root / "pipeline.yaml").write_text(text)
    return Workspace(root)


def test_the_inbox_is_read_as_a_folder_of_its_own_once_it_holds_something(tmp_path: Path) -> None:
    workspace = settings(tmp_path, "inbox")
    assert [folder.path.name for folder in load_pipeline(workspace).documents] == ["documents"]

    put(tmp_path / "inbox", DAY, "c1", ROW)

    folder = load_pipeline(workspace).documents[-1]
    assert (folder.path, folder.licence, folder.source) == (tmp_path / "inbox", "CC0-1.0", "gateway feedback")
    assert load_pipeline(workspace).serve.feedback.inbox == tmp_path / "inbox"


@pytest.mark.parametrize("place", ["documents/inbox", "documents"])
def test_an_inbox_that_the_documents_folders_hold_is_read_once(tmp_path: Path, place: str) -> None:
    put(tmp_path / place, DAY, "c1", ROW)

    assert len(load_pipeline(settings(tmp_path, place)).documents) == 1


def test_an_inbox_around_a_documents_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder of its own"):
        load_pipeline(settings(tmp_path, "wide", documents="wide/documents"))


@pytest.mark.parametrize("place", [".", "..", "serving", "artifacts/x", "serving/inbox", "trust"])
def test_an_inbox_where_other_things_are_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(ConfigError, match=r"serve\.feedback\.inbox"):
        load_pipeline(settings(tmp_path / "house", place))


def test_no_feedback_is_taken_without_an_inbox_or_without_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))

    assert desk_for(FeedbackSection(), Workspace(tmp_path), Metrics()) is None
    with pytest.raises(KeyMissing):
        desk_for(FeedbackSection(inbox=tmp_path / "inbox"), Workspace(tmp_path), Metrics())
    assert not (tmp_path / "keys").exists()
