"""Doses, laboratory values and scores are no addresses; addresses and people among them are found still."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.mentions.measures import is_ratio, measured
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()
REPLACED = frozenset(POLICY.replace)


def _numbers(text: str) -> list[str]:
    """What is replaced and is more than the word of a short text that might be a name."""
    return [text[s.start : s.end] for s in find(text, POLICY) if s.type in REPLACED - {"PERSON"}]


@pytest.mark.parametrize(
    "text",
    [
        "Bloods: CRP 214, WCC 18.4, Hb 109, Na 131, K 4.9, Creat 142, eGFR 34, Lactate 2.8, Troponin T 22 ng/L.",
        "On examination: GCS 15/15, NEWS2 7 on arrival, SpO2 88% on air, BP 104/62, HR 112, RR 28, Temp 38.6.",
        "Drugs: Lansoprazole, Ramipril, Bisoprolol, Fultium-D3, Movicol, Gaviscon, Adcal-D3, Fostair 100/6, Ventolin.",
        "Section 3 ends soon. PHQ-9 19, GAD-7 15, HoNOS 21, PANSS 88, Y-BOCS 12, MoCA 25/30.",
        "Medikation: Ramipril 2,5 mg 1-0-1, Torasemid 10 mg 1-0-0, Xarelto 15 mg 0-0-1, Madopar 125 mg 1-1-1.",
        "Zunehmende Unruhe. RR 160/90, BZ 212, Gewicht 71,4 kg, Cohen-Mansfield 48. Doloplus-2: 12 Punkte, BESD 5.",
        "Traitement de sortie : Bisoprolol 2,5 mg, Entresto 24/26, Lasilix 40 mg, Eliquis 5 mg, Kardégic 75 mg.",
        "Examen : Glasgow 15, TA 102/58, FC 118, SpO2 89 %, râles crépitants.",
        "Tratamiento: Seretide 50/500, Spiriva Respimat, Ventolin, Urbason 40 mg, Augmentine 875/125, Nolotil.",
    ],
)
def test_what_is_given_and_measured_stays(text: str) -> None:
    assert _numbers(text) == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Zi 3: Kaltenbrunner, Haldol 2 mg s.c., RR 140/90", "Kaltenbrunner"),
        ("Bed 4 Oyelaran, Metformin 500 mg, CBG 12.1", "Oyelaran"),
        ("Ramipril 5 mg, A123456780, BSNR 274471800", "A123456780"),
        ("Please send the 5 mg tablets to Am Mühlbach 7, 83022 Rosenheim.", "Am Mühlbach 7, 83022 Rosenheim"),
        ("Deliver 2 boxes of insulin to 12 Broadway, Leeds LS1 4AB by noon.", "12 Broadway, Leeds LS1 4AB"),
        ("He moved to Lindenhof 4, 8001 Zürich in May; weight 71.5 kg.", "Lindenhof 4, 8001 Zürich"),
        ("Mr Grzybowski 5 mg Oramorph, Mrs Waterlow 10 mg.", "Waterlow"),
        ("Herr Barthel 55 Jahre, Frau Norton 11 Uhr zur Visite.", "Barthel"),
        ("Die Bewohnerin Barthel 55 Schritte weit.", "Barthel"),
        ("Dose for Tomasz Wiśniewski 7,5 mg; for Ngozi Adaobi 10 mg; RR 120/80", "Ngozi Adaobi"),
        ("The case is 12/345 and the file no 130/180.", "12/345"),
    ],
)
def test_who_stands_among_them_is_replaced(text: str, who: str) -> None:
    start = text.index(who)
    covered = {at for s in find(text, POLICY) if s.type in REPLACED for at in range(s.start, s.end)}

    assert {at for at in range(start, start + len(who)) if text[at].isalnum()} <= covered


def test_a_house_and_its_letter_are_no_quantity() -> None:
    assert measured("Kirchfeld 12 g, Haus 7 l") == []
    assert [len(measured(text)) for text in ("3420 g", "0,5 l", "5 mg", "12 Beutel", "130/70")] == [1, 1, 1, 1, 0]


def test_a_pressure_and_a_strength_are_ratios() -> None:
    assert all(map(is_ratio, ("130/70", "TA 130/70", "25/100", "L4/5", "130-180")))
    assert not any(map(is_ratio, ("4711/26", "C-12/2004", "12345", "AB 12/34")))
