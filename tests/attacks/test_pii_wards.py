"""People as hospitals, homes and insurers write them: by bed, as colleagues, behind the labels of their forms."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.naming.lone_names import people
from governance.pii.settings import PiiPolicy
from governance.pii.words import clinic_words, listed_names
from governance.pii.words.labels import listed

POLICY = PiiPolicy()
REPLACED = frozenset(POLICY.replace)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Bed 5 Kowalczyk 5 mg morphine given, HR 110", "Kowalczyk"),
        ("Bed 6 - Oyelaran, awaiting CT. Bed 7 Baker, home today.", "Oyelaran"),
        ("Zi 7: Sommer, Dipi 7,5 mg; Zi 8 Szymanski SHF", "Szymanski"),
        ("Zi 5: Hr. Grün, Delir, hat sich Viggo gezogen.", "Grün"),
        ("Rücksprache mit Hr Pawlak am Morgen.", "Pawlak"),
        ("Sehr geehrte Frau Kollegin Dr. Wiesengrund,\nvielen Dank für die Zuweisung.", "Wiesengrund"),
        ("Chère Consœur Vandamme,\nje vous adresse cette patiente.", "Vandamme"),
        ("Mme GAUTHIER Solange née PERRIN   DDN : 12/06/1941   Dossier n° 26-044718", "12/06/1941"),
        ("Pathology Report            Lab No: 26B0093417", "26B0093417"),
        ("N° adhérent : 0044 7182 93", "0044 7182 93"),
        ("CIP: BECR570211456019", "BECR570211456019"),
        ("Patient mit KVNR A123456780 aufgenommen", "A123456780"),
        ("Patient Timo (Aufnahmenummer 26004471), F20.0", "26004471"),
        ("Reviewed on the ward. GMC 7012288", "7012288"),
        ("Einsender: Praxis Huber\nAuftragsnr. 4471188-26   Eingang heute", "4471188-26"),
        ("Bezugspflegekraft: Marek Nowak", "Marek Nowak"),
        ("Frau Pfleger kommt heute auf die Station. Pfleger hat Schmerzen.", "Pfleger"),
        ("Keyworker: Agnieszka Wolska", "Agnieszka Wolska"),
        ("Infirmière : Delcourt", "Delcourt"),
        ("Nurse: Okonjo\nWard: Maple", "Okonjo"),
        ("Hausarzt: Kowalczyk", "Kowalczyk"),
        ("His nephew Ronny called the ward.", "Ronny"),
        ("Lives with her late husband's brother and her cousin, Vinny Riva.", "Vinny Riva"),
    ],
)
def test_somebody_is_replaced(text: str, who: str) -> None:
    start = text.index(who)
    covered = {at for s in find(text, POLICY) if s.type in REPLACED for at in range(s.start, s.end)}

    assert {at for at in range(start, start + len(who)) if text[at].isalnum()} <= covered


@pytest.mark.parametrize(
    "text",
    [
        "Bay 3 Observations 2-hourly. Room 12 Cleaning is due. Bed 4: Empty. Bed 8 Isolation.",
        "Sehr geehrte Frau Kollegin,\nvielen Dank für die Zuweisung.",
        "Lieber Herr Kollege,\nvielen Dank für die Zuweisung.",
        "Cher Confrère,\nje vous adresse cette patiente.",
        "Operateur: siehe oben. Chirurgien : idem. Surgeon: unknown. Prescriber: locum.",
        "See the GMC guidance 2024 on consent.",
        "Owner: Platform. Manager: Admin\nWitness: None",
        "Owner: DevOps\nDriver: PostgreSQL\nAuthor: OpenAI",
        "Seen with her daughter. His wife Today feels better.",
    ],
)
def test_nobody_is_replaced(text: str) -> None:
    assert [text[s.start : s.end] for s in find(text, POLICY) if s.type in REPLACED] == []


def test_what_is_done_in_a_room_is_nobody() -> None:
    assert list(people("Zi 9 Visite, Zi 10 Entlassung, Ch. 4 Pansement, Bed 3 Metformin, Hab. 2 Limpieza")) == []


def test_nobody_whose_name_is_common_gives_it_to_a_thing_of_the_clinic() -> None:
    """`Wilson hip`, `Bishop 7`: a list of the ward says so of people."""
    lists = (clinic_words.EPONYMS, clinic_words.SCORES, clinic_words.ALONE, clinic_words.PRODUCTS, clinic_words.GERMS)

    assert {word for words in lists for word in listed(words) if word.lower() in listed_names.every()} == set()


def test_one_name_among_firms_under_a_role_does_not_make_the_column_one_of_people() -> None:
    text = "tenant,plan,seats\nContoso,pro,3\nFabrikam,free,2\nAlice,pro,1\nGlobex,pro,9\n"

    found = {text[s.start : s.end] for s in find(text, POLICY) if s.type in REPLACED}

    assert found.isdisjoint(("Contoso", "Fabrikam", "Globex"))
