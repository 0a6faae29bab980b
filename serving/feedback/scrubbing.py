"""Scrubs one piece of feedback as a run scrubs a row, by the policy and under the key of this moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from registry.errors import KeyMissing
from registry.workspace import Workspace, key_directory
from serving.feedback.answers import Message, Told


@dataclass(frozen=True)
class Scrubbed:
    """What may be written, or the language for which the policy refuses it."""

    prompt: tuple[Message, ...] = field(default=(), repr=False)
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    language: str = ""

    @property
    def differing(self) -> bool:
        """Whether no two of the answers say the same, but for case, spacing and what nobody sees."""
        said = [" ".join(_seen(text).casefold().split()) for text in self.answers.values()]
        return len(set(said)) == len(said)

    @property
    def marked(self) -> bool:
        """Whether a text speaks as somebody else to a chat template: a run sets such rows aside, and ends at many."""
        from governance.derived import holds_mark

        texts = (*(text for _, text in self.prompt), *self.answers.values())
        return any(holds_mark(text) or holds_mark(_seen(text)) for text in texts)


def scrubbed(workspace: Workspace, answer: str, told: Told, edited: str | None) -> Scrubbed:
    """The prompt, and `chosen` beside `rejected` or the `completion` alone. Takes a model into memory: run it in a
    process of its own. Raises ConfigError, KeyMissing, IntegrityError.
    """
    from governance.pii.scrub import scrub_rows
    from governance.pii.standins.pseudonyms import load_or_create_key
    from governance.policy import policy_of
    from registry.tables import UNITS

    require_key(key_directory())
    answers = {"completion": told.text} if edited is None else {"chosen": edited, "rejected": told.text}
    turns = [{"role": role, "content": text, "learn": False} for role, text in told.prompt[:-1]]
    unit = {
        **dict.fromkeys(UNITS.names), **answers, "document": answer, "path": "", "unit": 0, "groups": [], "source": "",
        "kind": "pair" if edited is not None else "rating", "prompt": told.prompt[-1][1], "turns": turns,
    }  # fmt: skip
    done = scrub_rows(policy_of(workspace).pii, load_or_create_key(key_directory()), [(unit, ())])
    rows, _, _, refused = json.loads(done)
    if refused:
        return Scrubbed(language=refused[0][1])
    texts = [*(turn["content"] for turn in rows[0]["turns"] or ()), rows[0]["prompt"]]
    prompt = tuple((role, text) for (role, _), text in zip(told.prompt, texts, strict=True))
    return Scrubbed(prompt, {name: rows[0][name] for name in answers})


def _seen(text: str) -> str:
    from governance.pii.text.visible import visible

    return visible(text).text


def require_key(directory: Path) -> None:
    """Raises KeyMissing: under a new key the same person would be somebody else than in the documents."""
    from governance.pii.standins.pseudonyms import KEY_FILE

    if not (directory / KEY_FILE).exists():
        raise KeyMissing(
            "feedback is scrubbed with the pseudonym key, which is not on this machine",
            f"copy {KEY_FILE} into MUNIMENT_KEYS, or leave serve.feedback.inbox out",
        )
