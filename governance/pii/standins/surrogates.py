"""What stands in place of personal data: of the same type and form, never two for one, never anybody's account.

Names become names, numbers keep their layout and fail every checksum, and mail, phones and network addresses lie in
ranges that are reserved for examples. See docs/adr/0015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from governance.pii.patterns import dates
from governance.pii.standins import devices, wording
from governance.pii.standins.cipher import Cipher
from governance.pii.standins.numbers import bic, number

WORDED = frozenset(("ORGANIZATION", "LOCATION", "NRP", "DENIED", "USERNAME"))
DATED = frozenset(("DATE_OF_BIRTH", "DATE_TIME"))


@dataclass(frozen=True)
class Manner:
    """What a stand-in depends on besides key and text: whose phone numbers, and how far dates move in this document."""

    regions: tuple[str, ...] = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "AE")
    days: int = 0
    month_first: bool = False


def surrogate(kind: str, text: str, cipher: Cipher, manner: Manner) -> str | None:
    """The stand-in of `text`, of type `kind`, as it is seen; None where there is none of that form."""
    made = _made(kind, text, cipher, manner)
    return wording.worded(text, cipher) if made == text and kind not in DATED else made


def _made(kind: str, text: str, cipher: Cipher, manner: Manner) -> str | None:
    if kind in DATED:
        printed = dates.as_printed(text) if kind == "DATE_OF_BIRTH" else text
        made = dates.shifted(printed, manner.days, manner.month_first)
        if made == printed:
            return None if kind == "DATE_OF_BIRTH" else made
        return made if dates.moved_whole(printed, manner.days, manner.month_first) else None
    if kind == "PHONE_NUMBER":
        return devices.phone(text, cipher, manner.regions)
    make = _BY_TYPE.get(kind, number if any(map(str.isdigit, text)) else _words)
    return make(kind, text, cipher)


def _words(kind: str, text: str, cipher: Cipher) -> str:
    return wording.worded(text, cipher, wording.LEGAL_FORMS if kind in WORDED else frozenset())


def _digits(kind: str, text: str, cipher: Cipher) -> str:
    return wording.numbered(text, wording.folded(text), cipher)


def _nothing(kind: str, text: str, cipher: Cipher) -> None:
    """Nothing can stand for a key or a password."""


def _plain(make: Callable[[str, Cipher], str | None]) -> Callable[[str, str, Cipher], str | None]:
    return lambda kind, text, cipher: make(text, cipher)


_BY_TYPE: dict[str, Callable[[str, str, Cipher], str | None]] = {
    "PERSON": _plain(wording.person), "EMAIL_ADDRESS": _plain(wording.email), "URL": _plain(wording.link),
    "URL_USER": _plain(wording.link), "STREET_ADDRESS": _plain(wording.address), "IP_ADDRESS": _plain(devices.ip),
    "MAC_ADDRESS": _plain(devices.mac), "AGE": _digits, "AMOUNT": _digits, "SECRET": _nothing, "BIC": bic,
    **dict.fromkeys(WORDED, _words),
}  # fmt: skip
