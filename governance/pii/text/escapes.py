"""Sequences of characters that stand for other text: entities, escapes, markup inside words, encodings,
text written backwards, letter by letter, or digit by digit in words.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from governance.pii.text.disguises import plain

_DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGIT_WORD = rf"(?:{'|'.join(_DIGIT_WORDS)}|oh)"
_STYLED = r"""(?:\s(?:class|style|dir)="[\w :;#%-]{0,60}")?"""
_TAG = rf"</?(?:wbr|b|i|u|s|em|strong|span|small|sub|sup|mark|font|code){_STYLED}\s?/?>"
_ENCODED = r"(?<![\w+/=.])[A-Za-z0-9](?=[a-z]{0,40}[A-Z0-9+/])[A-Za-z0-9+/]{15"
_KINDS = {
    "entity": r"&(?:amp;){0,2}(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,30};)",
    "percent": r"%(?:25){0,2}[0-7][0-9A-Fa-f]|(?:%(?:25){0,2}[89A-Fa-f][0-9A-Fa-f]){2,4}",
    "code": r"[\\%]u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\u\{[0-9a-fA-F]{1,6}\}|U\+[0-9a-fA-F]{4}(?![0-9a-fA-F])",
    "octal": r"\\[01][0-7]{2}",
    "printable": r"(?<=\w)=(?:40|2E|2D|5F|2B)(?=[A-Za-z])|(?:=[C-F][0-9A-F](?:=[89AB][0-9A-F]){1,3})",
    "at": r"\+AEA-|(?<=[\w-])\[@\](?=\w)",
    "dot": r"(?<=\w)(?:\[(?:\.|(?i:dot))\]|\((?:\.|(?i:dot))\)|\{(?:\.|(?i:dot))\})(?=\w)",
    "colon": r"(?<=[A-Za-z\d])\[:(?://)?\](?=\S)",
    "scheme": r"(?<!\w)(?i:h(?:xx|XX|\*\*)p(?=s?(?::|\[:)))",
    "nothing": rf"{_TAG}|<!--[ a-z]{{0,8}}-->|[\x00-\x08\x0e-\x1f\x7f]|(?<=[A-Za-z@.])\*{{1,2}}(?=[A-Za-z@.])"
    r"|\\(?=[@._+-])|(?<=[\w@.-])=\r?\n(?=[\w@.-])|(?<=[^\W\d_][^\W\d_A-ZÀ-Þ])-\r?\n[> \t]{0,4}(?=[^\W\d_A-ZÀ-Þ])",
    "backwards": "(?<![\\w.@])\u202e[^\u202a-\u202e\n]{2,200}\u202c?",
    "spaced": r"(?<!\S)(?:[A-Z](?: [a-z]){2,30}|[A-Za-z](?: [A-Za-z0-9@._+-]){5,60})(?!\S)",
    "words": rf"(?<!\w)(?i:(?:plus[ ,-]{{1,2}})?(?:{_DIGIT_WORD}[ ,-]{{1,2}}){{6,40}}{_DIGIT_WORD})(?!\w)",
    "hex": r"(?<!\w)(?=\d{0,60}[a-f])(?:[2-7][0-9a-f]){8,200}(?!\w)",
    "base64": rf"{_ENCODED},400}}={{0,2}}(?![\w+/=]|\.\w)",
}
"""In the order in which they are tried. No piece of text is taken for nothing that could itself be personal."""
ESCAPE = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))
_HINT = re.compile(
    r"\[[.:@]|\(\.\)|\{\.\}|[\[({](?i:dot)[\])}]|(?i:hxxp)|-\r?\n|[&%\\<=*\u202e\x00-\x08\x0e-\x1f\x7f]|\+AEA-|U\+"
    rf"|(?<!\S)\w \w \w(?!\S)|{_ENCODED}}}"
)


def escaped(text: str) -> bool:
    """Whether ESCAPE may match somewhere: cheap, since nearly every text has nothing of it."""
    spelled = sum(text.count(word) for word in _DIGIT_WORDS) + sum(text.count(word.upper()) for word in _DIGIT_WORDS)
    return spelled > 3 or _HINT.search(text) is not None


def unescaped(match: re.Match[str]) -> str:
    """The text that a match of ESCAPE stands for; the match itself where it stands for nothing else."""
    kind, sequence = str(match.lastgroup), match.group()
    seen = _DECODERS[kind](sequence)
    if seen == sequence:
        return sequence
    return "".join(" " if c in "\t\n\v\f\r" else plain(c) for c in seen)


def _entity(sequence: str) -> str:
    seen = sequence
    for _ in range(3):
        seen = html.unescape(seen)
    return sequence if seen.startswith("&") and len(seen) > 1 else seen


def _percent(sequence: str) -> str:
    while "%25" in sequence:
        sequence = sequence.replace("%25", "%")
    return _utf8(unquote_to_bytes(sequence), sequence)


def _code(sequence: str) -> str:
    value = int(re.sub(r"[^0-9a-fA-F]", "", sequence[2:]), 16)
    return chr(value) if value < 0x110000 else sequence


def _octal(sequence: str) -> str:
    return chr(int(sequence[1:], 8))


def _printable(sequence: str) -> str:
    """Quoted-printable, RFC 2045."""
    return _utf8(bytes.fromhex(sequence.replace("=", "")), sequence)


def _backwards(sequence: str) -> str:
    """Both as written and as shown: a reader sees the one, a program the other."""
    run = sequence.strip("\u202e\u202c")
    return f"{run} {run[::-1]}"


def _words(sequence: str) -> str:
    found = re.findall(_DIGIT_WORD, sequence.lower())
    digits = ("0" if word == "oh" else str(_DIGIT_WORDS.index(word)) for word in found)
    return ("+" if sequence[:4].lower() == "plus" else "") + "".join(digits)


def _base64(sequence: str) -> str:
    try:
        return _readable(base64.b64decode(sequence + "=" * (-len(sequence) % 4), validate=True), sequence)
    except binascii.Error:
        return sequence


def _hex(sequence: str) -> str:
    return _readable(bytes.fromhex(sequence), sequence)


def _readable(data: bytes, sequence: str) -> str:
    """Decoded text, where it is text: some letters and nothing that cannot be printed."""
    seen = _utf8(data, sequence)
    return seen if seen.isprintable() and any(c.isalpha() for c in seen) and set(seen) & set("@ .-/:") else sequence


def _utf8(data: bytes, otherwise: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return otherwise


_DECODERS: dict[str, Callable[[str], str]] = {
    "entity": _entity, "percent": _percent, "code": _code, "octal": _octal, "printable": _printable,
    "at": lambda sequence: "@", "dot": lambda sequence: ".", "colon": lambda sequence: sequence[1:-1],
    "scheme": lambda sequence: "http",
    "nothing": lambda sequence: "", "backwards": _backwards,
    "spaced": lambda sequence: sequence.replace(" ", ""), "words": _words, "hex": _hex, "base64": _base64,
}  # fmt: skip
