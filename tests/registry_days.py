"""The commands of a registry's days in an order that makes sense, each with how to tell whether it has come about.

That is read from what is kept, and from nothing that the command said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from registry.audit.proving import prove
from registry.audit.sealing import Sealing
from registry.database.store import Registry
from registry.records import Adapter, Decision
from registry.trust.keys import new_key
from registry.trust.root import load_trust
from tests.bench import registry_day
from tests.killed import Act
from tests.walked import Place

VERBS = (
    "register", "sign", "approve", "approve", "promote", "trust add", "register", "sign", "approve", "approve",
    "promote", "rollback", "gc", "backup", "trust remove", "checkpoint", "reject",
    "register", "sign", "approve", "revoke",
)  # fmt: skip
REASON = ("--reason", "as it was found")
Done = Callable[[], bool]


@dataclass
class Days:
    """One workspace; `number` counts what was made for its commands."""

    place: Place
    number: int = 0
    verbs: Iterator[str] = field(default_factory=lambda: cycle(VERBS))

    def next(self) -> tuple[Act, Done]:
        verb = next(self.verbs)
        self.number += 1
        acts: dict[str, Callable[[], tuple[tuple[str, ...], Done]]] = {
            "register": self._register, "sign": self._sign, "approve": self._approve, "promote": self._promote,
            "rollback": self._rollback, "reject": self._refuse("reject"), "revoke": self._refuse("revoke"),
            "checkpoint": self._checkpoint, "gc": self._gc, "backup": self._backup,
            "trust add": self._trust_add, "trust remove": self._trust_remove,
        }  # fmt: skip
        words, done = acts[verb]()
        return (Act(verb, words, register) if verb == "register" else Act(verb, words)), done

    def read(self, question: Callable[[Registry], bool]) -> bool:
        with Registry.open(self.place.workspace.registry, "tests") as registry:
            return question(registry)

    def adapters(self) -> list[Adapter]:
        with Registry.open(self.place.workspace.registry, "tests") as registry:
            return registry.all(Adapter)

    def _register(self) -> tuple[tuple[str, ...], Done]:
        known = len(self.adapters())
        return (str(self.number),), lambda: len(self.adapters()) == known + 1

    def _sign(self) -> tuple[tuple[str, ...], Done]:
        adapter = self.adapters()[-1]
        return ("sign", adapter.version, "--key", "eve"), lambda: self.read(
            lambda registry: bool(registry.attestations(adapter.digest, "model-signature"))
        )

    def _approve(self) -> tuple[tuple[str, ...], Done]:
        who = "paul" if self._decided("approve", "rita") else "rita"
        words = ("approve", self.adapters()[-1].version, "--key", who, *REASON)
        return words, lambda: self._decided("approve", who)

    def _refuse(self, verb: str) -> Callable[[], tuple[tuple[str, ...], Done]]:
        return lambda: (
            (verb, self.adapters()[-1].version, "--key", "rob", *REASON), lambda: self._decided(verb, "rob")
        )  # fmt: skip

    def _decided(self, verb: str, who: str) -> bool:
        """About the newest adapter; its statement is kept with it."""
        newest = self.adapters()[-1].digest

        def found(registry: Registry) -> bool:
            said = [d for d in registry.all(Decision) if (d.adapter, d.decision, d.principal) == (newest, verb, who)]
            return bool(said) and who in {a.signer for a in registry.attestations(newest, Decision.kind)}

        return self.read(found)

    def _promote(self) -> tuple[tuple[str, ...], Done]:
        return ("promote", self.adapters()[-1].version, "--key", "olaf"), self._released()

    def _rollback(self) -> tuple[tuple[str, ...], Done]:
        return ("rollback", "--key", "olaf", *REASON), self._released()

    def _released(self) -> Done:
        def versions() -> int:
            with Registry.open(self.place.workspace.registry, "tests") as registry:
                return len(registry.query("SELECT version FROM releases"))

        known = versions()
        return lambda: versions() == known + 1

    def _checkpoint(self) -> tuple[tuple[str, ...], Done]:
        def newest() -> str:
            with Registry.open(self.place.workspace.registry, "tests") as registry:
                return str(registry.query("SELECT max(sequence) FROM checkpoints")[0][0])

        known = newest()
        return ("audit", "checkpoint", "--key", "olaf"), lambda: newest() != known

    def _gc(self) -> tuple[tuple[str, ...], Done]:
        store, made = self.place.workspace.artifacts, []
        for part in range(4):
            litter = self.place.root / f"litter{self.number}-{part}"
            litter.mkdir()
            (litter / "rows").write_text(f"{self.number} {part}")
            made.append(store.put(litter))
        scratch = self.place.workspace.scratch / f"key{self.number}"
        scratch.mkdir(parents=True)
        places = [*map(store.address, made), scratch]
        return ("gc", "--days", "0"), lambda: not any(place.exists() for place in places)

    def _backup(self) -> tuple[tuple[str, ...], Done]:
        copy = self.place.root.parent / f"copy{self.number}.duckdb"
        return ("registry", "backup", str(copy)), lambda: self._proved(copy)

    def _proved(self, copy: Path) -> bool:
        """A copy that is there is whole."""
        if not copy.exists():
            return False
        sealing = Sealing(self.place.workspace.checkpoints)
        with Registry.open(copy, "tests", sealing=sealing) as registry:
            prove(registry, load_trust(self.place.workspace.trust, datetime.now(UTC)))
        copy.unlink()
        return True

    def _trust_add(self) -> tuple[tuple[str, ...], Done]:
        who = f"new{self.number}"
        new_key(who, self.place.keys)
        words = ("trust", "add", who, str(self.place.keys / f"{who}.pub"), "--role", "reviewer")
        return words, lambda: who in self._people()

    def _trust_remove(self) -> tuple[tuple[str, ...], Done]:
        who = next(name for name in self._people() if name.startswith("new"))
        return ("trust", "remove", who), lambda: who not in self._people()

    def _people(self) -> list[str]:
        return [one.name for one in load_trust(self.place.workspace.trust, datetime.now(UTC)).principals]


def register(place: Place, words: tuple[str, ...]) -> None:
    """What the pipeline does at its end, with weights of a few bytes."""
    registry_day.main(str(place.root), *words)
