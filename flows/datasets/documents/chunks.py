"""A document in pieces that make sense alone: what stands under one heading, and no more than a page of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.datasets.documents.structure import Block, blocks, title_of

MOST_CHARACTERS = 1_800
LEAST_CHARACTERS = 160


@dataclass(frozen=True)
class Chunk:
    """`text` as the document writes it, under `heading`: its title and the heading above, where there are such."""

    heading: str
    text: str


def chunks(text: str) -> Iterator[Chunk]:
    """Whole paragraphs, provisions and tables, in order. What is longer than a page by itself is left out."""
    title = title_of(text)
    held: list[str] = []
    topic = ""
    for block in blocks(text):
        said = _said(block)
        if block.topic != topic or len("\n\n".join([*held, said])) > MOST_CHARACTERS:
            yield from _chunk(title, topic, held)
            held, topic = [], block.topic
        if said and len(said) <= MOST_CHARACTERS:
            held.append(said)
    yield from _chunk(title, topic, held)


def _said(block: Block) -> str:
    if block.kind == "heading":
        return ""
    if block.kind == "table":
        return block.barred
    return f"{block.number} {block.text}".strip()


def _chunk(title: str, topic: str, parts: Sequence[str]) -> Iterator[Chunk]:
    text = "\n\n".join(parts)
    if len(text) >= LEAST_CHARACTERS:
        yield Chunk(" › ".join(dict.fromkeys(name for name in (title, topic) if name)), text)
