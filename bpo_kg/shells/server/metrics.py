"""Count what the server does, cheaply on every request, and show it in the Prometheus text format when asked."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.killed = self.writes = self.refused = self.loans = 0
        self.gauges: dict[str, tuple[str, Callable[[], float]]] = {}
        self._seconds: dict[str, tuple[list[int], list[float]]] = {}
        self._answers: dict[tuple[str, int], int] = {}

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        known = self._seconds.get(route)
        if known is None:
            known = self._seconds[route] = ([0] * (len(_BUCKETS) + 1), [0.0])
        known[0][bisect_left(_BUCKETS, seconds)] += 1
        known[1][0] += seconds
        key = (route, status)
        self._answers[key] = self._answers.get(key, 0) + 1

    def collect(self) -> "Iterator[Metric]":
        """Yield the counters as metric families, as a Prometheus registry asks for them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        seconds = HistogramMetricFamily("bpo_kg_request_seconds", "Seconds from request to answer.", labels=["route"])
        for route, (counts, total) in self._seconds.items():
            running, buckets = 0, []
            for bound, count in zip((*map(str, _BUCKETS), "+Inf"), counts, strict=True):
                running += count
                buckets.append((bound, running))
            seconds.add_metric([route], buckets, total[0])
        yield seconds
        answers = CounterMetricFamily("bpo_kg_answers", "Answers by route and status.", labels=["route", "status"])
        for (route, status), count in self._answers.items():
            answers.add_metric([route, str(status)], count)
        yield answers
        yield CounterMetricFamily("bpo_kg_killed_requests", "Requests ended by a limit.", value=self.killed)
        yield CounterMetricFamily("bpo_kg_writes", "Acknowledged writes.", value=self.writes)
        yield CounterMetricFamily("bpo_kg_refused_writes", "Writes that could not be kept.", value=self.refused)
        yield CounterMetricFamily("bpo_kg_loans", "Times that a connection was lent to a worker.", value=self.loans)
        for name, (text, value) in self.gauges.items():
            yield GaugeMetricFamily(name, text, value=value())

    def text(self) -> bytes:
        """Return all counters in the Prometheus text format."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        return bytes(generate_latest(registry))
