"""trust: who may sign what, in versions that enough root keys sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from registry.audit.attempts import attempt
from registry.commands.session import AsJson, has_registry, opened, print_json
from registry.counted import counted
from registry.errors import ConfigError, NotFound
from registry.workspace import Workspace, key_directory

if TYPE_CHECKING:
    from registry.trust.keys import Key
    from registry.trust.principals import Principal, Trust
    from registry.trust.signing import Signed

    Step = Callable[[Trust], Trust]

app = typer.Typer(help="Who may sign what: people, roles, keys, thresholds.", no_args_is_help=True)
Roles = Annotated[list[str], typer.Option("--role", help="engineer, reviewer, privacy_officer, operator or auditor.")]
RootKeys = Annotated[
    list[str] | None, typer.Option("--root-key", help="A root key to sign with, root by default; may be repeated.")
]
Thresholds = Annotated[
    list[str] | None,
    typer.Option("--threshold", metavar="WHAT=N", help="approve, reviewer, privacy_officer, release or root."),
]
Person = Annotated[str, typer.Argument(metavar="NAME", help="The person.")]
Public = Annotated[Path, typer.Argument(metavar="PUBLIC", help="That person's public key, NAME.pub.")]
File = Annotated[Path, typer.Argument(help="trust/N.proposed.json.")]
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="For how long from now it is in force.")]
_MOST_DIGITS = 4


@app.command()
def init(
    ctx: typer.Context,
    root_key: RootKeys = None,
    root: Annotated[list[Path] | None, typer.Option("--root", help="The .pub file of a root key elsewhere.")] = None,
    threshold: Thresholds = None,
    days: Days = 365,
    as_json: AsJson = False,
) -> None:
    """Make the first version. With --threshold root=2 or more, holders of other root keys sign it before it counts."""
    from registry.audit import witness
    from registry.trust.changes import first
    from registry.trust.seen import forget
    from registry.trust.signing import found

    workspace, now = _here(ctx), datetime.now(UTC)
    with attempt(workspace, "trust"):
        keys = _opened_keys(root_key)
        pems = [*(key.public_pem for key in keys), *(_public(path) for path in root or [])]
        trust = first(pems, now + timedelta(days=days), _counts(threshold))
        done = found(workspace.trust, trust, keys, now)
        forget(workspace)
        witness.displace(workspace.checkpoints)
    _say(done, f"pin it where you serve: MUNIMENT_TRUST_ROOT={keys[0].id}", as_json)


@app.command()
def show(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A version that waits for signatures.")] = None,
    as_json: AsJson = False,
) -> None:
    """Who is in it, with which roles and keys, how many of them a decision takes, and until when it is in force."""
    from registry.pages.trust import as_dict, lines
    from registry.trust.seen import trust_of
    from registry.trust.signing import read_proposal

    trust = read_proposal(file) if file else trust_of(_here(ctx), datetime.now(UTC))
    if as_json:
        print_json(as_dict(trust))
    else:
        typer.echo("\n".join(lines(trust)))


@app.command()
def add(
    ctx: typer.Context, name: Person, public: Public, role: Roles, root_key: RootKeys = None, as_json: AsJson = False
) -> None:
    """Give a person a key and roles. A second key is still the same person."""
    from registry.trust.changes import with_person

    def step(trust: Trust) -> Trust:
        return with_person(trust, _principal(name, role, _public(public)))

    _change(ctx, root_key, step, f"{name} is {', '.join(role)}", as_json)


@app.command()
def remove(
    ctx: typer.Context,
    name: Person,
    key: Annotated[str, typer.Option("--key", help="Withdraw only the key with this id.")] = "",
    root_key: RootKeys = None,
    as_json: AsJson = False,
) -> None:
    """Strike a person off, or withdraw one key. What was signed with it counts no longer, and it never comes back."""
    from registry.trust.changes import without_key, without_person

    told = f"{name} has lost key {key[:12]}" if key else f"{name} is struck off"
    _change(ctx, root_key, lambda t: without_key(t, name, key) if key else without_person(t, name), told, as_json)


@app.command()
def rotate(
    ctx: typer.Context,
    new: Annotated[list[Path] | None, typer.Option("--add", help="The .pub file of a new root key.")] = None,
    old: Annotated[list[str] | None, typer.Option("--drop", help="The id of a root key to withdraw.")] = None,
    threshold: Thresholds = None,
    root_key: RootKeys = None,
    as_json: AsJson = False,
) -> None:
    """Change root keys and thresholds: signed by enough of the old root keys and enough of the new ones."""
    from registry.trust.changes import with_roots

    def step(trust: Trust) -> Trust:
        if not (new or old or threshold):
            raise ConfigError("nothing would change", "name what should: --add FILE, --drop ID or --threshold WHAT=N")
        return with_roots(trust, [_public(path) for path in new or []], old or [], _counts(threshold))

    counts = ", ".join(threshold or []) or "same thresholds"
    added = f"{counted(len(new or []), 'root key')} added"
    _change(ctx, root_key, step, f"{added}, {len(old or [])} dropped; {counts}", as_json)


@app.command()
def renew(ctx: typer.Context, root_key: RootKeys = None, days: Days = 365, as_json: AsJson = False) -> None:
    """The same for longer, before it expires or after."""
    from registry.trust.changes import renewed

    until = datetime.now(UTC) + timedelta(days=days)
    _change(ctx, root_key, lambda trust: renewed(trust, until), f"in force until {until:%Y-%m-%d}", as_json)


@app.command()
def clock(ctx: typer.Context, root_key: RootKeys = None, as_json: AsJson = False) -> None:
    """Say that audit events ahead of this clock bear a wrong time, so that expiry can be judged again."""
    from registry.audit.clock import misdated
    from registry.trust.changes import with_misdated
    from registry.trust.seen import trust_of

    workspace, now = _here(ctx), datetime.now(UTC)
    with opened(workspace, healing=False) as registry:
        number, event = misdated(registry, trust_of(workspace, now), now)
    told = f"no clock is held against audit event {number} and those before it"
    _change(ctx, root_key, lambda trust: with_misdated(trust, event), told, as_json)


@app.command()
def sign(file: File, root_key: RootKeys = None, as_json: AsJson = False) -> None:
    """Add a root key's signature to a version that waits; needs no workspace. Look at it first: trust show FILE."""
    from registry.trust.signing import countersign

    signed = []
    for key in _opened_keys(root_key):
        version = countersign(file, key).version
        signed.append({"version": version, "key": key.id, "file": str(file)})
        if not as_json:
            typer.echo(f"version {version} signed by {key.path.name} ({key.id[:12]}); hand on {file}")
    if as_json:
        print_json(signed)


