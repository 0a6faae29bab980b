"""95 % percentile bootstrap intervals of ratios of sums, drawn over documents (Efron 1979, doi:10.1214/aos/1176344552).

Errors within one document go together, so documents are drawn, not mentions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

RESAMPLES = 1000
SEED = 20260101


def table_of(rows: Sequence[Sequence[int]]) -> Matrix:
    """One row a document, one column a count."""
    import numpy as np

    return np.array(rows, dtype=np.float64).reshape(len(rows), -1)


def resampled(table: Matrix, resamples: int = RESAMPLES) -> Matrix:
    """Column sums of `resamples` draws of as many documents, with replacement; the same table draws the same."""
    import numpy as np

    generator, size = np.random.default_rng(SEED), len(table)
    sums = [np.bincount(generator.integers(size, size=size), minlength=size) @ table for _ in range(resamples)]
    return np.array(sums, dtype=np.float64).reshape(len(sums), table.shape[1])


def ratio(part: Matrix, whole: Matrix) -> Matrix:
    """Rounded to five digits; NaN where the whole is nothing."""
    import numpy as np

    pairs = zip(part.tolist(), whole.tolist(), strict=True)
    return np.array([round(p / w, 5) if w else math.nan for p, w in pairs], dtype=np.float64)


def interval(values: Matrix) -> tuple[float, float] | None:
    """The middle 95 % of what is a number; None where nothing is."""
    import numpy as np

    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.percentile(known, (2.5, 97.5))
    return round(float(low), 5), round(float(high), 5)


def widened(share: float, n: int, drawn: tuple[float, float] | None) -> tuple[float, float]:
    """The wider of the bootstrap's interval and Wilson's: a bootstrap knows nothing of errors that did not happen."""
    from scipy.stats import binomtest

    wilson = binomtest(round(share * n), n).proportion_ci(method="wilson")
    low, high = drawn or (share, share)
    return max(0.0, min(low, float(wilson.low), share)), min(1.0, max(high, float(wilson.high), share))
