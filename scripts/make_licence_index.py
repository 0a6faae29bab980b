"""Make governance/licences/index.xz from ScanCode's LicenseDB and a folder of further texts.

    python -m scripts.make_licence_index LICENSEDB EXTRA

LICENSEDB holds the `*.LICENSE` files of a scancode-toolkit-mini wheel (licensedcode/data/licenses), EXTRA
the texts of `FURTHER`, which the database lacks. Only numbers of words are written, never the texts.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from governance.licences.index import INDEX, STRANGE, hashed
from governance.licences.words import words_of

_PARTS = re.compile(r"---\n(.*?)\n---\n?(.*)", re.DOTALL)


_SAME = {
    "stable-diffusion-2022-08-22": "LicenseRef-CreativeML-OpenRAIL-M",
    "llama-4-license-2025": "LicenseRef-scancode-llama-4-cla-2025",
    "gemma-pup-2024-02-21": "LicenseRef-scancode-gemma-tou-2024-04-01",
}
"""Use policies that the database lists by themselves; each is part of a licence."""


class Text(NamedTuple):
    key: str
    id: str
    name: str
    category: str
    links: list[str]
    words: list[str]


FURTHER: dict[str, tuple[str, str, list[str]]] = {
    "llama-3-license-2024": (
        "LicenseRef-llama-3-license-2024", "Meta Llama 3 Community License Agreement",
        ["llama.meta.com/llama3/license", "www.llama.com/llama3/license"],
    ),
    "llama-2-use-policy": ("LicenseRef-scancode-llama-2-license-2023", "Llama 2 Acceptable Use Policy", []),
    "llama-3-use-policy": ("LicenseRef-llama-3-license-2024", "Meta Llama 3 Acceptable Use Policy", []),
    "llama-3.1-use-policy": ("LicenseRef-scancode-llama-3.1-license-2024", "Llama 3.1 Acceptable Use Policy", []),
    "llama-4-use-policy": ("LicenseRef-scancode-llama-4-cla-2025", "Llama 4 Acceptable Use Policy", []),
    "openmdw-1.1": ("LicenseRef-openmdw-1.1", "OpenMDW License Agreement, version 1.1", []),
    "fair-noncommercial-research": (
        "LicenseRef-fair-noncommercial-research", "FAIR Noncommercial Research License", [],
    ),
    "dinov3-2025": ("LicenseRef-dinov3-2025", "DINOv3 License", []),
    "sam-2025": ("LicenseRef-sam-2025", "SAM License", []),
    "gemma-tou-2024-02-21": ("LicenseRef-gemma-tou-2024-02-21", "Gemma Terms of Use 2024-02-21", []),
    "tongyi-qianwen-research-2023": (
        "LicenseRef-tongyi-qianwen-research-2023", "Tongyi Qianwen RESEARCH LICENSE AGREEMENT", [],
    ),
    "qwen-research-2024": ("LicenseRef-qwen-research-2024", "Qwen RESEARCH LICENSE AGREEMENT", []),
    "mistral-research-0.1": (
        "LicenseRef-mistral-research-0.1", "Mistral AI Research License", ["mistral.ai/licenses/MRL-0.1.md"],
    ),
}  # fmt: skip


def main(database: Path, extra: Path) -> None:
    texts = [*_from_database(database), *_further(extra)]
    counts = Counter(word for text in texts for word in text.words)
    vocabulary = [word for word, _ in counts.most_common()]
    if len(vocabulary) >= STRANGE or len({hashed(word) for word in vocabulary}) != len(vocabulary):
        raise SystemExit("more words than numbers, or two words with one hash")
    _write(texts, vocabulary)


def _write(texts: list[Text], vocabulary: list[str]) -> None:
    numbers = {word: number for number, word in enumerate(vocabulary)}
    listed, start = [], 0
    for text in texts:
        listed.append({**text._asdict(), "start": start, "length": len(text.words)})
        del listed[-1]["words"]
        start += len(text.words)
    head = json.dumps({"vocabulary": len(vocabulary), "references": listed}, ensure_ascii=False)
    hashes = np.array([hashed(word) for word in vocabulary], dtype="<u4")
    body = np.array([numbers[word] for text in texts for word in text.words], dtype="<u2")
    data = head.encode() + b"\n" + hashes.tobytes() + body.tobytes()
    INDEX.write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(texts)} texts, {start} words, {INDEX.stat().st_size} bytes")


def _from_database(folder: Path) -> list[Text]:
    found = []
    for path in sorted(folder.glob("*.LICENSE")):
        parts = _PARTS.match(path.read_text(encoding="utf-8"))
        about: dict[str, Any] = yaml.safe_load(parts[1]) if parts else {}
        words = words_of(parts[2]) if parts else []
        if len(words) < 4 or about.get("is_deprecated") or about.get("is_generic"):
            continue
        name = _SAME.get(about["key"]) or about.get("spdx_license_key") or f"LicenseRef-scancode-{about['key']}"
        found.append(Text(about["key"], name, about["name"], about["category"], _links(about), words))
    return [text for text in found if not _is_notice_with(text, {other.key: other for other in found})]


def _is_notice_with(text: Text, texts: dict[str, Text]) -> bool:
    """`gpl-3.0-plus` is the text of `gpl-3.0` behind a notice: the text alone cannot tell them apart."""
    plain = texts.get(text.key.removesuffix("-plus"))
    return text.key.endswith("-plus") and plain is not None and len(text.words) > len(plain.words)


def _further(folder: Path) -> list[Text]:
    return [
        Text(key, name, title, "Proprietary Free", links, words_of((folder / f"{key}.txt").read_text("utf-8")))
        for key, (name, title, links) in FURTHER.items()
    ]


def _links(about: dict[str, Any]) -> list[str]:
    """Addresses of the text itself: without scheme, and none that is only a site's or a repository's front."""
    named = [about.get("homepage_url") or "", about.get("osi_url") or "", *(about.get("text_urls") or [])]
    bare = {re.sub(r"^https?://(www\.)?", "", link).rstrip("/") for link in named if isinstance(link, str)}
    return sorted(link for link in bare if link.count("/") >= 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
