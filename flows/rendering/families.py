"""What a base model's chat template lacks, made good once in our copy of it, so that training and vLLM read the same.

Three things go wrong with templates as they are: checkpoints before instruction tuning have none; some write today's
date into every prompt, so that tomorrow's prompt is another; and the token that ends an answer is not always the one
that serving stops at. `families.yaml` knows the families; loss marks need none, since answers are told by prefix.
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict

from registry.errors import Unservable

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

FILE = Path(__file__).with_name("families.yaml")
TODAY = date(2024, 7, 26)
"""The day it is in every prompt: the one that Llama 3's own template falls back to."""
_CLOCK = re.compile(r"strftime_now\(\s*([\"'])(.*?)\1\s*\)")
_ADVICE = "put a chat_template.jinja beside its config.json, or choose an instruction-tuned model"


class Family(BaseModel):
    """An entry of families.yaml, where its fields are explained."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    models: tuple[str, ...]
    marks: tuple[str, ...]
    end: str
    template: str


@cache
def families() -> tuple[Family, ...]:
    """All that are known, in the order in which they are tried."""
    return tuple(Family.model_validate(entry) for entry in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def turn_ends(tokenizer: PreTrainedTokenizerFast) -> frozenset[int]:
    """Ids that end an answer: the end of sequence, and the families' ends that this template writes."""
    template = str(tokenizer.chat_template or "")
    written = {family.end for family in families() if family.end in template}
    found = (_id(tokenizer, end) for end in sorted(written))
    return frozenset(one for one in (tokenizer.eos_token_id, *found) if one is not None)


def complete(directory: Path) -> None:
    """Give the model in `directory`, our own copy, what its template lacks; one that lacks nothing stays as it is.

    Raises Unservable without a template or a family, or for a template that asks the clock in another way.
    """
    tokenizer = _tokenizer(directory)
    template = tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    tokenizer.chat_template = without_clock(template or _template_for(tokenizer, directory))
    _check_rendering(tokenizer)
    if tokenizer.chat_template != template:
        _write_template(tokenizer.chat_template, directory)
    _stop_at(turn_ends(tokenizer), tokenizer.eos_token_id, directory / "generation_config.json")


def without_clock(template: str) -> str:
    """The template with one day for ever in place of today. Raises Unservable where it cannot be put there."""
    fixed = template.replace("strftime_now is defined", "false")
    fixed = _CLOCK.sub(lambda asked: json.dumps(TODAY.strftime(asked[2])), fixed)
    if "strftime_now" in fixed:
        raise Unservable("the chat template writes the time of the day into prompts", "take that out of the template")
    return fixed


def _check_rendering(tokenizer: PreTrainedTokenizerFast) -> None:
    """Raises Unservable for a template that cannot say the shortest conversation, or leaves a part of it out: one for
    pictures takes a text for none. So it does where nothing would end an answer."""
    said = [{"role": "user", "content": "question"}, {"role": "assistant", "content": "answer"}]
    try:
        asked = str(tokenizer.apply_chat_template(said[:1], tokenize=False, add_generation_prompt=True))
        whole = str(tokenizer.apply_chat_template(said, tokenize=False))
    except Exception as error:
        raise Unservable(f"the chat template renders no conversation: {type(error).__name__}", _ADVICE) from error
    if "question" not in asked or "answer" not in whole.rpartition("question")[2]:
        raise Unservable("the chat template leaves out what is asked or answered", _ADVICE)
    if not turn_ends(tokenizer):
        raise Unservable("the tokenizer names no token that ends an answer", "set eos_token in tokenizer_config.json")


def _template_for(tokenizer: PreTrainedTokenizerFast, directory: Path) -> str:
    kind = json.loads((directory / "config.json").read_text(encoding="utf-8")).get("model_type")
    fitting = (family for family in families() if kind in family.models)
    found = next((one for one in fitting if all(_id(tokenizer, mark) is not None for mark in one.marks)), None)
    if found is None:
        raise Unservable("the base model has no chat template, and no family's marks are in its vocabulary", _ADVICE)
    return found.template


def _tokenizer(directory: Path) -> PreTrainedTokenizerFast:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(directory, local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise Unservable(f"the base model's tokenizer cannot be read: {type(error).__name__}", _ADVICE) from error


def _id(tokenizer: PreTrainedTokenizerFast, token: str) -> int | None:
    found = tokenizer.convert_tokens_to_ids(token)
    return found if isinstance(found, int) and tokenizer.convert_ids_to_tokens(found) == token else None


def _write_template(template: str, directory: Path) -> None:
    (directory / "chat_template.jinja").write_text(template, encoding="utf-8")
    path = directory / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if settings.pop("chat_template", None) is not None:
        path.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _stop_at(ends: frozenset[int], eos: int | None, path: Path) -> None:
    """Serving and generation stop at every end; vLLM takes them from generation_config.json."""
    settings = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    given = settings.get("eos_token_id", eos)
    known: set[int] = {one for one in (given if isinstance(given, list) else [given]) if one is not None}
    if not ends <= known:
        settings["eos_token_id"] = sorted(known | ends)
        path.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")
