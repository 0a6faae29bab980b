"""Identifiers that carry a checksum: banks, cards, and national and tax numbers.

Those with letters in them are rules here; those of digits alone are in `schemes`. One that is only a run of
digits with a check digit has that scheme's type when its name stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from governance.pii.patterns.schemes import SEPARATOR, Scheme, checksum, schemes
from governance.pii.text.rules import AFTER_CHARS, BEFORE_CHARS, MARKED_GAP, SPELT_GAP, Rule, words
from governance.pii.text.spans import Span

_BANK = words("swift", "bic")
_LINE_END = re.compile(r"-?\r?\n[> \t]{0,4}")
_GROUP = re.compile(r"\d+")
_RUN = re.compile(rf"(?<![\w.,/\\#-])\d{{1,18}}(?:{SEPARATOR}\d{{1,18}}){{0,15}}(?![\w]|[-.,]\w)")
_FEWEST_DIGITS = 8
_FEWEST_BARE_DIGITS = 9
_LINE = re.compile(r"\d[^\r\n]*\d")
_PIECE = re.compile(r"\S+")
_ROUND = re.compile(r"\d{1,3}(?:[ .]\d{3})*[ .]?000")
_OTHER = re.compile(r"\d|(?:19|20)\d\d|\d+[./:-][\d./:-]+")
"""What is no part of a number set in groups: one digit, a year, a date, an hour."""
_ISSUED = re.compile(
    r"3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|4\d{12}(?:\d{3}){0,2}|35\d{14}|(?:2131|1800)\d{11}"
    r"|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|62\d{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}|[56]\d{15,18}"
)
"""First digits and lengths of American Express, Diners Club, Visa, Mastercard, JCB, Discover, UnionPay, Maestro."""
_MONEY = re.compile(
    r"[$€£¥₽₹%]|(?<!\w)(?:EUR|USD|GBP|CHF|AED|(?i:euros?|dollars?|pounds?|rou?bles?|lir[ae]s?|francs?|millions?))"
    r"(?!\w)"
)
_DIGITS = str.maketrans("OoIl", "0011")
_SEPARATED = r"(?<![\w.-]){}(?![\w]|[-.]\w)"
CHECKED = frozenset(("NATIONAL_ID", "TAX_ID"))
"""What labels call by a type that only numbers with a check have."""


def _pattern(body: str) -> re.Pattern[str]:
    return re.compile(_SEPARATED.format(body), re.IGNORECASE)


def _marked(body: str) -> re.Pattern[str]:
    """As `_pattern`, but `__` may stand before and behind as a mark of emphasis."""
    return re.compile(rf"(?<![^\W_])(?<![.-]){body}(?![^\W_]|[-.]\w)", re.IGNORECASE)


_SPELT = rf"(?<!\b\w[\W_])(?<!\b\w[\W_]{{2}})(?<!\b\w[\W_]{{3}})[A-Z]{SPELT_GAP}[A-Z]"
"""Two letters at the head of what is spelt; within it, every sign would be a beginning, and all be tried."""
_IBAN = re.compile(
    rf"(?<![^\W_])(?:[A-Z]{{2}}|{_SPELT})(?:{SPELT_GAP}\d){{2}}(?:{SPELT_GAP}[A-Z0-9]){{11,30}}(?![^\W_])",
    re.IGNORECASE,
)
"""Whatever stands beside it, as in the name of a file, and spelt sign by sign: no other number passes its check."""

STRONG: tuple[tuple[str, str, str], ...] = (
    ("NATIONAL_ID", "fr.nir", r"[1-8][ .]?\d{2}[ .]?[01256789]\d[ .]?\d[0-9AB][ .]?\d{3}[ .]?\d{3}[ .-]?\d{2}"),
    ("NATIONAL_ID", "es.dni", r"\d{8}[- ]?[A-Z]"),
    ("NATIONAL_ID", "es.nie", r"[XYZ][- ]?\d{7}[- ]?[A-Z]"),
    ("TAX_ID", "es.nif", r"[KLM][- ]?\d{7}[- ]?[A-Z]"),
    ("TAX_ID", "es.cif", r"[A-HJNP-SUVW][- ]?\d{7}[- ]?[0-9A-J]"),
    ("TAX_ID", "it.codicefiscale", r"[A-Z]{3} ?[A-Z]{3} ?[0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{2} ?[A-Z][0-9L-NP-V]{3}[A-Z]"),
    ("NATIONAL_ID", "fi.hetu", r"\d{6}[-+A-FYXWVU]\d{3}[0-9A-Z]"),
    ("NATIONAL_ID", "ie.pps", r"\d{7}[A-W][A-IW]?"),
    ("NATIONAL_ID", "mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d"),
    ("NATIONAL_ID", "pt.cc", r"\d{8} ?\d ?[A-Z][A-Z0-9]\d"),
    ("TAX_ID", "in_.pan", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"),
    ("TAX_ID", "cl.rut", r"\d{1,2}\.\d{3}\.\d{3}-[\dK]"),
    ("TAX_ID", "eu.vat", r"(?=[A-Z]{2}U? ?[A-Z]{0,3}\d)"
                         r"(?:AT ?U|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)"
                         r" ?[0-9A-Z](?:[ .]?[0-9A-Z+*]){6,11}"),
    ("NATIONAL_ID", "cn.ric", r"\d{17}X"),
    ("NATIONAL_ID", "se.personnummer", r"(?:\d{2})?\d{6}\+\d{4}"),
    ("TAX_ID", "mx.rfc", r"[A-Z&Ñ]{3,4}[ -]?\d{6}[ -]?[0-9A-Z]{3}"),
    ("TAX_ID", "in_.gstin", r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]{3}"),
    ("TAX_ID", "ch.uid", r"CHE[- ]?\d{3}[. ]?\d{3}[. ]?\d{3}"),
    ("TAX_ID", "nl.btw", r"\d{9}B\d{2}"),
    ("TAX_ID", "ca.bn", r"\d{9} ?R[CPTM] ?\d{4}"),
    ("TAX_ID", "gb.vat", r"GB ?\d{3} ?\d{4} ?\d{2}(?: ?\d{3})?"),
    ("LEI", "lei", r"[0-9A-Z]{18}\d{2}"),
)  # fmt: skip


def is_card(text: str) -> bool:
    """A payment card: an issuer's first digits and length, Luhn, and no column of short numbers."""
    plain = text.translate(_DIGITS)
    digits = "".join(_GROUP.findall(plain))
    if _ISSUED.fullmatch(digits) is None or not checksum("luhn")(digits):
        return False
    sizes = [len(group) for group in _GROUP.findall(_LINE_END.sub("", plain))]
    return len(set(sizes[:-1])) <= 1 or min(sizes) >= 3


