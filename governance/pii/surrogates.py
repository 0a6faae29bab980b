"""What stands in place of personal data: of the same type and form, and never anybody's real data.

Names are invented words; numbers keep their format and fail every checksum; mail, phones and addresses
lie in ranges that are reserved or do not exist (RFC 2606, RFC 1112 class E, RFC 3849).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from governance.pii import names

Stream = Callable[[str, int], bytes]
_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"
_STRIDE = 10**15 + 10**9 + 37
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def person(name: str, stream: Stream, kept: frozenset[str]) -> str:
    """An invented name, word for word: capitals, initials, hyphens and particles stay as they are."""

    def replaced(match: re.Match[str]) -> str:
        word = match.group()
        folded = word.casefold()
        if (word.islower() and folded in names.PARTICLES) or folded in kept:
            return word
        initial = _initial(folded[0], stream)
        invented = initial if len(word) == 1 else initial + _rest(initial, stream("w" + folded, 8))
        return invented.upper() if word.isupper() else invented if word.islower() else invented.title()

    return _NAME_WORD.sub(replaced, name)


def _initial(letter: str, stream: Stream) -> str:
    """One letter for one letter, so that `J. Roe` still begins as `Jane Roe` does."""
    order = sorted(_LETTERS, key=lambda c: stream("i" + c, 8))
    return order[_LETTERS.index(letter)] if letter in _LETTERS else order[stream("i" + letter, 1)[0] % 26]


def _rest(initial: str, data: bytes) -> str:
    """Ten letters that can be spoken, about 31 bits; with the initial, words of one text do not meet."""
    number = int.from_bytes(data, "big")
    letters = []
    for index in range(10):
        alphabet = _VOWELS if (index % 2 == 0) != (initial in _VOWELS) else _CONSONANTS
        number, digit = divmod(number, len(alphabet))
        letters.append(alphabet[digit])
    return "".join(letters)


def word(data: bytes) -> str:
    initial = _CONSONANTS[data[0] % len(_CONSONANTS)]
    return initial + _rest(initial, data[1:9])


def of_type(kind: str, text: str, data: bytes) -> str:
    """A surrogate of `kind` in the form of `text`; `data` are 64 bytes that depend on key and subject."""
    if kind in _INVENTED:
        return _INVENTED[kind](text, data)
    if any(c.isdigit() for c in text):
        return _number(kind, text, data)
    return f"[{kind}_{data[:6].hex()}]"


def _email(text: str, data: bytes) -> str:
    return f"{word(data)}.{word(data[9:])}@example.org"


def _url(text: str, data: bytes) -> str:
    return f"https://example.org/{word(data)}{word(data[9:])}"


def _username(text: str, data: bytes) -> str:
    return ("@" if text.startswith("@") else "") + word(data) + word(data[9:])[:5]


def _address(text: str, data: bytes) -> str:
    house = int.from_bytes(data[:2], "big") % 899 + 100
    return f"{house} {word(data[2:]).title()} Street, {word(data[12:]).title()}"


def _mac(text: str, data: bytes) -> str:
    """Locally administered, so no maker's."""
    return (":" if ":" in text else "-").join(["02", *(f"{b:02x}" for b in data[:5])])


def _ip(text: str, data: bytes) -> str:
    if ":" in text:
        return "2001:db8:" + ":".join(data[i : i + 2].hex() for i in range(0, 12, 2))
    return f"{240 + data[0] % 14}.{data[1]}.{data[2]}.{data[3]}"


def _number(kind: str, text: str, data: bytes) -> str:
    """Digit for digit and letter for letter, changed further until no checksum accepts it."""
    from governance.pii.identifiers import is_identifier

    number = int.from_bytes(data, "big")
    for attempt in range(1000):
        made = _formatted(kind, text, number + attempt * _STRIDE)
        if made != text and not is_identifier(made):
            return made
    return f"[{kind}_{data[:6].hex()}]"


def _formatted(kind: str, text: str, number: int) -> str:
    letters = []
    for c in text:
        if c.isdigit():
            number, digit = divmod(number, 10)
            letters.append(str(digit))
        elif c.isascii() and c.isalpha() and kind != "PHONE_NUMBER":
            number, index = divmod(number, 26)
            letter = _LETTERS[index]
            letters.append(letter.upper() if c.isupper() else letter)
        else:
            letters.append(c)
    made = "".join(letters)
    return _reserved(kind, text, made)


def _reserved(kind: str, text: str, made: str) -> str:
    """No bank gives IBAN check digits 00; no phone begins with +999 or, in its plan, 555."""
    if kind == "IBAN_CODE":
        return text[:2] + re.sub(r"\d", "0", made[2:5], count=2) + made[5:]
    if kind == "PHONE_NUMBER":
        prefix = iter("999" if text.lstrip().startswith(("+", "00")) else "555")
        start = 2 if text.lstrip().startswith("00") else 0
        head = re.sub(r"\d", lambda m: next(prefix, m.group()), made[start:], count=3)
        return text[:start] + head
    return made


def _date(text: str, data: bytes) -> str:
    """A day between 1920 and 2009 written as `text` is."""
    day = date(1920, 1, 1) + timedelta(days=int.from_bytes(data[:4], "big") % 32_800)
    year_first = re.fullmatch(r"\d{4}([-/.])\d{1,2}[-/.]\d{1,2}", text)
    if year_first:
        return day.strftime(f"%Y{year_first[1]}%m{year_first[1]}%d")
    numeric = re.fullmatch(r"\d{1,2}([-/.])\d{1,2}[-/.](\d{2,4})", text)
    if numeric:
        first = min(day.day, 12)
        year = f"{day.year}" if len(numeric[2]) == 4 else f"{day.year % 100:02d}"
        return numeric[1].join((f"{first:02d}", f"{day.month:02d}", year))
    month = _MONTHS[day.month - 1]
    return f"{day.day} {month} {day.year}" if text[:1].isdigit() else f"{month} {day.day}, {day.year}"


_INVENTED: dict[str, Callable[[str, bytes], str]] = {
    "EMAIL_ADDRESS": _email, "URL": _url, "URL_USER": _url, "USERNAME": _username, "STREET_ADDRESS": _address,
    "IP_ADDRESS": _ip, "MAC_ADDRESS": _mac, "DATE_OF_BIRTH": _date, "DATE_TIME": _date,
}  # fmt: skip
