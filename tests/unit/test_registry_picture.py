"""A lineage as a picture stays readable however much stands behind it, and lies about nothing."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from registry.database.changes import Edge
from registry.database.store import Registry, StageResult
from registry.errors import ConfigError, DigestMismatch, NotFound
from registry.lineage.drawing import dot, mermaid, render, svg
from registry.lineage.graph import Graph
from registry.lineage.layout import BOX, laid_out
from registry.lineage.picture import Box, Picture, drawn, grouped, picture_of
from registry.records import Document
from tests.registered import Place, make_place
from tests.unit.test_registry_store import document_set, documents

SVG = "{http://www.w3.org/2000/svg}"
PAIRS = st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda p: p[0] < p[1]), max_size=40)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An adapter of 300 documents, approved and released."""
    made = make_place(tmp_path_factory.mktemp("place"))
    with made.registry() as registry:
        whole = registry.commit(StageResult("key", "ingest", document_set(300), documents(300)))
        adapter = made.adapter(registry)
        registry.add(adapter, (whole,), "register")
        made.approve(registry, adapter)
        made.promote(registry, adapter)
    return made


@pytest.fixture
def picture(place: Place) -> Picture:
    with place.registry() as registry:
        return picture_of(registry, registry.find("demo").digest)


def graph_of(pairs: set[tuple[int, int]], root: int) -> Graph:
    """Digests 0 to 11 of three kinds."""
    edges = tuple(Edge(f"{one:064x}", f"{other:064x}") for one, other in sorted(pairs))
    return Graph(f"{root:064x}", edges, {f"{n:064x}": ("document", "dataset", "adapter")[n % 3] for n in range(12)})


def test_three_hundred_documents_are_one_box(picture: Picture) -> None:
    documents_ = [box for box in picture.boxes if box.kind == "document"]

    assert [(box.title, box.text) for box in documents_] == [("300 × document", "0.txt, 1.txt, 10.txt, …")]
    assert len(picture.boxes) < 12


def test_both_sides_of_the_adapter_are_drawn(picture: Picture) -> None:
    kinds = {box.kind for box in picture.boxes}

    assert kinds == {"document", "document-set", "base", "adapter", "evidence", "verdict", "decision", "release"}
    assert [box.kind for box in picture.boxes if box.root] == ["adapter"]


@settings(max_examples=150, deadline=None)
@given(pairs=PAIRS, root=st.integers(0, 11))
def test_any_graph_is_drawn_whole_without_boxes_on_each_other(pairs: set[tuple[int, int]], root: int) -> None:
    graph = graph_of(pairs, root)
    groups = grouped(graph)
    picture = drawn(graph, groups, {})
    names = {digest: box for box, group in zip(picture.boxes, groups, strict=True) for digest in group}

    assert sorted(digest for group in groups for digest in group) == sorted(graph.kinds)
    assert {(names[e.parent].name, names[e.child].name) for e in graph.edges} == set(picture.arrows)
    assert all(names[e.parent].rank < names[e.child].rank for e in graph.edges)
    assert all({graph.kinds[digest] for digest in group} == {graph.kinds[group[0]]} for group in groups)
    apart(picture)


def apart(picture: Picture) -> None:
    """No box on another or outside, and no arrow through a box on its way past."""
    layout = laid_out(picture)
    corners = sorted(layout.boxes.values())
    for x, y in corners:
        assert 0 <= x <= layout.width - BOX[0]
        assert -0.01 <= y <= layout.height - BOX[1] + 0.01
    assert all(b[0] != a[0] or b[1] >= a[1] + BOX[1] for a, b in pairwise(corners))
    for points in layout.arrows:
        for x, y in points[1:-1]:
            assert not any(left in {x, x - BOX[0]} and top < y < top + BOX[1] for left, top in corners)


def crowd(size: int) -> Iterator[tuple[int, int]]:
    """A source, `size` things made from it, and another made from each: no two have the same neighbours."""
    for n in range(size):
        yield 0, 1 + n
        yield 1 + n, 1 + size + n


@pytest.mark.parametrize("size", [10, 2000])
def test_a_crowd_at_one_distance_is_one_box(size: int) -> None:
    kinds = {f"{n:064x}": "base" if n == 0 else "training-run" if n <= size else "adapter" for n in range(2 * size + 1)}
    edges = tuple(Edge(f"{one:064x}", f"{other:064x}") for one, other in crowd(size))
    graph = Graph(f"{0:064x}", edges, kinds)

    picture = drawn(graph, grouped(graph), {})

    assert [box.title for box in picture.boxes] == ["base", f"{size} × training-run", f"{size} × adapter"]


def test_the_same_lineage_gives_the_same_bytes(place: Place, picture: Picture) -> None:
    with place.registry() as registry:
        again = picture_of(registry, registry.find("demo").digest)

    for form in (svg, mermaid, dot):
        assert form(again) == form(picture)


def test_the_svg_has_words_for_those_who_cannot_see_it(picture: Picture) -> None:
    root = etree.fromstring(svg(picture).encode())

    assert root.get("role") == "img"
    assert all(root.xpath(f"string(//*[@id='{name}'])") for name in root.get("aria-labelledby").split())
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert "300 × document: 0.txt, 1.txt, 10.txt, …" in titles


HOSTILE = '</text><script>alert(1)</script>"]; end\\n --> x & \x00\x1b[2J'


@pytest.mark.parametrize("form", [svg, mermaid, dot])
def test_a_hostile_name_stays_a_text(form: object, tmp_path: Path) -> None:
    assert callable(form)
    plain = Picture((Box("n0", "document", "letter", 1, 0, root=True),), ())
    with Registry.open(tmp_path / "r.duckdb", "eve") as registry:
        document = Document(content="1" * 64, path=HOSTILE, media_type="", size_bytes=1, licence="MIT")
        registry.add(document)
        hostile = picture_of(registry, document.digest)

    text = form(hostile)

    assert len(text.splitlines()) <= len(form(plain).splitlines()) + 1
    assert "\x1b" not in text
    if form is dot:
        assert re.findall(r'(?<!\\)"', text.splitlines()[3]) == ['"', '"']
    else:
        assert "<script" not in text
    if form is svg:
        assert "alert(1)" in "".join(etree.fromstring(text.encode()).itertext())


def test_long_and_wide_names_fit_their_box() -> None:
    for text in ("a" * 200, "文" * 100, "word " * 60):
        root = etree.fromstring(svg(Picture((Box("n0", "document", text, 1, 0, root=True),), ())).encode())
        for line in root.iter(f"{SVG}text"):
            assert sum(2 if ord(char) > 0x2E80 else 1 for char in line.text) <= 27


def test_a_file_of_another_kind_is_refused_by_name(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"picture\.png"):
        render(picture, tmp_path / "picture.png")


def test_what_is_not_here_or_edited_is_not_drawn() -> None:
    with tempfile.TemporaryDirectory() as directory, Registry.open(Path(directory) / "r.duckdb", "eve") as registry:
        digest = registry.commit(StageResult("key", "ingest", document_set(1), documents(1)))
        registry.connection.execute("UPDATE records SET body = replace(body::VARCHAR, 'MIT', 'ISC')")

        with pytest.raises(NotFound):
            picture_of(registry, "0" * 64)
        with pytest.raises(DigestMismatch):
            picture_of(registry, digest)
