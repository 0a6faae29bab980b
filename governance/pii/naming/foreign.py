"""Names of people in other languages than English.

Where a spaCy model is named for the language, it is asked. Elsewhere our English tagger is: it knows people from
everywhere, but takes most words with a capital letter for one, so what it says is trimmed to what can be a name and
held against the vocabulary of the language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii.naming.names import PARTICLES, TITLE_WORDS
from governance.pii.patterns.dates import MONTH_NAMES
from governance.pii.text.spans import Range, Span
from governance.pii.words import listed_names
from governance.pii.words.labels import PARTIES, ROLE_WORDS, ROLES, label, normal
from governance.pii.words.vocabulary import is_word

LEAST_CHANCE = 0.4
"""How sure the English tagger must be of a name in another language."""
BORROWED = ("PERSON", "STREET_ADDRESS")
"""What the English tagger is asked for in other languages; of the rest it knows little there."""
MODEL_SCORE = 0.85
TYPES = {"PER": "PERSON", "PERSON": "PERSON", "LOC": "LOCATION", "GPE": "LOCATION", "ORG": "ORGANIZATION"}
TOKEN = re.compile(r"[^\W\d_](?:[\w'’-]|\.(?=\w))*")
_CALENDAR = """
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar februar märz mai juni juli oktober dezember
lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet août septembre octobre
lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre
octubre noviembre diciembre novembre décembre lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio
aprile maggio giugno luglio settembre ottobre dicembre maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
januari februari maart april augustus september october november december heute gestern morgen
"""
_WORDS = """
der die das den dem des ein eine einer einem einen ihr ihre ihren sein seine seinen unser wir sie er es ich und oder
aber mit von bei nach vor für auf am im zum zur als wenn weil dass nicht herr frau kollege kollegin kunde kundin
le la les un une des son sa ses notre nous vous il elle et ou mais avec chez pour dans sur au aux quand collègue
el los las una su sus nuestro nosotros ella y o pero con para en por cuando señor señora compañero compañera
lo gli i un uno il suo sua suoi nostro noi lui lei e ma con per nel quando signor signora collega
het een zijn haar ons wij zij hij en of maar met voor bij naar op toen heer mevrouw
the a an and dear
"""
NO_NAMES = frozenset((*_CALENDAR.split(), *_WORDS.split(), *ROLE_WORDS, *PARTIES, *TITLE_WORDS))
"""Words with a capital letter that are never a name, or the beginning of one."""
_TIED = re.compile(r"(?:d|dell|dall|degl)['’][A-ZÀ-Þ]")
_JOINING = frozenset(("de", "van", "von", "del", "della", "degli", "di", "du", "da", "dos", "bin", "bint"))
"""Particles that may follow a name and go on with it; others (`der`, `la`) may as well begin what comes next."""
_ABBREVIATED = frozenset(("M", "Mme", "Mlle", "Hr", "Fr", "Sig", "Sr", "Sra", "Dhr", "Mevr"))
_AND = re.compile(r"[,;/\n]| (?:und|et|y|e|en|and|&) ")
_NEXT = re.compile(r"(?:(?<=(?<!\w)[A-Z])\.)? (?=[^\W\d_])")
_MOST_MORE = 4
ADDRESS = {
    "en": "mr mrs ms miss",
    "de": "herr herrn hr frau doktor",
    "fr": "m mme mlle monsieur madame docteur docteure maitre maître",
    "es": "senor senora señor señora sr sra srta don dona doña doctor doctora dra",
    "it": "signor signora signore sig dott dottor dottore dottoressa ssa ra avvocato avv",
    "nl": "heer mevrouw meneer dhr mevr mw dokter",
}
"""Words that a name follows, by language; `ssa` and `ra` end `dott.ssa` and `sig.ra`."""
_OF_SEVERAL = "fam familie eheleute eheleuten sres sras ri famiglia coniugi onkel tante oma opa oncle tonton oom veuve"
"""Whole families, and relatives that are called by their name; `ri` ends `sigg.ri`."""
_ADDRESSED = frozenset(
    " ".join((_OF_SEVERAL, *(words for language, words in ADDRESS.items() if language != "en"))).split()
)
_PRESENTING = ROLES | frozenset((
    "",  # what is left of a word in another script, which may be any role
    "kollege", "kollegin", "collegue", "companero", "companera", "colega", "collega", "amico", "amica", "freund",
    "freundin", "ami", "amie", "amigo", "amiga", "vriend", "vriendin", "mann", "mari", "femme", "marido", "mujer",
    "man", "vrouw", "bruder", "schwester", "frere", "soeur", "hermano", "hermana", "fratello", "sorella", "broer",
    "zus", "nipote",
))  # fmt: skip
_KIN = frozenset((
    "neffe", "nichte", "enkel", "enkelin", "schwager", "schwagerin", "schwiegersohn", "schwiegertochter", "cousin",
    "cousine", "neveu", "niece", "sobrino", "sobrina", "cunado", "cunada", "yerno", "nuera", "suegro", "suegra",
    "nieto", "nieta", "nipote", "cognato", "cognata", "genero", "nuora", "suocero", "suocera", "cugino", "cugina",
    "neef", "zwager", "schoonzus",
))  # fmt: skip
"""Relatives, behind whom a lone word that no dictionary has is a name too: `sein Neffe Ronny`."""
_PROVISION = re.compile(
    r"(?<!\w)(?:(?:art[íi]culos?|articles?|artikels?|articol[oi]|kapitel|chapitre|cap[íi]tulo|capitolo)(?!\w)"
    r"|(?:ziffer|stufe|anlage|blatt|abschnitt|seite|tabelle|jahrgang|vorjahr|modelo|anexo|cl[áa]usula|p[áa]gina|nivel"
    r"|allegato|punto|comma|lettera|livello|annexe|alin[ée]a|tranche|niveau|lot) (?:[A-Z] )?\d)"
    r"|§|\d(?: ?(?:[%€$£]|Mio|Mrd)| (?:T?EUR|TCHF|CHF|GBP|USD|euros?)(?!\w))",
    re.IGNORECASE,
)
"""A part of a law or a contract, or an amount; none is an address."""
_UNIT_CHARS = 5
_AGE = re.compile(r"\D{1,40}\d{1,3} (?:jahren?|ans|años|anni|jaar)(?!\w)", re.IGNORECASE)
"""Before any other number: `Mujer de 71 años`."""
_DAY = re.compile(rf"(?<!\w)\d{{1,2}}\.?(?: de)? (?:{'|'.join(MONTH_NAMES)})(?!\w)", re.IGNORECASE)
_OF_A_STREET = re.compile(
    r"(?:calle|avenida|avda|av|paseo|plaza|via|viale|piazza|corso|largo|rue|place|boulevard|bd|avenue|quai"
    r"|stra(?:ss|ß)e|platz|allee|weg|straat|laan|plein)\.?(?: (?:de la|des?|du|della?|dell|van|der))? \Z",
    re.IGNORECASE,
)
"""`Avenida 9 de Julio`, `Straße des 17. Juni`: a day that a street is named after."""
_MONTH_CHARS = 14
_LEADING = re.compile(r"\A(?:(?:in|im|zu|aan|bij|en|à|au|presso|de|het|la|der|dem)\s)*")
_LED_TO = re.compile(r"[,\s]+(?:[^\W\d_A-ZÀ-Þ][^\W\d_]*\s+)*\Z|[,\s]+\Z")
_CAPITAL = r"[^\W\d_a-zß-ÿ][\w'’-]{1,30}"
_BETWEEN = rf"(?:(?:{'|'.join(sorted(PARTICLES))}) ){{0,2}}"
_PRESENTED = re.compile(
    r"(?<!\w)(?=(?P<role>[^\W\d_]{1,20})\.? "
    rf"(?P<span>{_BETWEEN}{_CAPITAL}(?: {_BETWEEN}{_CAPITAL}){{0,3}}))"
)
"""Looks ahead: in `Sie Herrn Krüger` two words stand before a capital one, and the second says what he is."""


def names_in(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The names in text[start:end], each with capital words that follow it, also beyond `end`.

    Names are capital words, with particles before and between them, that are no weekday, role or function word.
    """
    reached: int | None = None
    before: re.Match[str] | None = None
    for word in TOKEN.finditer(text, start, end):
        if word.group() in _JOINING or (word.group() in PARTICLES and before):
            before = before or word
        elif _may_begin(word.group()) and (reached is None or _AND.search(text, reached, word.start())):
            begin = before.start() if before else word.start()
            reached = _extended(text, word.end())
            yield begin, reached
            before = None
        else:
            before = None


