"""Stand-ins for phones and network addresses, out of ranges that are reserved for examples and belong to nobody.

The reserved ranges are small, so what does not fit into one follows as an extension: two numbers stay two.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from governance.pii.cipher import Cipher
from governance.pii.wording import numbered

Regions = tuple[str, ...]
_MULTICAST, _LOCAL = 1, 2
_V4, _V6 = int(ipaddress.IPv6Address("2001:db8::")), int(ipaddress.IPv6Address("2001:db8:8000::"))
_V6_BITS = 95


@dataclass(frozen=True)
class Range:
    """National numbers reserved for fiction: one of `heads`, then any `free` digits; `trunk` goes before at home."""

    heads: tuple[str, ...]
    free: int
    trunk: str = "0"


_FICTION = {
    1: Range(tuple(f"{area}-555-01" for area in range(200, 1000) if area % 100 != 11), 2, ""),
    33: Range(("1 99 00 ", "2 61 91 ", "3 53 01 ", "4 65 71 ", "5 36 49 ", "6 39 98 "), 4),
    44: Range(("1632 960",), 3),
    49: Range(("30 23125", "69 90009", "40 66969", "221 4710", "89 99998"), 3),
    61: Range(("2 5550 ", "2 7010 ", "3 5550 ", "3 7010 ", "7 5550 ", "7 7010 ", "8 5550 ", "8 7010 "), 4),
    353: Range(("20 91",), 5),
}
"""NANPA 555-01xx; Arcep 2018-0881; Ofcom's numbers for drama; Bundesnetzagentur Mitteilung 148/2021; ACMA; ComReg."""


def phone(text: str, cipher: Cipher, regions: Regions) -> str:
    """A number reserved for fiction in the country of `text` if it has any, else one under +999, no country's."""
    main, mark, extension = _split(text)
    country, national = _parsed(main, regions)
    range_ = _FICTION.get(country)
    made = _unassigned(main, cipher) if range_ is None else _fictional(main, (country, national), range_, cipher)
    return made + mark + numbered(extension, f"extension {national}", cipher)


def _fictional(text: str, number: tuple[int, str], range_: Range, cipher: Cipher) -> str:
    country, national = number
    place = cipher.permute(int(national), 10 ** len(national), f"phone {country} {len(national)}")
    width = 10**range_.free
    rest, place = divmod(place, len(range_.heads) * width)
    head, free = divmod(place, width)
    size = -(-(10 ** len(national)) // (len(range_.heads) * width))
    local = f"{range_.heads[head]}{free:0{range_.free}d}"
    abroad = text.lstrip("( ").startswith(("+", "00"))
    written = _laid_out(text, f"+{country} {local}" if abroad else f"{range_.trunk}{local}")
    return f"{written} x{rest:0{len(str(size - 1))}d}"


def _laid_out(text: str, made: str) -> str:
    """American numbers are laid out as `text` is, others as is their custom."""
    digits = [c for c in made if c.isdigit()]
    if "-555-01" not in made or sum(c.isdigit() for c in text) != len(digits):
        return made
    signs: Iterator[str] = iter(digits)
    return "".join(next(signs) if c.isdigit() else c for c in text)


def _unassigned(text: str, cipher: Cipher) -> str:
    body = re.sub(r"^[( ]*(?:\+|00)", "", text).replace("(", "").replace(")", "")
    digits = "".join(c for c in body if c.isdigit())
    made = iter(numbered(digits, "phone", cipher))
    return "+999 " + "".join(next(made) if c.isdigit() else c for c in body).strip()


def _split(text: str) -> tuple[str, str, str]:
    """The number, the sign of its extension and its extension."""
    match = re.search(r"(\s?(?:x|ext\.?|extension)\s?)(\d{1,6})$", text, re.IGNORECASE)
    return (text[: match.start()], match[1], match[2]) if match else (text, "", "")


def _parsed(text: str, regions: Regions) -> tuple[int, str]:
    """Country code and national number; 0 and all digits where no numbering plan has it."""
    import phonenumbers

    for region in (None,) if text.lstrip("( ").startswith("+") else (*regions, None):
        try:
            parsed = phonenumbers.parse(re.sub(r"^\s*00", "+", text) if region is None else text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return parsed.country_code or 0, phonenumbers.national_significant_number(parsed)
    return 0, "".join(c for c in text if c.isdigit())


def ip(text: str, cipher: Cipher) -> str | None:
    """An IPv6 address for documentation (RFC 3849), also for IPv4, whose own such ranges hold 768 addresses alone.

    One of IPv4 is enciphered; one of IPv6 does not fit into the range and is digested to 95 bits.
    """
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if address.version == 4:
        return str(ipaddress.IPv6Address(_V4 + cipher.permute(int(address), 1 << 32, "ipv4")))
    return str(ipaddress.IPv6Address(_V6 + cipher.draw(f"ipv6 {int(address)}", 1 << _V6_BITS)))


def mac(text: str, cipher: Cipher) -> str | None:
    """A locally administered address, so no maker's; of one that is local itself, a group's, so no device's."""
    digits = "".join(c for c in text if c.isalnum())
    if not re.fullmatch(r"[0-9a-fA-F]{12}", digits) or int(digits[1], 16) & _MULTICAST:
        return None
    value = int(digits, 16)
    local = value >> 40 & _LOCAL
    packed = (value >> 42 << 40) + (value & (1 << 40) - 1)
    made = cipher.derange(packed, 1 << 46, f"mac {local}")
    octet = (made >> 40 << 2) | _LOCAL | (_MULTICAST if local else 0)
    signs = iter(f"{octet:02x}{made & (1 << 40) - 1:010x}")
    return "".join(next(signs) if c.isalnum() else c for c in text)
