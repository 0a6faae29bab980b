"""A licence of our own that the policy names together with its text's digest is that text and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.base.model import UNKNOWN_LICENCE, licence_of
from governance.licences.folder import texts_in
from governance.licences.identify import UNKNOWN, identify
from governance.licences.notice import Brought, write_notice
from governance.licences.settings import LicencePolicy
from governance.licences.terms import Terms
from governance.policy import Policy
from registry.digests import of_bytes
from tests.unit.test_licences_judgement import rows
from tests.unit.test_licences_notice import ADAPTER

OURS = "LicenseRef-publisher"
TEXT = b"Example Press Licence\n\nOur own staff may train models on these texts. Nobody else may use them at all.\n"
DIGEST = of_bytes(TEXT)
POLICY = LicencePolicy(
    train=(OURS, "MIT"), serve_internal=(OURS, "MIT"), aliases={"Example Press Licence": OURS},
    terms={OURS: Terms(name="Contract of 2026", permits=("train", "serve_internal"), text=DIGEST)},
)  # fmt: skip


def test_a_file_is_named_by_its_digest() -> None:
    found = identify(TEXT, POLICY)

    assert (found.licence, found.confidence, found.text) == (OURS, 1.0, DIGEST)
    assert identify(TEXT, LicencePolicy()).licence == UNKNOWN


@pytest.mark.parametrize(
    "changed",
    [TEXT + b"\n", TEXT.replace(b"Nobody else", b"Everybody else"), b"License: LicenseRef-publisher\n", TEXT[:30]],
)
def test_a_changed_text_is_unknown_whatever_it_calls_itself(changed: bytes) -> None:
    assert identify(changed, POLICY).licence == UNKNOWN


def test_a_base_models_licence_file_is_read_so_too(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_bytes(TEXT)
    (tmp_path / "README.md").write_text(f"---\nlicense: other\nlicense_name: {OURS}\n---\n# A model\n")

    assert licence_of(tmp_path, POLICY) == OURS
    (tmp_path / "LICENSE").write_bytes(TEXT.replace(b"Our own", b"Their own"))
    assert licence_of(tmp_path, POLICY) == UNKNOWN_LICENCE


def test_the_notice_tells_the_digest_and_asks_for_the_text(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_bytes(TEXT)

    bare, whole = (
        write_notice(ADAPTER, [rows(OURS)], POLICY, Brought(texts)) for texts in ({}, texts_in(tmp_path, POLICY))
    )

    assert DIGEST in bare.text
    assert DIGEST in whole.text
    assert bare.missing == (OURS,)
    assert whole.missing == ()
    assert "Nobody else may use them at all." in whole.text


def test_what_is_no_digest_is_refused_and_terms_without_one_are_what_they_were() -> None:
    with pytest.raises(ValidationError):
        Terms(name="Contract of 2026", text="the one in the drawer")
    assert "text" not in Policy().model_dump(mode="json")["licences"]["terms"]["LicenseRef-proprietary-internal"]
