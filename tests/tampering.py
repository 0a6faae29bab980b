"""What somebody with the file and no key can do to a chain of events: each way as a function of bodies and a place."""

from __future__ import annotations

import json
from collections.abc import Callable

from registry import digests

Bodies = list[bytes]
Attack = Callable[[Bodies, int], Bodies]


def edit(bodies: Bodies, at: int) -> Bodies:
    """Another actor."""
    return [*bodies[:at], altered(bodies[at], actor="mallory"), *bodies[at + 1 :]]


def pardon(bodies: Bodies, at: int) -> Bodies:
    """What was done was refused, and the other way round."""
    outcome = "done" if b'"outcome":"refused"' in bodies[at] else "refused"
    return [*bodies[:at], altered(bodies[at], outcome=outcome), *bodies[at + 1 :]]


def respell(bodies: Bodies, at: int) -> Bodies:
    """The same JSON, spelled with a blank."""
    return [*bodies[:at], bodies[at].replace(b'":', b'": ', 1), *bodies[at + 1 :]]


def say_twice(bodies: Bodies, at: int) -> Bodies:
    """A key given twice, of which readers take one or the other."""
    return [*bodies[:at], b'{"actor":"mallory",' + bodies[at][1:], *bodies[at + 1 :]]


def garble(bodies: Bodies, at: int) -> Bodies:
    return [*bodies[:at], b"{}", *bodies[at + 1 :]]


def delete(bodies: Bodies, at: int) -> Bodies:
    return [*bodies[:at], *bodies[at + 1 :]]


def insert(bodies: Bodies, at: int) -> Bodies:
    """A forged event that follows the one before it."""
    forged = altered(bodies[at], actor="mallory", action="approve", detail="forged")
    return [*bodies[:at], forged, *bodies[at:]]


def double(bodies: Bodies, at: int) -> Bodies:
    return [*bodies[: at + 1], *bodies[at:]]


def swap(bodies: Bodies, at: int) -> Bodies:
    """With the one after it; the last with the one before."""
    first = min(at, len(bodies) - 2)
    return [*bodies[:first], bodies[first + 1], bodies[first], *bodies[first + 2 :]]


def move_to_the_front(bodies: Bodies, at: int) -> Bodies:
    """The first, to the end."""
    return [bodies[at], *bodies[:at], *bodies[at + 1 :]] if at else [*bodies[1:], bodies[0]]


def rewrite(bodies: Bodies, at: int) -> Bodies:
    """An edit, and every later event linked anew: a chain without a fault in itself."""
    return relinked(edit(bodies, at), at)


def take_out(bodies: Bodies, at: int) -> Bodies:
    """A deletion, and every later event numbered and linked anew."""
    return relinked(delete(bodies, at), at)


def slip_in(bodies: Bodies, at: int) -> Bodies:
    """An insertion, and every later event numbered and linked anew."""
    return relinked(insert(bodies, at), at)


def cut(bodies: Bodies, at: int) -> Bodies:
    return bodies[:at]


ATTACKS: tuple[Attack, ...] = (
    edit, pardon, respell, say_twice, garble, delete, insert, double, swap, move_to_the_front,
    rewrite, take_out, slip_in, cut,
)  # fmt: skip


def altered(body: bytes, **changes: object) -> bytes:
    return digests.canonical({**json.loads(body), **changes})


def relinked(bodies: Bodies, start: int) -> Bodies:
    found = bodies[:start]
    for number, body in enumerate(bodies[start:], start=start):
        previous = digest_of(found[-1]) if found else digests.EMPTY
        found.append(altered(body, sequence=number, previous=previous))
    return found


def digest_of(body: bytes) -> str:
    return digests.of_record("audit-event", body)
