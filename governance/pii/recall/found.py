"""What the configured detector finds in labelled texts, for it to be measured."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from governance.pii.detect import find
from governance.pii.parallel import batches, fitting
from governance.pii.recall.gold import GoldText, Id
from governance.pii.settings import PiiPolicy
from governance.pii.text.spans import Span
from registry.processes import crew
from registry.progress import Progress


def found_in(
    gold: Sequence[GoldText], policy: PiiPolicy, progress: Progress | None = None, workers: int | None = None
) -> dict[Id, list[Span]]:
    """Spans by the id of their text, as `muniment scrub --spans` writes them. Raises WorkerDied."""
    found: dict[Id, list[Span]] = {}
    with crew(workers or fitting(sum(len(text.text) for text in gold))) as us:
        for batch in us.each(partial(_found, policy), batches(gold, lambda text: len(text.text))):
            found.update(batch)
            if progress is not None:
                progress(len(found), len(gold))
    return found


def _found(policy: PiiPolicy, batch: Sequence[GoldText]) -> list[tuple[Id, list[Span]]]:
    return [(text.id, find(text.text, policy)) for text in batch]
