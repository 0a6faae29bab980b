"""Stand-ins for what is made of words and numbers: names, organisations, addresses, mail addresses, links.

Every word and every run of digits is exchanged for another one, and the marks between them stay: a mail address
still fits the name of its owner, and two texts that differ never become one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256

from governance.pii.naming.names import PARTICLES, TITLE_WORDS
from governance.pii.standins.cipher import Cipher
from governance.pii.standins.numbers import number
from governance.pii.standins.people import People

GENERATIONS = frozenset(("jr", "sr", "ii", "iii", "iv"))
DEGREES = frozenset(("phd", "md", "esq", "qc", "kc"))
SUFFIXES = GENERATIONS | DEGREES
_LEGAL_FORMS = """
ltd limited inc llc llp plc gmbh ag kg ohg ug se sa sas sarl bv nv spa srl co corp company bank group holding holdings
university hospital court office of the and for und et y e de del der la le
"""
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())
_STREETS = """
street st road rd avenue ave lane ln drive dr boulevard blvd court ct close crescent square sq terrace place pl way walk
hill gardens grove mews row parade park quay highway parkway circle trail plaza flat apt apartment unit suite floor box
po straße strasse str weg platz allee gasse rue via viale piazza calle avenida paseo straat laan plein kade
the of de la du des del van
"""
STREETS = frozenset(word.casefold() for word in _STREETS.split())
_LETTER = r"[^\W\d_][\u0300-\u036f]*"
_NAME_WORD = re.compile(rf"(?:(?P<particle>[dolDOL])['’](?={_LETTER}))?(?P<word>(?:{_LETTER})+(?:['’](?:{_LETTER})+)*)")
_WORD = re.compile(rf"(?:{_LETTER})+")
_WORDS_OF = re.compile(rf"(?:{_LETTER}|\d|['’-])+")
_MIXED = re.compile(r"((?<!\w)(?=[A-Za-z]{0,9}\d)(?=\d{0,9}[A-Za-z])[A-Za-z0-9]{2,10}(?!\w))")
_DIGITS = re.compile(r"[0-9]{1,400}")
_LONG_CHARS = 1_000
_AT = re.compile(r"\s?(?:[\[(]\s?at\s?[\])]|%40|&#0?64;|&#x40;|&commat;)\s?")
_DOT = re.compile(r"\s?[\[(]\s?dot\s?[\])]\s?")
_HOST = re.compile(r"(?:[^/?#@]*@)?[^/?#:]*")
_WWW = frozenset(("www",))


@lru_cache(maxsize=4)
def people(cipher: Cipher) -> People:
    return People(cipher, frozenset((*PARTICLES, *TITLE_WORDS, *SUFFIXES, *LEGAL_FORMS, *STREETS)))


def person(name: str, cipher: Cipher) -> str:
    """Word for word: particles, leading titles, suffixes, capitals, hyphens and order stay."""
    name, owned = _owner(unicodedata.normalize("NFC", name))
    words = [match.group("word") for match in _NAME_WORD.finditer(name)]
    first = next((at for at, word in enumerate(words) if folded(word) not in TITLE_WORDS), 0)
    last = max((at for at, word in enumerate(words) if folded(word) not in SUFFIXES), default=-1)
    place = iter(range(len(words)))

    def exchanged(match: re.Match[str]) -> str:
        at, word = next(place), match.group("word")
        kept = (word.islower() and word in PARTICLES) or not first <= at <= last
        return match.group()[: match.start("word") - match.start()] + (word if kept else stand_in(word, cipher))

    return numbered(_NAME_WORD.sub(exchanged, name), folded(name), cipher) + owned


def subject_of_name(name: str) -> str:
    """The words of a folded name in the order `first last`, without titles, degrees and the possessive.

    What tells a son from his father stays, at the end: they are two.
    """
    last, _, first = _owner(name)[0].partition(",")
    words = [word for part in (first, last) for word in _WORDS_OF.findall(part) if word not in TITLE_WORDS | DEGREES]
    return " ".join(sorted(words, key=lambda word: word in GENERATIONS)) or name


def _owner(name: str) -> tuple[str, str]:
    """A name and its possessive ending."""
    return (name[:-2], name[-2:]) if re.search(r"\w['’][sS]$", name) else (name, "")


def stand_in(word: str, cipher: Cipher) -> str:
    """The stand-in of one word, in the case that it is written in; of one letter, one letter."""
    base = folded(word)
    single = len(base) == 1 and "a" <= base <= "z"
    made = people(cipher).initial(base) if single else _exchanged(base, cipher)
    return made.upper() if word.isupper() else made if word.islower() else made[0].upper() + made[1:]


@lru_cache(maxsize=100_000)
def _exchanged(word: str, cipher: Cipher) -> str:
    return people(cipher).word(word)


def worded(text: str, cipher: Cipher, kept: frozenset[str] = frozenset()) -> str:
    """Every word but those in `kept`, and every run of digits; a run of digits by all else that the text says."""
    text = unicodedata.normalize("NFC", text)

    def exchanged(match: re.Match[str]) -> str:
        word = match.group()
        return word if folded(word) in kept else stand_in(word, cipher)

    return numbered(_WORD.sub(exchanged, text), folded(text), cipher)


def address(text: str, cipher: Cipher) -> str:
    """Kinds of street stay; postcodes and other signs of letters and digits keep their form."""
    pieces = _MIXED.split(text)
    codes = [number("STREET_ADDRESS", code, cipher) or worded(code, cipher) for code in pieces[1::2]]
    words = [worded(piece, cipher, STREETS) for piece in pieces[::2]]
    return "".join(piece for pair in zip(words, [*codes, ""], strict=True) for piece in pair)


def numbered(text: str, around: str, cipher: Cipher) -> str:
    """Every run of digits in `text` exchanged for one as long, by the words and signs of `around`, however spaced."""
    about = _brief(" ".join(_DIGITS.sub("0", around).split()))
    runs = iter(range(len(text)))

    def exchanged(match: re.Match[str]) -> str:
        run = match.group()
        made = cipher.derange(int(run), 10 ** len(run), f"digits {next(runs)} {len(run)} {about}")
        return f"{made:0{len(run)}d}"

    return _DIGITS.sub(exchanged, text)


def _brief(about: str) -> str:
    """A long text by its digest: it is read for each run of digits, of which it may have as many as letters."""
    return about if len(about) <= _LONG_CHARS else sha256(about.encode("utf-8", "surrogatepass")).hexdigest()


def email(text: str, cipher: Cipher) -> str:
    """In the domain .example, which is nobody's (RFC 2606)."""
    plain = _AT.sub("@", _DOT.sub(".", text.casefold().replace("\\", "")))
    return worded(re.sub(r"\s", "", plain), cipher) + ".example"


def link(text: str, cipher: Cipher) -> str:
    """The scheme stays; the host lies in .example (RFC 2606), its user, path and query are exchanged word by word."""
    scheme, mark, rest = text.partition("://") if "://" in text else ("", "", text)
    end = len(_HOST.match(rest)[0])  # type: ignore[index]  # it matches any text
    return f"{scheme}{mark}{worded(rest[:end], cipher, _WWW)}.example{worded(rest[end:], cipher)}"


def folded(word: str) -> str:
    """What two spellings of one word have in common: letters without their case, composed (NFC).

    The small letter of a Turkish `İ` is an `i`, to which case folding adds a dot.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold()).replace("i\u0307", "i")
