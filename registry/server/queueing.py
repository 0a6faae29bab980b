"""Turns at a registry server: whoever asked first writes first.

Writers that race lose all but one of their tries, and each costs the server what a commit does: sixteen at once wrote
a tenth of what one could. A turn is advice. Whoever takes none, or overstays, loses a race at most: the commit decides.
"""

from __future__ import annotations

import time
from threading import Lock

import duckdb

ASK, LEAVE = "writers_turn", "writers_turn_over"
"""What a writer calls with a ticket of its own making: how many seconds to wait before it asks again, and goodbye."""
LEASE_S = 2.0
"""How long after its time a ticket is waited for. Its owner is dead then, or slow enough to race."""
_MOST, _LONGEST = 1000, 64
"""Tickets, and characters of one: beyond, there are no turns."""
_SHORTEST_S, _WEIGHT = 0.005, 0.2


class Queue:
    """Tickets in the order of asking, with the moment at which each is given up."""

    def __init__(self) -> None:
        self._one_at_a_time, self._until = Lock(), dict[str, float]()
        self._usual_s, self._began = 0.05, 0.0

    def ask(self, ticket: str) -> float:
        """Zero where it is the ticket's turn; else when it may be, by how long the ones before it took."""
        with self._one_at_a_time:
            now = time.monotonic()
            if len(ticket) > _LONGEST or (ticket not in self._until and len(self._until) >= _MOST):
                return 0.0
            self._until[ticket] = now + LEASE_S
            while self._until[first := next(iter(self._until))] < now:
                del self._until[first]
            place = list(self._until).index(ticket)
            if not place:
                self._began = now
                return 0.0
            wait_s = max(_SHORTEST_S, (place - 0.5) * self._usual_s)
            self._until[ticket] += wait_s
            return wait_s

    def leave(self, ticket: str) -> bool:
        """Whether it stood in the queue."""
        with self._one_at_a_time:
            if self._until.pop(ticket, None) is None:
                return False
            self._usual_s += _WEIGHT * (min(LEASE_S, time.monotonic() - self._began) - self._usual_s)
            return True


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions, for as long as the connection is open."""
    queue = Queue()
    connection.create_function(ASK, queue.ask, ["VARCHAR"], "DOUBLE", side_effects=True)
    connection.create_function(LEAVE, queue.leave, ["VARCHAR"], "BOOLEAN", side_effects=True)
