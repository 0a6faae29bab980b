"""What a row says it is about may be somebody: groups of scrubbed rows are compared, and tell no name to anybody."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.folder import Rules, scrub_folder
from flows.ingest.rows import parse, prompt_group
from flows.ingest.settings import IngestSection
from governance.pii.pseudonyms import PseudonymKey, key_of
from governance.pii.scrub import Row, scrub_document
from governance.pii.settings import PiiPolicy
from registry.tables import LATER
from tests.erasable import NAME
from tests.walked import Place, muniment

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
    assert [group.partition(":")[0] for group in groups] == ["ref", "ref", "row"]


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


def trained_on(place: Place) -> list[Row]:
    paths = (path for path in place.workspace.artifacts.root.rglob("*") if path.is_file())
    tables = (pq.read_table(path) for path in paths if path.read_bytes()[:4] == b"PAR1")
    return [row for table in tables if "origin" in table.column_names for row in table.to_pylist()]


@pytest.mark.parametrize("key_is_kept", [True, False])
def test_erasing_reaches_rows_whose_groups_are_keyed(erasable_once: Place, tmp_path: Path, key_is_kept: bool) -> None:
    place = erasable_once.copy(tmp_path)
    assert "Bergen" in str(trained_on(place))
    if not key_is_kept:
        (place.keys / "pseudonym.key").unlink()

    ended = muniment(place, "erase", NAME, "--reason", "Request under article 17", "--key", "paul", "--yes")

    assert ended.code == 0, ended.err
    assert "Bergen" not in str(trained_on(place))
    assert "shelf" in str(trained_on(place))
