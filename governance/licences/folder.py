"""The licence of a folder, a model's or a collection of documents: its licence files and its card must agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from governance.licences.expressions import joined, parts
from governance.licences.identify import LARGEST, UNKNOWN, Identification, identify, identify_file
from governance.licences.settings import LicencePolicy
from governance.licences.words import LONGEST
from registry.digests import of_text

_FILE = re.compile(
    r"(?:(?:(?:model|weights?)[-_])?licen[sc]e|copying|eula|(?:acceptable[-_])?use[-_]policy|terms(?:[-_]of[-_]use)?)"
    r"(?:[-_.][\w.-]*)?",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_CALLED = frozenset(("licence", "licences", "license", "licenses", "unlicence", "unlicense", "copying", "eula"))
_TEXTS = frozenset(("", ".txt", ".text", ".md", ".rst", ".html", ".htm", ".pdf", ".docx", ".rtf", ".license"))
_MAIN = re.compile(r"(?:LICEN[SC]E|COPYING)(?:[-_.].*)?|(?i:licen[sc]e|copying)(?:\.\w+)?")
_CARD = re.compile(r"(?:readme|model[-_]?card)(?:\.(?:md|txt|rst))?", re.IGNORECASE)
NOTICES = ("NOTICE*",)


def licence_files(directory: Path) -> list[Path]:
    """Files at the top of `directory` that hold a licence, by their names, in the order of these.

    Also what is too large for one, or a link to nothing: what cannot be read is unknown and not absent.
    """
    return sorted(path for path in directory.glob("*") if _is_called_so(path) and _is_file(path))


def main_licence_files(directory: Path) -> list[Path]:
    """Those that speak of the whole folder: `LICENSE-2.0`, `License.txt`, not a contract that is kept in it."""
    return [path for path in licence_files(directory) if is_main(path.name)]


def is_main(name: str) -> bool:
    """Whether a file of this name speaks of the whole folder."""
    return bool(_MAIN.fullmatch(name))


def identify_folder(directory: Path, policy: LicencePolicy) -> Identification:
    """All licences of a model's files and of its cards together; unknown if one of them is.

    A card that is silent does no harm. `text` is the digest over the files that were read.
    """
    files = (*licence_files(directory), *_in_folders(directory))
    cards = sorted(path for path in directory.glob("*") if _CARD.fullmatch(path.name) and path.is_file())
    found = identify_files((*files, *(card for card in cards if _speaks(card, policy))), policy)
    return found if found.reasons else replace(found, reasons=("no licence file and no card states one",))


def identify_files(files: Sequence[Path], policy: LicencePolicy) -> Identification:
    """All licences of these files together; unknown if one of them is."""
    read = [(path, identify_file(path, policy)) for path in files]
    text = of_text("".join(found.text for _, found in read))
    reasons = tuple(f"{path.name}: {reason}" for path, found in read for reason in found.reasons)
    if not read or not all(found.known for _, found in read):
        return Identification(UNKNOWN, 0.0, reasons, text)
    confidence = min(found.confidence for _, found in read)
    return Identification(joined([found.licence for _, found in read]), confidence, reasons, text)


def texts_in(directory: Path, policy: LicencePolicy) -> dict[str, str]:
    """The licence texts that a folder brings along, by identifier; a use policy is added to its licence's text."""
    texts: dict[str, str] = {}
    for path in licence_files(directory):
        data = path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else b""
        for licence in parts(identify(data, policy).licence):
            if licence != UNKNOWN:
                text = data.decode("utf-8", errors="replace").strip()
                texts[licence] = f"{texts[licence]}\n\n{text}" if licence in texts else text
    return texts


def notices_in(directory: Path) -> list[str]:
    """NOTICE files that came along and must be kept."""
    found = sorted({path for pattern in NOTICES for path in directory.glob(pattern) if path.is_file()})
    return [path.read_text(encoding="utf-8", errors="replace")[:LONGEST].strip() for path in found]


def _in_folders(directory: Path) -> list[Path]:
    """What lies in a folder of licences, as `LICENSES/` of the REUSE specification."""
    folders = (path for path in directory.glob("*") if _speaks_of_licences(path.name) and path.is_dir())
    return sorted(path for folder in folders for path in folder.rglob("*") if _is_file(path))


def _is_called_so(path: Path) -> bool:
    """`LICENSE-2.0` as well as `Model License Agreement.pdf`, and no `plates_license.json`."""
    return bool(_FILE.fullmatch(path.name)) or (path.suffix.lower() in _TEXTS and _speaks_of_licences(path.name))


def _speaks_of_licences(name: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(name)]
    return not _CALLED.isdisjoint(words) or words[:1] == ["terms"] or "use policy" in " ".join(words)


def _is_file(path: Path) -> bool:
    return path.is_file() or (path.is_symlink() and not path.exists())


def _speaks(card: Path, policy: LicencePolicy) -> bool:
    """Whether it says anything about a licence, be it nothing that is known."""
    return identify_file(card, policy).confidence > 0
