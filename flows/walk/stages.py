"""Every stage of the walk: what it is made of, under which settings, by whose work.

Each function is one stage under the stage law: it names its inputs and settings (the key) and
calls the room that does the work. No rule lives here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flows import console
from flows.house import House, suites_of
from flows.stage import Done, Inputs, Stage
from flows.walk.detectors import detector_versions
from flows.walk.foreseeing import forewarn, forewarn_of_tests
from flows.walk.licences import admit, admit_to_train, require_trainable, under_their_licences
from flows.walk.officer import remember_trust
from flows.walk.repeated import trained_before
from registry.audit.attempts import attempt
from registry.counted import counted
from registry.database.store import Registry
from registry.erasure.forgotten import Forgotten, forgotten
from registry.errors import DatasetTooSmall, NothingToLearn
from registry.records import (
    Base,
    Dataset,
    DocumentSet,
    Evidence,
    Record,
    Rejected,
    ScrubbedSet,
    TrainingRun,
    ValidatedBatch,
)  # fmt: skip
from registry.workspace import key_directory

if TYPE_CHECKING:
    from flows.datasets.assemble import Sieve
    from flows.datasets.learnable import Setting
    from flows.datasets.messages import Row
    from registry.artifacts import Artifacts

BASE = Stage("base model", Base, 6)
INGEST = Stage("ingest", DocumentSet, 22)
SCRUB = Stage("scrub", ScrubbedSet, 7)
VALIDATE = Stage("validate", ValidatedBatch, 4)
BUILD = Stage("build", Dataset, 23)
SFT = Stage("train sft", TrainingRun, 2)
PAIRS = Stage("build pairs", Dataset, 24)
DPO = Stage("train dpo", TrainingRun, 5)


def base_model(house: House) -> Base:
    """Find, convert and store the base model; its licence must allow what adapters are made for."""
    from flows.base.model import resolve_base, source_digest

    name, licence = base_name(house), house.pipeline.base_licence
    inputs = Inputs(extra=(source_digest(name), licence, *sorted(house.policy.licences.pinned)))

    def work(scratch: Path) -> Done[Base]:
        console.doing(f"base model: reading {house.pipeline.base_model}")
        base = resolve_base(name, house.workspace.artifacts, licence=licence, policy=house.policy.licences)
        admit(house, base, ())
        return Done(base)

    return house.once(BASE, inputs, work)


def base_name(house: House) -> str:
    """A directory of the workspace by its full path; any other name as it stands."""
    directory = house.workspace.root / house.pipeline.base_model
    return str(directory.resolve()) if directory.is_dir() else house.pipeline.base_model


def ingest(house: House) -> DocumentSet:
    """Read every file of the documents folders; what can't be read becomes a `Rejected`."""
    from flows.ingest.ingest import ingest as read_all
    from flows.ingest.walk import listing_digest

    section, erased = house.pipeline.ingest, _erased(house)
    with attempt(house.workspace, f"stage.{INGEST.name}", quoting=False):
        folders = under_their_licences(house.pipeline.documents, section, house.policy.licences)

    def listed() -> tuple[str, ...]:
        return tuple(listing_digest(folder, section) for folder in folders)

    found = listed()

    def work(scratch: Path) -> Done[DocumentSet]:
        with console.bar("ingest") as report:
            read = read_all(folders, section, (house.workspace.artifacts, scratch), erased, report)
        if (now := listed()) == found:
            return Done(read.batch, read.documents)
        console.warn("documents were changed while they were read; the next run reads them again")
        return Done(read.batch, read.documents, unlike=now)

    documents = house.once(INGEST, Inputs(settings=(section,), extra=(*found, *erased.digest)), work)
    forewarn_of_tests(house, documents.units, house.workspace.artifacts)
    return documents


