"""A folder whose scrubbing is killed: nothing half-done is seen, and a rerun ends as an undisturbed one would."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey
from tests.flows.test_pii_folder import RULES, contents, fill
from tests.walked import Place, forked


def scrub_and_die(place: Place, arguments: tuple[str, ...]) -> None:
    """Die at the n-th file."""
    from flows.scrubbing import files, folder

    left, whole = int(arguments[0]), files.scrub_file

    def scrub_file(read: files.Read, policy: PiiPolicy, key: PseudonymKey) -> files.Scrubbed:
        nonlocal left
        print("file", flush=True)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(read, policy, key)

    vars(folder)["scrub_file"] = scrub_file
    folder.scrub_folder(place.root / "in", place.root / "out", RULES, workers=1)


def test_a_killed_scrubbing_goes_on_behind_what_was_done(tmp_path: Path) -> None:
    killed, whole = Place(tmp_path / "killed", tmp_path), Place(tmp_path / "whole", tmp_path)
    for place in (killed, whole):
        fill(place.root / "in")

    first = forked(scrub_and_die, killed, ("4",))
    seen = (killed.root / "out").exists()
    again = forked(scrub_and_die, killed, ("99",))
    undisturbed = forked(scrub_and_die, whole, ("99",))

    assert (first.code, seen) == (-signal.SIGKILL, False)
    assert (again.code, undisturbed.code) == (0, 0), again.err + undisturbed.err
    assert (again.out.count("file"), undisturbed.out.count("file")) == (2, 5)
    assert contents(killed.root / "out") == contents(whole.root / "out")
    assert sorted(path.name for path in killed.root.iterdir()) == ["in", "out"]
