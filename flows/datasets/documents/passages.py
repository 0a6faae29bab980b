"""A document as the passages that its questions are asked with: a few blocks in a row, as a reader sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.datasets.documents.structure import Block, plain

MOST_CHARACTERS = 900
"""About 200 tokens: what a training step can afford on a CPU, and several paragraphs to choose from."""

Passage = tuple[str, tuple[int, ...]]
"""Its text, and the numbers of the blocks in it."""


def passages(parts: Sequence[Block], title: str) -> Iterator[Passage]:
    """Whole blocks in order, under the document's title, at most MOST_CHARACTERS of them; a longer one is left out."""
    said: list[str] = []
    numbers: list[int] = []
    heading = ""
    for number, part in enumerate(parts):
        if part.kind == "heading":
            heading = "" if part.text == title else _shown(part)
            continue
        shown = _under(heading, part)
        if said and len("\n\n".join([*said, shown])) > MOST_CHARACTERS:
            yield _passage(title, said), tuple(numbers)
            said, numbers = [], []
        if not said and not heading and part.topic != title:
            shown = _under(part.topic, part)
        if len(shown) <= MOST_CHARACTERS:
            said.append(shown)
            numbers.append(number)
            heading = ""
    if said:
        yield _passage(title, said), tuple(numbers)


def _under(heading: str, part: Block) -> str:
    return f"{heading}\n{_shown(part)}" if heading else _shown(part)


def _shown(part: Block) -> str:
    """A block without its marks: list items on lines of their own, a table's cells behind bars."""
    if part.kind == "table":
        return part.barred
    text = "\n".join(filter(None, map(plain, part.text.split("\n"))))
    return f"{part.number} {text}".strip()


def _passage(title: str, said: Sequence[str]) -> str:
    return "\n\n".join([title, *said] if title else said)
