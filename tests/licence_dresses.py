"""The dresses in which one licence text goes about, and conditions that make another licence of it."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable

CONDITIONS = [
    "This license is granted for non-commercial purposes only.",
    "The Software may be used by organisations with fewer than 100 monthly active users.",
    "Use is limited to academic research.",
    "The Software shall not be used to train machine learning models.",
    "Redistribution requires prior written consent of the author.",
]


def in_html(text: str) -> str:
    body = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n"))
    return f"<html><head><style>p {{color: red}}</style></head><body><a href='/'>Home</a>{body}</body></html>"


DRESSES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "wrapped anew": lambda text: "\n\n".join(textwrap.fill(part, 60) for part in text.split("\n\n")),
    "in one line": lambda text: " ".join(text.split()),
    "in capitals": lambda text: text.upper(),
    "of another holder": lambda text: f"Copyright (c) 2021-2024 Example Research GmbH. All rights reserved.\n\n{text}",
    "with header and footer": lambda text: f"ACME models, 12 May 2024\n\n{text}\n\nPage 1. Ask legal@example.org",
    "in HTML": in_html,
    "in Markdown": lambda text: "# License\n\n" + "\n".join(f"> {line}" for line in text.splitlines()),
    "as a comment": lambda text: "\n".join(f" * {line}" for line in text.splitlines()),
}
