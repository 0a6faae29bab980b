"""A bundle that somebody harmed on its way to the auditor is refused, at its first bad event where that can be said."""

from __future__ import annotations

import json

import pytest

from registry.audit import bundles
from registry.errors import (
    ChainCut,
    CheckpointForged,
    CheckpointGone,
    RolledBack,
)  # fmt: skip
from tests.attacks.test_registry_tampered_chain import EVERYWHERE, SEALED, forgery_of, found_in_bundle, may_be_named
from tests.sealed import SealedPlace
from tests.tampering import ATTACKS, Attack


@pytest.mark.parametrize("attack", ATTACKS)
@EVERYWHERE
def test_a_harmed_bundle_is_found_at_its_first_bad_event(harmed: SealedPlace, attack: Attack, at: int) -> None:
    held, *lines = harmed.bundle.read_bytes().splitlines(keepends=True)
    seals = dict(zip(SEALED, (line for line in lines if b'{"checkpoint"' in line), strict=True))
    bodies = [line[len(b'{"event":') : -len(b"}\n")] for line in lines if line.startswith(b'{"event":')]

    written = [held]
    for number, body in enumerate(attack(bodies, at)):
        written.append(b'{"event":' + body + b"}\n" + seals.get(number, b""))
    harmed.bundle.write_bytes(b"".join(written))

    assert found_in_bundle(harmed).event in may_be_named(attack, at)


@pytest.mark.parametrize("at", SEALED)
@pytest.mark.parametrize(
    "forgery", ["gone", "stranger", "signature", "unsigned", "another's", "no checkpoint", "twice"]
)
def test_a_bundle_with_a_harmed_checkpoint_is_refused(harmed: SealedPlace, at: int, forgery: str) -> None:
    lines = harmed.bundle.read_text().splitlines(keepends=True)
    place = at + 2 + SEALED.index(at)
    envelope = json.dumps(json.loads(lines[place])["checkpoint"], sort_keys=True)
    replaced = {"gone": "", "twice": lines[place] * 2}.get(forgery)
    if replaced is None:
        replaced = f'{{"checkpoint":{forgery_of(harmed, envelope, forgery, at)}}}\n'

    harmed.bundle.write_text("".join([*lines[:place], replaced, *lines[place + 1 :]]))

    error = found_in_bundle(harmed)
    assert isinstance(error, CheckpointForged | CheckpointGone | ChainCut)
    assert error.event is not None


def test_an_older_bundle_is_refused_by_whoever_saw_a_newer_one(harmed: SealedPlace) -> None:
    bundles.verify(harmed.bundle, harmed.place.trust)
    _, *lines = harmed.bundle.read_text().splitlines(keepends=True)
    digest = harmed.ask("SELECT digest FROM events WHERE sequence = 10")[0][0]
    held = f'{{"bundle":{{"events":11,"head":"{digest}"}}}}\n'
    harmed.bundle.write_text("".join([held, *lines[:14]]))  # as it was at the first release

    error = found_in_bundle(harmed)
    assert isinstance(error, RolledBack)
    assert error.event == 11


@pytest.mark.parametrize("junk", [b"", b"\n", b"{}\n", b'{"event":{}}\n', b'{"checkpoint":{}}\n', b"\xff\n"])
@pytest.mark.parametrize("where", ["alone", "before", "after"])
def test_a_line_that_is_no_part_of_a_bundle_is_refused(harmed: SealedPlace, junk: bytes, where: str) -> None:
    whole = harmed.bundle.read_bytes()
    if not junk and where != "alone":
        junk = whole.splitlines(keepends=True)[0]

    harmed.bundle.write_bytes({"alone": junk, "before": junk + whole, "after": whole + junk}[where])

    found_in_bundle(harmed)
