"""One spelling for one value, whichever way it is written."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import digests

NUMBERS = st.integers(-(2**54), 2**54) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
@settings(max_examples=400, deadline=None)
def test_canonical_json_is_rfc_8785_whatever_the_value(value: object) -> None:
    try:
        spelt = rfc8785.dumps(value)  # type: ignore[arg-type]
    except ValueError:
        with pytest.raises(ValueError):
            digests.canonical(value)
        return

    assert digests.canonical(value) == spelt
    assert json.loads(spelt) == json.loads(digests.canonical(value))


@pytest.mark.parametrize("text", ["", "\x00\x1f\x7f", '"\\/', "\b\f\n\r\t", "é\u2028😀", "\ud7ff\ue000"])
def test_text_is_escaped_as_the_standard_says(text: str) -> None:
    assert digests.canonical({"a": text}) == rfc8785.dumps({"a": text})


def test_half_a_character_has_no_digest() -> None:
    with pytest.raises(ValueError):
        digests.of_json({"a": "\ud800"})


def test_a_record_is_named_by_the_bytes_that_stand_for_it() -> None:
    body = digests.canonical({"b": 1, "a": "x"})

    assert digests.of_record("thing", body) == digests.of_json({"kind": "thing", "body": {"b": 1, "a": "x"}})
    assert digests.of_record("thing", body.replace(b":", b": ")) != digests.of_record("thing", body)
