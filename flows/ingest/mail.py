"""E-mail: the headers a person reads, the text part, and attachments as units of their own."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import PurePosixPath

from flows.ingest import plain, web
from flows.ingest.reading import Unfit
from registry.records import Reason

HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MAX_DEPTH = 3


def read(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The message as text, and its attachments as (suffix of the name, bytes). Raises Unfit."""
    if b"\0" in data[:4096]:
        data = plain.decode(data).encode()
    message = message_from_bytes(data, policy=policy.default)
    text = _message(message, 0)
    return text, [(_suffix(part), _payload(part)) for part in _attachments(message)]


def _message(message: EmailMessage, depth: int) -> str:
    if depth >= _MAX_DEPTH:
        raise Unfit(Reason.UNSUPPORTED, f"messages nested deeper than {_MAX_DEPTH}")
    headers = [f"{name}: {value}" for name in HEADERS if (value := _header(message, name))]
    if not headers:
        raise Unfit(Reason.CORRUPT, "no mail headers")
    inner = [_message(nested, depth + 1) for part in _leaves(message) for nested in _enclosed(part)]
    return "\n\n".join(["\n".join(headers), *filter(None, [_body(message), *inner])])


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except Exception:  # noqa: BLE001 - the standard parser raises all sorts on broken headers
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return " ".join(str(raw).split())


def _body(message: EmailMessage) -> str:
    """All inline text parts; HTML only where there is no plain text."""
    texts = [p for p in _leaves(message) if p.get_content_maintype() == "text" and not p.is_attachment()]
    plains = [part for part in texts if part.get_content_subtype() != "html"]
    chosen = plains if any(_payload(part).strip() for part in plains) else texts
    return "\n\n".join(filter(None, (_part_text(part).strip() for part in chosen)))


def _part_text(part: EmailMessage) -> str:
    data = _payload(part)
    try:
        text = data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeError):
        text = plain.decode(data)
    return web.text_of(text) if part.get_content_subtype() == "html" else text


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Parts that hold content, without stepping into attached messages."""
    stack: list[EmailMessage] = [message]
    while stack:
        part = stack.pop()
        if part.get_content_type() == "message/rfc822" or not part.is_multipart():
            yield part
        else:
            stack.extend(reversed([p for p in part.iter_parts() if isinstance(p, EmailMessage)]))


def _enclosed(part: EmailMessage) -> list[EmailMessage]:
    """The message that a part holds, if it holds one."""
    if part.get_content_type() != "message/rfc822":
        return []
    return [nested for nested in part.iter_parts() if isinstance(nested, EmailMessage)]


def _attachments(message: EmailMessage) -> list[EmailMessage]:
    """Those of messages inside it too, whose depth `_message` has judged."""
    found: list[EmailMessage] = []
    for part in _leaves(message):
        if part.get_content_type() == "message/rfc822":
            found += [inner for nested in _enclosed(part) for inner in _attachments(nested)]
        elif part.is_attachment() or part.get_content_maintype() != "text":
            found.append(part)
    return found


def _suffix(part: EmailMessage) -> str:
    """In small letters. The name may say whose it is, and goes no further."""
    try:
        name = part.get_filename() or ""
    except Exception:  # noqa: BLE001 - as for headers
        name = ""
    return "." + plain.visible(PurePosixPath(name.replace("\\", "/")).name).rpartition(".")[2].lower()
