"""How personal data is replaced in one document: by stand-ins or by typed placeholders, as policy says for each type.

A document decides two things that a single mention can't: by how many days its dates move, and, for placeholders,
whom a surname or an initial alone means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from governance.pii.patterns.dates import month_comes_first
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey, placeholder, pseudonym, subject
from governance.pii.standins.surrogates import DATED, Manner
from governance.pii.text.spans import Span, apply


@dataclass(frozen=True)
class Replacement:
    """`full_names` leads from a shorter mention of somebody to the longest one in the document."""

    policy: PiiPolicy
    key: PseudonymKey
    manner: Manner
    full_names: dict[str, str]

    def text(self, text: str, spans: Iterable[Span]) -> str:
        """`text` with what policy replaces replaced; `spans` are disjoint and in order."""
        return apply(text, [s for s in spans if s.type in self.policy.replace], lambda s, found: self.of(s.type, found))

    def of(self, kind: str, found: str) -> str:
        """What stands in place of `found`, a piece of personal data of type `kind`."""
        if self.policy.replacement_of(kind) == "surrogate":
            return pseudonym(kind, found, self.key, self.manner)
        named = self.full_names.get(subject(kind, found)) if kind == "PERSON" else None
        return placeholder(kind, named or found, self.key)


def replacement(
    document: str, texts: Sequence[str], found: Sequence[Sequence[Span]], policy: PiiPolicy, key: PseudonymKey
) -> Replacement:
    """How to replace in `texts`, which belong to one document; `document` names it, as its digest does."""
    read = zip(texts, found, strict=True)
    mentions = [(span.type, text[span.start : span.end]) for text, spans in read for span in spans]
    first = month_comes_first((said for kind, said in mentions if kind in DATED), policy.month_first)
    manner = Manner(policy.phone_regions, _days(document, policy, key), first)
    placed = policy.replacement_of("PERSON") == "placeholder"
    names = {subject(kind, said) for kind, said in mentions if kind == "PERSON"} if placed else set()
    return Replacement(policy, key, manner, dict(_fuller(names)))


def _days(document: str, policy: PiiPolicy, key: PseudonymKey) -> int:
    """By how much the dates of a document move, either way: at most what policy allows, at least a quarter of it."""
    most = policy.date_shift_days
    least = -(-most // 4)
    days = least + key.cipher.draw(f"days {document}", most - least + 1)
    return days if key.cipher.draw(f"way {document}", 2) else -days


def _fuller(names: set[str]) -> Iterable[tuple[str, str]]:
    """Each name that is part of exactly one longest name of the document, with that one."""
    longest = [name for name in names if not any(_part_of(name, other) for other in names)]
    for name in names:
        whole = [other for other in longest if _part_of(name, other)]
        if len(whole) == 1:
            yield name, whole[0]


def _part_of(name: str, other: str) -> bool:
    """Whether `name` has fewer or shorter words, each of which is one of `other` or its initial, in their order."""
    words = iter(other.split())
    return name != other and all(any(word == said or word[0] == said for word in words) for said in name.split())
