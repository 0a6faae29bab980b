"""Ways to write an identifier so that a person reads it and a pattern does not."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from governance.pii.detect import find
from governance.pii.jsonl import scrub_jsonl
from governance.pii.naming.languages import main_language, refused
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()
EMAIL, IBAN, CARD = "jane.roe@acme-bank.com", "DE89370400440532013000", "4111111111111111"
PHONE, NINO, SSN, NAME = "+442079460991", "AB123456C", "536-22-1234", "Jane Robertson"
ADDRESSED = {
    EMAIL: "Please write to {} before Friday, she will answer.",
    IBAN: "Transfer it to the account {} before Friday please.",
    CARD: "The payment was made with card {} on Friday morning.",
    PHONE: "You can call her on {} before Friday.",
    NINO: "Her national insurance number is {} as far as we know.",
    SSN: "His social security number is {} as far as we know.",
    NAME: "Dear Ms {}, thank you for your letter to our office.",
}
Disguise = Callable[[str], str]


def between(filler: str) -> Disguise:
    return filler.join


def after_each(mark: str, only: str = r"\w") -> Disguise:
    return lambda value: re.sub(f"({only})", rf"\1{mark}", value)


def shifted(lower: int | None, upper: int | None, digit: int | None) -> Disguise:
    """Letters and digits moved to a block of styled ones that begins there; None leaves them alone."""

    def shift(c: str) -> str:
        for first, last, start in (("a", "z", lower), ("A", "Z", upper), ("0", "9", digit)):
            if start is not None and first <= c <= last:
                return chr(start + ord(c) - ord(first))
        return c

    return lambda value: "".join(map(shift, value))


def swapped(plain: str, disguised: str) -> Disguise:
    return lambda value: value.translate(str.maketrans(plain, disguised))


def grouped(separator: str) -> Disguise:
    return lambda value: separator.join(value[i : i + 4] for i in range(0, len(value), 4))


def named(prefix: str) -> Disguise:
    """Each letter as the character of that name."""
    return lambda value: "".join(
        unicodedata.lookup(f"{prefix} {c.upper()}") if c.isalpha() and c not in "QX" else c for c in value
    )


def circled(value: str) -> str:
    digits = "⓪①②③④⑤⑥⑦⑧⑨"
    return "".join(digits[int(c)] if c.isdigit() else c for c in value)


WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ALL = (EMAIL, IBAN, CARD, PHONE, NINO, SSN, NAME)
NUMBERS = (IBAN, CARD, PHONE, NINO, SSN)
DIGITS = (CARD, PHONE, SSN)
DISGUISES: dict[str, tuple[Disguise, tuple[str, ...]]] = {
    "zero-width space": (between("\u200b"), ALL),
    "zero-width non-joiner": (between("\u200c"), ALL),
    "zero-width joiner": (between("\u200d"), ALL),
    "word joiner": (between("\u2060"), ALL),
    "byte order mark": (between("\ufeff"), ALL),
    "soft hyphen": (between("\u00ad"), ALL),
    "left-to-right mark": (between("\u200e"), ALL),
    "right-to-left mark": (between("\u200f"), ALL),
    "embedding": (lambda v: f"\u202a{v[:5]}\u202c{v[5:]}", ALL),
    "override begun inside": (lambda v: f"{v[:3]}\u202e{v[3:]}\u202c", ALL),
    "isolates": (lambda v: f"\u2068{v[:4]}\u2069{v[4:]}", ALL),
    "written backwards": (lambda v: f"\u202e{v[::-1]}\u202c", (EMAIL, IBAN, CARD, NINO)),
    "invisible times": (between("\u2062"), ALL),
    "combining grapheme joiner": (between("\u034f"), ALL),
    "mongolian vowel separator": (between("\u180e"), ALL),
    "arabic letter mark": (between("\u061c"), ALL),
    "interlinear annotation": (between("\ufff9"), ALL),
    "variation selectors": (after_each("\ufe0f"), ALL),
    "supplementary variation selectors": (after_each("\U000e0101"), ALL),
    "tag characters between": (between("\U000e0041"), ALL),
    "tag characters instead": (lambda v: "".join(chr(0xE0000 + ord(c)) for c in v), (EMAIL, IBAN, CARD)),
    "hangul filler": (between("\u3164"), (CARD, PHONE, EMAIL)),
    "braille blank": (between("\u2800"), (CARD, PHONE)),
    "control characters": (between("\x01"), ALL),
    "deletions": (between("\x7f"), ALL),
    "struck through": (after_each("\u0336"), ALL),
    "underlined": (after_each("\u0332"), ALL),
    "many marks": (after_each("\u0336\u0302\u0323\u035c"), ALL),
    "struck through with its spaces": (lambda v: after_each("\u0336", ".")(grouped(" ")(v)), (IBAN, CARD)),
    "a whole name struck through": (after_each("\u0336", "."), (NAME,)),
    "a number with brackets underlined": (after_each("\u0332", "."), ("(020) 7946 0991",)),
    "decomposed accents": (lambda v: unicodedata.normalize("NFD", v.replace("a", "á")), (EMAIL, NAME)),
    "keycaps": (after_each("\ufe0f\u20e3", r"\d"), NUMBERS),
    "full-width": (lambda v: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in v), ALL),
    "full-width at sign and dot": (swapped("@.", "＠．"), (EMAIL,)),
    "small at sign and ideographic stop": (swapped("@.", "﹫。"), (EMAIL,)),
    "dot leader": (swapped(".", "\u2024"), (EMAIL,)),
    "middle dot": (swapped(".", "·"), (EMAIL,)),
    "mathematical bold": (shifted(0x1D41A, 0x1D400, 0x1D7CE), ALL),
    "mathematical monospace": (shifted(0x1D68A, 0x1D670, 0x1D7F6), ALL),
    "mathematical fraktur": (shifted(0x1D586, 0x1D56C, None), (EMAIL, IBAN, NINO, NAME)),
    "mathematical sans-serif": (shifted(0x1D5BA, 0x1D5A0, 0x1D7E2), ALL),
    "double-struck digits": (shifted(None, None, 0x1D7D8), NUMBERS),
    "circled letters": (shifted(0x24D0, 0x24B6, None), (EMAIL, IBAN, NINO, NAME)),
    "circled digits": (circled, NUMBERS),
    "parenthesized letters": (shifted(0x249C, 0x1F110, None), (EMAIL, NAME)),
    "squared letters": (named("SQUARED LATIN CAPITAL LETTER"), (EMAIL, IBAN, NINO)),
    "negative squared letters": (named("NEGATIVE SQUARED LATIN CAPITAL LETTER"), (EMAIL, IBAN, NINO)),
    "regional indicators": (shifted(0x1F1E6, 0x1F1E6, None), (EMAIL, IBAN, NINO)),
    "small capitals": (named("LATIN LETTER SMALL CAPITAL"), (EMAIL,)),
    "superscripts": (swapped("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"), NUMBERS),
    "subscripts": (swapped("0123456789", "₀₁₂₃₄₅₆₇₈₉"), NUMBERS),
    "arabic-indic digits": (shifted(None, None, 0x660), NUMBERS),
    "extended arabic-indic digits": (shifted(None, None, 0x6F0), NUMBERS),
    "devanagari digits": (shifted(None, None, 0x966), NUMBERS),
    "bengali digits": (shifted(None, None, 0x9E6), NUMBERS),
    "thai digits": (shifted(None, None, 0xE50), NUMBERS),
    "ideographic digits": (swapped("0123456789", "〇一二三四五六七八九"), (CARD, PHONE)),
    "cyrillic letters": (swapped("aeopcxyijsABCEHKMOPTX", "аеорсхуіјѕАВСЕНКМОРТХ"), ALL),
    "greek letters": (swapped("oavABEHIKMNOPTXYZ", "οανΑΒΕΗΙΚΜΝΟΡΤΧΥΖ"), ALL),
    "cherokee and armenian letters": (swapped("noJERD", "ոօᎫᎬᎡᎠ"), (EMAIL, IBAN, NAME)),
    "phonetic letters": (swapped("agi", "ɑɡı"), (EMAIL, NAME)),
    "letters for digits": (swapped("01", "ОІ"), (CARD, PHONE)),
    "ligatures": (lambda v: v.replace("fi", "ﬁ").replace("ff", "ﬀ"), ("tiffany.fields@acme.com",)),
    "no-break spaces": (grouped("\u00a0"), (IBAN, CARD)),
    "thin spaces": (grouped("\u2009"), (IBAN, CARD)),
    "narrow no-break spaces": (grouped("\u202f"), (IBAN, CARD)),
    "figure spaces": (grouped("\u2007"), (IBAN, CARD)),
    "ideographic spaces": (grouped("\u3000"), (IBAN, CARD)),
    "tabs": (grouped("\t"), (IBAN, CARD)),
    "two spaces": (grouped("  "), (IBAN, CARD)),
    "full stops": (grouped("."), (IBAN, CARD)),
    "slashes": (grouped("/"), (IBAN, CARD)),
    "underscores": (grouped("_"), (IBAN, CARD)),
    "non-breaking hyphens": (grouped("\u2011"), (IBAN, CARD)),
    "en dashes": (grouped("\u2013"), (IBAN, CARD)),
    "minus signs": (swapped("-", "\u2212"), (SSN,)),
    "one space a character": (between(" "), (EMAIL, CARD, PHONE, IBAN, NINO)),
    "a line end inside": (lambda v: f"{v[:8]}\n{v[8:]}", (IBAN, CARD)),
    "a line end between groups": (lambda v: f"{v[:8]} \n {v[8:]}", (IBAN, CARD)),
    "a windows line end inside": (lambda v: f"{v[:8]}\r\n{v[8:]}", (IBAN, CARD)),
    "a quoted line end inside": (lambda v: f"{v[:8]}\n> {v[8:]}", (IBAN, CARD)),
    "a hyphenated line end": (lambda v: f"{v[:12]}-\n{v[12:]}", (IBAN, CARD)),
    "an address over two lines": (lambda v: v.replace("@", "@\n"), (EMAIL,)),
    "a line end before the last label": (lambda v: v.replace(".com", ".\ncom"), (EMAIL,)),
    "line separator": (lambda v: f"{v[:8]}\u2028{v[8:]}", (IBAN, CARD)),
    "vertical tab": (lambda v: f"{v[:8]}\v{v[8:]}", (IBAN, CARD)),
    "entities": (lambda v: "".join(f"&#{ord(c)};" for c in v), ALL),
    "hexadecimal entities": (lambda v: "".join(f"&#x{ord(c):x};" for c in v), ALL),
    "entities without semicolon": (lambda v: "".join(f"&#{ord(c):04d}" if c in "@." else c for c in v), (EMAIL,)),
    "named entities": (lambda v: v.replace("@", "&commat;").replace(".", "&period;"), (EMAIL,)),
    "escaped entities": (lambda v: v.replace("@", "&amp;#64;"), (EMAIL,)),
    "percent": (lambda v: "".join(f"%{ord(c):02X}" for c in v), ALL),
    "percent twice": (lambda v: v.replace("@", "%2540"), (EMAIL,)),
    "unicode escapes": (lambda v: "".join(f"\\u{ord(c):04x}" for c in v), ALL),
    "hexadecimal escapes": (lambda v: "".join(f"\\x{ord(c):02x}" for c in v), ALL),
    "octal escapes": (lambda v: "".join(f"\\{ord(c):03o}" for c in v), (EMAIL, IBAN, NINO)),
    "backslashes": (lambda v: re.sub(r"([@.-])", r"\\\1", v), (EMAIL, SSN)),
    "quoted-printable": (lambda v: v.replace("@", "=40"), (EMAIL,)),
    "soft line end": (lambda v: f"{v[:6]}=\n{v[6:]}", (EMAIL, IBAN, CARD)),
    "utf-7": (lambda v: v.replace("@", "+AEA-"), (EMAIL,)),
    "markup inside": (lambda v: f"{v[:3]}<b>{v[3:5]}</b>{v[5:]}", ALL),
    "a comment inside": (lambda v: f"{v[:4]}<!-- x -->{v[4:]}", ALL),
    "base64": (lambda v: base64.b64encode(v.encode()).decode(), (EMAIL,)),
    "hexadecimal": (lambda v: v.encode().hex(), (EMAIL,)),
    "at in brackets": (lambda v: v.replace("@", " [at] ").replace(".", " [dot] "), (EMAIL,)),
    "at in round brackets": (lambda v: v.replace("@", "(at)").replace(".", "(dot)"), (EMAIL,)),
    "at in braces": (lambda v: v.replace("@", "{at}").replace(".", "{dot}"), (EMAIL,)),
    "at in angle brackets": (lambda v: v.replace("@", "<at>").replace(".", "<dot>"), (EMAIL,)),
    "at and dot as words": (lambda v: v.replace("@", " at ").replace(".", " dot "), (EMAIL,)),
    "AT and DOT as words": (lambda v: v.replace("@", " AT ").replace(".", " DOT "), (EMAIL,)),
    "at with underscores": (lambda v: v.replace("@", "_at_").replace(".", "_dot_"), (EMAIL,)),
    "spaces around at and dot": (lambda v: v.replace("@", " @ ").replace(".", " . "), (EMAIL,)),
    "digits in words": (lambda v: " ".join(WORDS[int(c)] for c in v if c.isdigit()), (CARD, PHONE)),
    "upper case": (str.upper, (EMAIL, NAME)),
    "lower case": (str.lower, (IBAN, NINO)),
    "leading zeros for plus": (lambda v: v.replace("+", "00"), (PHONE,)),
    "stars": (lambda v: f"**{v[:4]}**{v[4:]}", (EMAIL,)),
    "a quotation mark around the local part": (lambda v: '"' + v.replace("@", '"@'), (EMAIL,)),
}  # fmt: skip
CASES = [(kind, value) for kind, (_, values) in DISGUISES.items() for value in values]


@pytest.mark.parametrize(("kind", "value"), CASES, ids=[f"{kind}, {value[:6]}" for kind, value in CASES])
def test_a_disguised_identifier_is_found_whole(kind: str, value: str) -> None:
    disguised = DISGUISES[kind][0](value)
    frame = ADDRESSED.get(value, ADDRESSED[EMAIL])
    start = frame.index("{}")

    found = find(frame.format(disguised), POLICY)

    covered = {i - start for span in found if span.type in POLICY.replace for i in range(span.start, span.end)}
    assert "".join(c for i, c in enumerate(disguised) if i not in covered and c.isalnum()) == ""


def test_no_disguise_has_a_text_left_out_as_one_in_another_language(tmp_path: Path) -> None:
    disguised = [(value, DISGUISES[kind][0](value)) for kind, value in CASES]
    addressed = [ADDRESSED.get(value, "{}").format(said) for value, said in disguised]
    texts = [*addressed, *(f"Mail {said} please." for _, said in disguised)]
    lines = (json.dumps({"id": number, "text": text}) for number, text in enumerate(texts))
    (tmp_path / "in.jsonl").write_text("\n".join(lines))

    scrub_jsonl(tmp_path / "in.jsonl", tmp_path / "out.jsonl", POLICY, workers=1)

    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in written] == list(range(len(texts)))


@pytest.mark.parametrize(
    "text", ["Mail ｊａｎｅ．ｒｏｅ＠ａｃｍｅ．ｃｏｍ please.", "Ｔｈｅ　ｂａｎｋ　ｗａｓ　ｔｏｌｄ　ｏｆ　ｉｔ．"]
)
def test_a_text_in_disguise_counts_as_one_in_the_language_that_a_reader_sees(text: str) -> None:
    assert (refused(text, POLICY), main_language(text, POLICY)) == (None, "en")


def test_values_in_one_stretch_that_is_read_backwards_give_spans_that_do_not_overlap() -> None:
    backwards = "Mr Egon Falk, egon@falk.example, DE89 3704 0044 0532 0130 00"[::-1]
    text = f"Ask \u202e{backwards}\u202c now, or Mr Steﬀi ﬁ."

    spans = find(text, PiiPolicy())

    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert any(span.start <= 4 and span.end >= 4 + len(backwards) for span in spans)
