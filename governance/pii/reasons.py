"""Reasons are kept in the audit chain for ever, so they may not say whom they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from governance.pii.standins.wording import folded
from governance.pii.text.visible import visible
from registry.errors import ConfigError, Refused

LEAST_WORDS = 3
_WORD = re.compile(r"[^\W\d_]{3,}|\d{3,}")


def require_reason(reason: str) -> None:
    """Raises ConfigError for a reason that is none."""
    if len(reason.split()) < LEAST_WORDS:
        example = "say why in a sentence: --reason 'Asked for in writing'"
        raise ConfigError(f"it takes a reason of {LEAST_WORDS} words or more", example)


def refuse_naming(values: Iterable[str], reason: str) -> None:
    """Raises Refused where a reason says any word of what is to be kept secret."""
    said = set(_WORD.findall(plain_text(reason)))
    if any(said.intersection(_WORD.findall(plain_text(value))) for value in values):
        raise Refused("the reason names who is asked for", "say why without saying who: reasons are kept for ever")


def plain_text(text: str) -> str:
    """As a reader sees it, without case and line breaks."""
    return folded(" ".join(visible(text).text.split()))
