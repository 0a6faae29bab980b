"""People in letters and mail: salutations, display names of headers, quoted headers, signatures, in six languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii.cells.tables import SCORE, Cell, Lines, typed
from governance.pii.cells.values import value_end
from governance.pii.naming import names
from governance.pii.text.spans import Span
from governance.pii.words import form_words, listed_names
from governance.pii.words.labels import Label, is_role, listed

_PEOPLE = r"from|to|cc|bcc|reply-to|sender|von|an|kopie|de|à|a|para|da|van|aan|copia|cci|répondre à|x-from|x-to|x-cc"
_REST = (
    r"subject|date|sent|betreff|datum|gesendet|objet|envoyé|asunto|fecha|enviado|oggetto|data|inviato|onderwerp|verzonden"
    r"|message-id|received|attachments?|anlagen?"
)
_HEADER = re.compile(
    rf"[ \t>*]{{0,12}}(?:(?P<people>{_PEOPLE})|{_REST}) ?:\**[ \t]*(?P<value>[^\n]{{0,2000}})", re.IGNORECASE
)
_NO_NAME = re.compile(rf"{_REST}|b?cc|reply-to|kopie|copia|cci", re.IGNORECASE)
_ADDRESSED = re.compile(r"(?:^|[,>])[ \t]*[\"']?(?P<name>[^\W\d_][^\n<>@;\"]{1,70}?)[\"']?[ \t]*(?=<|\[mailto:)")
_BY_SEMICOLONS, _BY_COMMAS = re.compile(r"[^;]+"), re.compile(r"[^,]+")
_ROUTE = re.compile(r"[/@<(\[]")
_WROTE = r"(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef)"
_CLOCK = r"\d{1,2}[:.h]\d{2}(?::\d{2})?"
_NAMED = r"(?P<span>[^\W\d_][\w.'-]{0,30}(?:,? [^\W\d_][\w.'-]{0,30}){0,4}?)"
_MAILBOX = r"(?: \([^()\n]{1,40}\))?(?:\s{1,2}[<(\[]{1,2}[^<>()\n\]]{3,90}[>)\]]{1,2})?"
_QUOTES = re.compile(rf"{_WROTE}|[Ff]orwarded by|\w ?@ ?\w{{2,12}}\s\d")
_QUOTED = (
    re.compile(rf"{_CLOCK}(?: ?[AaPp]\.?[Mm]\.?)?(?: Uhr| uur)?(?: \([^)\n]{{2,12}}\)| [+-]\d{{4}})?,? ?\s?[> ]{{0,4}}"
               rf"{_NAMED}{_MAILBOX}\s{{1,2}}[> ]{{0,4}}{_WROTE}(?= ?:)"),
    re.compile(rf"(?<!\w)(?:schrieb|schreef|escribió|ha scritto)\s{_NAMED}{_MAILBOX} ?:"),
    re.compile(rf"(?:^|\n)[> ]{{0,6}}{_NAMED}{_MAILBOX} {_WROTE}(?: on [^\n:]{{4,40}})? ?:"),
)  # fmt: skip
_SALUTATION = re.compile(
    r"(?:^|\n|[\"“„«]|\\n)\s{0,4}(?:Dear|Hi|Hello|Hey|Liebe[r]?|Sehr geehrte[r]?|Cher|Ch[èe]re|Estimad[oa])[ ]"
    rf"(?:(?:{names.TITLES})\.? ){{0,3}}(?P<span>{names.NAME})(?=\s?[,!:.\n])"
)
_GIVEN_TOO = listed_names.given() | {"hope", "may", "will"}
_FORWARDED = (
    re.compile(rf"(?i:- ?forwarded by) {_NAMED}(?= ?[/@]|{_MAILBOX} on \d)"),
    re.compile(rf"(?:^|\n){_NAMED}(?: ?/ ?\w{{2,6}}){{0,3}} ?@ ?\w{{2,12}}\s\d{{1,2}} ?/ ?\d"),
)  # fmt: skip
_CLOSINGS = listed(form_words.CLOSINGS)
_CLOSING_ENDS = re.compile(
    r"(?<!\w)(?:regards|sincerely|faithfully|cheers|thanks|thank you|gr(?:ü|ue)ssen|cordialement|signed(?: by)?)\Z"
)
_TITLE = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Dipl|Ing|Herr|Frau|M|Mme|Sr|Sra|Dott|Avv)\.? ?(?:-?Ing\. ?)?){1,2}(?=[A-ZÀ-Þ][\w'-]+ )"
)
_FIRM = re.compile(
    r"(?<!\w)(?:ltd|limited|llc|llp|plc|inc|corp|gmbh|ag|kg|sarl|s\.?a\.?s?|s\.?l|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v)\.?$",
    re.IGNORECASE,
)
_SIGNATURE_LINES = 6


def heads_mail(word: str) -> bool:
    """Whether it is a header of mail that is nobody's name: `Cc`, `Betreff`."""
    return _NO_NAME.fullmatch(word) is not None


