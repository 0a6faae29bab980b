"""An opened workspace: its settings, its policy, who acts, and the way every stage is run in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flows import console
from flows.config import Pipeline, load_pipeline
from flows.stage import Done, Inputs, R, Stage, once
from governance.policy import Policy, policy_of
from registry import digests
from registry.commands.session import actor
from registry.errors import ConfigError, NotFound
from registry.files import expanded
from registry.trust.keys import Key, load_key, new_key
from registry.trust.principals import Principal
from registry.trust.seen import trust_of
from registry.trust.signing import create_trust, enroll
from registry.workspace import Workspace, key_directory

PIPELINE = "pipeline"


@dataclass(frozen=True)
class House:
    """What every stage is handed besides its inputs."""

    workspace: Workspace
    pipeline: Pipeline
    policy: Policy
    actor: str

    def once(self, stage: Stage[R], inputs: Inputs, work: Callable[[Path], Done[R]]) -> R:
        """Run a stage under the stage law and show its line."""
        outcome = once(self.workspace, self.actor, stage, inputs, work, self.pipeline.signing_key)
        console.stage_line(stage.name, outcome.record, outcome.seconds, outcome.looked_up)
        return outcome.record


def open_house(root: Path, overrides: Sequence[str] = ()) -> House:
    """Read a workspace's settings and policy and make sure that there is a trust root.

    Raises ConfigError, NotFound, IntegrityError.
    """
    workspace = Workspace(root.resolve())
    pipeline = load_pipeline(workspace, overrides)
    policy = policy_of(workspace)
    ensure_trust(workspace, pipeline.signing_key)
    return House(workspace, pipeline, policy, actor())


def ensure_trust(workspace: Workspace, signing_key: str = PIPELINE) -> Key:
    """Make the trust root and the pipeline's own key where they don't exist; returns the latter.

    The pipeline's key has the role engineer: it signs measurements and can approve nothing.
    """
    directory, now = key_directory(), datetime.now(UTC)
    if not workspace.trust.exists():
        create_trust(workspace.trust, _own("root", directory), now)
    trust = trust_of(workspace, now)
    if not (directory / f"{signing_key}.pem").exists():
        _root(directory, signing_key)
    key = _own(signing_key, directory)
    if trust.owner(key.id) is None:
        owner = Principal(name=signing_key, roles=("engineer",), keys=(key.public_pem,))
        enroll(workspace.trust, _root(directory, signing_key), owner, now)
    return key


def _root(directory: Path, signing_key: str) -> Key:
    """Without it no key can be enrolled: where the keys lie elsewhere, as for another user, none is made here."""
    try:
        return load_key("root", directory)
    except NotFound as error:
        error.next_step = (
            f"put root.pem and {signing_key}.pem of this workspace there, or name their folder in MUNIMENT_KEYS; where "
            f"root stays elsewhere: muniment keys new {signing_key}, and have its holder run: muniment trust add"
        )
        raise


def _own(name: str, directory: Path) -> Key:
    return load_key(name, directory) if (directory / f"{name}.pem").exists() else new_key(name, directory)


def suites_of(house: House) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """What the adapter is measured on besides its held-out rows: the files, and the digests of all of it."""
    from flows.evaluation.measure import suite_digest

    files = tuple((house.workspace.root / expanded(path)).resolve() for path in house.pipeline.build.suites)
    for file in files:
        if not file.is_file():
            raise ConfigError(f"build.suites: there is no file {file}", "name files of questions, or leave it out")
    return files, (suite_digest(), *map(digests.of_file, files))
