"""What becomes of a licence that nobody here knows: refused, or taken for a twin, and for a laxer one?

    python -m tests.bench.licence_twins LICENSEDB [EVERY]

LICENSEDB is a folder of ScanCode's `*.LICENSE` files. Each licence, or every EVERYth, is taken out of the index with
all texts of the same name, and then identified by the others.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from unittest.mock import patch

from governance.licences import identify as identifying
from governance.licences.expressions import parts
from governance.licences.index import load
from governance.licences.settings import LicencePolicy
from governance.licences.texts import read_text
from tests.bench.licences import parted

_RANKS = {"Public Domain": 0, "Permissive": 0, "Copyleft Limited": 1, "Copyleft": 2}
_STRICTEST = 3


def main(folder: Path, every: int = 1) -> None:
    references, policy = load().references, LicencePolicy()
    ranks = {one.id: _RANKS.get(one.category, _STRICTEST) for one in references}
    tried, twins, laxer = 0, [], []
    for key, text in sorted(parted(folder).items())[::every]:
        of_it = next((one for one in references if one.key == key), None)
        if of_it is None or of_it.is_policy:
            continue
        without = frozenset(one.key for one in references if one.id == of_it.id)
        with patch.object(identifying, "read_text", partial(read_text, without=without)):
            found = identifying.identify(text.encode(), policy)
        tried += 1
        if found.known and found.licence != of_it.id:
            twins.append((of_it.id, found.licence))
            if max(ranks.get(part, 0) for part in parts(found.licence)) < ranks[of_it.id]:
                laxer.append((of_it.id, found.licence))
    for gone, taken in twins:
        print(f"{'laxer ' if (gone, taken) in laxer else '      '}{gone} → {taken}")
    print(json.dumps({"licences": tried, "licence_twins": len(twins), "licence_laxer_twins": len(laxer)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
