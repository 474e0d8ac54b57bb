"""
What is counted, and how it is shown to Prometheus.

Workers add to totals in Redis, so that one scrape of any API process tells of all of them and a restart loses nothing.
It knows names, labels and the exposition format, and nothing of when anything happens.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final, cast

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis.asyncio import Redis

from schemas.call import Call

KEY: Final = "fazhi:metrics"
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1800.0)

COUNTERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "fazhi_jobs": ("Jobs that ended, by status.", ("status",)),
    "fazhi_parts": ("Parts of reports, by outcome.", ("outcome",)),
    "fazhi_cache": ("Looks into the cache of readings, by outcome.", ("outcome",)),
    "fazhi_redeliveries": ("Jobs taken over from a worker that vanished.", ()),
    "fazhi_handed_back": ("Jobs queued again, by reason.", ("reason",)),
    "fazhi_validation_failures": ("What was wrong with replies and their rows, by code.", ("code",)),
    "fazhi_model_calls": ("Calls to the language model, by outcome.", ("model", "outcome")),
    "fazhi_tokens": ("Tokens, by model and kind.", ("model", "kind")),
    "fazhi_cost": ("Money spent, in the currency of the price table.", ("model",)),
    "fazhi_limiter_wait_seconds": ("Time that calls waited for the shared rate limits.", ()),
}
HISTOGRAMS: Final[Mapping[str, str]] = {
    "fazhi_job_seconds": "From claim to end of a job.",
    "fazhi_job_wait_seconds": "From submission to first claim of a job.",
}
# Codes of a part's trace that say nothing against a reply.
_NO_FAILURES: Final = frozenset({"corrected", "model_unavailable", "budget_spent"})


class Tally:
    """Counts of one process, added to the totals now and then."""

    def __init__(self) -> None:
        self._added: defaultdict[str, float] = defaultdict(float)

    def add(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Count; KeyError for a name that is not declared above."""
        self._added[_field(name, tuple(labels[label] for label in COUNTERS[name][1]))] += amount

    def observe(self, name: str, seconds: float) -> None:
        """Put a duration into its histogram."""
        bucket = next((str(bound) for bound in BUCKETS if seconds <= bound), "+Inf")
        self._added[_field(name, ("le", bucket))] += 1
        self._added[_field(name, ("sum",))] += seconds

    def cache_hit(self) -> None:
        """A reading was kept."""
        self.add("fazhi_cache", outcome="hit")

    def cache_miss(self) -> None:
        """A reading had to be paid for."""
        self.add("fazhi_cache", outcome="miss")

    def cache_error(self) -> None:
        """The cache could not be used."""
        self.add("fazhi_cache", outcome="error")

    def call(self, call: Call, cost: Decimal | None) -> None:
        """A request over the wire has come to something; `cost` None without prices."""
        self.add("fazhi_model_calls", model=call.model, outcome=call.outcome)
        for kind in ("prompt", "cached", "completion", "reasoning"):
            if count := getattr(call.spent, f"{kind}_tokens"):
                self.add("fazhi_tokens", count, model=call.model, kind=kind)
        if cost:
            self.add("fazhi_cost", float(cost), model=call.model)

    def limiter_wait(self, seconds: float) -> None:
        """A call was let pass after so long."""
        self.add("fazhi_limiter_wait_seconds", seconds)

    def trace(self, codes: Iterable[str]) -> None:
        """What was wrong in the reading of a part, as codes."""
        for code in codes:
            if code not in _NO_FAILURES:
                self.add("fazhi_validation_failures", code=code)

    async def flush(self, redis: Redis) -> None:
        """Add what was counted to the totals; where that fails, it waits for the next time."""
        added, self._added = self._added, defaultdict(float)
        if not added:
            return
        try:
            async with redis.pipeline(transaction=True) as pipe:
                for field, amount in added.items():
                    pipe.hincrbyfloat(KEY, field, amount)
                await pipe.execute()
        except BaseException:
            for field, amount in added.items():
                self._added[field] += amount
            raise


async def totals(redis: Redis) -> dict[str, float]:
    """The totals of all workers."""
    raw = cast("dict[bytes, bytes]", await redis.hgetall(KEY))
    return {field.decode(): float(value) for field, value in raw.items()}


def render(totals: Mapping[str, float], gauges: Mapping[str, float], *registries: CollectorRegistry) -> bytes:
    """The exposition text: totals, gauges of this moment, and whatever the process itself counts."""
    registry = CollectorRegistry()
    registry.register(_Board(totals, gauges))
    return generate_latest(registry) + b"".join(generate_latest(one) for one in registries)


class _Board(Collector):
    def __init__(self, totals: Mapping[str, float], gauges: Mapping[str, float]) -> None:
        self._totals = totals
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Every family, also those that nothing was counted in yet."""
        by_name: defaultdict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
        for field, value in self._totals.items():
            name, *labels = json.loads(field)
            by_name[name][tuple(labels)] = value
        for name, (words, labels) in COUNTERS.items():
            counter = CounterMetricFamily(name, words, labels=labels)
            for found, value in by_name[name].items():
                if len(found) == len(labels):
                    counter.add_metric(list(found), value)
            yield counter
        for name, words in HISTOGRAMS.items():
            histogram = HistogramMetricFamily(name, words)
            so_far, buckets = 0.0, []
            for bound in (*map(str, BUCKETS), "+Inf"):
                so_far += by_name[name].get(("le", bound), 0.0)
                buckets.append((bound, so_far))
            histogram.add_metric([], buckets=buckets, sum_value=by_name[name].get(("sum",), 0.0))
            yield histogram
        for name, value in self._gauges.items():
            yield GaugeMetricFamily(name, name.removeprefix("fazhi_").replace("_", " "), value=value)


def _field(name: str, labels: tuple[str, ...]) -> str:
    return json.dumps([name, *labels], ensure_ascii=False, separators=(",", ":"))
