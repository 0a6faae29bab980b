"""Lists of messages as turns: the spellings of OpenAI, ShareGPT and TRL become one.

A system text joins the first question, since some families' templates know no such role, and so does what the
assistant says before it. Turns of one speaker in a row are one turn, since templates want the speakers to alternate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal

from flows.ingest import plain
from flows.ingest.reading import Turn

Role = Literal["system", "user", "assistant"]
_ROLES: dict[str, Role] = {
    "system": "system", "developer": "system", "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant", "chatgpt": "assistant",
}  # fmt: skip
_TOOLS = ("tool", "function", "function_call", "function_response", "observation")
_MEDIA = ("images", "image", "videos", "video", "audios", "audio")
_MOST_TURNS = 1_000
_LEARNT = ("weight", "loss", "train", "training")
"""Names under which OpenAI's, ms-swift's and Axolotl's files leave a turn out of the loss."""
_LEARNT_IN_PARTS = "train_detail"
"""Under which Axolotl's files leave parts of one out."""
_WRITTEN = re.compile(
    rf"""\s*(?=\[\s*\{{.*\]\s*$|\{{.*\}}\s*$).*(["'])(?:role|from)\1\s*:\s*(["'])(?:{"|".join(_ROLES)})\2""", re.DOTALL
)
"""Messages as a cell holds them of a table that was made of lists."""
_USER_AGAIN = re.compile(r"\S\s*\n\r?\nHuman:\s")
_SPEAKER = re.compile(r"(?:\A\s*|\n\r?\n)(Human|User|Assistant):(?=\s|\Z)")


class Malformed(ValueError):
    """A row that can't be used; its message says why without quoting the row."""


def dialogue(value: object, name: str, speaker: Role) -> tuple[Turn, ...]:
    """A field that is a text of `speaker`, or messages. Speakers alternate, the user first unless `speaker` is not."""
    if isinstance(value, str):
        return _of_one_text(value, name, speaker)
    messages = value if isinstance(value, list) else [value]
    if not messages or not all(isinstance(message, dict) for message in messages) or len(messages) > _MOST_TURNS:
        raise Malformed(f"{name} is neither a text nor a list of up to {_MOST_TURNS:,} messages")
    return _alternating(list(map(_message, messages)), name, speaker)


def _of_one_text(value: str, name: str, speaker: Role) -> tuple[Turn, ...]:
    """One turn of `speaker`, or those of a conversation that is written out and that `speaker` ends."""
    if _WRITTEN.match(value):
        raise Malformed(f"{name} is messages written out as one text")
    text = said(value, name)
    spoken = _transcript(text)
    if len(spoken) > _MOST_TURNS:
        raise Malformed(f"{name} is a conversation of more than {_MOST_TURNS:,} turns")
    if spoken and speaker == "assistant" and spoken[-1][0] == "user":
        raise Malformed(f"{name} is a conversation that the user ends")
    if not spoken and speaker == "assistant" and _USER_AGAIN.search(text):
        raise Malformed(f"{name} goes on with what the user says: end it there, or write the turns as messages")
    if spoken and spoken[-1][0] == speaker:
        return _alternating([(role, words, True) for role, words in spoken], name, speaker)
    return (Turn(role="assistant" if speaker == "assistant" else "user", content=text),)


def _transcript(text: str) -> list[tuple[Role, str]]:
    """Who says what in a conversation that is one text, as HH-RLHF writes it (Bai et al. 2022); else nothing.

    The user begins; behind what is said last, the name of who is to answer may stand with nothing behind it.
    """
    before, *parts = _SPEAKER.split(text)
    turns = [(_ROLES[who.lower()], words.strip()) for who, words in zip(parts[::2], parts[1::2], strict=True)]
    spoken = [(role, words) for role, words in turns if words]
    whole = {role for role, _ in turns} == {"user", "assistant"} and spoken and not before.strip()
    return spoken if whole and spoken[0][0] == "user" else []


def said(value: object, name: str) -> str:
    """The text of one message or field, without what nobody sees; parts of type text are joined."""
    if isinstance(value, list):
        if not all(isinstance(part, dict) and _is_text(part) for part in value):
            raise Malformed(f"{name} has a part that is no text")
        value = "\n".join(part["text"] for part in value)
    if not isinstance(value, str):
        raise Malformed(f"{name} is missing or no text")
    text = plain.visible(value)
    if not text.strip():
        raise Malformed(f"{name} is empty")
    return text


def _is_text(part: Mapping[str, object]) -> bool:
    return part.get("type") == "text" and isinstance(part.get("text"), str)


def refuse_media(holder: Mapping[str, object]) -> None:
    """Raises Malformed for a row or message with pictures or sound beside its words, which speak of what is lost."""
    if named := next((name for name in _MEDIA if holder.get(name)), ""):
        raise Malformed(f"it holds {named}")


def with_system(system: str, turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns, with a system text at the head of the first question."""
    if not system.strip() or not turns:
        return tuple(turns)
    first = turns[0].model_copy(update={"content": f"{system}\n\n{turns[0].content}"})
    return (first, *turns[1:])


def _message(message: dict[str, object]) -> tuple[Role, str, bool]:
    """Role, text, and whether it is to be learnt."""
    refuse_media(message)
    if message.get("tool_calls") or message.get("function_call"):
        raise Malformed("a turn calls a tool")
    if message.get(_LEARNT_IN_PARTS):
        raise Malformed(f"{_LEARNT_IN_PARTS} leaves parts of a message out: let the message hold what is learnt alone")
    role = message.get("role", message.get("from"))
    if isinstance(role, str):
        role = role.strip().lower()
    if role in _TOOLS:
        raise Malformed("a turn is a tool's")
    if not isinstance(role, str) or role not in _ROLES:
        raise Malformed("a message has no known role")
    learnt = {name: message[name] for name in _LEARNT if message.get(name) is not None}
    if odd := [name for name, value in learnt.items() if value not in (0, 1)]:
        raise Malformed(f"the {odd[0]} of a message is neither 0 nor 1")
    content = message["content"] if "content" in message else message.get("value")
    return _ROLES[role], said(content, f"a message of the {_ROLES[role]}"), all(learnt.values())


def _alternating(messages: Sequence[tuple[Role, str, bool]], name: str, speaker: Role) -> tuple[Turn, ...]:
    if any(role == "system" for role, _, _ in messages[1:]):
        raise Malformed(f"{name} has a system message that is not its first")
    system = messages[0][1] if messages[0][0] == "system" else ""
    turns = tuple(_merged(messages[1:] if system else messages))
    if speaker == "user" and len(turns) > 1 and turns[0].role == "assistant":  # a greeting, where templates want a user
        turns = with_system(turns[0].content, turns[1:])
    if system and (not turns or turns[0].role != "user"):
        raise Malformed(f"{name} has a system message that no question follows")
    return with_system(system, turns)


def _merged(messages: Sequence[tuple[Role, str, bool]]) -> Iterator[Turn]:
    for role, group in groupby(messages, key=lambda message: message[0]):
        texts = list(group)
        if role == "system":
            raise Malformed("a system message stands among others")
        content = "\n\n".join(text for _, text, _ in texts)
        learn = all(learn for _, _, learn in texts)
        yield Turn(role=role, content=content.strip() if role == "assistant" else content, learn=learn)
