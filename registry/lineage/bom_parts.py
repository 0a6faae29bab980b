"""The pieces of a CycloneDX document that recur: hashes, properties, licences as one SPDX expression, metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from registry.records import Evidence, Figure

if TYPE_CHECKING:
    from license_expression import Licensing

Json = dict[str, object]
_SPOKEN = re.compile(r"[^A-Za-z0-9.-]+")
_MEDIA_TYPE = re.compile(r"[-+a-z0-9.]+/[-+a-z0-9.]+")


def hashes(sha256: str) -> list[Json]:
    return [{"alg": "SHA-256", "content": sha256}]


def properties(values: Mapping[str, object]) -> list[Json]:
    """Names of our own begin with `muniment:`, as the property taxonomy asks."""
    return [{"name": f"muniment:{name}", "value": str(value)} for name, value in values.items()]


def licences(stated: Iterable[str]) -> Json:
    """All of them hold together, as one SPDX expression; nothing where none is stated.

    A name that SPDX does not know becomes a LicenseRef.
    """
    expressions = list(dict.fromkeys(_expression(one) for one in sorted(set(stated))))
    if not expressions:
        return {}
    several = len(expressions) > 1
    parts = (f"({one})" if several and " " in one else one for one in expressions)
    return {"licenses": [{"expression": " AND ".join(parts)}]}


def media_type(stated: str) -> Json:
    return {"mime-type": stated} if _MEDIA_TYPE.fullmatch(stated) else {}


def metrics(evidence: Iterable[Evidence]) -> list[Json]:
    """One metric a figure; the slice is the type of the evidence."""
    return [{"type": figure.name, "slice": one.type, **_value(figure)} for one in evidence for figure in one.figures]


def _value(figure: Figure) -> Json:
    found: Json = {"value": repr(figure.value)}
    if figure.low is not None and figure.high is not None:
        found["confidenceInterval"] = {"lowerBound": repr(figure.low), "upperBound": repr(figure.high)}
    return found


@lru_cache(maxsize=1)
def _spdx() -> Licensing:
    """Building the table of all SPDX symbols takes a third of a second."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


@lru_cache(maxsize=1024)
def _expression(stated: str) -> str:
    spdx = _spdx()
    try:
        parsed = spdx.parse(stated)
    except Exception:  # noqa: BLE001 - malformed text makes the parser raise anything, "() AND MIT" an IndexError
        return _reference(stated)
    if parsed is None:
        return _reference("not-stated")
    unknown = {symbol: _reference(symbol.key) for symbol in spdx.unknown_license_symbols(parsed)}
    return str(parsed.subs({symbol: type(symbol)(name) for symbol, name in unknown.items()}) if unknown else parsed)


def _reference(name: str) -> str:
    return name if name.startswith("LicenseRef-") else f"LicenseRef-{_SPOKEN.sub('-', name).strip('-') or 'unnamed'}"