def is_iban(text: str) -> bool:
    """Whether check digits and form hold; a bank that `stdnum`'s list of a country's banks lacks may be a new one."""
    from stdnum import exceptions, iban

    number = "".join(c for c in text if c.isalnum())
    try:
        iban.validate(number)
    except exceptions.InvalidComponent:
        return iban.is_valid(number, check_country=False)
    except exceptions.ValidationError:
        return False
    return True


def is_emirates_id(text: str) -> bool:
    return checksum("luhn")("".join(c for c in text if c.isdigit()))


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    iban = Rule("IBAN_CODE", _IBAN, 1.0, is_iban)
    card = Rule("CREDIT_CARD", _marked(rf"[1-6](?:{MARKED_GAP}[\dOoIl]){{11,18}}"), 0.99, is_card)
    bic = Rule("BIC", re.compile(r"(?<!\w)[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?!\w)"), 0.9, checksum("bic"), _BANK)
    nino = Rule("NATIONAL_ID", _pattern(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
                                        r"[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]"), 0.99)  # fmt: skip
    emirates = Rule("NATIONAL_ID", _pattern(r"784[- ]?(?:19|20)\d{2}[- ]?\d{7}[- ]?\d"), 0.99, is_emirates_id)
    strong = tuple(Rule(kind, _pattern(body), 0.99, checksum(name)) for kind, name, body in STRONG)
    return (iban, card, bic, nino, emirates, *strong)


def numbers(text: str) -> Iterator[Span]:
    """Spans of numbers made of digits alone, of the type of the scheme whose checksum they pass.

    That takes a form of its own or the scheme's name nearby. Otherwise a number that passes some check is
    an ID_NUMBER: likely somebody's, but nobody says whose.
    """
    for match in _RUN.finditer(text):
        if sum(map(str.isdigit, match.group())) >= _FEWEST_DIGITS:
            yield from _numbers(text, match.start(), match.end())


def _numbers(text: str, start: int, end: int) -> Iterator[Span]:
    """A run as one number; else each of its lines; else without the dates and single digits before and after."""
    whole = _typed(text, start, end)
    lines = [line.span() for line in _LINE.finditer(text, start, end)]
    if whole is not None:
        yield whole
    elif len(lines) > 1:
        for line in lines:
            yield from _numbers(text, *line)
    else:
        yield from _amid_others(text, start, end)


def _amid_others(text: str, start: int, end: int) -> Iterator[Span]:
    pieces = [piece.span() for piece in _PIECE.finditer(text, start, end)]
    other = [_OTHER.fullmatch(text, *piece) is not None for piece in pieces]
    first = other.index(False) if False in other else len(pieces)
    last = len(pieces) - (other[::-1].index(False) if False in other else 0)
    span = _typed(text, pieces[first][0], pieces[last - 1][1]) if first < last < first + len(pieces) else None
    if span is not None:
        yield span


def _typed(text: str, start: int, end: int) -> Span | None:
    """A number that is named for a scheme and fails its check is an ID_NUMBER, whatever else it passes."""
    number = text[start:end]
    around = text[max(0, start - BEFORE_CHARS) : start] + "\n" + text[end : end + AFTER_CHARS]
    formed = _formed(number)
    named = [scheme for scheme in formed if scheme.name.search(around)]
    own = [scheme for scheme in formed if scheme.own_form and scheme.own_form.fullmatch(number)]
    for scheme in named or own:
        if scheme.valid(number):
            return Span(start, end, scheme.type, 1.0 if named else 0.99)
    if named or (_is_bare_number(number) and not _MONEY.search(around)):
        return Span(start, end, "ID_NUMBER", 0.5)
    return None


def proved(span: Span, text: str) -> Span:
    """A number that a label calls somebody's: an ID_NUMBER where it fails the check that it would have to pass."""
    if span.type not in CHECKED:
        return span
    found = _typed(text, span.start, span.end)
    if found is not None:
        return replace(span, type=found.type)
    number = text[span.start : span.end]
    checks = [rule.valid for rule in rules() if rule.valid is not None and rule.pattern.fullmatch(number)]
    return replace(span, type="ID_NUMBER") if checks and not any(valid(number) for valid in checks) else span


def _is_bare_number(number: str) -> bool:
    long = sum(map(str.isdigit, number)) >= _FEWEST_BARE_DIGITS and not _ROUND.fullmatch(number)
    return long and any(scheme.checked and scheme.valid(number) for scheme in _formed(number))


@lru_cache(maxsize=1024)
def _formed(number: str) -> tuple[Scheme, ...]:
    return tuple(scheme for scheme in schemes() if scheme.form.fullmatch(number))
