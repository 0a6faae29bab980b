"""Somebody switches the scrubber off: the adapter learns secrets by heart, and the gate says so."""

from __future__ import annotations

from pathlib import Path

from governance.gates import decide
from governance.policy import policy_of
from tests.leaking import evidence, leak_tested, leaky
from tests.walked import Place, forked


def test_pii_that_is_not_replaced_is_told_and_the_gate_refuses(walked_once: Place, tmp_path: Path) -> None:
    place = leaky(walked_once.copy(tmp_path), pii="{replace: []}")

    ended = forked(leak_tested, place)

    assert ended.code == 0, ended.err
    found = evidence(place)[0]
    verdict = decide(found.subject, [found], [], None, policy_of(place.workspace))
    assert not verdict.passed
    assert any("does not keep secrets repeated 60 times" in reason for reason in verdict.reasons)
