"""What an adapter is made of decides what it may be used for, and what it owes."""

from __future__ import annotations

import pytest

from governance.licences.judgement import owed, refusals, require
from governance.licences.materials import Material
from governance.licences.settings import Circumstances, LicencePolicy
from governance.licences.terms import Terms, Use
from registry.errors import LicenceRefused

LLAMA = "LicenseRef-scancode-llama-3.1-license-2024"
LLAMA_3 = "LicenseRef-llama-3-license-2024"
MULTIMODAL = "LicenseRef-scancode-llama-3.2-license-2024"
STABILITY = "LicenseRef-scancode-stability-ai-community-2024"
EVERY: tuple[Use, ...] = ("train", "serve_internal", "serve_external", "distribute")


def accepting(*licences: str, **circumstances: object) -> LicencePolicy:
    """A policy that accepts these for every use, of a house that is small and in Switzerland."""
    small = {"monthly_users": 5_000, "yearly_revenue_usd": 900_000, "regions": ("CH",)}
    house = Circumstances.model_validate({**small, **circumstances})
    return LicencePolicy(
        train=licences, serve_internal=licences, serve_external=licences, distribute=licences, circumstances=house
    )


def base(licence: str, architecture: str = "LlamaForCausalLM") -> Material:
    return Material(
        what="base model", name="base", licence=licence, count=1, architecture=architecture, chain=("base base",)
    )


def rows(licence: str, count: int = 10) -> Material:
    return Material(
        what="rows", name="sft rows", licence=licence, count=count, chain=("training-run sft", "dataset sft")
    )


def reasons(materials: list[Material], use: Use, policy: LicencePolicy, name: str = "llama-helper") -> str:
    return "; ".join(refusal.sentence for refusal in refusals(materials, use, policy, name))


@pytest.mark.parametrize("use", EVERY)
def test_what_is_accepted_throughout_is_allowed(use: Use) -> None:
    assert not reasons([base("Apache-2.0"), rows("MIT")], use, accepting("Apache-2.0", "MIT"))


@pytest.mark.parametrize("licence", ["", "NOASSERTION", "LicenseRef-somebody", "Our licence"])
def test_one_licence_that_nobody_knows_refuses_the_whole(licence: str) -> None:
    found = refusals([base("MIT"), rows(licence)], "train", accepting("MIT"), "x")

    assert [refusal.material for refusal in found] == ["10 sft rows"]
    assert found[0].chain == ("training-run sft", "dataset sft")


def test_nothing_recorded_is_refused() -> None:
    assert "no licence of anything" in reasons([], "train", accepting("MIT"))


def test_of_a_choice_the_accepted_side_counts_and_only_its_duties_are_owed() -> None:
    material = [base("MIT"), rows("GPL-3.0-only OR CC0-1.0")]
    policy = accepting("MIT", "CC0-1.0")

    assert not reasons(material, "train", policy)
    assert {duty.licence for duty in owed(material, ("train",), policy)} == {"MIT"}, "CC0 asks nothing"


def test_where_each_use_has_its_own_side_of_a_choice_both_are_owed() -> None:
    policy = accepting("MIT").model_copy(update={"train": ("MIT", "CC-BY-NC-4.0"), "serve_internal": ("CC-BY-SA-4.0",)})
    material = [rows("CC-BY-NC-4.0 OR CC-BY-SA-4.0")]

    found = {duty.licence for duty in owed(material, ("train", "serve_internal"), policy)}

    assert found == {"CC-BY-NC-4.0", "CC-BY-SA-4.0"}


def test_both_sides_of_a_conjunction_must_be_accepted() -> None:
    assert "not accepted" in reasons([base("MIT AND Apache-2.0")], "train", accepting("MIT"))


def test_a_limit_of_users_holds() -> None:
    material = [base(LLAMA), rows("MIT")]

    assert not reasons(material, "serve_internal", accepting(LLAMA, "MIT"))
    assert "700,000,000" in reasons(material, "train", accepting(LLAMA, "MIT", monthly_users=700_000_001))


