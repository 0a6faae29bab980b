"""Licences: what is not known and allowed is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.licences.expressions import both, check, normalise, parts, require_all
from governance.licences.materials import Material
from governance.licences.obligations import obligations
from governance.licences.settings import Circumstances, LicencePolicy
from governance.licences.terms import Terms, catalogue, shipped
from registry.errors import LicenceRefused


@pytest.mark.parametrize(
    ("stated", "expression"),
    [
        ("MIT", "MIT"),
        ("  mit ", "MIT"),
        ("MIT License", "MIT"),
        ("apache license 2.0", "Apache-2.0"),
        ("Apache-2.0 (HF dataset card, see SOURCE.md)", "Apache-2.0"),
        ("Apache-2.0 (HF dataset card RegNLP/ObliQA; no LICENSE in the GitHub repo)", "Apache-2.0"),
        ("MIT (upstream github:owner/name LICENSE); mirror repo has none", "MIT"),
        ("MIT (the MIT License, https://example.org/LICENSE)", "MIT"),
        ("MIT OR GPL-2.0-only", "MIT OR GPL-2.0-only"),
        ("LicenseRef-proprietary-internal", "LicenseRef-proprietary-internal"),
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0"),
    ],
)
def test_a_stated_licence_becomes_its_spdx_expression(stated: str, expression: str) -> None:
    assert normalise(stated) == expression


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "   ",
        "NOASSERTION",
        "NONE",
        "unknown",
        "LicenseRef-somebody-else",
        "NOASSERTION (CC-BY-4.0 per brief, unverified)",
        "public record (FERC release); mirror repo licence not stated",
        "Apache-2.0, but see the notes",
        "MIT (see LICENSE) AND AGPL-3.0-only (see COPYING)",
        "Apache-2.0 (code), CC-BY-NC-4.0 (data)",
        "MIT (code) CC-BY-NC-4.0 (weights)",
        "MIT () AND (GPL-3.0-only)",
        "MIT (dual: or) OR AGPL-3.0-only (b)",
        "CC-BY-4.0 (non-commercial use only)",
        "MIT (upstream LICENSE); non-commercial use only",
        "MIT (upstream LICENSE); data under GPL-3.0-only",
        "MIT (upstream LICENSE); CC-BY-NC-4.0",
        "Apache-2.0 (for research)",
        "Apache-2.0 (except in the EU)",
        "CC-BY-4.0 (NC)",
        "MIT (GPL-3.0-only)",
        "MIT (weights: Gemma Terms of Use)",
        "Apache-2.0 (llama3.1)",
        "MIT (kostenlos, nicht kommerziell)",
        "Apache-2.0 (некоммерческое использование)",
        "MIT License (stated in the README)",
        "() AND MIT",
        "AND MIT",
        "MIT AND",
        "((",
        "MIT\0",
        "MIT " * 1000,
        "(" * 400 + "MIT" + ")" * 400,
    ],
)
def test_what_spdx_and_the_policy_do_not_know_is_refused_by_name(stated: str) -> None:
    with pytest.raises(LicenceRefused) as refused:
        normalise(stated, place="mail/0048.txt")

    assert refused.value.message.startswith("mail/0048.txt: ")
    assert len(refused.value.message) < 200
    assert "SPDX" in refused.value.next_step


@pytest.mark.parametrize(
    "licence",
    ["CC-BY-NC-4.0", "CC-BY-SA-4.0", "GPL-3.0-only", "MIT AND CC-BY-NC-4.0", "MIT WITH GCC-exception-2.0"],
)
def test_a_known_licence_that_policy_does_not_list_may_not_be_trained_on(licence: str) -> None:
    with pytest.raises(LicenceRefused, match="does not allow"):
        check(licence, "train")


def test_of_a_choice_one_allowed_side_is_enough() -> None:
    assert check("GPL-2.0-only OR (MIT AND Apache-2.0)", "train") == "GPL-2.0-only OR (MIT AND Apache-2.0)"


def test_non_commercial_material_may_measure_but_not_train() -> None:
    assert check("CC-BY-NC-4.0", "evaluate") == "CC-BY-NC-4.0"
    with pytest.raises(LicenceRefused):
        check("CC-BY-NC-4.0", "train")


def test_internal_material_is_not_served_outside() -> None:
    assert check("LicenseRef-proprietary-internal", "serve_internal")
    with pytest.raises(LicenceRefused, match="serve_external"):
        check("LicenseRef-proprietary-internal", "serve_external")


def test_one_bad_licence_among_many_is_refused_with_its_count() -> None:
    require_all({"MIT": 5, "Apache-2.0": 2}, "train")

    with pytest.raises(LicenceRefused, match=r"3 rows or documents: licence CC-BY-NC-4\.0"):
        require_all({"MIT": 5, "CC-BY-NC-4.0": 3}, "train")


def test_of_two_licences_each_binds_whatever_it_offers() -> None:
    assert check(both("MIT OR GPL-3.0-only", "apache-2.0"), "train") == "(MIT OR GPL-3.0-only) AND Apache-2.0"
    assert both("MIT", "MIT") == "MIT"
    for stated in ("CC-BY-NC-4.0", ""):
        with pytest.raises(LicenceRefused):
            check(both(stated, "MIT OR Apache-2.0"), "train")


def test_no_licence_at_all_is_refused() -> None:
    with pytest.raises(LicenceRefused):
        require_all({}, "train")


def test_the_base_and_a_teacher_ask_as_well_as_our_own_rows_and_documents() -> None:
    made_of = (
        Material(what="base model", name="smol", licence="Apache-2.0", count=1),
        Material(what="rows", name="sft rows", licence="(LicenseRef-proprietary-internal) AND (MIT)", count=8),
        Material(what="documents", name="documents", licence="CC0-1.0", count=5, source="A"),
        Material(what="documents", name="4f3a", licence="CC0-1.0", count=1, source="B"),
    )

    found = obligations(made_of, LicencePolicy())

    assert [(o.licence, o.of, o.count) for o in found] == [
        ("Apache-2.0", "base model smol", 1),
        ("LicenseRef-proprietary-internal", "sft rows", 8),
        ("MIT", "sft rows", 8),
        ("CC0-1.0", "documents", 6),
    ]
    assert "licence_text" in found[0].duties
    assert found[3].duties == ()


def test_the_parts_of_an_expression_are_its_identifiers() -> None:
    expression = "MIT AND (GPL-2.0-only WITH Classpath-exception-2.0 OR LicenseRef-proprietary-internal)"

    assert parts(expression) == ("GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-proprietary-internal", "MIT")


def test_a_licence_of_our_own_counts_once_the_policy_describes_it() -> None:
    base = LicencePolicy()
    own = Terms(name="Bought from a publisher.", permits=("train",))
    policy = LicencePolicy(
        train=(*base.train, "LicenseRef-publisher"), terms={**base.terms, "LicenseRef-publisher": own}
    )

    assert check("LicenseRef-publisher", "train", policy) == "LicenseRef-publisher"
    with pytest.raises(LicenceRefused):
        check("LicenseRef-publisher", "train", base)


def test_the_catalogue_names_licences_as_spdx_writes_them() -> None:
    assert [i for i in catalogue() if normalise(i) != i] == []


def test_a_hubs_name_of_a_licence_is_understood() -> None:
    assert normalise("llama3.1") == "LicenseRef-scancode-llama-3.1-license-2024"
    assert normalise("Gemma Terms of Use") == "LicenseRef-scancode-gemma-tou-2025-03-24"


WORDS = st.sampled_from(["MIT", "AND", "OR", "WITH", "(", ")", "Apache-2.0", "LicenseRef-x", "+", "\0", "GPL-2.0-only"])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map(" ".join)))
def test_any_text_is_either_canonical_or_refused(text: str) -> None:
    try:
        expression = normalise(text)
    except LicenceRefused:
        return

    assert normalise(expression) == expression


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_nothing_with_an_unlisted_identifier_joined_by_and_is_allowed(text: str) -> None:
    with pytest.raises(LicenceRefused):
        check(f"({text}) AND CC-BY-NC-4.0", "train")


def test_terms_are_the_same_one_by_one_as_all_together() -> None:
    assert {name: shipped(name) for name in catalogue()} == catalogue()
    assert shipped(".all") is None
    assert shipped("GPL-2.0-only WITH Classpath-exception-2.0") is None


@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_every_licence_with_terms_is_read_in_any_case_as_it_is_written(spelling: Callable[[str], str]) -> None:
    """Written so, it is taken as it stands; otherwise the table of all SPDX symbols tells. Both must agree."""
    assert [name for name in catalogue() if normalise(name) != name] == []
    assert [name for name in catalogue() if normalise(spelling(name)) != name] == []


LLAMA = "LicenseRef-scancode-llama-3.1-license-2024"


@pytest.mark.parametrize(
    ("users", "why"),
    [(None, r"state licences\.circumstances\.monthly_users"), (800_000_000, "800,000,000 is more than 700,000,000")],
)
def test_a_limit_that_the_policy_does_not_meet_refuses_a_bare_expression_as_it_does_an_adapter(
    users: int | None, why: str
) -> None:
    policy = LicencePolicy(train=("MIT", LLAMA), circumstances=Circumstances(monthly_users=users))
    for stated in (LLAMA, f"MIT AND {LLAMA}"):
        with pytest.raises(LicenceRefused, match=why):
            check(stated, "train", policy)
    small = policy.model_copy(update={"circumstances": Circumstances(monthly_users=5_000)})
    assert check(LLAMA, "train", small) == LLAMA
    assert check(f"MIT OR {LLAMA}", "train", policy) == f"MIT OR {LLAMA}"
