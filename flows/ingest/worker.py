"""The process that opens hostile files: it has no workspace, no keys, no network business, little memory.

It reads `{"suffix", "size", "max_characters", "columns"}` and that many bytes from its input, and answers with one
`Reading` as a line of JSON: no pickles, so a parser that was taken over can only hand back text.
"""

from __future__ import annotations

import json
import os
import sys
from typing import BinaryIO

from flows.ingest import formats


def confine(memory_mb: int) -> None:
    """Bound memory, forbid writing to files and core dumps, where the system can."""
    try:
        import resource
    except ImportError:
        return
    size = memory_mb * 2**20
    for limit, value in ((resource.RLIMIT_AS, size), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, value))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the input ends."""
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(request["size"])
        reading = formats.read(data, request["suffix"], request["max_characters"], request["columns"])
        answers.write(reading.model_dump_json(exclude_defaults=True).encode() + b"\n")
        answers.flush()


def main() -> None:
    """Keep the answer channel for ourselves: what parsers print must not mix with answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    confine(int(sys.argv[1]))
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
