"""The processes that train together, started by Ray Train: on the cluster that RAY_ADDRESS names, else on this machine.

A process of our own drives Ray, so that what Ray does to a process (signals, logs, threads) ends with it. Rows travel
as a file of the workspace, which every machine sees: Ray itself carries paths and settings, and keeps no text.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from torch.multiprocessing.spawn import ProcessContext, spawn

from flows.training.processes import member
from flows.training.processes.member import Share
from flows.training.ranks import RAY_ADDRESS, THIS_MACHINE
from registry.errors import Busy, ConfigError, DoesNotFit, MunimentError, TrainingDiverged, WorkspaceNotShared
from registry.files import write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

ROWS, NONCE = "together.rows.parquet", "together.nonce"
_GOODBYE_S = 30
"""Ray's time to end its processes before its driver is killed, which ends them too."""
_SETTLED_S = 60
"""How long a shared file system may keep back what another machine wrote."""
_KNOCK_S = 15
_STARTS = 4
_OBJECTS_BYTES = 80 * 2**20
"""Next to nothing passes through Ray's object store; this is the least it takes."""
_ALWAYS = {"RAY_TRAIN_METRICS_ENABLED": "0", "RAY_CHDIR_TO_TRIAL_DIR": "0"}
LOOPBACK = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Ray's own switch for a cluster of one machine: loopback addresses only
    "GLOO_SOCKET_IFNAME": "lo" if sys.platform.startswith("linux") else "lo0",
    "RAY_AUTH_MODE": "token",
    "RAY_prestart_worker_first_driver": "0", "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",  # processes without use here
}  # fmt: skip
_START = "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S"


@dataclass(frozen=True)
class Ticket:
    """What a member on another machine is given. Its rows are a file beside that of the `nonce`."""

    share: Share
    nonce: str


class Ended(Exception):
    """How a member ended, in words that hold nothing of the rows: Ray keeps what is raised in its logs."""


@contextmanager
def started(table: pa.Table, share: Share, size: int) -> Iterator[ProcessContext]:
    """`size` workers of Ray Train behind one process that drives them; nothing of them outlives the block.

    Raises ConfigError where the package is not installed, or for an address that cannot be used. Members refuse as
    `flows.training.processes.member.take_part`, and with WorkspaceNotShared; DoesNotFit is told for a cluster that is
    too small.
    """
    _require_ray(os.environ.get(RAY_ADDRESS, ""))
    from pyarrow import parquet

    share = replace(share, scratch=share.scratch.resolve())
    ticket = Ticket(share, secrets.token_hex(16))
    rows, nonce = share.scratch / ROWS, share.scratch / NONCE
    with TemporaryDirectory(prefix="ray-") as home:
        try:
            parquet.write_table(table, rows)
            write_atomically(nonce, ticket.nonce.encode())
            group = spawn(_drive, (ticket, size, Path(home)), 1, join=False)  # type: ignore[no-untyped-call]
            try:
                yield group
            finally:
                _end(group)
        finally:
            rows.unlink(missing_ok=True)
            nonce.unlink(missing_ok=True)


def _require_ray(address: str) -> None:
    if find_spec("ray") is None:
        raise ConfigError("sft.launcher is ray, and Ray is not installed", 'pip install "muniment[ray]"')
    if "://" in address:
        raise ConfigError(
            f"{RAY_ADDRESS} is an address of Ray Client, behind which no training can be driven",
            "name the head node as HOST:PORT, and run on a machine of the cluster",
        )


def _end(group: ProcessContext) -> None:
    for process in group.processes:
        if process.is_alive():
            os.kill(process.pid, signal.SIGINT)  # at SIGTERM Ray writes a stack to the terminal
        process.join(_GOODBYE_S)
        process.kill()


def _drive(_: int, ticket: Ticket, size: int, home: Path) -> None:
    """The process that drives Ray. Raises Ended after the reason was told."""
    try:
        with opened(os.environ.get(RAY_ADDRESS, ""), size, home) as there:
            _fit(ticket, size, home, there)
    except MunimentError as error:
        member.tell(error, ticket.share.scratch)
        raise Ended(type(error).__name__) from None


@contextmanager
def opened(address: str, size: int, home: Path) -> Iterator[dict[str, float]]:
    """The resources of the cluster at `address`, else of one for `size` processes whose files are in `home`.

    For a process of its own: this sets its environment. Raises Busy where Ray does not come up.
    """
    os.environ |= _ALWAYS
    os.environ.setdefault(_START, "600")  # its minute is too short for busy machines, which import torch meanwhile
    if address in THIS_MACHINE:
        os.environ |= LOOPBACK
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import ray

    try:
        if address in THIS_MACHINE:
            _start(size, home)
        else:
            join(address)
        yield ray.cluster_resources()
    finally:
        ray.shutdown()
        shutil.rmtree(home, ignore_errors=True)  # also where whoever waited for this was killed