@app.command()
def accept(ctx: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Put a version that enough root keys have signed in force."""
    from registry.trust.signing import accept as accepted

    with attempt(_here(ctx), "trust"), _told(_here(ctx), f"version from {file.name}"):
        trust = accepted(_here(ctx).trust, file, datetime.now(UTC))
    if as_json:
        print_json({"version": trust.version, "expires": trust.expires.isoformat(), "in_force": True})
    else:
        typer.echo(f"trust root version {trust.version} is in force")
    _name_fallen(_here(ctx), trust)


@app.command()
def verify(
    ctx: typer.Context,
    start: Annotated[Path | None, typer.Option("--from", help="The version that you know to be genuine.")] = None,
    as_json: AsJson = False,
) -> None:
    """Walk from the first version, or the one you hold, to the newest: each signed by enough of the one before."""
    from registry.trust.root import history
    from registry.trust.seen import trust_of

    trust_of(_here(ctx), datetime.now(UTC))
    steps = history(_here(ctx).trust, start)
    rows = [
        {"version": v.trust.version, "expires": v.trust.expires.isoformat(), "signed_by": sorted(v.signers)}
        for v in steps
    ]
    if as_json:
        print_json(rows)
        return
    for v in steps:
        signers = ", ".join(sorted(one[:12] for one in v.signers))
        typer.echo(f"version {v.trust.version:<4} until {v.trust.expires:%Y-%m-%d}  signed by {signers}")
    typer.echo(f"version {steps[-1].trust.version} follows from version {steps[0].trust.version}")


def _change(ctx: typer.Context, root_key: list[str] | None, step: Step, told: str, as_json: bool) -> None:
    from registry.trust.root import read_version
    from registry.trust.seen import require_successor, trust_of
    from registry.trust.signing import change

    workspace, now = _here(ctx), datetime.now(UTC)
    with attempt(workspace, "trust"):
        keys = _opened_keys(root_key)
        require_successor(workspace)
        with _told(workspace, told) as remarks:
            done = change(workspace.trust, step(read_version(workspace.trust).trust), keys, now)
            if done.waiting:
                remarks.append(f"version {done.trust.version} waits for signatures")
    _say(done, told, as_json)
    if done.waiting is None:
        trust_of(workspace, now, noting=True)
        _name_fallen(workspace, done.trust)


@contextmanager
def _told(workspace: Workspace, sentence: str) -> Iterator[list[str]]:
    """Where there is a registry, its audit chain tells of the change with the block's remarks, or of the refusal."""
    from registry.trust import notes

    if not has_registry(workspace):
        yield []
        return
    with opened(workspace, healing=False) as registry, notes.told(registry, workspace.trust, sentence) as remarks:
        yield remarks


def _say(done: Signed, told: str, as_json: bool) -> None:
    if as_json:
        print_json({"version": done.trust.version, "expires": done.trust.expires.isoformat(), "change": told,
                    "in_force": done.waiting is None, "missing": done.missing,
                    "waiting": str(done.waiting) if done.waiting else None})  # fmt: skip
        return
    if done.waiting is None:
        typer.echo(f"{told} (trust root version {done.trust.version})")
        return
    typer.echo(f"{done.waiting} waits: it{done.missing.removeprefix(str(done.waiting))}")
    typer.echo("next: another root key holder runs muniment trust sign FILE; then muniment trust accept FILE", err=True)


def _name_fallen(workspace: Workspace, trust: Trust) -> None:
    """What a server would refuse from now on, because of who is no longer in the trust root or how many it asks."""
    from registry.release.verification import fallen

    for path, sentence in fallen(workspace.root, trust, datetime.now(UTC)):
        typer.echo(f"{path.name} holds no longer: {sentence}; next: muniment status", err=True)


def _here(ctx: typer.Context) -> Workspace:
    workspace = ctx.obj
    assert isinstance(workspace, Workspace)
    return workspace


def _opened_keys(names: list[str] | None) -> list[Key]:
    from registry.trust.keys import load_key

    return [load_key(name, key_directory()) for name in names or ["root"]]


def _public(path: Path) -> str:
    """A public key in PEM, from the file that its owner hands over."""
    from registry.trust.public_keys import public_key

    if not path.is_file():
        own = key_directory() / path.name
        meant = str(own) if own.is_file() else "the file NAME.pub beside the private key"
        raise NotFound(f"there is no public key {path}", f"{meant} is meant")
    try:
        pem = path.read_text(encoding="utf-8")
        public_key(pem)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is not a P-256 public key", "the file NAME.pub is meant") from error
    return pem


def _principal(name: str, roles: list[str], pem: str) -> Principal:
    from pydantic import ValidationError

    from registry.trust.principals import Principal, Role

    try:
        return Principal.model_validate({"name": name, "roles": roles, "keys": [pem]})
    except ValidationError as error:
        first = error.errors()[0]
        field, said = str(first["loc"][0]), str(first["msg"]).removeprefix("Value error, ")
        wrong = f"there is no role {first['input']!r}" if field == "roles" else f"{field}: {said}"
        roles_are = f"roles are {', '.join(get_args(Role))}; see: muniment trust add --help"
        raise ConfigError(f"{name!r} cannot be added: {wrong}", roles_are) from error


def _counts(given: list[str] | None) -> dict[str, int]:
    """`root=2` and the like. Which names there are and how small they may be, the trust root itself says."""
    counts = {}
    for one in given or []:
        name, _, number = one.partition("=")
        if not number.isdecimal() or len(number) > _MOST_DIGITS:
            raise ConfigError(f"{one!r} is no threshold", "write it so: --threshold root=2")
        counts[name] = int(number)
    return counts
