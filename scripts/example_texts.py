# ruff: noqa: E501  (letters read best with one paragraph a line)
"""What the invented personnel files say; each entry is a title and its paragraphs.

Fields: {p} the person, {m} a colleague who deals with it, both `Person` records.
"""

from __future__ import annotations

from scripts.example_people import Person

Letter = tuple[str, list[str]]

_LETTERS: tuple[Letter, ...] = (
    ("Offer of employment", [
        "Dear {p.name},", "We are pleased to offer you the post of {p.title} at Northquay Bank from 2 March 2026. Your employee number is {p.employee}.",
        "Our records show that you were born on {p.born} and live at {p.address}. Please tell {m.name} ({m.email}, {m.phone}) if that is wrong.",
        "Your salary is paid on the 27th of each month into account {p.iban}. The probation period is six months, and either side may end it with four weeks' notice.",
        "Yours sincerely, {m.name}, {m.title}"]),
    ("Parental leave confirmed", [
        "Dear {p.first},", "Thank you for your request. We confirm parental leave of eighteen weeks. {m.name} will take over your customers while you are away.",
        "Statutory pay is worked out from your national number {p.national_id}. Post will go to {p.address}. You may work up to ten days during leave without ending it.",
        "If your plans change, call {m.first} on {m.phone}.", "Kind regards, {m.name}"]),
    ("Result of probation", [
        "Dear {p.name},", "You have passed your probation as {p.title}. {m.name} wrote that you explain risk clearly and close your tickets on time.",
        "From next month your notice period is three months. Your holiday allowance stays at 27 days, and unused days lapse at the end of March.",
        "A copy of this letter is kept in file {p.employee} and sent to {p.email}."]),
    ("Salary certificate", [
        "To whom it may concern,", "{p.name}, born {p.born}, national number {p.national_id}, has been employed by Northquay Bank as {p.title} since 2019.",
        "The salary is transferred monthly to {p.iban}. No garnishment is known to us.",
        "This certificate was issued at the request of {p.name}, {p.address}, for a mortgage application. Questions: {m.name}, {m.phone}."]),
    ("Expense claim", [
        "Claimant: {p.name}, {p.employee}, {p.email}.", "The claimant paid for two train tickets and one night in a hotel with card {p.card}. Receipts are attached.",
        "Claims are paid within ten working days when the receipts are complete. Claims older than ninety days need the approval of a head of department.",
        "Approved by {m.name}, to be refunded to {p.iban}."]),
    ("Employment reference", [
        "Dear Sir or Madam,", "{p.name} worked with us as {p.title}. {p.first} reported to {m.name}, who found the work careful and the manner friendly.",
        "We would employ {p.last} again. This reference is given in good faith and without liability. Please write to {m.email} to confirm it."]),
)  # fmt: skip

_NOTES: tuple[Letter, ...] = (
    ("Occupational health note", [
        "Employee: {p.name}, born {p.born}, {p.employee}.", "{p.first} was seen after four weeks of back pain. The doctor advises a standing desk, a break every hour and no lifting above ten kilograms.",
        "Follow-up in six weeks. {p.first} agreed that {m.name} may know about the desk, but not about the treatment.", "Contact: {p.phone}, {p.address}."]),
    ("Insurance notification", [
        "Insured: {p.name}, national number {p.national_id}, {p.address}.", "The insured slipped on the stairs of the branch and broke a wrist. {m.name} saw the accident and called an ambulance.",
        "Benefits are to be paid to {p.iban}. The insurer may reach the insured on {p.phone} or at {p.email}."]),
)  # fmt: skip

_TICKETS: tuple[Letter, ...] = (
    ("Cannot log in to the payroll portal", [
        "Hello, this is {p.name} ({p.employee}). Since this morning the portal refuses my password. I tried from home too. You can call me on {p.phone}.",
        "Reply: We reset the account after {m.name} had checked your date of birth ({p.born}). Please choose a passphrase of at least fifteen characters and don't reuse an old one."]),
    ("Change of bank account", [
        "Please pay my salary into {p.iban} from next month. Regards, {p.name}, {p.address}.",
        "Reply: A change of account is confirmed by a call to the number on file, never by mail alone. {m.first} {m.last} reached {p.first} on {p.phone} and confirmed it."]),
    ("Lost company card", [
        "I lost my card {p.card} on the train last night. Please block it. {p.first} {p.last}, {p.email}",
        "Reply: The card is blocked. A new one arrives within five working days. {m.name} will check the transactions since yesterday with you."]),
    ("Laptop handed back", [
        "{p.name} handed in the laptop, the charger and the badge. {m.name} signed for them.",
        "The disk is wiped within seven days. Mail to {p.email} is forwarded for thirty days and then refused."]),
)  # fmt: skip


def fill(letter: Letter, person: Person, colleague: Person) -> Letter:
    """Put two people into a text."""
    title, paragraphs = letter
    return title, [paragraph.format(p=person, m=colleague) for paragraph in paragraphs]


def letters() -> tuple[Letter, ...]:
    """Formal letters about one employee."""
    return _LETTERS


def notes() -> tuple[Letter, ...]:
    """Medical and insurance notes."""
    return _NOTES


def tickets() -> tuple[Letter, ...]:
    """Service-desk tickets with their replies."""
    return _TICKETS


def minutes(people: list[Person], number: int) -> Letter:
    """Minutes of a meeting of four people."""
    a, b, c, d = (people[(number * 3 + step) % len(people)] for step in range(4))
    return f"Minutes of the personnel committee, meeting {number + 1}", [
        f"Present: {a.name} (chair), {b.name}, {c.name}. Apologies: {d.name}.",
        f"{a.first} opened the meeting. The minutes of the last meeting were accepted without change.",
        f"{b.name} reported that three posts are open. {c.first} asked that the advertisement for a {d.title} name the salary range. Agreed.",
        f"{d.name} ({d.employee}) has asked for a four-day week. {c.last} will speak to {d.first} and report.",
        f"Action: {b.first} to write to {d.email} by Friday. Action: {c.name} to call the insurer from {c.phone}.",
    ]
