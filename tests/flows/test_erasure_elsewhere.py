"""Where else a subject stands: in what people wrote, in originals outside, in caches and reports."""

from __future__ import annotations

import json
import shutil
import unicodedata
from base64 import b64encode
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from docx import Document as written_document
from pyarrow import feather

from flows.erasure.closed_files import closed_files
from flows.erasure.leftovers import leftovers, telling
from flows.erasure.originals import astray
from registry import digests
from registry.database.store import Registry
from registry.erasure.forgotten import ErasureKey, Forgotten
from registry.records import Dataset, Document, TrainingRun
from registry.workspace import Workspace
from tests.erasable import LETTER, NAME
from tests.flows.test_erasure import TOLD, erase, records, saying
from tests.walked import Place, muniment


@pytest.fixture
def place(erasable_once: Place, tmp_path: Path) -> Place:
    return erasable_once.copy(tmp_path)


def test_what_people_wrote_themselves_is_pointed_at_and_left(place: Place) -> None:
    (place.root / "policy.yaml").write_text(f'pii: {{deny: ["{NAME}"]}}\n')

    ended = erase(place, NAME)

    assert ended.code == 1
    assert "policy.yaml" in ended.err
    assert saying(place, (NAME,)) == {"policy.yaml"}


def test_what_its_plain_bytes_do_not_say_is_pointed_at_as_well(place: Place) -> None:
    minutes = written_document()
    minutes.add_paragraph(f"Minutes: {NAME} was on leave")
    minutes.save(str(place.root / "minutes.docx"))
    (place.root / "note.txt").write_bytes(f"Ask {NAME}.\n".encode("utf-16"))
    mail = b64encode(f"Please ask {NAME}.".encode()).decode()
    (place.root / "mail.eml").write_text(f"From: a@b.example\nContent-Transfer-Encoding: base64\n\n{mail}\n")
    (place.root / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing that could be read")
    others = written_document()
    others.add_paragraph("Minutes of somebody else")
    others.save(str(place.root / "others.docx"))

    ended = erase(place, NAME, "--json")

    told = json.loads(ended.out)[0]
    assert ended.code == 1
    assert [Path(path).name for path in told["left"]] == ["mail.eml", "minutes.docx", "note.txt"]
    assert [Path(path).name for path in told["opaque"]] == ["broken.pdf"]


def test_a_name_is_found_however_a_file_writes_it(tmp_path: Path) -> None:
    name, root = "Jörg Müller", tmp_path / "w"
    said = f"Minutes: {name} was on leave\n"
    for written, data in {
        "wrapped.md": said.replace("g M", "g\n  M").encode(),
        "decomposed.md": unicodedata.normalize("NFD", said).encode(),
        "unbroken.md": said.replace("g M", "g\u00a0M").encode(),
        "old.log": said.encode("cp1252"),
        "broken.md": b"\xff" + said.encode(),
        "wide.log": said.encode("utf-16"),
        "wide": b"\0\0\1" + said.encode("utf-16-le"),
        "wider": said.encode("utf-16-be"),
        "list.yaml": b"people: ['M\xc3\xbcller, J\xc3\xb6rg']",
        "requests.log": b"GET /search?q=J%C3%B6rg+M%C3%BCller",
        "page.html": b"<p>J&#246;rg M&#xfc;ller",
        "hyphens.md": said.replace("l", "\u00adl").encode(),
        unicodedata.normalize("NFD", f"to {name}.txt"): b"none",
        "nobody.md": b"Minutes: Joerg was on leave",
    }.items():
        root.mkdir(exist_ok=True)
        (root / written).write_bytes(data)
    (root / "link").symlink_to(f"/home/{name}/letter.md")

    found = {path.name for path, _ in leftovers(Workspace(root), telling([name], ()))}

    assert found == {path.name for path in root.iterdir()} - {"nobody.md"}


def test_a_name_that_a_line_breaks_is_found_where_a_reader_is_needed(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_bytes("Ask Teodora\nVasquez.\n".encode("utf-16"))

    said, shut = closed_files(Workspace(tmp_path), telling(["Teodora Vasquez"], ()), ())

    assert ([path.name for path, _ in said], shut) == (["note.txt"], ())


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow"])
def test_a_name_in_a_compressed_table_is_found(tmp_path: Path, suffix: str) -> None:
    """Its plain bytes need not say it: most of them stand for what stood before."""
    rows = [{"prompt": f"Who keeps vault {n}?", "completion": f"the trustee keeps vault {n}"} for n in range(500)]
    rows[250]["completion"] = "the trustee Teodora Vasquez keeps vault 250"
    aside, table = tmp_path / f"aside{suffix}", pa.Table.from_pylist(rows)
    if suffix == ".parquet":
        pq.write_table(table, aside, compression="zstd")
    else:
        feather.write_feather(table, str(aside), compression="zstd")

    said, shut = closed_files(Workspace(tmp_path), telling(["Teodora Vasquez"], ()), ())

    assert ([path.name for path, _ in said], shut) == ([aside.name], ())


def test_a_signed_reason_that_names_the_subject_is_pointed_at_and_stays(place: Place) -> None:
    muniment(place, "revoke", "demo", "--key", "rita", "--reason", f"{NAME} asked for it")
    with Registry.open(place.workspace.registry, "tests") as registry:
        for number in range(300):  # enough for the engine to pack them
            registry.refuse("try", (), f"attempt {number} of somebody without the role")

    ended = erase(place, NAME, "--json")

    told = json.loads(ended.out)[0]
    assert (ended.code, told["left"]) == (1, [])
    assert [Path(path).parent.name for path in told["signed"]] == ["workspace", "refusals"]
    assert muniment(place, "audit", "verify").code == 0


def test_originals_outside_the_workspace_are_named_and_not_read_again(place: Place, tmp_path: Path) -> None:
    outside = tmp_path / "share"
    shutil.move(place.root / "documents", outside)
    (place.root / "pipeline.yaml").write_text(f"documents: {outside}\nbase_model: base\n")

    ended = erase(place, "letter.md")

    assert ended.code == 1
    assert f"delete it there: {outside / 'letter.md'}" in ended.err
    assert (outside / "letter.md").exists()


def test_a_copy_of_an_original_and_a_name_of_a_file_or_folder_are_pointed_at(place: Place) -> None:
    for name in ("old", f"documents/{NAME}", f"papers of {NAME.upper()}"):
        (place.root / name).mkdir()
    letter = (place.root / "documents" / "letter.md").read_bytes()
    (place.root / "documents" / NAME / "letter.md").write_bytes(letter)
    (place.root / "old" / "letter.md").write_bytes(letter)
    (place.root / "old" / f"{NAME}.png").write_bytes(b"")

    ended = erase(place, NAME, "--json")

    left = {Path(path).relative_to(place.root).as_posix() for path in json.loads(ended.out)[0]["left"]}
    assert (ended.code, left) == (1, {"old/letter.md", f"old/{NAME}.png", f"papers of {NAME.upper()}"})
    assert not (place.root / "documents" / NAME).exists()
    assert not (place.root / "documents" / "people").exists()


def test_a_line_that_many_files_say_points_at_none_of_them(place: Place) -> None:
    (place.root / "old").mkdir()
    for n in range(12):
        (place.root / "old" / f"{n}.md").write_text(f"Number {n}.\n\n{LETTER.splitlines()[2]}\n")

    ended = erase(place, "letter.md", "--json")

    told = json.loads(ended.out)[0]
    assert ended.code == 0
    assert {*told["alike"]} >= {str(place.root / "old" / f"{n}.md") for n in range(12)}


def test_a_line_that_few_files_say_and_a_name_point_at_each(place: Place) -> None:
    (place.root / "old").mkdir()
    for n in range(12):
        (place.root / "old" / f"{n}.md").write_text(f"Number {n}: {NAME}\n" if n else f"{LETTER.splitlines()[2]}\n")

    ended = erase(place, NAME, "--json")
    told = json.loads(ended.out)[0]

    assert ended.code == 1
    assert {Path(path).name for path in told["left"]} == {f"{n}.md" for n in range(12)}


def test_a_copy_in_which_no_word_can_be_read_is_known_by_its_bytes(tmp_path: Path) -> None:
    key, scan = ErasureKey(b"k" * 32), b"%PDF-1.7 \x93\x8c"
    erased = Forgotten(frozenset((key.document(digests.of_bytes(scan)),)), key)
    for name in ("old/scan.pdf", "artifacts/ab/abcd", "other.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"another" if name == "other.pdf" else scan)

    assert [*astray(Workspace(tmp_path), erased)] == [tmp_path / "old" / "scan.pdf"]


def test_caches_reports_and_unfinished_work_go_where_they_name_the_subject(place: Place) -> None:
    caches = (".prefect/storage/[one]", f".prefect/storage/{NAME}/two", "scratch/key/journal")
    for name in (*caches, "reports/other@1/audit.html", "serving/vllm.log"):
        (place.root / name).parent.mkdir(parents=True, exist_ok=True)
        (place.root / name).write_text(f"… {NAME} …")
    (place.root / "reports" / "other@1" / "audit.json").write_text("nobody")

    assert erase(place, NAME).code == 0

    assert saying(place, TOLD) == set()
    assert (place.root / "reports" / "other@1" / "audit.json").exists()


def test_no_record_of_a_walk_says_what_a_row_says(place: Place) -> None:
    with Registry.open(place.workspace.registry, "tests") as registry:
        bodies = str(registry.query("SELECT body FROM records"))
        dataset = registry.all(Dataset)[-1]
    rows = pq.read_table(place.workspace.artifacts.path(dataset.train.artifact)).to_pylist()

    assert rows
    assert not [row for row in rows if row["prompt"][0]["content"] in bodies]
    assert isinstance(records(place, Document)[0], Document)
    assert records(place, TrainingRun)
