"""The rules of the proof: thin, missing or odd figures never pass, and a refusal names places, never values."""

from __future__ import annotations

import math

import pytest

from governance.pii.recall.bootstrap import widened
from governance.pii.recall.proof import (
    DIRECT,
    MOST_LISTED,
    OWN,
    RATE,
    RECALL,
    RESIDUAL,
    Residue,
    clean,
    enough,
    require_clean,
    require_recall,
)
from registry.errors import RecallTooLow, ResidualFound
from registry.records import Evidence, Figure

SUBJECT = "a" * 64


def share(low: float | None, value: float, high: float | None, n: int | None = 900, name: str = DIRECT) -> Figure:
    return Figure.model_construct(name=name, value=value, low=low, high=high, n=n)


def recall(*figures: Figure) -> Evidence:
    return Evidence(type=RECALL, subject=SUBJECT, figures=figures)


def residual(low: float, value: float, high: float) -> Evidence:
    return Evidence(type=RESIDUAL, subject=SUBJECT, figures=(share(low, value, high, name=RATE),))


PLACES = tuple(
    Residue(document=f"letter{n}.txt", unit=n, cell="text", start=n, end=n + 8, type="SURNAME") for n in range(30)
)


def test_the_lower_end_of_the_interval_decides_on_recall() -> None:
    assert enough(share(0.85, 0.9, 0.93), 0.85)
    assert not enough(share(0.849, 0.99, 1.0), 0.85)


@pytest.mark.parametrize(
    "figure",
    [
        None,
        share(None, 0.9, 0.95),
        share(0.8, 0.9, None),
        share(0.8, 0.9, 0.95, None),
        share(0.8, 0.9, 0.95, 0),
        share(math.nan, 0.9, 0.95),
        share(0.8, math.nan, 0.95),
        share(0.8, 0.9, math.inf),
        share(0.95, 0.9, 0.8),
        share(0.9, 0.95, 1.1),
        share(-0.1, 0.9, 1.0),
    ],
)
def test_a_figure_that_is_missing_thin_or_impossible_is_never_enough(figure: Figure | None) -> None:
    assert not enough(figure, 0.0)


def test_recall_is_asked_of_every_sample() -> None:
    good, bad = share(0.9, 0.95, 0.97), share(0.5, 0.6, 0.7, name=OWN + DIRECT)

    require_recall(recall(good), 0.85, own=False)
    with pytest.raises(RecallTooLow, match=r"own direct.*60.0%"):
        require_recall(recall(good, bad), 0.85, own=True)
    with pytest.raises(RecallTooLow, match="was not measured"):
        require_recall(recall(good), 0.85, own=True)


def test_where_nothing_is_missed_more_labels_are_asked_for() -> None:
    found, missed = share(0.86, 1.0, 1.0), share(0.5, 0.6, 0.7)

    with pytest.raises(RecallTooLow) as few:
        require_recall(recall(found), 0.9, own=False)
    with pytest.raises(RecallTooLow) as bad:
        require_recall(recall(missed), 0.9, own=False)

    assert few.value.next_step.startswith("label more texts in proof.sample")
    assert bad.value.next_step.startswith("see which kinds are missed")


def test_thirty_five_identifiers_that_are_all_hidden_are_the_fewest_that_reach_nine_in_ten() -> None:
    lows = [widened(1.0, n, (1.0, 1.0))[0] for n in (34, 35)]

    assert lows[0] < 0.9 <= lows[1]


def test_a_few_flags_in_little_text_do_not_stop_a_run_but_many_do() -> None:
    assert clean(share(0.5, 40.0, 220.0, 3, RATE), 20.0)
    assert not clean(share(20.1, 40.0, 60.0, 300, RATE), 20.0)


@pytest.mark.parametrize(
    "figure",
    [None, share(0.0, 0.0, None, name=RATE), share(0.0, 0.0, 1.0, 0, RATE), share(0.0, 0.0, math.nan, name=RATE)],
)
def test_what_nobody_read_is_never_clean(figure: Figure | None) -> None:
    assert not clean(figure, 1e9)


def test_a_refusal_lists_places_up_to_a_limit() -> None:
    require_clean(residual(0.0, 1.0, 5.0), 20.0, PLACES)

    with pytest.raises(ResidualFound) as refused:
        require_clean(residual(30.0, 40.0, 50.0), 20.0, PLACES)

    assert "letter3.txt#3 text 3–11: SURNAME" in refused.value.message
    assert refused.value.message.count(": SURNAME") == MOST_LISTED
    assert f"{len(PLACES) - MOST_LISTED} more" in refused.value.message


def test_reading_nothing_is_refused() -> None:
    nothing = Evidence(type=RESIDUAL, subject=SUBJECT, figures=(Figure(name="found", value=0.0, n=0),))

    with pytest.raises(ResidualFound, match="read nothing"):
        require_clean(nothing, 20.0, ())


def test_a_refusal_counts_by_type_and_shows_the_three_ways_on() -> None:
    mail = Residue(document="mail.txt", unit=0, cell="choices.1", start=0, end=9, type="EMAIL")

    with pytest.raises(ResidualFound) as refused:
        require_clean(residual(30.0, 40.0, 50.0), 20.0, (mail, *PLACES))

    assert "By type: 30 SURNAME, 1 EMAIL" in refused.value.message
    assert "mail.txt#0 choices.1 0–9: EMAIL" in refused.value.message
    ways = refused.value.next_step.splitlines()[1:]
    assert "rows count from 1, characters from 0" in refused.value.next_step
    named = ("pii.deny", "proof.sample", "proof.maximum_residual")
    assert [way.strip()[0] for way in ways] == ["1", "2", "3"]
    assert all(name in way for name, way in zip(named, ways, strict=True))
