"""Whoever waits for the registry signs by the trust root of the moment at which it is theirs, not of an hour ago."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.database.store import Registry
from registry.errors import UnknownSigner
from registry.records import Decision
from registry.release.files import heal
from registry.trust.changes import without_person
from registry.trust.keys import load_key
from registry.trust.signing import change
from registry.workspace import Workspace
from tests.registered import Place, approved_today, refusal, said

CAUSE = ("--reason", "it leaks")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Demo is in production; a second adapter waits."""
    made = approved_today(tmp_path, monkeypatch)
    said(made, "promote", "demo", "--key", "olaf")
    with made.registry() as registry:
        other = made.adapter(registry, 2, "other")
        made.approve(registry, other, "rita", "paul")
    return made


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("rob", ("approve", "other", "--key", "rob")), ("rob", ("revoke", "demo", "--key", "rob", *CAUSE)),
        ("olaf", ("reject", "demo", "--key", "olaf", *CAUSE)), ("olaf", ("promote", "other", "--key", "olaf")),
        ("olaf", ("rollback", "--key", "olaf")),
    ],
)  # fmt: skip
def test_who_is_struck_off_meanwhile_signs_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, who: str, words: tuple[str, ...]
) -> None:
    if words[0] == "rollback":
        said(place, "promote", "other", "--key", "olaf")

    def taken(registry: Registry, workspace: Workspace, *more: int) -> list[str]:
        """The registry has been waited for; its holder before has changed the trust root."""
        if place.trust.principal(who):
            change(workspace.trust, without_person(place.trust, who), [load_key("root", place.keys)], place.now)
        return heal(registry, workspace, *more)

    with place.registry() as registry:
        before = len(registry.all(Decision)), registry.newest()
    monkeypatch.setattr("registry.commands.session.heal", taken)

    assert isinstance(refusal(place, *words), UnknownSigner)

    with place.registry() as registry:
        assert (len(registry.all(Decision)), registry.newest()) == before
        assert registry.events()[-1].outcome == "refused"