def _start(size: int, home: Path) -> None:
    """Start Ray, once more where a busy machine needed longer than the half minute that Ray gives itself."""
    import psutil
    import ray

    for left in reversed(range(_STARTS)):
        try:
            ray.init(
                "local", num_cpus=max(size, os.cpu_count() or 1), object_store_memory=_OBJECTS_BYTES,
                include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR, _temp_dir=str(home),
            )  # fmt: skip
        except Exception as error:  # Ray has no name for it
            for process in psutil.Process().children(recursive=True):
                process.kill()
            if not left:
                raise Busy("Ray did not come up on this machine", "run again when it has less to do") from error
        else:
            return


def join(address: str) -> None:
    """Ray itself would ask a silent address for twenty minutes."""
    try:
        if ":" in address:
            host, _, port = address.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_S).close()
        import ray

        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError) as error:  # ConnectionError is an OSError
        raise Busy(f"no Ray cluster answers at {address}", f"see that its head node runs, and {RAY_ADDRESS}") from error


def _fit(ticket: Ticket, size: int, home: Path, there: Mapping[str, float]) -> None:
    """Train on `there`, the cluster's resources. Raises what a member told, else what is known of its end."""
    from ray.train import RunConfig, ScalingConfig, TrainingFailedError
    from ray.train.torch import TorchConfig, TorchTrainer

    on_gpus = uses_gpus(there, size)
    trainer = TorchTrainer(
        _member,
        train_loop_config={"ticket": ticket},
        torch_config=TorchConfig(backend="nccl" if on_gpus else "gloo"),
        scaling_config=ScalingConfig(num_workers=size, use_gpu=on_gpus),
        run_config=RunConfig(name="together", storage_path=str(home)),
    )
    try:
        trainer.fit()
    except TrainingFailedError as error:
        if member.has_told(ticket.share.scratch):
            raise Ended from None
        ends = [str(end).strip().rpartition("\n")[2] for end in getattr(error, "worker_failures", {}).values()]
        raise named(ends or [type(error).__name__]) from None
    member.await_result(ticket.share.scratch, _SETTLED_S)


def uses_gpus(there: Mapping[str, float], size: int) -> bool:
    """Whether `size` workers get a GPU each, or are on CPUs. Raises DoesNotFit where Ray would wait for ever."""
    kind = "GPU" if there.get("GPU") else "CPU"
    if there.get(kind, 0) < size:
        raise DoesNotFit(
            f"the Ray cluster has {there.get(kind, 0):.0f} {kind}s, and {size} processes want one each",
            f"set sft.processes={max(1, int(there.get(kind, 0)))}, or add machines to the cluster",
        )
    return kind == "GPU"


def named(ends: list[str]) -> MunimentError:
    """The error that members' last words stand for."""
    unseen = next((end for end in ends if WorkspaceNotShared.__name__ in end), None)
    if unseen is None:
        return TrainingDiverged(
            f"one of the processes that train together ended by itself: {ends[0]}",
            "it may have been killed for want of memory: set fewer sft.processes, then run again",
        )
    return WorkspaceNotShared(
        f"the workspace cannot be read and written on {unseen.rpartition(' ')[2]}",
        "mount its file system under the same path on every machine of the Ray cluster, then run again",
    )


def _member(config: Mapping[str, Any]) -> None:
    """A worker. Raises Ended outside of what it handles, so that no other error is kept beside it."""
    end = take_part_there(config["ticket"])
    if end:
        raise Ended(end)


def take_part_there(ticket: Ticket) -> str:
    """`flows.training.processes.member.take_part`, where the workspace is in sight; how that ended, nothing if well."""
    from pyarrow import parquet

    if not _sees(ticket):
        return f"{WorkspaceNotShared.__name__} on {socket.gethostname()}"
    try:
        member.take_part(parquet.read_table(ticket.share.scratch / ROWS), ticket.share)
    except Exception as error:  # noqa: BLE001 - the edge to Ray, which writes errors into logs on every machine
        return f"{type(error).__name__} {_where(error)} on {socket.gethostname()}"
    return ""


def _sees(ticket: Ticket) -> bool:
    """Whether this is the driver's workspace, and not another one under its path or none."""
    scratch = ticket.share.scratch
    try:
        return (scratch / NONCE).read_text(encoding="ascii") == ticket.nonce and os.access(scratch, os.W_OK)
    except (OSError, UnicodeDecodeError):
        return False


def _where(error: BaseException) -> str:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {Path(last.filename).name} line {last.lineno}"
