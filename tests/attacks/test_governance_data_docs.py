"""Data Docs are shown to many people: no text of a document may reach them, and they fetch nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from governance.policy import DataPolicy
from governance.validation import validate
from registry import tables
from registry.artifacts import Artifacts

SECRET = "Zebulon Quarrington"
LENIENT = DataPolicy(maximum_quarantined_share=0.9)


def _pages(tmp_path: Path) -> dict[str, str]:
    artifacts = Artifacts(tmp_path / "artifacts")
    row: dict[str, object] = dict.fromkeys(tables.UNITS.names)
    row |= {"document": "d" * 64, "path": f"{SECRET}.txt", "unit": 0, "kind": "text", "licence": "MIT"}
    texts = [f"{SECRET} is fine", f"{SECRET}\0", f"{SECRET}\ufffd\ufffd\ufffd", "  "]
    kinds = [{"kind": SECRET}, {"licence": "", "source": SECRET, "text": f"{SECRET} again"}]
    rows = [row | {"text": text} for text in texts] + [row | kind for kind in kinds]
    table = tables.write_table(pa.Table.from_pylist(rows, schema=tables.UNITS), artifacts, tmp_path, "in")
    docs = artifacts.path(validate(table, "documents", artifacts, tmp_path, LENIENT).data_docs)
    return {p.relative_to(docs).as_posix(): p.read_text(encoding="utf-8") for p in docs.rglob("*.html")}


def test_no_text_path_or_source_of_a_row_reaches_the_data_docs(tmp_path: Path) -> None:
    pages = _pages(tmp_path)

    assert {"index.html", "expectations/documents.html"} <= set(pages)
    for page in pages.values():
        assert not re.search("Zebulon|Quarrington", page)
        assert str(tmp_path) not in page


def test_the_data_docs_say_which_rules_were_broken(tmp_path: Path) -> None:
    result = next(page for name, page in _pages(tmp_path).items() if name.startswith("validations/"))

    for rule in ("no_nul", "little_garbage", "kind_known", "licence_present", "shortest_characters"):
        assert rule in result


def test_a_browser_that_opens_the_data_docs_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    for page in _pages(tmp_path).values():
        head = page.partition("<script")[0].partition("<link")[0]

        assert "default-src 'self'" in head
