"""Libraries that print bars and warnings to a terminal which is ours to draw on."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


def quiet_from_the_start() -> None:
    """For a whole command: libraries that warn while they are imported."""
    warnings.filterwarnings("ignore")
    for library in ("great_expectations", "bitsandbytes", "presidio-analyzer", "httpx"):
        logging.getLogger(library).setLevel(logging.ERROR)


@contextmanager
def quietly() -> Iterator[None]:
    """Silence progress bars, warnings and logs below ERROR of the training libraries."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["TQDM_DISABLE"] = "1"
    import datasets
    import transformers

    datasets.utils.logging.set_verbosity_error()
    datasets.disable_progress_bars()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    loggers = [logging.getLogger(name) for name in ("trl", "peft", "accelerate", "bitsandbytes", "torch")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
