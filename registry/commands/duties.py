"""What licences ask of whoever uses an adapter, as a decision about it tells. Who judges them is not known here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import typer

from registry.pages.labels import visible
from registry.workspace import Workspace

if TYPE_CHECKING:
    from registry.database.store import Registry
    from registry.records import Adapter


class Duty(Protocol):
    """`duty` is `KIND` or `KIND: VALUE`, `sentence` says it; `chain` leads from the adapter to `material`."""

    @property
    def licence(self) -> str: ...
    @property
    def duty(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def material(self) -> str: ...
    @property
    def chain(self) -> tuple[str, ...]: ...


Judge = Callable[[Workspace, "Registry", "Adapter"], Sequence[Duty]]
"""All that an adapter's lineage owes. Raises LicenceRefused where it may not be used as the policy means to."""


def judged(registry: Registry, workspace: Workspace, what: tuple[str, Adapter], judge: Judge) -> Sequence[Duty]:
    """What `(action, adapter)` owes; a refusal is kept in the audit chain, and raised on."""
    action, adapter = what
    with registry.attempting(action, (adapter.digest,)):
        return judge(workspace, registry, adapter)


def lines(duties: Sequence[Duty]) -> list[str]:
    """One for the duties of a licence that come by the same ways, with the first of these."""
    ways: dict[tuple[str, str], list[str]] = {}
    for one in duties:
        ways.setdefault((one.licence, one.sentence), []).append(" → ".join(one.chain) or one.material)
    owed: dict[tuple[str, str], list[str]] = {}
    for (licence, sentence), every in ways.items():
        owed.setdefault((licence, _first(every)), []).append(sentence)
    return [f"owed under {licence}: {'; '.join(said)} (because of {way})" for (licence, way), said in owed.items()]


def tell(duties: Sequence[Duty]) -> None:
    for line in lines(duties):
        typer.echo(visible(line), err=True)


def _first(ways: Sequence[str]) -> str:
    first, *others = dict.fromkeys(ways)
    return f"{first}, and {len(others)} more" if others else first


def as_data(duties: Sequence[Duty]) -> list[dict[str, object]]:
    return [
        {"licence": one.licence, "duty": one.duty, "sentence": one.sentence, "material": one.material,
         "chain": one.chain}
        for one in duties
    ]  # fmt: skip
