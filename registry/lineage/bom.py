"""An adapter's bill of materials: CycloneDX 1.6 with a model card, for whoever has to list what a product is made of.

The serial number comes from the adapter's digest and the version counts the gate's verdicts, so the same registry
gives the same file. Plain JSON: the CycloneDX library for Python has no model cards.
https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import PurePosixPath
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from registry.counted import counted
from registry.erasure.records import Tombstone
from registry.lineage.bom_parts import Json, hashes, licences, media_type, metrics, properties
from registry.lineage.provenance import Provenance
from registry.pages.labels import label
from registry.records import Base, Dataset, Document, ScrubbedSet, Table
from registry.times import spoken

_SITE = "https://muniment.dev"
Files = Mapping[str, str]
"""SHA-256 by path inside a directory of weights."""


@dataclass(frozen=True)
class Held:
    """What the artifact store has: the files of the adapter and of its base; empty where they are no longer there."""

    adapter: Files
    base: Files


def bom_of(provenance: Provenance, held: Held, stated: datetime) -> Json:
    """The whole document, as of `stated`. Source files are listed by path, hash and licence, never with their text."""
    serial = uuid5(NAMESPACE_URL, f"{_SITE}/adapter/{provenance.adapter.digest}")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": max(1, len(provenance.verdicts)),
        "metadata": {
            "timestamp": stated.isoformat(),
            "tools": {"components": [{"type": "application", "name": "muniment", "version": version("muniment")}]},
            "component": _adapter(provenance, held.adapter),
        },
        "components": [
            *([_base(provenance.base, held.base)] if provenance.base else []),
            *(_library(*one) for one in _software(provenance)),
            *(_dataset(one) for one in provenance.datasets),
            *(_document(one) for one in provenance.documents),
            *(_erased(one) for one in provenance.erased),
        ],
        "dependencies": _dependencies(provenance),
    }


def _adapter(provenance: Provenance, files: Files) -> Json:
    adapter, base = provenance.adapter, provenance.base
    weights = {"hashes": hashes(found)} if (found := files.get("adapter_model.safetensors")) else {}
    trained = " then ".join(run.method for run in provenance.runs)
    ancestor = {"type": "machine-learning-model", "name": base.name, "version": base.digest[:12]} if base else None
    return {
        "type": "machine-learning-model",
        "bom-ref": _ref(adapter.kind, adapter.digest),
        "name": adapter.name,
        "version": adapter.digest[:12],
        "description": f"LoRA adapter of rank {adapter.rank} trained by {trained or 'others'}",
        **weights,
        **licences([*adapter.licences, *([base.licence] if base else [])]),
        "pedigree": {
            "ancestors": [ancestor] if ancestor else [],
            "notes": "; ".join(f"{label(run)} ({run.digest[:12]})" for run in provenance.runs) or "no run on record",
        },
        "modelCard": _model_card(provenance),
        "properties": properties({"digest": adapter.digest, "weights": adapter.weights, **_decided(provenance)}),
        **_files(f"{adapter.kind}-file", files),
    }


def _model_card(provenance: Provenance) -> Json:
    adapter, base = provenance.adapter, provenance.base
    architecture = f"{base.architecture} with LoRA" if base else "LoRA"
    settings = {
        f"{method}.{name}": value for method, run in provenance.methods for name, value in sorted(run.settings.items())
    }
    return {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": "text-generation",
            "architectureFamily": "transformer",
            "modelArchitecture": architecture,
            "datasets": [{"ref": _ref(one.kind, one.digest)} for one in provenance.datasets],
            "inputs": [{"format": "text"}],
            "outputs": [{"format": "text"}],
        },
        "quantitativeAnalysis": {"performanceMetrics": metrics(provenance.evidence)},
        "considerations": {"ethicalConsiderations": [*_risks(provenance)]},
        "properties": properties({"rank": adapter.rank, "target_modules": len(adapter.target_modules), **settings}),
    }


def _risks(provenance: Provenance) -> list[Json]:
    found: list[Json] = []
    for one in provenance.made_of:
        if isinstance(one, ScrubbedSet):
            places = f"{counted(sum(one.entities.values()), 'place')} in {counted(one.units.rows, 'unit')}"
            replaced = f"{places} replaced before training"
            found.append({"name": "personal data in the source documents", "mitigationStrategy": replaced})
    return found


def _decided(provenance: Provenance) -> Mapping[str, object]:
    people = {f"{one.decision}:{one.principal}": spoken(one.issued) for one in provenance.decisions}
    verdict = provenance.verdict
    gate = {"gate": "passed" if verdict.passed else "refused", "policy": verdict.policy} if verdict else {}
    return {**gate, **people}


def _base(base: Base, files: Files) -> Json:
    return {
        "type": "machine-learning-model",
        "bom-ref": _ref(base.kind, base.digest),
        "name": base.name,
        "version": base.digest[:12],
        **licences([base.licence]),
        "modelCard": {"modelParameters": {"modelArchitecture": base.architecture}},
        "properties": properties({
            "digest": base.digest, "weights": base.weights, "parameters": base.parameters, "source": base.source,
        }),
        **_files(f"{base.kind}-file", files),
    }  # fmt: skip


def _software(provenance: Provenance) -> list[tuple[str, str]]:
    """Package and version of all that trained it."""
    return sorted({one for run in provenance.runs for one in run.software.items()})


def _library(package: str, release: str) -> Json:
    """Trained with it; no part of what is handed on."""
    purl = f"pkg:pypi/{package}@{quote(release, safe='')}"
    return {"type": "library", "bom-ref": purl, "name": package, "version": release, "scope": "excluded", "purl": purl}


def _dataset(dataset: Dataset) -> Json:
    counted = {"rows to train": dataset.train.rows, "rows held out": dataset.held_out.rows} | dataset.origins
    return {
        "type": "data",
        "bom-ref": _ref(dataset.kind, dataset.digest),
        "name": dataset.purpose,
        "version": dataset.digest[:12],
        "description": label(dataset),
        **licences(dataset.licences),
        "data": [{"type": "dataset", "name": dataset.purpose, "contents": {"properties": properties(counted)}}],
        "components": [_table(dataset, "train", dataset.train), _table(dataset, "held-out", dataset.held_out)],
    }


def _table(dataset: Dataset, side: str, table: Table) -> Json:
    return {
        "type": "file",
        "bom-ref": f"{_ref(dataset.kind, dataset.digest)}:{side}",
        "name": f"{dataset.purpose}.{side}.parquet",
        "hashes": hashes(table.artifact),
    }


def _document(document: Document) -> Json:
    """By digits of its digest, by which `muniment show` finds it: names of files name people, and a bill travels."""
    return {
        "type": "file",
        **media_type(document.media_type),
        "bom-ref": _ref(document.kind, document.digest),
        "name": f"{document.digest[:12]}{PurePosixPath(document.path).suffix.lower()}",
        "version": document.content[:12],
        "hashes": hashes(document.content),
        **licences([document.licence]),
        "properties": properties({"size": document.size_bytes, "source": document.source}),
    }


def _erased(document: Tombstone) -> Json:
    """That there was one, and nothing of it."""
    return {
        "type": "file",
        "bom-ref": _ref(document.was, document.of),
        "name": "an erased document",
        "properties": properties({"erased": "yes"}),
    }


def _files(kind: str, files: Files) -> Json:
    if not files:
        return {}
    return {
        "components": [
            {"type": "file", "bom-ref": f"{kind}:{path}", "name": path, "hashes": hashes(sha256)}
            for path, sha256 in sorted(files.items())
        ]
    }


def _dependencies(provenance: Provenance) -> list[Json]:
    """The adapter on its base and datasets, each dataset on all of the documents."""
    datasets = [_ref(one.kind, one.digest) for one in provenance.datasets]
    documents = [_ref(Document.kind, digest) for digest in provenance.paths]
    bases = [_ref(provenance.base.kind, provenance.base.digest)] if provenance.base else []
    needs = {_ref(provenance.adapter.kind, provenance.adapter.digest): [*bases, *datasets]}
    needs |= dict.fromkeys(datasets, documents) | {one: [] for one in (*bases, *documents)}
    return [{"ref": one, "dependsOn": others} for one, others in needs.items()]


def _ref(kind: str, digest: str) -> str:
    return f"{kind}:{digest}"
