"""How often rows speak of groups of people, and how often of a group and with an insult.

An insult is what a classifier of English comments takes for one, sentence by sentence and without the words for groups:
such classifiers take "gay" itself for an insult (Dixon et al. 2018, doi:10.1145/3278721.3278729), and cannot be
turned by a word that they do not see (blindness: Garg et al. 2019, arXiv:1809.10610).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from governance.report.card import GroupFacts, SpokenOf

Said = Mapping[str, str]
"""The texts of a row by part: `prompt`, `answer` and, of a pair, `rejected`; of a single rating one of both."""

_WEIGHED = "en"
_INSULT = 0.7
"""Of probability. The classifier's own 0.5 gives two to four times the false alarms in handbooks and rules."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|```\w*")


class Words(NamedTuple):
    """Of one language: what names each group, and any of its words, an adjective without its noun too."""

    groups: dict[str, re.Pattern[str]]
    any: re.Pattern[str]


def spoken_of(rows: Sequence[Said], languages: Sequence[str]) -> SpokenOf:
    """Count rows, each in its language (ISO 639 code); where that is empty, it is read in the commonest."""
    known = Counter(language for language in languages if language).most_common(1)
    usual = known[0][0] if known else _WEIGHED
    spoken = [language or usual for language in languages]
    named = [groups_in("\n".join(row.values()), language) for row, language in zip(rows, spoken, strict=True)]
    weighed = [number for number, language in enumerate(spoken) if language == _WEIGHED]
    insults = dict(zip(weighed, insulting([rows[number] for number in weighed]), strict=True))
    return SpokenOf(
        weighed=len(weighed),
        unread=sum(language not in _words() for language in spoken),
        insults=_by_part(insults.values()),
        groups={group: _facts(group, named, insults) for group in _commonest_first(named)},
    )


def groups_in(text: str, language: str) -> frozenset[str]:
    """The groups that a text in this language speaks of; none where their words are not listed."""
    words = _words().get(language)
    if words is None or not words.any.search(text):  # most rows name nobody
        return frozenset()
    return frozenset(group for group, named in words.groups.items() if named.search(text))


def insulting(rows: Sequence[Said]) -> list[frozenset[str]]:
    """The parts of each English row that hold an insult."""
    from profanity_check import predict_prob

    blind = _words()[_WEIGHED].any
    sentences = [
        (number, part, blind.sub(" ", sentence))
        for number, row in enumerate(rows)
        for part, text in row.items()
        for sentence in _SENTENCE.split(text)
    ]
    found = [set[str]() for _ in rows]
    likely = predict_prob([sentence for _, _, sentence in sentences]) if sentences else ()
    for (number, part, _), probability in zip(sentences, likely, strict=True):
        if probability >= _INSULT:
            found[number].add(part)
    return [frozenset(parts) for parts in found]


def _commonest_first(named: Iterable[frozenset[str]]) -> list[str]:
    counts = Counter(group for groups in named for group in groups)
    return sorted(counts, key=lambda group: (-counts[group], group))


def _facts(group: str, named: Sequence[frozenset[str]], insults: Mapping[int, frozenset[str]]) -> GroupFacts:
    about = [number for number, groups in enumerate(named) if group in groups]
    weighed = [insults[number] for number in about if number in insults]
    return GroupFacts(rows=len(about), weighed=len(weighed), insults=_by_part(weighed))


def _by_part(found: Iterable[frozenset[str]]) -> dict[str, int]:
    return dict(sorted(Counter(part for parts in found for part in parts).items()))


@cache
def _words() -> dict[str, Words]:
    listed = yaml.safe_load(Path(__file__).with_name("people.yaml").read_text(encoding="utf-8"))
    return {
        language: _compiled({name: re.sub(r"\s+\|", "|", words) for name, words in groups.items()})
        for language, groups in listed.items()
    }


def _compiled(listed: Mapping[str, str]) -> Words:
    nouns = listed["PEOPLE"]
    groups = {name: words for name, words in listed.items() if name != "PEOPLE"}
    bare = "|".join(re.sub(r" ?PEOPLE ?", "", words) for words in groups.values())
    return Words(
        {name: _whole(words.replace("PEOPLE", f"(?:{nouns})")) for name, words in groups.items()}, _whole(bare)
    )


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
