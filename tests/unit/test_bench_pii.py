"""The privacy bench measures what it says: its labels stand where they should, and its broken numbers are broken."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from tests.bench.pii_letters import SHAPES, letters
from tests.bench.pii_numbers import KINDS, numbers

ROOT = Path(__file__).resolve().parents[2]


def test_letters_are_labelled_right_and_the_same_for_a_seed() -> None:
    made = list(letters(2 * len(SHAPES), seed=5))

    assert made == list(letters(2 * len(SHAPES), seed=5))
    assert len(set(SHAPES)) >= 60
    assert all("{a." not in letter.text and "{b." not in letter.text for letter in made)
    for letter in made:
        for span in letter.spans:
            value = letter.text[span.start : span.end]
            assert value == value.strip() != ""
            assert span.type != "EMAIL_ADDRESS" or "@" in value


def test_letters_are_the_same_whatever_order_a_set_has() -> None:
    said = "from tests.bench.pii_letters import letters; print([letter.text for letter in letters(200, seed=1)])"

    made = {
        subprocess.run([sys.executable, "-c", said], env={**os.environ, "PYTHONHASHSEED": order}, cwd=ROOT,
                       capture_output=True, check=True).stdout
        for order in ("1", "2")
    }  # fmt: skip

    assert len(made) == 1


def test_at_least_fifteen_countries_are_drawn_and_each_broken_number_is_refused_by_all() -> None:
    draw = random.Random(1)

    pairs = {kind: next(numbers(kind, 1, draw)) for kind in KINDS}

    checks = [import_module(f"stdnum.{kind.module}").is_valid for kind in KINDS]
    assert len({kind.country for kind in KINDS}) >= 15
    assert not any(check(broken) for _, broken in pairs.values() for check in checks)
    assert all(import_module(f"stdnum.{kind.module}").is_valid(valid) for kind, (valid, _) in pairs.items())
