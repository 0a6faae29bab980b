"""Which licence a file is, or is under: by its words, by the card's front matter, by what it names.

The words weigh most. Where the sources disagree, where conditions stand beside a known text, or where
a licence is named that nobody here knows, the answer is `unknown`, and unknown is a refusal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from governance.licences import cards, index
from governance.licences.expressions import joined, parts
from governance.licences.mentions import Mention, mentions
from governance.licences.restrictions import FORBIDS, GRANTS, restriction
from governance.licences.settings import LicencePolicy
from governance.licences.texts import ALTERED, Reading, read_text
from governance.licences.words import LONGEST
from registry.digests import of_bytes
from registry.errors import NotFound

UNKNOWN = "unknown"
SURE_ENOUGH = 0.7
_LICENCE_FILE = 0.5
_STRANGE = 0.1
"""Something is stated, which nobody here knows; a card that is silent has no confidence at all."""
_MOST_NAMED = 3
LARGEST = LONGEST
"""Bytes of a file that is read at all: what is read is read whole."""
_MOST_SECTIONS = 20
_LONGEST_NOTE = 100
"""Words of a text without front matter that is about its licence alone; what a longer one forbids may be anything."""
_LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")
_RULED = re.compile(r"^[ \t]*(?:-{10,}|={10,}|\*{10,}|_{10,}|#{10,}|~{10,})[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Identification:
    """`licence` is an SPDX expression or `unknown`; `confidence` is between 0 and 1; `reasons` are sentences.

    `text` is the SHA-256 of the file's bytes: a custom licence is named together with its text.
    """

    licence: str
    confidence: float
    reasons: tuple[str, ...]
    text: str

    @property
    def known(self) -> bool:
        return self.licence != UNKNOWN


def identify_file(path: Path, policy: LicencePolicy) -> Identification:
    """Read a licence file or card of any encoding. Raises NotFound."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}", "name a licence file or a model card") from error
    return identify(data, policy)


def identify(data: bytes, policy: LicencePolicy) -> Identification:
    """The licence of a file's bytes. Never raises on what they hold."""
    if len(data) > LARGEST:
        return Identification(UNKNOWN, 0.0, (f"more than {LARGEST:,} bytes: no licence is so long",), of_bytes(data))
    if pinned := policy.pinned.get(of_bytes(data)):
        return Identification(pinned, 1.0, (f"it is the text of {pinned} in licences.terms",), of_bytes(data))
    text = _decoded(data)
    licence, confidence, reasons = answer = _of_whole(text, policy)
    if confidence < SURE_ENOUGH:
        licence, confidence, reasons = _of_sections(text, policy) or answer
    if other := _other_text(licence, text, policy):
        licence, confidence, reasons = UNKNOWN, _STRANGE, (f"names {other}, whose text is another one",)
    sure = licence if confidence >= SURE_ENOUGH else UNKNOWN
    return Identification(sure, round(confidence, 2), reasons, of_bytes(data))


Answer = tuple[str, float, tuple[str, ...]]


def _other_text(licence: str, text: str, policy: LicencePolicy) -> str:
    """The licence that is one text and that this one calls itself; a card may state it in its front matter."""
    named = {part for part in parts(licence) if part in policy.pinned.values()}
    stated = {part for given in cards.split(text, policy).licences for part in parts(given)} if named else set()
    return min(named - stated, default="")


def _of_whole(text: str, policy: LicencePolicy) -> Answer:
    card = cards.split(text, policy)
    reading = read_text(card.body, index.load())
    if reading.found and reading.share >= _LICENCE_FILE:
        return _of_text(reading, card)
    if reading.near and not reading.near[0].is_policy and not reading.found and not card.licences:
        return _nearly(reading)
    return _of_names(card, reading, mentions(plain_marks(card.body), policy))


def _of_sections(text: str, policy: LicencePolicy) -> Answer | None:
    """All licences of a file of several with ruled lines between them; None unless each section alone is the sure text
    of one."""
    sections = [section for section in _RULED.split(text) if section.strip()]
    if not 1 < len(sections) <= _MOST_SECTIONS:
        return None
    answers = []
    for section in sections:
        card = cards.split(section, policy)
        reading = read_text(card.body, index.load())
        if not reading.found or reading.share < _LICENCE_FILE:
            return None
        answers.append(_of_text(reading, card))
    licences, confidences, reasons = zip(*answers, strict=True)
    return joined(licences), min(confidences), tuple(reason for some in reasons for reason in some)


