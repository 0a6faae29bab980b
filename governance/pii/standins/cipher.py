"""Keyed permutations of numbers: what makes it impossible, not only unlikely, that two pseudonyms meet.

A Feistel network over `range(size)` with HMAC-SHA256 rounds, walked until it lands inside: format-preserving
encryption after Black and Rogaway, "Ciphers with Arbitrary Finite Domains" (2002), with ten rounds as in NIST's FF1.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from math import isqrt

ROUNDS = 10


@dataclass(frozen=True)
class Cipher:
    """One permutation for each tweak and size; only who has `secret` can compute it, either way."""

    secret: bytes = field(repr=False)

    def draw(self, tweak: str, below: int) -> int:
        """A number in range(below) that depends on secret and tweak alone."""
        width = (below.bit_length() + 71) // 8  # 64 bits more than needed, so that no number is favoured
        return int.from_bytes(self.stream(tweak, width), "big") % below

    def stream(self, tweak: str, width: int) -> bytes:
        """`width` bytes that depend on secret and tweak alone."""
        message = tweak.encode("utf-8", "surrogatepass")
        blocks = (hmac.digest(self.secret, bytes([n]) + message, "sha256") for n in range(-(-width // 32)))
        return b"".join(blocks)[:width]

    def permute(self, number: int, size: int, tweak: str) -> int:
        """Where `number` of range(size) goes. Different numbers go to different places."""
        side = isqrt(size - 1) + 1 if size > 1 else 1
        while True:
            number = self._forward(number, side, tweak)
            if number < size:
                return number

    def restore(self, number: int, size: int, tweak: str) -> int:
        """Where `number` came from: the inverse of `permute`."""
        side = isqrt(size - 1) + 1 if size > 1 else 1
        while True:
            number = self._backward(number, side, tweak)
            if number < size:
                return number

    def derange(self, number: int, size: int, tweak: str) -> int:
        """A permutation that moves every number (of two or more): one cycle through all of range(size)."""
        return self.permute((self.restore(number, size, tweak) + 1) % size, size, tweak)

    def _forward(self, number: int, side: int, tweak: str) -> int:
        left, right = divmod(number, side)
        for step in range(ROUNDS):
            left, right = right, (left + self.draw(f"{tweak}\0{side}\0{step}\0{right}", side)) % side
        return left * side + right

    def _backward(self, number: int, side: int, tweak: str) -> int:
        left, right = divmod(number, side)
        for step in reversed(range(ROUNDS)):
            left, right = (right - self.draw(f"{tweak}\0{side}\0{step}\0{left}", side)) % side, left
        return left * side + right