def test_a_limit_that_the_policy_does_not_answer_refuses() -> None:
    assert "state licences.circumstances.monthly_users" in reasons(
        [base(LLAMA)], "train", accepting(LLAMA, monthly_users=None)
    )
    assert "yearly_revenue_usd" in reasons([base(STABILITY)], "train", accepting(STABILITY, yearly_revenue_usd=None))


@pytest.mark.parametrize("use", ["serve_external", "distribute"])
def test_a_name_that_a_licence_prescribes_is_asked_for_outside(use: Use) -> None:
    policy = accepting(LLAMA, "MIT")
    material = [base(LLAMA), rows("MIT")]

    assert "name begin with 'Llama'" in reasons(material, use, policy, "rulebook")
    assert not reasons(material, use, policy, "llama-rulebook")
    assert not reasons(material, "serve_internal", policy, "rulebook")


def test_answers_of_a_model_that_may_teach_no_other_are_no_training_rows() -> None:
    policy = accepting("Apache-2.0", LLAMA_3)

    assert "improve no other model" in reasons([base("Apache-2.0"), rows(LLAMA_3)], "train", policy)
    assert not reasons([base(LLAMA_3), rows(LLAMA_3)], "train", policy), "it may teach itself"
    assert not reasons([base(LLAMA_3), rows("Apache-2.0")], "train", policy)


@pytest.mark.parametrize(
    ("architecture", "regions", "refused"),
    [
        ("MllamaForConditionalGeneration", ("EU",), True),
        ("MllamaForConditionalGeneration", (), True),
        ("MllamaForConditionalGeneration", ("CH",), False),
        ("LlamaForCausalLM", ("EU",), False),
    ],
)
def test_a_region_without_rights_to_multimodal_models(
    architecture: str, regions: tuple[str, ...], refused: bool
) -> None:
    found = reasons([base(MULTIMODAL, architecture)], "train", accepting(MULTIMODAL, regions=regions))

    assert bool(found) == refused


def test_two_share_alike_licences_cannot_be_handed_on_together() -> None:
    policy = accepting("MIT", "CC-BY-SA-4.0", "ODbL-1.0")
    material = [base("MIT"), rows("CC-BY-SA-4.0"), rows("ODbL-1.0")]

    assert "each ask to be the only licence" in reasons(material, "distribute", policy)
    assert not reasons(material, "serve_internal", policy)


def test_a_refusal_names_the_material_and_the_way_to_it() -> None:
    with pytest.raises(LicenceRefused) as refused:
        require([base("MIT"), rows("CC-BY-NC-4.0", 3)], ("train",), accepting("MIT"), "x")

    assert "3 sft rows" in refused.value.message
    assert "training-run sft → dataset sft" in refused.value.message


def test_duties_carry_their_reasons() -> None:
    duties = owed([base(LLAMA), rows("CC-BY-4.0")], ("train",), accepting(LLAMA, "CC-BY-4.0"))

    assert ("display: Built with Llama", ("base base",)) in {(duty.duty, duty.chain) for duty in duties}
    assert ("attribution", ("training-run sft", "dataset sft")) in {(duty.duty, duty.chain) for duty in duties}


def test_a_licence_without_terms_owes_a_review() -> None:
    assert [d.duty for d in owed([rows("Beerware")], ("train",), accepting("MIT"))] == ["review"]


def test_a_line_of_the_policy_overrules_the_catalogue() -> None:
    bought = Terms(name="With a licence that we bought.", permits=(*EVERY, "evaluate"))
    policy = LicencePolicy(train=("CC-BY-NC-4.0",), terms={**LicencePolicy().terms, "CC-BY-NC-4.0": bought})

    assert not reasons([rows("CC-BY-NC-4.0")], "train", policy)


def test_what_the_audit_chain_keeps_of_a_refusal_names_licences_and_quotes_no_row() -> None:
    with pytest.raises(LicenceRefused) as refused:
        require([base("MIT"), rows("GPL-3.0-only"), rows("ask Teodora Vasquez")], ["train"], accepting("MIT"), "demo")

    assert "Teodora" in refused.value.message
    assert refused.value.kept == (
        "LicenceRefused: train: 10 sft rows under GPL-3.0-only; 10 sft rows under unknown licence"
    )