def _of_text(reading: Reading, card: cards.Card) -> Answer:
    found = sorted(set(_texts(reading)))
    confidence = min(one.confidence for one in reading.found)
    licence = joined(found)
    reasons = [f"{one.words} words of {one.reference.name} ({one.reference.id})" for one in reading.found]
    rivals = sorted({rival for one in reading.found for rival in one.rivals})
    if reading.near:
        reasons.append(f"beside it stands what resembles {reading.near[0].name} without being it")
        return licence, min(confidence, 0.5), tuple(reasons)
    if rivals:
        reasons.append(f"as far as it goes it could also be {', '.join(rivals[:4])}")
    if reading.rest:
        reasons.append(f"conditions stand beside it: {', '.join(reading.rest[:6])}")
        return licence, min(confidence, 0.5), tuple(reasons)
    if restriction(card.front) and not _is_restricted(licence):
        reasons.append("its front matter restricts the use")
        return licence, min(confidence, 0.5), tuple(reasons)
    if made := cards.inherited(card, licence):
        return licence, min(confidence, 0.5), (*reasons, *made)
    if card.strange or {part for stated in card.licences for part in parts(stated)} - set(found):
        reasons.append(f"its front matter states {', '.join((*card.licences, *card.strange))}")
        return licence, min(confidence, 0.5), tuple(reasons)
    return licence, confidence if reading.share == 1 else min(confidence, ALTERED), tuple(reasons)


def _nearly(reading: Reading) -> Answer:
    assert reading.near is not None
    reference, objections = reading.near
    return reference.id, 0.4, (f"resembles {reference.name}, but: {'; '.join(objections[:3])}",)


def _of_names(card: cards.Card, reading: Reading, named: tuple[Mention, ...]) -> Answer:
    """A card or note that states its licence. More than one is all of them: nobody says which part is under which."""
    licences = [*card.licences, *(mention.licence for mention in named if mention.licence)]
    if not licences:
        strange = [*card.strange, *(m.words for m in named)]
        why = f"names {', '.join(strange[:4])}" if strange else "no licence is stated or recognised"
        return UNKNOWN, 0.0 if all(map(cards.says_nothing, strange)) else _STRANGE, (why,)
    licence, different = joined(licences), set(licences)
    if len(different) > _MOST_NAMED:
        return licence, 0.3, (f"names {len(different)} licences and does not say which it is under",)
    doubts = _doubts(card, reading, named, licence)
    if doubts:
        return licence, 0.5, doubts
    reasons = [f"front matter states {stated}" for stated in card.licences]
    reasons += [f"text names {mention.words} ({mention.licence})" for mention in named[:6]]
    agreed = bool(card.licences) or len(named) > 1
    return licence, 0.9 if agreed and len(different) == 1 else 0.8, tuple(reasons)


def _doubts(card: cards.Card, reading: Reading, named: tuple[Mention, ...], licence: str) -> tuple[str, ...]:
    doubts = [f"front matter states {stated}, which nobody here knows" for stated in card.strange]
    doubts += [f"says that it is not under {mention.words}" for mention in named if mention.denied]
    doubts += [f"names {mention.words}, which nobody here knows" for mention in named if mention.licence is None]
    if reading.near and not (reading.near[0].is_policy and _is_of(reading.near[0].family, licence)):
        doubts.append(f"holds a text that resembles {reading.near[0].name} without being it")
    doubts += [f"holds the text of {one}" for one in _texts(reading) if one not in parts(licence)]
    doubts += cards.inherited(card, licence)
    if not reading.found and (own := GRANTS.search(card.body)):
        doubts.append(f"grants rights in words of its own, {own[0]!r}, and is no text of {licence}")
    said = []
    if not card.front and len(card.body.split()) <= _LONGEST_NOTE and (forbidden := FORBIDS.search(card.body)):
        said.append(f"{licence} does not say {forbidden[0]!r}, which the text does")
    if restricted := restriction(f"{card.front}\n{card.body}"):
        said.append(f"{licence} does not say {restricted!r}, which the text does")
    if FORBIDS.search(card.gate):
        said.append(f"whoever fetches it has to agree to conditions that {licence} does not hold")
    if said and not _is_restricted(licence):
        doubts += said
    return tuple(dict.fromkeys(doubts))


def _is_of(family: str, licence: str) -> bool:
    return all(index.family(part) == family for part in parts(licence))


def _texts(reading: Reading) -> list[str]:
    return [one.reference.id for one in reading.found]


def _is_restricted(licence: str) -> bool:
    """Whether the terms of any part already restrict the field of use."""
    terms = LicencePolicy().terms_of
    return any(
        terms(part).value("field_of_use") or any(duty.duty == "acceptable_use" for duty in terms(part).asks)
        for part in parts(licence)
    )


def plain_marks(body: str) -> str:
    """The body for reading names: tags gone, addresses and lines kept."""
    return re.sub(r"<[^<>\n]{0,300}>", " ", body) if "<" in body else body


def _decoded(data: bytes) -> str:
    """Its text, with one kind of line ends: front matter is told by its lines."""
    return _LINE_END.sub("\n", _text(data))


def _text(data: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
