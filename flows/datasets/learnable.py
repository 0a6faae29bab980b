"""Which rows a base model can learn from, asked before a data set is closed: one row ends nobody's training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from flows.datasets.assemble import Sieve
from flows.datasets.messages import Row
from flows.rendering.families import turn_ends
from flows.rendering.render import Message, objection, render
from registry.artifacts import Artifacts
from registry.errors import NothingToLearn
from registry.records import Base, Reason, Rejected

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

Setting = Literal["sft.max_length", "dpo.max_length"]


def learnable_by(base: Base, artifacts: Artifacts, max_length: int, setting: Setting) -> Sieve:
    """A sieve that refuses rows of which no answer token, or another's words, would carry loss within `max_length`.

    `setting` is where that stands. The sieve raises NothingToLearn where no row passes, and Unservable.
    """

    def sieve(rows: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(artifacts.path(base.weights), local_files_only=True)
        ends, marks = turn_ends(tokenizer), own_marks(tokenizer)
        kept, refused = list[Row](), list[Rejected]()
        for row in rows:
            if any(mark in text for mark in marks for text in (row.asked, *row.answers)):
                refused.append(row.refused(Reason.INVALID, "a mark of the base model's own chat template"))
                continue
            match _objection(tokenizer, row, max_length, ends):
                case None:
                    kept.append(row)
                case Reason.FILLS_LENGTH:
                    detail = f"its prompt takes all {max_length} tokens of {setting}"
                    refused.append(row.refused(Reason.FILLS_LENGTH, detail))
                case reason:
                    refused.append(row.refused(reason, "the base model's own end of a turn in an answer"))
        if refused and not kept:
            raise NothingToLearn(f"none of {len(rows)} rows leaves its answer a token of {setting}", f"raise {setting}")
        return kept, refused

    return sieve


def own_marks(tokenizer: PreTrainedTokenizerFast) -> tuple[str, ...]:
    """The special tokens by which the base's template tells speakers apart: a text that holds one speaks as another.

    Its other special tokens, some of which are words like `<filename>`, part nobody's turns.
    """
    talk: list[Message] = [Message(role="user", content="."), Message(role="assistant", content=".")]
    rendered = render(tokenizer, talk[:1], talk[1:])
    written = {*rendered.prompt, *rendered.answer}
    return tuple(
        token.content for number, token in tokenizer.added_tokens_decoder.items() if token.special and number in written
    )


def _objection(tokenizer: PreTrainedTokenizerFast, row: Row, max_length: int, ends: frozenset[int]) -> Reason | None:
    prompt: list[Message] = [{"role": role, "content": text} for role, text in (*row.before, ("user", row.prompt))]
    answers = [[Message(role="assistant", content=text)] for text in row.answers if text]
    found = (objection(render(tokenizer, prompt, answer), max_length, ends) for answer in answers)
    return next((reason for reason in found if reason), None)
