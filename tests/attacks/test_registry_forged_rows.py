"""Rows put in or taken out by whoever has the file or a writer's token and no key: they neither allow nor remove."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from registry.audit.proving import prove
from registry.audit.verification import Finding, verify
from registry.database.changes import Attestation, Change
from registry.database.store import Registry
from registry.erasure import erasure
from registry.erasure.holds import hold, refuse_if_held
from registry.erasure.records import Erasure, Plan, Removed
from registry.erasure.tombstones import entombed
from registry.errors import ChainBroken, IntegrityError, MunimentError, SignatureInvalid
from registry.records import Adapter, Document, Release, Verdict
from registry.release.files import heal
from registry.signatures import attestations
from registry.trust.changes import without_person
from registry.trust.keys import load_key, new_key
from registry.trust.signing import change
from tests.registered import Place, make_place, said, typed

TAKEN = "DELETE FROM records WHERE digest = ?"
BURIED = """UPDATE records SET kind = 'tombstone', body = '{"of":"' || digest || '","remains":{},"was":"x"}'
WHERE digest = ?"""
away = pytest.mark.parametrize("away", [TAKEN, BURIED], ids=["taken", "buried"])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    return make_place(tmp_path)


def altered(place: Place, statement: str, digest: str) -> None:
    with duckdb.connect(str(place.workspace.registry)) as connection:
        connection.execute(statement, [digest])


def released(place: Place, registry: Registry) -> tuple[Adapter, Release]:
    adapter = place.adapter(registry)
    place.approve(registry, adapter)
    return adapter, place.promote(registry, adapter)


@away
def test_the_gates_last_word_is_missed(place: Place, away: str) -> None:
    """The one before it let the adapter pass, and people approved it on that."""
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.judge(registry, adapter, passed=False)
        last = registry.all(Verdict)[-1]
        assert not last.passed

    altered(place, away, last.digest)

    with place.registry() as registry, pytest.raises(IntegrityError, match="its record is gone"):
        place.promote(registry, adapter)
    assert not place.workspace.release.exists()


@away
def test_a_legal_hold_that_was_taken_out_is_missed(place: Place, away: str) -> None:
    document = Document(content="d" * 64, path="x.md", media_type="text/markdown", size_bytes=1, licence="MIT")
    with place.registry() as registry:
        registry.add(document)
        placed = hold(registry, document, "placed", "case twelve of 2027", place.by("paul"))

    altered(place, away, placed.digest)

    with place.registry() as registry, pytest.raises(IntegrityError, match="a legal hold whose record is gone"):
        refuse_if_held(registry, [document], place.trust)


def forged(
    place: Place, registry: Registry, adapter: Adapter, signer: str = "", tombstones: dict[str, str] | None = None
) -> Erasure:
    made = Erasure(
        what="document", key_id="x", subject=None, documents=(), rows=(), removed=(Removed(artifact=adapter.weights),),
        tombstones=tombstones or {}, revoked=(), plan=Plan(), principal="paul", reason="as was asked for",
        issued=place.now,
    )  # fmt: skip
    envelopes = [attestations.sign(made, "erasure", made.digest, load_key(signer, place.keys))] if signer else []
    stated = tuple(Attestation(made.digest, Erasure.kind, one, "paul") for one in envelopes)
    registry.apply(Change("erase", (made.digest,), records=(made,), attestations=stated))
    return made


def about(place: Place, registry: Registry, made: Erasure) -> list[Finding]:
    """What `muniment verify` says of the erasure."""
    found = verify(registry, place.workspace, place.trust, place.now)
    return [one for one in found if made.digest[:12] in one.about]


@pytest.mark.parametrize("signer", ["", "stranger", "eve", "rita"])
def test_nothing_is_removed_on_an_erasure_that_no_officer_signed(place: Place, signer: str) -> None:
    new_key("stranger", place.keys)
    with place.registry() as registry:
        adapter, _ = released(place, registry)
        made = forged(place, registry, adapter, signer)

        with pytest.raises(SignatureInvalid, match="no privacy officer's signature"):
            erasure.finish(registry, place.workspace, made)

        assert place.workspace.artifacts.has(adapter.weights)
        named = about(place, registry, made)
        assert any(one.integrity for one in named)
        assert not any(one.erased for one in named)


def test_the_erasure_of_an_officer_who_has_left_is_ended(place: Place) -> None:
    with place.registry() as registry:
        adapter, _ = released(place, registry)
        made = forged(place, registry, adapter, "paul")
        change(place.workspace.trust, without_person(place.trust, "paul"), [load_key("root", place.keys)], place.now)

        erasure.finish(registry, place.workspace, made)

        assert not place.workspace.artifacts.has(adapter.weights)
        named = about(place, registry, made)
        assert any(one.erased for one in named)


@pytest.mark.parametrize("edit", ["", "UPDATE records SET body = replace(body, 'asked', 'known') WHERE digest = ?"])
def test_a_tombstone_counts_by_the_erasure_that_names_it(place: Place, edit: str) -> None:
    secret = Document(content="d" * 64, path="secret.md", media_type="text/markdown", size_bytes=1, licence="MIT")
    grave = entombed(secret, [secret.path])
    assert grave is not None
    with place.registry() as registry:
        registry.add(secret)
        adapter, _ = released(place, registry)
        made = forged(place, registry, adapter, "paul", {secret.digest: grave.digest})
    with duckdb.connect(str(place.workspace.registry)) as connection:
        body = grave.canonical().decode()
        buried = "UPDATE records SET kind = 'tombstone', body = ? WHERE digest = ?"
        connection.execute(buried, [body, secret.digest])
        if edit:
            connection.execute(edit, [made.digest])

    with place.registry() as registry:
        if edit:
            with pytest.raises(ChainBroken):
                prove(registry, place.trust)
        else:
            prove(registry, place.trust)


def junk(_: Place, release: Release) -> tuple[Release, str]:
    return release.model_copy(update={"version": 9}), "junk"


def by_a_reviewer(place: Place, release: Release) -> tuple[Release, str]:
    other = release.model_copy(update={"version": 9})
    return other, attestations.sign(other, "x", other.adapter.digest, load_key("rita", place.keys))


def of_no_file(place: Place, release: Release) -> tuple[Release, str]:
    other = release.model_copy(update={"version": 9, "alias": "../x"})
    return other, attestations.sign(other, "x", other.adapter.digest, load_key("olaf", place.keys))


@pytest.mark.parametrize("made", [junk, by_a_reviewer, of_no_file])
def test_what_no_operator_signed_is_not_written_for_serving_and_holds_up_no_revocation(
    place: Place, made: Callable[[Place, Release], tuple[Release, str]]
) -> None:
    with place.registry() as registry:
        adapter, release = released(place, registry)
        before = place.workspace.release.read_bytes()
        other, envelope = made(place, release)
        stated = (Attestation(other.digest, Release.kind, envelope, "olaf"),)
        registry.apply(Change("promote", (adapter.digest, other.digest), records=(other,), attestations=stated))

        heal(registry, place.workspace)

        assert place.workspace.release.read_bytes() == before
        assert any(one.integrity for one in verify(registry, place.workspace, place.trust, place.now))
    said(place, "revoke", adapter.version, "--key", "rita", "--reason", "it was seen to leak")
    assert list(place.workspace.refusals.iterdir())


def test_an_event_of_a_refusal_of_nothing_breaks_no_command(place: Place) -> None:
    with place.registry() as registry:
        adapter, _ = released(place, registry)
    with place.registry(adapter.digest) as registry:
        registry.apply(Change("revoke", ()))

    for words in (("show", adapter.version), ("list",), ("revoke", adapter.version, "--key", "rita", "--reason", "no")):
        error = typed(place.workspace, *words).exception
        assert error is None or isinstance(error, MunimentError), repr(error)
