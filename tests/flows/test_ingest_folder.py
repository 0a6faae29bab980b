"""From a folder of good and bad files to one batch: nothing is lost without a reason."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from flows.house import open_house
from flows.ingest.ingest import Ingested, ingest
from flows.ingest.settings import DocumentFolder, IngestSection
from flows.ingest.walk import Found, load
from flows.walk import stages
from registry.artifacts import Artifacts
from registry.errors import AllRejected, NoDocuments
from registry.records import Reason, Rejected
from registry.tables import read_table
from tests.tiny import make_workspace


def read(folder: Path, tmp_path: Path, section: IngestSection | None = None) -> Ingested:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    store = Artifacts(tmp_path / "artifacts")
    return ingest([DocumentFolder(path=folder)], section or IngestSection(), (store, scratch))


def texts(ingested: Ingested, tmp_path: Path) -> dict[str, str]:
    table = read_table(ingested.batch.units, Artifacts(tmp_path / "artifacts"))
    return {row["path"]: row["text"] for row in table.to_pylist()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "documents"
    path.mkdir()
    (path / "good.md").write_text("# Title\n\nA paragraph.")
    return path


def test_the_licence_of_the_model_that_wrote_a_row_counts_beside_its_own(folder: Path, tmp_path: Path) -> None:
    (folder / "rows.jsonl").write_text('{"prompt": "Why?", "completion": "So.", "teacher_licence": "llama3"}\n')

    assert "(LicenseRef-proprietary-internal) AND (llama3)" in read(folder, tmp_path).batch.licences


@pytest.mark.parametrize(("name", "said"), [("LICENSE", "a licence text, not a document"), ("Notes", "no reader")])
def test_a_licence_file_is_told_from_what_nobody_can_read(folder: Path, tmp_path: Path, name: str, said: str) -> None:
    (folder / name).write_text("You may read this.")

    (left_out,) = read(folder, tmp_path).batch.rejected

    assert left_out.detail.startswith(said)


def test_office_files_give_headings_tables_and_notes(folder: Path, tmp_path: Path) -> None:
    from docx import Document
    from openpyxl import Workbook
    from pptx import Presentation

    word = Document()
    word.add_heading("Policy", 1)
    cells = word.add_table(2, 2).rows
    for row, values in zip(cells, (("Name", "Role"), ("Ada", "Clerk")), strict=True):
        row.cells[0].text, row.cells[1].text = values
    word.save(str(folder / "a.docx"))
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Slide"
    slide.notes_slide.notes_text_frame.text = "Say this"
    deck.save(str(folder / "b.pptx"))
    book = Workbook()
    sheet = book.create_sheet("Pay", 0)
    for line in (["Name", "Pay"], ["Ada", 7]):
        sheet.append(line)
    book.save(folder / "c.xlsx")

    found = texts(read(folder, tmp_path), tmp_path)

    assert "# Policy" in found["a.docx"]
    assert "Name: Ada; Role: Clerk" in found["a.docx"]
    assert "# Slide\nNotes: Say this" in found["b.pptx"]
    assert "Name: Ada; Pay: 7" in found["c.xlsx"]


def test_mail_gives_headers_text_and_attachments(folder: Path, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Leave"
    mail.set_content("Granted.")
    mail.add_attachment("x,y\na,b\n", subtype="csv", filename="t.csv")
    mail.add_attachment(b"\1\2", maintype="application", subtype="x", filename="t.exe")
    (folder / "m.eml").write_bytes(bytes(mail))

    ingested = read(folder, tmp_path)

    units = read_table(ingested.batch.units, Artifacts(tmp_path / "artifacts")).to_pylist()
    mine = [unit["text"] for unit in units if unit["path"] == "m.eml"]
    assert mine[0].startswith("From: a@example.org\nTo: b@example.org\nSubject: Leave")
    assert "x: a; y: b" in mine[1]
    assert [(r.place, r.reason) for r in ingested.batch.rejected] == [("m.eml#2", Reason.UNSUPPORTED)]


def test_html_tables_keep_their_headers_and_lose_what_is_hidden(folder: Path, tmp_path: Path) -> None:
    page = "<h2>Pay</h2><table><tr><th>Name<th>Pay</tr><tr><td>Ada<td>7 <b hidden>8</b></tr></table><p>End"
    (folder / "t.html").write_text(page)

    found = texts(read(folder, tmp_path), tmp_path)

    assert found["t.html"] == "## Pay\n\nName | Pay\nName: Ada; Pay: 7\n\nEnd"


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


BAD = {
    "zero.pdf": (b"", Reason.EMPTY),
    "broken.pdf": (b"%PDF-1.7\nnothing", Reason.CORRUPT),
    "fake.docx": (b"not a word file", Reason.CORRUPT),
    "hollow.docx": (zipped({"a": b"b"}), Reason.CORRUPT),
    "locked.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Reason.ENCRYPTED),
    "bomb.pptx": (zipped({"a": bytes(40 * 2**20)}), Reason.TOO_LARGE),
    "program.exe": (b"MZ", Reason.UNSUPPORTED),
    "blank.txt": (b" \n\t", Reason.EMPTY),
    "noise.txt": (bytes(range(1, 9)) * 50, Reason.CORRUPT),
    "object.json": (b'{"a": 1}', Reason.UNSUPPORTED),
    "hidden.html": (b"<p style='display:none'>x</p><script>y</script>", Reason.EMPTY),
}


def test_each_bad_file_is_refused_by_its_reason_and_the_run_goes_on(folder: Path, tmp_path: Path) -> None:
    for name, (data, _) in BAD.items():
        (folder / name).write_bytes(data)
    (folder / "copy.md").write_bytes((folder / "good.md").read_bytes())
    (folder / "big.txt").write_bytes(b"a" * (2**20 + 1))
    (folder / "passwd.txt").symlink_to("/etc/hostname")

    ingested = read(folder, tmp_path, IngestSection(max_file_mb=1))

    reasons = {rejected.place: rejected.reason for rejected in ingested.batch.rejected}
    expected = {name: reason for name, (_, reason) in BAD.items()}
    expected |= {"good.md": Reason.DUPLICATE, "big.txt": Reason.TOO_LARGE, "passwd.txt": Reason.OUTSIDE}
    assert reasons == expected
    assert ingested.batch.documents == 1


def test_reading_again_gives_the_same_digest(folder: Path, tmp_path: Path) -> None:
    for number in range(9):
        (folder / f"{number}.txt").write_text(f"text {number}")

    first, second = read(folder, tmp_path), read(folder, tmp_path, IngestSection(workers=1))

    assert first.batch.digest == second.batch.digest


def test_no_file_and_no_usable_file_are_named_errors(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    with pytest.raises(NoDocuments):
        read(empty, tmp_path)
    (empty / "a.exe").write_bytes(b"MZ")
    with pytest.raises(AllRejected):
        read(empty, tmp_path)


MAPPED = {"prompt": "Customer question", "completion": "Answer given"}


def read_mapped(folder: Path, tmp_path: Path) -> Ingested:
    (tmp_path / "scratch").mkdir()
    (folder / "prices.csv").write_text("Article,Price\nPen,2\n")
    store = Artifacts(tmp_path / "artifacts")
    return ingest([DocumentFolder(path=folder, columns=MAPPED)], IngestSection(), (store, tmp_path / "scratch"))


def test_mapped_columns_concern_the_tables_that_have_them(folder: Path, tmp_path: Path) -> None:
    (folder / "desk.csv").write_text("Case,Customer question,Answer given\n7,Why?,So.\n")

    found = read_mapped(folder, tmp_path)

    assert (found.batch.documents, found.batch.rejected) == (3, ())
    assert "Article: Pen" in texts(found, tmp_path)["prices.csv"]


def test_columns_that_no_table_of_a_folder_has_are_told_with_each_table(folder: Path, tmp_path: Path) -> None:
    (folder / "desk.csv").write_text("Case,Question of customer,Given answer\n7,Why?,So.\n")

    found = read_mapped(folder, tmp_path)

    assert [one.place for one in found.batch.rejected] == ["desk.csv", "prices.csv"]
    assert {one.detail for one in found.batch.rejected} == {
        "no table of its folder has the columns Answer given, Customer question"
    }


def test_what_was_changed_while_it_was_read_is_not_looked_up_for_what_was_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house = open_house(make_workspace(tmp_path / "workspace", tmp_path / "base"))
    letter = house.workspace.root / "documents" / "letter.md"
    before = letter.read_text()

    def changed_meanwhile(found: Found, max_file_mb: float) -> bytes | Rejected:
        letter.write_text("# Another\n\nA stranger means somebody else.\n")
        return load(found, max_file_mb)

    monkeypatch.setattr("flows.ingest.ingest.load", changed_meanwhile)
    other = stages.ingest(house)
    monkeypatch.undo()
    letter.write_text(before)
    documents = stages.ingest(house)

    assert "documents were changed while they were read" in capsys.readouterr().err
    rows = read_table(documents.units, house.workspace.artifacts).to_pylist()
    assert other.digest != documents.digest
    assert not any("stranger" in (row["text"] or "") for row in rows)
    assert stages.ingest(house) == documents
