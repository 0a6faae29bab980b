"""Cards, notes and folders: what they state counts, and where they contradict themselves nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.licences.folder import identify_folder, texts_in
from governance.licences.identify import UNKNOWN, identify
from governance.licences.notice import shipped_text
from governance.licences.settings import LicencePolicy
from governance.licences.terms import catalogue
from registry.errors import NotFound

POLICY = LicencePolicy()
LLAMA = "LicenseRef-scancode-llama-3.1-license-2024"
MISTRAL = "LicenseRef-mistral-research-0.1"
DEEPSEEK = "LicenseRef-scancode-deepseek-la-1.0"


def licence_of(text: str) -> str:
    return identify(text.encode(), POLICY).licence


@pytest.mark.parametrize(
    ("stated", "parent", "licence"),
    [
        ("apache-2.0", "meta-llama/Llama-3.1-8B-Instruct", UNKNOWN),
        ("mit", "[HuggingFaceTB/SmolLM2-135M, google/gemma-2-2b]", UNKNOWN),
        ("apache-2.0", "https://huggingface.co/Qwen/Qwen2.5-3B-Instruct", UNKNOWN),
        ("llama3.1", "meta-llama/Llama-3.1-8B-Instruct", LLAMA),
        ("[apache-2.0, llama3.1]", "meta-llama/Meta-Llama-3.1-8B", f"Apache-2.0 AND {LLAMA}"),
        ("apache-2.0", "TinyLlama/TinyLlama-1.1B-Chat-v1.0", "Apache-2.0"),
        ("apache-2.0", "Qwen/Qwen2.5-1.5B", "Apache-2.0"),
    ],
)
def test_a_model_stays_under_the_licence_of_what_it_was_made_from(stated: str, parent: str, licence: str) -> None:
    assert licence_of(f"---\nlicense: {stated}\nbase_model: {parent}\n---\n# A fine-tune\n") == licence


def test_a_licence_text_does_not_take_away_the_parents_licence() -> None:
    card = "---\nbase_model: meta-llama/Llama-3.1-8B\n---\n"

    assert licence_of(card + (shipped_text("Apache-2.0") or "")) == UNKNOWN


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("---\nlicense: apache-2.0\nlanguage: en\n---\n# A model\n", "Apache-2.0"),
        ("---\nlicense:\n- mit\n---\n", "MIT"),
        ("---\nlicense: llama3.1\n---\nA fine-tune.", LLAMA),
        ("---\nlicense: other\nlicense_name: mrl\nlicense_link: LICENSE\n---\n", MISTRAL),
        ("---\nlicense: other\nlicense_link: https://mistral.ai/licenses/MRL-0.1.md\n---\n", MISTRAL),
        ("License: MIT\n", "MIT"),
        ("## License\n\nReleased under the [Apache License 2.0](LICENSE).", "Apache-2.0"),
        ("| License | CC BY 4.0 |", "CC-BY-4.0"),
        ("// SPDX-License-Identifier: BSD-3-Clause\nint main(void);", "BSD-3-Clause"),
        ("**License:** A custom commercial license, the Llama 3.1 Community License, is at: https://x.y", LLAMA),
        ("Weights under the DeepSeek Model License, code under the MIT License.", f"{DEEPSEEK} AND MIT"),
        ("This program is licensed under the GNU General Public License v3 or later.", "GPL-3.0-or-later"),
        ("Data under https://creativecommons.org/licenses/by-nc-sa/4.0/", "CC-BY-NC-SA-4.0"),
        ("# Llama 3.1 Acceptable Use Policy\n\nSee the site.", LLAMA),
        ("## License\n\nMIT\n", "MIT"),
        ('license = {text = "MIT"}\n', "MIT"),
        ('{\n  "name": "x",\n  "license": "Apache-2.0",\n}', "Apache-2.0"),
        ("License-Expression: MIT\n", "MIT"),
        ("Licence : CC-BY-4.0", "CC-BY-4.0"),
        ("Derived from Llama3.1-8B, under the llama3.1 license.", LLAMA),
        ("[![L](https://img.shields.io/badge/L-x.svg)](https://opensource.org/licenses/Apache-2.0)", "Apache-2.0"),
    ],
)
def test_a_card_that_only_names_its_licence(text: str, licence: str) -> None:
    assert licence_of(text) == licence


@pytest.mark.parametrize(
    "front",
    [
        "license: cc-by-nc-4.0\nlicense: mit",
        "License: cc-by-nc-4.0\nlicense: mit",
        "license: [cc-by-nc-4.0]\nlicense: mit",
        "license: mit\nlicense_name: cc-by-nc-4.0",
        "license: mit\nlicence: cc-by-nc-4.0",
        "license: mit\nlicenses: [cc-by-nc-4.0]",
        "license: mit\nweights_license: cc-by-nc-4.0",
        "license: mit\nlicense_link: https://creativecommons.org/licenses/by-nc/4.0/",
    ],
)
def test_whatever_the_front_matter_states_beside_a_licence_counts_as_well(front: str) -> None:
    assert licence_of(f"---\n{front}\n---\n# A model\n") == "CC-BY-NC-4.0 AND MIT"


def test_what_the_prose_says_of_the_weights_counts_as_well() -> None:
    card = "---\nlicense: mit\n---\nThe code is MIT. The weights are CC BY-NC 4.0."

    assert licence_of(card) == "CC-BY-NC-4.0 AND MIT"
    assert licence_of("---\nlicense: mit\n---\nWeights: CC BY-NC 4.0") == "CC-BY-NC-4.0 AND MIT"


@pytest.mark.parametrize(
    "said",
    [
        "Die Gewichte dürfen nur für Forschung genutzt werden.",
        "Usage commercial interdit.",
        "Uso comercial prohibido.",
        "仅供学术研究使用，禁止商业用途。",
        "商用利用は禁止されています。",
        "Please do not redistribute.",
        "Proprietary and confidential.",
        "## License\nMIT, but for machines that learn.",
        "License: MIT, except for companies",
        "For commercial use, please contact sales@example.com.",
        "Commercial users must obtain a separate license.",
        "Companies with more than 50 employees need to buy a licence.",
        "Only researchers may use it.",
        "You need written permission to use this model in a product.",
        "You may not sell this model.",
        "Not for resale.",
        "Strictly for academic purposes.",
        "Confidential, internal use only.",
        "The dataset is CC BY-NC.",
        "Licence CC-BY-NC-SA.",
        "Released under GPL.",
        "Apache 2.0 with Commons Clause.",
        "For non\u2011commercial use.",
        "Non&#8209;commercial use.",
        "The weights are released under a research licence.",
        "Free for personal and academic use.",
        "Commercial usage requires a subscription.",
        "Commercial licenses are available on request.",
        "Contact us for commercial licensing.",
        "Do not use it commercially.",
        "You may not use it to develop models that compete with ours.",
        "Use in the European Union is not authorised.",
        "Redistribution is prohibited.",
        "Usage is limited to non-profit organisations.",
        "Larger companies must request a license.",
        "You need our written consent.",
        "Für kommerzielle Zwecke ist eine Lizenz nötig.",
        "Not to be used in the banking sector.",
        "Not available for the gambling industry.",
        "Use of the weights is subject to Meta's terms.",
        "Nur für den privaten Gebrauch.",
        "Réservé à un usage académique.",
        "Sólo para uso académico.",
        "Solo per scopi di ricerca.",
        "仅用于研究目的。",
        "研究目的でのみ利用可能です。",
    ],
)
def test_what_restricts_in_plain_words_or_another_language_makes_it_unknown(said: str) -> None:
    assert licence_of(f"---\nlicense: mit\n---\n# A model\n\n{said}\n") == UNKNOWN


@pytest.mark.parametrize(
    "said",
    [
        "License: MIT, see LICENSE",
        "We do not distribute the data.",
        "GPL in a table.",
        "License: MIT (code)",
        "For commercial support, contact sales@example.com.",
        "Use of this model is limited to English.",
        "It was trained for research and commercial use; we do not use commercial models.",
        "The model is not intended for medical use.",
        "We thank our partners in the banking sector.",
        "Contributions are subject to review.",
    ],
)
def test_what_restricts_nothing_leaves_it_known(said: str) -> None:
    assert licence_of(f"---\nlicense: mit\n---\n# A model\n\n{said}\n") == "MIT"


@pytest.mark.parametrize(
    "said",
    [
        "Permission is granted only to persons in France.",
        "Permission is hereby granted, free of charge, to any person, to use and copy the Software.",
        "The authors hereby grant you the right to look at it.",
        "You may not use this for military purposes.",
        "It is for use in hospitals. Others must not, and users shall never, run it.",
    ],
)
def test_a_note_that_grants_or_forbids_in_its_own_words_is_not_the_licence_of_its_heading(said: str) -> None:
    assert licence_of("MIT License\n\nCopyright (c) 2026 Example\n") == "MIT"
    assert licence_of(f"MIT License\n\nCopyright (c) 2026 Example\n\n{said}\n") == UNKNOWN


def test_a_choice_that_a_tag_states_is_a_choice_and_not_all_of_its_sides() -> None:
    assert licence_of("// SPDX-License-Identifier: MIT OR Apache-2.0\nint main(void);") == "MIT OR Apache-2.0"
    assert licence_of("SPDX-License-Identifier: GPL-3.0-only OR MIT\n") == "GPL-3.0-only OR MIT"
    assert licence_of('license = "MIT OR GPL-3.0-only"\n') == "MIT OR GPL-3.0-only"
    assert licence_of("SPDX-License-Identifier: GPL-3.0-only OR MIT\n\nUnder the GPL-3.0-only license.") == (
        "GPL-3.0-only AND (GPL-3.0-only OR MIT)"
    )


@pytest.mark.parametrize("front", ["license: {name: cc-by-nc-4.0}", "license:\n" + "- mit\n" * 21, "license: [[mit]]"])
def test_a_statement_that_cannot_be_read_makes_it_unknown(front: str) -> None:
    assert licence_of(f"---\n{front}\n---\nMIT License\n") == UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# A model\n\nIt answers questions.",
        "---\nlicense: other\n---\nAsk us.",
        "---\nlicense: openrail\n---\n",
        "---\nlicense: [\n---\nbroken",
        "---\nlicense: fancy-new-license\n---\n",
        "---\nlicense: mit\nlicense_name: acme-model-agreement\n---\n",
        "---\nlicense: other\nlicense_name: [mit, acme-research]\n---\n",
        "---\nlicense: apache-2.0\n---\nFor non-commercial use only.",
        "---\nlicense: mit\n---\nThe weights are under the Acme Model License.",
        "---\nlicense: mit\nusage: non-commercial\n---\nA model.",
        "---\nlicense: mit\n---\nIt may not be used for any commercial purpose.",
        "---\nlicense: mit\nextra_gated_prompt: You agree not to use it on anybody who did not consent.\n---\nA model.",
        "---\nlicense: apache-2.0\nextra_gated_prompt: |\n  Only hospitals may have it.\n---\nA model.",
        "---\nlicense: mit\nextra_gated_prompt: You mustn't redistribute it.\n---\nA model.",
        "---\nlicense: mit\nextra_gated_prompt: I agree to never use it against others.\n---\nA model.",
        "---\nlicense: mit\nextra_gated_description: You must not use this model in any product.\n---\nA model.",
        "---\nlicense: mit\nextra_gated_fields:\n  I agree not to sell or redistribute it: checkbox\n---\nA model.",
        "---\nlicense: mit\n---\nIt must not be used for any\ncommercial purpose.",
        "---\nlicense: mit\n---\nCommercial applications are not permitted.",
        "This model is not licensed under the MIT License.",
        "Code under the MIT License, weights under the Acme Community License.",
        "License: see the file",
        "MIT professors wrote this; Apache helicopters fly in it.",
        "License: MIT. Research purposes only.",
        "The code is licensed under the MIT License. Use of the models is subject to the Model License.",
        "Licensed under the Apache License, Version 1.7.",
        "Released under the EXAONE AI Model License Agreement 9.9.",
        "Under the GNU General Public License.",
        "Under a Creative Commons license.",
    ],
)
def test_what_is_silent_strange_or_contradicts_itself_is_unknown(text: str) -> None:
    assert licence_of(text) == UNKNOWN


@pytest.mark.parametrize(
    "card",
    [
        "---\nlicense: mit\nextra_gated_prompt: Tell us your name before you download it.\n---\nA model.",
        "---\nlicense: mit\nextra_gated_prompt: We do not share your e-mail address.\n---\nA model.",
        "---\nlicense: mit\nextra_gated_prompt: You only need to share your contact information.\n---\nA model.",
        "---\nlicense: mit\nextra_gated_prompt: Your contact data will not be passed on.\n---\nA model.",
        "---\nlicense: mit\n---\nWe did not use any outputs of commercial models.",
        "---\nlicense: mit\n---\nIt does not use commercial software.",
    ],
)
def test_what_only_asks_or_tells_adds_no_condition(card: str) -> None:
    assert licence_of(card) == "MIT"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_is_read(encoding: str) -> None:
    text = f"© Müller\n\n{shipped_text('MIT')}"

    assert identify(text.encode(encoding), POLICY).licence == "MIT"


@pytest.mark.parametrize(
    "data", [b"\0" * 1000, bytes(range(256)) * 50, b"---\n" * 5000, b"<" * 100_000, b"MIT " * 90_000]
)
def test_nonsense_is_unknown_and_no_error(data: bytes) -> None:
    assert identify(data, POLICY).licence == UNKNOWN


def test_a_use_policy_in_a_version_whose_text_is_not_known_belongs_to_its_licence() -> None:
    policy = "# Llama 3.2 Acceptable Use Policy\n\nYou agree you will not use Llama 3.2 to violate the law."

    assert licence_of(policy) == "LicenseRef-scancode-llama-3.2-license-2024"


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_md", ".md")).write_text(text, encoding="utf-8")
    return folder


def test_licence_file_and_card_agree(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", LICENSE=shipped_text("MIT") or "", README_md="---\nlicense: mit\n---\n")

    assert identify_folder(folder, POLICY).licence == "MIT"
    assert "Permission is hereby granted" in texts_in(folder, POLICY)["MIT"]


def test_a_licence_file_and_a_card_that_names_another_both_count(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", LICENSE=shipped_text("MIT") or "", README_md="---\nlicense: cc-by-nc-4.0\n---\n")

    assert identify_folder(folder, POLICY).licence == "CC-BY-NC-4.0 AND MIT"


def test_files_that_repeat_a_licence_name_it_once(tmp_path: Path) -> None:
    both = f"{shipped_text('MIT')}\n\n{shipped_text('Apache-2.0')}"
    folder = write(tmp_path / "m", LICENSE=both, COPYING=shipped_text("MIT") or "")

    assert identify_folder(folder, POLICY).licence == "Apache-2.0 AND MIT"


def test_one_file_that_nobody_knows_makes_the_folder_unknown(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", LICENSE="You may look at this.", README_md="---\nlicense: mit\n---\n")

    assert identify_folder(folder, POLICY).licence == UNKNOWN


def test_a_silent_folder_is_unknown(tmp_path: Path) -> None:
    assert identify_folder(write(tmp_path / "m", README_md="# Hello"), POLICY).licence == UNKNOWN


def test_every_name_in_the_catalogue_belongs_to_one_licence() -> None:
    named = [(name.casefold(), licence) for licence, t in catalogue().items() for name in {*t.hub, *t.names, t.name}]
    owners: dict[str, set[str]] = {}
    for name, licence in named:
        owners.setdefault(name, set()).add(licence)

    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


@pytest.mark.timeout(30)
def test_a_card_that_unfolds_without_end_is_unknown() -> None:
    lists = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))

    assert licence_of(f"---\nl0: &l0 [x]\n{lists}extra_gated_prompt: *l8\n---\n") == UNKNOWN


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("README.md", "---\nlicense: acme-eula\n---\n# A model\n"),
        ("README.md", "---\nlicense: other\nlicense_name: acme-eula\n---\n# A model\n"),
        ("README.md", "# A model\n\nThe weights are released under the Acme Model License.\n"),
        ("MODEL_LICENSE.txt", "You pay for it."),
        ("EULA.txt", "You pay for it."),
        ("ACCEPTABLE_USE_POLICY.md", "Not on Sundays."),
    ],
)
def test_what_nobody_knows_beside_a_licence_makes_a_folder_unknown(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "LICENSE").write_text(str(shipped_text("MIT")))
    (tmp_path / name).write_text(said)

    assert identify_folder(tmp_path, POLICY).licence == UNKNOWN


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x85", "\u2028"])
@pytest.mark.parametrize(
    "card",
    [
        "---\nlicense: other\nlicense_name: acme-eula\n---\nReleased under the MIT license.\n",
        "---\nlicense: mit\nextra_gated_prompt: You agree not to use it for money.\n---\n# A model\n",
    ],
)
def test_front_matter_is_read_whatever_ends_its_lines(card: str, end: str) -> None:
    assert licence_of(card) == UNKNOWN
    assert licence_of(card.replace("\n", end)) == UNKNOWN


def test_a_licence_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    assert identify_folder(tmp_path, POLICY).licence == "MIT"

    (tmp_path / "LICENSE").write_text("Not for money." + " " * 2_000_000)

    assert identify_folder(tmp_path, POLICY).licence == UNKNOWN
    assert texts_in(tmp_path, POLICY) == {}

    (tmp_path / "LICENSE").unlink()
    (tmp_path / "LICENSE").symlink_to("gone")
    with pytest.raises(NotFound):
        identify_folder(tmp_path, POLICY)


@pytest.mark.parametrize("place", ["LICENSES", "license", "licenses/of-parts"])
def test_a_folder_of_licences_is_read(tmp_path: Path, place: str) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "MIT.txt").write_text(str(shipped_text("MIT")))
    assert identify_folder(tmp_path, POLICY).licence == "MIT"

    (tmp_path / place / "acme.txt").write_text("Not for money.")

    assert identify_folder(tmp_path, POLICY).licence == UNKNOWN


@pytest.mark.parametrize(
    "name",
    [
        "License Agreement.txt", "Model License.pdf", "ModelLicense.md", "LICENSES.md", "LICENSE (weights).txt",
        "gemma-license.txt", "weights.safetensors.license", "Acceptable Use Policy.md", "Terms and Conditions.html",
        "Model Licence/terms.md",
    ],
)  # fmt: skip
def test_a_licence_is_read_whatever_its_file_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    (tmp_path / "plates_license.json").write_text("{}")
    assert identify_folder(tmp_path, POLICY).licence == "MIT"

    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("Not for money.")

    assert identify_folder(tmp_path, POLICY).licence == UNKNOWN


@pytest.mark.parametrize("name", ["README", "readme.md", "README.rst", "MODEL_CARD.md"])
def test_no_card_hides_another(tmp_path: Path, name: str) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    (tmp_path / name).write_text("License: CC-BY-NC-4.0\n")

    assert identify_folder(tmp_path, POLICY).licence == "CC-BY-NC-4.0 AND MIT"


@pytest.mark.parametrize("said", ["# A model\n", "---\nlicense: other\n---\nAsk us.\n"])
def test_a_card_that_is_silent_leaves_the_folder_known(tmp_path: Path, said: str) -> None:
    (tmp_path / "LICENSE").write_text(str(shipped_text("MIT")))
    (tmp_path / "README.md").write_text(said)

    assert identify_folder(tmp_path, POLICY).licence == "MIT"
