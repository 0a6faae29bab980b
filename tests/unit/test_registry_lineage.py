"""Lineage leads from anything to everything it was made from, and back by the same steps."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.database.changes import Change, Edge
from registry.database.store import Registry, StageResult
from registry.errors import DigestMismatch, IntegrityError, NotFound
from registry.lineage.graph import around, nearest_first
from registry.lineage.trees import Node, resolve, tree
from registry.records import Document
from tests.unit.test_registry_store import document_set, documents

pytestmark = pytest.mark.usefixtures("backend")



@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "r.duckdb", "eve") as opened:
        yield opened


def reached(node: Node) -> Iterator[str]:
    """Every digest of a tree but its root's."""
    for branch in node.branches:
        yield branch.digest
        yield from reached(branch)


def keep(registry: Registry, records: tuple[Document, ...], pairs: set[tuple[int, int]]) -> None:
    """Edges from the first of each pair of positions to the second."""
    edges = tuple(Edge(records[one].digest, records[other].digest) for one, other in sorted(pairs))
    registry.apply(Change("add", (records[0].digest,), records=records, edges=edges))


def everything_before(positions: int, pairs: set[tuple[int, int]]) -> dict[int, set[int]]:
    """By position what it was made from; told without any graph code, for the sources come first."""
    before: dict[int, set[int]] = {n: set() for n in range(positions)}
    for one, other in sorted(pairs, key=lambda pair: pair[1]):
        before[other] |= {one} | before[one]
    return before


PAIRS = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda p: p[0] < p[1]), max_size=15)


@settings(max_examples=40, deadline=None)
@given(pairs=PAIRS)
def test_up_and_down_are_inverse_and_whole(pairs: set[tuple[int, int]]) -> None:
    records = documents(7)
    before = everything_before(7, pairs)
    with tempfile.TemporaryDirectory() as place, Registry.open(Path(place) / "r.duckdb", "eve") as registry:
        keep(registry, records, pairs)
        up = {n: set(reached(tree(registry, record.digest, up=True))) for n, record in enumerate(records)}
        down = {n: set(reached(tree(registry, record.digest, up=False))) for n, record in enumerate(records)}
        counted(tree(registry, records[0].digest, up=False, most=2), pairs, records)

    for n in range(7):
        assert up[n] == {records[one].digest for one in before[n]}
        assert down[n] == {records[one].digest for one in range(7) if n in before[one]}


def counted(node: Node, pairs: set[tuple[int, int]], records: tuple[Document, ...]) -> None:
    """Of a tree for people, what is shown and what is counted at a place are together all there is."""
    if not node.seen:
        steps = sum(records[one].digest == node.digest for one, _ in pairs)
        assert len(node.branches) == min(steps, 2)
        assert sum(count for _, count in node.more) == steps - len(node.branches)
    for branch in node.branches:
        counted(branch, pairs, records)


def test_nothing_is_unfolded_twice(registry: Registry) -> None:
    records = documents(4)
    keep(registry, records, {(0, 1), (0, 2), (1, 3), (2, 3)})

    root = tree(registry, records[3].digest)

    again = [leaf for branch in root.branches for leaf in branch.branches]
    assert [leaf.seen for leaf in again] == [False, True]


def test_a_tree_for_people_counts_the_branches_it_leaves_out(registry: Registry) -> None:
    digest = registry.commit(StageResult("key", "ingest", document_set(300), documents(300)))

    root = tree(registry, digest, most=5)

    assert [branch.label for branch in root.branches] == [f"{n}.txt (MIT)" for n in (0, 1, 10, 100, 101)]
    assert root.more == (("document", 295),)
    assert len(tree(registry, digest).branches) == 300


def test_a_withdrawn_record_is_shown_as_outside(registry: Registry) -> None:
    digest = registry.commit(StageResult("key", "ingest", document_set(1), documents(1), parents=("f" * 64,)))

    kinds = {branch.digest: branch.kind for branch in tree(registry, digest).branches}

    assert kinds["f" * 64] == "outside"
    with pytest.raises(NotFound):
        tree(registry, "f" * 64)


