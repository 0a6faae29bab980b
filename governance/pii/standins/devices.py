"""Stand-ins for phones and network addresses, which belong to nobody.

Addresses lie in ranges that are reserved for examples. The ranges of phone numbers that are reserved for fiction hold
a few thousand, so phones get numbers that their country's plan does not have: two numbers stay two.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from governance.pii.patterns.dialling import NOBODYS, Dialled, Regions, dialled
from governance.pii.standins.cipher import Cipher
from governance.pii.standins.wording import numbered

HEAD = 3
LONGEST = 20
"""Digits; a number has 15 at most (ITU-T E.164), so that more are no phone's, whatever they were taken for."""
_MULTICAST, _LOCAL = 1, 2
_V4, _V6 = int(ipaddress.IPv6Address("2001:db8::")), int(ipaddress.IPv6Address("2001:db8:8000::"))
_V6_BITS = 95


def phone(text: str, cipher: Cipher, regions: Regions) -> str:
    """Laid out as `text` is, in the same country, and outside of its numbering plan.

    Where a plan leaves too little room, an extension of one or two digits tells the numbers apart that share a place.
    """
    main, mark, extension = _split(text)
    number = dialled(main, regions)
    planned = HEAD < len(number.national) <= LONGEST
    made, more = _outside(number, cipher) if planned else (_short(number.national, cipher), 0)
    signs, stay = iter(made), sum(map(str.isdigit, main)) - len(made)
    places = iter(range(len(main)))
    written = "".join((c if next(places) < stay else next(signs)) if c.isdigit() else c for c in main)
    apart = f" x{more}" if more else ""
    return written + apart + mark + numbered(extension, f"extension {number.national}", cipher)


def _outside(number: Dialled, cipher: Cipher) -> tuple[str, int]:
    """National digits that the plan lacks, and a number for those that share a place with others.

    All but the first digits are enciphered. Of the thousand numbers that differ in these alone, those that are in the
    plan get the ones beside their cipher that are not, mobile phones first.
    """
    head, tail = number.national[:HEAD], number.national[HEAD:]
    group = f"phone {number.country} {len(number.national)}"
    made = f"{cipher.derange(int(tail), 10 ** len(tail), group):0{len(tail)}d}"
    heads = _heads(group, cipher)
    order = sorted(heads, key=lambda one: number.rank(one + tail))
    free = [one for one in heads if number.rank(one + made) == NOBODYS and _written_so(one, number)]
    more, place = divmod(order.index(head), len(free))
    return free[place] + made, more


def _written_so(head: str, number: Dialled) -> bool:
    """With a zero in front where there was one, and without the digit that is dialled before a number at home."""
    return (head[0] == "0") == (number.national[0] == "0") and head[0] not in number.trunk


@lru_cache(maxsize=256)
def _heads(group: str, cipher: Cipher) -> tuple[str, ...]:
    """All first digits, in an order that the key gives them."""
    heads = (f"{n:0{HEAD}d}" for n in range(10**HEAD))
    return tuple(sorted(heads, key=lambda head: cipher.stream(f"{group} {head}", 16)))


def _short(digits: str, cipher: Cipher) -> str:
    return numbered(digits, "phone", cipher)


def _split(text: str) -> tuple[str, str, str]:
    """The number, the sign of its extension and its extension."""
    match = re.search(r"(\s?(?:x|ext\.?|extension)\s?)(\d{1,6})$", text, re.IGNORECASE)
    return (text[: match.start()], match[1], match[2]) if match else (text, "", "")


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
