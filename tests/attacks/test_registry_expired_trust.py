"""While the trust root has run out nothing begins, but whoever may stop an adapter still can."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from registry.audit.verification import verify
from registry.errors import Expired, ReleaseReplayed, Revoked, UnknownSigner
from registry.release.verification import read_refusals, refuse_revoked
from registry.trust.changes import renewed
from registry.trust.keys import load_key, new_key
from registry.trust.root import read_version
from registry.trust.signing import change
from tests.registered import Place, approved_today, refusal, typed

CAUSE = ("--reason", "it leaks")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Demo is in production, and the trust root ran out yesterday."""
    made = approved_today(tmp_path, monkeypatch)
    assert typed(made.workspace, "promote", "demo", "--key", "olaf").exit_code == 0
    now = made.now
    ended = made.trust.model_copy(update={"version": made.trust.version + 1, "expires": now - timedelta(days=1)})
    change(made.workspace.trust, ended, [load_key("root", made.keys)], now - timedelta(days=2))
    return made


@pytest.mark.parametrize(("verb", "who"), [("revoke", "rita"), ("reject", "olaf")])
def test_an_adapter_is_stopped_although_the_trust_root_has_run_out(place: Place, verb: str, who: str) -> None:
    ended = typed(place.workspace, verb, "demo", "--key", who, *CAUSE)

    assert ended.exit_code == 0, ended.exception
    assert "next: muniment trust renew" in ended.stderr
    with place.registry() as registry:
        release = registry.current("production")
    assert release is not None
    with pytest.raises(Revoked):
        refuse_revoked(release, read_refusals(place.workspace.refusals))
    root, trust = load_key("root", place.keys), read_version(place.workspace.trust).trust
    change(place.workspace.trust, renewed(trust, place.now + timedelta(days=365)), [root], place.now)
    assert isinstance(refusal(place, "promote", "demo", "--key", "olaf"), Revoked)
    with place.registry() as registry:
        assert not [one for one in verify(registry, place.workspace, place.trust, place.now) if one.integrity]


@pytest.mark.parametrize(
    "words", [("approve", "demo", "--key", "rob"), ("promote", "demo", "--key", "olaf"), ("rollback", "--key", "olaf")]
)
def test_nothing_is_allowed_while_the_trust_root_has_run_out(place: Place, words: tuple[str, ...]) -> None:
    assert isinstance(refusal(place, *words), Expired)


def test_a_stranger_stops_nothing(place: Place) -> None:
    new_key("mallory", place.keys)

    assert isinstance(refusal(place, "revoke", "demo", "--key", "mallory", *CAUSE), UnknownSigner)


def test_an_older_trust_root_put_back_is_not_believed_by_whoever_stops_something(place: Place) -> None:
    assert typed(place.workspace, "reject", "demo", "--key", "rob", *CAUSE).exit_code == 0
    older = place.workspace.trust.with_suffix("") / "3.json"
    place.workspace.trust.write_bytes(older.read_bytes())

    assert isinstance(refusal(place, "revoke", "demo", "--key", "rita", *CAUSE), ReleaseReplayed)
