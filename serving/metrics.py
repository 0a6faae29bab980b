"""What Prometheus reads from /metrics: counts and times, never a prompt, an answer or a key."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """One server's figures, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter("muniment_requests", "Requests by route, status and alias",
                                ("route", "status", "alias"), registry=self._registry)  # fmt: skip
        self.seconds = Histogram("muniment_request_seconds", "Time to the last byte of an answer",
                                 ("route",), buckets=_BUCKETS, registry=self._registry)  # fmt: skip
        self.tokens = Counter("muniment_tokens", "Tokens where the answer counts them",
                              ("alias", "kind"), registry=self._registry)  # fmt: skip
        self.guard_masked = Counter("muniment_guard_masked", "Personal values masked in answers",
                                    ("type",), registry=self._registry)  # fmt: skip
        self.guard_blocked = Counter("muniment_guard_blocked", "Choices ended for a personal value",
                                     registry=self._registry)  # fmt: skip
        self.guard_delay = Histogram("muniment_guard_delay_seconds", "How long text of a stream was held back",
                                     buckets=_BUCKETS, registry=self._registry)  # fmt: skip
        self.guard_seconds = Histogram("muniment_guard_seconds", "Time to examine one piece of an answer",
                                       buckets=_BUCKETS, registry=self._registry)  # fmt: skip
        self.guard_failures = Counter("muniment_guard_failures", "Answers refused because they were not examined",
                                      registry=self._registry)  # fmt: skip
        self.feedback = Counter("muniment_feedback", "Feedback taken, by what it says, and refused, by why",
                                ("outcome",), registry=self._registry)  # fmt: skip
        self.rollouts = Counter("muniment_rollouts", "Releases by outcome", ("outcome",), registry=self._registry)
        self.in_force = Gauge("muniment_adapter_in_force", "1 for the adapter that answers an alias",
                              ("alias", "adapter", "release"), registry=self._registry)  # fmt: skip
        self.engine_up = Gauge("muniment_engine_up", "1 while vLLM answers", registry=self._registry)
        self.answering = Gauge("muniment_requests_in_progress", "Requests being answered", registry=self._registry)

    def now_in_force(self, alias: str, adapter: str, release: int) -> None:
        self.in_force.clear()
        self.in_force.labels(alias, adapter, str(release)).set(1)

    def text(self) -> bytes:
        return generate_latest(self._registry)
