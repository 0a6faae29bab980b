"""Laws, standards and rules keep their numbers; courts' files, applications and claims do not."""

from __future__ import annotations

import pytest

from governance.pii.detect import find, find_together
from governance.pii.mentions.addresses import addresses
from governance.pii.patterns.citations import RULEBOOKS, citations
from governance.pii.scrub import scrub_text
from governance.pii.settings import DIRECT, PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from governance.pii.words import eponym_words
from governance.pii.words.labels import listed

POLICY = PiiPolicy(allow=())
KEY = key_of(b"k" * 32)
PUBLIC = (
    "Under Regulation (EU) No 575/2013 and Directive 2014/65/EU, as amended by Regulation (EU) 2019/876, firms report.",
    "See Directives 2014/65/EU and 2011/61/EU, Regulations (EU) No 648/2012 and 600/2014.",
    "ISO 20022 messages, BS EN 13485, IFRS 9 and RFC 3161 apply; also ISO/IEC 27001:2022 and NIST SP 800-53.",
    "Commission Delegated Regulation 2017/565 and the CRR (575/2013) apply. Council Decision 2010/413/CFSP.",
    "Richtlinie 2014/65/EU und Verordnung (EU) Nr. 575/2013 gelten, ebenso § 25a KWG.",
    "Le règlement (UE) n° 575/2013 et la loi n° 78-17 s'appliquent.",
    "La direttiva 2014/65/UE e il regolamento (UE) n. 575/2013.",
    "El Reglamento (UE) n.º 575/2013 y la Directiva 2014/65/UE.",
    "De verordening (EU) nr. 575/2013 en de richtlijn 2014/65/EU.",
    "Law no. 112/1995 and Act No. 40/1964 were applied; SI 2019/632; 17 CFR 240.10b-5; 15 U.S.C. 78j.",
    "Art. 6 GDPR (2016/679), EMIR 648/2012, MAR 596/2014 and UCITS Directive 2009/65/EC.",
    "CASS 7.13.2R and COBS 2.1.1R say so.",
    "The court relied on 556 U.S. 662 (2009), on 410 F.3d 114, 118 (2d Cir. 2005) and on 98 S. Ct. 2018 (1978).",
    "Section 9 of the Criminal Justice Act 1967 and section 46 of the Administration of Estates Act 1925 apply.",
    "1. Opening a matter\n1.1 A fee earner checks for conflicts.\n\n2. Closing a file\n2.1 The file is sealed.",
    "Use ICD-10 E11.9, I10 and Z92.1; OPS 5-455.41; CPT 99213, 99214; HRG HE11A; DRG 470; LOINC 4548-4 and 2160-0.",
    "Order PZN 01126111, EAN 5012345678900, GTIN 05060123456788, NDC 0002-8215-01 and batch 23K1182.",
    "575/2013",
    "Answer: 2014/65/EU",
    "ISO 20022",
    "BS EN 13485",
    "IFRS 9",
    "RFC 3161",
)
CASES = (
    ("The case originated in an application (no. 12345/06) against Romania.", "12345/06"),
    ("Application no. 12345/06 was joined to it.", "12345/06"),
    ("Her claim is HC-2019-000123, issued in London.", "HC-2019-000123"),
    ("Claim no. HC-2019-000123 was struck out.", "HC-2019-000123"),
    ("Smith v Jones, claim no. K02NR118, is listed for May.", "K02NR118"),
    ("In case no. 1234/2019 the court refused leave.", "1234/2019"),
    ("Das Aktenzeichen lautet 7 Ca 1182/24.", "7 Ca 1182/24"),
    ("Unser Az. 2 BvR 1234/05 liegt bei.", "2 BvR 1234/05"),
    ("Geschäftszeichen: XII ZR 45/20", "XII ZR 45/20"),
    ("The complaint, no. 98/2003, concerns his salary under Regulation (EU) No 575/2013.", "98/2003"),
)


@pytest.mark.parametrize("text", PUBLIC)
def test_the_numbers_of_laws_and_standards_survive(text: str) -> None:
    scrubbed, _ = scrub_text(text, POLICY, KEY)

    assert scrubbed == text


