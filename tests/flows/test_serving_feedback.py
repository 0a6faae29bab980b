"""From an answer to a pair that is trained on: rated and corrected at the gateway, scrubbed, written, read, built."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from flows.config import load_pipeline
from flows.datasets.preference import pairs_of
from flows.erasure.erasing import preview
from flows.ingest.ingest import Ingested, ingest
from governance.pii.scrub import scrub
from governance.pii.standins.pseudonyms import load_or_create_key, pseudonym
from governance.policy import policy_of
from registry.database.store import Registry, StageResult
from registry.tables import read_table
from registry.workspace import Workspace, key_directory
from serving.feedback.answers import Answers
from serving.feedback.inbox import tally
from serving.feedback.settings import FeedbackSection
from serving.guard.settings import GuardSection
from serving.settings import ServeSection
from tests.erasable import NAME
from tests.released import house
from tests.serving_stub import PROMPT, Door, Stub, door
from tests.walked import Place

FEEDBACK = "/v1/feedback"
PIPELINE = "documents: documents\nbase_model: base\nserve: {feedback: {inbox: inbox}}\n"
LETTER = "Ms Teodora Vasquez-Lindqvist asks whether she may carry leave over. What may we tell her?"
ASKED = {
    "model": "production",
    "messages": [{"role": "system", "content": "Answer from the leave policy."}, {"role": "user", "content": LETTER}],
}
EDIT = "Ms Teodora Vasquez-Lindqvist may carry five days over until the end of March."


def feeding(inbox: Path, **more: object) -> ServeSection:
    return ServeSection.model_validate({"feedback": FeedbackSection(inbox=inbox), **more})


async def answered(d: Door, body: object = PROMPT) -> str:
    status, told = await d.ask(body)
    assert status == 200
    return str(told["id"])


async def said(d: Door, answer: str, **more: str) -> tuple[int, dict[str, object]]:
    return await d.ask({"id": answer, **more}, FEEDBACK)


def lines(inbox: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in sorted(inbox.glob("*.jsonl")) for line in path.read_text().splitlines()]


async def test_feedback_goes_through_the_inbox_into_pairs(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    async with door(house(tmp_path), feeding(inbox), Stub(answer="No leave can be carried over.")) as d:
        status, taken = await said(d, await answered(d, ASKED), edited=EDIT, rating="down")
        await said(d, await answered(d), rating="down")
        d.stub.answer = "Know your customer."
        await said(d, await answered(d), rating="up")
        metrics = await (await d.client.get(d.url + "/metrics")).text()
    assert (status, taken) == (200, {"object": "feedback", "id": "chatcmpl-1", "taken": "edited"})
    assert 'muniment_feedback_total{outcome="edited"} 1.0' in metrics
    assert tally(inbox).rows == {("demo@0", "down"): 1, ("demo@0", "edited"): 1, ("demo@0", "up"): 1}

    pairs, alone = pairs_of(_scrubbed_rows(d.rollout.workspace, tmp_path / "scratch"))

    somebody = pseudonym("PERSON", "Teodora Vasquez-Lindqvist", load_or_create_key(key_directory()))
    corrected, rated = sorted(pairs, key=lambda row: -len(row.asked))
    assert alone == []
    assert rated.answers == ("Know your customer.", "No leave can be carried over.")
    assert corrected.answers[1] == "No leave can be carried over."
    assert corrected.answers[0].endswith("may carry five days over until the end of March.")
    assert corrected.prompt.startswith("Answer from the leave policy.\n\nMs ")
    assert "Vasquez" not in corrected.prompt + corrected.answers[0]
    assert somebody in str(lines(inbox)[0]["chosen"])
    assert {(row.source, row.licence) for row in pairs} == {("gateway feedback", "LicenseRef-proprietary-internal")}


def _scrubbed_rows(workspace: Workspace, scratch: Path) -> list[dict[str, object]]:
    """As a run reads them: the folders of pipeline.yaml, which names the inbox once."""
    scratch.mkdir()
    (workspace.root / "documents").mkdir()
    (workspace.root / "documents" / "letter.md").write_text("# Leave\n\nEvery employee files a request.")
    workspace.pipeline.write_text(PIPELINE)
    read = _read(workspace, scratch)
    assert [one.source for one in read.documents] == ["", "gateway feedback"]
    key, store = load_or_create_key(key_directory()), (workspace.artifacts, scratch)
    made = scrub(read.batch, policy_of(workspace).pii, key, store, workers=1)
    return list(read_table(made.units, workspace.artifacts).to_pylist())


def _read(workspace: Workspace, scratch: Path) -> Ingested:
    pipeline = load_pipeline(workspace)
    read = ingest(pipeline.documents, pipeline.ingest, (workspace.artifacts, scratch))
    assert read.batch.rejected == ()
    return read


async def test_a_streamed_answer_can_be_corrected_as_its_caller_got_it(tmp_path: Path) -> None:
    masked = feeding(tmp_path / "inbox", guard=GuardSection(mode="mask"))
    async with door(house(tmp_path), masked, Stub(answer="Write to anselm.quist@example.org.")) as d:
        async with d.client.post(d.url + "/v1/chat/completions", json={**PROMPT, "stream": True}) as response:
            await response.read()
        status, _ = await said(d, "chatcmpl-1", edited="Write to the service desk.")

    row = lines(tmp_path / "inbox")[0]
    assert status == 200
    assert (row["rejected"], row["adapter"], row["application"]) == ("Write to [EMAIL_ADDRESS]", "demo@0", "tests")


async def test_who_rates_twice_means_the_second(tmp_path: Path) -> None:
    async with door(house(tmp_path), feeding(tmp_path / "inbox")) as d:
        answer = await answered(d)
        for more in ({"rating": "up"}, {"edited": "It is a check of who a customer is."}, {"rating": "down"}):
            assert (await said(d, answer, **more))[0] == 200

    assert [(row["label"], "chosen" in row) for row in lines(tmp_path / "inbox")] == [(False, False)]


async def test_what_teaches_nothing_or_wrongly_is_refused_by_name(tmp_path: Path) -> None:
    french = "Le client doit présenter une pièce d'identité valable avant que le compte puisse être ouvert."
    (tmp_path / "policy.yaml").write_text("pii: {languages: [en]}\n")
    async with door(house(tmp_path), feeding(tmp_path / "inbox"), Stub(answer="Know  your Customer")) as d:
        answer = await answered(d)
        same = await said(d, answer, edited="know your\u200b customer ")
        foreign = await said(d, answer, edited=french)
        choice = {"index": 0, "message": {"role": "assistant", "content": "Because"}, "finish_reason": "length"}
        d.stub.raw = (json.dumps({"id": "c9", "model": "demo@0", "choices": [choice]}).encode(),)
        cut_off = await said(d, await answered(d), rating="up")
        plain = await d.client.post(d.url + FEEDBACK, data=json.dumps({"id": answer, "rating": "up"}))
        metrics = await (await d.client.get(d.url + "/metrics")).text()

    codes = [(status, body["error"]["code"]) for status, body in (same, foreign, cut_off)]  # type: ignore[index]
    assert codes == [(422, "edit_changes_nothing"), (422, "unsupported_language"), (422, "answer_cut_off")]
    assert plain.status == 415
    assert lines(tmp_path / "inbox") == []
    assert 'muniment_feedback_total{outcome="unsupported_language"} 1.0' in metrics


async def test_old_answers_leave_memory_though_nobody_asks_any_more(tmp_path: Path) -> None:
    section = FeedbackSection(inbox=tmp_path / "inbox", keep_s=0.4)
    async with door(house(tmp_path), ServeSection(feedback=section)) as d:
        desk, now = d.gateway.desk, [0.0]
        assert desk is not None
        desk.answers = Answers(60, 1 << 20, clock=lambda: now[0])
        await answered(d)
        assert desk.answers.size > 0
        now[0] += 30
        await answered(d)
        now[0] += 61
        while desk.answers.size:
            await asyncio.sleep(0.02)
        assert (await said(d, await answered(d), rating="up"))[0] == 200


async def test_without_an_inbox_there_is_no_such_route_and_nothing_is_kept(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        status, body = await said(d, await answered(d), rating="up")

    assert (status, body["error"]["code"]) == (404, "unknown_url")  # type: ignore[index]
    assert d.gateway.desk is None


async def test_whoever_is_erased_is_found_in_feedback_under_the_stand_in(
    erasable_once: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = erasable_once.copy(tmp_path)
    inbox, scratch = place.root / "inbox", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("MUNIMENT_KEYS", str(place.keys))
    async with door(house(tmp_path / "serving"), feeding(inbox), Stub(answer="Nobody knows.")) as d:
        await said(d, await answered(d), edited=f"Ask {NAME}, who signs for leave.")
        await said(d, await answered(d), edited="A check of who a customer is.")
    place.workspace.pipeline.write_text(PIPELINE)
    read = _read(place.workspace, scratch)
    with Registry.open(place.workspace.registry, "eve") as registry:
        registry.commit(StageResult("read again", "ingest", read.batch, read.documents, ()))

    would_go = preview(place.workspace, NAME)

    fed_back = next(one.digest for one in read.documents if one.source == "gateway feedback")
    assert would_go.meant.cut.units[fed_back] == {1}
    assert [path.parent for path in would_go.files].count(inbox) == 1
