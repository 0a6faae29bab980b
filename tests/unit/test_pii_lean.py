"""What a scrubbing process must not load, and what it must leave as it was for others in the process."""

from __future__ import annotations

import subprocess
import sys


def test_scrubbing_loads_neither_torch_nor_transformers_and_both_can_be_imported_afterwards() -> None:
    code = (
        "import sys, governance.pii.analyzer\n"
        "print({'torch', 'transformers'} & set(sys.modules))\n"
        "import importlib.util\nprint(all(map(importlib.util.find_spec, ('torch', 'transformers'))))\n"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ended.stdout.split("\n")[:2] == ["set()", "True"], ended.stderr
