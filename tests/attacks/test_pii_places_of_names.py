"""Names where little says so: greetings in small letters, folders, links, columns of roles; and public bodies."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy
from governance.pii.text.spans import Span

POLICY = PiiPolicy()


def hidden(text: str) -> str:
    """The text with a bar for each sign that is replaced."""
    signs = list(text)
    for span in replaced(text):
        signs[span.start : span.end] = "|" * (span.end - span.start)
    return "".join(signs)


def replaced(text: str) -> list[Span]:
    return [span for span in find(text, POLICY) if span.type in POLICY.replace]


@pytest.mark.parametrize(("text", "names"), [
    ("hallo frau wiesinger, die unterlagen sind da.", ["wiesinger"]),
    ("sehr geehrte frau tischendorf-krause,\n\nihr konto ist gesperrt.", ["tischendorf-krause"]),
    ("bonjour solène,\n\nle dossier est prêt.", ["solène"]),
    ("cher monsieur kervella,\n\nmerci.", ["kervella"]),
    ("hola rocío, te mando el extracto.", ["rocío"]),
    ("estimada señora zubizarreta,\n\nsu solicitud fue aprobada.", ["zubizarreta"]),
    ("ciao giancarlo, ti invio il bonifico.", ["giancarlo"]),
    ("gentile dott.ssa bevilacqua,\n\nle confermo.", ["bevilacqua"]),
    ("geachte mevrouw oosterhuis,\n\nuw polis.", ["oosterhuis"]),
    ("dhr. de bruijn heeft gebeld", ["bruijn"]),
    ("frau yilmaz und herr obermüller waren da", ["yilmaz", "obermüller"]),
    ("il signor quattrocchi ha chiamato", ["quattrocchi"]),
    ("many thanks,\njaspreet", ["jaspreet"]),
    ("mfg\nk. wasserthal", ["wasserthal"]),
])  # fmt: skip
def test_a_name_in_small_letters_behind_a_greeting_a_title_or_a_closing_is_replaced(
    text: str, names: list[str]
) -> None:
    left = hidden(text)

    assert [name for name in names if name in left] == []


@pytest.mark.parametrize("text", [
    "hallo zusammen,\n\ndie sitzung beginnt um neun.", "liebe kolleginnen und kollegen,\n\nbitte beachten.",
    "bonjour à tous,\n\nla réunion est annulée.", "hola a todos,\n\nmañana no hay reunión.", "hi there,\n\nany news?",
    "dear sir or madam,\n\nplease reply.", "hey team, release at five", "beste allemaal,\n\ntot morgen.",
    "kind regards,\nthe onboarding team", "thanks\n\nplease see the attached file", "regards\nfinance",
    "die frau hat angerufen und der herr auch", "la signora ha chiamato, il signore no", "madame a appelé hier",
])  # fmt: skip
def test_a_greeting_of_nobody_by_name_stays(text: str) -> None:
    assert hidden(text) == text


@pytest.mark.parametrize(("text", "names"), [
    ("s3://kyc-uploads/2026/ortega_ramirez_lucia/id_front.png is missing.", ["ortega", "ramirez", "lucia"]),
    ("/srv/share/customers/giulia-mancuso/contract.txt", ["giulia", "mancuso"]),
    ("https://portal.example/search?page=2&surname=Achterberg&first=Lies", ["Achterberg"]),
    ("https://portal.example/form?full_name=Noor+El+Amrani", ["Noor", "Amrani"]),
    ("Please ask @nadia.okoye or @d-marta about it.", ["nadia.okoye", "marta"]),
    ("[09:15] marta.k: done\n[09:16] j.osei: thx", ["marta", "osei"]),
])  # fmt: skip
def test_whom_a_folder_a_link_or_a_line_of_a_chat_is_named_after_is_replaced(text: str, names: list[str]) -> None:
    left = hidden(text)

    assert [name for name in names if name in left] == []


@pytest.mark.parametrize("text", [
    "https://docs.example/policies/anti-money-laundering-policy and https://docs.example/d/leave-request",
    "https://github.com/alphagov/rubocop-govuk and https://www.npmjs.com/package/eslint-plugin-security",
    "/var/log/nginx/access.log and /etc/ssl/certs/ca-bundle.crt",
    "[09:15] systemd.unit: started\n[09:16] app.worker: ready",
    "https://shop.example/list?page=2&sort=price",
    "El Ministerio de Hacienda y la Agencia Tributaria informan; el Banco de España supervisa.",
    "La Ley Orgánica 3/2018 y el Banco de España lo regulan.",
])  # fmt: skip
def test_folders_links_and_public_bodies_are_nobody(text: str) -> None:
    assert hidden(text) == text


def test_columns_under_roles_are_people_where_the_lists_know_one() -> None:
    table = "employee;manager;cost centre\nTakahashi, Ren;Boateng, Akosua;4410\nSilva, Thaís;Boateng, Akosua;4412"

    left = hidden(table)

    assert left.startswith("employee;manager;cost centre\n")
    assert not any(name in left for name in ("Takahashi", "Ren", "Boateng", "Akosua", "Silva", "Thaís"))
    assert "4410" in left


def test_columns_under_roles_that_hold_firms_stay() -> None:
    table = "client;product;status\nGreen Energy;Loan;open\nBlue Water;Deposit;open"

    assert hidden(table) == table


@pytest.mark.parametrize(("text", "birth"), [
    ("D.O.B : 14 / 09 / 1966", "14 / 09 / 1966"), ("Date of birth - 14. 9. 1966", "14. 9. 1966"),
    ("born on the 2nd day of January, 1951", "2nd day of January, 1951"),
    ("born on the 21st day of June 1979 in Cork", "21st day of June 1979"),
])  # fmt: skip
def test_a_birthday_set_apart_or_in_formal_words_is_one(text: str, birth: str) -> None:
    assert [text[span.start : span.end] for span in replaced(text) if span.type == "DATE_OF_BIRTH"] == [birth]


@pytest.mark.parametrize("link", ["https://egonfalk.example.com/", "www.firm.example/Team/FalkEgon.html"])
def test_a_name_of_the_text_is_found_joined_in_a_link_and_other_words_are_not(link: str) -> None:
    left = hidden(f"Mr Egon Falk wrote to us. See {link} and https://egon.falkland.example/")

    assert "falk" not in left.lower().replace("egon.falkland", "")
    assert "https://egon.falkland.example/" in left
