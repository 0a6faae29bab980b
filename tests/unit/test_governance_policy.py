"""The policy file is closed, commented, and bound by its digest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from flows.walk.candidates import KINDS
from governance.gates import CONTINUED, PREFERENCE
from governance.integrity import memorization
from governance.licences import evidence as licences
from governance.licences.expressions import unknown_identifiers
from governance.licences.settings import LicencePolicy
from governance.licences.terms import USES
from governance.pii.recall.proof import RECALL, RESIDUAL
from governance.policy import EvidenceType, GatePolicy, Policy, load_policy
from registry.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "deploy" / "policy.yaml"


def test_the_shipped_policy_is_exactly_the_defaults() -> None:
    assert load_policy(SHIPPED) == Policy()


def test_the_shipped_policy_writes_out_every_rule() -> None:
    import yaml

    written = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))

    assert {name: set(section) for name, section in written.items()} == {
        name: set(section) for name, section in Policy().model_dump().items()
    }


def test_any_change_of_a_rule_changes_the_digest() -> None:
    changed = Policy(gate=GatePolicy(general_drop=0.04))

    assert changed.digest != Policy().digest
    assert Policy().digest == Policy().digest


def test_a_misspelt_rule_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("gate:\n  beat_bass: false\n")

    with pytest.raises(ConfigError, match=r"policy.yaml:2.*beat_base"):
        load_policy(path)


@pytest.mark.parametrize("text", [
    "gate: {general_drop: .nan}", "gate: {general_drop: -0.1}", "data: {minimum_documents: 0}",
    "gate: {general_drop: true}", "gate: {minimum_headline: yes}", "gate: {minimum_preference: off}",
])  # fmt: skip
def test_a_threshold_that_means_nothing_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError):
        load_policy(path)


def test_evidence_that_no_run_makes_cannot_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("gate:\n  required: [general, headlines]\n")

    with pytest.raises(ConfigError, match=r"policy\.yaml:2: gate\.required\.1: Input should be 'headline', 'general'"):
        load_policy(path)


def test_all_evidence_that_runs_make_can_be_asked_for() -> None:
    made = {*KINDS, PREFERENCE, RECALL, RESIDUAL, memorization.TYPE, licences.TYPE, CONTINUED, "pii.scrub", "pii.dp"}

    assert set(get_args(EvidenceType)) == made


def test_an_accepted_licence_whose_terms_nobody_wrote_down_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"LicenseRef-x.*licences\.terms"):
        LicencePolicy(train=("LicenseRef-x",))


def test_a_licence_cannot_be_accepted_for_what_it_does_not_permit() -> None:
    with pytest.raises(ValidationError, match=r"CC-BY-NC-4\.0 does not permit serve_external"):
        LicencePolicy(serve_external=("CC-BY-NC-4.0",))


def test_every_licence_accepted_as_shipped_is_known_and_permits_its_use() -> None:
    shipped = LicencePolicy()

    accepted = [(use, licence) for use in USES for licence in shipped.allowed(use)]

    assert accepted
    assert all(use in shipped.terms_of(licence).permits for use, licence in accepted)
    assert unknown_identifiers(shipped.model_copy(update={"aliases": {"ours": "MIT"}})) == ()


def test_the_digest_of_a_policy_covers_the_shipped_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Policy().digest

    monkeypatch.setattr("governance.policy.catalogue_digest", lambda: "0" * 64)

    assert Policy().digest != before


def test_a_licence_that_spdx_does_not_know_is_refused_in_the_policy_too(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("licences:\n  aliases: {Our licence: Apache-3.0}\n")

    with pytest.raises(ConfigError, match=r"Apache-3\.0"):
        load_policy(path)


def test_reading_a_policy_or_deciding_imports_nothing_heavy() -> None:
    heavy = "{'pandas', 'great_expectations', 'matplotlib', 'spacy', 'torch', 'license_expression', 'rapidfuzz'}"
    rooms = "governance.policy, governance.licences.expressions, governance.gates, governance.report.render"

    found = subprocess.run(
        [sys.executable, "-c", f"import sys, {rooms}; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.strip() == "[]"


def test_a_term_that_is_to_stay_and_to_go_is_refused_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("pii:\n  allow: [Client Money, Nimbus]\n  deny: [nimbus, Falcon]\n")

    with pytest.raises(ConfigError, match="allow and deny both name nimbus"):
        load_policy(path)


@pytest.mark.parametrize(
    ("rule", "named"),
    [("languages: [en, zz]", "zz"), ("phone_regions: [XX]", "XX"), ('model: ""', "model")],
)
def test_a_language_a_region_and_a_model_that_do_not_exist_are_refused(rule: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(f"pii:\n  {rule}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=named):
        load_policy(tmp_path / "policy.yaml")


def test_a_type_that_nothing_looks_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("pii:\n  entities: [PERSN]\n  replace: [PERSN]\n")

    with pytest.raises(ConfigError, match="nothing looks for: PERSN"):
        load_policy(path)
