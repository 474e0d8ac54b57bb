"""The cache of readings: paid for once over all processes, never trusted blindly, never in the way."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from service_parts import valkey

from schemas.reading import Reading, Spent
from service.asking import cache as cache_room
from service.asking.cache import PREFIX, ReadingCache
from service.asking.part_source import PartSource, Shape
from service.asking.read_part import FreePurse, PartOutcome
from service.jobs.metrics import Tally
from tests.model_path import PROMPT, part

READING = Reading(not_statistics=(1, 2), unread={3: "unanswered"})

READ = """
import asyncio, sys
from pathlib import Path
from redis.asyncio import Redis
from schemas.reading import Reading
from service.asking.cache import ReadingCache

async def main(url, ledger, readers, seconds, lease):
    redis = Redis.from_url(url)
    cache = ReadingCache(redis, ttl_seconds=60, lease_seconds=float(lease))
    async def read():
        with open(ledger, "a") as file:
            file.write("paid\\n")
        await asyncio.sleep(float(seconds))
        return Reading(not_statistics=(1, 2), unread={3: "unanswered"})
    said = await asyncio.gather(*(cache.get_or_read("k", read, lambda one: one) for _ in range(int(readers))))
    assert all(one.not_statistics == (1, 2) for one in said)
    await redis.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


class Reader:
    def __init__(self, reading: Reading | None = READING) -> None:
        self.calls = 0
        self.reading = reading

    async def read(self) -> Reading:
        self.calls += 1
        return self.reading or Reading()


async def test_a_reading_is_paid_for_once(redis: Redis) -> None:
    tally, reader = Tally(), Reader()
    cache = ReadingCache(redis, ttl_seconds=60, counters=tally)
    assert await cache.get_or_read("k", reader.read, lambda one: one) == READING
    assert await cache.get_or_read("k", reader.read, lambda one: one) == READING
    assert await cache.get_or_read("other", reader.read, lambda one: one) == READING
    assert reader.calls == 2
    assert 0 < await redis.pttl(PREFIX + "k") <= 60_000
    assert tally._added == {'["fazhi_cache","miss"]': 2, '["fazhi_cache","hit"]': 1}


async def test_what_is_not_worth_keeping_is_asked_for_again(redis: Redis) -> None:
    cache, reader = ReadingCache(redis, ttl_seconds=60), Reader()
    for _ in range(2):
        await cache.get_or_read("k", reader.read, lambda _: None)
    assert reader.calls == 2


@pytest.mark.parametrize("raw", [b"", b"1", b"1garbage", b"9" + b"x" * 20, b"1x\x9c"])
async def test_a_value_that_cannot_be_read_is_replaced(redis: Redis, raw: bytes) -> None:
    cache, reader = ReadingCache(redis, ttl_seconds=60), Reader()
    await redis.set(PREFIX + "k", raw)
    assert await cache.get_or_read("k", reader.read, lambda one: one) == READING
    assert await cache.get("k") == READING
    assert reader.calls == 1


def test_thirty_readers_of_three_processes_pay_once() -> None:
    with valkey() as server, tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger"
        readers = [
            subprocess.Popen([sys.executable, "-c", READ, server.url, str(ledger), "10", "0.5", "10"]) for _ in range(3)
        ]
        assert [one.wait(timeout=30) for one in readers] == [0, 0, 0]
        assert ledger.read_text().splitlines() == ["paid"]


def test_a_dead_holder_does_not_keep_its_lease() -> None:
    with valkey() as server, tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger"
        holder = subprocess.Popen([sys.executable, "-c", READ, server.url, str(ledger), "1", "60", "1.5"])
        deadline = time.monotonic() + 20
        while not ledger.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        began = time.monotonic()
        waiting = subprocess.Popen([sys.executable, "-c", READ, server.url, str(ledger), "5", "0", "1.5"])
        assert waiting.wait(timeout=30) == 0
        assert time.monotonic() - began < 10
        assert ledger.read_text().splitlines() == ["paid", "paid"]


async def test_a_lease_is_kept_while_its_holder_works(redis: Redis) -> None:
    cache, calls = ReadingCache(redis, ttl_seconds=60, lease_seconds=0.3), 0

    async def slow() -> Reading:
        nonlocal calls
        calls += 1
        await asyncio.sleep(1.0)
        return READING

    await asyncio.gather(*(cache.get_or_read("k", slow, lambda one: one) for _ in range(5)))
    assert calls == 1


