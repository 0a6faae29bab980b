"""After an erasure the officer still learns whom other pseudonyms stand for, and of the erased nothing any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from flows.erasure.erasing import carry_out
from governance.pii.reveal import Question, reveal
from governance.pii.standins.pseudonyms import all_keys, load_or_create_key, pseudonym
from governance.policy import policy_of
from registry.database.store import Registry
from registry.errors import NotFound
from registry.trust.keys import load_key
from registry.trust.root import load_trust
from registry.trust.signatory import Signatory
from tests.erasable import NAME, REFERENCE
from tests.walked import Place

REASON = "Asked for in writing"


@dataclass(frozen=True)
class Office:
    place: Place

    def by(self) -> Signatory:
        now = datetime.now(UTC)
        return Signatory(load_key("paul", self.place.keys), load_trust(self.place.workspace.trust, now), now)

    def told(self, kind: str, value: str) -> set[str]:
        """Whom the stand-in of `value` stands for."""
        workspace, keys = self.place.workspace, all_keys(self.place.keys)
        asked = pseudonym(kind, value, load_or_create_key(self.place.keys))
        opening = partial(Registry.open, workspace.registry, "paul")
        question, policy = Question(asked, REASON), policy_of(workspace).pii
        return {one.value for one in reveal(opening, workspace.artifacts, question, policy, keys, self.by)}

    def erase(self, name: str) -> None:
        carry_out(self.place.workspace, name, REASON, self.by)


@pytest.fixture
def office(erasable_once: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    place = erasable_once.copy(tmp_path)
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    return Office(place)


def test_another_document_that_was_erased_hides_nobody(office: Office) -> None:
    office.erase("travel.md")
    office.erase("letter.md")

    assert office.told("EMPLOYEE_ID", REFERENCE) == {REFERENCE}
    assert office.told("PERSON", NAME) == {NAME}, "a row of another file names her as well"


def test_of_the_erased_nobody_learns_anything(office: Office) -> None:
    assert office.told("PERSON", NAME) == {NAME}
    office.erase(NAME)

    with pytest.raises(NotFound, match="stands for nothing"):
        office.told("PERSON", NAME)

    with Registry.open(office.place.workspace.registry, "tests") as registry:
        last = [event for event in registry.events() if event.action == "reveal"][-1]
    assert last.outcome == "refused"
