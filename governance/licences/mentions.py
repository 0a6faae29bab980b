"""Licences that a text only names: `License: MIT`, "released under the Llama 3.1 Community License", a link to one.

A name counts where the text speaks of a licence. One that is denied, and one that nobody here knows,
are told as well: either makes the whole uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from governance.licences.expressions import normalise
from governance.licences.settings import LicencePolicy
from governance.licences.terms import catalogue
from registry.errors import LicenceRefused

_TAG = re.compile(r"SPDX-License-Identifier:\s*([^\n*#<>\"']+)", re.IGNORECASE)
_DECLARED = re.compile(
    r"^[\W_]{0,8}licen[sc]e(?:[ _-](?:expression|name|id|type))?[\"'*_]*\s*(?:[:=|]|is\b)"
    r"[ \t\"'*_|\[{]*(?:text[ \t]*=[ \t\"']*)?([^\n]{1,120})",
    re.IGNORECASE | re.MULTILINE,
)
_HEADED = re.compile(r"^#{1,6}[ \t]*licen[sc]e[ \t]*\n+[ \t*_`]*([^\n]{1,80})$", re.IGNORECASE | re.MULTILINE)
_OTHER_VERSION = re.compile(r"^ (?:license |agreement |version |v\.? ?){0,3}(\d+\.\d+)")
_OF_A_MODEL = frozenset(("model", "weights", "community", "research"))
_VALUE_END = re.compile(r"[\"'\](|<;]|\s[-–—]\s|,\s|\.\s|\.?$")
_LINK = re.compile(
    r"(?:https?://|www\.)?((?:[\w-]+\.)+[a-z]{2,}/[^\s<>\"')\]|]+|/?models/llama\d\w*/license)", re.IGNORECASE
)
_CONTEXT = re.compile(
    r"licen[sc]|terms|agreement|use policy|released under|available under"
    r"|\b(?:weights?|models?|checkpoints?|data|datasets?|files?|documents?) (?:is|are|come|comes)\b",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"\b(?:code|weights?|models?|checkpoints?|data|datasets?) $")
"""Before a name, without the colon between them: `Weights: CC BY-NC 4.0`."""
_BARE = re.compile(
    r"\b(?i:licen[sc]ed?|released|available|distributed|provided|code|weights?|models?|checkpoints?|datasets?)\b"
    r"[^.;\n]{0,30}?[ :]((?:[AL]?GPL|CC[- ]BY(?:[- ](?:NC|ND|SA))+))\b(?![ -]?v?\d)",
)
"""A licence without its version. Which it is nobody can say, and each of them asks much."""
_LESS = re.compile(r"^[^.;\n]{0,40}?\b(?:but|except|unless|excluding|plus|only)\b", re.IGNORECASE)
"""Behind a licence that is declared: it is not that licence alone."""
_DENIED = re.compile(
    r"\b(?:not|no longer|neither|never|unlike|instead of|rather than|formerly|previously)\b[^.]{0,60}$"
)
_LATER = re.compile(r"^[^.]{0,60}?(?:\bor (?:\(at your option\) )?(?:any )?later\b|\bat your option any later\b|\+)")
_UNKNOWN = re.compile(
    r"\b((?:[A-Z][\w.+-]*|\d[\w.]*)(?:[ -](?:[A-Z][\w.+-]*|\d[\w.]*|of|for|and)){0,6}) "
    r"(?:Licen[sc]e|LICEN[SC]E|EULA|Terms of Use)\b"
)
_GENERAL_WORDS = """
the this that your our a an any open source software model dataset data code file project additional custom
original public free see under and for of commercial content library user end third party apply applies using
use permissive other same full complete main above following documentation community general how what which
copyright notices notice section appendix about read note badge grant grants patent granted trademark
sublicense revocable limited exclusive non free royalty worldwide perpetual
"""
_GENERAL = frozenset(_GENERAL_WORDS.split())
_SPACE = re.compile(r"[^a-z0-9.+]+")


@dataclass(frozen=True)
class Mention:
    """A licence that is named in `words`. `licence` is its expression, None for one that nobody here knows."""

    licence: str | None
    words: str
    denied: bool = False


def mentions(text: str, policy: LicencePolicy) -> tuple[Mention, ...]:
    """Every licence that `text` names, each once, in the order of certainty: tags, declarations, names, links."""
    text = text.replace("\\_", "_").replace("\\-", "-")
    stated = [*_tags(text, policy), *_declared(text, policy)]
    found = [*stated, *_names(_without_choices(text, stated)), *_links(text)]
    known = {mention.licence for mention in found if mention.licence}
    found += [strange for strange in _strangers(text) if not _is_named(strange.words, known)]
    return tuple(dict.fromkeys(found))


def linked(address: str) -> str | None:
    """The licence that stands at `address`, if the catalogue knows it."""
    bare = re.sub(r"^https?://(?:www\.)?", "", address.strip().casefold())
    for link, licence in _known_links().items():
        at = bare.find(link)
        if at >= 0 and not re.match(r"[a-z0-9]", bare[at + len(link) :]):
            return licence
    return None


def _tags(text: str, policy: LicencePolicy) -> Iterator[Mention]:
    for stated in _TAG.findall(text):
        yield Mention(_known(stated.strip(" -/"), policy), stated.strip()[:60])


def _declared(text: str, policy: LicencePolicy) -> Iterator[Mention]:
    for match in (*_DECLARED.finditer(text), *_HEADED.finditer(text)):
        stated = match[1].strip()
        value = _VALUE_END.split(stated, maxsplit=1)[0].strip(" *_`\"'")
        if licence := _known(value, policy):
            less = _LESS.match(stated.partition(value)[2])
            yield Mention(None if less else licence, stated[:60] if less else value)


def _without_choices(text: str, stated: Iterable[Mention]) -> str:
    """`text` without the expressions that were read whole: no side of a choice is named besides."""
    for mention in stated:
        if mention.licence and re.search(" (?:OR|WITH) ", mention.licence):
            text = text.replace(mention.words, " ")
    return text


def _known(stated: str, policy: LicencePolicy) -> str | None:
    try:
        return normalise(stated, policy)
    except LicenceRefused:
        return None


def _names(text: str) -> Iterator[Mention]:
    """Longest names first, so that of "Llama 3.1 Community License" no part is taken for another."""
    plain, names = _SPACE.sub(" ", text.casefold()), _known_names()
    for match in _name_pattern().finditer(plain):
        before, behind = plain[max(0, match.start() - 120) : match.start()], plain[match.end() : match.end() + 120]
        if not _CONTEXT.search(match[0] + before[-80:] + behind[:40]) and not _LABELLED.search(before):
            continue
        licence = names[match[0]]
        other = _OTHER_VERSION.match(behind)
        if other and other[1] not in licence:
            yield Mention(None, match[0] + other[0])
            continue
        if licence.endswith("-only") and _LATER.match(behind):
            licence = licence.removesuffix("-only") + "-or-later"
        yield Mention(licence, match[0], denied=bool(_DENIED.search(before)))


def _links(text: str) -> Iterator[Mention]:
    for match in _LINK.finditer(text):
        if licence := linked(match[1]):
            yield Mention(licence, match[1].casefold())


def _strangers(text: str) -> Iterator[Mention]:
    """Capitalised names of licences. Which of them are known is for the caller to see."""
    yield from (Mention(None, bare) for bare in _BARE.findall(text))
    for match in _UNKNOWN.finditer(re.sub(r"[*_`]|\[|\]", "", text)):
        words = [word for word in match[1].replace("-", " ").casefold().split() if any(map(str.isalpha, word))]
        if words and (words[-1] in _OF_A_MODEL or any(word not in _GENERAL for word in words)):
            yield Mention(None, match[0])


def _is_named(words: str, licences: set[str]) -> bool:
    """Whether a name of a licence is, or is part of, one of the known ones that were found."""
    plain = _SPACE.sub(" ", words.casefold()).strip()
    for licence in licences:
        for part in re.split(r" (?:AND|OR|WITH) |[()]", licence):
            terms = catalogue().get(part)
            own = [part, *(terms.names if terms else ()), *(terms.hub if terms else ()), terms.name if terms else ""]
            if any(_overlap(plain, _SPACE.sub(" ", name.casefold()).strip()) for name in own if name):
                return True
    return False


def _overlap(words: str, name: str) -> bool:
    return name in words or words.removesuffix(" agreement").removesuffix(" license").removeprefix("the ") in name


@lru_cache(maxsize=1)
def _known_names() -> dict[str, str]:
    return {
        _SPACE.sub(" ", name.casefold()).strip(): licence
        for licence, terms in catalogue().items()
        for name in (licence, *terms.names, terms.name, *(f"{hub} license" for hub in terms.hub))
        if not name.startswith("LicenseRef-") and len(name) > 3
    }


@lru_cache(maxsize=1)
def _name_pattern() -> re.Pattern[str]:
    names = sorted(_known_names(), key=len, reverse=True)
    return re.compile(r"(?<![a-z0-9.])(?:" + "|".join(map(re.escape, names)) + r")(?![a-z0-9]|\.\d)")


@lru_cache(maxsize=1)
def _known_links() -> dict[str, str]:
    listed = {link.casefold(): licence for licence, terms in catalogue().items() for link in terms.links}
    return dict(sorted(listed.items(), key=lambda item: -len(item[0])))