def scrub(house: House, documents: DocumentSet) -> ScrubbedSet:
    """Replace personal data by keyed pseudonyms, whose key is outside the workspace; licences must allow training."""
    from governance.pii.standins.pseudonyms import load_or_create_key

    remember_trust(house.workspace)
    key = load_or_create_key(key_directory())
    _warn_of_lost_key(house)

    def work(scratch: Path) -> Done[ScrubbedSet]:
        from governance.pii.scrub import scrub as scrub_all

        require_trainable(documents, house.workspace.artifacts, house.policy.licences)
        with console.bar("scrub") as report:
            store = (house.workspace.artifacts, scratch)
            workers = house.pipeline.scrub.workers
            return Done(scrub_all(documents, house.policy.pii, key, store, report, workers))

    settings = (house.policy.pii, house.policy.licences)
    return house.once(SCRUB, Inputs((documents,), settings, (key.id, *detector_versions(house.policy.pii))), work)


def _warn_of_lost_key(house: House) -> None:
    """Before hours of work under other names. One that was turned away from is there still, as a retired one."""
    from governance.pii.standins.pseudonyms import all_keys

    with Registry.open(house.workspace.registry, house.actor) as registry:
        before = [scrubbed.key_id for scrubbed in registry.all(ScrubbedSet)][-1:]
    if before and before[0] not in all_keys(key_directory()):
        console.warn(
            f"pseudonym.key in {key_directory()} is another one than the key {before[0]}, by which documents were "
            "scrubbed before: all is scrubbed and trained anew, under other names; if it is not lost, put it back first"
        )


def validate(house: House, scrubbed: ScrubbedSet) -> ValidatedBatch:
    """Hold every scrubbed unit against the suite for documents."""

    def work(scratch: Path) -> Done[ValidatedBatch]:
        from governance.validation import validate as check

        return Done(check(scrubbed.units, "documents", house.workspace.artifacts, scratch, house.policy.data))

    return house.once(VALIDATE, Inputs((scrubbed,), (house.policy.data,)), work)


def build_sft(house: House, base: Base, valid: ValidatedBatch) -> Dataset:
    """Prompt-completion rows that `base` can learn, with a leak-free held-out split, held against the suite for them.

    As it is asked of the rows alone, `base` is in the key and no parent.
    """
    length = house.pipeline.sft.max_length

    def work(scratch: Path) -> Done[Dataset]:
        from flows.datasets.sft import build_sft as build
        from flows.evaluation.brought import suite_questions
        from governance.licences.expressions import require_all

        if teacher := house.pipeline.build.teacher:
            require_all({teacher.licence: 1}, "train", house.policy.licences)
        console.doing("build: making rows" + (f", some of which {teacher.model} writes" if teacher else ""))
        artifacts = house.workspace.artifacts
        sieve = _learnable(base, artifacts, length, "sft.max_length")
        measured = suite_questions(suites, house.pipeline.ingest)
        dataset = build(valid.rows, house.pipeline.build, artifacts, scratch, measured, sieve)
        return _validated(house, dataset, scratch)

    suites, asked = suites_of(house)
    extra = (*asked, base.digest, str(length))
    dataset = house.once(BUILD, Inputs((valid,), (house.pipeline.build, house.policy.data), extra), work)
    console.left_out(dataset, "sft.max_length")
    forewarn(house, valid.rows, dataset, house.workspace.artifacts)
    return dataset


def train_sft(house: House, base: Base, dataset: Dataset, fisher: Evidence | None = None) -> TrainingRun:
    """QLoRA on completion tokens, held to the base by `fisher` where `sft.ewc` asks for it; resumes after a kill."""
    from flows.walk.anchoring import and_fisher, file_of

    def inputs_of(rows: Dataset) -> Inputs:
        return Inputs(and_fisher((base, rows), fisher), (house.pipeline.sft.keyed,))

    def work(scratch: Path) -> Done[TrainingRun]:
        from flows.training.runs import train_sft as train

        admit_to_train(house, base, (dataset,))
        if before := trained_before(house, SFT, dataset, lambda rows, _: inputs_of(rows)):
            return Done(before)
        with console.training("train sft", scratch) as report:
            store = house.workspace.artifacts
            return Done(train(dataset, base, house.pipeline.sft, store, scratch, report, file_of(house, fisher)))

    return house.once(SFT, inputs_of(dataset), work)


