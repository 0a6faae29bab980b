"""How many acknowledged operations of many clients a served registry loses: none, or something is badly wrong.

`python -m tests.bench.registry_quack` prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

from registry.audit import chain
from registry.database.store import Registry
from registry.server import tokens
from registry.workspace import Workspace

CLIENTS, OPERATIONS = 16, 200
ROOT = Path(__file__).resolve().parents[2]
CLIENT = """
import sys
from pathlib import Path
from registry.records import Document
from registry.database.store import Registry

path, who, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with Registry.open(path, who, 600) as registry:
    for n in range(count):
        document = Document(content="0" * 64, path=f"{who}/{n}", media_type="t", size_bytes=n, licence="MIT")
        registry.add(document, action="add")
        print(n, flush=True)
"""


@dataclass(frozen=True)
class Server:
    """A registry server in a process of its own, and a workspace that uses it."""

    home: Workspace
    guest: Workspace
    process: subprocess.Popen[str]
    token: str
    reader: str

    def client(self, who: str, operations: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CLIENT, str(self.guest.registry), who, str(operations)]
        environment = {**os.environ, "MUNIMENT_REGISTRY_TOKEN": self.token, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@contextmanager
def served(root: Path) -> Iterator[Server]:
    """`muniment registry serve` on free ports."""
    home, guest = Workspace(root / "home"), Workspace(root / "guest")
    for workspace in (home, guest):
        workspace.root.mkdir(parents=True)
    writers, readers = free_ports(2)
    token = tokens.add(home.registry_tokens, "clients", "writer")
    reader = tokens.add(home.registry_tokens, "auditors", "reader")
    settings = f'documents: documents\nbase_model: base\nregistry: {{url: "quack:localhost:{writers}"}}\n'
    guest.pipeline.write_text(settings)
    command = [sys.executable, "-m", "flows.cli", "-C", str(home.root), "registry", "serve",
               "--port", str(writers), "--read-port", str(readers)]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("writers:")
        yield Server(home, guest, process, token, reader)
    finally:
        process.terminate()
        process.wait(60)


def free_ports(count: int) -> list[int]:
    sockets = [socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def lost(root: Path, clients: int, operations: int) -> tuple[int, float]:
    """Acknowledged operations that are not in the registry afterwards, and commits a second over all clients."""
    with served(root) as server:
        started = time.monotonic()
        running = [server.client(f"client{n}", operations) for n in range(clients)]
        said = [one.communicate()[0].split() for one in running]
        seconds = time.monotonic() - started
        home = server.home
    with Registry.open(home.registry, "bench") as registry:
        events = registry.events()
        chain.verify_chain(events)
    done = {(event.actor, event.subjects[0]) for event in events if event.action == "add"}
    assert said == [[str(n) for n in range(operations)]] * clients, "a client gave up, or said something else"
    return clients * operations - len(done), clients * operations / seconds


def main() -> None:
    with TemporaryDirectory() as place:
        missing, rate = lost(Path(place), CLIENTS, OPERATIONS)
    print(json.dumps({"quack_16_lost": missing, "quack_16_commits_s": round(rate, 1)}))


if __name__ == "__main__":
    main()
