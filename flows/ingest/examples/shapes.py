"""The shapes that row files come in: told by the names of their fields, read into one kind of unit each.

Names and spellings are those of TRL, OpenAI's fine-tuning files, Alpaca, ShareGPT, LLaMA-Factory's versions of the last
two, and ms-swift's pairs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flows.ingest import plain
from flows.ingest.examples.beside import ANSWERS, ASKED, is_given, refuse_another, refuse_unsaid
from flows.ingest.examples.labels import (
    LABELS, Row, doubt, is_rated, labels_of, may_name, names_another, rating, turned_round, unclear,
)  # fmt: skip
from flows.ingest.reading import Turn, Unit
from flows.ingest.examples.turns import Malformed, dialogue, refuse_media, said, with_system

_PLACE = re.compile(r"\s*(?:[A-Za-z]|\d{1,2})\s*")
_PAIRED = (("chosen", "chosen_response"), ("rejected", "rejected_response"))
_TALKS = ("messages", "conversations", "conversation")
WORSE = ("rejected", "rejected_response", "rejected_messages", "non_preferred_output")
BETTER = "corrected"
"""What Axolotl's files of reflection call the answer that is right where the one beside it is not."""

_OF_ROWS = ("weight", "train")
"""Under which a whole row may be left out of what is learnt."""


@dataclass(frozen=True)
class Shape:
    """`fields`: one of each group of names must be there."""

    name: str
    fields: tuple[tuple[str, ...], ...]
    read: Callable[[Row], Unit]

    def missing(self, row: Row) -> list[str]:
        return [names[0] for names in self.fields if all(row.get(name) is None for name in names)]


def content(row: Row) -> Unit:
    """The row as a unit without number and provenance. Raises Malformed."""
    if why := unclear(row):
        raise Malformed(why)
    shape = shape_of(row)
    if shape is None:
        raise Malformed(_nearest(row))
    refuse_media(row)
    unit = shape.read(row).model_copy(update={"shape": shape.name})
    if unit.kind == "pair":
        if turned := turned_round(row):
            raise Malformed(turned)
        return unit
    answer = unit.turns[-1].content if unit.turns else unit.completion or ""
    if unit.kind in ("qa", "chat") and (doubted := doubt(row, answer)):
        raise Malformed(doubted)
    if unlearnt := [name for name in _OF_ROWS if rating(row.get(name)) is False]:
        raise Malformed(f"{unlearnt[0]} says that the row is not learnt: leave out the row, or {unlearnt[0]}")
    if is_given(row, BETTER) and rating(row[BETTER]) is None and _plain(row[BETTER]) != answer.strip():
        raise Malformed(f"{BETTER} is a better answer than the one beside it: let it be the answer, or leave it out")
    if worse := [name for name in WORSE if row.get(name) not in (None, "", [], False)]:
        raise Malformed(f"{worse[0]} has no chosen beside it: name the better answer so, or leave {worse[0]} out")
    return unit


def shape_of(row: Row) -> Shape | None:
    """The first shape that the row has all fields of."""
    fitting = (shape for shape in SHAPES if not shape.missing(row))
    return next((shape for shape in fitting if shape.name != "KTO" or is_rated(row)), None)


def _nearest(row: Row) -> str:
    """Which shape the row is nearest to, and what it lacks; nobody is asked to rate an answer for its being read."""
    shapes = [shape for shape in SHAPES if shape.name != "KTO" or labels_of(row)]
    missing = [(len(shape.missing(row)) / len(shape.fields), shape) for shape in shapes]
    share, shape = min(missing, key=lambda one: one[0])
    return "none of the known shapes" if share == 1 else f"as {shape.name} it lacks {', '.join(shape.missing(row))}"


def _first(row: Row, *names: str) -> tuple[object, str]:
    """The first of the fields that is there, and its name."""
    return next(((row[name], name) for name in names if row.get(name) is not None), (None, names[0]))


def _prompt(row: Row) -> tuple[Turn, ...]:
    """What the answer follows: prompt, question, query, or instruction and its input, behind system and history."""
    if row.get("instruction") is not None:
        parts = [said(row["instruction"], "instruction")]
        parts += [said(row[name], name) for name in ("input", "query", "context") if is_given(row, name)]
        turns: tuple[Turn, ...] = (Turn(role="user", content="\n\n".join(parts)),)
        refuse_another(row, "instruction", turns)
    else:
        value, name = _first(row, *ASKED)
        turns = _with_passage(row, dialogue(value, name, "user"))
        refuse_another(row, name, turns)
    system = said(row["system"], "system") if is_given(row, "system") else ""
    return _asked(with_system(system, (*_history(row.get("history")), *turns)))