def build_preference(
    house: House, valid: ValidatedBatch, questions: Dataset, base: Base, tuned: TrainingRun
) -> Dataset | None:
    """Imported pairs, those of the SFT adapter's own answers, and for KTO single ratings. None when preference training
    is off or there is too little for it."""
    if not house.pipeline.dpo.enabled:
        return None

    def work(scratch: Path) -> Done[Dataset]:
        from flows.datasets.preference import build_preference as build
        from flows.evaluation.brought import suite_questions
        from flows.evaluation.on_policy import on_policy_pairs
        from governance.licences.expressions import require_all

        place = (house.workspace.artifacts, scratch)
        if judge := house.pipeline.dpo.judge:
            require_all({judge.licence: 1}, "train", house.policy.licences)
        with console.bar("own answers") as report:
            own = on_policy_pairs(questions, (base, tuned), house.pipeline.dpo, place, report)
        sieve = _learnable(base, place[0], house.pipeline.dpo.max_length, "dpo.max_length")
        single = house.pipeline.dpo.method == "kto"
        measured = suite_questions(suites, house.pipeline.ingest)
        given = (valid.rows, own.pairs, questions, house.pipeline.build, place, measured, sieve)
        pairs = build(*given, single_ratings=single)
        return _validated(house, pairs.model_copy(update={"pool": own.became | pairs.pool}), scratch)

    suites, asked = suites_of(house)
    settings = (house.pipeline.build, house.pipeline.dpo.keyed, house.policy.data)
    try:
        pairs = house.once(PAIRS, Inputs((valid, questions, base, tuned), settings, asked), work)
    except (DatasetTooSmall, NothingToLearn) as error:
        console.warn(f"preference training is left out: {error.message}; to have it, {error.next_step}")
        return None
    console.left_out(pairs, "dpo.max_length")
    return pairs


def train_dpo(house: House, base: Base, pairs: Dataset | None, tuned: TrainingRun) -> TrainingRun | None:
    """Preference training from the SFT adapter, which is also its reference."""
    if pairs is None:
        return None

    def inputs_of(rows: Dataset, before: Record | None) -> Inputs:
        return Inputs((base, rows, before or tuned), (house.pipeline.dpo.keyed,))

    def work(scratch: Path) -> Done[TrainingRun]:
        from flows.training.preference.dpo import train_dpo as train

        admit_to_train(house, base, (pairs,))
        if before := trained_before(house, DPO, pairs, inputs_of, tuned):
            return Done(before)
        with console.training("train dpo", scratch) as report:
            return Done(train(pairs, base, tuned, house.pipeline.dpo, house.workspace.artifacts, scratch, report))

    return house.once(DPO, inputs_of(pairs, tuned), work)


def _erased(house: House) -> Forgotten:
    with Registry.open(house.workspace.registry, house.actor) as registry:
        return forgotten(registry, key_directory())


def _learnable(base: Base, artifacts: Artifacts, length: int, setting: Setting) -> Sieve:
    """`learnable_by`, told when it begins: what it asks takes a while to load."""
    from flows.datasets.learnable import learnable_by

    sieve = learnable_by(base, artifacts, length, setting)

    def told(rows: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
        console.doing(f"build: asking which of {counted(len(rows), 'row')} {base.name} can learn")
        return sieve(rows)

    return told


def _validated(house: House, dataset: Dataset, scratch: Path) -> Done[Dataset]:
    """The dataset with only the rows that pass its suite, and its card; the batches stay in the registry as members."""
    from flows.datasets.card import with_card
    from governance.validation import validate_sides

    offered, store = counted(dataset.train.rows + dataset.held_out.rows, "row"), house.workspace.artifacts
    console.doing(f"build: holding {offered} against the suite for {dataset.purpose}")
    checked, batches = validate_sides(dataset, store, scratch, house.policy.data)
    console.doing("build: writing the data card")
    return Done(with_card(checked, store, scratch), batches)
