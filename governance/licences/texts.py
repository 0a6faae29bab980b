"""Which licences a text holds, word for word or nearly so, and what else stands in it.

One file may hold several, each is looked for in what the others leave. What no licence covers must
hold no condition of its own, or the whole is none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from governance.licences.conditions import asides_in, conditions_in
from governance.licences.index import Index, Reference, likely
from governance.licences.matching import Match, match
from governance.licences.objections import objections, sentences_with_conditions
from governance.licences.words import words_of

MOST = 4
"""Licences looked for in one file."""
LEAST_WORDS = 25
LEAST_AGREEMENT = 0.7
ALTERED = 0.89
"""The most that a text is called sure of in which a word is put in, left out or stands beside the licence."""
_WHOLE = 0.97
_TIE = 2.0
_PLAIN_ENOUGH = 150
_PAGE = 60
_SHORTEST = 12


@dataclass(frozen=True)
class Found:
    """One licence in a text. `confidence` is between 0 and 1; `rivals` are others that fit as well."""

    reference: Reference
    confidence: float
    words: int
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a text holds. `near` is a licence it resembles without being it, with the reasons; `rest` what else it says.

    `share` is the part of the text's words that the licences cover.
    """

    found: tuple[Found, ...]
    near: tuple[Reference, tuple[str, ...]] | None
    rest: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class _Candidate:
    """The likeliest reference; `found` is None where something stands `against` it."""

    match: Match
    against: tuple[str, ...]
    found: Found | None


def read_text(text: str, index: Index, without: frozenset[str] = frozenset()) -> Reading:
    """The licences of `text`. References whose key is in `without` are not known, for measuring."""
    words = words_of(text)
    found: list[Found] = []
    near: tuple[Reference, tuple[str, ...]] | None = None
    left = list(words)
    for _ in range(MOST):
        best = _best(left, index, without)
        if best is None:
            break
        if best.found is not None:
            found.append(best.found)
        elif not _is_policy_of(best.match.reference, found):
            near = best.match.reference, best.against
            break
        start, end = best.match.extent
        left = [*left[:start], *left[end:]]
    share = 1 - len(left) / max(1, len(words))
    rest = [*conditions_in(left), *asides_in(left)] if share >= 0.5 else sentences_with_conditions(text)
    return Reading(tuple(found), near, tuple(rest), share)


def _best(words: Sequence[str], index: Index, without: frozenset[str]) -> _Candidate | None:
    numbers = index.numbered(words)
    matches = [
        found
        for reference in likely(index, numbers)
        if reference.key not in without
        and (found := match(numbers, reference, index.text(reference))) is not None
        and _enough(found, len(words))
    ]
    matches.sort(key=lambda found: (-found.score, found.reference.id.startswith("LicenseRef"), found.reference.key))
    against = {found.reference.key: tuple(objections(found, words, numbers, index)) for found in matches}
    fit = _ordered([found for found in matches if not against[found.reference.key]])
    if fit:
        return _Candidate(fit[0], (), _found(fit))
    return _Candidate(matches[0], against[matches[0].reference.key], None) if matches else None


def _is_policy_of(reference: Reference, found: Sequence[Found]) -> bool:
    """A use policy, in whatever version, beside the licence that it belongs to adds nothing to its terms."""
    return reference.is_policy and any(one.reference.family == reference.family for one in found)


def _enough(found: Match, words: int) -> bool:
    """Most of a licence, or its beginning where that is most of the text: a first page, not a common disclaimer."""
    if found.agreement < LEAST_AGREEMENT or found.matched < (_SHORTEST if found.complete >= 0.9 else LEAST_WORDS):
        return False
    first_page = found.cut[0] <= 0.05 * found.reference.length and found.extent[1] - found.extent[0] >= 0.5 * words
    return found.complete >= 0.6 or (first_page and found.matched >= _PAGE)


def _ordered(fit: Sequence[Match]) -> list[Match]:
    """A licence that is whole before a longer one that begins with it and of which the text has little more."""
    most = max((found.matched for found in fit), default=0)
    whole = [found for found in fit if found.complete >= _WHOLE and found.matched >= 0.9 * most]
    listed = [found for found in whole if not found.reference.id.startswith("LicenseRef-")]
    return [*dict.fromkeys((*listed, *whole, *fit))]


def _found(fit: Sequence[Match]) -> Found:
    best = fit[0]
    rivals = () if best.complete >= _WHOLE else tuple(
        other.reference.id
        for other in fit[1:]
        if other.reference.id != best.reference.id and other.score >= best.score - _TIE
    )
    confidence = best.agreement * (0.85 + 0.15 * best.complete)
    if best.added or best.left_out or best.cut[0]:
        confidence = min(confidence, ALTERED)
    if rivals:
        confidence = min(confidence, 0.8 if best.matched >= _PLAIN_ENOUGH else 0.5)
    return Found(best.reference, round(confidence, 3), best.matched, rivals)
