"""Of several leak tests the one by today's policy counts, and policy does not make one undone that was made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from flows.house import open_house
from flows.walk import leaks
from governance.gates import leaks as leaky
from governance.integrity.memorization import Exposed
from registry.errors import ConfigError
from registry.records import Adapter, Base, DocumentSet, Evidence, ScrubbedSet, Table
from tests.registered import Place, place_today

PIPELINE = "documents: documents\nbase_model: base\nsigning_key: eve\n"
STRICT = "{identities: 2, repeats: [1], significance: 0.01, samples: 4}"
LAX = STRICT.replace("samples: 4", "samples: 0")
UNITS = Table(artifact="d" * 64, rows=0, columns=())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Whose twins are made up: the adapter's tells a secret in drawn answers, and only there."""
    made = place_today(tmp_path, monkeypatch)
    made.workspace.pipeline.write_text(PIPELINE)

    def planted(house: Any, documents: DocumentSet, scratch: Path) -> Any:
        return type("Copy", (), {"documents": documents})

    def asked(house: Any, base: Base, twin: tuple[str, object], *_: object) -> Sequence[Exposed]:
        control, drawn = twin[0] == "control", house.policy.memorization.samples
        return [Exposed(n, repeats, 6.0 * control, 6.0 * control, sampled=drawn) for n in (0, 1) for repeats in (0, 1)]

    monkeypatch.setattr("flows.walk.twins.planted", planted)
    monkeypatch.setattr("flows.walk.twins.scrubbed", lambda *_: UNITS)
    monkeypatch.setattr("flows.walk.twins.asked", asked)
    return made


def found(place: Place, adapter: Adapter, memorization: str, now: bool = False) -> tuple[Evidence, ...]:
    place.workspace.policy.write_text(f"memorization: {memorization}\n")
    house = open_house(place.workspace.root)
    documents = DocumentSet(units=UNITS, documents=0, formats={}, licences={}, rejected=())
    scrubbed = ScrubbedSet(units=UNITS, entities={}, key_id="k", policy="e" * 64)
    with place.registry() as registry:
        base = registry.all(Base)[0]
    return leaks.leak_test(house, base, (documents, scrubbed), [adapter], now)


def test_a_laxer_test_in_between_does_not_clear_a_strict_one(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    strict = found(place, adapter, STRICT, now=True)
    lax = found(place, adapter, LAX, now=True)
    policy = open_house(place.workspace.root).policy.memorization
    assert (leaky(adapter.digest, strict, policy), leaky(adapter.digest, lax, policy)) == (True, False)

    assert found(place, adapter, STRICT) == strict
    assert found(place, adapter, LAX) == lax


@pytest.mark.parametrize("when", ["never", "on_demand"])
def test_a_test_that_was_made_counts_whatever_policy_says_of_further_ones(place: Place, when: str) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    made = found(place, adapter, STRICT, now=True)

    assert found(place, adapter, STRICT.replace("{", f"{{when: {when}, ")) == made
    assert found(place, adapter, LAX.replace("{", f"{{when: {when}, ")) == made, "the last one, where none was made so"


def test_a_test_that_could_show_no_leak_is_not_begun(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)

    with pytest.raises(ConfigError, match="no leak could be seen"):
        found(place, adapter, "{identities: 2}", now=True)


def test_where_none_was_made_none_is_found(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)

    assert found(place, adapter, STRICT) == ()