@pytest.mark.parametrize(("text", "number"), CASES)
def test_the_number_of_a_case_is_still_found(text: str, number: str) -> None:
    found = [text[span.start : span.end] for span in find(text, POLICY) if span.type == "CASE_NUMBER"]

    assert found == [number]


@pytest.mark.parametrize(("text", "number"), [
    ("Steuernummer des Mandanten: 214/5012/8734", "214/5012/8734"),
    ("Account number of the customer: 12345678", "12345678"), ("Número de cuenta del cliente: 12345678", "12345678"),
])  # fmt: skip
def test_whose_number_it_is_may_stand_before_the_colon(text: str, number: str) -> None:
    assert number in [text[span.start : span.end] for span in find(text, POLICY) if span.type in DIRECT]


@pytest.mark.parametrize("text", ["12 O 345/2020 und II K 123/2003", "Az. 345/2020", "No 12345/06", "Jane Roe, 12/34"])
def test_what_a_court_or_a_file_counts_is_no_citation(text: str) -> None:
    assert citations(text) == []


def test_what_is_checked_stays_found_beside_a_law() -> None:
    text = "Regulation (EU) No 575/2013: pay DE89370400440532013000, card 4111 1111 1111 1111, ISO 20022."

    found = {(span.type, text[span.start : span.end]) for span in find(text, POLICY) if span.type in POLICY.replace}

    assert found == {("IBAN_CODE", "DE89370400440532013000"), ("CREDIT_CARD", "4111 1111 1111 1111")}


@pytest.mark.parametrize(
    ("text", "scale"),
    [("The fee is GBP 4.5m in all.", "m in all."), ("It lost USD 12k.", "k."), ("EUR 3.2bn of assets", "bn of assets")],
)
def test_a_sum_of_money_keeps_its_scale(text: str, scale: str) -> None:
    scrubbed, _ = scrub_text(text, PiiPolicy(replace=(*DIRECT, "AMOUNT")), KEY)

    assert scrubbed != text
    assert scrubbed.endswith(scale)


@pytest.mark.parametrize("text", ["rate,4.5m,7%", "Limit 4.5m. Weight 7.5 %.", "Seen 2026-03-01 and 01.03.2026."])
def test_a_measure_or_a_date_is_no_case_and_no_address(text: str) -> None:
    scrubbed, _ = scrub_text(text, POLICY, KEY)

    assert scrubbed == text


@pytest.mark.parametrize(
    "answer", ["CASS", "COBS", "SYSC", "PRIN", "CONC", "MAR", "MiFIR", "CRR", "BRRD", "LTV", "NPV", "SAR"]
)
@pytest.mark.parametrize("question", [None, "Which sourcebook holds the rules for client assets?", "Name it, please."])
def test_an_answer_that_is_a_rulebook_or_a_term_alone_survives(answer: str, question: str | None) -> None:
    found = find_together([question, answer] if question else [answer], POLICY)[-1]

    assert not found


def test_laws_are_listed_in_one_place() -> None:
    phrases = listed(eponym_words.PHRASES) | listed(eponym_words.ABBREVIATIONS)

    assert not phrases & set(RULEBOOKS)


@pytest.mark.parametrize("address", ["Partridge Road 5", "Formby Lane 12", "Arthur Road 7"])
def test_a_street_that_begins_like_a_part_of_a_law_is_an_address(address: str) -> None:
    text = f"She lives at {address}."

    assert [text[span.start : span.end].rstrip(".") for span in addresses(text)] == [address]


def test_a_place_in_a_law_is_no_address() -> None:
    spans = find("The firm is located in section 5. See Pillar 2, Tier 1 and Schedule 3.", POLICY)

    assert not [span for span in spans if span.type == "STREET_ADDRESS"]


@pytest.mark.parametrize(("text", "number"), [
    ("CPT 97110, 0161 496 0345 to call back.", "0161 496 0345"), ("Lot 12, 44 High Street, Leeds", "44 High Street"),
    ("Batch 4471, 07700 900431 is her phone.", "07700 900431"), ("ICD-10 I10, MRN 0045123", "0045123"),
])  # fmt: skip
def test_what_follows_the_code_of_a_product_or_a_diagnosis_is_found(text: str, number: str) -> None:
    found = [text[span.start : span.end] for span in find(text, POLICY) if span.type in DIRECT]

    assert [one for one in found if number in one] != []
