"""What people state as a licence becomes an SPDX expression, or is refused; and may it be used for that?

Fails closed: an unknown, empty, non-commercial or unstated licence never passes for want of a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from governance.licences.conditions import conditions_in
from governance.licences.limits import beyond
from governance.licences.settings import LicencePolicy
from governance.licences.terms import USES, Use, catalogue, is_shipped
from governance.licences.words import words_of
from registry.errors import LicenceRefused

if TYPE_CHECKING:
    from license_expression import Licensing

LONGEST_EXPRESSION = 500
_LONGEST_NAME = 6
"""Words of a name that a note may hold."""
_NOTED = re.compile(r"(?P<licence>[A-Za-z0-9][A-Za-z0-9.+-]*)\s+\((?P<note>[^()]*)\)(?P<more>;[^()]*)?")
_NO_FILE = re.compile(r"\bno licen[sc]e\b")
_SHORT = frozenset(("nc", "nd", "sa", "eu", "us", "uk"))
"""What restricts a licence where it stands behind its name: non-commercial, no derivatives, share-alike, places."""
_JOINED = re.compile(r"\s(?:AND|OR|WITH)\s")
_OPERATOR = re.compile(r"(\s+(?:AND|OR|WITH)\s+|\s*[()]\s*)")
_PART = re.compile(r"(?<![\w.+-])(?!(?:AND|OR)\b)[A-Za-z0-9][\w.+-]*(?: WITH [\w.+-]+)?")
_REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_DEFAULT = LicencePolicy()


def normalise(text: str, policy: LicencePolicy = _DEFAULT, place: str = "") -> str:
    """The SPDX expression that `text` states, in canonical spelling.

    Known aliases are mapped; of `ID (a note)` and `ID (a note); another` the identifier is taken, unless a note says
    more of the licence than where it was found. `place` (a file, a row) is named in the error. Raises LicenceRefused
    for anything that SPDX and the policy do not know.
    """
    stated = text.strip()
    expression = _unfolded(stated, policy)
    noted = _NOTED.fullmatch(expression) if len(expression) <= LONGEST_EXPRESSION else None
    if noted:
        licence = _aliased(noted["licence"], policy)
        expression = "" if _restricts(f"{noted['note']} {noted['more'] or ''}", licence, policy) else licence
    canonical = _canonical(expression, policy)
    if canonical is None:
        where = f"{place}: " if place else ""
        raise LicenceRefused(
            f"{where}licence {_shown(stated)} is not an SPDX expression that is known here",
            "state an SPDX identifier such as CC-BY-4.0, or describe it in policy.yaml under licences.terms",
            "unknown licence",
        )
    return canonical


def check(licence: str, use: Use, policy: LicencePolicy = _DEFAULT, place: str = "") -> str:
    """`normalise`, then refuse what the policy does not accept for `use`.

    Of `A OR B` one allowed side is enough; of `A AND B` both must be allowed; `A WITH exception`
    must be allowed by that full name. A limit of what counts must be met. Raises LicenceRefused.
    """
    expression = normalise(licence, policy, place)
    chosen = settled(expression, (use,), policy)
    limits = [f"{one} {limit}" for one in chosen or () for limit in beyond(policy.terms_of(one), policy.circumstances)]
    if chosen is None or limits:
        where, why = f"{place}: " if place else "", f": {'; '.join(limits)}" if limits else ""
        raise LicenceRefused(
            f"{where}licence {expression} does not allow the use {use!r} under this policy{why}",
            f"leave it out, or have the policy's owner look at licences.{'circumstances' if limits else use}",
            f"{use}: {expression}",
        )
    return expression


def settled(expression: str, uses: Sequence[Use], policy: LicencePolicy) -> tuple[str, ...] | None:
    """The licences that count of an expression in canonical spelling: all of `A AND B`, of `A OR B` the first side
    that is accepted for every use. None where nothing is."""
    if _is_described(expression, policy):
        return _accepted(expression, uses, policy)
    return _settled(_licensing(policy).parse(expression), uses, policy)


def both(stated: str, other: str) -> str:
    """Two licences as they were stated, of which both bind."""
    return stated if stated == other else f"({stated}) AND ({other})"


def joined(licences: Sequence[str]) -> str:
    """All of them at once, as one expression."""
    every = sorted({one for licence in licences for one in _sides(licence)})
    return " AND ".join(f"({one})" if len(every) > 1 and " OR " in one else one for one in every)


def _sides(expression: str) -> list[str]:
    """The sides of a flat `A AND B`; anything with a choice in it stays whole."""
    return [expression] if " OR " in expression or "(" in expression else expression.split(" AND ")


def parts(expression: str) -> tuple[str, ...]:
    """The identifiers of an expression in canonical spelling, each once."""
    return tuple(sorted(dict.fromkeys(_PART.findall(expression))))


def require_all(
    licences: Mapping[str, int], use: Use, policy: LicencePolicy = _DEFAULT, first: Mapping[str, str] | None = None
) -> None:
    """Raises LicenceRefused unless there is a licence and every one allows `use`.

    `licences` are counts; `first` says where each is stated first, as a folder may hold thousands of rows.
    """
    if not licences:
        raise LicenceRefused("no licence is recorded at all", "state the licence of the documents in pipeline.yaml")
    for licence, count in sorted(licences.items()):
        at = f", the first of them {first[licence]}" if first else ""
        check(licence, use, policy, place=f"{count} rows or documents{at}")


def unknown_identifiers(policy: LicencePolicy) -> tuple[str, ...]:
    """Names in the policy that are neither SPDX identifiers nor a `LicenseRef-…` that it or the catalogue describes."""
    if policy == _DEFAULT:
        return ()
    named = {*policy.aliases.values(), *policy.terms}.union(*(policy.allowed(use) for use in USES))
    described = {i for i in policy.terms if _REFERENCE.fullmatch(i)}
    # Every command reads the policy: the table of all SPDX symbols is loaded for unusual names alone.
    return tuple(sorted(i for i in named - described - catalogue().keys() if _canonical(i, policy) != i))


def _unfolded(text: str, policy: LicencePolicy) -> str:
    """Known names for what they mean, of the whole or of each side of AND and OR."""
    whole = _aliased(text, policy)
    if whole != text or not _JOINED.search(text):
        return whole
    pieces = _OPERATOR.split(text)
    return "".join(piece if number % 2 else _aliased(piece, policy) for number, piece in enumerate(pieces))


def _restricts(note: str, licence: str, policy: LicencePolicy) -> bool:
    """Whether the note holds a condition, or another licence's name: `MIT (code) AND GPL-3.0-only (data)` is two."""
    words = note.casefold().split()
    lengths = range(1, min(len(words), _LONGEST_NAME) + 1)
    named = {" ".join(words[at : at + n]).strip(",;:.") for n in lengths for at in range(len(words) - n + 1)}
    known = {name: _aliased(name, policy) for name in named}
    others = {_canonical(to, policy) for name, to in known.items() if " " not in name or to != name}
    said = words_of(_NO_FILE.sub(" ", note.casefold()))
    return bool(_SHORT & set(said) or conditions_in(said) or others - {None, _canonical(licence, policy)})


