"""What people write in six languages beside a name, a birth or a number that is somebody's, in prose and in exports."""

from __future__ import annotations

import pytest

from governance.pii import detect
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()
NUMBERS = [
    ("Il saldo del c/c n. 000001188203 è negativo.", "000001188203"),
    ("Overmaken naar rekening 44170922 graag.", "44170922"),
    ("Votre RIB 30004 00823 00012345678 43 est enregistré.", "00012345678 43"),
    ("Paid by BACS to 20-11-58 90017713 on Friday.", "20-11-58 90017713"),
    ("Sein Kennzeichen M-KL 4482 wurde notiert.", "M-KL 4482"),
    ("Zijn kenteken is XX-417-B volgens het rapport.", "XX-417-B"),
    ("El coche con matrícula 4417 BCD fue retirado.", "4417 BCD"),
    ("TP VRN KX14ABC was parked there.", "KX14ABC"),
    ("Ausweisnr. L22X90T4717 lag vor.", "L22X90T4717"),
    ("Paid on time, NI No QQ998877C, code 1257L.", "QQ998877C"),
    ("She showed her BRP RZ9917092 at the desk.", "RZ9917092"),
    ("De opname van patiëntnr 9917092 is bevestigd.", "9917092"),
    ("Tessera sanitaria n. 80380001299917092231 scaduta.", "80380001299917092231"),
    ("Uw polis 9917092 loopt af.", "9917092"),
    ("Der Wagen mit dem Kennzeichen HH-GN 1951 wurde abgeschleppt.", "HH-GN 1951"),
    ("Le conducteur, permis n° 14AA00471, circulait sans phares.", "14AA00471"),
    ("De medewerker met personeelsnr. 104417 is ziek.", "104417"),
    ("Identificato a mezzo C.I. n. CA44170AB del comune.", "CA44170AB"),
    ("Su Nº Seg. Social 28/12345678/40 no consta.", "28/12345678/40"),
    ("Crime ref 13/99170/24 was given to the victim.", "13/99170/24"),
    ("Le dossier 24/00417-B est clos.", "24/00417-B"),
    ('channel: alerts, owner: "@maira.ob"', "@maira.ob"),
    ("sshd[441]: Accepted publickey for mhollings from 81.2.69.142 port 50122", "mhollings"),
    ("sshd[441]: Failed password for invalid user rkosciusko from 81.2.69.142 port 50122", "rkosciusko"),
    ("sudo: rnandakumar : TTY=pts/0 ; COMMAND=/bin/ls", "rnandakumar"),
]
BIRTHS = [
    ("Madame BERTIN née PICHON le 14/07/1948 est hospitalisée.", "14/07/1948"),
    ("Je soussigné, né(e) le 3 mars 1971, certifie.", "3 mars 1971"),
    ("La signora Rota, nata Colombo il 3/4/1945, vive sola.", "3/4/1945"),
    ("Frau Pohl, geb. Hille am 3.4.1950, bestreitet dies.", "3.4.1950"),
    ("Osgood Perry (b. 17 March 1964, Hull) studied law.", "17 March 1964"),
    ("Name: HART, LORETTA\nDOB/Age/Sex: 08/14/1939 84 F", "08/14/1939"),
    ("Name | Vorname | Geb. | Station\nSommer | Ernst | 3.5.1938 | 4B", "3.5.1938"),
]
NAMES = [
    ("Frau Pohl wurde von ihrem Sohn Jürgen begleitet.", "Jürgen"),
    ("Elle est venue avec son mari Philippe et son chien.", "Philippe"),
    ("Die Nachricht von Familie Oberhuber kam gestern an.", "Oberhuber"),
    ("El perro de los Sres. Cabezas ladra toda la noche.", "Cabezas"),
    ("Sono presenti i sigg.ri Brambilla e Rusconi in assemblea.", "Brambilla"),
    ("Hij werd gehoord door P. de Wit, die het dossier van de zaak kent.", "P. de Wit"),
    ("De brief is gericht aan J.W.Th. van 't Hoff en is gisteren verstuurd.", "J.W.Th. van 't Hoff"),
    ("Paziente: FUMAGALLI Piera nata a Lecco, vive sola", "FUMAGALLI Piera"),
    ("We stayed with Aunty Pam and Uncle Les in June.", "Les"),
    ('{"real_name":"Ngozi Adichie-Brown","display_name":"Ngozi"}', "Ngozi Adichie-Brown"),
    ('<party first="Yannick" last="Mbarga" birth="1977-01-30"/>', "Mbarga"),
    ("In der Sache Dombrowski ./. Krautkrämer wird Frist bis Freitag gesetzt.", "Dombrowski"),
    ("Die Sache Baumgart ./. Stadtwerke Ulm GmbH ist entschieden worden.", "Baumgart"),
    ("L'affaire est suivie par Maître Clothilde d'Ormesson depuis le début.", "d'Ormesson"),
    ("Am 3. Mai 2024 um 09:14 schrieb Achterberg, H.M. (Hilde) <h.a@kpn.example>:\n> Danke", "Achterberg"),
    ("Anwesend: Kerstin Schmalfuß, Bachmeier, Ole Petersen", "Bachmeier"),
    ('{"claim": 4, "handled_by": "E. Kyriakou", "approver": "N. Savva"}', "Savva"),
]
ADDRESSES = [
    ("Il cliente abita in c.so Matteotti 12 da anni.", "c.so Matteotti 12"),
    ("La notifica va fatta in V.le dei Mille n. 14/bis a Palermo.", "V.le dei Mille n. 14/bis"),
    ("Il habite au 3 bis, impasse des Lilas à Brest.", "3 bis, impasse des Lilas"),
    ("I live at 88 gloucester rd bristol bs7 8bn and it is damp.", "88 gloucester rd bristol bs7 8bn"),
]
LEFT = [
    ("Die Sache Baumgart ./. Stadtwerke Ulm GmbH ist entschieden worden.", "GmbH"),
    ("<CdtTrfTxInf><Cdtr><Nm>Anna Weber</Nm></Cdtr></CdtTrfTxInf>", "CdtTrfTxInf"),
    ("# Copyright (c) 2021 Dmitri Volkonsky", "2021"),
    ("Die Diagnose lautet Morbus Bechterew, die Behandlung geht weiter.", "Bechterew"),
    ("La paciente tiene la enfermedad de Chagas desde hace años.", "Chagas"),
    ("Il referto parla di morbo di Basedow e di altro.", "Basedow"),
    ("Der Kunde Bank GmbH hat die Familie und den Beruf genannt.", "Beruf"),
    ("Mujer de 71 años, sin alergias conocidas, que acude a urgencias por dolor.", "71"),
    ("ne rien faire avant le 14/07/2024, merci", "faire"),
    ("The address/location field is free text: see above.", "see above"),
    ("Ask police 999 or the member of staff.", "999"),
]


def hidden(text: str) -> set[int]:
    spans = (span for span in detect.find(text, POLICY) if span.type in POLICY.replace)
    return {place for span in spans for place in range(span.start, span.end)}


@pytest.mark.parametrize(("text", "value"), [*NUMBERS, *BIRTHS, *NAMES, *ADDRESSES])
def test_it_is_hidden_as_a_whole(text: str, value: str) -> None:
    start = text.index(value)

    assert hidden(text).issuperset(i for i in range(start, start + len(value)) if text[i].isalnum())


@pytest.mark.parametrize(("text", "word"), LEFT)
def test_tags_years_and_diseases_stay(text: str, word: str) -> None:
    start = text.index(word)

    assert hidden(text).isdisjoint(range(start, start + len(word)))
