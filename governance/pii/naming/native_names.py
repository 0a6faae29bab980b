"""Names in their own script inside a text in Latin letters: `Please contact 王小明`, `Иван Петров signed`.

The tagger was taught on Latin letters. In such a text, a few words of another script are a name far more often than
anything else; a word that is only quoted says so: `guanxi (关系)`, `the Greek word λόγος`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii.text.spans import Span

SCORE = 0.6
_SCRIPTS = "\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2dff\u3005\u3040-\ud7ff\uf900-\ufdff\ufe70-\ufeff\uff66-\uffdc"
"""All letters that are not Latin, with the marks on them."""
_RUN = re.compile(rf"[{_SCRIPTS}][{_SCRIPTS}'’.·-]*(?: [{_SCRIPTS}][{_SCRIPTS}'’.·-]*)*")
_MOST_WORDS, _LONGEST = 4, 32
_EAST_ASIAN = re.compile("[\u3005\u3040-\u9fff\uac00-\ud7ff\uf900-\ufaff]")
_HAN, _KANA, _HANGUL = "\u3400-\u9fff\u3005", "\u3040-\u30ff", "\uac00-\ud7a3"
_EAST_ASIAN_NAME = re.compile(f"[{_HAN}]{{2,5}}|[{_HANGUL}]{{2,4}}|[{_HAN}]{{1,3}}[{_KANA}]{{1,5}}")
_QUOTED = re.compile(
    r"(?:[a-zß-ÿ0-9] \(|(?<!\w)(?:words?|terms?|letters?|characters?|symbols?|means|meaning|written|spelled|pronounced"
    r"|phrase|Greek|Russian|Chinese|Japanese|Korean|Arabic|Hebrew|Hindi|Cyrillic|kanji|concept)[:,]? [\"“'(]?)\Z"
)
_NAMED = re.compile(r"(?:[A-Z][\w'-]+ [A-Z][\w'-]+ \(|(?:Mr|Mrs|Ms|Dr|Prof)\.? |[:,>*•-] |\n|\A)\Z")
_AROUND = 100
_MOST_SHARE = 0.4


def native(text: str) -> Iterator[Span]:
    """PERSON spans of short runs of another script, where the letters around are Latin."""
    if text.isascii():
        return
    for run in _RUN.finditer(text):
        start, end = run.start(), run.start() + len(run.group().rstrip(" '’.·-"))
        if _is_name(text[start:end], text[max(0, start - _AROUND) : start]) and _among_latin(text, start, end):
            yield Span(start, end, "PERSON", SCORE)


def _is_name(run: str, before: str) -> bool:
    words = run.split(" ")
    letters = sum(map(str.isalpha, run))
    named = _NAMED.search(before) is not None
    if len(words) > _MOST_WORDS or len(run) > _LONGEST or letters < 2 or (_QUOTED.search(before) and not named):
        return False
    if _EAST_ASIAN.match(run):
        return _EAST_ASIAN_NAME.fullmatch(run.replace(" ", "")) is not None
    if run.lower() != run.upper():
        return all(word[0].isupper() for word in words) and (len(words) > 1 or named) and not run.isupper()
    return True


def _among_latin(text: str, start: int, end: int) -> bool:
    """Whether most letters around are Latin: else it is a text in that script."""
    around = text[max(0, start - _AROUND) : start] + text[end : end + _AROUND]
    letters = [c for c in around if c.isalpha()]
    foreign = sum(_RUN.match(c) is not None for c in letters)
    return bool(letters) and foreign <= _MOST_SHARE * len(letters)
