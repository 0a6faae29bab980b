"""Languages: each text is read in its own, names never make one foreign, and what is refused is named."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from time import process_time

import pyarrow as pa
import pytest

from governance.pii.detect import find
from governance.pii.naming.languages import UNDECIDED, Part, language_of, main_language, parts, refused
from governance.pii.scrub import scrub
from governance.pii.settings import DIRECT, LanguageModel, PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from registry.artifacts import Artifacts
from registry.errors import AllRejected, NotFound
from registry.records import DocumentSet, Reason, ScrubbedSet
from registry.tables import UNITS, read_table, write_table

POLICY = PiiPolicy()
TEXTS = {
    "en": "On Monday Petra Schulz signed the contract with the bank. Her colleague Peter Jansen lives in Utrecht and "
    "works in accounting. Write to him at peter@jansen.example or call +31 6 12345678. "
    "Account NL91 ABNA 0417 1643 00.",
    "de": "Am Montag hat Petra Schulz den Vertrag mit der Bank unterschrieben. Ihr Kollege Hans Wagner wohnt in Köln "
    "und arbeitet in der Buchhaltung. Schreiben Sie an hans@wagner.example oder rufen Sie ihn unter +49 221 7940018 "
    "an. Konto DE89 3704 0044 0532 0130 00.",
    "fr": "Lundi, Marie Durand a signé le contrat avec la banque. Son collègue Ahmed Benali habite à Lyon et travaille "
    "à la comptabilité. Écrivez à ahmed@benali.example ou appelez le +33 6 12 34 56 78. Compte "
    "FR14 2004 1010 0505 0001 3M02 606.",
    "es": "El lunes Lucía Fernández firmó el contrato con el banco. Su compañero Javier Ortega vive en Sevilla y "
    "trabaja en contabilidad. Escriba a javier@ortega.example o llame al +34 612 345 678. Cuenta "
    "ES91 2100 0418 4502 0005 1332.",
    "it": "Lunedì Giulia Ferrari ha firmato il contratto con la banca. Il suo collega Paolo Conti vive a Torino e "
    "lavora in contabilità. Scriva a paolo@conti.example o chiami il +39 347 1234567. Conto "
    "IT60 X054 2811 1010 0000 0123 456.",
    "nl": "Maandag heeft Sanne de Vries het contract met de bank getekend. Haar collega Pieter Jansen woont in Utrecht "
    "en werkt bij de boekhouding. Schrijf naar pieter@jansen.example of bel +31 6 12345678. Rekening "
    "NL91 ABNA 0417 1643 00.",
}
NAMES = {
    "en": ("Petra Schulz", "Peter Jansen"), "de": ("Petra Schulz", "Hans Wagner"),
    "fr": ("Marie Durand", "Ahmed Benali"),
    "es": ("Lucía Fernández", "Javier Ortega"), "it": ("Giulia Ferrari", "Paolo Conti"),
    "nl": ("Sanne de Vries", "Pieter Jansen"),
}  # fmt: skip
POLISH = (
    "W poniedziałek Anna Kowalska podpisała umowę z bankiem. Jej kolega Piotr Nowak mieszka w Krakowie i pracuje w "
    "dziale księgowości. Proszę do niego napisać albo zadzwonić, jeżeli coś jest niejasne."
)


@pytest.mark.parametrize("language", TEXTS)
def test_pii_a_text_is_read_in_its_own_language(language: str) -> None:
    assert language_of(TEXTS[language]) == language
    assert refused(TEXTS[language], POLICY) is None


@pytest.mark.parametrize("language", TEXTS)
def test_pii_numbers_and_names_are_found_in_six_languages(language: str) -> None:
    text = TEXTS[language]

    found = {(span.type, text[span.start : span.end]) for span in find(text, POLICY)}

    masked = " ".join(value for kind, value in found if kind in DIRECT)
    numbers = re.findall(r"\S+@\S+example|\+[\d ]+\d|[A-Z]{2}\d{2} [A-Z0-9 ]+\d", text)
    assert len(numbers) == 3
    assert all(number in masked for number in numbers)
    assert {("PERSON", name) for name in NAMES[language]} <= found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (POLISH, "pl"),
        ("Maanantaina hän allekirjoitti sopimuksen pankin kanssa ja pyysi samalla uuden kortin.", "fi"),
        ("Müşteri geçen hafta bankada yeni bir hesap açtı ve ondan sonra yeni bir kart istedi.", "tr"),
        ("وقعت فاطمة العقد مع البنك يوم الاثنين وطلبت بطاقة جديدة", "ar"),
        ("王小明昨天在银行签了合同，他要求一张新卡", "zh"),
    ],
)
def test_pii_a_language_that_is_not_accepted_is_refused_by_name(text: str, language: str) -> None:
    assert refused(text, POLICY) == language
    assert refused(text, PiiPolicy(unsupported_language="pass")) is None
    assert refused(text, PiiPolicy(languages=("en", language))) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OK",
        "Jürgen Müller\nPetra Schulz\nMatti Virtanen\nWojciech Szczęsny\nAyşe Yılmaz\n" * 20,
        "DOB: 1990-01-02; IBAN: DE89 3704 0044 0532 0130 00; Salary: 30000\n" * 20,
        "def f(x):\n    return [y for y in x if y is not None]\n\nclass A(B):\n    pass\n" * 20,
        "SELECT id, name FROM users WHERE id = 4711 AND deleted IS NULL;\n" * 20,
        "4711 0815 AB-123 99-X\n" * 50,
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
        "Our offices are at 06111 Μεγάλη Άμμος 198, ул. Ленина 5, Łódź and Çankırı; ask for Ğülşen Öztürkoğlu there.",
        "aaaa " * 5_000,
    ],
    ids=["empty", "short", "names", "table", "code", "sql", "numbers", "lorem", "addresses", "one token"],
)
def test_pii_what_has_no_prose_of_its_own_is_never_refused(text: str) -> None:
    assert refused(text, POLICY) is None
    assert main_language(text, POLICY) == "en"


def test_pii_paragraphs_of_another_language_are_parts_of_their_own() -> None:
    english = TEXTS["en"] + " This is the end of what has to be said about the contract and the account, he wrote."
    text = f"{english}\n\n{TEXTS['de']}\n\n{english}"

    found = parts(text)

    assert [part.language for part in found] == ["en", "de", "en"]
    assert "".join(text[part.start : part.end] for part in found) == text


def test_pii_a_change_of_language_far_down_a_text_without_empty_lines_is_seen() -> None:
    text = (TEXTS["en"] + "\n") * 200 + (POLISH + "\n") * 400

    assert [part.language for part in parts(text)] == ["en", "pl"]
    assert refused(text, POLICY) == "pl"


@pytest.mark.parametrize("text", ["a" * 10**6, "x\n\n" * 10**5, "\n" * 10**6, "cliente Abc " * 10**5], ids=range(4))
def test_pii_no_text_makes_telling_the_language_slow(text: str) -> None:
    began = process_time()

    assert parts(text) == [Part(0, len(text), UNDECIDED)]
    assert process_time() - began < 5


def scrubbed(texts: list[str], policy: PiiPolicy, root: Path) -> tuple[ScrubbedSet, list[dict[str, object]]]:
    artifacts = Artifacts(root / "artifacts")
    blank: dict[str, object] = dict.fromkeys(UNITS.names)
    rows = [
        {**blank, "document": f"{number:064x}", "path": f"Roe {number}.txt", "unit": 0, "kind": "text", "text": text}
        for number, text in enumerate(texts)
    ]
    table = write_table(pa.Table.from_pylist(rows, schema=UNITS), artifacts, root, "in")
    documents = DocumentSet(units=table, documents=len(texts), formats={}, licences={}, rejected=())
    result = scrub(documents, policy, key_of(b"k" * 32), (artifacts, root), workers=1)
    return result, read_table(result.units, artifacts).to_pylist()


def test_pii_a_refused_document_is_a_rejection_and_the_others_are_counted_by_language(tmp_path: Path) -> None:
    result, rows = scrubbed([TEXTS["en"], POLISH, TEXTS["de"]], POLICY, tmp_path)

    assert result.languages == {"de": 1, "en": 1}
    place = f"{'0' * 12}/document.txt#0"
    assert [(r.place, r.reason) for r in result.rejected] == [(place, Reason.UNSUPPORTED_LANGUAGE)]
    assert [row["document"] for row in rows] == [f"{number:064x}" for number in (0, 2)]


def test_pii_by_policy_a_foreign_document_passes_counted_and_without_its_numbers(tmp_path: Path) -> None:
    text = POLISH + " Konto PL61 1090 1014 0000 0712 1981 2874, anna@kowalska.example."

    result, (row,) = scrubbed([text], PiiPolicy(unsupported_language="pass"), tmp_path)

    assert result.languages == {"pl": 1}
    assert "1090 1014" not in str(row["text"])
    assert "anna@kowalska.example" not in str(row["text"])


def test_pii_when_every_text_is_refused_the_run_stops(tmp_path: Path) -> None:
    with pytest.raises(AllRejected, match=r"\(pl\)"):
        scrubbed([POLISH], POLICY, tmp_path)


def test_pii_a_model_that_is_named_but_not_installed_is_a_named_error() -> None:
    policy = PiiPolicy(models=(LanguageModel(language="fr", model="fr_core_news_missing"),))

    with pytest.raises(NotFound, match="fr_core_news_missing"):
        find(TEXTS["fr"], policy)


@pytest.mark.skipif(find_spec("fr_core_news_md") is None, reason="requirements/models-french.txt is not installed")
def test_pii_a_named_model_reads_its_language() -> None:
    policy = PiiPolicy(models=(LanguageModel(language="fr", model="fr_core_news_md"),))

    found = {(span.type, TEXTS["fr"][span.start : span.end]) for span in find(TEXTS["fr"], policy)}

    assert {("PERSON", "Marie Durand"), ("PERSON", "Ahmed Benali"), ("LOCATION", "Lyon")} <= found


@pytest.mark.parametrize(
    "wrong",
    [
        {"languages": ("de",)},
        {"models": (LanguageModel(language="en", model="x"),)},
        {"models": (LanguageModel(language="fr", model="x"), LanguageModel(language="fr", model="y"))},
    ],
)
def test_pii_languages_that_contradict_each_other_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must name"):
        PiiPolicy.model_validate(wrong)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Frau Schimanski hat die Unterlagen schon abgeholt.", "de"),
        ("Bitte rufen Sie Frau Kowalski an.", "de"),
        ("Mevrouw De Vries belt morgen terug.", "nl"),
        ("Wil je dit aan Marloes Dijkstra geven?", "nl"),
        ("Monsieur Quéré n'est pas là.", "fr"),
        ("On attend Théophile pour signer.", "fr"),
        ("No he visto a Joaquín hoy.", "es"),
        ("Habla con Xoán Carballo, por favor.", "es"),
        ("La signora Mazzanti non c'è.", "it"),
        ("Ho parlato con Ubaldo ieri.", "it"),
        ("That was for Mrs Pettigrew.", "en"),
        ("See the note in the file.", "en"),
    ],
)
def test_pii_a_short_sentence_is_read_in_the_language_of_its_function_words(text: str, language: str) -> None:
    assert [part.language for part in parts(text)] == [language]


@pytest.mark.parametrize("text", ["Anna Rossi", "OK", "Head of Payroll", "Via delle Rose 5\n20121 Milano", "Tel. 4711"])
def test_pii_what_says_nothing_of_its_language_is_undecided_and_never_refused(text: str) -> None:
    policy = PiiPolicy(languages=("en",))

    assert {part.language for part in parts(text, policy.languages)} <= {UNDECIDED, "en"}
    assert refused(text, policy) is None


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "nl"])
def test_pii_a_short_paragraph_is_in_the_language_of_the_document_around_it(language: str) -> None:
    text = f"{TEXTS[language]}\n\nAnna Rossi, 4711\n\n{TEXTS[language]}"

    assert [part.language for part in parts(text)] == [language]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kannst du Svenja zurückrufen?", "Svenja"), ("Herr Yılmaz kommt heute nicht.", "Yılmaz"),
        ("Ik heb van der Meulen gesproken.", "van der Meulen"), ("Graag meneer Bakker terugbellen.", "Bakker"),
        ("De heer Ouaziz wacht beneden.", "Ouaziz"), ("Tu peux voir avec Gaëlle ?", "Gaëlle"),
        ("Je m'appelle Solange Vidal.", "Solange Vidal"), ("El señor Echániz no vino.", "Echániz"),
        ("El doctor Quiñones no está.", "Quiñones"), ("Visita dalla dott.ssa Nardelli alle nove.", "Nardelli"),
        ("Ho parlato con la sig.ra Trabucchi.", "Trabucchi"), ("La pratica è da Ermanno Colussi.", "Ermanno Colussi"),
    ],
)  # fmt: skip
def test_pii_a_short_sentence_loses_its_name_and_hardly_a_word_more(text: str, name: str) -> None:
    start = text.index(name)

    masked = {place for span in find(text, POLICY) for place in range(span.start, span.end)}

    assert {start + at for at, sign in enumerate(name) if sign.isalpha()} <= masked
    assert len(masked) <= len(name) + len("sig.ra ")


@pytest.mark.parametrize("text", ["Termin bis Freitag nachreichen.", "Bitte die Unterlagen bis Montag schicken."])
def test_pii_a_weekday_of_another_language_is_no_name(text: str) -> None:
    assert not [span for span in find(text, POLICY) if span.type == "PERSON"]


FORM = """Pflegeplanung: Seniorenheim Haus Abendsonne
Bewohnerin: Hildegard Grzybowski, Pflegegrad 4
Mobilität: Rollator, Transfer mit Lifter, Sturzrisiko hoch
Ausscheidung: Inkontinenzmaterial, Wechsel alle 6 Wochen
Ernährung: Schonkost, Trinkmenge 1300 ml
Medikamente: Tropfen, Pflaster, Tabletten
Hautpflege: Salbe, Waschlotion, Verband
"""


def test_pii_a_form_without_a_sentence_is_in_the_language_of_its_words() -> None:
    found = [FORM[span.start : span.end] for span in find(FORM, POLICY) if span.type == "PERSON"]

    assert {part.language for part in parts(FORM)} == {"de"}
    assert found == ["Hildegard Grzybowski"]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{name};{number}" for number, name in enumerate(("Baumgartner", "Obermüller", "Wiesengrund") * 9)),
        "Haemoglobin, Leucocytes, Platelets, Ferritin, Creatinine, Urea, Sodium, Potassium, Albumin, Glucose,"
        " Bilirubin, Lactate, Troponin, Magnesium, Calcium",
    ],
)
def test_pii_a_list_of_names_or_of_english_words_makes_no_foreign_form(text: str) -> None:
    assert {part.language for part in parts(text)} <= {UNDECIDED, "en"}
