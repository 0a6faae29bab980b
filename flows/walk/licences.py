"""Where the walk asks about licences: before a training, and of an adapter's whole lineage before the gate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from flows.console import doing
from flows.house import House
from flows.ingest.settings import DocumentFolder, IngestSection
from flows.stage import Done, Inputs, Stage
from governance.licences.expressions import both
from governance.licences.judgement import Owed, Refusal, owed, refusals, require
from governance.licences.materials import Material, materials_of, materials_to_train
from governance.licences.notice import Brought, Notice, write_notice
from governance.licences.settings import LicencePolicy
from governance.licences.terms import Use, catalogue_digest
from governance.policy import policy_of
from registry.artifacts import Artifacts
from registry.commands.duties import lines
from registry.commands.session import opened
from registry.counted import counted
from registry.database.store import Registry
from registry.errors import ConfigError, IntegrityError, LicenceRefused
from registry.records import Adapter, Base, Dataset, DocumentSet, Evidence
from registry.workspace import Workspace

if TYPE_CHECKING:
    from governance.licences.identify import Identification

EVIDENCE = Stage("licences", Evidence)


class Judged(BaseModel):
    """What an adapter's lineage says about one use, and everything it owes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    adapter: str
    name: str
    use: Use
    allowed: bool
    refusals: tuple[Refusal, ...]
    obligations: tuple[Owed, ...]
    materials: tuple[Material, ...]


def admit(house: House, base: Base, datasets: Sequence[Dataset]) -> None:
    """Raises LicenceRefused where an adapter made of this could not be used as the policy means to."""
    from flows.base.model import UNKNOWN_LICENCE

    policy = house.policy.licences
    try:
        if base.licence == UNKNOWN_LICENCE:
            raise LicenceRefused(
                f"neither a card nor a licence file says what base model {base.name} is under",
                "read its licence, then state it in pipeline.yaml: base_licence: SPDX-IDENTIFIER",
                "unknown licence",
            )
        require(materials_to_train(base, datasets), policy.uses, policy, house.pipeline.adapter)
    except LicenceRefused as error:
        error.subjects = (base.digest, *(dataset.digest for dataset in datasets))
        raise


def admit_to_train(house: House, base: Base, datasets: Sequence[Dataset]) -> None:
    """`admit`, and say what an adapter made of this will owe."""
    admit(house, base, datasets)
    policy = house.policy.licences
    for line in lines(owed(materials_to_train(base, datasets), policy.uses, policy)):
        doing(line)


def require_trainable(documents: DocumentSet, artifacts: Artifacts, policy: LicencePolicy) -> None:
    """Raises LicenceRefused, with the file and row that state it first, unless every row may be trained on."""
    from governance.derived import places
    from governance.licences.expressions import require_all
    from registry.tables import read_table

    units = read_table(documents.units, artifacts)
    stated = zip(units["licence"].to_pylist(), places(units), strict=True)
    require_all(documents.licences, "train", policy, dict(reversed([*stated])))


def under_their_licences(
    folders: Sequence[DocumentFolder], section: IngestSection, policy: LicencePolicy
) -> tuple[DocumentFolder, ...]:
    """Folders for which no licence is set, and those inside them, are under that of the licence file they hold.

    Raises LicenceRefused for a licence file that nobody knows, ConfigError where `within` names no folder.
    """
    from flows.ingest.walk import has_folder

    for folder in folders:
        if missing := [place for place in folder.within if not has_folder(folder.path, place)]:
            next_step = "name those that are there, as they are spelt; a link is not followed"
            raise ConfigError(f"within: {missing[0]} is no folder in {folder.path}", next_step)
    own = (
        folder if "licence" in folder.model_fields_set else _own_licences(folder, section, policy) for folder in folders
    )
    return tuple(_with_links(folder, section) if folder.within else folder for folder in own)


