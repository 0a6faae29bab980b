"""`muniment serve`, `muniment chat` and `muniment feedback`. Whatever is heavy is imported when a command runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated

import typer

from registry.errors import ConfigError
from registry.workspace import Workspace
from serving.feedback.settings import FeedbackSection
from serving.settings import ServeSection

_PLAIN_LINE_S = 15
LoadSection = Callable[[Workspace], ServeSection]


def attach(app: typer.Typer, load_section: LoadSection) -> None:
    """Add the serving commands; `ctx.obj` is the Workspace."""

    @app.command()
    def serve(
        ctx: typer.Context,
        port: Annotated[
            int | None, typer.Option(min=0, max=65535, help="Port of the gateway; 0 takes a free one.")
        ] = None,
        new_key: Annotated[str, typer.Option(help="Make an API key for this application, show it once, end.")] = "",
        remove_key: Annotated[str, typer.Option(help="Remove this application's API key and end.")] = "",
        keys: Annotated[bool, typer.Option("--keys", help="List whose API keys there are and end.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print that list as JSON.")] = False,
    ) -> None:
        """Serve the released adapter: vLLM on a private socket, the gateway in front. Ctrl-C ends both."""
        if sum((bool(new_key), bool(remove_key), keys)) > 1:
            raise ConfigError("choose one of --new-key, --remove-key, --keys", "see: muniment serve --help")
        if as_json and not keys:
            raise ConfigError("--json is for a list", "add --keys, or leave --json out")
        if keys:
            _list_keys(ctx.obj, as_json)
        elif new_key or remove_key:
            _manage_keys(ctx.obj, new_key, remove_key)
        else:
            _serve(ctx.obj, load_section(ctx.obj), port)

    @app.command()
    def chat(
        ctx: typer.Context,
        prompt: Annotated[str, typer.Argument(help="One question; without it, a conversation.")] = "",
        model: Annotated[str, typer.Option(help="Alias to ask.")] = "production",
        max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 256,
    ) -> None:
        """Ask the running server through the stock OpenAI client."""
        _chat(ctx.obj, prompt, model, max_tokens)

    @app.command()
    def feedback(
        ctx: typer.Context,
        as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
    ) -> None:
        """Count what applications said of answers, by adapter; no text is shown."""
        _feedback(load_section(ctx.obj).feedback, as_json)


def _manage_keys(workspace: Workspace, new: str, remove: str) -> None:
    from serving import access

    path = access.api_keys(workspace)
    if new:
        secret = access.new_key(path, new)
        typer.echo(f"API key of {new}, shown this once:", err=True)
        typer.echo(secret)
    else:
        access.remove_key(path, remove)
        typer.echo(f"removed the API key of {remove}", err=True)


def _list_keys(workspace: Workspace, as_json: bool) -> None:
    from serving import access

    keys = access.stored_keys(access.api_keys(workspace))
    if not keys:
        typer.echo("no API keys; make one: muniment serve --new-key NAME", err=True)
    if as_json:
        listed = [key.model_dump(mode="json", include={"name", "created"}) for key in keys]
        typer.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    for key in keys:
        typer.echo(f"{key.name}\t{key.created:%Y-%m-%d}")


def _feedback(section: FeedbackSection, as_json: bool) -> None:
    from serving.feedback.inbox import Tally, tally

    if section.inbox is None:
        typer.echo("no feedback is taken; name a folder: serve.feedback.inbox in pipeline.yaml", err=True)
    found = tally(section.inbox) if section.inbox else Tally({}, 0)
    if section.inbox and not found.rows:
        typer.echo("no feedback yet; applications send it to /v1/feedback, with the id of the answer", err=True)
    if as_json:
        rows = [{"adapter": adapter, "said": said, "rows": count} for (adapter, said), count in found.rows.items()]
        typer.echo(json.dumps({"rows": rows, "other_lines": found.others}, indent=2, ensure_ascii=False))
        return
    for (adapter, said), count in found.rows.items():
        typer.echo(f"{adapter}\t{said}\t{count}")
    if found.others:
        typer.echo(f"{found.others} lines are no feedback", err=True)


def _serve(workspace: Workspace, section: ServeSection, port: int | None) -> None:
    import logging

    from rich.console import Console

    from serving.access import api_keys, stored_keys
    from serving.server import Address, serve

    console = Console(stderr=True)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    if not stored_keys(api_keys(workspace)):
        console.print("No application has an API key yet: muniment serve --new-key NAME")
    with console.status("Starting vLLM") as status:
        told = [0]

        def progress(waited_s: int, allowed_s: int) -> None:
            line = f"Starting vLLM: {waited_s} s (at most {allowed_s} s)"
            status.update(line)
            if not console.is_terminal and waited_s >= told[0] + _PLAIN_LINE_S:
                told[0] = waited_s
                console.print(line, highlight=False, soft_wrap=True)

        def ready(address: Address) -> None:
            status.stop()
            line = f"ready: {address.alias} is {address.adapter} at {address.api}"
            console.print(line, highlight=False, soft_wrap=True)

        serve(workspace, section if port is None else section.model_copy(update={"port": port}), ready, progress)


def _chat(workspace: Workspace, prompt: str, model: str, max_tokens: int) -> None:
    from serving import chat

    server = chat.running_server(workspace)
    with chat.own_key(workspace) as key:

        def turn(history: list[tuple[str, str]]) -> str:
            said = []
            for piece in chat.ask(server.url, key, model, history, max_tokens):
                typer.echo(piece, nl=False)
                said.append(piece)
            typer.echo()
            return "".join(said)

        if prompt:
            turn([("user", prompt)])
        else:
            chat.converse(turn, _question)


def _question() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None
