"""A workspace whose documents were read, scrubbed and built into a dataset that released adapters learnt from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from flows.ingest.ingest import ingest
from flows.ingest.settings import DocumentFolder, IngestSection
from governance.pii.scrub import scrub
from governance.pii.standins.pseudonyms import load_or_create_key
from governance.policy import policy_of
from registry.database.store import Registry, StageResult
from registry.decisions import approvals
from registry.decisions.cases import Case
from registry.decisions.evidence import sign_evidence
from registry.records import Adapter, Base, Dataset, Evidence, Figure, GoldenPrompt, Record, TrainingRun, Verdict
from registry.release import releases
from registry.trust.keys import load_key, new_key
from registry.trust.principals import Principal, Role
from registry.trust.root import load_trust
from registry.trust.signatory import Signatory
from registry.trust.signing import create_trust, enroll
from registry.workspace import Workspace
from tests.walked import Place

NAME, MAIL, REFERENCE = "Teodora Vasquez-Lindqvist", "teodora.vl@acme-corp.net", "E-48213"
PEOPLE: dict[str, Role] = {
    "eve": "engineer", "rita": "reviewer", "paul": "privacy_officer", "olaf": "operator", "ada": "auditor",
}  # fmt: skip
LETTER = f"""# Leave policy

An employee means a person with a contract. Every employee must file a request before the first day of leave.

Contact Ms {NAME}, {MAIL}, for questions about your own entitlement to leave.
"""
TRAVEL = """# Travel rules

A trip means any journey for work. Travellers must keep their receipts for ninety days after they came back.
"""


def make_erasable(home: Path) -> Place:
    """Ingest, scrub and build are real; two adapters of a few bytes stand for what was trained on the dataset."""
    place = Place(home / "workspace", home / "keys")
    _write_files(place.root)
    _enrol(place)
    with Registry.open(place.workspace.registry, "eve") as registry:
        dataset = _walk(place, registry)
        for seed in (1, 2):
            _released(place, registry, dataset, seed)
    return place


def _write_files(root: Path) -> None:
    documents = root / "documents"
    (documents / "people").mkdir(parents=True)
    (root / "pipeline.yaml").write_text("documents: documents\nbase_model: base\n")
    (root / "policy.yaml").write_text("")
    (documents / "letter.md").write_text(LETTER)
    (documents / "travel.md").write_text(TRAVEL)
    (documents / "people" / "cv-teodora-vasquez-lindqvist.txt").write_text(
        f"Curriculum of the employee.\n\nPersonnel number {REFERENCE}, in the house since the third of May 2011.\n"
    )
    with (documents / "questions.jsonl").open("w") as file:
        for n in range(40):
            prompt = f"Which colour has the folder number {n} of shelf {n % 7}?"
            file.write(json.dumps({"prompt": prompt, "completion": "red" if n % 2 else "blue"}) + "\n")
        row = {"prompt": "Who signs for leave in the Bergen office?", "completion": f"That is {NAME} until spring."}
        file.write(json.dumps(row) + "\n")


def _enrol(place: Place) -> None:
    root, now = new_key("root", place.keys), datetime.now(UTC)
    create_trust(place.workspace.trust, root, now)
    for name, role in PEOPLE.items():
        person = Principal(name=name, roles=(role,), keys=(new_key(name, place.keys).public_pem,))
        enroll(place.workspace.trust, root, person, now)


def _walk(place: Place, registry: Registry) -> Dataset:
    """As the stages do it, each under a key of its own."""
    artifacts, scratch = place.workspace.artifacts, place.workspace.scratch
    scratch.mkdir()
    folder = DocumentFolder(path=place.root / "documents")
    read = ingest([folder], IngestSection(workers=1), (artifacts, scratch))
    _keep(registry, "ingest", read.batch, (), read.documents)
    policy, key = policy_of(place.workspace).pii, load_or_create_key(place.keys)
    made = scrub(read.batch, policy, key, (artifacts, scratch), workers=1)
    _keep(registry, "scrub", made, (read.batch,))
    dataset = build_sft(made.units, BuildSection(min_rows=4, held_out_share=0.3), artifacts, scratch, ())
    _keep(registry, "build", dataset, (made,))
    return dataset


def _keep(
    registry: Registry, stage: str, record: Record, parents: tuple[Record, ...] = (), members: tuple[Record, ...] = ()
) -> None:
    registry.commit(StageResult(f"{stage} {record.digest}", stage, record, members, tuple(p.digest for p in parents)))


def _released(place: Place, registry: Registry, dataset: Dataset, seed: int) -> Adapter:
    base = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")
    _keep(registry, "base model", base)
    weights = place.root / f"made{seed}"
    weights.mkdir()
    (weights / "adapter_model.safetensors").write_text(f"weights {seed}")
    run = TrainingRun(
        method="sft", base=base.digest, dataset=dataset.digest, parent=None, settings={"seed": seed}, rows=1, steps=1,
        weights=place.workspace.artifacts.put(weights), tokens=1, first_loss=2.0, last_loss=1.0,
    )  # fmt: skip
    _keep(registry, "train sft", run, (base, dataset))
    adapter = Adapter(
        name="demo", weights=run.weights, base=base.digest, run=run.digest, rank=2, target_modules=("q_proj",),
        licences={"MIT": 1}, golden=(GoldenPrompt(prompt="Which rule applies?", token_ids=(1,)),),
    )  # fmt: skip
    _keep(registry, "adapter", adapter, (base, run))
    _promote(place, registry, adapter)
    return adapter


def _promote(place: Place, registry: Registry, adapter: Adapter) -> None:
    policy, now = policy_of(place.workspace).digest, datetime.now(UTC)
    figure = Figure(name="accuracy", value=0.8, low=0.7, high=0.9, n=100)
    evidence = Evidence(type="headline", subject=adapter.digest, figures=(figure,))
    _keep(registry, "evaluate", evidence, (adapter,))
    known = tuple(one.digest for one in registry.all(Adapter))
    verdict = Verdict(
        subject=adapter.digest, policy=policy, evidence=(evidence.digest,), against=known, passed=True, reasons=()
    )
    _keep(registry, "gate", verdict, (adapter, evidence))
    trust, case = load_trust(place.workspace.trust, now), Case(adapter, policy, "read and found fit")
    sign_evidence(registry, [evidence], Signatory(load_key("eve", place.keys), trust, now))
    for name in ("rita", "paul"):
        approvals.approve(registry, case, Signatory(load_key(name, place.keys), trust, now))
    by = Signatory(load_key("olaf", place.keys), trust, now)
    releases.promote(registry, Workspace(place.root), case, by)
