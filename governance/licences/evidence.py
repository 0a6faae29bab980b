"""The licences of an adapter's whole lineage as evidence: an approval is bound to it, as to any other.

The artifact is the full account as JSON: every material, every refusal of every use, every duty.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from governance.licences.judgement import Owed, Refusal, owed, refusals
from governance.licences.materials import Material
from governance.licences.settings import LicencePolicy
from governance.licences.terms import USES, Use
from registry.artifacts import Artifacts
from registry.records import Adapter, Evidence, Figure

TYPE = "licences"


def measure(
    adapter: Adapter, materials: Sequence[Material], policy: LicencePolicy, artifacts: Artifacts, scratch: Path
) -> Evidence:
    """Judge every use that there is; which of them must be allowed is for the gate to say."""
    against = {use: refusals(materials, use, policy, adapter.name) for use in USES}
    duties = owed(materials, policy.uses, policy)
    place = scratch / "licences.json"
    account = _account(materials, against, duties)
    place.write_text(json.dumps(account, sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")
    return Evidence(
        type=TYPE,
        subject=adapter.digest,
        figures=(
            Figure(name="materials", value=float(len(materials))),
            Figure(name="obligations", value=float(len({(one.licence, one.duty) for one in duties}))),
            *(Figure(name=refused(use), value=float(len(found))) for use, found in against.items()),
        ),
        artifact=artifacts.put(place),
    )


def refused(use: Use) -> str:
    """The name of the figure that counts reasons against a use."""
    return f"refused.{use}"


def _account(
    materials: Sequence[Material], against: dict[Use, tuple[Refusal, ...]], duties: Sequence[Owed]
) -> dict[str, object]:
    return {
        "materials": [material.model_dump() for material in materials],
        "refusals": {use: [refusal.model_dump() for refusal in found] for use, found in against.items()},
        "obligations": [duty.model_dump() for duty in duties],
    }
