"""Stand-ins for numbers: the same layout, digits for digits and letters for letters, and no checksum accepts one.

All but the last sign of a number is enciphered as one number. Of the ten (or 26) numbers that differ in the last sign
alone some are valid; each of the ten gets one beside its cipher that fails what it passes itself, valid numbers first.
Where these do not suffice, as with social security numbers, nearly all of which are valid, a letter stands for the last
digit. So two numbers of one group never get the same stand-in, and one number gets one however it is laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from string import ascii_lowercase, ascii_uppercase, digits, hexdigits

from governance.pii.patterns.checks import OFFICIAL, barred, passed
from governance.pii.patterns.travel_documents import FILLER
from governance.pii.standins.cipher import Cipher

LONGEST = 80
_DRAWN = 2**32
_BANK, _HEAD_OFFICE = 8, "XXX"


def number(kind: str, text: str, cipher: Cipher) -> str | None:
    """The stand-in of `text`, a number of type `kind` as it is seen; None for a long one or letters beyond a-z, and for
    a machine-readable zone, whose parts vouch for each other.
    """
    signs = [c for c in text if c.isalnum()]
    if not signs or FILLER in text or len(signs) > LONGEST or not all(c.isascii() for c in signs):
        return None
    values = [c.lower() for c in signs]
    alphabets = _alphabets(kind, values)
    front = _front(kind, values, alphabets, cipher)
    last = _last(values, front, _mixed(alphabets[-1], front, cipher), lambda made: passed(made, kind, text))
    return _written(text, front, last)


def bic(kind: str, text: str, cipher: Cipher) -> str | None:
    """Of a bank's code the country stays, and the XXX of its head office; its branches stay branches of one bank."""
    bank, branch = text[:_BANK], text[_BANK:]
    made, other = number(kind, bank, cipher), branch
    if branch.upper() != _HEAD_OFFICE and branch:
        other = number(kind, branch, cipher) or ""
        other = (number(kind, other, cipher) or "") if other.upper() == _HEAD_OFFICE else other
    return made and made + other


def _alphabets(kind: str, values: list[str]) -> list[str]:
    """What may stand in each place. The country of an IBAN or BIC and the mark of a hexadecimal number stay."""
    alphabets = [digits if c.isdigit() else ascii_lowercase for c in values]
    if kind == "MAC_ADDRESS" or "".join(values[:2]) == "0x":
        alphabets = [hexdigits[:16] if c in hexdigits else other for c, other in zip(values, alphabets, strict=True)]
    if kind == "BIC" and len(values) == _BANK:
        return [*alphabets[:4], *values[4:6], *alphabets[6:]]
    stay = 2 if kind == "IBAN_CODE" or "".join(values[:2]) == "0x" else 0
    return [*values[:stay], *alphabets[stay:]]


def _front(kind: str, values: list[str], alphabets: list[str], cipher: Cipher) -> list[str]:
    """All but the last sign, enciphered within its alphabets."""
    place, size = 0, 1
    for value, alphabet in zip(values[:-1], alphabets, strict=False):
        place, size = place * len(alphabet) + alphabet.index(value), size * len(alphabet)
    group = "official" if kind in OFFICIAL else "iban" if kind == "IBAN_CODE" else "number"
    made = cipher.derange(place, size, f"{group} {' '.join(alphabets)}")
    front = []
    for alphabet in reversed(alphabets[:-1]):
        made, at = divmod(made, len(alphabet))
        front.append(alphabet[at])
    return front[::-1]


def _mixed(alphabet: str, front: Sequence[str], cipher: Cipher) -> str:
    """In an order of its own for each front: who knows one number of ten and its stand-in shall not know the others."""
    return "".join(sorted(alphabet, key=lambda sign: (cipher.draw(f"last {''.join(front)} {sign}", _DRAWN), sign)))


def _last(values: Sequence[str], front: Sequence[str], alphabet: str, checks: Callable[[str], frozenset[str]]) -> str:
    """The last sign: one that fails all checks that the number passes, else a letter for a digit or the reverse."""
    own = {sign: checks("".join((*values[:-1], sign))) for sign in alphabet}
    made = {sign: checks("".join((*front, sign))) for sign in alphabet}
    order = sorted(alphabet, key=lambda sign: (not barred(own[sign]), not own[sign], sign))
    free = [sign for sign in alphabet if not barred(made[sign])]
    given = _paired(order, free, lambda one, other: not own[one] & made[other] and (bool(front) or one != other))
    if values[-1] in given:
        return given[values[-1]]
    others = (sign for sign in (ascii_uppercase if alphabet[0].isdigit() else digits) if sign not in alphabet)
    odd = [sign for sign in others if not checks("".join((*front, sign)))]
    return [*odd, *(f"*{sign}" for sign in alphabet)][[sign for sign in order if sign not in given].index(values[-1])]


def _paired(order: Sequence[str], free: Sequence[str], fits: Callable[[str, str], bool]) -> dict[str, str]:
    """One of `free` for as many of `order` as can have one that fits, the first of them first (Kuhn's matching)."""
    owners: dict[str, str] = {}

    def placed(one: str, tried: set[str]) -> bool:
        for other in sorted(free, key=owners.__contains__):
            if other not in tried and fits(one, other):
                tried.add(other)
                if other not in owners or placed(owners[other], tried):
                    owners[other] = one
                    return True
        return False

    for one in order:
        placed(one, set())
    return {one: other for other, one in owners.items()}


def _written(text: str, front: list[str], last: str) -> str:
    """The signs in the places, and in the case, of those of `text`."""
    signs: Iterator[str] = iter((*front, last))
    return "".join(_cased(next(signs), c) if c.isalnum() else c for c in text)


def _cased(sign: str, like: str) -> str:
    return sign.upper() if like.isupper() else sign