def _aliased(text: str, policy: LicencePolicy) -> str:
    by_lower = {name.casefold(): identifier for name, identifier in policy.aliases.items()}
    if ours := by_lower.get(text.casefold()):
        return ours
    return text if _is_described(text, policy) else _named().get(text.casefold(), text)


@lru_cache(maxsize=1)
def _named() -> dict[str, str]:
    """How people and hubs name the licences of the catalogue, in lower case."""
    known = catalogue().items()
    return {name.casefold(): i for i, terms in known for name in (*terms.hub, *terms.names, terms.name)}


def _canonical(expression: str, policy: LicencePolicy) -> str | None:
    if _is_described(expression, policy):
        return expression
    if not expression or len(expression) > LONGEST_EXPRESSION:
        return None
    try:
        parsed = _licensing(policy).parse(expression, validate=True, strict=True)
    except Exception:  # noqa: BLE001 - malformed text makes the parser raise anything, "() AND MIT" an IndexError
        return None
    return None if parsed is None else str(parsed)


def _is_described(licence: str, policy: LicencePolicy) -> bool:
    """Whether it is one licence in canonical spelling with terms: what is wrong there no table of SPDX has to tell."""
    return is_shipped(licence) or (licence in policy.terms and _REFERENCE.fullmatch(licence) is not None)


def _licensing(policy: LicencePolicy) -> Licensing:
    named = {*policy.terms, *catalogue()}
    return _licensing_with(tuple(sorted(name for name in named if name.startswith("LicenseRef-"))))


@lru_cache(maxsize=8)
def _licensing_with(references: tuple[str, ...]) -> Licensing:
    """Building the table of all SPDX symbols takes as long as a hundred parses."""
    from license_expression import LicenseSymbol, Licensing, get_spdx_licensing

    spdx = get_spdx_licensing().known_symbols
    return Licensing([*spdx.values(), *(LicenseSymbol(key) for key in references if key not in spdx)])


def _settled(node: object, uses: Sequence[Use], policy: LicencePolicy) -> tuple[str, ...] | None:
    from license_expression import AND, OR

    if isinstance(node, OR | AND):
        sides = [_settled(side, uses, policy) for side in node.args]
        if isinstance(node, OR):
            return next((side for side in sides if side is not None), None)
        return None if None in sides else tuple(dict.fromkeys(one for side in sides for one in side or ()))
    return _accepted(str(node), uses, policy)


def _accepted(licence: str, uses: Sequence[Use], policy: LicencePolicy) -> tuple[str, ...] | None:
    return (licence,) if all(licence in policy.allowed(use) for use in uses) else None


def _shown(text: str) -> str:
    """A hostile or long licence field must not flood a terminal or a log."""
    short = text if len(text) <= 60 else text[:60] + "…"
    return repr(short) if text else "(none stated)"
