"""People across a document: titles and introductions, and every later mention of a name once found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from governance.pii.text.spans import Span, either
from governance.pii.words.labels import is_role

TITLES = (
    r"Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Judge|Justice|Rev|Father|Sister|Captain|Capt|Colonel|Col"
    r"|Sergeant|Sgt|Lieutenant|Lt|Herr|Frau|Monsieur|Madame|Mme|Mlle|Señor|Señora|Sr|Sra|Don|Doña|Signor|Signora"
    r"|Kollege|Kollegin|Confrère|Consœur|Sheikh|Sheikha|Dhr|Mevr|Mevrouw|Dña|Messrs|Mdm|Mstr|Cllr|Councillor|Baroness|Uncle|Aunt|Aunty|Auntie"
)
TITLE_WORDS = frozenset(TITLES.lower().split("|"))
UPPER = "A-ZÀ-ÖØ-Þ" + "".join(c for c in map(chr, range(0x100, 0x250)) if c.isupper())
"""Capital letters of Latin script, for a class of a pattern."""
SMALL_LETTERS = rf"(?:['’][{UPPER}])?[^\W\d_{UPPER}][^\W\d_]*(?:[-'’][{UPPER}][^\W\d_]*){{0,2}}"
TITLE_CASE = rf"[{UPPER}]{SMALL_LETTERS}"
"""A word with a capital letter and small ones after it."""
_TITLE = re.compile(rf"(?:{TITLES}|(?<![^\n])Q|Dear|Liebe[rn]?|Estimad[oa]s?|Ch[eè]re?s?|Hi|Hello|Hey|Re|[Ii]['’]m)\.?")
_TITLE_BEFORE = re.compile(rf"(?<!\w)(?:{TITLES})\.?\s\Z")
_CAP = r"[^\W\d_a-zß-öø-ÿ][\w'-]{0,30}"
PARTICLES = frozenset((
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "dos", "du", "la", "le", "bin", "bint", "al", "el",
    "ten", "ter", "zu", "af", "av", "y",
))  # fmt: skip
_PARTICLE = rf"(?:{'|'.join(sorted(PARTICLES))})"
_INITIALS = r"(?:[A-Z]\.[ ]?){0,3}"
NAME = (
    rf"(?:{_CAP}\.?[ -])?{_INITIALS}(?:{_PARTICLE} ){{0,2}}{_CAP}"
    rf"(?:(?: {_PARTICLE}){{0,2}}[ -]{_CAP}){{0,2}}"
)
_DOTTED = r"drs|ir|dhr|mevr|mw|dott|dott\.ssa|avv|dra?|prof|mrs?|ms|sig|sig\.ra|dña"
"""Titles that stand in small letters too, with their dot."""
_BIRTH_NAME = r"(?:n[ée]e|geborene[rn]?|nata|de soltera|geb\.|geboren)"
_FOUND = (
    (re.compile(rf"(?<!\w)(?:{TITLES})\.? (?:(?:{TITLES})\.? ){{0,2}}(?P<span>{NAME})"), 0.9),
    (re.compile(rf"(?<!\w)(?:[Mm]y name is|[Nn]ame ?:|[Nn]amed|[Ss]igned by|[Rr]epresented by|[Aa]ttn:?|[Ss]urname ?:"
                rf"|[Ff]irst name ?:|[Ll]ast name ?:|[Cc]/o|I am called) (?P<span>{NAME})"), 0.8),
    (re.compile(rf"(?<!\w)(?:{_DOTTED})\. (?:(?:{_DOTTED})\. )?(?P<span>{NAME})"), 0.8),
    (re.compile(rf"(?<!\w){_CAP}[),]{{0,2}} \(?{_BIRTH_NAME} (?P<span>{NAME})"), 0.8),
    (re.compile(rf"(?<!\w)(?P<span>(?:[A-Z]\.[ ]?){{1,4}}\([A-ZÀ-Þ][\w-]{{1,20}}\)"
                rf" (?:(?:{_PARTICLE}|'t) ){{0,3}}{_CAP})"), 0.9),
)  # fmt: skip
_TOKEN = re.compile(r"[^\W\d_][\w'-]*")
_NOT_WORDS = """
a the and or of for to in on at by with from as is are was be this that these those it he she they we you i
government court convention chamber section article law rule rules act regulation regulations bank client customer
company board committee authority department ministry office state union council commission president minister
applicant defendant plaintiff employee employer manager director officer team member person persons body january
february march april may june july august september october november december monday tuesday wednesday thursday
friday saturday sunday dear hello hi thanks regards question answer yes no note sir madam all new street road fund
kind best warm money market trust rights human general conduct business capital credit data risk public private
case please thank sent see also further however therefore if when after before there here can could would so but not now
part chapter schedule appendix annex north south east west will hope grace mark bill iban ssn nhs ip dob vat
bic swift mrn npi dea mac pan pin cvv ein itin imei vin uid uuid id iv vs re ref tel fax email e-mail proc cc bcc
el los las il gli les der reglamento directiva règlement directive verordnung richtlinie regolamento direttiva
verordening richtlijn ley loi grüße gruß viele liebe lieber danke hallo bonjour merci cordialement hola gracias saludos
cordialmente atentamente hochachtungsvoll hoogachtend
ciao grazie saluti groeten groetjes bedankt onderwerp betreff betreft objet asunto oggetto
kernel scheduler worker server client daemon queue cluster proxy cache database backup monitor
"""
_NOT_NAMES = TITLE_WORDS.union(_NOT_WORDS.split())
_OFFICE_WORDS = """
president chairman chairwoman chairperson chair speaker minister director secretary commissioner judge justice
ambassador general mayor registrar court sir madam you who is the and or a of
"""
_OFFICES = TITLE_WORDS.union(_OFFICE_WORDS.split())
"""What follows a title without being a name; `Law` in `Mr Law` is one."""
_NO_NAME = re.compile(r"[\d_#/\\@=]|\w\.\w\w")
_PRODUCT = re.compile(r"[A-Z]{1,5}|[a-z]+[A-Z]\w*|(?!Ma?c|De(?!v[A-Z])|Di|La|Le|Van|Fitz|O')[A-Z][a-z]+[A-Z]\w*")
_FEWEST_JOINED = 8
_LINK = re.compile(r"(?:://|www\.)[^\s<>\"]{3,400}")
_CHAIN = re.compile(r"[A-Za-z]+(?:[-_.+][A-Za-z]+){0,12}")
_PART = re.compile(r"[A-Za-z]+")
_INITIALS_AFTER = re.compile(r",? ?\([\"“„'‘]?(?P<initials>[A-ZÀ-Þ]{2,4})[\"”“'’]?\)")
_SET_APART = re.compile(r"(?<!\w)[^\W\d_](?: [^\W\d_]){3}")
_COMMON_SURNAMES = frozenset(("may", "mark", "bill", "grace", "hope", "will", "bank", "law", "north", "west", "march"))


def titled(text: str) -> Iterator[Span]:
    """PERSON spans that a title or an introduction (`My name is`, `Surname:`) gives away."""
    for number, (pattern, score) in enumerate(_FOUND):
        for match in pattern.finditer(text):
            if match.group("span").lower() not in (_OFFICES if number == 0 else _NOT_NAMES):
                yield Span(match.start("span"), match.end("span"), "PERSON", score)


def plausible(name: str, lower_words: frozenset[str]) -> bool:
    """Whether a name found by the statistical model may be one.

    Not when it holds digits or marks of code, nor when it is a lone acronym or `CamelCase`, nor when each
    of its words also stands in the text in lower case (`Client Money` beside `client money`).
    """
    tokens = _TOKEN.findall(name)
    if not tokens or _NO_NAME.search(name) or len(name) > 80:
        return False
    if len(tokens) == 1 and is_product(tokens[0]):
        return False
    words = [t.lower() for t in tokens]
    return not all(w in lower_words or w in _NOT_NAMES for w in words)


def is_product(word: str) -> bool:
    """Whether it is an acronym or `CamelCase`, as products are called and hardly anybody."""
    return _PRODUCT.fullmatch(word) is not None


def common(name: str) -> bool:
    """Whether it is made of everyday words, labels and titles alone (`Court`, `IBAN`, `the Board`)."""
    return all(word.lower() in _NOT_NAMES for word in _TOKEN.findall(name))


def without_title(span: Span, text: str) -> Span:
    """The span without a leading title and without a trailing possessive."""
    start, end = span.start, span.end
    while (match := _TITLE.match(text, start, end)) and match.end() < end and not text[match.end()].isalnum():
        start = match.end()
        while start < end and text[start] in " .\u00a0":
            start += 1
    if text[max(start, end - 2) : end] in ("'s", "’s"):
        end -= 2
    return Span(start, end, span.type, span.score) if end > start else span


def follows_title(text: str, start: int) -> bool:
    """Whether a title stands right before `start`."""
    return _TITLE_BEFORE.search(text, max(0, start - 14), start) is not None


def lower_words(text: str) -> frozenset[str]:
    """Words that stand in the text in lower case: vocabulary rather than names."""
    return frozenset(re.findall(r"(?<![\w'.@/-])[a-zß-öø-ÿ]{3,30}(?![\w'@/-]|\.\w)", text))


def mentions(names: Iterable[str], text: str, lower: frozenset[str]) -> Iterator[Span]:
    """Every mention of people already found: full name, its words alone, upper case, `Last, First`, initials
    (`J. Smith`, `J.S.`), letters set apart (`S M I T H`), and the full name in lower case.
    """
    names = sorted(set(names))
    known = sorted({word for name in names for word in _telling(name, lower)})
    if not known:
        return
    for match in _pattern(tuple(known)).finditer(text):
        if not match.group()[0].islower():
            yield Span(match.start(), match.end(), "PERSON", 0.7)
    yield from _in_links(names, text)
    yield from _introduced(names, text)
    apart = _apart(tuple(known)) if _SET_APART.search(text) else None
    for pattern in (apart, _whole_names(tuple(names))):
        if pattern is not None:
            for match in pattern.finditer(text):
                yield Span(match.start(), match.end(), "PERSON", 0.7)


def _telling(name: str, lower: frozenset[str]) -> list[str]:
    """Words of a name that identify it when they stand alone."""
    tokens = [t for t in _TOKEN.findall(name) if len(t) > 2 and not t.islower()]
    if len(tokens) > 1 and "," not in name and is_role(tokens[0]):
        del tokens[0]  # `Rechtsanwalt Joachim Weber`
    return [t for t in tokens if t.lower() not in lower and t.lower() not in _NOT_NAMES | _COMMON_SURNAMES]


@lru_cache(maxsize=64)
def _pattern(known: tuple[str, ...]) -> re.Pattern[str]:
    forms = either(form for k in known for form in (k, k.upper(), k.title()))
    return re.compile(rf"(?<!\w)(?:[A-Z]\. ?){{0,3}}{forms}(?!\w)")


@lru_cache(maxsize=64)
def _apart(known: tuple[str, ...]) -> re.Pattern[str] | None:
    """Words of four letters or more, a space between all letters, as scanned headings and forms have them."""
    spaced = [" ".join(form) for k in known if len(k) > 3 and k.isalpha() for form in (k, k.upper())]
    return re.compile(rf"(?<!\w){either(spaced)}(?!\w)") if spaced else None


@lru_cache(maxsize=64)
def _whole_names(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Initials of each name that are written with dots, and its words in lower case, none of them everyday words."""
    forms = []
    for name in names:
        words = [word for word in _TOKEN.findall(name) if word.lower() not in PARTICLES]
        if 2 <= len(words) <= 4 and all(len(word) > 1 and word[0].isupper() for word in words):
            forms += [between.join(f"{word[0]}." for word in words) for between in ("", " ")]
            forms.append(re.sub(r"\A\w[\w'-]*", f"{words[0][0]}.", name))
            if not any(word.lower() in _NOT_NAMES for word in words):
                forms.append(name.lower())
    return re.compile(rf"(?<![\w.]){either(forms)}(?!\w)") if forms else None


