"""Licence texts: recognised in any dress, and never once a word was put in that matters."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.licences.folder import licence_files
from governance.licences.identify import UNKNOWN, identify
from governance.licences.notice import TEXTS
from governance.licences.settings import LicencePolicy
from governance.licences.words import LONGEST
from tests.licence_dresses import CONDITIONS, DRESSES

POLICY = LicencePolicy()
COPIES = Path(__file__).parents[1] / "data" / "licences"
"""SPDX's and Debian's copies, and one that a package ships."""
KNOWN = {
    "Apache-2.0": "Apache-2.0", "MIT": "MIT", "BSD-3-Clause": "BSD-3-Clause", "CC-BY-4.0": "CC-BY-4.0",
    "CC-BY-NC-4.0": "CC-BY-NC-4.0", "CC0-1.0": "CC0-1.0", "Unlicense": "Unlicense", "GPL-3.0": "GPL-3.0-only",
    "BSD-2-Clause": "BSD-2-Clause", "ISC": "ISC", "CDLA-Permissive-2.0": "CDLA-Permissive-2.0",
}  # fmt: skip


def text_of(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8")


def licence_of(text: str) -> str:
    return identify(text.encode(), POLICY).licence


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", KNOWN)
def test_a_licence_is_recognised_in_any_dress(name: str, dress: str) -> None:
    assert licence_of(DRESSES[dress](text_of(name))) == KNOWN[name]


@pytest.mark.parametrize("path", sorted(COPIES.glob("*.txt")), ids=lambda path: path.stem)
def test_other_wordings_that_people_hand_on_are_recognised(path: Path) -> None:
    assert licence_of(path.read_text(encoding="utf-8")) == path.stem.partition("~")[0]


def test_apache_is_recognised_with_its_notice_filled_in_and_without_instructions() -> None:
    terms, appendix = text_of("Apache-2.0").split("APPENDIX:")
    notice = appendix[appendix.index("Copyright [") :].replace("[yyyy] [name of copyright owner]", "2016 Acme, Inc.")

    assert licence_of(terms + notice) == "Apache-2.0"
    assert licence_of(terms + notice.replace("you may not use", "no bank may use")) == UNKNOWN


@pytest.mark.parametrize("name", ["Apache-2.0", "CC-BY-4.0", "CC-BY-NC-4.0", "GPL-3.0"])
def test_the_first_page_is_enough_for_a_long_licence(name: str) -> None:
    first_page = " ".join(text_of(name).split()[:400])

    found = identify(first_page.encode(), POLICY)

    assert found.licence == KNOWN[name]
    assert found.confidence < 1


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("name", ["MIT", "Apache-2.0", "BSD-3-Clause", "CC0-1.0"])
def test_one_more_condition_makes_it_unknown_wherever_it_stands(name: str, condition: str) -> None:
    words = text_of(name).split()
    somewhere = random.Random(name + condition).sample(range(1, len(words)), 3)

    for at in (0, *somewhere, len(words)):
        assert licence_of(" ".join([*words[:at], condition, *words[at:]])) == UNKNOWN, at


def test_a_right_taken_out_makes_it_unknown() -> None:
    assert licence_of(text_of("MIT").replace("and/or sell ", "")) == UNKNOWN


@pytest.mark.parametrize(
    "hidden",
    [
        "Copyright (c) 2024 Example, for research only",
        "Nur für nichtkommerzielle Zwecke.",
        "Usage uniquement pour la recherche.",
        "禁止商业使用",
        "For n\u043en-c\u043emmercial use.",
        "For non\u200bcommer\u00adcial work.",
        "<!-- For students. -->",
    ],
)
def test_a_condition_in_a_copyright_line_another_language_or_disguise_is_seen(hidden: str) -> None:
    assert licence_of(f"{hidden}\n\n{text_of('MIT')}") == UNKNOWN
    assert licence_of(f"{text_of('MIT')}\n\n{hidden}") == UNKNOWN


@pytest.mark.parametrize("holder", ["Example Research GmbH", "Academic Example University", "European Example Limited"])
def test_the_name_of_a_holder_is_no_condition(holder: str) -> None:
    text = text_of("BSD-3-Clause").replace("the name of the ORGANIZATION", f"the name of {holder}")

    assert holder in text
    assert licence_of(f"Copyright (c) 2024 {holder}\n\n{text}") == "BSD-3-Clause"


def test_a_holder_called_research_is_no_condition_in_a_copyright_line() -> None:
    assert licence_of(f"Copyright 2023 - present, IDEA Research.\n\n{text_of('Apache-2.0')}") == "Apache-2.0"


def test_nothing_hides_behind_the_length_of_a_file() -> None:
    assert licence_of(text_of("MIT") + " " * 500_000 + "For research only.") == UNKNOWN


def test_two_words_in_a_grant_make_it_unknown() -> None:
    assert licence_of(text_of("MIT").replace("to any person", "to any academic person")) == UNKNOWN


@pytest.mark.parametrize(
    ("name", "said", "instead"),
    [
        ("MIT", "any person", "any natural person"),
        ("MIT", "any person", "any student"),
        ("MIT", "to use, copy", "to privately use, copy"),
        ("MIT", "deal in", "deal personally in"),
        ("MIT", "hereby granted", "hereby temporarily granted"),
        ("BSD-3-Clause", "Redistribution and use", "Redistribution and private use"),
        ("Apache-2.0", "an individual or Legal Entity", "an individual"),
        ("Apache-2.0", "worldwide", "domestic"),
    ],
)
def test_a_grant_to_fewer_people_or_for_less_makes_it_unknown(name: str, said: str, instead: str) -> None:
    changed = text_of(name).replace(said, instead)

    assert changed != text_of(name)
    assert licence_of(changed) == UNKNOWN


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("Apache-2.0", "Apache"),
        ("GPL-3.0", "GNU"),
    ],
)
def test_the_text_of_a_licence_under_another_name_is_not_that_licence(name: str, own: str) -> None:
    assert licence_of(text_of(name).replace(own, "Example")) == UNKNOWN


@pytest.mark.parametrize(
    ("name", "said", "instead"),
    [
        ("CC-BY-NC-4.0", "NonCommercial means not primarily", "NonCommercial means primarily"),
        ("Apache-2.0", "non-exclusive", "exclusive"),
        ("Apache-2.0", "You must give", "You may give"),
        ("BSD-3-Clause", "Redistributions of source code must retain", "Redistributions of source code may retain"),
    ],
)
def test_a_sentence_turned_round_makes_it_unknown(name: str, said: str, instead: str) -> None:
    text = text_of(name)
    changed = text.replace(said, instead, 1)

    assert changed != text
    assert licence_of(changed) == UNKNOWN


@pytest.mark.parametrize(
    "put_in",
    [
        "Whoever earns money with it asks us first.", "Licensee pays ten euros for each copy.", "Do no evil.",
        "Each seat costs 5 EUR.", "We can withdraw these rights.", "Armed forces are excluded.",
        "The rights above are given for twelve months.", "The author reserves text and data mining.",
        "Jede gewerbliche Nutzung bedarf unserer Zustimmung.", "Toute exploitation marchande suppose notre accord.",
        "El uso con fines lucrativos necesita nuestra autorización.",
        "Companies need a separate agreement.", "NC.", "For hobby use.", "The weights are covered elsewhere.",
        "This grant lapses on 1 May 2027.", "Modified copies go back to ACME.", "Machine learning is out of scope.",
        "Rights are granted to ACME customers.", "Kein Verkauf.", "Usage privé.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["MIT", "Apache-2.0", "CC-BY-4.0"])
def test_a_condition_in_plain_words_beside_a_licence_makes_it_unknown(name: str, put_in: str) -> None:
    assert licence_of(f"{text_of(name)}\n\n{put_in}\n") == UNKNOWN
    assert licence_of(f"{put_in}\n\n{text_of(name)}") == UNKNOWN


@pytest.mark.parametrize("name", ["Apache-2.0", "CC-BY-4.0", "GPL-3.0"])
def test_a_text_with_a_sentence_more_or_less_is_never_called_sure(name: str) -> None:
    text = text_of(name)
    middle = text.index(". ", len(text) // 2) + 2
    less = text[:middle] + text[text.index(". ", middle) + 2 :]

    for altered in (f"{text}\n\nThis goes for the blue edition.\n", less):
        assert identify(altered.encode(), POLICY).confidence < 0.9


def test_another_version_of_a_licence_is_not_taken_for_the_one_that_is_known() -> None:
    altered = text_of("Apache-2.0").replace("Version 2.0", "Version 2.7").replace("January 2004", "May 2031")

    assert licence_of(altered) == UNKNOWN


def test_two_licences_in_one_file_both_count() -> None:
    assert licence_of(text_of("MIT") + "\n\n" + text_of("Apache-2.0")) == "Apache-2.0 AND MIT"


def test_a_refused_text_says_why() -> None:
    altered = identify(text_of("MIT").replace("free of charge", "for research only").encode(), POLICY)

    assert altered.licence == UNKNOWN
    assert any("MIT" in reason and "research only" in reason for reason in altered.reasons)


NEARLY: dict[str, Callable[[], str]] = {
    "use without changing it alone": lambda: text_of("BSD-3-Clause").replace("with or without", "without"),
    "everyone except some": lambda: (
        "This licence is granted to everyone except for these companies and any of their subsidiaries:\n\n"
        + "".join(f'- "Company {n} of Bergen" (for working with others)\n' for n in range(30))
        + "\nMIT License\n\n" + text_of("MIT")
    ),
    "for a list of purposes only": lambda: (
        "The University of Illinois/NCSA grants you a licence to use the software for academic, research and internal "
        "business purposes only, without a fee. See also the University of Illinois/NCSA Open Source License."
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEARLY)
def test_a_stricter_twin_of_a_known_licence_is_not_taken_for_it(name: str) -> None:
    assert licence_of(NEARLY[name]()) == UNKNOWN


def ruled(*texts: str) -> str:
    return f"\n{'-' * 80}\n".join(f"The files in part-{n} are licensed as:\n\n{text}" for n, text in enumerate(texts))


def test_a_file_of_many_texts_with_rules_between_is_all_of_them() -> None:
    many = [text_of(name) for name in ("MIT", "BSD-3-Clause", "BSD-3-Clause", "MIT", "ISC", "Apache-2.0")]

    assert licence_of(ruled(*many)) == "Apache-2.0 AND BSD-3-Clause AND ISC AND MIT"


@pytest.mark.parametrize("condition", [*CONDITIONS, "This project bundles other software.", "License: MIT"])
def test_a_section_that_is_no_licence_text_makes_the_file_unknown(condition: str) -> None:
    texts = [text_of("MIT") for _ in range(5)]

    for at in (0, 3, 5):
        assert licence_of(ruled(*texts[:at], condition, *texts[at:])) == UNKNOWN, at
        assert licence_of(f"\n{'=' * 40}\n".join([*texts[:at], condition, *texts[at:]])) == UNKNOWN, at


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_in_one_of_many_texts_makes_the_file_unknown(condition: str) -> None:
    texts = [text_of("BSD-3-Clause") for _ in range(6)]
    for at in (0, 2, 5):
        words = texts[at].split()
        spoilt = " ".join([*words[: len(words) // 2], condition, *words[len(words) // 2 :]])
        for one in (spoilt, f"{texts[at]}\n{condition}", f"{condition}\n{texts[at]}"):
            assert licence_of(ruled(*texts[:at], one, *texts[at + 1 :])) == UNKNOWN, at


@pytest.mark.parametrize("folded", ["non-com-\nmercial", "for re-\n  search", "pro-\nvided that", "ex-\ncept in May"])
def test_a_condition_that_is_folded_at_the_end_of_a_line_is_read(folded: str) -> None:
    assert licence_of(f"{text_of('MIT')}\nIt is {folded}.\n") == UNKNOWN


@pytest.mark.parametrize("hidden", ["<{}>", "</{}>", "<script>{}</script>", "<style>{}</style>", "<b title='{}'>"])
def test_a_condition_that_looks_like_mark_up_is_read(hidden: str) -> None:
    condition = "This license is granted for non-commercial purposes only."

    assert licence_of(f"{text_of('MIT')}\n{hidden.format(condition)}\n") == UNKNOWN
    assert licence_of(f"{text_of('MIT')}\n{hidden.format('a page of ours')}\n") == "MIT"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("tag", ["<script ", "<style>", "<script><style>"])
def test_a_page_of_tags_that_never_end_holds_nobody_up(tag: str) -> None:
    assert licence_of(tag * (LONGEST // len(tag))) == UNKNOWN


@pytest.mark.timeout(30)
def test_a_file_name_of_hyphens_holds_nobody_up(tmp_path: Path) -> None:
    kept = {
        f"LICENSE{'-' * 200}!", "LICENSE", "licence.txt", "COPYING.md", "LICENSE-APACHE", "license_2.0.rst",
        "USE_POLICY.md",
    }  # fmt: skip
    for name in (*kept, "licensed.txt", "relicense.md"):
        (tmp_path / name).touch()

    assert {path.name for path in licence_files(tmp_path)} == kept
