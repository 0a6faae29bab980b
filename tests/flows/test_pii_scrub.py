"""The scrub stage on units: consistent across documents, equal when run again, and useful afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from governance.pii.detect import find
from governance.pii.jsonl import scrub_jsonl
from governance.pii.scrub import scrub, scrub_text
from governance.pii.settings import OwnPattern, PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey, key_of
from registry.artifacts import Artifacts
from registry.errors import MunimentError
from registry.records import DocumentSet, ScrubbedSet
from registry.tables import UNITS, read_table, write_table

POLICY = PiiPolicy()
KEY = key_of(b"k" * 32)
Unit = dict[str, object]


def unit(document: str, position: int = 0, kind: str = "text", **cells: object) -> Unit:
    blank: Unit = dict.fromkeys(UNITS.names)
    return {**blank, "document": document, "path": f"{document}.txt", "unit": position, "kind": kind, **cells}


def scrubbed(units: list[Unit], root: Path, key: PseudonymKey = KEY) -> tuple[ScrubbedSet, list[Unit]]:
    artifacts, scratch = Artifacts(root / "artifacts"), root / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    table = write_table(pa.Table.from_pylist(units, schema=UNITS), artifacts, scratch, "in")
    documents = DocumentSet(units=table, documents=len(units), formats={}, licences={}, rejected=())
    result = scrub(documents, POLICY, key, (artifacts, scratch))
    return result, read_table(result.units, artifacts).to_pylist()


def test_one_person_has_one_pseudonym_across_documents(tmp_path: Path) -> None:
    letter = unit("a", text="Dear Ms Karlsson,\nwe confirm that Ingrid Karlsson is employed here.")
    mail = unit("b", text="From: Ingrid Karlsson <ingrid.karlsson@corp.com>\n\nMr Karlsson's report is late.")

    result, (first, second) = scrubbed([letter, mail], tmp_path)

    surname = str(first["text"]).split("\n")[0].removeprefix("Dear Ms ").rstrip(",")
    assert "Karlsson" not in f"{first} {second}"
    assert str(first["text"]).count(surname) == 2
    assert str(second["text"]).count(surname) == 2
    assert result.entities["PERSON"] >= 4
    assert result.key_id == KEY.id


def test_pii_in_the_name_of_a_file_stays_behind_the_scrub_stage(tmp_path: Path) -> None:
    letter = unit("d" * 64, text="Curriculum Vitae\n\nName: Zebulon Quackenbush\n\nClerk since May.")
    letter["path"] = "zebulon quackenbush/CURRICULUM-vitae_of_Quackenbush_zq1977@example.org_+49 30 1234567.docx"

    _, (row,) = scrubbed([letter], tmp_path)

    assert row["path"] == "dddddddddddd/CURRICULUM-vitae.docx"


def test_same_inputs_give_the_same_digest_and_another_key_another(tmp_path: Path) -> None:
    units = [unit("a", text="Dear Ms Karlsson, call +44 20 7946 0991.")]

    first, again = scrubbed(units, tmp_path / "1")[0], scrubbed(units, tmp_path / "2")[0]
    other = scrubbed(units, tmp_path / "3", key_of(b"o" * 32))[0]

    assert first.digest == again.digest
    assert first.units.artifact != other.units.artifact


def test_a_shared_vocabulary_of_labels_survives_and_a_single_list_does_not(tmp_path: Path) -> None:
    labels = ["AML", "Paris", "Jane Roe"]
    shared = [unit("a", n, "qa", prompt="Which?", completion="Paris", choices=labels) for n in range(10)]
    single = unit("b", 0, "qa", prompt="Who?", completion="Mr Jane Roe", choices=["Mr Jane Roe", "nobody"])

    _, rows = scrubbed([*shared, single], tmp_path)

    assert all(row["choices"] == labels and row["completion"] == "Paris" for row in rows[:10])
    assert "Roe" not in str(rows[10])
    assert rows[10]["completion"] in rows[10]["choices"]  # type: ignore[operator]


def test_who_is_named_in_the_prompt_is_known_in_the_answers(tmp_path: Path) -> None:
    pair = unit(
        "a", 0, "pair", prompt="Who is Ms Karlsson?", chosen="Karlsson is an auditor.", rejected="Karlsson? No."
    )

    _, rows = scrubbed([pair], tmp_path)

    assert "Karlsson" not in str(rows)


def test_one_person_is_one_person_in_every_turn_of_a_conversation(tmp_path: Path) -> None:
    said = ("Who is Ms Ingrid Karlsson?", "Ingrid Karlsson is an auditor.", "Since when?", "Karlsson came in May.")
    turns = [{"role": ("user", "assistant")[n % 2], "content": text, "learn": n != 1} for n, text in enumerate(said)]
    letter = unit("b", text="Dear Ms Karlsson,\nIngrid Karlsson is welcome.")

    _, (chat, text) = scrubbed([unit("a", 0, "chat", turns=turns), letter], tmp_path)

    new = chat["turns"]
    assert isinstance(new, list)
    surname = str(text["text"]).split("\n")[0].removeprefix("Dear Ms ").rstrip(",")
    assert "Karlsson" not in str(chat)
    assert [surname in turn["content"] for turn in new] == [True, True, False, True]
    assert [(turn["role"], turn["learn"]) for turn in new] == [(turn["role"], turn["learn"]) for turn in turns]


def test_public_bodies_and_laws_survive() -> None:
    text = "The FSRA of Abu Dhabi Global Market may require an Authorised Person to comply with COBS under FSMR."

    assert scrub_text(text, POLICY, KEY)[0] == text


def test_what_the_deny_list_names_never_survives() -> None:
    policy = PiiPolicy(deny=("Project Bluebird",))

    assert "bluebird" not in scrub_text("We call it project bluebird.", policy, KEY)[0].casefold()


def test_a_number_once_recognised_is_found_without_the_words_around_it() -> None:
    text = "Employee number: X77-4821. Later that day X77-4821 logged in."

    assert "X77-4821" not in scrub_text(text, POLICY, KEY)[0]


def test_an_own_pattern_is_tried_on_its_examples_and_then_used() -> None:
    own = OwnPattern(type="CUSTOMER_ID", pattern=r"kd\d{4}", examples=("kd1234",))

    assert "kd9876" not in scrub_text("It was kd9876 again.", PiiPolicy(patterns=(own,)), KEY)[0]
    with pytest.raises(ValueError, match="does not match its example"):
        OwnPattern(type="CUSTOMER_ID", pattern=r"kd\d{4}", examples=("kd12345",))
    with pytest.raises(ValueError, match="not a regular expression"):
        OwnPattern(type="CUSTOMER_ID", pattern="(", examples=("x",))


def test_a_type_that_is_replaced_but_never_looked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="replace names types that entities does not: PERSON"):
        PiiPolicy(entities=("LOCATION",), replace=("PERSON",))


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "😀"])
def test_a_text_without_words_holds_nothing(text: str) -> None:
    assert scrub_text(text, POLICY, KEY) == (text, [])


def test_a_line_of_a_megabyte_is_scrubbed_to_its_end() -> None:
    text = "x" * 1_000_000 + " The board met and agreed on the budget. " * 1_500 + "Card 4111 1111 1111 1111."

    spans = find(text, POLICY)

    assert text[spans[-1].start : spans[-1].end] == "4111 1111 1111 1111"


def test_spans_are_written_for_good_lines_and_bad_lines_are_named(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    good = json.dumps({"id": "1", "text": "e\u0301 😀 Mail j\u200bane@corp.com"})
    source.write_bytes(good.encode() + b'\n\n{"id": 2}\n\xff\xfe\n[1]\n{"id":"3","text":""}\n')

    said = r"3 lines of in.jsonl had to be left out: line 3 \(not an object .*, line 4 \(not UTF-8\), line 5 \(not an"
    with pytest.raises(MunimentError, match=said):
        scrub_jsonl(source, out, POLICY)

    first, last = map(json.loads, out.read_text().splitlines())
    (span,) = [s for s in first["spans"] if s["type"] == "EMAIL_ADDRESS"]
    assert json.loads(good)["text"][span["start"] : span["end"]] == "j\u200bane@corp.com"
    assert last == {"id": "3", "spans": []}


def test_a_file_without_one_good_line_is_refused_and_nothing_written(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"-----BEGIN PUBLIC KEY-----\n[1]\n")

    with pytest.raises(MunimentError, match=r"2 lines of in\.jsonl had to be left out") as refused:
        scrub_jsonl(source, tmp_path / "out.jsonl", POLICY)

    assert refused.value.next_step == "correct them; nothing was written"
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["in.jsonl"]


@pytest.mark.parametrize("said", ["Jane Roe called the bank. Who was it?", "Ms Roe called the bank. Who was it?"])
def test_somebody_whom_one_row_names_is_masked_in_all_lists_of_choices_that_hold_her(said: str, tmp_path: Path) -> None:
    labels = ["Jane Roe", "Peter Hughes", "nobody"]
    rows = [unit("a", n, "qa", prompt="Who was it?", completion="Jane Roe", choices=labels) for n in range(10)]
    rows[3]["prompt"] = said
    elsewhere = [{**row, "document": "b", "prompt": "Who was it?"} for row in rows]

    _, done = scrubbed([*rows, *elsewhere], tmp_path)

    assert "Roe" not in str(done[:10])
    assert len({str(row["choices"]) for row in done[:10]}) == 1
    assert all(f"'{row['completion']}'" in str(row["choices"]) for row in done[:10])
    assert all(row["choices"] == labels for row in done[10:])
