"""`muniment scrub` and `muniment measure-pii` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.walked import Place, muniment

TEXT = "Dear Ms Haverkamp,\nplease write to gudrun@nordmail.com. 🦊 Thaddeus Okonjo"
NAMES = ("Haverkamp", "gudrun@nordmail.com", "Thaddeus Okonjo")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Two texts about the same people, labelled alike; of the second nothing is found."""
    spans = [
        {"start": TEXT.index(n), "end": TEXT.index(n) + len(n), "type": "NAME", "identifier": "direct"} for n in NAMES
    ]
    gold = [{"id": number, "text": TEXT, "spans": spans} for number in (1, 2)]
    found = [{"id": 1, "spans": [{"start": 0, "end": len(TEXT)}]}, {"id": 2, "spans": []}]
    for name, lines in (("gold", gold), ("found", found)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return Place(tmp_path, tmp_path / "keys")


def test_given_spans_are_measured_with_intervals_over_documents(place: Place) -> None:
    gold, found = (str(place.root / f"{name}.jsonl") for name in ("gold", "found"))

    ended = muniment(place, "measure-pii", gold, "--pred", found, "--by-type", "--json")

    assert ended.code == 0, ended.err
    figures = json.loads(ended.out)
    assert (figures["ER_direct"], figures["docs_with_all_direct_masked"], figures["mentions"]) == (0.5, 0.5, 6)
    assert figures["intervals"]["ER_direct"] == [0.0, 1.0]
    assert figures["by_type"]["NAME"]["covered"] == 0.5


def test_few_texts_and_few_mentions_are_told_of(place: Place) -> None:
    gold, found = (str(place.root / f"{name}.jsonl") for name in ("gold", "found"))

    plain = muniment(place, "measure-pii", gold, "--pred", found)
    machine = muniment(place, "measure-pii", gold, "--pred", found, "--json")

    assert "note: only 2 texts: intervals are wide" in plain.err
    assert "fewer than 50 mentions of NAME (6)" in plain.err
    assert len(json.loads(machine.out)["doubts"]) == 2


def test_the_table_shows_what_was_not_measured_as_such(place: Place) -> None:
    gold, found = (str(place.root / f"{name}.jsonl") for name in ("gold", "found"))

    ended = muniment(place, "measure-pii", gold, "--pred", found, "--by-type")

    lines = {line.split()[0]: line for line in ended.out.splitlines() if line.strip()}
    assert "0.5000" in lines["ER_direct"]
    assert "0.0000 – 1.0000" in lines["ER_direct"]
    assert "not measured" in lines["ER_quasi"]
    assert lines["NAME"].split()[1] == "6"
    assert not [name for name in NAMES if name in ended.out + ended.err]


def test_what_is_measured_is_what_scrub_writes(place: Place) -> None:
    gold, spans = place.root / "gold.jsonl", place.root / "spans.jsonl"

    own = muniment(place, "measure-pii", str(gold), "--json")
    written = muniment(place, "scrub", str(gold), "--spans", str(spans))
    theirs = muniment(place, "measure-pii", str(gold), "--pred", str(spans), "--json")

    assert (own.code, written.code, theirs.code) == (0, 0, 0), own.err + written.err + theirs.err
    assert json.loads(own.out) == json.loads(theirs.out)
    assert json.loads(own.out)["ER_direct"] == 1.0
    assert "2 texts read; found " in written.err
    assert not [name for name in NAMES if name in own.err + written.err]


def test_a_folder_is_scrubbed_and_counted(place: Place) -> None:
    source, out = place.root / "in", place.root / "out"
    source.mkdir()
    (source / "letter.txt").write_text(TEXT, encoding="utf-8")
    (source / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (source / "asked.jsonl").write_text('{"prompt": "Who signs?", "completion": "The clerk."}\n{}\n', "utf-8")

    ended = muniment(place, "scrub", str(source), "--out", str(out))
    again = muniment(place, "scrub", str(source), "--out", str(out))

    assert ended.code == 1, ended.err
    assert "refused: broken.pdf: corrupt" in ended.err
    assert f"2 files in {out}; 2 rejected (1 row)" in ended.err.replace("\n", " ")
    assert "PERSON" in ended.out
    assert not any("Haverkamp" in file.read_text("utf-8") for file in out.iterdir())
    assert (again.code, "exists already" in again.err) == (2, True)


def test_no_key_is_made_in_what_it_protects(place: Place) -> None:
    source = place.root / "in"
    source.mkdir()
    (source / "letter.txt").write_text(TEXT, encoding="utf-8")
    scrub = ("scrub", str(source), "--out", str(place.root / "out"))

    among_texts = muniment(place, *scrub, env={"MUNIMENT_KEYS": str(source / "keys")})
    (place.root / "pipeline.yaml").write_text("documents: in\nbase_model: base\n", encoding="utf-8")
    in_workspace = muniment(place, *scrub)

    for ended in (among_texts, in_workspace):
        assert (ended.code, "the keys are in" in ended.err) == (2, True), ended.err
    assert not list(place.root.rglob("*.key"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("scrub", "{root}"), 2),
        (("scrub", "{root}", "--spans", "{root}/x.jsonl"), 2),
        (("scrub", "{root}/gold.jsonl"), 2),
        (("scrub", "{root}/gold.jsonl", "--out", "{root}/x"), 2),
        (("scrub", "{root}/gold.jsonl", "--spans", "{root}/gold.jsonl"), 2),
        (("scrub", "{root}/none.jsonl", "--spans", "{root}/x.jsonl"), 3),
        (("scrub", "{root}/none"), 3),
        (("scrub", "{root}/none.txt", "--out", "{root}/x"), 3),
        (("measure-pii", "{root}/none.jsonl"), 3),
        (("measure-pii", "{root}/found.jsonl"), 2),
        (("measure-pii", "{root}/gold.jsonl", "--pred", "{root}/gold.jsonl.gz"), 3),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_wrong_use_is_named_and_changes_nothing(place: Place, words: tuple[str, ...], code: int) -> None:
    before = (place.root / "gold.jsonl").read_bytes()

    ended = muniment(place, *(word.format(root=place.root) for word in words))

    assert (ended.code, "Traceback" in ended.err, "next:" in ended.err) == (code, False, True), ended.err
    assert (place.root / "gold.jsonl").read_bytes() == before
    assert not [name for name in NAMES if name in ended.err]


@pytest.mark.parametrize("more", [(), ("--out", "{root}/new")])
def test_whoever_names_one_document_is_told_to_name_its_folder(place: Place, more: tuple[str, ...]) -> None:
    letter = place.root / "letter.txt"
    letter.write_text(TEXT, encoding="utf-8")

    ended = muniment(place, "scrub", str(letter), *(word.format(root=place.root) for word in more))

    assert ended.code == 2, ended.err
    assert "THAT_FOLDER --out NEW_FOLDER" in ended.err
    assert f"{letter} --spans" not in ended.err


def test_progress_is_told_in_lines_of_the_file(place: Place) -> None:
    ended = muniment(place, "scrub", str(place.root / "gold.jsonl"), "--spans", str(place.root / "spans.jsonl"))

    assert "lines scrubbed: 2 of 2" in ended.err
