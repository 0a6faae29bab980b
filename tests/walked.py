"""A tiny workspace walked once, and processes forked from one that has imported the heavy libraries.

A test that runs the command line twenty times would otherwise pay for the imports twenty times.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.database.store import Registry
from registry.records import KINDS, Adapter
from registry.workspace import Workspace

HEAVY = (
    "torch", "transformers", "trl", "peft", "datasets", "bitsandbytes", "presidio_analyzer", "spacy", "pandas",
    "great_expectations", "transformers.models.llama.modeling_llama", "trl.trainer.sft_trainer",
    "trl.trainer.dpo_trainer",
    "flows.walk.stages", "flows.walk.candidates", "flows.training.sft", "flows.training.preference.dpo",
    "governance.validation", "governance.pii.scrub", "model_signing.signing", "model_signing.verifying", "flows.cli",
)  # fmt: skip
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(list(HEAVY))
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Place:
    """A workspace with the directory of its keys."""

    root: Path
    keys: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def env(self) -> dict[str, str]:
        return {
            "MUNIMENT_KEYS": str(self.keys),
            "MUNIMENT_CACHE": str(self.keys.parent / "cache"),
            "MUNIMENT_HOME": str(self.root),
            "MUNIMENT_ACTOR": "tests",
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
        }

    def copy(self, to: Path) -> Place:
        """The same workspace and keys elsewhere, to be changed freely."""
        shutil.copytree(self.root, to / "workspace", symlinks=True)
        shutil.copytree(self.keys, to / "keys")
        return Place(to / "workspace", to / "keys")

    def stages(self) -> dict[str, str]:
        """Stage key to record digest, of every stage that is done."""
        with Registry.open(self.workspace.registry, "tests") as registry:
            rows = registry.connection.execute("SELECT key, record FROM stages").fetchall()
        return {str(key): str(record) for key, record in rows}

    def orphans(self) -> set[str]:
        """Artifacts that no record holds, and whatever unfinished work left behind."""
        with Registry.open(self.workspace.registry, "tests") as registry:
            held = {digest for kind in KINDS.values() for record in registry.all(kind) for digest in record.held()}
        left = [*self.workspace.scratch.glob("*"), *(self.workspace.artifacts.root / "tmp").glob("*")]
        return (set(self.workspace.artifacts) - held) | {str(path) for path in left}


@dataclass(frozen=True)
class Ended:
    """How a process ended. `code` is negative for a signal."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        return json.loads(self.out)


def started(place: Place, *arguments: str, env: Mapping[str, str] | None = None, timeout: int = 300) -> Ended:
    """The command line as a user starts it: a new process."""
    command = [sys.executable, "-m", "flows.cli", *arguments]
    environment = {**os.environ, **place.env, **(env or {})}
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def muniment(place: Place, *arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """The command line in a forked process; as `started`, without the wait for imports."""
    return forked(command_line, place, arguments, env=env)


def forked(
    target: Callable[[Place, tuple[str, ...]], None],
    place: Place,
    arguments: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
) -> Ended:
    """`target(place, arguments)` in a forked process; `target` stands at the top of a module."""
    with TemporaryDirectory() as directory:
        streams = (str(Path(directory) / "out"), str(Path(directory) / "err"))
        environment = {**place.env, **(env or {})}
        process = FORKS.Process(target=child, args=(target, place, arguments, environment, streams))
        process.start()
        process.join(300)
        if process.exitcode is None:
            process.kill()
            process.join()
        out, err = (Path(name).read_text(encoding="utf-8", errors="replace") for name in streams)
        return Ended(process.exitcode if process.exitcode is not None else -99, out, err)


PEOPLE = {"rita": "reviewer", "paul": "privacy_officer", "olaf": "operator"}


def candidate(place: Place) -> str:
    """The version of the adapter that was trained last."""
    with Registry.open(place.workspace.registry, "tests") as registry:
        return registry.all(Adapter)[-1].version


def with_people(place: Place) -> Place:
    """Three people with keys made by the command line."""
    for name, role in PEOPLE.items():
        made = muniment(place, "keys", "new", name, "--no-passphrase")
        assert made.code == 0, made.err
        added = muniment(place, "trust", "add", name, str(place.keys / f"{name}.pub"), "--role", role)
        assert added.code == 0, added.err
    return place


def released(place: Place) -> Place:
    """Approved by two people and promoted, by the command line."""
    version = candidate(with_people(place))
    verbs = (("approve", "rita"), ("approve", "paul"), ("promote", "olaf"))
    for verb, who in verbs:
        done = muniment(place, verb, version, "--key", who, "--reason", "fit for use")
        assert done.code == 0, done.err
    return place


def walk(place: Place, overrides: tuple[str, ...] = ()) -> list[str]:
    """Every stage in the order of `flows.retrain`, without Prefect."""
    from flows.house import open_house
    from flows.walk import candidates, continuing, privacy, stages

    house = open_house(place.root, overrides)
    base = stages.base_model(house)
    documents = stages.ingest(house)
    scrubbed = stages.scrub(house, documents)
    proof = privacy.prove_scrubbing(house, documents, scrubbed)
    valid = stages.validate(house, scrubbed)
    questions = stages.build_sft(house, base, valid)
    tuned = stages.train_sft(house, base, questions)
    pairs = stages.build_preference(house, valid, questions, base, tuned)
    preferred = stages.train_dpo(house, base, pairs, tuned)
    continued = continuing.go_on(house, base, (valid, questions))
    continued = continuing.prefer(house, base, pairs, continued)
    adapters = candidates.register(house, base, (tuned, questions), (preferred, pairs), continued)
    measured = (continued.measured, continued.weighed) if continued else (questions, pairs)
    evidence = candidates.evaluate(house, base, measured, adapters, proof, continued)
    return candidates.gate(house, base, adapters, evidence)


def child(
    target: Callable[[Place, tuple[str, ...]], None],
    place: Place,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    streams: tuple[str, str],
) -> None:
    for number, name in enumerate(streams, start=1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.update(environment)
    try:
        target(place, arguments)
    finally:
        _end_prefect()


def _end_prefect() -> None:
    """Its temporary server ends with the interpreter, and a fork ends without."""
    if "prefect.server.api.server" in sys.modules:
        from prefect.server.api.server import SubprocessASGIServer

        for server in list(SubprocessASGIServer._instances.values()):
            server.stop()


def command_line(place: Place, arguments: tuple[str, ...]) -> None:
    from flows import cli

    sys.argv = ["muniment", *arguments]
    cli.main()