def headers(lines: Lines) -> Iterator[Span]:
    """Display names of senders and recipients in a block of header lines that has a date, a subject or an address."""
    block: list[tuple[int, re.Match[str]]] = []
    for offset, line in [*lines, (0, "")]:
        match = _HEADER.fullmatch(line) if ":" in line[:30] else None
        if match is not None:
            block.append((offset, match))
            continue
        if (len(block) > 1 and any(not m["people"] or "@" in m["value"] for _, m in block)) or _is_routed(block):
            for start, header in block:
                if header["people"]:
                    yield from _recipients(Cell(start + header.start("value"), header["value"]))
        block = []


def _is_routed(block: list[tuple[int, re.Match[str]]]) -> bool:
    """A lone header line is one where an address follows the name."""
    return len(block) == 1 and _ADDRESSED.search(block[0][1]["value"]) is not None


def _recipients(value: Cell) -> Iterator[Span]:
    """Names parted by semicolons, or by commas where each has its route (`A Weber/HOU/ECT@ECT, B Rossi@X`)."""
    routed = "@" in value.text and ";" not in value.text and "<" not in value.text
    for part in (_BY_COMMAS if routed else _BY_SEMICOLONS).finditer(value.text):
        text = part.group()
        route = _ROUTE.search(text)
        plain = (0, route.start() if route else len(text))
        for start, end in [match.span("name") for match in _ADDRESSED.finditer(text)] or [plain]:
            yield from typed(_one(value, part.start() + start, part.start() + end), Label("PERSON", "sure"))


def _one(value: Cell, start: int, end: int) -> Cell:
    inner = value.text[start:end].lstrip(" \t\"'")
    return Cell(value.start + end - len(inner), inner.rstrip(" \t\"',"))


def salutations(text: str) -> Iterator[Span]:
    """Who is addressed: `Dear Ms Roe,` on a line of its own or at its head; `Hope` is somebody there, `Sir` is not."""
    for match in _SALUTATION.finditer(text):
        said = match["span"]
        role = is_role(said) and not names.follows_title(text, match.start("span"))
        if said.lower() in _GIVEN_TOO or not (role or names.common(said)):
            yield Span(match.start("span"), match.end("span"), "PERSON", SCORE)


def quoted(text: str) -> Iterator[Span]:
    """Who is named above a quoted message: `On 5 May 2026 at 10:02, Jane Doe <…> wrote:`, `Forwarded by Jane Doe/…`."""
    if not _QUOTES.search(text):
        return
    for pattern in _QUOTED:
        for match in pattern.finditer(text):
            if value_end("PERSON", "in_context", match["span"]):
                yield Span(match.start("span"), match.end("span"), "PERSON", SCORE)
    for match in (match for pattern in _FORWARDED for match in pattern.finditer(text)):
        if value_end("PERSON", "sure", match["span"]):
            yield Span(match.start("span"), match.end("span"), "PERSON", SCORE)


def signatures(lines: Lines) -> Iterator[Span]:
    """The name below a closing or a line of two dashes, and the firm among the lines that follow it."""
    for number, (_, line) in enumerate(lines):
        if not _closes(line):
            continue
        below = [(offset, text) for offset, text in lines[number + 1 : number + 4] if text.strip()][:1]
        for offset, text in below:
            title = _TITLE.match(text)
            cell = Cell(offset, text)
            start = title.end() if title else 0
            end = next((i for i, c in enumerate(text) if c in ",|(" and i > start), len(text))
            found = list(typed(_one(cell, start, end), Label("PERSON", "in_context")))
            yield from found
            if found:
                yield from _firms(lines[number + 2 : number + 2 + _SIGNATURE_LINES])


def closings(lines: Lines) -> frozenset[int]:
    """Numbers of the lines after which a signature may stand."""
    return frozenset(number for number, (_, line) in enumerate(lines) if _closes(line))


def _closes(line: str) -> bool:
    """Whether a signature may follow: `Best regards,` alone, or at the end of a sentence."""
    said = line[-60:].strip(" \t>,.!").casefold()
    return (len(line) <= 60 and said in _CLOSINGS) or _CLOSING_ENDS.search(said) is not None


def _firms(lines: Lines) -> Iterator[Span]:
    for offset, line in lines:
        text = line.strip()
        if not text:
            return
        if len(text) <= 70 and _FIRM.search(text):
            start = offset + line.index(text)
            yield Span(start, start + len(text), "ORGANIZATION", SCORE)
