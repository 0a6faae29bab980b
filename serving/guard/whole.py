"""What an answer holds that is there in full: all its fields examined together, each knowing the others' names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from governance.pii.streaming import unfinished
from governance.pii.text.spans import Span
from serving.guard.calls import Page, judged, page_of, plain_page
from serving.guard.censor import Blocked, Censor
from serving.guard.detector import Detector
from serving.guard.shapes import Call, Choice, Function, Written, rewritten, silenced, texts

UNKNOWN_TOOL = "unknown_tool"
_ID_CHARS = 24


@dataclass(frozen=True)
class Expected:
    """What the request asks for: a call of one of these functions, and an answer in JSON."""

    tools: frozenset[str]
    json: bool = False

    def holds(self, name: Written) -> bool:
        """Whether a field is of use only as a whole."""
        return self.json and name == "content"


async def judged_choice(choice: Choice, expected: Expected, detector: Detector, censor: Censor) -> Choice:
    """Raises GuardFailed."""
    fields = list(texts(choice))
    calls = (choice.said.tool_calls if choice.said else None) or []
    pages = [page_of(text) if expected.holds(name) else plain_page(text) for name, text in fields]
    try:
        written = await _judged([*pages, *_pages(calls)], choice.cut_off, detector, censor)
    except Blocked:
        return silenced(choice, {})
    told: dict[Written, str] = {name: one for (name, _), one in zip(fields, written, strict=False)}
    return rewritten(choice, told, _calls(calls, written[len(fields) :], expected.tools))


async def judged_calls(
    calls: Sequence[Call], tools: frozenset[str], cut_off: bool, detector: Detector, censor: Censor
) -> list[Call]:
    """Tool calls that are complete, or the last of which was cut off. Raises Blocked, GuardFailed."""
    return _calls(calls, await _judged(_pages(calls), cut_off, detector, censor), tools)


async def judged_json(text: str, cut_off: bool, detector: Detector, censor: Censor) -> str:
    """An answer in JSON that is complete or was cut off. Raises Blocked, GuardFailed."""
    return (await _judged([page_of(text)], cut_off, detector, censor))[0]


def _pages(calls: Sequence[Call]) -> list[Page]:
    return [page_of(call.function.arguments or "") for call in calls]


async def _judged(pages: Sequence[Page], cut_off: bool, detector: Detector, censor: Censor) -> list[str]:
    """Only the last page of an answer that was cut off can be unfinished."""
    spans = await detector.find([page.text for page in pages])
    shown = [*pages[:-1], *(_finished(page, spans[-1]) if cut_off else page for page in pages[-1:])]
    return [judged(page, found, censor) for page, found in zip(shown, spans, strict=True)]


def _finished(page: Page, spans: list[Span]) -> Page:
    """Without an unfinished number or address, where it is no whole JSON."""
    return page if page.value is not None else plain_page(page.text[: unfinished(page.text, spans)])


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