def address_in(text: str, start: int, end: int) -> Range | None:
    """What of text[start:end] is an address: a number and a name, and no labelled account and no `Artículo 6`.

    It begins behind the small words that lead to it, and ends before a date and those that lead there.
    """
    day = _day_in(text, start, end)
    if day is not None:
        end = start + len(_LED_TO.sub("", text[start:day]))
    value = text[start:end]
    words = value.split()
    numbered = any(word.strip(",").isdigit() for word in words) and any(word[0].isupper() for word in words)
    provision = _PROVISION.search(text, start, end + _UNIT_CHARS) or "\n\n" in value
    other = provision or _AGE.match(text, start, end + _MONTH_CHARS)
    good = numbered and ". " not in value and label(words[0]) is None and not other
    return (end - len(_LEADING.sub("", value)), end) if good else None


def _day_in(text: str, start: int, end: int) -> int | None:
    """Where a date begins in text[start:end] that is no street's name; its month may lie behind the end."""
    days = (found.start() for found in _DAY.finditer(text, start, end + _MONTH_CHARS))
    return next((day for day in days if day < end and not _OF_A_STREET.search(text[start:day])), None)


def presented(text: str) -> Iterator[Span]:
    """People after a word for what they are: `il suo collega Paolo Conti`, `de heer van den Berg`."""
    for match in _PRESENTED.finditer(text):
        role, name = normal(match["role"]), next(names_in(text, *match.span("span")), None)
        if name and (role in _ADDRESSED or _is_presented(role, text[slice(*name)])):
            yield Span(*name, "PERSON", MODEL_SCORE)


def _is_presented(role: str, name: str) -> bool:
    if role in _KIN and not any(is_word(name, language) for language in ADDRESS):
        return True
    return role in _KIN | _PRESENTING and _may_be_presented(name)


def _may_be_presented(name: str) -> bool:
    """Two words or more, or a given name of the lists: `ihr Sohn Jürgen`, but no `Kunde Bank`."""
    return " " in name or listed_names.is_given(name)


def _extended(text: str, end: int) -> int:
    """Where a name ends that goes on after `end` with capital words, particles between them included."""
    position, joined = end, False
    for _ in range(_MOST_MORE):
        gap = _NEXT.match(text, position)
        more = TOKEN.match(text, gap.end()) if gap else None
        if more is None:
            break
        position = more.end()
        word = more.group()
        if word in _JOINING or (word.lower() in PARTICLES and (word[0].isupper() or joined)):
            joined = True
            continue
        if not (_may_belong(word) or _TIED.match(word)):
            break
        end = position
    return end


def _may_begin(word: str) -> bool:
    return _may_belong(word) and word not in _ABBREVIATED


def _may_belong(word: str) -> bool:
    return word[0].isupper() and word.lower().rstrip(".") not in NO_NAMES
