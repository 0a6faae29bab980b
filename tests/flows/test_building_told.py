"""Rows take a while to build on a busy machine: a person is told what is being done, once, and not on a lookup."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.house import open_house
from flows.walk import stages
from tests.tiny import make_workspace


def test_building_tells_each_of_its_parts_as_it_begins(
    tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = open_house(make_workspace(tmp_path / "workspace", tiny_base))
    base, valid = stages.base_model(house), stages.validate(house, stages.scrub(house, stages.ingest(house)))
    capsys.readouterr()

    def told() -> list[str]:
        lines = (line.strip() for line in capsys.readouterr().err.splitlines())
        return [line for line in lines if line.startswith("build: ")]

    dataset = stages.build_sft(house, base, valid)
    first = told()
    again = stages.build_sft(house, base, valid)

    rows = dataset.train.rows + dataset.held_out.rows
    assert first == [
        "build: making rows",
        f"build: asking which of {dataset.train.rows} rows {base.name} can learn",
        f"build: holding {rows} rows against the suite for sft",
        "build: writing the data card",
    ]
    assert (told(), again.digest) == ([], dataset.digest)
