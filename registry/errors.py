"""Every error that a user can meet, in one tree.

Each says what happened, to what, and what to do next; each carries its exit code.

    MunimentError                  1  something failed
    ├── ConfigError                2  pipeline.yaml, policy.yaml or an argument is wrong
    ├── NotFound                   3  no such adapter, model, document, alias
    │   ├── NoDocuments               the folder holds nothing to read
    │   ├── BaseModelMissing          neither a package, a directory nor a reachable hub id
    │   ├── WorkspaceNotShared        a machine that was to train does not see the workspace
    │   └── Erased                    it was here, and was erased on purpose
    ├── Refused                    4  a rule says no
    │   ├── AllRejected               every document was rejected
    │   ├── LicenceRefused            a licence is unknown or forbids this use
    │   ├── ValidationFailed          a Great Expectations suite failed
    │   ├── DatasetTooSmall           fewer rows than policy asks
    │   ├── NothingToLearn            a row in which no token carries loss, or steps that are all warm-up
    │   ├── TrainingDiverged          loss or weights are NaN or infinite
    │   ├── Unservable                vLLM could not serve such an adapter
    │   ├── DoesNotFit                a training would take more memory or time than there is
    │   ├── NotExportable             no such file can be written of this model
    │   ├── ParityLost                an export does not answer as its adapter does
    │   ├── RecallTooLow              the scrubber misses more of a labelled sample than policy allows
    │   ├── ResidualFound             a second detector still finds personal data in scrubbed text
    │   ├── ControlDidNotLeak         a leak test that could not have found a leak
    │   ├── GateRefused               evidence does not meet policy
    │   ├── EvidenceMissing           evidence that policy asks for does not exist
    │   ├── ApprovalMissing           fewer distinct approvers than the threshold
    │   ├── KeyMissing                the pseudonym key that something was scrubbed with is not here
    │   ├── LegalHold                 a document that must be kept may not be erased
    │   ├── SamePerson                requester or earlier approver approves again
    │   └── Revoked                   rejected or revoked: that wins over approvals
    ├── IntegrityError             5  bytes are not what was signed or recorded
    │   ├── DigestMismatch            an artifact was changed
    │   ├── SignatureInvalid          a signature does not verify
    │   ├── UnknownSigner             signed by a key outside the trust root
    │   ├── ChainBroken               an audit event was edited, dropped, added or moved
    │   │   ├── RowsDiffer               the tables hold other rows than an audit event brought
    │   │   ├── ChainCut                 events were cut off the end of the chain
    │   │   ├── RolledBack               an older copy of the registry was put in its place
    │   │   ├── CheckpointForged         nobody in the trust root signed a checkpoint, or it seals another chain
    │   │   ├── CheckpointGone           a checkpoint was taken away
    │   │   └── SchemaAltered            views or functions in the file are not ours
    │   ├── TrustBroken               a version of the trust root does not follow the one before
    │   ├── ReleaseReplayed           a release or trust root older than one already seen
    │   ├── Expired                   release, approval or trust root is past its expiry
    │   ├── ClockBehind               this machine's clock is behind what the audit chain tells of
    │   └── RegistryTooNew            written by a newer version
    ├── Busy                       6  held by someone else; try again
    │   ├── RegistryBusy              another process holds the registry
    │   ├── RegistryUnreachable       the registry server does not answer
    │   ├── Overtaken                 others decided while this was being decided
    │   ├── PortInUse                 another server listens there
    │   └── TeacherUnreachable        the endpoint that writes rows does not answer
    ├── DiskFull                   1  no room to write
    ├── ServerDied                 1  vLLM ended or never became ready
    ├── GuardFailed                1  answers cannot be examined for personal data
    └── WorkerDied                 1  a process of several was killed
"""

from __future__ import annotations

from typing import ClassVar

KEPT = "what was done is kept: give the same command again"
"""Said where a command was ended from outside."""


class MunimentError(Exception):
    """`message` says what happened and to what; `next_step` what to do about it.

    `recorded` once the audit chain tells of the attempt that it ended. The chain is never erased: of an error whose
    message could quote a document or name a person it keeps `grounds` and `subjects`, codes and digests.
    """

    exit_code: ClassVar[int] = 1
    recorded = False
    subjects: tuple[str, ...] = ()

    def __init__(self, message: str, next_step: str = "", grounds: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.grounds = grounds

    @property
    def kept(self) -> str:
        """What the audit chain says of it where it may not quote the message."""
        kind = type(self).__name__
        return f"{kind}: {self.grounds}" if self.grounds else kind


class ConfigError(MunimentError):
    exit_code = 2


class NotFound(MunimentError):
    exit_code = 3


class NoDocuments(NotFound): ...


class BaseModelMissing(NotFound): ...


class WorkspaceNotShared(NotFound): ...


class Erased(NotFound): ...


class Refused(MunimentError):
    exit_code = 4


class AllRejected(Refused): ...


class LicenceRefused(Refused): ...


class ValidationFailed(Refused): ...


class DatasetTooSmall(Refused): ...


class NothingToLearn(Refused): ...


class TrainingDiverged(Refused): ...


class Unservable(Refused): ...


class DoesNotFit(Refused): ...


class NotExportable(Refused): ...


class ParityLost(Refused): ...


class RecallTooLow(Refused): ...


class ResidualFound(Refused): ...


class ControlDidNotLeak(Refused): ...


class GateRefused(Refused): ...


class EvidenceMissing(Refused): ...


class ApprovalMissing(Refused): ...


class KeyMissing(Refused): ...


class LegalHold(Refused): ...


class SamePerson(Refused): ...


class Revoked(Refused): ...


class IntegrityError(MunimentError):
    exit_code = 5


class DigestMismatch(IntegrityError): ...


class SignatureInvalid(IntegrityError): ...


class UnknownSigner(IntegrityError): ...


class ChainBroken(IntegrityError):
    """`event` is the number of the first audit event that does not fit, where one can be named."""

    def __init__(self, message: str, next_step: str = "", event: int | None = None) -> None:
        super().__init__(message, next_step)
        self.event = event


class RowsDiffer(ChainBroken): ...


class ChainCut(ChainBroken): ...


class RolledBack(ChainBroken): ...


class CheckpointForged(ChainBroken): ...


class CheckpointGone(ChainBroken): ...


class SchemaAltered(ChainBroken): ...


class TrustBroken(IntegrityError): ...


class ReleaseReplayed(IntegrityError): ...


class Expired(IntegrityError): ...


class ClockBehind(IntegrityError): ...


class RegistryTooNew(IntegrityError): ...


class Busy(MunimentError):
    exit_code = 6


class RegistryBusy(Busy): ...


class RegistryUnreachable(Busy): ...


class Overtaken(Busy): ...


class PortInUse(Busy): ...


class TeacherUnreachable(Busy): ...


class DiskFull(MunimentError): ...


class ServerDied(MunimentError): ...


class GuardFailed(MunimentError): ...


class WorkerDied(MunimentError): ...
