"""Which answer a model prefers: the likelihood of each choice with its end of turn, or what it writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from flows.base.model import load_base
from flows.evaluation.questions import Question
from flows.rendering.render import Message, Rendered, before_answers, padded, prompt_ids, render
from registry.artifacts import Artifacts
from registry.errors import TrainingDiverged
from registry.records import Base

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

MOST_WRITTEN_TOKENS = 160
SEED = 42
T = TypeVar("T")


class Scorer:
    """A loaded base, with an adapter or without. In `precision.compute_dtype` throughout, as vLLM serves it."""

    def __init__(self, base: Base, weights: Path | None, artifacts: Artifacts) -> None:
        from flows.training.folding.folded import fold

        model, self.tokenizer = load_base(base, artifacts, "none")
        self.model = _with_adapter(model, weights) if weights else model
        self.model.eval()
        self.core: PreTrainedModel = model
        fold(model)

    @classmethod
    def in_training(cls, adapted: PeftModel, tokenizer: PreTrainedTokenizerFast) -> Scorer:
        """A model that is being trained, folded already; whoever asks puts it into eval mode."""
        scorer = cls.__new__(cls)
        scorer.model, scorer.tokenizer, scorer.core = adapted, tokenizer, adapted.get_base_model()
        return scorer

    def likelihoods(self, questions: Sequence[Question]) -> list[list[float]]:
        """Log-probability (nats) of each option and its end of turn, for questions that have options."""
        rows = [
            render(self.tokenizer, question.messages, [Message(role="assistant", content=option)])
            for question in questions
            for option in question.options
        ]
        return list(_split(self.sums(rows), [len(question.options) for question in questions]))

    def sums(self, rows: Sequence[Rendered]) -> list[float]:
        """Log-probability (nats) of each row's answer after its prompt."""
        import torch

        ids, mask, labels = padded(rows, self.core.device)
        with torch.inference_mode():
            hidden = self.core.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
            return _sums(hidden, labels, self.core)

    def continued(self, prompts: Sequence[Sequence[int]], longest: int) -> list[str]:
        """The likeliest next `longest` tokens, at most, after each of `prompts` (token ids)."""
        return self._generated(prompts, {"do_sample": False, "max_new_tokens": longest})

    def sampled(
        self, prompts: Sequence[Sequence[int]], longest: int, samples: int, temperature: float
    ) -> list[list[str]]:
        """`samples` answers drawn after each prompt, the same ones each time."""
        if not samples:
            return [[] for _ in prompts]
        how = {"do_sample": True, "max_new_tokens": longest, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        drawn = self._generated(prompts, {**how, "num_return_sequences": samples})
        return list(_split(drawn, [samples] * len(prompts)))

    def drawn(self, questions: Sequence[Question], samples: int, temperature: float, seed: int) -> list[list[str]]:
        """`samples` answers written to each question by that seed; each prompt is read once for all of its own.

        Raises TrainingDiverged where what is read gives no proper numbers to draw from.
        """
        import torch

        heads, longest = self._asked(questions)
        how = {"do_sample": True, "max_new_tokens": longest, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        ids, mask = before_answers(heads, self.tokenizer.pad_token_id, self.core.device)
        places = (mask.cumsum(-1) - 1).clamp(min=0)[:, :-1]
        with torch.inference_mode():
            whole = self.core.base_model(
                input_ids=ids[:, :-1], attention_mask=mask[:, :-1], position_ids=places, use_cache=True
            )
            read = whole.past_key_values
            read.batch_repeat_interleave(samples)
        if not bool(whole.last_hidden_state[:, -1].isfinite().all()):
            raise TrainingDiverged("the SFT adapter reads prompts as not a number", "lower sft.learning_rate")
        copies = [head for head in heads for _ in range(samples)]
        written = self._generated(copies, {**how, "cache": read}, seed)
        return list(_split([text.strip() for text in written], [samples] * len(heads)))

    def _generated(self, prompts: Sequence[Sequence[int]], how: dict[str, object], seed: int = SEED) -> list[str]:
        import torch

        pad = self.tokenizer.pad_token_id
        ids, mask = before_answers(prompts, pad, self.core.device)
        with torch.inference_mode(), torch.random.fork_rng():
            torch.manual_seed(seed)
            out = self.model.generate(input_ids=ids, attention_mask=mask, pad_token_id=pad, **how)
        return [str(text) for text in self.tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True)]

    def written(self, questions: Sequence[Question]) -> list[str]:
        """What the model writes by itself, greedily, as far as the longest expected answer could reach."""
        if not questions:
            return []
        return [text.strip() for text in self.continued(*self._asked(questions))]

    def _asked(self, questions: Sequence[Question]) -> tuple[list[tuple[int, ...]], int]:
        """The prompts of questions, and how many tokens the longest expected answer could reach."""
        heads = [prompt_ids(self.tokenizer, question.messages) for question in questions]
        expected = max(len(self.tokenizer(question.answer)["input_ids"]) for question in questions) + 8
        return heads, min(expected, MOST_WRITTEN_TOKENS)

    def right(self, questions: Sequence[Question]) -> list[bool]:
        """Whether each question of a batch is answered rightly; a tie is no answer."""
        return [answer == question.answer for question, answer, _ in self.answered(questions)]

    def judged(self, questions: Sequence[Question]) -> list[tuple[bool, float]]:
        """Of each question: whether it is answered rightly, and how likely the right answer is.

        That is its share among its options, or the mean chance of a token where it has none.
        """
        return [
            (answer == question.answer, _share(question, scores) if scores else self._by_token(question))
            for question, answer, scores in self.answered(questions)
        ]

    def answered(self, questions: Sequence[Question]) -> Iterator[tuple[Question, str, list[float] | None]]:
        """Each question with its best option or what the model writes, and its options' likelihoods; in one batch."""
        closed = [question for question in questions if question.options]
        scores = iter(self.likelihoods(closed) if closed else [])
        texts = iter(self.written([question for question in questions if not question.options]))
        for question in questions:
            if question.options:
                of_options = next(scores)
                yield question, _best(question, of_options), of_options
            else:
                yield question, next(texts), None

    def _by_token(self, question: Question) -> float:
        row = render(self.tokenizer, question.messages, [Message(role="assistant", content=question.answer)])
        return math.exp(self.sums([row])[0] / len(row.answer))


def _best(question: Question, scores: list[float]) -> str:
    """The one likeliest option; none where two are as likely, or what was computed is no number."""
    best = [n for n, score in enumerate(scores) if all(score > other for m, other in enumerate(scores) if m != n)]
    return question.options[best[0]] if best and not any(map(math.isnan, scores)) else ""


def _share(question: Question, scores: list[float]) -> float:
    """The right answer's share of all options' chances."""
    right = scores[question.options.index(question.answer)]
    return 1 / sum(math.exp(min(700.0, other - right)) for other in scores)


def _with_adapter(model: PreTrainedModel, weights: Path) -> PreTrainedModel:
    from peft import PeftModel

    from flows.base.precision import compute_dtype

    return PeftModel.from_pretrained(model, weights, autocast_adapter_dtype=False).to(compute_dtype())


def _sums(hidden: torch.Tensor, labels: torch.Tensor, model: PreTrainedModel) -> list[float]:
    """Summed log-probabilities of each row's labels."""
    import torch

    rows, columns = (labels[:, 1:] != -100).nonzero(as_tuple=True)
    logits = model.get_output_embeddings()(hidden[rows, columns]).float()
    picked = logits.gather(1, labels[rows, columns + 1][:, None])[:, 0] - logits.logsumexp(dim=-1)
    return torch.zeros(len(labels), device=logits.device).index_add_(0, rows, picked).tolist()


def _split(values: list[T], sizes: list[int]) -> Iterator[list[T]]:
    start = 0
    for size in sizes:
        yield values[start : start + size]
        start += size
