"""The licence of a folder, a model's or a collection of documents: its licence files and its card must agree."""

from __future__ import annotations

from pathlib import Path

from governance.licences.expressions import joined, parts
from governance.licences.identify import UNKNOWN, Identification, identify, identify_file
from governance.licences.words import LONGEST
from governance.policy import LicencePolicy
from registry.digests import of_bytes

FILES = ("LICENSE*", "LICENCE*", "COPYING*", "license*", "licence*", "USE_POLICY*")
CARDS = ("README.md", "README", "README.txt", "MODEL_CARD.md")
NOTICES = ("NOTICE*",)


def licence_files(directory: Path) -> list[Path]:
    """Files at the top of `directory` that hold a licence, in the order of their names."""
    found = {path for pattern in FILES for path in directory.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.stat().st_size <= 4 * LONGEST)


def identify_folder(directory: Path, policy: LicencePolicy) -> Identification:
    """All licences of the files together; where there are none, what the card states. Unknown if anything is.

    `text` is the digest over the files that were read.
    """
    files = licence_files(directory)
    cards = [path for name in CARDS if (path := directory / name).is_file()][:1]
    read = [(path, identify_file(path, policy)) for path in (*files, *cards)]
    text = of_bytes("".join(found.text for _, found in read).encode())
    told = [(path, found) for path, found in read if path in files or found.known or _speaks(found)]
    reasons = tuple(f"{path.name}: {reason}" for path, found in told for reason in found.reasons)
    if not told or not all(found.known for _, found in told):
        return Identification(UNKNOWN, 0.0, reasons or ("no licence file and no card states one",), text)
    stated = {part for path, found in told if path in files for part in parts(found.licence)}
    carded = {part for path, found in told if path not in files for part in parts(found.licence)}
    licence, confidence = joined([found.licence for _, found in told]), min(found.confidence for _, found in told)
    if stated and carded - stated:
        reasons = (*reasons, "the card names what no licence file holds: all of them count")
    return Identification(licence, confidence, reasons, text)


def texts_in(directory: Path, policy: LicencePolicy) -> dict[str, str]:
    """The licence texts that a folder brings along, by identifier; a use policy is added to its licence's text."""
    texts: dict[str, str] = {}
    for path in licence_files(directory):
        data = path.read_bytes()
        for licence in parts(identify(data, policy).licence):
            if licence != UNKNOWN:
                text = data.decode("utf-8", errors="replace").strip()
                texts[licence] = f"{texts[licence]}\n\n{text}" if licence in texts else text
    return texts


def notices_in(directory: Path) -> list[str]:
    """NOTICE files that came along and must be kept."""
    found = sorted({path for pattern in NOTICES for path in directory.glob(pattern) if path.is_file()})
    return [path.read_text(encoding="utf-8", errors="replace")[:LONGEST].strip() for path in found]


def _speaks(found: Identification) -> bool:
    """Whether a card says anything about a licence; one that is silent does no harm."""
    return found.confidence > 0
