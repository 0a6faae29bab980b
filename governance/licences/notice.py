"""The NOTICE that must travel with an adapter: phrases, notices, attributions, duties with their reasons, texts.

The same adapter, policy and catalogue give the same bytes. A text that a licence asks for and that is
not here is named in `missing`: the notice is then incomplete, and says so.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from governance.licences.judgement import Owed, described, licences_of, owed
from governance.licences.materials import Material
from governance.licences.settings import LicencePolicy
from governance.licences.terms import Use
from registry.pages.labels import printable
from registry.records import Adapter

TEXTS = Path(__file__).with_name("texts")
_WIDTH = 100
_UNNAMED = " (no source is recorded: name the authors and the source here)"


@dataclass(frozen=True)
class Brought:
    """What came with the base model: licence texts by identifier, and notices to keep."""

    texts: Mapping[str, str]
    notices: Sequence[str] = ()


@dataclass(frozen=True)
class Notice:
    """The text, and the licences whose own text should be in it and is not."""

    text: str
    missing: tuple[str, ...]


def write_notice(
    adapter: Adapter, materials: Sequence[Material], policy: LicencePolicy, brought: Brought, also: Sequence[Use] = ()
) -> Notice:
    """The common texts are known here; what came with the base model is `brought`.

    What is handed on for another use than those of the policy, `also`, may owe another side of a choice.
    """
    uses = tuple(dict.fromkeys((*policy.uses, *also)))
    duties = owed(materials, uses, policy)
    licences = licences_of(materials, uses, policy)
    known = {licence: text for licence in licences if (text := brought.texts.get(licence) or shipped_text(licence))}
    wanted = [duty.licence for duty in duties if duty.duty == "licence_text"]
    wanted += [licence for licence in licences if policy.terms_of(licence).text]
    missing = tuple(dict.fromkeys(licence for licence in wanted if licence not in known))
    sections = (
        _head(adapter),
        _required(duties),
        _attributions(materials, {one.material for one in duties if one.duty == "attribution"}),
        _duties(duties),
        _section("Notices of the base model", ["\n\n".join(brought.notices)] if brought.notices else []),
        _licences(licences, known, policy),
    )
    return Notice("\n\n".join(section for section in sections if section) + "\n", missing)


def shipped_text(licence: str) -> str | None:
    """The text of a common licence, which may be copied verbatim."""
    path = TEXTS / f"{licence.removesuffix('-only').removesuffix('-or-later')}.txt"
    return path.read_text(encoding="utf-8").strip("\n") if path.is_file() else None


def _head(adapter: Adapter) -> str:
    return (
        f"NOTICE for the adapter {adapter.version}\n\n"
        f"This file must stay with the adapter (SHA-256 {adapter.digest}) wherever it is copied to or served from.\n"
        "It says what the adapter is made of, under which licences, and what they ask."
    )


def _required(duties: Sequence[Owed]) -> str:
    """Words that licences prescribe."""
    shown = _values(duties, "display")
    kept = _values(duties, "notice")
    return _section("Required words", [*shown, *kept])


def _values(duties: Iterable[Owed], kind: str) -> list[str]:
    prefix = f"{kind}: "
    return list(dict.fromkeys(duty.duty.removeprefix(prefix) for duty in duties if duty.duty.startswith(prefix)))


def _attributions(materials: Sequence[Material], owing: Container[str]) -> str:
    """Documents whose authors have to be named and that came without a source are for a person to name."""
    lines = [
        f"- {described(material)}: {material.licence or 'no licence stated'}"
        + (f", from {printable(material.source)}" if material.source else "")
        + (_UNNAMED if material.what == "documents" and not material.source and described(material) in owing else "")
        for material in materials
    ]
    return _section("Made of", lines)


def _duties(duties: Sequence[Owed]) -> str:
    """Each duty of each licence once, with all the ways by which the adapter comes to it."""
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for duty in duties:
        way = " → ".join(duty.chain) if duty.chain else duty.material
        reasons.setdefault((duty.licence, duty.duty, duty.sentence), []).append(way)
    lines: list[str] = []
    licence = ""
    for (owner, _, sentence), ways in reasons.items():
        if owner != licence:
            because = "; ".join(dict.fromkeys(ways))
            lines.append(f"{owner}\n  because of: {because}")
            licence = owner
        lines.append(f"  - {sentence}")
    return _section("What the licences ask", lines)


def _licences(licences: Sequence[str], known: Mapping[str, str], policy: LicencePolicy) -> str:
    blocks = []
    for licence in licences:
        terms = policy.terms_of(licence)
        links = ", ".join(f"https://{link}" for link in terms.links[:1])
        head = f"{licence}: {terms.name}" + (f" ({links})" if links else "")
        head += f", the text with SHA-256 {terms.text}" if terms.text else ""
        rule = "-" * min(_WIDTH, len(head))
        blocks.append(f"{head}\n{rule}\n{known.get(licence, 'Its text is not part of this file.')}")
    return _section("Licences", ["\n\n".join(blocks)] if blocks else [])


def _section(title: str, lines: Sequence[str]) -> str:
    return f"{title}\n{'=' * len(title)}\n" + "\n".join(lines) if lines else ""
