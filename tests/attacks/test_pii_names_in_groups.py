"""What a row says it is about may be somebody: groups of scrubbed rows are compared, and tell no name to anybody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.datasets.split import split
from flows.ingest.examples.rows import parse, prompt_group
from flows.ingest.ingest import ingest
from flows.ingest.settings import DocumentFolder, IngestSection
from flows.scrubbing.folder import Rules, scrub_folder
from flows.search.validation import Placed
from governance.pii.scrub import Row, scrub, scrub_document
from governance.pii.settings import PiiPolicy
from governance.pii.sought import Material, Reading, sought
from governance.pii.standins.pseudonyms import PseudonymKey, key_of
from registry.artifacts import Artifacts
from registry.tables import LATER, read_table

KEY, OTHER = key_of(b"k" * 32), key_of(b"o" * 32)
PROMPT = "Which account did Anna Weber open with the bank?"
ABOUT = {"group": "Anna Weber", "document": "Personalakte Weber, Anna"}
SAID = {"prompt": PROMPT, "completion": "Anna Weber opened a savings account."}


def groups_of(fields: dict[str, str], key: PseudonymKey = KEY, *more: str) -> list[str]:
    unit = parse(fields, 1).model_dump()
    row: Row = {**unit, "document": "d" * 64, "path": "cases.jsonl", "groups": [*unit["groups"], *more]}
    (done,), _ = scrub_document([row], PiiPolicy(), key)
    groups = done["groups"]
    assert isinstance(groups, list)
    return groups


def test_no_group_of_a_scrubbed_row_says_a_name() -> None:
    groups = groups_of({**SAID, **ABOUT})

    assert "Weber" not in str(groups)
    assert [group.partition(":")[0] for group in groups] == ["keyed"] * 3


def test_no_staff_list_tells_who_was_asked_about() -> None:
    assert prompt_group(PROMPT) not in groups_of(SAID)
    assert not set(groups_of(SAID, KEY)) & set(groups_of(SAID, OTHER))


def test_rows_about_the_same_still_share_a_group_and_others_none() -> None:
    other = {"prompt": "Who else?", "completion": "Nobody."}

    assert set(groups_of({**SAID, **ABOUT})) & set(groups_of({**other, "group": "Anna Weber"}))
    assert not set(groups_of({**SAID, **ABOUT})) & set(groups_of({**other, "group": "Anna Webber"}))


def test_what_is_held_out_for_its_day_is_so_after_scrubbing() -> None:
    assert groups_of(SAID, KEY, LATER)[-1] == LATER


def test_a_scrubbed_folder_names_nobody_whom_its_rows_are_about(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rows = [{**SAID, **ABOUT}, {"prompt": "Who else?", "completion": "Nobody.", "group": "Anna Weber"}]
    (tmp_path / "in" / "cases.jsonl").write_text("\n".join(map(json.dumps, rows)))

    scrub_folder(tmp_path / "in", tmp_path / "out", Rules(IngestSection(workers=1), PiiPolicy(), KEY), workers=1)

    (written,) = (path for path in (tmp_path / "out").rglob("*") if path.is_file())
    one, two = map(json.loads, written.read_text().splitlines())
    assert "Weber" not in written.read_text()
    assert len(one["groups"]) == 2
    assert set(two["groups"]) < set(one["groups"])


@pytest.mark.parametrize("keys", [(), (KEY,)])
def test_erasing_tells_a_keyed_row_from_others_though_its_key_is_gone(
    tmp_path: Path, keys: tuple[PseudonymKey, ...]
) -> None:
    store = Artifacts(tmp_path / "artifacts"), tmp_path
    (tmp_path / "in").mkdir()
    rows = [{**SAID, **ABOUT}, {"prompt": "Who else?", "completion": "Nobody."}]
    (tmp_path / "in" / "cases.jsonl").write_text("\n".join(map(json.dumps, rows)))
    read = ingest([DocumentFolder(path=tmp_path / "in")], IngestSection(workers=1), store)
    scrubbed = scrub(read.batch, PiiPolicy(), KEY, store, workers=1)
    where = Material(read.documents, (read.batch.units,), (scrubbed.units,))

    cut = sought("Anna Weber", where, store[0], Reading(PiiPolicy(), keys)).cut

    trained = read_table(scrubbed.units, store[0]).select(["document", "groups"]).to_pylist()
    assert [cut.takes(row) for row in trained] == [True, False]


def test_another_key_moves_no_row_that_asks_about_nobody_to_the_other_side() -> None:
    asked = [{"prompt": f"What is rule {n}?", "completion": "It holds.", "group": f"part {n}"} for n in range(9)]
    one, other = ([Placed(n, tuple(groups_of(row, key))) for n, row in enumerate(asked)] for key in (KEY, OTHER))

    assert not {row.groups for row in one} & {row.groups for row in other}
    assert [row.number for row in split(one, 0.4, 7).held_out] == [row.number for row in split(other, 0.4, 7).held_out]
