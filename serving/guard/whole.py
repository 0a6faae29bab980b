"""What an answer holds that is there in full: all its fields examined together, each knowing the others' names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from governance.pii.spans import Span
from governance.pii.streaming import unfinished
from serving.guard.calls import Page, judged, page_of
from serving.guard.censor import Blocked, Censor
from serving.guard.detector import Detector
from serving.guard.shapes import Call, Choice, Function, Written, rewritten, silenced, texts

UNKNOWN_TOOL = "unknown_tool"
_ID_CHARS = 24


async def judged_choice(choice: Choice, tools: frozenset[str], detector: Detector, censor: Censor) -> Choice:
    """Raises GuardFailed."""
    fields = list(texts(choice))
    calls = (choice.said.tool_calls if choice.said else None) or []
    pages = [page_of(call.function.arguments or "") for call in calls]
    spans = await detector.find([*(text for _, text in fields), *(page.text for page in pages)])
    told: dict[Written, str] = {}
    try:
        for (name, text), found in zip(fields, spans, strict=False):
            last = choice.cut_off and not calls and name == fields[-1][0]
            told[name] = censor.whole(text[: unfinished(text, found)] if last else text, found)
        arguments = _judged(pages, spans[len(fields) :], choice.cut_off, censor)
    except Blocked:
        return silenced(choice, {})
    return rewritten(choice, told, _calls(calls, arguments, tools))


async def judged_calls(
    calls: Sequence[Call], tools: frozenset[str], cut_off: bool, detector: Detector, censor: Censor
) -> list[Call]:
    """Tool calls that are complete, or the last of which was cut off. Raises Blocked, GuardFailed."""
    pages = [page_of(call.function.arguments or "") for call in calls]
    spans = await detector.find([page.text for page in pages])
    return _calls(calls, _judged(pages, spans, cut_off, censor), tools)


def _judged(pages: Sequence[Page], spans: Sequence[list[Span]], cut_off: bool, censor: Censor) -> list[str]:
    """Only the last call of an answer that was cut off can be unfinished."""
    shown = [*pages[:-1], *(_finished(page, spans[-1]) if cut_off else page for page in pages[-1:])]
    return [judged(page, found, censor) for page, found in zip(shown, spans, strict=True)]


def _finished(page: Page, spans: list[Span]) -> Page:
    """Without an unfinished number or address, where the arguments are not whole."""
    if page.value is not None:
        return page
    text = page.text[: unfinished(page.text, spans)]
    return replace(page, arguments=text, text=text, places=((0, len(text)),))


def _calls(calls: Sequence[Call], arguments: Sequence[str], tools: frozenset[str]) -> list[Call]:
    """With names that the request offers, and ids that say nothing; models have written both."""
    return [
        call.model_copy(update={"id": _neutral(call.id), "function": _function(call.function.name, judged_, tools)})
        for call, judged_ in zip(calls, arguments, strict=True)
    ]


def _function(name: str | None, arguments: str, tools: frozenset[str]) -> Function:
    return Function(name=name if name in tools else UNKNOWN_TOOL, arguments=arguments)


def _neutral(id_: str | None) -> str | None:
    """Letters and digits at its end, since some chat templates read only the last nine."""
    return None if id_ is None else "call_" + hashlib.sha256(id_.encode()).hexdigest()[:_ID_CHARS]
