"""Every promise of the privacy room in one run, beside plain Presidio on the same texts; the last line is JSON.

GOLD=DIR names labelled texts (tab*.jsonl, *synth*.jsonl, wnut*.jsonl); the tagger has learnt from some of those that
are published (governance/pii/model/README.md), so that only texts of your own say how it does on new ones.
FULL=1 scrubs 100,000 documents for the memory row instead of 10,000.
"""

from __future__ import annotations

import json
import logging
import os
from functools import partial
from pathlib import Path

from governance.pii.settings import PiiPolicy
from governance.policy import load_policy
from registry.processes import ONE_THREAD
from tests.bench import pii_load, pii_numbers, pii_sets, pii_terms
from tests.bench.pii_baseline import plain_presidio
from tests.bench.pii_rows import Row, plot, share, show
from tests.bench.pii_sets import COURT, NOISY, OWN, SYNTHETIC, Compared, Detector, compared, labelled

POLICY = PiiPolicy()
ROOT = Path(__file__).resolve().parents[2]
OWN_LETTERS = int(os.environ.get("LETTERS", "350"))
GIB = 2**30


def ours(policy: PiiPolicy) -> Detector:
    from governance.pii.detect import find

    return partial(find, policy=policy)


def texts(baseline: Detector) -> tuple[list[Row], dict[str, Compared]]:
    """The rows of labelled texts, with the speed on the very same ones."""
    gold, missing = labelled(OWN_LETTERS)
    if missing:
        print(f"NOT MEASURED, for want of labelled texts: {', '.join(missing)}. GOLD=DIR names a directory of them.")
        print("The synthetic rows read the sample that ships with the scrubber where GOLD has none.")
    detect = ours(POLICY)
    baseline(pii_load.WARM)
    pii_load.warm()
    sets = {name: compared(those, baseline, detect) for name, those in gold.items()}
    court, noisy = sets.get(COURT), sets.get(NOISY)
    rows = [
        share("court_er_direct", "court text: direct entities hidden", court, "ER_direct", 1.0),
        share("court_quasi", "court text: quasi characters hidden", court, "char_recall_quasi", 0.92),
        share("court_precision", "court text: precision", court, "char_precision", 0.65),
        share("synthetic_er_direct", "synthetic: direct entities hidden", sets[SYNTHETIC], "ER_direct", 0.96),
        share("synthetic_precision", "synthetic: precision", sets[SYNTHETIC], "char_precision", 0.92),
        share("own_er_direct", "own letters: direct entities hidden", sets[OWN], "ER_direct", 0.95),
        share("noisy_persons", "noisy text: people hidden", noisy, "ER_direct", 0.80),
    ]
    return [*rows, *_speeds(sets)], sets


def _speeds(sets: dict[str, Compared]) -> list[Row]:
    ratio = pii_sets.speed_ratio(sets)
    rows = [Row("speed_ratio", "characters per CPU-second, against baseline", 1.0, ratio, 1.5)]
    for name, both in sets.items():
        rates = f"{both.chars / both.baseline_s:,.0f} and {both.chars / both.ours_s:,.0f} characters per CPU-second"
        key = f"speed_ratio_{name.replace(' ', '_')}"
        rows.append(Row(key, f"  of which {name}", 1.0, both.baseline_s / both.ours_s, note=rates))
    return rows


def load() -> list[Row]:
    """Memory over many documents, and two processes against one."""
    count = 100_000 if os.environ.get("FULL") == "1" else 10_000
    mine, plain = pii_load.memory("ours", count), pii_load.memory("baseline", count // 5)
    growth = (mine.late - mine.early) / mine.early
    plainly = (plain.late - plain.early) / plain.early
    busy = f"load average before: {os.getloadavg()[0]:.1f}; means little above 0.5"
    return [
        Row("memory_gib", f"memory: most over {count:,} documents, GiB", plain.peak / GIB, mine.peak / GIB, most=1.2),
        Row("memory_growth", "memory: growth from a fifth of them to all", plainly, growth, most=0.05,
            note=f"baseline: over {count // 5:,} documents"),
        Row("two_processes", "two processes against one", None, pii_load.two_against_one(120_000), 1.8, note=busy),
    ]  # fmt: skip


def identifiers(baseline: Detector) -> list[Row]:
    """Checksums and disguises."""
    from tests.attacks.test_pii_disguises import DISGUISES

    detect = ours(POLICY)
    valid, broken, countries = pii_numbers.measured(detect)
    plain_valid, plain_broken, _ = pii_numbers.measured(baseline)
    return [
        Row("valid_found", f"valid identifiers of {countries} kinds found whole", plain_valid, valid, 1.0),
        Row("broken_refused", "broken checksum not called valid", plain_broken, broken, 0.99),
        Row("disguises", f"disguises of {len(DISGUISES)} kinds seen through", _seen(baseline), _seen(detect), 0.96),
    ]  # fmt: skip


def _seen(detect: Detector) -> float:
    """The share of kinds of which every example is hidden whole."""
    from tests.attacks.test_pii_disguises import ADDRESSED, DISGUISES, EMAIL

    seen = 0
    for disguise, values in DISGUISES.values():
        hidden = []
        for value in values:
            before, after = ADDRESSED.get(value, ADDRESSED[EMAIL]).split("{}")
            disguised = disguise(value)
            spans = detect(before + disguised + after)
            masked = {i for span in spans for i in range(span.start - len(before), span.end - len(before))}
            hidden.append(not any(c.isalnum() and i not in masked for i, c in enumerate(disguised)))
        seen += all(hidden)
    return seen / len(DISGUISES)


def survival(baseline: Detector) -> Row:
    policy = load_policy(ROOT / "examples" / "policy.yaml").pii
    kept, total = pii_terms.survival(ours(policy), policy)
    plain, _ = pii_terms.survival(baseline, policy, rows=50)
    note = f"{total} places; of the baseline, only types that policy replaces"
    return Row("survival", "public terms left alone in regulatory documents", plain, kept, 0.98, note=note)


def main() -> None:
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    for library in ("presidio-analyzer", "tldextract"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    baseline = plain_presidio()
    rows, _ = texts(baseline)
    rows += [*identifiers(baseline), survival(baseline), *load()]
    show(rows)
    place = ROOT / "var" / "bench"
    place.mkdir(parents=True, exist_ok=True)
    plot(rows, place / "pii.png")
    figures = {row.key: None if row.ours is None else round(row.ours, 4) for row in rows}
    missed = [row.key for row in rows if row.met is False]
    print(json.dumps({"bench": "pii", **figures, "missed": missed}))


if __name__ == "__main__":
    main()
