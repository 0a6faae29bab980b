"""Ray Train starts the processes that train together: the same losses, the same refusals, nothing left behind."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import distribution
from pathlib import Path
from subprocess import PIPE

import psutil
import pyarrow as pa
import pytest
from pyarrow import parquet
from pydantic import ValidationError

from flows.training.loop import Trained
from flows.training.planning.room import elsewhere, room_for
from flows.training.processes import clustered, member
from flows.training.processes.clustered import Ticket, take_part_there, uses_gpus
from flows.training.processes.member import Share
from flows.training.processes.together import learn
from flows.training.ranks import RAY_ADDRESS
from flows.training.settings import PrivacySection, SftSection
from flows.training.weights import check_weights
from governance.licences.identify import UNKNOWN
from governance.licences.packages import package_of
from governance.licences.settings import LicencePolicy
from registry.artifacts import Artifacts
from registry.errors import Busy, ConfigError, DatasetTooSmall, DoesNotFit, TrainingDiverged, WorkspaceNotShared
from registry.records import Base
from tests.trainable import rows

ALONE = SftSection(quantization="none", max_steps=4, per_device_train_batch_size=4, save_steps=2, lora_r=8)
RAY = ALONE.model_copy(update={"processes": 2, "launcher": "ray"})
WORD = "zarzuela"
"""Stands in every row, and nowhere else."""
HEAD = """
import sys
from pathlib import Path
from flows.training.processes.clustered import opened
with opened("", 2, Path(sys.argv[1])):
    import ray
    print(ray.get_runtime_context().gcs_address, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    path = tmp_path / "scratch"
    path.mkdir()
    return path


@pytest.fixture
def ticket(base: Base, artifacts: Artifacts, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Ticket:
    """What a worker is given whose file system is the driver's."""
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "1")
    monkeypatch.delenv("LOCAL_RANK", raising=False)  # accelerate would look for the other processes
    (scratch / clustered.NONCE).write_text("abc")
    parquet.write_table(_table(), scratch / clustered.ROWS)
    return Ticket(Share(base, None, ALONE, artifacts, scratch), "abc")


def _table() -> pa.Table:
    return rows(16, f"{WORD} ")


def _of_ray() -> list[psutil.Process]:
    """Ray's processes that descend from this one, its workers apart."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE and process.name().startswith(("ray", "gcs_server")):
                found.append(process)
    return found


@dataclass
class Look:
    """What can be seen of Ray from outside, once training has begun."""

    steps: list[tuple[int, int]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    homes: set[Path] = field(default_factory=set)

    def __call__(self, done: int, total: int, *_: object) -> None:
        if not self.steps:
            self._around()
        self.steps.append((done, total))

    def _around(self) -> None:
        for process in _of_ray():
            with suppress(psutil.NoSuchProcess):
                self.names.add(process.name())
                if not process.name().startswith("ray::RayTrainWo"):  # torch's own rendezvous stands open there
                    found = process.net_connections(kind="inet")
                    self.addresses |= {one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN}
        self.homes = set(_homes())
        for path in (path for home in self.homes for path in home.rglob("*")):
            with suppress(OSError):
                if path.is_file() and WORD.encode() in path.read_bytes():
                    self.kept.append(path.name)


def _homes() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("ray-*"))


def test_two_workers_have_the_losses_of_one_process_and_leave_nothing_behind(
    base: Base, artifacts: Artifacts, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(RAY_ADDRESS, raising=False)
    look, alone = Look(), tmp_path / "alone"
    alone.mkdir()
    one = learn(_table(), base, ALONE, (artifacts, alone))

    two = learn(_table(), base, RAY, (artifacts, scratch), look)

    assert two.losses == pytest.approx(one.losses, abs=1e-3)
    assert (two.rows, two.tokens, two.compute_dtype) == (one.rows, one.tokens, one.compute_dtype)
    assert look.steps == sorted(set(look.steps))
    assert look.steps[-1] == (4, 4)
    check_weights(scratch / "adapter")
    assert (scratch / "checkpoints" / "checkpoint-2" / "rng_state_1.pth").is_file(), "a killed run goes on from here"
    assert "gcs_server" in look.names
    assert look.homes
    assert {address.removeprefix("::ffff:") for address in look.addresses} <= {"127.0.0.1", "::1"}
    assert look.kept == [], "Ray keeps no text of a row"
    assert _of_ray() == []
    assert not (scratch / clustered.ROWS).exists()
    assert not look.homes & set(_homes())


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Ray cluster that somebody else started, on loopback addresses."""
    for name, value in clustered.LOOPBACK.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0123456789abcdef" * 4)
    with tempfile.TemporaryDirectory(prefix="ours-") as home:
        head = subprocess.Popen([sys.executable, "-c", HEAD, home], stdin=PIPE, stdout=PIPE, text=True)
        assert head.stdout is not None
        try:
            monkeypatch.setenv(RAY_ADDRESS, head.stdout.readline().strip())
            yield
        finally:
            head.communicate("", timeout=60)


@pytest.mark.usefixtures("cluster")
def test_what_a_worker_on_a_cluster_refuses_is_refused_by_name(base: Base, artifacts: Artifacts, scratch: Path) -> None:
    with pytest.raises(DatasetTooSmall, match="no training rows"):
        learn(_table().slice(0, 0), base, RAY.model_copy(update={"processes": 1}), (artifacts, scratch))

    assert not (scratch / "adapter").exists()
    assert {process.name() for process in _of_ray()} >= {"gcs_server", "raylet"}, "the cluster is somebody else's"


def test_a_worker_that_sees_the_workspace_trains(ticket: Ticket) -> None:
    assert take_part_there(ticket) == ""
    assert len(member.result(ticket.share.scratch).losses) == 4


@pytest.mark.parametrize("other", ["nothing under its path", "another workspace", "one it may not write"])
def test_a_machine_that_does_not_see_the_workspace_is_named_and_trains_nothing(
    ticket: Ticket, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nonce = ticket.share.scratch / clustered.NONCE
    if other == "another workspace":
        nonce.write_text("xyz")
    elif other == "one it may not write":
        monkeypatch.setattr("os.access", lambda *_: False)
    else:
        nonce.unlink()

    end = take_part_there(ticket)

    with pytest.raises(WorkspaceNotShared, match=socket.gethostname()):
        raise clustered.named(["WorkerCrashed", end])
    assert not (ticket.share.scratch / "checkpoints").exists()


def test_what_ray_is_told_of_a_failure_holds_no_text_of_a_row(ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError(WORD)

    monkeypatch.setattr(member, "learn_alone", fail)

    end = take_part_there(ticket)

    assert end.startswith("KeyError in test_training_ray.py line ")
    assert WORD not in end
    assert isinstance(clustered.named([end]), TrainingDiverged)


def test_processes_of_one_machine_load_the_base_on_a_gpu_each(ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, done = list[int](), Trained("sft", [1.0], 1, 1, "bfloat16")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setattr("torch.cuda.set_device", chosen.append)
    monkeypatch.setattr(member, "learn_alone", lambda *_: done)

    for rank in ("0", "1"):
        monkeypatch.setenv("LOCAL_RANK", rank)
        member.take_part(_table(), ticket.share)

    assert chosen == [0, 1]
    assert member.result(ticket.share.scratch) == done


@pytest.mark.parametrize(("there", "size", "gpus"), [({"CPU": 2}, 2, False), ({"CPU": 1, "GPU": 4}, 4, True)])
def test_workers_get_a_gpu_each_where_there_are_some(there: dict[str, float], size: int, gpus: bool) -> None:
    assert uses_gpus(there, size) is gpus


@pytest.mark.parametrize("there", [{}, {"CPU": 3.0}, {"CPU": 64.0, "GPU": 2.0}])
def test_a_cluster_that_is_too_small_is_refused_instead_of_waited_for(there: dict[str, float]) -> None:
    with pytest.raises(DoesNotFit, match=r"4 processes want one each"):
        uses_gpus(there, 4)


def test_without_the_package_the_extra_is_named(ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustered, "find_spec", lambda name: None)

    with pytest.raises(ConfigError) as refused, clustered.started(_table(), ticket.share, 2):
        pass
    assert refused.value.next_step == 'pip install "muniment[ray]"'


def test_an_address_of_ray_client_is_refused(ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RAY_ADDRESS, "ray://head:10001")

    with pytest.raises(ConfigError, match="Ray Client"), clustered.started(_table(), ticket.share, 2):
        pass


@pytest.mark.parametrize(("address", "other"), [("", False), ("local", False), ("auto", True), ("head:6379", True)])
def test_memory_of_this_machine_says_nothing_of_a_training_elsewhere(
    base: Base, artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch, address: str, other: bool
) -> None:
    monkeypatch.setenv(RAY_ADDRESS, address)
    full = replace(room_for(_table(), base, artifacts), free=1)

    assert elsewhere(RAY) is other
    assert not elsewhere(ALONE)
    if other:
        assert full.peak(RAY) > 1
    else:
        with pytest.raises(DoesNotFit):
            full.peak(RAY)


def test_an_address_at_which_nothing_answers_is_not_waited_for() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))

        with pytest.raises(Busy, match="no Ray cluster answers"):
            clustered.join(f"127.0.0.1:{unheard.getsockname()[1]}")


def test_nothing_of_ray_is_imported_when_it_is_not_asked_for() -> None:
    code = "import sys, flows.training.processes.together; from trl import SFTTrainer; print('ray' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"


def test_what_is_not_set_leaves_keys_and_records_as_they_were() -> None:
    assert "launcher" not in SftSection().model_dump()
    assert SftSection(launcher="ray").model_dump()["launcher"] == "ray"


def test_private_training_is_not_handed_to_a_cluster() -> None:
    with pytest.raises(ValidationError, match="leave launcher"):
        SftSection(launcher="ray", privacy=PrivacySection(epsilon=8.0))


def test_the_licences_of_what_the_extra_brings_are_known() -> None:
    found = [package_of(distribution(name), LicencePolicy()) for name in ("ray", "msgpack", "tensorboardX")]

    assert [one.name for one in found if one.licence == UNKNOWN] == []
