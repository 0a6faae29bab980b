"""An answer that changes a number, unit, month, bound or denial of its quote is refused, in six languages."""

from __future__ import annotations

import pytest

from flows.datasets.claims.entailment import normal, objection

CHANGED = [
    ("A complaint is answered in writing within {} days of its receipt.", "fourteen", "thirty"),
    ("The report is due on the {} business day of each quarter.", "third", "tenth"),
    ("The limit is {} euros for any one visit of a customer.", "five", "five hundred"),
    ("Accounts are reviewed {} a year by the internal auditors.", "once", "twice"),
    ("Accounts are reviewed {} a year by the internal auditors.", "twice", "once"),
    ("The charge for a late payment is {} per occurrence.", "€500", "$500"),
    ("The charge for a late payment is {} per occurrence.", "EUR 500", "USD 500"),
    ("The committee approves credit above {} for each counterparty.", "5 million", "5 billion"),
    ("The margin may rise by {} in a year of review.", "25 percent", "25 basis points"),
    ("The margin may rise by {} in a year of review.", "25 basis points", "25 %"),
    ("The archive must stay above {} degrees at night.", "-5", "5"),
    ("The archive must stay above {} degrees at night.", "−5", "5"),
    ("The fee is {} euros for a transfer abroad.", "5 to 10", "10 to 5"),
    ("Der Bericht ist bis zum {} beim Vorstand einzureichen.", "5. März", "5. Oktober"),
    ("Der Bericht ist binnen {} Tagen beim Vorstand einzureichen.", "fünfundzwanzig", "fünfunddreißig"),
    ("Der Bericht ist binnen 30 {} beim Vorstand einzureichen.", "Tagen", "Monaten"),
    ("Le client signe le contrat avant le {} de cette année.", "5 mars", "5 avril"),
    ("Le client signe le contrat en {} jours ouvrables.", "quatre-vingt-dix", "quatre-vingts"),
    ("El cliente firma el contrato en {} días hábiles.", "treinta y cinco", "cuarenta y cinco"),
    ("Il cliente firma il contratto entro {} giorni lavorativi.", "ventitré", "trentatré"),
    ("De klant tekent het contract binnen {} dagen na ontvangst.", "tweeëntwintig", "tweeëndertig"),
    ("Records of a client are kept for {} five years.", "at least", "at most"),
    ("Records of a client are kept for {} five years.", "at least", "up to"),
    ("Ein Antrag wird von {} drei Personen geprüft.", "mindestens", "höchstens"),
    ("Le dossier est gardé {} cinq ans par la banque.", "au moins", "jusqu'à"),
    ("El expediente se conserva {} cinco años en el archivo.", "como mínimo", "como máximo"),
    ("Il fascicolo resta in archivio {} cinque anni.", "almeno", "al massimo"),
    ("Het dossier wordt {} vijf jaar bewaard door de bank.", "minstens", "hoogstens"),
    ("The fee for a late payment is {} of the amount.", "3 percent per month", "3 percent per year"),
    ("Die Gebühr für das Konto beträgt {} vom Saldo.", "zwei Prozent im Jahr", "zwei Prozent im Monat"),
    ("Accounts are reviewed {} by the internal auditors.", "twice a year", "twice a month"),
    ("A parcel of up to {} is sent by courier.", "5 kg", "5 grams"),
    ("A parcel of up to {} is sent by courier.", "two metres", "two kilometres"),
    ("The backup of a branch keeps {} of mail.", "30 GB", "30 TB"),
    ("The manager of a branch approves loans {} 50,000 euros.", "up to", "above"),
    ("The manager of a branch approves loans {} EUR 50,000.", "below", "more than"),
    ("A notice is sent to the client {} 30 days of silence.", "after", "within"),
    ("Le directeur accorde des crédits de {} 5000 euros.", "moins de", "plus de"),
    ("Il direttore concede crediti di {} 5000 euro.", "meno di", "più di"),
    ("De directeur verleent kredieten van {} 5000 euro.", "minder dan", "meer dan"),
    ("El director concede créditos de {} 5000 euros.", "menos de", "más de"),
    ("Der Leiter bewilligt Kredite von {} 5000 Euro.", "weniger als", "mehr als"),
    ("Records are kept within the bank for {} five years.", "at least", "at most"),
    ("Client data is kept up to date and reviewed {} once a year.", "at least", "at most"),
    ("Die Akte wird innerhalb der Bank {} fünf Jahre aufbewahrt.", "mindestens", "höchstens"),
    ("Die {} der Aufbewahrung beträgt fünf Jahre.", "Mindestfrist", "Höchstfrist"),
    ("La durée {} de conservation est de cinq ans.", "minimale", "maximale"),
    ("Le dossier est gardé jusqu'à la clôture, {} cinq ans.", "au moins", "au plus"),
    ("El expediente se conserva un plazo {} de cinco años.", "mínimo", "máximo"),
    ("El expediente se guarda hasta el cierre, {} cinco años.", "al menos", "a lo sumo"),
    ("Il fascicolo resta in archivio un periodo {} di cinque anni.", "minimo", "massimo"),
    ("Het dossier wordt binnen de bank {} vijf jaar bewaard.", "minstens", "hoogstens"),
]
DENIED = [
    ("Mitarbeiter dürfen Kundengelder{} auf eigene Konten überweisen.", " nicht"),
    ("Mitarbeiter nehmen{} Geschenke von Lieferanten an.", " keine"),
    ("Der Kunde darf{} ohne Vollmacht über das Konto verfügen.", " nicht"),
    ("Le client{} doit signer le contrat de la banque.", " ne"),
    ("Le client peut{} signer le contrat de la banque.", " sans mandat"),
    ("El cliente{} puede retirar los fondos antes del plazo.", " nunca"),
    ("Il cliente{} può ritirare i fondi prima della scadenza.", " non"),
    ("De klant mag{} over het tegoed van de rekening beschikken.", " niet"),
    ("Staff may{} sell the notes unless approved by the board.", " not"),
]


