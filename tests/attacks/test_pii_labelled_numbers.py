"""Numbers of a person behind a label in a sentence or a form: quoted, with letters in them, misread, or bare.

A label itself, the hours of a shift and a patient's vital signs are nobody's.
"""

from __future__ import annotations

import pytest

from governance.pii import detect
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()
HIDDEN = [
    ("Insurance ID: HLX-481529930", "HLX-481529930"),
    ("She is discharged. Insurance: KVN-700418832.", "KVN-700418832"),
    ("Health plan number: 88-4410-2275", "88-4410-2275"),
    ("Please pay into account number TSBX004417729015 by Friday.", "TSBX004417729015"),
    ("Account No. 'NWLD770012349876' was closed.", "NWLD770012349876"),
    ("account number 40719925X was read out", "40719925X"),
    ('his PAN number "QRSPT4471K"', "QRSPT4471K"),
    ("the voter ID (VTR4410772359)", "VTR4410772359"),
    ("with passport 'WKG44170923'", "WKG44170923"),
    ("DEA: BT4417092", "BT4417092"),
    ("NPI: 1447200915", "1447200915"),
    ("the ward looked up mrn_4417092 twice: medical record number MRN_4417092", "MRN_4417092"),
    ("License: DL-K44170-92", "DL-K44170-92"),
    ("It belongs to EMP-44170 and was sent on.", "EMP-44170"),
    ("SSN 4l7-09-2281", "4l7-09-2281"),
    ("SSN: O41-70-9S28", "O41-70-9S28"),
    ("pull the file (cust no. NGB-0093471)", "NGB-0093471"),
    ("NHS No: 943 476 5919    Hosp No: SB00417392", "SB00417392"),
    ("Passport no. ............ MP3184762", "MP3184762"),
    ("Customer no ___________ AB1234", "AB1234"),
    ('{"card":{"exp":"0926","cvv":"417"}}', "417"),
    ('the pin is "8831"', "8831"),
    ("nato a Treviso, C.F. BRTRNG49H07L407K, residente", "BRTRNG49H07L407K"),
    ("N/Réf. : HDV/2023-0418", "HDV/2023-0418"),
    ("Akte Nr. 2024/0113", "2024/0113"),
    ("Sinistro n. 2024/118/44127 in lavorazione", "2024/118/44127"),
    ("La polizza RCA n. 118834/A scade oggi", "118834/A"),
    ("Personal-Nr. 00441 ist neu im Haus", "00441"),
    ("Mitglieds-Nr. und Kunden-Nr. 884213", "884213"),
    ("policyholder,vehicle,injury\nHadley Finch,LB69 XKD,whiplash\nMoira Tench,KX14 ABC,fracture", "KX14 ABC"),
    ("sono Calogero Rossi, cliente n. 884213.", "884213"),
    ("Lab No.: 24/0091823 | Collected: 02/02/2024", "24/0091823"),
    ('"GET /account/40817723?page=2 HTTP/1.1" 200 2326', "40817723"),
    ('203.0.113.77 - frank.osei [10/Oct/2023:13:55:36 +0000] "GET / HTTP/1.1" 200 23', "frank.osei"),
    ("NOM : LE GUENNEC      Prénom : Gwenaëlle", "LE GUENNEC"),
    ("sono Calogero Lo Presti.\n\nDistinti saluti, C. Lo Presti", "C. Lo Presti"),
    ("[9:12 AM] Pilar Ruiz\nMorning!\n[9:13 AM] Rasheed, Imtiaz (Contractor)\nthx\n[9:14 AM] Pilar Ruiz\nok",
     "Rasheed, Imtiaz"),
    ("NAME | NI | DOB\nWilhelmina Okoro | CD234567D | 3 May 1970", "CD234567D"),
    ("He insisted my postcode EH10 4BF did not exist.", "EH10 4BF"),
    ("MR I FARRELL\nBRISTOL BS1 5TA", "BS1 5TA"),
    ("She parks LB69 XKD in bay 14.", "LB69 XKD"),
]
LEFT = [
    ("He worked there (2017–2021) and then left.", "("),
    ("Vitals: BP 131/84, HR 115, RR 14, SpO2 99%", "BP 131/84, HR 115, RR 14"),
    ("Device (MAC: 5c:da:59:0f:33:01)", "MAC"),
    ("(DOB: 1971-03-12, MRN: 8444134)", "MRN"),
    ("Client no ............... 152\nAddress ................. 16", "152"),
    ("BS 7799 and BS1 are standards, SR 235.1 is a law.", "BS1"),
    ("To: Lindqvist, Margarethe\nSubject: FW: our talk", "Subject"),
    ("Paciente: Remedios Iturralde", "Paciente"),
    ('203.0.113.77 - - [10/Oct/2023:13:55:36 +0000] "GET /users/new HTTP/1.1" 200 23', "new"),
    ("[9:00 AM] Opening Remarks\n[9:30 AM] Panel (Main Hall)\n[10:00 AM] Closing", "Panel"),
    ("Surname | Kontonummer\nSurname: de witt; Kontonummer: 1234567", "Kontonummer"),
    ("Surgeon: Dr. Paul Wright\nRadiologist: Dr. Ann Hale", "Surgeon"),
]


