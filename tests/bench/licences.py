"""How many licence texts are named rightly in any dress, and how many pass with a condition put in.

    python -m tests.bench.licences [LICENSEDB]

Over the texts that ship, or over every text of a folder of ScanCode's `*.LICENSE` files.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from governance.licences.identify import identify
from governance.licences.index import load
from governance.licences.notice import TEXTS
from governance.licences.settings import LicencePolicy
from tests.licence_dresses import CONDITIONS, DRESSES

_PARTS = re.compile(r"---\n(.*?)\n---\n?(.*)", re.DOTALL)
_KEY = re.compile(r"^key: *(\S+)", re.MULTILINE)


def main(folder: Path | None) -> None:
    policy, chance = LicencePolicy(), random.Random(1)
    right = variants = accepted = altered = 0
    seconds: list[float] = []
    for text, licence in _from_database(folder) if folder else _shipped():
        for dress in DRESSES.values():
            started = time.process_time()
            found = identify(dress(text).encode(), policy).licence
            seconds.append(time.process_time() - started)
            variants += 1
            right += found == licence
        words = text.split()
        for condition in CONDITIONS:
            at = chance.randrange(len(words) + 1)
            altered += 1
            accepted += identify(" ".join([*words[:at], condition, *words[at:]]).encode(), policy).known
    print(f"{right} of {variants} variants named rightly; {accepted} of {altered} altered texts accepted")
    figures = {
        "licence_variants": variants, "licence_right": right, "licence_altered": altered,
        "licence_false_accepts": accepted, "licence_cpu_median_s": round(statistics.median(seconds), 3),
        "licence_cpu_max_s": round(max(seconds), 3),
    }  # fmt: skip
    print(json.dumps(figures))


def _shipped() -> Iterator[tuple[str, str]]:
    for path in sorted(TEXTS.glob("*.txt")):
        yield path.read_text(encoding="utf-8"), {"GPL-3.0": "GPL-3.0-only"}.get(path.stem, path.stem)


def _from_database(folder: Path) -> Iterator[tuple[str, str]]:
    known = {reference.key: reference.id for reference in load().references}
    for key, text in parted(folder).items():
        if key in known:
            yield text, known[key]


def parted(folder: Path) -> dict[str, str]:
    """The texts of a folder of ScanCode's files, by key."""
    found = {}
    for path in sorted(folder.glob("*.LICENSE")):
        parts = _PARTS.match(path.read_text(encoding="utf-8"))
        key = _KEY.search(parts[1]) if parts else None
        if parts and key:
            found[key[1]] = parts[2]
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
