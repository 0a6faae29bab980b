"""What finds personal data, by version: another version may find something else, so it scrubs and is measured again."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from governance.pii.settings import PiiPolicy

DETECTORS = (
    "spacy", "presidio-analyzer", "python-stdnum", "phonenumbers", "py3langid", "simplemma", "detect-secrets",
    "confusable-homoglyphs",
)  # fmt: skip


def detector_versions(policy: PiiPolicy) -> list[str]:
    """Our own code and every package that detects; of a model that is a directory, its content."""
    from governance.pii.journal import code, content

    models = (policy.model, *(own.model for own in policy.models))
    versions = [f"{one} {content(Path(one))}" if "/" in one else _package(one) for one in models]
    return [code(), *map(_package, DETECTORS), *versions]


def _package(name: str) -> str:
    try:
        return f"{name.replace('_', '-')} {version(name.replace('_', '-'))}"
    except PackageNotFoundError:
        return name