def _answer(row: Row) -> tuple[object, str]:
    """What answers, and under which name. Under two names a gold answer may stand beside a model's."""
    value, name = _first(row, *ANSWERS)
    for other in (other for other in ANSWERS if is_given(row, other)):
        if _plain(row[other]) != _plain(value):
            raise Malformed(f"{name} and {other} answer otherwise: leave one out")
    choices = row.get("choices")
    if isinstance(choices, list) and _PLACE.fullmatch(str(value)) and str(value).strip() not in map(str, choices):
        raise Malformed(f"{name} gives the place of a choice, counted from wherever: write its text")
    return value, name


def _plain(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _with_passage(row: Row, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The last question behind the passage that it asks about, as in our own rows, and before its input."""
    before, after = ([_passage(row[name], name)] if is_given(row, name) else [] for name in ("context", "input"))
    *earlier, last = turns
    return (*earlier, last.model_copy(update={"content": "\n\n".join([*before, last.content, *after])}))


def _passage(value: object, name: str) -> str:
    """A text, or several of a list."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n\n".join(said(one, name) for one in value)
    return said(value, name)


def _history(value: object) -> tuple[Turn, ...]:
    rounds = [] if value in (None, "") else value
    if not isinstance(rounds, list) or not all(isinstance(one, list) and len(one) == 2 for one in rounds):
        raise Malformed("history is no list of [question, answer]")
    return tuple(
        Turn(role=role, content=said(text, "history"))
        for one in rounds
        for role, text in zip(("user", "assistant"), one, strict=True)
    )


def _asked(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Raises Malformed unless the turns begin and end with the user's."""
    if not turns or turns[0].role != "user" or turns[-1].role != "user":
        raise Malformed("the prompt does not begin and end with the user")
    return turns


def _answered(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    if len(turns) < 2 or turns[0].role != "user" or turns[-1].role != "assistant":
        raise Malformed("a conversation begins with the user and ends with the assistant")
    if not any(turn.learn for turn in turns if turn.role == "assistant"):
        raise Malformed("no turn of the assistant has a weight")
    return turns


def _one_answer(value: object, name: str) -> str:
    turns = dialogue(value, name, "assistant")
    if len(turns) != 1 or turns[0].role != "assistant":
        raise Malformed(f"{name} is not one answer")
    return turns[0].content.strip()


def _before(turns: tuple[Turn, ...]) -> dict[str, object]:
    """The last question, and what was said before it."""
    return {"prompt": turns[-1].content, "turns": turns[:-1] or None}


def _question(row: Row) -> Unit:
    asked = _prompt(row)
    value, name = _answer(row)
    answer = dialogue(value, name, "assistant")
    if answer[0].role != "assistant":
        raise Malformed(f"{name} does not begin with the assistant")
    learnt = len(_history(row.get("history")))
    heard = (*asked[:learnt], *(turn.model_copy(update={"learn": False}) for turn in asked[learnt:]))
    unit = _conversation(_answered((*heard, *answer)))
    choices = _choices(row.get("choices"))
    if choices is not None and unit.completion not in choices:
        raise Malformed("the answer is none of the choices")
    if names_another(row, unit.completion):
        raise Malformed("label is another of the choices than the answer")
    return unit.model_copy(update={"choices": choices})


def _conversation(turns: tuple[Turn, ...]) -> Unit:
    if len(turns) == 2:
        return Unit(kind="qa", prompt=turns[0].content, completion=turns[1].content.strip())
    return Unit(kind="chat", turns=turns)


def _talk(row: Row) -> tuple[Turn, ...]:
    value, name = _first(row, *_TALKS)
    if isinstance(value, str):
        raise Malformed(f"{name} is no list of messages")
    turns = dialogue(value, name, "user")
    for other in (other for other in _TALKS if other != name and isinstance(row.get(other), list) and row[other]):
        if dialogue(row[other], other, "user") != turns:
            raise Malformed(f"{name} and {other} say two things: leave one out")
    refuse_unsaid(row, name, turns)
    return with_system(said(row["system"], "system") if is_given(row, "system") else "", turns)


def _learnt_talk(row: Row) -> Unit:
    """To its last answer, without the thanks that nobody answered."""
    turns = _talk(row)
    return _conversation(_answered(turns[:-1] if len(turns) > 2 and turns[-1].role == "user" else turns))


def _rating(row: Row) -> Unit:
    if any(row.get(name) is not None for name in _TALKS):
        turns = _answered(_talk(row))
        asked, answer = _asked(turns[:-1]), turns[-1].content.strip()
    else:
        asked, answer = _prompt(row), _one_answer(*_answer(row))
    label = next(one for label in labels_of(row) if (one := rating(label)) is not None)
    if not label and any(may_name(value, answer, row) for value in labels_of(row)):
        raise Malformed("label may name the answer or reject it: write true or false, or leave it out")
    return Unit(kind="rating", completion=answer, label=label, **_before(asked))


def _pair(row: Row) -> Unit:
    """`chosen` and `rejected` are answers to a prompt, or whole conversations that differ in the last answer alone."""
    if any(row.get(name) is not None for name in ASKED):
        asked = _prompt(row)
    elif any(row.get(name) is not None for name in _TALKS):
        asked = _asked(_talk(row))
    elif is_given(row, "input"):
        asked = _prompt({**row, "prompt": row["input"], "input": None})
    else:
        asked = ()
    chosen, rejected = (dialogue(*_first(row, *names), "assistant") for names in _PAIRED)
    if max(len(chosen), len(rejected)) > 1:
        asked = _fuller(_asked(chosen[:-1]), asked) if chosen[:-1] == rejected[:-1] else ()
        if not asked:
            raise Malformed("chosen and rejected do not answer the same conversation")
    return _differing(asked, [turns[-1].model_dump() for turns in (chosen, rejected)])


def _fuller(answered: tuple[Turn, ...], asked: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """What both say, with a system text that stands in one of them alone; nothing where they ask two things."""
    if not asked or answered == asked:
        return answered
    first, other = answered[0].content, asked[0].content
    alike = answered[1:] == asked[1:] and (first.endswith(f"\n\n{other}") or other.endswith(f"\n\n{first}"))
    return max(answered, asked, key=lambda turns: len(turns[0].content)) if alike else ()


def _preferred(row: Row) -> Unit:
    """OpenAI's preference files: the conversation under `input`, each answer as a list of one message."""
    given = row["input"]
    if not isinstance(given, dict):
        raise Malformed("input is no object with messages")
    asked = _asked(dialogue(given.get("messages"), "input.messages", "user"))
    return _differing(asked, [row["preferred_output"], row["non_preferred_output"]])


def _answered_otherwise(row: Row) -> Unit:
    """ms-swift's pairs: a conversation, and a worse answer than its last."""
    turns = _answered(_talk(row))
    return _differing(_asked(turns[:-1]), [turns[-1].model_dump(), row["rejected_response"]])


def _differing(asked: tuple[Turn, ...], answers: list[object]) -> Unit:
    if not asked:
        raise Malformed("a pair without a prompt")
    chosen, rejected = (_one_answer(a, name) for a, name in zip(answers, ("chosen", "rejected"), strict=True))
    if chosen == rejected:
        raise Malformed("chosen and rejected are the same")
    return Unit(kind="pair", chosen=chosen, rejected=rejected, **_before(asked))


def _choices(value: object) -> tuple[str, ...] | None:
    if value is None or value == []:
        return None
    if not isinstance(value, list) or not all(isinstance(choice, str) and choice.strip() for choice in value):
        raise Malformed('choices must be a list of texts, in a table a JSON list in one cell, such as ["Yes", "No"]')
    choices = tuple(plain.visible(choice).strip() for choice in value)
    if len(choices) < 2 or len(set(choices)) != len(choices):
        raise Malformed("choices must be two different texts or more")
    return choices


SHAPES = (
    Shape("OpenAI preference", (("preferred_output",), ("non_preferred_output",), ("input",)), _preferred),
    Shape("ms-swift preference", (("rejected_response",), _TALKS), _answered_otherwise),
    Shape("preference", _PAIRED, _pair),
    Shape("KTO", ((*ASKED, *_TALKS), (*ANSWERS, *_TALKS), LABELS), _rating),
    Shape("messages", (("messages",),), _learnt_talk),
    Shape("ShareGPT", (_TALKS[1:],), _learnt_talk),
    Shape("Alpaca", (("instruction",), ("output", "response")), _question),
    Shape("prompt-completion", (("prompt",), ANSWERS), _question),
    Shape("question-answer", (("question", "query"), ("answer", *ANSWERS)), _question),
    Shape("text", (("text",),), lambda row: Unit(kind="text", text=said(row["text"], "text"))),
)
"""The first that fits is taken: a row with two answers is a pair whatever else it has."""
ROW_FIELDS = frozenset(name for shape in SHAPES for names in shape.fields for name in names)
"""What rows are made of; the other fields tell something about them."""
