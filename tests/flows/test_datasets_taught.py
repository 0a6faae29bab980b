"""A teacher's rows are kept where the document bears them out, and whatever it does otherwise is a named refusal."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from flows.datasets.settings import BuildSection, TeacherSection
from flows.datasets.sft import build_sft
from flows.datasets.teaching.taught import GUESS
from flows.datasets.teaching.teacher import Teacher
from flows.datasets.teaching.whole import MOST_BYTES
from registry.artifacts import Artifacts
from registry.database.store import Registry
from registry.errors import ConfigError, TeacherUnreachable
from registry.records import Dataset, Reason, TrainingRun
from registry.tables import UNITS, read_table, write_table
from tests.teacher_server import Pieces, Says, TeacherServer, completion, head, teaching
from tests.walked import Place, started

TEXT = """# Travel rules of the Bergen office

## Receipts

Travellers must hand in their receipts within 45 days after they came back. The finance desk pays no claim that is \
handed in later, unless the head of the department has agreed in writing.

## Class of travel

Flights of more than 6 hours may be booked in premium economy. First class is booked for nobody, whatever the distance \
and whoever travels, from 1 March 2027 on.
"""
GOOD = {
    "question": "Within how many days must receipts be handed in at the Bergen office?",
    "answer": "Travellers must hand in their receipts within 45 days after they came back.",
    "quote": "Travellers must hand in their receipts within 45 days after they came back.",
}
OTHER = {
    "question": "Which flights may staff of the Bergen office book in premium economy?",
    "answer": "Flights of more than 6 hours may be booked in premium economy.",
    "quote": "Flights of more than 6 hours may be booked in premium economy",
}


def rows(*written: object) -> str:
    return "Here you are:\n```json\n" + json.dumps({"rows": written}) + "\n```"


def says(receipts: str | int | None, flights: str | int | None, guess: str | int | None = "I do not know.") -> Says:
    def reply(system: str, user: str) -> str | int | None:
        if system == GUESS:
            return guess
        return receipts if "receipts within" in user else flights

    return reply


def section(server: TeacherServer, **more: object) -> BuildSection:
    given = {
        "url": server.url, "model": "big", "licence": "Apache-2.0", "timeout_s": 60, "max_retries": 1, **more,
    }  # fmt: skip
    return BuildSection(min_rows=1, max_extractive_rows=0, teacher=TeacherSection.model_validate(given))


def built(asked: BuildSection, home: Path) -> Dataset:
    """Twenty questions of people, who give the held-out side, and one document for the teacher."""
    home.mkdir(exist_ok=True)
    blank: dict[str, object] = dict.fromkeys(UNITS.names)
    about = {**blank, "document": "d" * 64, "licence": "MIT", "source": "s"}
    units = [
        {**about, "path": "rows.jsonl", "unit": n, "kind": "qa", "groups": [f"g{n}"],
         "prompt": f"Which rule covers case {n}?", "completion": f"Rule {n % 7}"}
        for n in range(20)
    ]  # fmt: skip
    units.append({**about, "document": "e" * 64, "path": "travel.md", "unit": 0, "kind": "text", "text": TEXT})
    store = (Artifacts(home / "artifacts"), home)
    return build_sft(write_table(pa.Table.from_pylist(units, schema=UNITS), *store, "units"), asked, *store, ())


def taught(dataset: Dataset, home: Path) -> list[dict[str, object]]:
    sides = (read_table(side, Artifacts(home / "artifacts")).to_pylist() for side in (dataset.train, dataset.held_out))
    return [row for side in sides for row in side if row["origin"] == "taught"]


def reasons(dataset: Dataset) -> list[tuple[str, str]]:
    return [(str(one.reason), one.detail) for one in dataset.rejected if one.place.startswith("travel.md")]


def test_a_row_that_its_quote_bears_out_is_learnt_with_its_teacher_and_both_licences(tmp_path: Path) -> None:
    with teaching(says(rows(GOOD), rows(OTHER))) as server:
        dataset = built(section(server), tmp_path)

    found = taught(dataset, tmp_path)
    assert {row["completion"][-1]["content"] for row in found} == {GOOD["answer"], OTHER["answer"]}  # type: ignore[index]
    assert {row["licence"] for row in found} == {"(MIT) AND (Apache-2.0)"}
    assert all(str(row["teacher"]).startswith("big told ") and row["evidence"] for row in found)
    assert dataset.licences["(MIT) AND (Apache-2.0)"] == 2
    assert read_table(dataset.held_out, Artifacts(tmp_path / "artifacts"))["origin"].to_pylist().count("taught") == 0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"quote": "Receipts are to be kept for as long as the tax office asks for them."}, Reason.NOT_ENTAILED),
        ({"quote": "Travellers must hand in their receipts within 54 days after they came back."}, Reason.NOT_ENTAILED),
        ({"quote": "receipts"}, Reason.NOT_ENTAILED),
        ({"answer": "Travellers must hand in their receipts within 60 days."}, Reason.NOT_ENTAILED),
        ({"answer": "Travellers must hand in their receipts within 45 days, by April."}, Reason.NOT_ENTAILED),
        ({"answer": "Travellers must not hand in their receipts within 45 days."}, Reason.NOT_ENTAILED),
        ({"answer": "Managers reimburse nobody except contractors holding diplomatic passports."}, Reason.NOT_ENTAILED),
        ({"question": f"Is it true that {GOOD['answer']}"}, Reason.NEEDS_NO_DOCUMENT),
        ({"answer": ""}, Reason.MALFORMED_ROW),
        ({"answer": 45}, Reason.MALFORMED_ROW),
        ({"answer": GOOD["answer"] + "\ud800"}, Reason.MALFORMED_ROW),
        ({"question": GOOD["question"] + "\x00"}, Reason.MALFORMED_ROW),
        ({"answer": GOOD["answer"] + "<|im_end|>"}, Reason.MALFORMED_ROW),
        ({"question": "<start_of_turn>model\n" + GOOD["question"]}, Reason.MALFORMED_ROW),
    ],
)
def test_a_row_that_the_passage_does_not_bear_out_is_refused(
    changed: dict[str, object], reason: Reason, tmp_path: Path
) -> None:
    with teaching(says(rows({**GOOD, **changed}), rows(OTHER))) as server:
        dataset = built(section(server), tmp_path)

    assert [row["evidence"] for row in taught(dataset, tmp_path)] == [OTHER["quote"].casefold()]
    assert [found for found, _ in reasons(dataset)] == [reason]
    assert all("receipts" not in detail.lower() for _, detail in reasons(dataset)), "a refusal holds no document text"


def test_a_quote_may_differ_by_a_sign(tmp_path: Path) -> None:
    quote = "Travellers must hand in their receipts, within 45 days after they come back"
    with teaching(says(rows({**GOOD, "quote": quote}), rows(OTHER))) as server:
        assert len(taught(built(section(server), tmp_path), tmp_path)) == 2


def test_what_is_known_without_the_document_is_not_taught(tmp_path: Path) -> None:
    guess = "I believe travellers have to hand in their receipts within 45 days after they came back."
    with teaching(says(rows(GOOD), rows(OTHER), guess)) as server:
        dataset = built(section(server), tmp_path)

    assert [row["completion"][-1]["content"] for row in taught(dataset, tmp_path)] == [OTHER["answer"]]  # type: ignore[index]
    assert reasons(dataset) == [(Reason.NEEDS_NO_DOCUMENT, "known without the passage")]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I am a language model.", Reason.MALFORMED_ROW),
        ('{"rows": [{"question": "cut off', Reason.MALFORMED_ROW),
        ("[" * 5_000, Reason.MALFORMED_ROW),
        ('{"rows": "none"}', Reason.MALFORMED_ROW),
        ("[1, null]", Reason.MALFORMED_ROW),
        ("", Reason.NO_ANSWER),
        (400, Reason.NO_ANSWER),
        (500, Reason.NO_ANSWER),
        (None, Reason.NO_ANSWER),
    ],
    ids=["prose", "cut off", "deep", "no list", "no objects", "empty", "refused", "failing", "silent"],
)
def test_whatever_a_teacher_does_for_one_passage_the_others_are_learnt(
    reply: str | int | None, reason: Reason, tmp_path: Path
) -> None:
    with teaching(says(reply, rows(OTHER))) as server:
        dataset = built(section(server, timeout_s=60 if reply is not None else 3), tmp_path)

    assert len(taught(dataset, tmp_path)) == 1
    assert {found for found, _ in reasons(dataset)} == {reason}


def answer(text: str, *more: str) -> bytes:
    return head(completion(text), *more) + completion(text)


def dripping(whole: bytes, at_once: int) -> Pieces:
    """A good answer that comes whole in four seconds, never silent for as long as a read may take."""

    def pieces() -> Iterator[bytes]:
        yield whole[:at_once]
        slow = whole[at_once:]
        for start in range(0, len(slow), max(1, len(slow) // 40)):
            time.sleep(0.1)
            yield slow[start : start + max(1, len(slow) // 40)]

    return pieces


def swollen(whole: bytes) -> Pieces:
    filling = b" " * (MOST_BYTES // 16)
    return lambda: [head(whole + filling * 16), *[filling] * 16, whole]


def packed(whole: bytes) -> Pieces:
    small = gzip.compress(whole)
    return lambda: [head(small, "Content-Encoding: gzip"), small]


@pytest.mark.parametrize(
    ("pieces", "timeout_s"),
    [
        (dripping(answer(rows(GOOD)), len(head(completion(rows(GOOD))))), 0.5),
        (dripping(answer(rows(GOOD), f"X-Long: {'x' * 40_000}"), 1), 0.5),
        (swollen(completion(rows(GOOD))), 60),
        (packed(completion(rows(GOOD))), 60),
    ],
    ids=["body drips", "head drips", "too long", "packed"],
)
def test_an_answer_that_is_not_there_whole_in_time_and_size_is_none_and_is_asked_for_again(
    pieces: Pieces, timeout_s: float, tmp_path: Path
) -> None:
    asked = (("system", "write"), ("user", "receipts within"))
    with teaching(lambda system, user: pieces) as server:
        teacher = section(server, timeout_s=timeout_s).teacher
        assert teacher is not None

        assert Teacher(teacher, tmp_path).said([asked]) == [None]

    assert len(server.asked) == 1 + teacher.max_retries
    assert not list(tmp_path.iterdir())


def test_an_endpoint_that_drips_for_all_is_named(tmp_path: Path) -> None:
    asked = [(("system", "write"), ("user", f"passage {n}")) for n in range(4)]
    with teaching(lambda system, user: dripping(answer("yes"), 40)) as server:
        teacher = TeacherSection(url=server.url, model="big", licence="MIT", timeout_s=0.5, max_retries=0)

        with pytest.raises(TeacherUnreachable, match="big failed 4 of 4"):
            Teacher(teacher, tmp_path).said(asked)


def test_no_more_rows_are_taken_than_were_asked_for(tmp_path: Path) -> None:
    with teaching(says(rows(*[{**GOOD, "question": f"{n}: {GOOD['question']}"} for n in range(9)]), rows())) as server:
        assert len(taught(built(section(server, rows_per_chunk=2), tmp_path), tmp_path)) <= 2


def test_a_run_that_was_cut_off_asks_nothing_twice_and_ends_the_same(tmp_path: Path) -> None:
    with teaching(says(rows(GOOD), rows(OTHER))) as server:
        whole = built(section(server), tmp_path / "whole")
        asked = section(server, concurrency=1)
        server.says = says(401, rows(OTHER))
        with pytest.raises(ConfigError):
            built(asked, tmp_path / "cut")
        kept = len(list((tmp_path / "cut" / "teacher").iterdir()))
        assert kept == 1
        server.says, server.asked[:] = says(rows(GOOD), rows(OTHER)), []

        again = built(asked, tmp_path / "cut")

        assert len(server.asked) == 4 - kept
        assert again.digest == whole.digest
        server.asked[:] = []
        assert built(asked, tmp_path / "cut").digest == whole.digest
        assert server.asked == []


def test_a_teacher_that_is_down_is_named_and_nothing_is_built(tmp_path: Path) -> None:
    with teaching(says(500, 500)) as server:
        asked = section(server, max_retries=0)
    rule = "Rules of this part apply to all staff of it. "
    long = TEXT + "".join(f"\n## Part {n}\n\n{rule * 6}{n}.\n" for n in range(6))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.TEXT", long)
        with pytest.raises(TeacherUnreachable):
            built(asked, tmp_path)


def test_the_key_is_sent_and_a_missing_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with teaching(says(rows(GOOD), rows(OTHER))) as server:
        with pytest.raises(ConfigError, match="TEACHER_KEY"):
            built(section(server, key_env="TEACHER_KEY"), tmp_path / "none")
        monkeypatch.setenv("TEACHER_KEY", "let-me-in")
        built(section(server, key_env="TEACHER_KEY"), tmp_path / "some")

        assert server.keys == {"Bearer let-me-in"}


@pytest.mark.parametrize("url", ["https://api.example.com/v1", "http://8.8.8.8/v1", "ftp://127.0.0.1/v1", "gateway"])
def test_documents_leave_the_house_only_where_that_is_said(url: str) -> None:
    with pytest.raises(ValidationError):
        TeacherSection(url=url, model="m", licence="MIT")

    if url.startswith("http"):
        assert TeacherSection(url=url, model="m", licence="MIT", leaves_house=True).url == url


def test_without_a_teacher_nothing_of_the_settings_shows() -> None:
    assert "teacher" not in BuildSection().model_dump()


def test_a_passage_goes_to_the_address_that_was_named_and_not_where_that_sends_it(tmp_path: Path) -> None:
    with teaching(says("", "")) as outside, teaching(says("", "")) as inside:
        inside.elsewhere = outside.url
        teacher = Teacher(TeacherSection(url=inside.url, model="big", licence="MIT", max_retries=0), tmp_path)

        with pytest.raises(TeacherUnreachable):
            teacher.said([(("system", "s"), ("user", f"passage {n}")) for n in range(4)])

    assert inside.asked
    assert not outside.asked


@pytest.mark.parametrize("most", [300, 4])
def test_nothing_that_a_teacher_wrote_is_measured_on_where_nobody_asked(most: int, tmp_path: Path) -> None:
    about = {**dict.fromkeys(UNITS.names), "licence": "MIT", "source": "s", "kind": "text", "unit": 0}
    units = [{**about, "document": f"{n:02}" * 32, "path": f"{n}.md", "text": office(n)} for n in range(40)]
    store = (Artifacts(tmp_path / "artifacts"), tmp_path)
    table = write_table(pa.Table.from_pylist(units, schema=UNITS), *store, "units")

    with teaching(of_offices) as server:
        asked = BuildSection.model_validate({**section(server).model_dump(), "max_held_out": most})
        dataset = build_sft(table, asked, *store, ())

    learnt, held_out = (read_table(side, store[0])["origin"].to_pylist() for side in (dataset.train, dataset.held_out))
    assert set(held_out) == {"extractive"}
    assert learnt.count("taught") + dataset.pool["held out, not measured on"] == 40, "none is lost silently"
    assert most == 300 or len(held_out) == most


def office(number: int) -> str:
    kept = f"The desk of town{number} must keep every letter about ship{number} and crate{number}"
    told = f"Each captain of harbour{number} must tell guard{number} of all that he carries by way of lake{number}"
    paid = f"No clerk{number} may pay a bill of firm{number} that nobody of house{number} has read"
    return f"# Rules of town{number}\n\n## Keeping\n\n1.1 {kept} for {number + 2} years.\n\n1.2 {told}.\n\n1.3 {paid}."


def of_offices(system: str, user: str) -> str:
    if system == GUESS:
        return "I do not know."
    quote = user[user.index("The desk") : user.index("years") + len("years")]
    number = quote.split("town")[1].split()[0]
    return rows(
        {
            "question": f"For how long are letters about ship{number} kept in the archive of town{number}?",
            "answer": f"{quote}.",
            "quote": quote,
        }
    )


def test_a_run_learns_what_a_teacher_wrote(walked_once: Place, tmp_path: Path) -> None:
    place = walked_once.copy(tmp_path / "taught")
    (place.root / "documents" / "bergen.md").write_text(TEXT)
    with teaching(says(rows(GOOD), rows(OTHER))) as server:
        teacher = f"build.teacher={{url: '{server.url}', model: big, licence: Apache-2.0}}"

        ended = started(place, "train", teacher, "dpo.enabled=false")

    assert ended.code == 0, ended.err
    assert "build: making rows, some of which big writes" in ended.err
    with Registry.open(place.workspace.registry, "tests") as registry:
        assert registry.all(Dataset)[-1].origins["taught"] > 0
        assert registry.all(TrainingRun)[-1].dataset == registry.all(Dataset)[-1].digest
