"""The one TCP port of the server; a port that is taken is told before anything slow starts."""

from __future__ import annotations

import errno
import logging
import socket

from aiohttp import web

from registry.errors import ConfigError, PortInUse
from serving.settings import ServeSection

_MUTE = logging.getLogger("muniment.serving.http")
_MUTE.disabled = True


def runner_of(application: web.Application, section: ServeSection) -> web.AppRunner:
    """What runs the gateway. aiohttp's own log is off: it quotes what it cannot parse, prompts and keys included.

    A connection that has sent no whole request head for `header_timeout_s`, its first or a further one, is closed.
    """
    return web.AppRunner(
        application, access_log=None, logger=_MUTE, handler_cancellation=True, shutdown_timeout=5,
        keepalive_timeout=section.header_timeout_s,
    )  # fmt: skip


async def listen(runner: web.AppRunner, section: ServeSection) -> str:
    """Bind and answer; returns the URL. Raises PortInUse, ConfigError."""
    await runner.setup()
    listener = socket.socket(socket.AF_INET6 if ":" in section.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((section.host, section.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"port {section.port} on {section.host} is taken",
                "stop what listens there, or choose another: serve.port=0 takes a free one",
            ) from error
        raise ConfigError(
            f"cannot listen on {section.host}:{section.port}: {error.strerror}", "set serve.host and serve.port"
        ) from error
    await web.SockSite(runner, listener).start()
    host = f"[{section.host}]" if ":" in section.host else section.host
    return f"http://{host}:{listener.getsockname()[1]}"
