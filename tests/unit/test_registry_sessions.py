"""A session that stays open remembers what cannot change, and sees whatever somebody else writes meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.audit.clock import require_clock
from registry.database.recall import Recall
from registry.database.store import StageResult
from registry.database.writing import Writer
from registry.decisions import approvals
from registry.decisions.dossier import read
from registry.decisions.grounds import adapter_standing, makers
from registry.errors import ClockBehind, Revoked, SignatureInvalid, UnknownSigner
from registry.records import Adapter, TrainingRun
from registry.signatures import envelopes
from registry.trust.public_keys import public_key
from tests.clocks import in_days
from tests.registered import NOW, Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def trained(adapter: Adapter, parent: str | None = None) -> TrainingRun:
    return TrainingRun(
        method="sft", base=adapter.base, dataset="d" * 64, parent=parent, weights=adapter.weights, settings={}, rows=1,
        steps=1, tokens=1, first_loss=2.5, last_loss=1.5,
    )  # fmt: skip


@pytest.mark.usefixtures("backend")
def test_a_refusal_by_somebody_else_holds_in_a_session_that_knew_the_adapter_before(place: Place) -> None:
    with place.registry() as registry, place.registry() as other:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita")

        approvals.reject(other, place.case(adapter), place.by("rob"))

        with pytest.raises(Revoked):
            place.approve(registry, adapter, "paul")


@pytest.mark.usefixtures("backend")
def test_a_release_by_somebody_else_is_the_newest_at_once(place: Place) -> None:
    with place.registry() as registry, place.registry() as other:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        first = place.promote(registry, adapter)
        assert registry.newest() == first

        second = place.promote(other, adapter)

        assert registry.newest() == second
        assert place.promote(registry, adapter).version == second.version + 1


@pytest.mark.usefixtures("backend")
def test_who_trains_a_run_anew_is_a_maker_from_then_on(place: Place) -> None:
    with place.registry() as registry, place.registry(actor="rita") as other:
        adapter = place.adapter(registry)
        run = trained(adapter)
        registry.commit(StageResult("key", "train", run))
        second = adapter.model_copy(update={"name": "second", "run": run.digest})
        registry.add(second, (run.digest,), "register")
        assert makers(registry, second) == {"eve"}

        other.commit(StageResult("key", "train", run))

        assert makers(registry, second) == {"eve", "rita"}


@pytest.mark.usefixtures("backend")
def test_a_run_that_comes_late_still_tells_whose_work_it_goes_on_from(place: Place) -> None:
    with place.registry() as registry, place.registry(actor="paul") as other:
        adapter = place.adapter(registry)
        before = trained(adapter)
        run = trained(adapter, parent=before.digest)
        other.commit(StageResult("before", "train", before))
        second = adapter.model_copy(update={"name": "second", "run": run.digest})
        registry.add(second, (run.digest,), "register")
        assert makers(registry, second) == {"eve"}

        registry.commit(StageResult("key", "train", run))

        assert makers(registry, second) == {"eve", "paul"}
        assert makers(registry, second) == {"eve", "paul"}


def test_what_a_session_remembers_of_an_adapter_is_what_it_would_read(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        read(registry, adapter)
        place.vouch(registry)
        evidence = place.judge(registry, adapter, accuracy=0.9)
        place.vouch(registry, evidence)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        approvals.reject(registry, place.case(adapter), place.by("rob"))

        remembered = read(registry, adapter)
        newest = registry.newest()
        registry.writer.recall.forget()
        anew = read(registry, adapter)

        assert (list(remembered.records), remembered.statements) == (list(anew.records), anew.statements)
        assert (remembered.records, remembered.events) == (anew.records, anew.events)
        assert newest == registry.newest()


def test_what_is_changed_behind_a_session_s_back_is_seen(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        assert adapter_standing(registry, place.case(adapter), place.trust, NOW).approved

        registry.connection.execute("DELETE FROM attestations WHERE signer = 'paul'")

        assert adapter_standing(registry, place.case(adapter), place.trust, NOW).approvers == ("rita",)


@pytest.mark.parametrize(("owner", "step"), [(Writer, "_write"), (Recall, "wrote")], ids=["before", "after"])
def test_who_commits_just_before_or_after_a_session_s_own_change_is_not_overlooked(
    place: Place, monkeypatch: pytest.MonkeyPatch, owner: type, step: str
) -> None:
    with place.registry() as registry, place.registry() as other:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        registry.writer.head = None
        assert adapter_standing(registry, place.case(adapter), place.trust, NOW).approved
        own, pending = getattr(owner, step), [True]

        def late(self: object, *what: object, **more: object) -> object:
            if pending and self in (registry.writer, registry.writer.recall):
                pending.clear()
                approvals.revoke(other, place.case(adapter), place.by("rob"))
            return own(self, *what, **more)

        monkeypatch.setattr(owner, step, late)
        registry.refuse("try", (), "something else")

        assert not pending
        with pytest.raises(Revoked):
            adapter_standing(registry, place.case(adapter), place.trust, NOW)


def test_a_signature_that_held_vouches_for_no_other_words_and_for_nobody_else(place: Place) -> None:
    rita, paul = place.by("rita").key, place.by("paul").key
    said = envelopes.seal(b"said", "text/plain", [rita])
    other = envelopes.seal(b"else", "text/plain", [rita])
    assert envelopes.unseal(said, "text/plain", [public_key(rita.public_pem)])[0] == b"said"

    for changed in (said.replace('"c2FpZA=="', '"ZWxzZQ=="'), other.replace('"ZWxzZQ=="', '"c2FpZA=="')):
        with pytest.raises(SignatureInvalid):
            envelopes.unseal(changed, "text/plain", [public_key(rita.public_pem)])
    with pytest.raises(UnknownSigner):
        envelopes.unseal(said, "text/plain", [public_key(paul.public_pem)])


@pytest.mark.usefixtures("backend")
def test_a_later_time_that_somebody_else_wrote_holds_in_a_session_that_knew_the_time(place: Place) -> None:
    with place.registry() as registry, place.registry() as other:
        require_clock(registry, place.trust)
        registry.refuse("try", (), "own events are known without being read")
        require_clock(registry, place.trust)

        with in_days(40):
            other.refuse("try", (), "by a clock that is ahead")

        with pytest.raises(ClockBehind):
            require_clock(registry, place.trust)
        with pytest.raises(ClockBehind):
            require_clock(registry, place.trust)


def test_a_later_time_of_its_own_holds_in_a_session(place: Place) -> None:
    with place.registry() as registry:
        require_clock(registry, place.trust)
        with in_days(40):
            registry.refuse("try", (), "by a clock that was set back afterwards")

        with pytest.raises(ClockBehind):
            require_clock(registry, place.trust)
