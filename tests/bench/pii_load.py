"""What scrubbing many documents costs: memory over their number, and two processes against one."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from governance.pii.detect import find
from governance.pii.jsonl import scrub_jsonl
from governance.pii.parallel import batches
from governance.pii.recall.gold import GoldText
from governance.pii.settings import PiiPolicy
from governance.pii.words.vocabulary import LANGUAGES, is_word
from registry.processes import Crew, crew
from tests.bench.pii_baseline import plain_presidio
from tests.bench.pii_letters import letters
from tests.memory import now_bytes, peak_bytes

POLICY = PiiPolicy()
WARM = "Ms Jane Roe, jane.roe@corp.com, met Acme Ltd in Paris on 3 May."
SYLLABLES = ("ka", "ren", "mo", "lis", "ta", "ver", "no", "bel", "dor", "in", "sha", "ul", "gre", "pim", "zo", "fa")


@dataclass(frozen=True)
class Memory:
    """Resident bytes after a fifth of the documents and after all, and the most at any time."""

    documents: int
    early: int
    late: int
    peak: int


def memory(kind: str, count: int) -> Memory:
    """Of a process of its own that scrubs `count` short documents; `kind` is ours or baseline."""
    command = [sys.executable, "-m", "tests.bench.pii_load", kind, str(count)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return Memory(**json.loads(ended.stdout.splitlines()[-1]))


def two_against_one(chars: int) -> float:
    """How many times the speed of one process two reach, both warm, by wall time."""
    texts = list(batches((letter.text for letter in _enough(chars)), len))
    with crew(2) as both:
        list(both.each(warm, range(8)))
        twice = _seconds(both, texts)
    warm()
    return _seconds(Crew(None, 1), texts) / twice


def warm(_turn: int = 0) -> None:
    """Load models and every language's dictionary, which a process does once, however many texts it reads."""
    find(WARM, POLICY)
    for language in sorted(LANGUAGES):
        is_word("warm", language)


def spans_in(texts: list[str]) -> int:
    return sum(len(find(text, POLICY)) for text in texts)


def _seconds(us: Crew, texts: list[list[str]]) -> float:
    began = time.perf_counter()
    list(us.each(spans_in, texts))
    return time.perf_counter() - began


def _enough(chars: int) -> Iterator[GoldText]:
    left = chars
    for letter in letters(10**6, seed=2):
        yield letter
        left -= len(letter.text)
        if left <= 0:
            return


def _short(count: int) -> Iterator[str]:
    """Each with a name, an address and a number that no other has: that is what makes vocabularies grow."""
    draw = random.Random(3)
    for _ in range(count):
        first, last = ("".join(draw.choices(SYLLABLES, k=3)).capitalize() for _ in "ab")
        mail = f"{last.lower()}{draw.randrange(10**6)}@corp.com"
        yield f"Ms {first} {last} wrote from {mail} about {draw.randrange(10**9)}."


def main(kind: str, count: int) -> None:
    sizes: dict[bool, int] = {}

    def sample(done: int, total: int) -> None:
        if done * 5 >= total and False not in sizes:
            sizes[False] = now_bytes()
        if done == total:
            sizes[True] = now_bytes()

    if kind == "ours":
        with tempfile.TemporaryDirectory() as place:
            source = Path(place) / "in.jsonl"
            with source.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(_short(count)))
            scrub_jsonl(source, Path(place) / "out.jsonl", POLICY, sample, workers=1)
    else:
        found = plain_presidio()
        for done, text in enumerate(_short(count), 1):
            found(text)
            sample(done, count)
    print(json.dumps({"documents": count, "early": sizes[False], "late": sizes[True], "peak": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