@pytest.mark.parametrize(("sentence", "said", "changed"), CHANGED)
def test_a_changed_number_unit_or_month_is_refused(sentence: str, said: str, changed: str) -> None:
    quote = normal(sentence.format(said))

    assert objection("What does the rule say?", sentence.format(said), quote) == ""
    assert objection("What does the rule say?", sentence.format(changed), quote) != ""


def test_one_bound_in_other_words_is_no_other() -> None:
    quote = "records are kept within the office for at least five years."

    assert objection("How long?", "Records are kept for a minimum of five years.", quote) == ""
    assert objection("How long?", "Records are kept for five years within the office.", quote) == ""


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("Within the bank, records are kept for five years.", "Records are kept by the bank for at least five years."),
        ("Innerhalb der Bank bleibt die Akte fünf Jahre.", "In der Bank bleibt die Akte mindestens fünf Jahre."),
        ("Binnen de bank blijft het dossier vijf jaar.", "In de bank blijft het dossier minstens vijf jaar."),
    ],
)
def test_a_place_bounds_nothing(answer: str, quote: str) -> None:
    assert objection("How long, in what place?", answer, normal(quote)) == ""


def test_a_term_from_now_on_bounds() -> None:
    quote = normal("The report is due within the next five days.")

    assert objection("When is it due?", "The report is due in at least the next five days.", quote) != ""


@pytest.mark.parametrize(("sentence", "denial"), DENIED)
def test_a_denial_is_neither_dropped_nor_added(sentence: str, denial: str) -> None:
    plain, denied = sentence.format(""), sentence.format(denial)

    assert "denies" in objection("What does the rule say?", plain, denied.casefold())
    assert "denies" in objection("What does the rule say?", denied, plain.casefold())
    assert objection("What does the rule say?", denied, denied.casefold()) == ""


def test_a_question_that_denies_what_the_quote_says_is_refused() -> None:
    quote, answer = "clients over 18 years may open a savings account online.", "Clients over 18 years."

    assert "denies" in objection("Which clients may not open a savings account online?", answer, quote)
    assert objection("Which clients may open a savings account online?", answer, quote) == ""
    assert objection("If there is no branch, which clients may open an account online?", answer, quote) == ""


def test_a_question_with_a_number_that_the_passage_does_not_hold_is_refused() -> None:
    quote, answer = "the dormant account is closed by operations.", "The dormant account is closed by operations."
    passage = f"Rule 12 Accounts\n\nAfter 30 days {quote}"

    assert "of the question" in objection("What happens to a dormant account after 90 days?", answer, quote, passage)
    assert "of the question" in objection("What happens to a dormant account on 5 May?", answer, quote, passage)
    assert objection("What may happen to which one account, a dormant one?", answer, quote, passage) == ""
    assert objection("What happens by rule 12 to a dormant account after thirty days?", answer, quote, passage) == ""


def test_an_answer_in_the_words_of_its_question_is_no_answer_of_the_quote() -> None:
    asked = "Must the bank pay gambling debts of customers under the treasury programme?"
    answer = "The bank must pay gambling debts of customers under the treasury programme immediately."

    assert objection(asked, answer, "requests are answered immediately by the service desk.") == (
        "the answer's words are not in its quote"
    )


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        ("claims are paid within fourteen days of receipt.", "Claims are paid within 14 days of receipt."),
        ("the charge for a late payment is eur 1,500 a month.", "The charge for a late payment is 1500 euros a month."),
        ("fee in eur | late payment | 500", "The fee for a late payment is EUR 500."),
        ("the committee approves credit above 5,000,000 euros.", "The committee approves credit above €5 million."),
        ("data of clients is shared with affiliates once approved.", "Once approved, data of clients is shared."),
        ("the fee rises by 2.5 per cent of the price.", "The fee rises by 2.5 % of the price."),
        ("the fee is 3 percent of the price per year.", "The fee is 3 % of the price."),
        ("the annual fee is 3 percent of the price.", "The fee is 3 % of the price a year."),
        ("a parcel for the courier weighs up to 5 kg.", "A parcel for the courier weighs five kilograms."),
        ("loans above section 5 go to the board within 2 days.", "Loans go to the board within 2 days."),
        ("loans of more than 5000 euros go to the board.", "Loans above €5,000 go to the board."),
    ],
)
def test_a_number_may_be_written_another_way(quote: str, answer: str) -> None:
    assert objection("What does the rule say?", answer, quote) == ""
