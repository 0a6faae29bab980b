"""Who signs: a key, the trust root that says whose it is, and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from registry.errors import Refused, UnknownSigner
from registry.trust.keys import Key
from registry.trust.principals import Principal, Role, Trust


@dataclass(frozen=True)
class Signatory:
    """Who signs, by whose trust root, at what time."""

    key: Key
    trust: Trust
    now: datetime

    def person(self, roles: frozenset[Role]) -> Principal:
        """The owner of the key. Raises UnknownSigner unless that person has one of the roles."""
        owner = self.trust.owner(self.key.id)
        if self.key.id in self.trust.withdrawn:
            sentence = f"key {self.key.id[:12]} was withdrawn from the trust root"
            raise UnknownSigner(sentence, "make another: muniment keys new NAME; then: muniment trust add")
        if owner is None:
            raise UnknownSigner(f"key {self.key.id[:12]} belongs to nobody in the trust root", "muniment trust add")
        if not roles & set(owner.roles):
            raise Refused(
                f"{owner.name} is {', '.join(owner.roles) or 'nothing'}; this takes {' or '.join(sorted(roles))}",
                "ask somebody who has that role",
            )
        return owner
