"""The secret that opens a private key: a passphrase, or a device's PIN; from the environment, or asked for.

Never kept, printed or logged.
"""

from __future__ import annotations

import getpass
import os
import sys

from registry.errors import ConfigError

SHORTEST = 12
_NEW = "; a new key can be made with --no-passphrase"


def given() -> bytes | None:
    """`MUNIMENT_KEY_PASSPHRASE`, or None where it is unset or empty."""
    return os.environ.get("MUNIMENT_KEY_PASSPHRASE", "").encode() or None


def of(what: str) -> bytes:
    """The secret of a key that exists. Raises ConfigError where nothing was given and nobody can be asked."""
    return given() or _asked(f"{what}: ", f"{what} is needed").encode()


def new(known: str = "") -> bytes:
    """A passphrase for a new key, or for one that lies in clear, which is `known`.

    Raises ConfigError for a short one, and where nobody can be asked.

    The format that every tool reads stretches a passphrase only 2,048 times: its length has to do the rest.
    """
    secret = given()
    if secret is None:
        whose = known or "the new key"
        first = _asked(f"passphrase for {whose}: ", f"{whose} needs a passphrase", "" if known else _NEW)
        if first != getpass.getpass("again: "):
            raise ConfigError("the two passphrases differ", "type the same one twice")
        secret = first.encode()
    if len(secret) < SHORTEST:
        raise ConfigError(f"the passphrase has fewer than {SHORTEST} characters", "take four words that don't belong")
    return secret


def _asked(prompt: str, refusal: str, otherwise: str = "") -> str:
    if not sys.stdin.isatty():
        raise ConfigError(refusal, f"set MUNIMENT_KEY_PASSPHRASE{otherwise}")
    return getpass.getpass(prompt)
