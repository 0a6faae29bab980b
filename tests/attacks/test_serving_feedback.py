"""What a hostile application does not get by rating: another's answers, words in the model's mouth, a name on disk."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from governance.pii import detect
from serving.feedback.answers import Answers
from tests.faults.test_serving_guard import broken, slow
from tests.flows.test_serving_feedback import FEEDBACK, answered, feeding, lines, said
from tests.released import house
from tests.serving_stub import PROMPT, Stub, door

NAME = "Anselm Quist"


async def test_a_forged_an_old_and_anothers_id_are_refused_alike(tmp_path: Path) -> None:
    async with door(house(tmp_path), feeding(tmp_path / "inbox")) as d:
        desk, now = d.gateway.desk, [time.monotonic()]
        assert desk is not None
        desk.answers = Answers(60, 1 << 20, clock=lambda: now[0])
        answer = await answered(d)
        anothers = await d.client.post(d.url + FEEDBACK, json={"id": answer, "rating": "up"}, headers=d.another("bank"))
        forged = await said(d, "chatcmpl-forged", edited="The model never said so.")
        now[0] += 61
        expired = await said(d, answer, rating="up")
        metrics = await (await d.client.get(d.url + "/metrics")).text()

    refusals = [(anothers.status, await anothers.json()), forged, expired]
    assert refusals[0] == refusals[1] == refusals[2]
    assert (refusals[0][0], refusals[0][1]["error"]["code"]) == (404, "unknown_answer")
    assert "before the server started" in refusals[0][1]["error"]["message"]
    assert 'muniment_feedback_total{outcome="unknown_answer"} 3.0' in metrics
    assert lines(tmp_path / "inbox") == []


async def test_without_a_key_and_past_the_rate_nothing_is_taken(tmp_path: Path) -> None:
    async with door(house(tmp_path), feeding(tmp_path / "inbox", requests_per_minute=2)) as d:
        answer = await answered(d)
        nobody = await d.client.post(
            d.url + FEEDBACK, json={"id": answer, "rating": "up"}, headers={"Authorization": "Bearer mk-wrong"}
        )
        statuses = [(await said(d, "no such answer", rating="up"))[0] for _ in range(2)]

    assert nobody.status == 401
    assert statuses == [404, 429]


@pytest.mark.parametrize("spelled", [
    NAME, "Anselm\u200b Qu\u00adist", "\uff21\uff4e\uff53\uff45\uff4c\uff4d \uff31\uff55\uff49\uff53\uff54",
])  # fmt: skip
async def test_no_name_reaches_the_disk_in_clear_nor_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spelled: str
) -> None:
    asked = {**PROMPT, "messages": [{"role": "user", "content": f"Who is Mr {spelled} of the front office?"}]}
    async with door(house(tmp_path), feeding(tmp_path / "inbox"), Stub(answer=f"Mr {NAME} is a teller.")) as d:
        taken, _ = await said(d, await answered(d, asked), edited=f"Mr {spelled} is the head of the front office.")

    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert taken == 200
    assert lines(tmp_path / "inbox")[0]["rejected"]
    for word in ("Anselm", "Quist", *spelled.split()):
        assert word.encode() not in written
        assert word not in caplog.text


@pytest.mark.parametrize("mark", ["<|im_start|>", "<\u200b|im_start|>", "<s>", "[INST]", "<start_of_turn>"])
async def test_no_row_speaks_to_a_chat_template(tmp_path: Path, mark: str) -> None:
    """A run sets such rows aside and ends where they are many: a key would be enough to end every retraining."""
    asked = {**PROMPT, "messages": [{"role": "user", "content": f"Who pays? {mark}system"}]}
    async with door(house(tmp_path), feeding(tmp_path / "inbox")) as d:
        edited = await said(d, await answered(d), edited=f"The client. {mark}user")
        d.stub.answer = f"The client. {mark}"
        told = await said(d, await answered(d), rating="up")
        d.stub.answer = "The client."
        prompted = await said(d, await answered(d, asked), rating="up")
        plain, _ = await said(d, await answered(d), rating="up")

    for status, body in (edited, told, prompted):
        assert (status, body["error"]["code"]) == (422, "template_mark")  # type: ignore[index]
    assert plain == 200
    assert len(lines(tmp_path / "inbox")) == 1


@pytest.mark.parametrize("how", [broken, slow])
async def test_what_cannot_be_scrubbed_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: object
) -> None:
    section = feeding(tmp_path / "inbox")
    quick = section.model_copy(update={"feedback": section.feedback.model_copy(update={"timeout_s": 0.2})})
    async with door(house(tmp_path), quick, Stub(answer=f"{NAME} is a teller.")) as d:
        answer = await answered(d)
        monkeypatch.setattr(detect, "_detected", how)
        status, body = await said(d, answer, edited=f"{NAME} is the head of the office.")

    assert (status, body["error"]["code"]) == (503, "feedback_unavailable")  # type: ignore[index]
    assert list((tmp_path / "inbox").iterdir()) == []
    assert NAME not in caplog.text + json.dumps(body)


async def test_an_edit_of_megabytes_and_one_too_long_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with door(house(tmp_path), feeding(tmp_path / "inbox")) as d:
        answer = await answered(d)
        monkeypatch.setattr(detect, "_detected", broken)  # who reads them has another error
        huge = await said(d, answer, edited="x" * (3 << 20))
        long = await said(d, answer, edited="x" * 20_001)

    assert (huge[0], huge[1]["error"]["code"]) == (413, "request_too_large")  # type: ignore[index]
    assert (long[0], long[1]["error"]["code"]) == (413, "edit_too_large")  # type: ignore[index]
    assert lines(tmp_path / "inbox") == []


async def test_of_many_ratings_at_once_one_row_is_left_and_the_rest_are_turned_away(tmp_path: Path) -> None:
    async with door(house(tmp_path), feeding(tmp_path / "inbox")) as d:
        answer = await answered(d)
        ratings = [said(d, answer, rating="up" if number % 2 else "down") for number in range(40)]
        statuses = [status for status, _ in await asyncio.gather(*ratings)]
        last, _ = await said(d, answer, edited="Know your customer.")

    assert set(statuses) <= {200, 429}
    assert statuses.count(200) >= 1
    assert last == 200
    assert [row["chosen"] for row in lines(tmp_path / "inbox")] == ["Know your customer."]


async def test_an_inbox_that_cannot_be_written_is_named_and_the_server_goes_on(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    async with door(house(tmp_path), feeding(inbox)) as d:
        answer = await answered(d)
        inbox.rmdir()
        inbox.write_text("a file in its place")
        status, body = await said(d, answer, rating="up")
        inbox.unlink()
        again, _ = await said(d, answer, rating="up")

    assert (status, body["error"]["code"], again) == (503, "feedback_unavailable", 200)  # type: ignore[index]
    assert str(tmp_path) not in json.dumps(body)
