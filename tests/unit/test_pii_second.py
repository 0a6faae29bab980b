"""The second detector finds what is plainly there, in the place where it is, and is never silently absent."""

from __future__ import annotations

import pytest

from governance.pii.recall import second
from governance.pii.recall.second import LABELS, WINDOW_CHARS, flags, model_version
from governance.policy import RESIDUAL_LABELS
from registry.errors import EvidenceMissing

LINES = (
    "Please write to Gudrun Haverkamp at gudrun.haverkamp@nordmail.com or call +44 20 7946 0958.",
    "The meeting was moved because the room is being painted.",
    "",
    "My social security number is 219-09-9999.",
)


def found(line: str, number: int = 0, lines: tuple[str, ...] = LINES) -> set[tuple[str, str]]:
    return {(flag.label, line[flag.start : flag.end]) for flag in flags(lines)[number] if flag.score > 0.5}


def test_names_addresses_and_numbers_are_flagged_where_they_stand() -> None:
    first = found(LINES[0])

    assert {("GIVEN_NAME", "Gudrun"), ("SURNAME", "Haverkamp")} <= first
    assert {label for label, _ in first} >= {"EMAIL", "PHONE"}
    assert "219-09-9999" in {value for _, value in found(LINES[3], 3)}


def test_plain_and_empty_lines_have_no_flags() -> None:
    answers = flags(LINES)

    assert answers[1] == answers[2] == ()
    assert len(answers) == len(LINES)


def test_what_stands_far_into_a_long_line_is_flagged_at_its_own_offset() -> None:
    line = "The room is being painted again this week. " * 40 + LINES[0]
    assert len(line) > 3 * WINDOW_CHARS

    assert ("SURNAME", "Haverkamp") in found(line, 0, (line,))


def test_a_line_is_read_the_same_alone_and_among_others() -> None:
    alone = [{(f.start, f.end, f.label) for f in flags([line])[0] if f.score > 0.5} for line in LINES]
    together = [{(f.start, f.end, f.label) for f in one if f.score > 0.5} for one in flags(LINES)]

    assert alone == together


def test_offsets_are_code_points() -> None:
    line = "🦊🦊 Grüße an Gudrun Haverkamp, 🦊 gudrun.haverkamp@nordmail.com"

    assert ("SURNAME", "Haverkamp") in found(line, 0, (line,))


def test_policy_offers_exactly_the_labels_of_the_model() -> None:
    names = {name[2:] for name in second._model().names if name != "O"}

    assert set(LABELS) == names
    assert set(RESIDUAL_LABELS) < names


def test_a_missing_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "PACKAGE", "no_such_detector")
    second._model.cache_clear()

    with pytest.raises(EvidenceMissing, match="not installed"):
        flags(LINES)
    with pytest.raises(EvidenceMissing, match="not installed"):
        model_version()
