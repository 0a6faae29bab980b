"""Rows that say the same twice, nearly the same, or the opposite of each other."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from flows.datasets.messages import Row, order
from governance.pii.text import disguises
from registry.records import Reason, Rejected

_CURRENCY = "$€£¥"
_WORD = re.compile(
    r"(?:(?<![^\W_])-(?=\d))?[^\W_]+(?:[+#]+(?![^\W_]))?"
    rf"|(?<!^)[<>=≤≥≠±]+(?=\s*-?[{_CURRENCY}]?\s*\d)|[%‰]|[{_CURRENCY}](?=\s*-?\d)|(?<=\d)\s?[{_CURRENCY}]",
    re.MULTILINE,
)
"""A number with its minus, bound and unit, C++ and C# whole: without these signs they are another number or word. A `>`
that begins a line quotes it."""
RAISED = str.maketrans({raised: f" {digit}" for digit, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")})
"""Plainly written, 14³ would be 143."""
_SIGNS = re.compile(r"\w+")
_DRAWN_OVER = re.compile("[\u0300-\u036f]+")
"""Where NFKC leaves them they belong to no letter of the languages that are read."""
_ACCENTS = re.compile("[\u0300-\u036f]|(?<=[aou])e")
_JOINED = str.maketrans("œæ", "oa")
_SHINGLE = 3
_PERMUTATIONS = 64
_TEMPLATE_ROWS = 10
_BOILERPLATE_DOCUMENTS = 3
_BOILERPLATE_CHARACTERS = 60


def without_conflicts(rows: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
    """Refuse all rows of a prompt that has two different answers: nobody knows which is right."""
    by_prompt: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_prompt[normal(row.asked)].append(row)
    kept: list[Row] = []
    refused: list[Rejected] = []
    for same in by_prompt.values():
        if len({row.answers for row in same}) == 1:
            kept += same
        else:
            refused += [row.refused(Reason.CONFLICT, "the same prompt has another answer elsewhere") for row in same]
    return kept, refused


def without_copies(rows: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
    """Keep one of equal rows, with the groups of all: what any copy is about stays on its side."""
    kept: dict[tuple[str, ...], Row] = {}
    refused: list[Rejected] = []
    for row in sorted(rows, key=order):
        key = (normal(row.asked), *row.answers)
        if key in kept:
            refused.append(row.refused(Reason.DUPLICATE, f"the same as {kept[key].place}"))
            kept[key] = _with_groups(kept[key], row)
        else:
            kept[key] = row
    return list(kept.values()), refused


def without_boilerplate(rows: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
    """Refuse answers of a sentence or more that several documents give word for word: notices, footers, menus."""
    documents: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        documents[normal(row.answers[0])].add(row.document)
    common = {
        answer
        for answer, of in documents.items()
        if len(of) >= _BOILERPLATE_DOCUMENTS and len(answer) >= _BOILERPLATE_CHARACTERS
    }
    kept = [row for row in rows if normal(row.answers[0]) not in common]
    detail = f"the same words stand in {_BOILERPLATE_DOCUMENTS} documents or more"
    return kept, [row.refused(Reason.BOILERPLATE, detail) for row in rows if normal(row.answers[0]) in common]


def without_near_copies(rows: Sequence[Row], similarity: float) -> tuple[list[Row], list[Rejected]]:
    """Keep one of prompts that differ in a few words and have one answer; as for copies, it inherits others' groups.

    Where they have two, the words that differ, a `not` or a number, are what matters: both stay, on one side of the
    split.
    """
    rows = sorted(rows, key=order)
    kept = dict(enumerate(rows))
    refused: list[Rejected] = []
    for later, earlier in near_pairs(rows, similarity).items():
        if rows[later].answers == rows[earlier].answers:
            refused.append(rows[later].refused(Reason.NEAR_DUPLICATE, f"nearly the same as {rows[earlier].place}"))
            kept[earlier] = _with_groups(kept[earlier], kept.pop(later))
        else:
            kept[later] = _with_groups(kept[later], rows[earlier])
    return list(kept.values()), refused


def near_pairs(rows: Sequence[Row], similarity: float) -> dict[int, int]:
    """Place of each near copy → place of the first row that is kept and nearly the same.

    MinHash finds candidates; the exact Jaccard similarity of their word shingles decides: of what is each prompt's own,
    and of the whole prompts, since one word in two files' frames asks two questions.
    """
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=max(0.5, similarity - 0.1), num_perm=_PERMUTATIONS)
    shingles = [_shingles(question) for question in questions(rows)]
    whole = cache(lambda number: _shingles(rows[number].asked))
    found: dict[int, int] = {}
    asked: dict[str, int] = {}
    for number, own in enumerate(shingles):
        same = asked.setdefault(normal(rows[number].asked), number)
        if same != number:
            found[number] = found.get(same, same)
            continue
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update_batch([shingle.encode() for shingle in sorted(own)])
        candidates = [other for other in sorted(index.query(sketch)) if not _one_source(rows[number], rows[other])]
        near = [
            other
            for other in candidates
            if _jaccard(own, shingles[other]) >= similarity and _jaccard(whole(number), whole(other)) >= similarity
        ]
        if near:
            found[number] = near[0]
        else:
            index.insert(number, sketch)
    return found


def questions(rows: Sequence[Row]) -> list[str]:
    """The part of each prompt that is its own: without the frame that many prompts of one file share.

    The frame is the common beginning and end of a file's prompts, and any line found in ten of them.
    """
    by_file: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        by_file[row.document].append(number)
    own = [row.asked for row in rows]
    for numbers in by_file.values():
        if len(numbers) >= _TEMPLATE_ROWS:
            for number, text in zip(numbers, _unframed([own[n] for n in numbers]), strict=True):
                own[number] = text if _WORD.search(text) else own[number]
    return own


def _one_source(row: Row, other: Row) -> bool:
    """Whether both ask of one passage, or one goes on where the other ends: questions of one document and turns of one
    conversation are no copies, however much they share."""
    if row.origin == other.origin == "extractive" and row.document == other.document:
        return True
    ends = [(*one.before, ("user", one.prompt)) for one in (row, other)]
    return any(long.before[: len(end)] == end for long, end in zip((other, row), ends, strict=True))


def normal(text: str) -> str:
    """Case, spacing, punctuation and ways to write a sign or its emphasis apart, the same text to a reader."""
    return " ".join(word.strip() for word in _WORD.findall(undisguised(text))) or text


def undisguised(text: str) -> str:
    """In one case, as a reader sees it: signs of other scripts among Latin ones, strokes through and dots over them;
    signs that a web page spells out."""
    text = html.unescape(text)
    seen = text if text.isascii() else _SIGNS.sub(_latin, "".join(map(disguises.plain, text.translate(RAISED))))
    return _DRAWN_OVER.sub("", unicodedata.normalize("NFKC", seen)).casefold()


def unaccented(text: str) -> str:
    """A `normal` text as whoever has no accents writes it: `für`, `fuer` and `fur` are one. For questions alone: an
    accent may set an answer right."""
    return _ACCENTS.sub("", unicodedata.normalize("NFD", text.translate(_JOINED)))


def _latin(word: re.Match[str]) -> str:
    """Letters of other scripts are Latin where they stand among such; a word of them alone may be no disguise."""
    return disguises.latinised(word[0], among_latin=False)


def _unframed(prompts: Sequence[str]) -> list[str]:
    lines = Counter(line for prompt in prompts for line in set(prompt.split("\n")))
    bodies = ["\n".join(line for line in p.split("\n") if lines[line] < _TEMPLATE_ROWS) for p in prompts]
    start = _shared_start([tuple(body.split()) for body in bodies])
    end = _shared_start([tuple(body.split()[start:][::-1]) for body in bodies])
    return [" ".join(body.split()[start : len(body.split()) - end]) for body in bodies]


def _shared_start(sequences: Sequence[tuple[str, ...]]) -> int:
    """How many words all sequences begin with."""
    first, last = min(sequences), max(sequences)
    return next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def _shingles(text: str) -> frozenset[str]:
    words = unaccented(normal(text)).split()
    return frozenset(" ".join(words[n : n + _SHINGLE]) for n in range(max(1, len(words) - _SHINGLE + 1)))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _with_groups(row: Row, other: Row) -> Row:
    return replace(row, groups=tuple(sorted({*row.groups, *other.groups})))
