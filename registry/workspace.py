"""Where a workspace keeps its things. Keys live outside it."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from registry.artifacts import Artifacts
from registry.files import expanded


@dataclass(frozen=True)
class Workspace:
    """One directory: `pipeline.yaml`, `policy.yaml`, registry, artifacts, release."""

    root: Path

    @property
    def pipeline(self) -> Path:
        return self.root / "pipeline.yaml"

    @property
    def policy(self) -> Path:
        return self.root / "policy.yaml"

    @property
    def registry(self) -> Path:
        return self.root / "registry.duckdb"

    @property
    def trust(self) -> Path:
        return self.root / "trust.json"

    @property
    def release(self) -> Path:
        return self.root / "release.json"

    @property
    def refusals(self) -> Path:
        """Signed rejections and revocations, for serving."""
        return self.root / "refusals"

    @property
    def checkpoints(self) -> Path:
        """Signed audit checkpoints, outside the database."""
        return self.root / "checkpoints"

    @property
    def registry_tokens(self) -> Path:
        """Who may use this workspace's registry over the network, when it is served: hashes of tokens."""
        return self.root / "registry_tokens.json"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def scratch(self) -> Path:
        """Unfinished work, one directory a stage key."""
        return self.root / "scratch"

    @property
    def serving(self) -> Path:
        """What a running server writes: logs, sockets, the highest release seen."""
        return self.root / "serving"

    @property
    def seen_refusals(self) -> Path:
        """Signed rejections and revocations that a server here has seen, wherever they were published."""
        return self.serving / "refusals"

    @property
    def artifacts(self) -> Artifacts:
        return Artifacts(self.root / "artifacts")

    def keeps(self, path: Path) -> bool:
        """Whether a path is one of the workspace's own, or will be."""
        place, root = Path(os.path.realpath(path)), self.root.resolve()  # which takes a link to itself as it is
        folders = (self.artifacts.root, self.checkpoints, self.refusals, self.trust.with_suffix(""), self.serving)
        if any(place.is_relative_to(folder.resolve()) for folder in folders):
            return True
        own = {self.pipeline.name, self.policy.name, self.trust.name, self.registry_tokens.name}
        families = (self.registry.name, f".{self.registry.name}", f"{self.release.stem}.")
        return place.parent == root and (place.name in own or place.name.startswith(families))


def advice_at(directory: Path, otherwise: str) -> str:
    """The next step where `directory` is no workspace: to name the one that it lies in, if it does."""
    places = (Workspace(place) for place in directory.resolve().parents)
    around = next((place.root for place in places if place.pipeline.is_file() or place.registry.is_file()), None)
    return f"name the workspace around it: -C {shlex.quote(str(around))}" if around else otherwise


def key_directory() -> Path:
    """Private keys: `MUNIMENT_KEYS`, else the user's config directory. Raises ConfigError for a user without a home."""
    named = os.environ.get("MUNIMENT_KEYS")
    if named:
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME") or expanded(Path("~/.config"))
    return Path(config) / "muniment" / "keys"


def pin_of(workspace: Workspace) -> Path:
    """Where this machine keeps the newest trust root that it saw of a workspace: beside the keys."""
    place = sha256(str(workspace.root.resolve()).encode()).hexdigest()
    return key_directory() / f"trust-{place[:12]}.json"
