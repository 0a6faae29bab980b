"""What was in production then, who decided, on which evidence: true at any moment, also after what came later."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.database.store import Registry
from registry.decisions import approvals
from registry.errors import (
    ChainBroken,
    Expired,
    IntegrityError,
    NotFound,
    Refused,
    SignatureInvalid,
    UnknownSigner,
)
from registry.pages.past import past_json
from registry.records import Adapter, Evidence
from registry.release import releases
from registry.release.history import history_of
from registry.release.past import moment
from registry.trust.changes import with_misdated, without_person
from registry.trust.keys import load_key
from registry.trust.principals import Trust
from registry.trust.root import history
from registry.trust.signing import change, create_trust
from registry.workspace import Workspace
from tests.clocks import in_days
from tests.registered import POLICY, Place, make_place

ACTS = st.lists(st.tuples(st.sampled_from(("promote", "rollback", "revoke", "reject")), st.integers(0, 2)), max_size=7)


@dataclass
class Story:
    """What happened, told by hand: at each moment the adapter and whether it was forbidden."""

    adapters: list[Adapter]
    current: Adapter | None = None
    forbidden: set[str] = field(default_factory=set)
    told: list[tuple[datetime, Adapter | None, bool]] = field(default_factory=list)

    def note(self) -> None:
        served = self.current is not None and self.current.digest not in self.forbidden
        self.told.append((datetime.now(UTC), self.current, served))


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Three adapters, compared with each other and approved by two people; nothing is released yet."""
    place = now(make_place(tmp_path_factory.mktemp("founded")))
    with place.registry() as registry:
        adapters = [place.adapter(registry, seed) for seed in (1, 2, 3)]
        for number, adapter in enumerate(adapters):
            place.judge(registry, adapter, accuracy=0.7 + number / 10)
            place.approve(registry, adapter)
    return place


@pytest.fixture
def place(founded: Place, tmp_path: Path) -> Place:
    return copied(founded, tmp_path)


def now(place: Place) -> Place:
    return replace(place, now=datetime.now(UTC))


def trusts(place: Place) -> list[Trust]:
    return [version.trust for version in history(place.workspace.trust)]


def copied(place: Place, to: Path) -> Place:
    """On a machine that has seen nothing of the other copies."""
    os.environ["MUNIMENT_KEYS"] = str(to / "machine")
    shutil.copytree(place.workspace.root, to / "workspace")
    return now(Place(Workspace(to / "workspace"), place.keys))


def adapters_of(registry: Registry) -> list[Adapter]:
    return registry.all(Adapter)


