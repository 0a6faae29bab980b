"""spaCy and Presidio, imported without torch and transformers.

Both import them where they are installed, for models that are not used here: 9 of 12 CPU-seconds and 320 of 690 MB
of a scrubbing process. Import this module before either.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _hidden(*packages: str) -> Iterator[None]:
    """As if they were not installed; what is imported already stays, and afterwards all can be."""
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None makes an import fail
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with _hidden("torch", "transformers"):
    import presidio_analyzer  # noqa: F401
    import spacy  # noqa: F401