@pytest.mark.file_alone
def test_an_edited_record_is_not_shown(registry: Registry) -> None:
    digest = registry.commit(StageResult("key", "ingest", document_set(1), documents(1)))
    registry.connection.execute("UPDATE records SET body = replace(body::VARCHAR, 'MIT', 'ISC')")

    with pytest.raises(DigestMismatch):
        tree(registry, digest)


def test_a_circle_of_edited_edges_ends(registry: Registry) -> None:
    records = documents(2)
    keep(registry, records, {(0, 1)})
    registry.connection.execute("INSERT INTO edges VALUES (?, ?, 'input', 0)", [records[1].digest, records[0].digest])

    assert tree(registry, records[0].digest).branches[0].branches[0].seen
    with pytest.raises(IntegrityError, match="made from itself"):
        around(registry, records[0].digest).ranks()


def test_a_chain_too_deep_to_be_true_is_named(registry: Registry) -> None:
    records = documents(250)
    keep(registry, records, {(n, n + 1) for n in range(249)})

    with pytest.raises(IntegrityError, match="steps deep"):
        tree(registry, records[-1].digest)


def test_the_nearest_come_first(registry: Registry) -> None:
    records = documents(4)
    keep(registry, records, {(0, 3), (1, 2), (2, 3)})

    found = list(nearest_first(around(registry, records[3].digest), up=True))

    assert found == [records[n].digest for n in (3, 0, 2, 1)]


def test_a_name_that_fits_two_documents_is_not_guessed(registry: Registry) -> None:
    one, other = documents(2)
    keep(registry, (one, other.model_copy(update={"path": one.path})), {(0, 1)})

    with pytest.raises(NotFound, match="fits 2 records"):
        resolve(registry, one.path)
    assert resolve(registry, one.digest[:8]) == one.digest


def test_a_document_goes_by_the_place_of_a_row_whose_names_are_scrubbed(registry: Registry) -> None:
    one, other = documents(2)
    keep(registry, (one, other), {(0, 1)})

    assert resolve(registry, f"{other.digest[:12]}/document.csv:2") == other.digest
    with pytest.raises(NotFound, match="nothing is called"):
        resolve(registry, f"{'0' * 12}/document.csv:2")


def test_two_documents_of_one_name_are_told_apart_by_when_they_came_in(registry: Registry) -> None:
    one, other = documents(2)
    for record in (one, later := other.model_copy(update={"path": one.path})):
        registry.add(record, action="ingest")

    with pytest.raises(NotFound) as refused:
        resolve(registry, one.path)

    first, second = refused.value.message.splitlines()[1:]
    assert re.match(rf"  {later.digest[:12]} of \d{{4}}-\d\d-\d\d \d\d:\d\d {one.path} ", first)
    assert second.startswith(f"  {one.digest[:12]} of ")


def test_a_document_goes_by_the_end_of_its_path(registry: Registry) -> None:
    deep, shallow, alike = (
        one.model_copy(update={"path": path})
        for one, path in zip(
            documents(3), ("hr/office/manual.md", "manual.md", "hr/office/100%_anual.md"), strict=True
        )
    )
    keep(registry, (deep, shallow, alike), {(0, 1)})

    assert resolve(registry, "manual.md") == shallow.digest
    assert resolve(registry, "office/manual.md") == deep.digest
    for no_end in ("nual.md", "%", "%_anual.md", ""):
        with pytest.raises(NotFound, match="nothing is called"):
            resolve(registry, no_end)


def test_an_end_of_several_paths_names_them_all(registry: Registry) -> None:
    paths = ("hr/manual.md", "it/manual.md")
    keep(registry, tuple(one.model_copy(update={"path": path}) for one, path in zip(documents(2), paths, strict=True)),
         {(0, 1)})  # fmt: skip

    with pytest.raises(NotFound, match="fits 2 records") as refused:
        resolve(registry, "manual.md")

    assert all(path in refused.value.message for path in paths)