async def test_a_reader_that_is_cancelled_or_fails_lets_the_next_one_read(redis: Redis) -> None:
    cache, reader = ReadingCache(redis, ttl_seconds=60), Reader()

    async def stuck() -> Reading:
        await asyncio.sleep(60)
        return READING

    async def broken() -> Reading:
        raise ValueError("wrong")

    holding = asyncio.create_task(cache.get_or_read("k", stuck, lambda one: one))
    await asyncio.sleep(0.1)
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    with pytest.raises(ValueError, match="wrong"):
        await cache.get_or_read("k", broken, lambda one: one)
    assert await asyncio.wait_for(cache.get_or_read("k", reader.read, lambda one: one), 3) == READING


async def test_without_redis_reading_goes_on_uncached_and_is_counted() -> None:
    client = Redis.from_url("unix:///nowhere/valkey.sock")
    tally, reader = Tally(), Reader()
    cache = ReadingCache(client, ttl_seconds=60, counters=tally)
    began = time.monotonic()
    for _ in range(20):
        assert await cache.get_or_read("k", reader.read, lambda one: one) == READING
    assert reader.calls == 20
    assert time.monotonic() - began < 2 * cache_room.PATIENCE_SECONDS
    assert tally._added == {'["fazhi_cache","error"]': 20}
    await client.aclose()


KEYS_OF_A_REPORT = """
import sys
sys.path.insert(0, "tests")
from model_path import BOOK, FREE, PROMPT, cut_report
from service.asking.part_source import PartSource, Shape
text = "某县2023年法治政府建设报告\\n一、成效\\n受理68件，办结60件。依据《某条例》。\\n二、问题\\n存在2个不足。\\n"
shape = Shape("m", "h", "json_schema", 0.0, "1", "1")
print([PartSource(None, PROMPT, None, shape).key(part) for part in cut_report(text)])
"""


def test_the_key_of_a_part_is_the_same_in_every_process() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", KEYS_OF_A_REPORT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "2026")
    ]
    first, second = (one.communicate(timeout=60)[0] for one in processes)
    assert [one.returncode for one in processes] == [0, 0]
    assert first == second
    assert len(first) > 64


def test_texts_of_which_the_same_is_shown_have_keys_of_their_own() -> None:
    shape = Shape("m", "h", "json_schema", 0.0, "1", "1")
    source = PartSource(None, PROMPT, None, shape)  # type: ignore[arg-type]  # nothing is read
    unshown = "我们坚持以人民为中心的发展思想不断提升{}群众的获得感。再接再厉继续努力奋斗不止。"
    first, second = (part(f"受理案件[[5件]]。{unshown.format(words)}审查文件[[7份]]。") for words in ("", "广大"))
    assert PROMPT.messages(first) == PROMPT.messages(second)
    assert source.key(first) != source.key(second)


@pytest.mark.parametrize(
    "hole", [{"unsaid": "model_refused"}, {"retryable": True}, {"trace": ("budget_spent",)}], ids=str
)
async def test_what_was_not_answered_is_not_kept(redis: Redis, hole: dict[str, Any]) -> None:
    class Half:
        async def read(self, *_: Any, **__: Any) -> PartOutcome:
            return PartOutcome(Reading(), Spent(), **hole)

    cache = ReadingCache(redis, ttl_seconds=60)
    source = PartSource(Half(), PROMPT, cache, Shape("m", "h", "x", 0.0, "1", "1"))  # type: ignore[arg-type]
    await source.read(part("{{执法力量不足。}}"), report="r", purse=FreePurse())
    assert (await cache.stats()).entries == 0


async def test_stats_and_clear_tell_of_readings_only(redis: Redis) -> None:
    cache = ReadingCache(redis, ttl_seconds=60)
    for number in range(1200):
        await cache.put(str(number), READING)
    await redis.set("fazhi:job:x", "1")
    stats = await cache.stats()
    assert stats.entries == 1200
    assert stats.bytes > 1200 * 50
    assert await cache.clear() == 1200
    assert (await cache.stats()).entries == 0
    assert await redis.get("fazhi:job:x") == b"1"
