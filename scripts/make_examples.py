"""Write examples/hr and examples/bad: documents about people who don't exist, and files that must be refused.

    python -m scripts.make_examples            write the documents from tests/data/hr_people.json
    python -m scripts.make_examples people     draw the people anew first
"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts import example_texts as texts
from scripts import example_writers as write
from scripts.example_people import Person, invent, load, save

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def make_letters(folder: Path, people: list[Person]) -> None:
    """Twelve letters, alternately DOCX and PDF, and a note for each of six people."""
    for number, person in enumerate(people):
        colleague = people[(number + 4) % len(people)]
        title, paragraphs = texts.fill(texts.letters()[number % 6], person, colleague)
        if number % 2 == 0:
            write.write_docx(folder / f"letter-{number + 1:02d}.docx", title, paragraphs)
        else:
            write.write_pdf(folder / f"letter-{number + 1:02d}.pdf", title, paragraphs)
    for number in range(6):
        note = texts.fill(texts.notes()[number % 2], people[2 * number], people[(2 * number + 5) % len(people)])
        write.write_text(folder / f"health-{number + 1:02d}.{('txt', 'md')[number % 2]}", *note)


def make_mails(folder: Path, people: list[Person]) -> None:
    """Sixteen tickets, as mails and as text."""
    for number in range(16):
        person, colleague = people[(5 * number + 1) % len(people)], people[(number + 9) % len(people)]
        title, paragraphs = texts.fill(texts.tickets()[number % 4], person, colleague)
        headers = {
            "From": f"{person.name} <{person.email}>",
            "To": f"{colleague.name} <{colleague.email}>",
            "Subject": title,
            "Date": f"Mon, 05 Jan 2026 09:{number:02d}:00 +0000",
            "Message-ID": f"<ticket-{number + 1:02d}@northquay-bank.example>",
        }
        if number < 10:
            write.write_eml(folder / f"ticket-{number + 1:02d}.eml", headers, "\n\n".join(paragraphs) + "\n")
        else:
            write.write_text(folder / f"ticket-{number + 1:02d}.txt", title, paragraphs)


def make_tables(folder: Path, people: list[Person]) -> None:
    """The staff list and the payroll, as XLSX and as CSV."""
    contacts = [("Name", "Title", "E-mail", "Phone", "Address")]
    contacts += [(p.name, p.title, p.email, p.phone, p.address) for p in people]
    payroll = [("Employee", "Name", "Born", "National number", "IBAN", "Gross salary")]
    for number, p in enumerate(people):
        payroll.append((p.employee, p.name, p.born, p.national_id, p.iban, f"{2900 + 137 * number}.00"))
    write.write_xlsx(folder / "payroll.xlsx", "Payroll", payroll)
    write.write_csv(folder / "payroll.csv", payroll[:7])
    write.write_xlsx(folder / "contacts.xlsx", "Contacts", contacts)
    write.write_csv(folder / "contacts.csv", contacts[:1] + contacts[7:])


def make_meetings(folder: Path, people: list[Person]) -> None:
    """Minutes, a staff page and an induction deck."""
    for number in range(4):
        write.write_text(folder / f"minutes-{number + 1}.md", *texts.minutes(people, number))
    staff = [f"{p.name} is our {p.title}. Write to {p.email} or call {p.phone}." for p in people[:8]]
    write.write_html(folder / "staff.html", "Who we are", staff)
    write.write_html(folder / "moves.html", "Joiners and leavers", [
        f"{p.name} ({p.employee}) joins as {p.title} and works with {q.first} {q.last}."
        for p, q in zip(people[6:], people[:6], strict=True)
    ])  # fmt: skip
    write.write_pptx(folder / "induction.pptx", "Your first week at Northquay Bank", [
        ("Whom to ask", [f"{p.name}, {p.title}: {p.phone}" for p in people[:5]]),
        ("Your first day", ["Collect your badge at reception", f"Meet {people[4].name}", "Read the code of conduct"]),
        ("Data protection", ["Lock your screen", "Never mail a customer file", f"Report losses to {people[0].email}"]),
    ])  # fmt: skip


def make_bad(folder: Path) -> None:
    """Files that ingestion must refuse: corrupt, encrypted, without content, empty."""
    write.write_pdf(folder / "encrypted.pdf", "Sealed", ["Nobody can read this without the password."], "sealed")
    (folder / "corrupt.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\nxref\n0 9\n")
    write.write_docx(folder / "no-content.docx", "", [])
    (folder / "empty.txt").write_bytes(b"")


def main(arguments: list[str]) -> None:
    """Write everything under the examples folder, or under the one that --out names."""
    if "people" in arguments:
        save(invent())
    root = Path(arguments[arguments.index("--out") + 1]) if "--out" in arguments else EXAMPLES
    hr, bad = root / "hr", root / "bad"
    for folder in (hr, bad):
        folder.mkdir(parents=True, exist_ok=True)
    people = load()
    for make in (make_letters, make_mails, make_tables, make_meetings):
        make(hr, people)
    make_bad(bad)


if __name__ == "__main__":
    main(sys.argv[1:])
