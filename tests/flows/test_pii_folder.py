"""A folder scrubbed as a whole: every format comes out readable, nobody is named, nothing is overwritten or lost."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest

from flows.ingest.examples.rows import read_jsonl
from flows.ingest.settings import IngestSection
from flows.scrubbing.folder import Report, Rules, scrub_folder
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from registry.errors import AllRejected, ConfigError, NoDocuments
from registry.records import Reason

RULES = Rules(IngestSection(workers=1), PiiPolicy(), key_of(b"k" * 32))
SECRETS = ("haverkamp", "gudrun", "okonjo", "thaddeus", "nordmail", "4711-0815", "7946")
TABLE = (
    "Name,E-mail,Team\n"
    '"Haverkamp, Gudrun",gudrun@nordmail.com,payroll\nThaddeus Okonjo,thaddeus.okonjo@nordmail.com,sales\n'
)
QUESTION = {"prompt": "Who signed the letter?", "completion": "Gudrun Haverkamp signed it.", "group": "letters"}


def fill(folder: Path) -> Path:
    (folder / "staff" / "haverkamp").mkdir(parents=True)
    (folder / "staff" / "haverkamp" / "letter_gudrun_haverkamp.txt").write_text(
        "A letter to our staff.\n\nDear Ms Haverkamp,\nplease call +44 20 7946 0958.\nThaddeus Okonjo\n",
        encoding="utf-8",
    )
    (folder / "staff" / "contacts.csv").write_text(TABLE, encoding="utf-8")
    (folder / "rows.jsonl").write_text(json.dumps(QUESTION) + "\n", encoding="utf-8")
    (folder / "notes.md").write_text("# Notes\n\nGudrun Haverkamp reads the contacts and notes.\n", encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    mail = EmailMessage()
    mail["From"], mail["To"] = "Gudrun Haverkamp <gudrun@nordmail.com>", "thaddeus.okonjo@nordmail.com"
    mail["Subject"] = "Lease"
    mail.set_content("The lease is attached.\nThaddeus Okonjo has read it.")
    mail.add_attachment(b"Signed by Gudrun Haverkamp.", maintype="text", subtype="plain", filename="haverkamp.txt")
    (folder / "mail.eml").write_bytes(bytes(mail))
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Mapping[str, str], Path]:
    root = tmp_path_factory.mktemp("folder")
    source = fill(root / "in")
    report = scrub_folder(source, root / "out", RULES, workers=1)
    return report, contents(root / "out"), root


def test_nobody_is_named_in_contents_or_paths(done: tuple[Report, Mapping[str, str], Path]) -> None:
    _, files, root = done

    said = "\n".join([*files, *files.values()]).lower()

    assert [secret for secret in SECRETS if secret in said] == []
    assert sorted(path.name for path in root.iterdir()) == ["in", "out"]


def test_files_keep_their_folders_formats_and_plain_words(done: tuple[Report, Mapping[str, str], Path]) -> None:
    _, files, _ = done
    names = sorted(files)

    assert {name.rpartition(".")[2] for name in names} == {"txt", "csv", "jsonl", "md"}
    assert "notes.md" in names
    assert "staff/contacts.csv" in names
    letter = next(name for name in names if "letter-" in name)
    assert letter.startswith("staff/")
    assert letter.count("/") == 2
    assert len([name for name in names if name.endswith((".eml.txt", ".eml.1.txt"))]) == 2


def test_a_table_and_rows_keep_their_shape(done: tuple[Report, Mapping[str, str], Path]) -> None:
    _, files, _ = done
    table = list(csv.reader(files["staff/contacts.csv"].splitlines()))
    row = json.loads(next(text for name, text in files.items() if name.endswith(".jsonl")))

    assert [len(cells) for cells in table] == [3, 3, 3]
    assert table[0] == ["Name", "E-mail", "Team"]
    assert [cells[2] for cells in table[1:]] == ["payroll", "sales"]
    assert row["prompt"] == QUESTION["prompt"]
    assert row["groups"] == [RULES.key.tag("group", "ref:letters")]
    assert set(row) == {"prompt", "completion", "groups"}


def test_a_conversation_is_written_as_it_can_be_read_again(tmp_path: Path) -> None:
    said = ["Who signed?", "Gudrun Haverkamp did.", "When?", "Ms Haverkamp signed in May."]
    talk: list[dict[str, object]] = [
        {"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(said)
    ]
    talk[1]["weight"] = 0
    pair = {"prompt": talk[:3], "chosen": "In May.", "rejected": "Never."}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rows.jsonl").write_text(f"{json.dumps({'messages': talk})}\n{json.dumps(pair)}\n")

    scrub_folder(tmp_path / "in", tmp_path / "out", RULES, workers=1)

    (text,) = contents(tmp_path / "out").values()
    reading = read_jsonl(text.encode())
    assert "haverkamp" not in text.lower()
    assert [unit.kind for unit in reading.units] == ["chat", "pair"]
    assert [turn.learn for turn in reading.units[0].turns or ()] == [True, False, True, True]
    assert [turn.content for turn in reading.units[1].turns or ()][:1] == ["Who signed?"]


def test_a_row_that_a_model_wrote_still_names_that_models_licence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    row = {**QUESTION, "license": "MIT", "teacher_licence": "CC-BY-NC-4.0"}
    (tmp_path / "in" / "rows.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")

    scrub_folder(tmp_path / "in", tmp_path / "out", RULES, workers=1)

    (text,) = contents(tmp_path / "out").values()
    (unit,) = read_jsonl(text.encode()).units
    assert (unit.licence, unit.teacher) == ("MIT", "CC-BY-NC-4.0")


def test_what_was_refused_is_told_with_its_reason(done: tuple[Report, Mapping[str, str], Path]) -> None:
    report, files, _ = done

    assert [(one.place, one.reason) for one in report.rejected] == [("broken.pdf", "corrupt")]
    assert report.read == {".csv": 1, ".eml": 1, ".jsonl": 1, ".md": 1, ".txt": 1}
    assert report.written == len(files) == 6
    assert report.entities["PERSON"] >= 6
    assert not [secret for secret in SECRETS if secret in json.dumps(report.for_machines()).lower()]


def test_nothing_is_overwritten_and_nothing_is_written_where_it_is_read(tmp_path: Path) -> None:
    source = fill(tmp_path / "in")
    (tmp_path / "out").mkdir()

    with pytest.raises(ConfigError, match="exists already"):
        scrub_folder(source, tmp_path / "out", RULES)
    with pytest.raises(ConfigError, match="lies in the folder"):
        scrub_folder(source, source / "out", RULES)

    assert list((tmp_path / "out").iterdir()) == []


def test_an_empty_folder_or_one_of_broken_files_alone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(NoDocuments):
        scrub_folder(tmp_path / "in", tmp_path / "out", RULES)

    (tmp_path / "in" / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(AllRejected):
        scrub_folder(tmp_path / "in", tmp_path / "out", RULES, workers=1)

    assert not (tmp_path / "out").exists()


def test_a_file_in_a_language_that_policy_refuses_is_set_aside_and_the_others_are_written(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "english.txt").write_text("Call Thaddeus Okonjo on +44 20 7946 0958 about the lease.", "utf-8")
    (source / "polish.txt").write_text(
        "W poniedziałek Anna Kowalska podpisała umowę z bankiem. Jej kolega pracuje w dziale księgowości.", "utf-8"
    )

    report = scrub_folder(source, tmp_path / "out", RULES, workers=1)

    assert [(r.place, r.reason) for r in report.rejected] == [("polish.txt", Reason.UNSUPPORTED_LANGUAGE)]
    assert not any("Kowalska" in text for text in contents(tmp_path / "out").values())
