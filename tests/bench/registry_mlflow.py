"""The same five steps through MLflow's client on SQLite, run by the Python of MLflow's own environment.

`python registry_mlflow.py DIRECTORY make | register N | approve N WHO | promote N | show | cycles SECONDS`;
`cycles` prints cycles a second and the CPU milliseconds of one.
"""

from __future__ import annotations

import sys
import time

from mlflow import MlflowClient  # type: ignore[import-not-found,unused-ignore]

MODEL, ALIAS = "demo", "production"


def register(client: MlflowClient, directory: str) -> str:
    made = client.create_model_version(MODEL, source=f"file://{directory}/weights", tags={"accuracy": "0.8"})
    return str(made.version)


def approve(client: MlflowClient, version: str, who: str) -> None:
    client.set_model_version_tag(MODEL, version, f"approved_by_{who}", "read and found fit")


def promote(client: MlflowClient, version: str) -> None:
    client.set_registered_model_alias(MODEL, ALIAS, version)


def show(client: MlflowClient) -> str:
    return str(client.get_model_version_by_alias(MODEL, ALIAS).version)


def cycles(client: MlflowClient, directory: str, seconds: float) -> str:
    done, cpu, started = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - started < seconds:
        version = register(client, directory)
        for who in ("rita", "paul"):
            approve(client, version, who)
        promote(client, version)
        assert show(client) == version
        done += 1
    return f"{done / (time.perf_counter() - started)} {(time.process_time() - cpu) / done * 1000}"


def main(directory: str, act: str, *rest: str) -> None:
    uri = f"sqlite:///{directory}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    match act:
        case "make":
            client.create_registered_model(MODEL)
        case "register":
            print(register(client, directory))
        case "approve":
            approve(client, *rest)
        case "promote":
            promote(client, *rest)
        case "show":
            print(show(client))
        case "cycles":
            print(cycles(client, directory, float(rest[0])))


if __name__ == "__main__":
    main(*sys.argv[1:])
