"""A row states its own licence: it may not talk away a teacher's or a judge's."""

from __future__ import annotations

import json

import pytest

from flows.ingest.examples.rows import read_jsonl
from governance.licences.expressions import check
from registry.errors import LicenceRefused

FORBIDDEN = "CC-BY-NC-4.0"


@pytest.mark.parametrize("field", ["license", "licence", "teacher_licence"])
@pytest.mark.parametrize("licence", ["MIT) OR (MIT", "MIT) OR MIT OR (MIT", "(MIT", "MIT)", ")MIT("])
def test_a_licence_that_would_make_a_choice_of_what_it_is_joined_with_is_refused(field: str, licence: str) -> None:
    rows = [{"prompt": "Which?", "completion": "That.", field: licence}, {"prompt": "And?", "completion": "This."}]

    read = read_jsonl("\n".join(map(json.dumps, rows)).encode())

    assert [unit.unit for unit in read.units] == [2]
    assert [(one.place, "parenthesis" in one.detail, licence in one.detail) for one in read.refusals] == [
        (":1", True, False)
    ]


@pytest.mark.parametrize("licence", ["MIT", "MIT OR Apache-2.0", "(MIT OR (Apache-2.0 AND MIT))", "MIT (found there)"])
def test_any_other_is_kept_and_cannot_loosen_what_it_is_joined_with(licence: str) -> None:
    row = {"prompt": "Which?", "completion": "That.", "license": licence}

    (unit,) = read_jsonl(json.dumps(row).encode()).units

    assert unit.licence == licence
    with pytest.raises(LicenceRefused):
        check(f"({unit.licence}) AND ({FORBIDDEN})", "train")


@pytest.mark.parametrize("fields", [
    {"License": FORBIDDEN}, {"LICENCE": FORBIDDEN}, {" license ": FORBIDDEN}, {"license": "", "licence": FORBIDDEN},
    {"license": " \u200b", "licence": FORBIDDEN}, {"license": FORBIDDEN, "License": f" {FORBIDDEN}"},
])  # fmt: skip
@pytest.mark.parametrize("whose", ["", "teacher_"])
def test_a_licence_counts_however_its_field_is_spelled(fields: dict[str, str], whose: str) -> None:
    named = {name.replace("l", f"{whose}l", 1).replace("L", f"{whose}L", 1): text for name, text in fields.items()}

    (unit,) = read_jsonl(json.dumps({"prompt": "Which?", "completion": "That.", **named}).encode()).units

    assert (unit.teacher if whose else unit.licence) == FORBIDDEN


@pytest.mark.parametrize(
    "names", [("license", "licence"), ("License", "license"), ("teacher_licence", "teacher_license")]
)
def test_of_two_licences_for_one_row_none_is_chosen(names: tuple[str, str]) -> None:
    row = {"prompt": "Which?", "completion": "That.", names[0]: "MIT", names[1]: FORBIDDEN}

    read = read_jsonl(json.dumps(row).encode())

    assert not read.units
    assert ["said twice" in refusal.detail for refusal in read.refusals] == [True]
