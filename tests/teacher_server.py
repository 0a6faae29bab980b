"""A teacher as the outside world has them: an HTTP server that speaks OpenAI's protocol, and may misbehave.

`says` maps a system and a user message to the reply: a text, an HTTP status, a body as it is sent, what gives a whole
answer piece by piece, head and body, or None for silence until the end.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Pieces = Callable[[], Iterable[bytes]]
Says = Callable[[str, str], str | int | bytes | Pieces | None]


@dataclass
class TeacherServer:
    """`asked` are the user messages that came in, in their order; `keys` the authorisations. With `elsewhere`, the
    address of another one, it sends whoever asks there."""

    says: Says
    url: str = ""
    elsewhere: str = ""
    asked: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def teaching(says: Says) -> Iterator[TeacherServer]:
    """A running server; silence ends with it."""
    state = TeacherServer(says)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.over.set()
        server.shutdown()
        server.server_close()


def completion(text: str) -> bytes:
    """The body of an answer that says `text`."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    told = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return json.dumps(told).encode()


def head(body: bytes, *more: str) -> bytes:
    """What stands before `body`."""
    lines = ("HTTP/1.0 200 OK", "Content-Type: application/json", f"Content-Length: {len(body)}", *more)
    return "\r\n".join((*lines, "", "")).encode()


def _handler(state: TeacherServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            system, user = (message["content"] for message in body["messages"])
            state.asked.append(user)
            state.keys.add(str(self.headers["Authorization"]))
            if state.elsewhere:
                self.send_response(307)
                self.send_header("Location", f"{state.elsewhere}/chat/completions")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            reply = state.says(system, user)
            if reply is None:
                state.over.wait(60)
                return
            if isinstance(reply, bytes):
                self._send_body(200, reply)
                return
            if isinstance(reply, int):
                self._send(reply, {"error": {"message": "no", "type": "server_error"}})
                return
            if callable(reply):
                self._send_pieces(reply)
                return
            self._send_body(200, completion(reply))

        def _send(self, status: int, value: object) -> None:
            self._send_body(status, json.dumps(value).encode())

        def _send_body(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _send_pieces(self, pieces: Pieces) -> None:
            with suppress(OSError):  # who asked has gone
                for piece in pieces():
                    self.wfile.write(piece)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    return Handler