def _own_licences(folder: DocumentFolder, section: IngestSection, policy: LicencePolicy) -> DocumentFolder:
    from flows.ingest.walk import folders_read
    from governance.licences.folder import identify_files, main_licence_files

    files = {place: main_licence_files(at) for place, at in folders_read(folder, section).items()}
    found = {p: identify_files(some, policy) for p, some in files.items() if some and p not in folder.within}
    _require_known(folder, found)
    stated = {place: one.licence for place, one in found.items()}
    own = stated.pop(".", folder.licence)
    return folder.model_copy(update={"licence": own, "within": {**stated, **folder.within}})


def _require_known(folder: DocumentFolder, found: Mapping[str, Identification]) -> None:
    unknown = [place for place, one in found.items() if not one.known]
    if not unknown:
        return
    first, inner = unknown[0], [place for place in unknown if place != "."]
    more = f", and {counted(len(unknown) - 1, 'other folder')} as well" if len(unknown) > 1 else ""
    within = ", ".join(f"{json.dumps(place, ensure_ascii=False)}: SPDX-IDENTIFIER" for place in inner)
    settings = [*(["licence: of this folder"] if "." in unknown else []), *([f"within: {{{within}}}"] if inner else [])]
    raise LicenceRefused(
        f"{folder.path / first} holds a licence that is unknown: {'; '.join(found[first].reasons)}{more}",
        f"have somebody read it, then set {' and '.join(settings)} under documents: in pipeline.yaml",
        "unknown licence",
    )


def _with_links(folder: DocumentFolder, section: IngestSection) -> DocumentFolder:
    """With the licence of each link into another folder: what binds the file that is read for it binds it as well."""
    from flows.ingest.walk import linked

    of = {place: (folder.licence_of(place), folder.licence_of(to)) for place, to in linked(folder, section).items()}
    more = {place: both(*licences) for place, licences in of.items() if len(set(licences)) > 1}
    return folder.model_copy(update={"within": {**folder.within, **more}})


def record_licences(house: House, subject: Adapter) -> Evidence:
    """What the adapter is made of, under which licences, what they ask, and which uses they refuse."""

    def work(scratch: Path) -> Done[Evidence]:
        from governance.licences.evidence import measure

        with Registry.open(house.workspace.registry, house.actor) as registry:
            materials = materials_of(registry, subject)
        return Done(measure(subject, materials, house.policy.licences, house.workspace.artifacts, scratch))

    return house.once(EVIDENCE, Inputs((subject,), (house.policy.licences,), (catalogue_digest(),)), work)


def judged(workspace: Workspace, reference: str, use: Use) -> Judged:
    """The same question as before the gate, asked now of any adapter. Raises NotFound, DigestMismatch."""
    policy = policy_of(workspace).licences
    with opened(workspace) as registry:
        adapter = registry.find(reference)
        materials = materials_of(registry, adapter)
    against, uses = refusals(materials, use, policy, adapter.name), tuple(dict.fromkeys((*policy.uses, use)))
    return Judged(
        adapter=adapter.version, name=adapter.name, use=use, allowed=not against, refusals=against,
        obligations=owed(materials, uses, policy), materials=materials,
    )  # fmt: skip


def notice_of(workspace: Workspace, reference: str, also: Sequence[Use] = ()) -> Notice:
    """The NOTICE of an adapter for the policy's uses and these, with the texts that its base model brought along.

    Raises NotFound, DigestMismatch.
    """
    from governance.licences.folder import notices_in, texts_in

    policy = policy_of(workspace).licences
    with opened(workspace) as registry:
        adapter = registry.find(reference)
        materials = materials_of(registry, adapter)
        base = registry.get(adapter.base)
    if not isinstance(base, Base):
        raise IntegrityError(f"the base of {adapter.version} is not a base model", "see: muniment verify")
    directory = workspace.artifacts.path(base.weights)
    brought = Brought(texts_in(directory, policy), notices_in(directory)) if directory.is_dir() else Brought({})
    return write_notice(adapter, materials, policy, brought, also)
