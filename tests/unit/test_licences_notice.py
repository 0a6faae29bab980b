"""The NOTICE holds what every licence of the lineage prescribes."""

from __future__ import annotations

from governance.licences.judgement import owed, refusals
from governance.licences.materials import Material
from governance.licences.notice import Brought, shipped_text, write_notice
from governance.licences.settings import LicencePolicy
from registry.records import Adapter
from tests.unit.test_licences_judgement import LLAMA, accepting, base, rows

ADAPTER = Adapter(
    name="llama-rulebook", weights="1" * 64, base="2" * 64, run="3" * 64, rank=2, target_modules=("q_proj",),
    licences={"CC-BY-4.0": 10}, golden=(),
)  # fmt: skip
DOCUMENTS = Material(
    what="documents", name="documents", licence="CC-BY-4.0", count=4, source="Ada Writer, https://example.org",
    chain=("dataset sft", "document 3f2a"),
)  # fmt: skip
POLICY = accepting(LLAMA, "CC-BY-4.0", "MIT")
MADE_OF = [base(LLAMA), rows("CC-BY-4.0"), rows("MIT"), DOCUMENTS]


def test_required_words_attributions_and_reasons_are_in_it() -> None:
    text = write_notice(ADAPTER, MADE_OF, POLICY, Brought({LLAMA: "THE TEXT OF THE AGREEMENT"})).text

    for words in (
        ADAPTER.version, "Built with Llama", "Copyright © Meta Platforms, Inc. All Rights Reserved.",
        "Ada Writer, https://example.org", "because of: base base", "dataset sft → document 3f2a",
        "begin the model's name with this: Llama", "THE TEXT OF THE AGREEMENT",
        "https://creativecommons.org/licenses/by/4.0", "Permission is hereby granted, free of charge",
    ):  # fmt: skip
        assert words in text, words


def test_authors_that_have_to_be_named_and_are_not_recorded_are_asked_for() -> None:
    bare = DOCUMENTS.model_copy(update={"source": ""})

    asked, named = (write_notice(ADAPTER, [one], POLICY, Brought({})).text for one in (bare, DOCUMENTS))

    assert "no source is recorded: name the authors and the source here" in asked
    assert "no source is recorded" not in named


def test_a_source_adds_no_lines_and_turns_none_round() -> None:
    hostile = DOCUMENTS.model_copy(update={"source": "Ada\n\nLicences\n========\nMIT \u202etxet\x1b[2J"})

    text = write_notice(ADAPTER, [hostile], POLICY, Brought({})).text

    assert text.count("Licences\n========\n") == 1
    assert not {"\u202e", "\x1b"} & set(text)


def test_every_duty_of_every_licence_is_told() -> None:
    text = write_notice(ADAPTER, MADE_OF, POLICY, Brought({})).text

    assert [duty for duty in owed(MADE_OF, POLICY.uses, POLICY) if duty.sentence not in text] == []


def test_a_text_that_is_asked_for_and_is_not_here_is_named() -> None:
    assert write_notice(ADAPTER, MADE_OF, POLICY, Brought({})).missing == (LLAMA,)
    assert write_notice(ADAPTER, MADE_OF, POLICY, Brought({LLAMA: "text"})).missing == ()


def test_notices_of_the_base_model_are_kept() -> None:
    assert "Portions by Example Corp." in write_notice(
        ADAPTER, MADE_OF, POLICY, Brought({}, ("Portions by Example Corp.",))
    ).text


def test_of_a_choice_the_side_is_told_under_which_it_is_handed_on() -> None:
    policy, inside = LicencePolicy(), "LicenseRef-proprietary-internal"
    made_of = [base("MIT"), DOCUMENTS.model_copy(update={"licence": f"{inside} OR CC-BY-4.0"})]

    told = write_notice(ADAPTER, made_of, policy, Brought({}), ("distribute",)).text

    assert not refusals(made_of, "distribute", policy, ADAPTER.name)
    assert "name the authors" in told
    assert f"{inside}\n  because of" not in told
    assert f"{inside}\n  because of" in write_notice(ADAPTER, made_of, policy, Brought({})).text


def test_the_same_lineage_gives_the_same_bytes() -> None:
    one, other = (write_notice(ADAPTER, MADE_OF, POLICY, Brought({LLAMA: "text"})) for _ in range(2))

    assert one == other


def test_every_licence_that_the_shipped_policy_accepts_and_that_asks_for_its_text_has_it_here() -> None:
    policy = LicencePolicy()
    asks = [one for one in policy.train if any(d.duty == "licence_text" for d in policy.terms_of(one).asks)]

    assert [one for one in asks if shipped_text(one) is None] == []
