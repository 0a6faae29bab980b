"""The command line: verbs in the order of a day. Heavy libraries load only when a verb needs them."""

from __future__ import annotations

import atexit
import copy
import errno
import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

# Half a million objects are made by importing, and stay: looking through them is a fifth of a short command's time.
gc.disable()
# Pydantic would read every installed package's entry points to find plugins for its models; nothing here has one.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

import typer

from flows.commands import erasure, licences, privacy, pseudonyms, walk, workspace
from flows.export import cli as export_cli
from registry.commands import cli as registry_cli
from registry.counted import counted
from registry.errors import KEPT, ConfigError, MunimentError
from registry.pages.labels import printable, visible
from registry.workspace import Workspace
from serving import cli as serving_cli

app = typer.Typer(
    help="From a folder of internal documents to an approved, reversible adapter, inside your own walls.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_NO_SUCH_PLACE = {
    errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP, errno.ENOENT, errno.EINVAL,
}  # fmt: skip
_NO_MEMORY = ("out of memory", "can't allocate memory", "could not create a primitive", "could not create a memory")
"""As torch, its allocators and oneDNN say it."""


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"muniment {version('muniment')}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option("-C", "--workspace", envvar="MUNIMENT_HOME", file_okay=False, help="The workspace directory."),
    ] = Path(),
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Every verb works in one workspace."""
    ctx.obj = Workspace(workspace)


workspace.attach(app)


walk.attach(app)
privacy.attach(app)


@app.command()
def evaluate(
    ctx: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="base, candidate (trained last), an alias or an adapter.")
    ],
    file: Annotated[Path, typer.Argument(help="Questions with answers, in any shape that a run learns from.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Accuracy of a model on a file: by choice likelihood where choices are given, else by exact match."""
    from flows.measuring import accuracy_of

    model, figure = accuracy_of(ctx.obj, reference, file)
    result = {"model": model, "n": figure.n, "accuracy": figure.value, "low": figure.low, "high": figure.high}
    if as_json:
        typer.echo(json.dumps(result))
        return
    rows = counted(figure.n or 0, "row")
    typer.echo(f"{model}: {figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}] on {rows}")


@app.command(name="leak-test")
def leak_test(
    ctx: typer.Context,
    overrides: walk.Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the candidates as JSON.")] = False,
) -> None:
    """Run, and test whether adapters made like ours tell planted secrets: two more trainings, minutes to hours."""
    from flows.config import load_pipeline
    from flows.local import run_locally

    load_pipeline(ctx.obj, overrides or ())
    versions = run_locally(ctx.obj, tuple(overrides or ()), leak_test=True)
    typer.echo(json.dumps({"candidates": versions}) if as_json else f"keeps its secrets: {', '.join(versions)}")


@app.command()
def report(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="REF", help="An alias or an adapter.")] = "production",
    as_json: Annotated[bool, typer.Option("--json", help="Print where the two files are, as JSON.")] = False,
) -> None:
    """Write the audit report of an adapter, as HTML and JSON."""
    from flows.reporting import write

    html, data = write(ctx.obj, reference)
    typer.echo(json.dumps({"html": str(html), "json": str(data)}) if as_json else f"{html}\n{data}")


pseudonyms.attach(app)
licences.attach(app)
export_cli.attach(app)
erasure.attach(app)
registry_cli.attach(app, workspace.policy_digest, licences.duties)
serving_cli.attach(app, workspace.serve_section)
gc.freeze()
gc.enable()


def hoist_workspace(arguments: list[str]) -> list[str]:
    """Let `-C DIR` stand after the verb as well as before it."""
    kept: list[str] = []
    front: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            return [*front, *kept, argument, *rest]
        if argument in {"-C", "--workspace"}:
            front += [argument, *([value] if (value := next(rest, None)) is not None else [])]
        elif argument.startswith("--workspace="):
            front.append(argument)
        else:
            kept.append(argument)
    return [*front, *kept]


def narrowed(arguments: list[str]) -> typer.Typer:
    """The application with no verb but the one asked for: typer reads the signatures of all that it has, for a tenth
    of a short command's time. With all of them where it is not clear which one that is.
    """
    verb = next(iter(arguments[2:] if arguments[:1] in (["-C"], ["--workspace"]) else arguments), None)
    commands = [c for c in app.registered_commands if (c.name or getattr(c.callback, "__name__", None)) == verb]
    groups = [g for g in app.registered_groups if g.name == verb]
    if len(commands) + len(groups) != 1:
        return app
    only = copy.copy(app)
    only.registered_commands, only.registered_groups = commands, groups
    return only


_INTERRUPTED = 130


class _Terminated(SystemExit):
    """SIGTERM came. It passes through libraries as the wish to end that it is, and lets what was begun be tidied up."""


def _terminated(number: int, _frame: object) -> None:
    raise _Terminated(128 + number)


def main() -> None:
    """Entry point. Exit codes: 0 ok, 1 findings, 2 usage, 3 not found, 4 refused, 5 integrity, 6 busy,
    130 interrupted, 143 terminated."""
    signal.signal(signal.SIGTERM, _terminated)
    atexit.register(gc.freeze)  # the interpreter collects once more before it ends
    try:
        arguments = hoist_workspace(sys.argv[1:])
        narrowed(arguments)(args=arguments, standalone_mode=True)
    except MunimentError as error:
        complain(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _say_ended("interrupted")
        sys.exit(_INTERRUPTED)
    except _Terminated as ended:
        _say_ended("terminated")
        sys.exit(ended.code)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:  # typer takes Ctrl-C for itself, and says nothing of it
            _say_ended("interrupted")
        raise
    except (OSError, MemoryError, RuntimeError) as error:
        below = error.__context__
        met = below if isinstance(below, OSError) and below.errno == errno.ELOOP else error  # pathlib makes it another
        if isinstance(met, RuntimeError) and not any(said in str(met) for said in _NO_MEMORY):
            raise
        refusal = _by_the_system(met)
        complain(refusal)
        sys.exit(refusal.exit_code)


def _say_ended(how: str) -> None:
    typer.echo(f"{how}; {KEPT}", err=True)


def _by_the_system(error: OSError | MemoryError | RuntimeError) -> MunimentError:
    """What the operating system refused, with what to do about it."""
    if not isinstance(error, OSError):
        smaller = "name a smaller file" if isinstance(error, MemoryError) else "lower per_device_train_batch_size"
        return MunimentError("there is not enough memory", f"{smaller}, or see what else takes memory")
    sentence = f"{error.strerror or error}: {visible(str(error.filename or ''))[:200]}"
    if error.errno in _NO_SUCH_PLACE:
        return ConfigError(sentence, "name another file or directory")
    return MunimentError(sentence, "see that it may be read and written, then run again")


def complain(error: MunimentError) -> None:
    """What a message quotes, a name or a reason, may hold what moves a cursor; its own lines stay lines."""
    message = printable(error.message.expandtabs(1), besides="\n").replace("\n", "\n    ")
    typer.secho(f"error ({type(error).__name__}): {message}", err=True, fg="red")
    if error.next_step:
        typer.echo(f"  next: {visible(error.next_step)}", err=True)


if __name__ == "__main__":
    main()
