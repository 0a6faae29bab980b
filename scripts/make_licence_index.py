"""Make governance/licences/index.xz from ScanCode's LicenseDB and a folder of further texts.

    python -m scripts.make_licence_index LICENSEDB EXTRA    # anew
    python -m scripts.make_licence_index OTHERS             # texts put to those that are there

LICENSEDB holds the `*.LICENSE` files of a scancode-toolkit-mini wheel (licensedcode/data/licenses), EXTRA
the texts of `FURTHER`, which the database lacks. OTHERS holds `ID.txt` and `ID~ANY.txt`: other wordings of
licences that are known, such as SPDX's and Debian's copies. Only numbers of words are written, never the texts.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
from collections import Counter
from dataclasses import asdict, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from governance.licences.index import INDEX, STRANGE, Numbers, Reference, hashed, load
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
    numbers = {word: number for number, word in enumerate(vocabulary)}
    body = np.array([numbers[word] for text in texts for word in text.words], dtype="<u2")
    _write(_of(texts), [hashed(word) for word in vocabulary], body)


def add(others: Path) -> None:
    """Put each text of the folder whose words the index does not hold behind the others."""
    index = load()
    known = {reference.id: reference for reference in reversed(index.references)}
    held = {tuple(index.text(reference)) for reference in index.references}
    numbers, listed, body = dict(index.numbers), list(index.references), [index.words]
    for path in sorted(others.glob("*.txt")):
        words = [hashed(word) for word in words_of(path.read_text("utf-8"))]
        row = np.array([numbers.setdefault(word, len(numbers)) for word in words], dtype="<u2")
        if tuple(row) not in held:
            of = known[path.stem.partition("~")[0]]
            listed.append(replace(of, key=path.stem, links=(), start=sum(map(len, body)), length=len(row)))
            body.append(row)
    if len(numbers) >= STRANGE:
        raise SystemExit("more words than numbers")
    _write(listed, list(numbers), np.concatenate(body))


def _of(texts: list[Text]) -> list[Reference]:
    starts = accumulate((len(text.words) for text in texts), initial=0)
    return [
        Reference(text.key, text.id, text.name, text.category, tuple(text.links), start, len(text.words))
        for text, start in zip(texts, starts, strict=False)
    ]


def _write(references: list[Reference], hashes: list[int], body: Numbers) -> None:
    listed = [asdict(reference) for reference in references]
    head = json.dumps({"vocabulary": len(hashes), "references": listed}, ensure_ascii=False)
    data = head.encode() + b"\n" + np.array(hashes, dtype="<u4").tobytes() + body.astype("<u2").tobytes()
    INDEX.write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(references)} texts, {len(body)} words, {INDEX.stat().st_size} bytes")


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
    add(Path(sys.argv[1])) if len(sys.argv) == 2 else main(Path(sys.argv[1]), Path(sys.argv[2]))