def act(place: Place, registry: Registry, story: Story, verb: str, which: int) -> None:
    """Try one act; what a rule refuses changes nothing."""
    adapter, by = story.adapters[which], now(place)
    try:
        if verb == "promote":
            story.current = by.promote(registry, adapter).adapter
        elif verb == "rollback":
            case = by.case(releases.before(registry))
            story.current = releases.rollback(registry, by.workspace, case, by.by("olaf")).adapter
        else:
            verbs = {"revoke": approvals.revoke, "reject": approvals.reject}
            verbs[verb](registry, by.case(adapter), by.by("rob"))
            story.forbidden.add(adapter.digest)
    except (Refused, NotFound):
        pass
    story.note()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_every_digest_that_is_named_was_in_force_then(founded: Place, acts: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        place = copied(founded, Path(directory))
        with place.registry() as registry:
            story = Story(adapters_of(registry))
            story.note()
            for verb, which in acts:
                act(place, registry, story, verb, which)

            for at, adapter, served in story.told:
                told_truly(registry, place, at, (adapter, served))


def told_truly(registry: Registry, place: Place, at: datetime, expected: tuple[Adapter | None, bool]) -> None:
    adapter, served = expected
    if adapter is None:
        with pytest.raises(NotFound):
            moment(registry, trusts(place), "production", at)
        return
    found = moment(registry, trusts(place), "production", at)
    own = {one.digest for one in registry.all(Evidence) if one.subject == adapter.digest}
    assert found.release.adapter == adapter
    assert (found.refusal is None) == served
    assert found.event.at <= at
    assert (found.ends[0] > at) == served
    assert set(found.release.evidence) <= own
    assert found.release.policy == POLICY
    assert {one.principal for one in found.decisions} == {"rita", "paul"}
    for decision in found.decisions:
        assert decision.adapter == adapter.digest
        assert decision.issued <= at < decision.expires
    assert found.verdict is not None
    assert set(found.release.evidence) <= set(found.verdict.evidence)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(("days", "why"), [(1, "it expires"), (60, "its approvals expire")])
def test_what_lapses_by_itself_was_in_force_until_then(place: Place, days: int, why: str) -> None:
    with place.registry() as registry:
        case = replace(place.case(adapters_of(registry)[0]), valid=timedelta(days=days))
        releases.promote(registry, place.workspace, case, place.by("olaf"))
        until, said = moment(registry, trusts(place), "production", datetime.now(UTC)).ends

        before = moment(registry, trusts(place), "production", until - timedelta(microseconds=1))
        after = moment(registry, trusts(place), "production", until)

    assert said == why
    assert before.refusal is None
    assert isinstance(after.refusal, Expired)


@pytest.mark.usefixtures("backend")
def test_a_release_of_another_alias_is_not_taken_for_it(place: Place) -> None:
    with place.registry() as registry:
        first, second, _ = adapters_of(registry)
        place.promote(registry, first)
        releases.promote(registry, place.workspace, place.case(second), place.by("olaf"), "candidate")
        at = datetime.now(UTC)

        assert moment(registry, trusts(place), "production", at).release.adapter == first
        assert moment(registry, trusts(place), "candidate", at).release.adapter == second


@pytest.fixture
def released(place: Place) -> Iterator[tuple[Place, Registry]]:
    with place.registry() as registry:
        place.promote(registry, adapters_of(registry)[0])
        yield place, registry


def now_in(released: tuple[Place, Registry]) -> object:
    place, registry = released
    return moment(registry, trusts(place), "production", datetime.now(UTC))


def test_a_redated_release_is_not_believed(released: tuple[Place, Registry]) -> None:
    released[1].connection.execute(
        "UPDATE records SET created_at = created_at - INTERVAL 1 DAY WHERE kind = 'release'"
    )

    with pytest.raises(ChainBroken, match="dated otherwise"):
        now_in(released)


def test_a_release_that_the_chain_does_not_tell_of_is_not_believed(released: tuple[Place, Registry]) -> None:
    released[1].connection.execute("DELETE FROM events WHERE body ->> 'action' = 'promote'")

    with pytest.raises(ChainBroken, match="no audit event"):
        now_in(released)


def test_a_release_without_its_signed_statement_is_not_believed(released: tuple[Place, Registry]) -> None:
    released[1].connection.execute("DELETE FROM attestations WHERE type = 'release'")

    with pytest.raises(SignatureInvalid, match="gone"):
        now_in(released)


def test_a_release_with_the_statement_of_another_is_not_believed(released: tuple[Place, Registry]) -> None:
    place, registry = released
    place.promote(registry, adapters_of(registry)[1])
    registry.connection.execute(
        "UPDATE attestations SET envelope = (SELECT min(envelope) FROM attestations WHERE type = 'release')"
        " WHERE type = 'release'"
    )

    with pytest.raises(SignatureInvalid, match="says otherwise"):
        [moment(registry, trusts(place), "production", event.at) for event in registry.events()[-2:]]


def test_a_refusal_whose_statement_was_removed_is_not_overlooked(released: tuple[Place, Registry]) -> None:
    place, registry = released
    approvals.revoke(registry, place.case(adapters_of(registry)[0]), place.by("rob"))
    registry.connection.execute("DELETE FROM attestations WHERE signer = 'rob'")

    with pytest.raises(IntegrityError, match="gone"):
        now_in(released)


def test_signers_whom_todays_trust_root_does_not_know_are_named_as_such(
    released: tuple[Place, Registry], tmp_path: Path
) -> None:
    place, registry = released
    stranger = Workspace(tmp_path / "other")
    create_trust(stranger.trust, place.by("olaf").key, place.now)

    found = moment(registry, trusts(replace(place, workspace=stranger)), "production", datetime.now(UTC))

    assert isinstance(found.refusal, UnknownSigner)


@pytest.mark.usefixtures("backend")
def test_what_somebody_signed_who_has_left_since_was_in_force(released: tuple[Place, Registry]) -> None:
    place, registry = released
    change(place.workspace.trust, without_person(place.trust, "paul"), [load_key("root", place.keys)], place.now)

    found = moment(registry, trusts(place), "production", datetime.now(UTC))

    assert found.refusal is None
    assert found.trust == place.trust.version - 1


def test_the_json_names_who_decided_on_what(released: tuple[Place, Registry]) -> None:
    place, registry = released
    found = past_json(moment(registry, trusts(place), "production", datetime.now(UTC)))

    assert found["in_force"] is True
    assert {"adapter", "base", "release", "event", "until", "decisions", "evidence", "verdict"} <= found.keys()


def test_evidence_that_is_no_longer_held_keeps_its_digest(released: tuple[Place, Registry]) -> None:
    place, registry = released
    registry.connection.execute("DELETE FROM records WHERE kind = 'evidence'")

    found = past_json(moment(registry, trusts(place), "production", datetime.now(UTC)))

    release = registry.current("production")
    assert release is not None
    assert found["evidence"] == [{"digest": digest} for digest in release.evidence]


@pytest.mark.usefixtures("backend")
def test_history_says_until_when_and_why(place: Place) -> None:
    with place.registry() as registry:
        first, second, _ = adapters_of(registry)
        place.promote(registry, first)
        place.promote(registry, second)
        approvals.revoke(registry, place.case(second), place.by("rob"))

        spans = history_of(registry, "production")
        later = history_of(registry, "production", now=datetime.now(UTC) + timedelta(days=365))

    assert [(span.release.adapter, span.ended) for span in spans] == [
        (first, "replaced by version 2"), (second, "revoked by rob"),
    ]  # fmt: skip
    assert spans[0].until == spans[1].since
    assert [span.ended for span in later] == [span.ended for span in spans]


@pytest.mark.usefixtures("backend")
def test_a_release_that_bears_a_wrong_time_does_not_leave_the_one_before_in_force(place: Place) -> None:
    with place.registry() as registry:
        first, second, third = adapters_of(registry)
        place.promote(registry, first)
        began = datetime.now(UTC)
        with in_days(4_000):
            place.promote(registry, second)
        said = with_misdated(place.trust, registry.stored_events(registry.head().sequence, 9_999)[0][1])
        releases.promote(registry, place.workspace, place.case(third), replace(now(place).by("olaf"), trust=said))

        spans = history_of(registry, "production")
        until, why = moment(registry, trusts(place), "production", began).ends

    assert [span.release.adapter for span in spans if span.until is None] == [third]
    assert (spans[0].until, spans[0].ended) == (spans[2].since, "replaced by version 3")
    assert (until, why) == (spans[2].since, "replaced by version 3")
