"""Rows of the smallest kind that trains: one word asked about, another one answered."""

from __future__ import annotations

import pyarrow as pa

from registry import tables


def rows(count: int, before: str = "") -> pa.Table:
    """`count` rows of `registry.tables.SFT_ROWS`; `before` stands before every question."""
    found = [
        {
            "prompt": [{"role": "user", "content": f"{before}w{n} w{n % 7}"}],
            "completion": [{"role": "assistant", "content": f"w{n % 3}"}],
            "choices": None, "id": f"row-{n}", "origin": "imported", "document": "d", "groups": [f"g{n}"],
            "licence": "MIT", "source": "",
        }
        for n in range(count)
    ]  # fmt: skip
    return pa.Table.from_pylist(found, schema=tables.SFT_ROWS)
