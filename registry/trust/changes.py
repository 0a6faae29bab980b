"""What the next version of the trust root says: somebody added or struck off, a key withdrawn, root keys rotated.

Pure: a trust root in, the next one out. Who has to sign it and when it comes into force is decided
in `registry/trust/signing.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from registry.errors import ConfigError, NotFound
from registry.trust.principals import Principal, Thresholds, Trust
from registry.trust.public_keys import public_key

_SEE = "see who is in it: muniment trust show"
_NEXT = {
    "fewer root keys than the root threshold": "add one in the same step: muniment trust rotate --add NAME.pub",
    "a key that was withdrawn does not come back": "make another: muniment keys new NAME",
}


def first(roots: Sequence[str], expires: datetime, thresholds: dict[str, int]) -> Trust:
    """Version 1, with nobody in it. `roots` are public keys in PEM. Raises ConfigError."""
    return _made({"version": 1, "expires": expires, "roots": tuple(roots), "thresholds": thresholds}, "the trust root")


def with_person(trust: Trust, person: Principal) -> Trust:
    """Somebody new, or more roles and keys for somebody who is in it; unchanged where all of it is there.

    Raises ConfigError where the key has another owner, the name is too like another's, or the key was withdrawn.
    """
    known = trust.principal(person.name)
    if known:
        roles = dict.fromkeys((*known.roles, *person.roles))
        keys = dict.fromkeys((*known.keys, *person.keys))
        person = Principal(name=person.name, roles=tuple(roles), keys=tuple(keys))
    if person == known:
        return trust
    others = tuple(p for p in trust.principals if p.name != person.name)
    return _next(trust, {"principals": (*others, person)}, f"{person.name} cannot be added")


def without_person(trust: Trust, name: str) -> Trust:
    """Struck off, with every key withdrawn: what that person signed counts no longer. Raises NotFound."""
    gone = _person(trust, name)
    others = tuple(p for p in trust.principals if p.name != name)
    changed = {"principals": others, "withdrawn": (*trust.withdrawn, *gone.key_ids)}
    return _next(trust, changed, f"{name} cannot be struck off")


def without_key(trust: Trust, name: str, key_id: str) -> Trust:
    """One of a person's keys withdrawn, say because it was lost. `key_id` may be cut to 8 digits or more.

    Raises NotFound, ConfigError where it is that person's only one.
    """
    person = _person(trust, name)
    whole = _whole(person.key_ids, key_id, f"{name} has no key")
    left = tuple(pem for pem in person.keys if public_key(pem).keyid != whole)
    if not left:
        raise ConfigError(f"{name} has no other key", "add a new one first, or strike the person off")
    kept = tuple(p.model_copy(update={"keys": left}) if p.name == name else p for p in trust.principals)
    return _next(trust, {"principals": kept, "withdrawn": (*trust.withdrawn, whole)}, "the key cannot be withdrawn")


def with_roots(trust: Trust, add: Sequence[str], drop: Sequence[str], thresholds: dict[str, int]) -> Trust:
    """Other root keys (`add` in PEM, `drop` by id) and thresholds. Raises NotFound, ConfigError."""
    ids = tuple(key.keyid for key in trust.root_keys)
    gone = tuple(_whole(ids, one, "there is no root key") for one in drop)
    left = tuple(pem for pem in trust.roots if public_key(pem).keyid not in gone)
    changed = {
        "roots": tuple(dict.fromkeys((*left, *add))),
        "thresholds": trust.thresholds.model_dump() | thresholds,
        "withdrawn": (*trust.withdrawn, *gone),
    }
    return _next(trust, changed, "the root keys cannot be changed so")


def renewed(trust: Trust, expires: datetime) -> Trust:
    """The same for longer. Raises ConfigError where it would end earlier."""
    if expires <= trust.expires:
        raise ConfigError(f"the trust root is already in force until {trust.expires:%Y-%m-%d}", "give more --days")
    return _next(trust, {"expires": expires}, "the trust root cannot be renewed so")


def with_misdated(trust: Trust, event: str) -> Trust:
    """No clock is held against the audit event with the digest `event`, nor against those before it."""
    return _next(trust, {"misdated": event}, "the event cannot be named so")


def _next(trust: Trust, changed: Mapping[str, object], refusal: str) -> Trust:
    same = {name: getattr(trust, name) for name in Trust.model_fields}
    made = _made({**same, **changed, "version": trust.version + 1}, refusal)
    return trust if made == trust.model_copy(update={"version": made.version}) else made


def _made(fields: Mapping[str, object], refusal: str) -> Trust:
    try:
        return Trust.model_validate(fields)
    except ValidationError as error:
        wrong = error.errors()[0]
        said, where = str(wrong["msg"]).removeprefix("Value error, "), wrong["loc"]
        if "thresholds" in where:
            about = "there is no such threshold" if wrong["type"] == "extra_forbidden" else said
            known = f"thresholds are {', '.join(Thresholds.model_fields)}"
            raise ConfigError(f"{refusal}: {where[-1]}: {about}", known) from error
        raise ConfigError(f"{refusal}: {said}", _NEXT.get(said, "one key, one person, one name")) from error


def _person(trust: Trust, name: str) -> Principal:
    person = trust.principal(name)
    if person is None:
        raise NotFound(f"{name} is not in the trust root", _SEE)
    return person


def _whole(ids: Sequence[str], part: str, refusal: str) -> str:
    fitting = [one for one in ids if len(part) >= 8 and one.startswith(part)]
    if len(fitting) != 1:
        raise NotFound(f"{refusal} {part}", _SEE)
    return fitting[0]