def hidden(text: str) -> set[int]:
    return {place for span in detect.find(text, POLICY) for place in range(span.start, span.end)}


@pytest.mark.parametrize(("text", "number"), HIDDEN)
def test_a_labelled_number_is_hidden_as_a_whole(text: str, number: str) -> None:
    start = text.rindex(number)

    assert hidden(text).issuperset(i for i in range(start, start + len(number)) if text[i].isalnum())


@pytest.mark.parametrize(("text", "word"), LEFT)
def test_a_label_and_a_measure_are_nobodys(text: str, word: str) -> None:
    start = text.index(word)

    assert hidden(text).isdisjoint(range(start, start + len(word)))


@pytest.mark.parametrize("hours", ["0700-1900", "0800 - 1630", "(2017–2021)", "2019-2023"])
def test_years_and_hours_of_a_shift_are_no_phone_number(hours: str) -> None:
    found = detect.find(f"Call the office about the shift: {hours}.", POLICY)

    assert not [span for span in found if span.type == "PHONE_NUMBER"]


@pytest.mark.parametrize("text", ["Haemoglobin 11.2 g/dL (12.0-15.0)", "Invoice 2024-0117 dated 3 May 2024"])
def test_a_measure_is_no_licence_and_an_invoice_no_phone(text: str) -> None:
    assert not [s for s in detect.find(text, POLICY) if s.type in ("DRIVER_LICENSE", "PHONE_NUMBER")]


@pytest.mark.parametrize("vin", ["1HGCM82633A004352", "1M8GDM9AXKP042788", "5gzcz43d13s812715"])
def test_a_vehicle_without_a_label_is_known_by_its_check_digit(vin: str) -> None:
    text = f"The grey one, {vin}, was towed away."

    assert [text[s.start : s.end] for s in detect.find(text, POLICY) if s.type == "VEHICLE_ID"] == [vin]


@pytest.mark.parametrize("sign", ["1HGCM82643A004352", "11111111111111111", "1HGCM82633A00435", "ABCDEFGHJKLMNPRST"])
def test_what_fails_the_check_of_vehicles_is_none(sign: str) -> None:
    assert "VEHICLE_ID" not in {span.type for span in detect.find(f"The grey one, {sign}, was towed.", POLICY)}


@pytest.mark.parametrize(
    "text",
    [
        "Kontonummer: 4471182\nSurname: Baker", "Kontonummer: 4471182", "Kontonummer,Surname\n4471182,Baker",
        "Kontonummer: 44 711-82\nSurname: Baker", "Account number: 4471182\nSurname: Baker\nCity: Leeds",
    ],
)  # fmt: skip
def test_a_labelled_number_is_no_address_whatever_stands_around_it(text: str) -> None:
    assert {span.type for span in detect.find(text, POLICY) if text[span.start] == "4"} == {"BANK_ACCOUNT"}


def test_an_address_with_a_word_in_it_goes_before_a_label() -> None:
    text = "Account: 12 High Street, Leeds LS1 4AP"

    assert "STREET_ADDRESS" in {span.type for span in detect.find(text, POLICY)}