def _introduced(names: Iterable[str], text: str) -> Iterator[Span]:
    """Initials that a text gives behind a name and says from there on: `Beatrix Oyelaran (BO)`, `Action: BO`."""
    said = {
        match["initials"]
        for match in _INITIALS_AFTER.finditer(text)
        for name in names
        if text.endswith(name, 0, match.start()) and match["initials"] in _initials(name)
    }
    for match in re.finditer(rf"(?<![\w&.-])(?<!\d ){either(said)}(?![\w&-])", text) if said else ():
        yield Span(match.start(), match.end(), "PERSON", 0.7)


def _initials(name: str) -> frozenset[str]:
    """With particles and without, of double names one letter or two."""
    words = _TOKEN.findall(name)
    bare = [word for word in words if word not in PARTICLES]
    each = (words, bare, [part for word in bare for part in word.split("-")])
    return frozenset("".join(word[:1] for word in one).upper() for one in each if len(one) > 1)


def _in_links(names: Iterable[str], text: str) -> Iterator[Span]:
    """Full names that a link writes as one word: `https://annaweber.example`, `…/people/weber-anna.html`."""
    links = list(_LINK.finditer(text))
    joined = {form for name in names for form in _joined(name)} if links else frozenset()
    for link in links if joined else ():
        for chain in _CHAIN.finditer(text, *link.span()):
            parts = list(_PART.finditer(text, *chain.span()))
            for first, last in ((a, b) for a in range(len(parts)) for b in range(a, min(a + 4, len(parts)))):
                if "".join(part.group().lower() for part in parts[first : last + 1]) in joined:
                    yield Span(parts[first].start(), parts[last].end(), "PERSON", 0.7)


def _joined(name: str) -> Iterator[str]:
    words = [word.lower() for word in re.findall(r"[^\W\d_]+", name) if word not in PARTICLES]
    if 2 <= len(words) <= 4 and sum(map(len, words)) >= _FEWEST_JOINED:
        yield from ("".join(words), "".join([words[-1], *words[:-1]]))
