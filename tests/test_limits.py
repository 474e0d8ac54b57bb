"""The limits of an endpoint, over tasks and over processes."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from service.asking.limits import Limits
from service.asking.turns import KEPT_SECONDS, Turns
from service.errors import ConfigurationError


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Redis]:
    redis = Redis.from_url(url, max_connections=200)
    try:
        yield redis
    finally:
        await redis.aclose()


async def passes(limits: Limits, seconds: float, *, report: str = "r", tokens: int = 10) -> bool:
    """Whether a call gets through within so many seconds."""
    try:
        async with asyncio.timeout(seconds), limits.admit(report, tokens, tokens):
            return True
    except TimeoutError:
        return False


async def most_at_once(*gates: Limits, calls: int = 20) -> int:
    now = most = 0

    async def call(gate: Limits) -> None:
        nonlocal now, most
        async with gate.admit("r", 10, 10):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.02)
            now -= 1

    await asyncio.gather(*(call(gates[number % len(gates)]) for number in range(calls)))
    return most


async def test_so_many_calls_at_once_and_no_more() -> None:
    assert await most_at_once(Limits(calls_at_once=3)) == 3


async def test_calls_at_once_are_counted_over_processes(redis_url: str) -> None:
    async with client(redis_url) as one, client(redis_url) as other:
        gates = [Limits(calls_at_once=3, redis=redis) for redis in (one, other)]
        assert await most_at_once(*gates, calls=12) == 3
        assert await one.zcard("fazhi:limits:model:calls") == 0


async def test_a_process_that_died_gives_its_place_back(redis_url: str) -> None:
    async with client(redis_url) as redis:
        dead = Limits(calls_at_once=1, redis=redis, lease_seconds=0.3)
        assert await dead._take_place(keys=[dead._key("calls")], args=[1, 300, "of a process that is no more"])
        assert await passes(Limits(calls_at_once=1, redis=redis), 0.1) is False
        assert await passes(Limits(calls_at_once=1, redis=redis), 2.0)


async def test_a_call_longer_than_the_lease_keeps_its_place(redis_url: str) -> None:
    async with client(redis_url) as redis:
        slow = Limits(calls_at_once=1, redis=redis, lease_seconds=0.3)
        async with slow.admit("r", 10, 10):
            assert await passes(Limits(calls_at_once=1, redis=redis), 1.2) is False
        assert await passes(Limits(calls_at_once=1, redis=redis), 0.3)


def test_a_dead_worker_holds_places_for_seconds_not_minutes() -> None:
    assert inspect.signature(Limits).parameters["lease_seconds"].default <= 15.0


@pytest.mark.parametrize("shared", [True, False])
async def test_requests_a_minute(redis_url: str, shared: bool) -> None:
    async with client(redis_url) as redis:
        limits = Limits(calls_at_once=9, requests_per_minute=2, redis=redis if shared else None)
        assert [await passes(limits, 0.5) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("shared", [True, False])
async def test_tokens_a_minute(redis_url: str, shared: bool) -> None:
    async with client(redis_url) as redis:
        limits = Limits(calls_at_once=9, tokens_per_minute=100, redis=redis if shared else None)
        assert [await passes(limits, 0.5, tokens=n) for n in (60, 60, 40)] == [True, False, True]


async def test_requests_and_tokens_are_counted_over_processes(redis_url: str) -> None:
    async with client(redis_url) as one, client(redis_url) as other:
        first, second = (Limits(calls_at_once=9, requests_per_minute=3, redis=redis) for redis in (one, other))
        assert [await passes(gate, 0.5) for gate in (first, second, first, second)] == [True, True, True, False]


async def test_endpoints_have_counts_of_their_own(redis_url: str) -> None:
    async with client(redis_url) as redis:
        for scope in ("one", "other"):
            assert await passes(Limits(calls_at_once=9, requests_per_minute=1, redis=redis, scope=scope), 0.5)


async def test_a_call_that_waits_for_tokens_uses_up_no_request() -> None:
    limits = Limits(calls_at_once=9, requests_per_minute=2, tokens_per_minute=100)
    assert await passes(limits, 0.3, tokens=90)
    assert await passes(limits, 0.6, tokens=90) is False
    assert await passes(limits, 0.3, tokens=5)


async def test_a_call_larger_than_a_minute_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="FAZHI_TOKENS_PER_MINUTE allows 100"):
        await passes(Limits(calls_at_once=1, tokens_per_minute=100), 1.0, tokens=101)


@pytest.mark.parametrize("shared", [True, False])
async def test_a_pause_holds_up_everybody(redis_url: str, shared: bool) -> None:
    async with client(redis_url) as one, client(redis_url) as other:
        first = Limits(calls_at_once=9, redis=one if shared else None)
        second = Limits(calls_at_once=9, redis=other) if shared else first
        started = time.monotonic()
        await first.pause(0.5)
        await first.pause(0.01)  # never shorter
        assert all(await asyncio.gather(*(passes(gate, 5.0) for gate in (first, second, first))))
        assert time.monotonic() - started >= 0.5


async def test_where_redis_is_away_each_process_keeps_to_the_limits_alone() -> None:
    redis = Redis.from_url("unix:///nowhere/valkey.sock")
    limits = Limits(calls_at_once=2, requests_per_minute=2, redis=redis)
    await limits.pause(0.01)
    passed = [await passes(limits, 0.5) for _ in range(5)]
    assert passed[:2] == [True, True]
    assert not all(passed)  # which of the later ones waits depends on where in the minute the test runs
    await redis.aclose()


async def test_reports_take_turns() -> None:
    turns, order = Turns(1), []

    async def call(report: str) -> None:
        await turns.take(report)
        order.append(report)
        turns.give_back(report)

    await turns.take("first")
    calls = [asyncio.create_task(call(report)) for report in ("long", "long", "long", "short", "other", "short")]
    await asyncio.sleep(0)
    turns.give_back("first")
    await asyncio.gather(*calls)
    assert order == ["long", "short", "other", "long", "short", "long"]


async def test_a_call_that_is_cancelled_while_it_waits_takes_no_place() -> None:
    turns = Turns(1)
    await turns.take("a")
    waiting = asyncio.create_task(turns.take("b"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    turns.give_back("a")
    async with asyncio.timeout(1):
        await turns.take("c")


async def test_a_place_given_in_the_moment_of_cancelling_is_passed_on() -> None:
    turns = Turns(1)
    await turns.take("a")
    waiting = asyncio.create_task(turns.take("b"))
    await asyncio.sleep(0)
    turns.give_back("a")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1):
        await turns.take("c")


async def taken(turns: Turns, *calls: tuple[str, int]) -> list[tuple[str, int]]:
    """Which of the calls hold a place once all have asked for one."""
    got: list[tuple[str, int]] = []

    async def call(report: str, size: int) -> None:
        await turns.take(report, size)
        got.append((report, size))

    await asyncio.wait([asyncio.create_task(call(*one)) for one in calls], timeout=0.01)
    return got


async def test_a_report_gets_no_second_place_while_another_is_expected() -> None:
    turns = Turns(3)
    with turns.expect("late"):
        assert await taken(turns, ("early", 9), ("early", 8), ("early", 7)) == [("early", 9), ("early", 8)]
        assert await taken(turns, ("late", 1)) == [("late", 1)]


async def test_a_report_that_holds_no_place_waits_for_nobody_expected() -> None:
    turns = Turns(1)
    with turns.expect("late"):
        assert await taken(turns, ("early", 9)) == [("early", 9)]


async def test_what_was_kept_is_given_away_when_a_report_ends_without_a_call() -> None:
    turns = Turns(2)
    with turns.expect("all from the cache"):
        waiting = asyncio.create_task(taken(turns, ("other", 9), ("other", 8)))
        await asyncio.sleep(0)
    assert await waiting == [("other", 9), ("other", 8)]


async def test_a_place_is_kept_for_so_long_and_no_longer() -> None:
    turns = Turns(2)
    with turns.expect("stuck"):
        await turns.take("other")
        async with asyncio.timeout(10 * KEPT_SECONDS):
            await turns.take("other")


async def test_waiting_is_told() -> None:
    waited: list[float] = []
    limits = Limits(calls_at_once=1, on_wait=waited.append)
    await asyncio.gather(*(passes(limits, 2.0) for _ in range(3)))
    assert len(waited) == 3
