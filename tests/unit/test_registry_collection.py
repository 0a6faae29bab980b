"""gc removes what nothing rests on, and never what an audit could ask for."""

from __future__ import annotations

import os
import shutil
import signal
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from registry.artifacts import Artifacts
from registry.database.store import Registry, StageResult
from registry.erasure.collection import Garbage, collect, garbage
from registry.erasure.holds import hold
from registry.errors import Busy, RolledBack
from registry.gate import undisturbed, working
from registry.records import Dataset, Document, DocumentSet, Table, TrainingRun
from registry.trust.signatory import Signatory
from tests.registered import Place, make_place

NOW = timedelta(0)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def put(place: Place, name: str) -> str:
    file = place.workspace.root / name
    file.write_text(f"content of {name}")
    return place.workspace.artifacts.put(file)


def table(place: Place, name: str) -> Table:
    return Table(artifact=put(place, name), rows=1, columns=("text",))


def found(place: Place, age: timedelta = NOW) -> Garbage:
    with place.registry() as registry:
        return garbage(registry, place.workspace, place.trust, datetime.now(UTC), age)


def removed(place: Place, age: timedelta = NOW) -> set[str]:
    with place.registry() as registry:
        what = garbage(registry, place.workspace, place.trust, datetime.now(UTC), age)
        collect(registry, place.workspace, what)
    return set(what.artifacts)


def test_nothing_goes_by_an_older_copy_of_the_registry(place: Place, tmp_path: Path) -> None:
    older = tmp_path / "older"
    with place.registry() as registry:
        place.adapter(registry)
    shutil.copyfile(place.workspace.registry, older)
    with place.registry() as registry:
        later = place.adapter(registry, 2)
        registry.writer.seal(place.by("rita"))
    older.replace(place.workspace.registry)

    with pytest.raises(RolledBack):
        removed(place)

    assert place.workspace.artifacts.has(later.weights)


def walked(place: Place, registry: Registry, name: str) -> tuple[DocumentSet, Dataset]:
    """A document set and a dataset made from it."""
    document = Document(content="e" * 64, path=name, media_type="text/plain", size_bytes=1, licence="MIT")
    units = DocumentSet(units=table(place, f"{name}-units"), documents=1, formats={}, licences={}, rejected=())
    registry.commit(StageResult(f"ingest {name}", "ingest", units, (document,)))
    dataset = Dataset(
        purpose="sft", train=table(place, f"{name}-train"), held_out=table(place, f"{name}-held"), licences={},
        origins={}, rejected=(),
    )  # fmt: skip
    registry.commit(StageResult(f"build {name}", "build", dataset, parents=(units.digest,)))
    return units, dataset


def test_what_no_record_holds_is_removed_and_told_of(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    orphan = put(place, "orphan")

    assert removed(place) == {orphan}

    assert set(place.workspace.artifacts) == {adapter.weights}
    with place.registry() as registry:
        assert [event.action for event in registry.events()][-1] == "gc"
    assert found(place).artifacts == ()


def test_all_that_an_adapter_was_made_from_stays_and_dead_ends_go(place: Place) -> None:
    with place.registry() as registry:
        used, dead = walked(place, registry, "used"), walked(place, registry, "dead")
        run = TrainingRun(
            method="sft", base="b" * 64, dataset=used[1].digest, parent=None, weights=put(place, "run"), settings={},
            rows=1, steps=1, tokens=1, first_loss=1.0, last_loss=1.0, log=put(place, "log"),
        )  # fmt: skip
        registry.commit(StageResult("train", "train sft", run, parents=(used[1].digest,)))
        adapter = place.adapter(registry)
        evidence = place.judge(registry, adapter)
        registry.commit(StageResult("adapter", "adapter", adapter, parents=(run.digest, evidence.digest)))

    gone = removed(place)

    assert gone == {dead[0].units.artifact, dead[1].train.artifact, dead[1].held_out.artifact}
    kept = {used[0].units.artifact, used[1].train.artifact, used[1].held_out.artifact, run.weights, run.log}
    assert set(place.workspace.artifacts) == kept | {adapter.weights}


def test_what_is_young_stays_for_the_run_that_goes_on_from_it(place: Place) -> None:
    with place.registry() as registry:
        walked(place, registry, "young")
    (place.workspace.scratch / "key").mkdir(parents=True)
    (place.workspace.scratch / "key" / "checkpoint").write_text("half")

    assert found(place, timedelta(days=1)) == Garbage((), (), 0)
    assert len(found(place).unfinished) == 1
    removed(place)
    assert list(place.workspace.scratch.iterdir()) == []


def test_what_a_legal_hold_is_on_stays(place: Place) -> None:
    by = Signatory(place.by("paul").key, place.trust, place.now)
    with place.registry() as registry:
        units, dataset = walked(place, registry, "held")
        hold(registry, registry.all(Document)[0], "placed", "Case 12", by)

    assert removed(place) == {dataset.train.artifact, dataset.held_out.artifact}

    with place.registry() as registry:
        hold(registry, registry.all(Document)[0], "released", "Closed", by)
    assert removed(place) == {units.units.artifact}


def test_what_another_machine_has_put_in_and_not_recorded_yet_stays(place: Place) -> None:
    """Machines that share the artifacts have a gate each."""
    put(place, "weights of a training that ends this moment")

    assert found(place, timedelta(days=30)).artifacts == ()
    assert len(found(place).artifacts) == 1


def test_nothing_is_removed_while_a_stage_works_and_no_stage_begins_meanwhile(place: Place) -> None:
    with working(place.workspace), working(place.workspace), pytest.raises(Busy), undisturbed(place.workspace):
        pass
    with undisturbed(place.workspace), pytest.raises(Busy), working(place.workspace):
        pass
    with working(place.workspace):
        pass


def _die_at_the_second(root: Path, artifacts: tuple[str, ...]) -> None:
    place = make_place_again(root)
    whole, calls = Artifacts.remove, 0

    def remove(self: Artifacts, digest: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        whole(self, digest)

    Artifacts.remove = remove  # type: ignore[method-assign]
    with place.registry() as registry:
        collect(registry, place.workspace, Garbage(artifacts, (), 0))


def make_place_again(root: Path) -> Place:
    from registry.workspace import Workspace

    return Place(Workspace(root / "workspace"), root / "keys")


def test_killed_in_the_middle_the_next_one_removes_the_rest(place: Place, tmp_path: Path) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    orphans = {put(place, f"orphan{n}") for n in range(3)}

    process = get_context("spawn").Process(target=_die_at_the_second, args=(tmp_path, found(place).artifacts))
    process.start()
    process.join()

    assert process.exitcode == -signal.SIGKILL
    assert len(set(place.workspace.artifacts) & orphans) == 2
    removed(place)
    assert set(place.workspace.artifacts) == {adapter.weights}
