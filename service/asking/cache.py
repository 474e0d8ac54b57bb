"""
The checkpoint: what was paid for is kept.

The unit is a part's reading; the key is the hash of everything that shaped it. One caller at a time reads a part, over
all processes; where Redis is away, reading goes on uncached. It knows nothing of models or reports.
"""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, cast

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

from schemas.reading import Reading

PREFIX: Final = "fazhi:cache:"
LOCK_PREFIX: Final = "fazhi:reading:"
# The first byte of a value says how the rest is written.
FORMAT: Final = b"1"
PATIENCE_SECONDS: Final = 5.0  # for one step of Redis
HOLD_OFF_SECONDS: Final = 5.0  # after a failed one: better uncached than slow
FIRST_LOOK_SECONDS: Final = 0.02
LONGEST_LOOK_SECONDS: Final = 0.25

log = structlog.get_logger()
T = TypeVar("T")


class Counters(Protocol):
    """What the cache tells of itself."""

    def cache_hit(self) -> None: ...  # noqa: D102
    def cache_miss(self) -> None: ...  # noqa: D102
    def cache_error(self) -> None: ...  # noqa: D102


class NoCounters:
    """Counts nothing."""

    def cache_hit(self) -> None:
        """Not counted."""

    def cache_miss(self) -> None:
        """Not counted."""

    def cache_error(self) -> None:
        """Not counted."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Entries and their size in bytes as stored."""

    entries: int
    bytes: int


class ReadingCache:
    """Readings in Redis, compressed and checked."""

    def __init__(
        self,
        redis: Redis,
        *,
        ttl_seconds: float,
        lease_seconds: float = 10.0,
        wait_seconds: float = 300.0,
        counters: Counters | None = None,
    ) -> None:
        self._redis = redis
        self._ttl_ms = int(ttl_seconds * 1000)
        self._lease_seconds = lease_seconds
        self._wait_seconds = wait_seconds
        self._counters: Counters = counters or NoCounters()
        self._away_until = 0.0

    async def get(self, key: str) -> Reading | None:
        """The reading, or None; a value that cannot be read counts as absent and will be replaced."""
        raw = await self._redis.get(PREFIX + key)
        return None if raw is None else _decode(cast(bytes, raw))

    async def put(self, key: str, reading: Reading) -> None:
        """Keep a reading for the time to live."""
        await self._redis.set(PREFIX + key, _encode(reading), px=self._ttl_ms)

    async def get_or_read(
        self, key: str, read: Callable[[], Awaitable[T]], keep: Callable[[T], Reading | None]
    ) -> Reading | T:
        """
        The kept reading, or what `read` gives; `keep` says which reading of it is worth keeping, if any.

        While one caller reads, the others of all processes wait for its result. The holder's lease is renewed while it
        works and runs out when it dies. Redis away: `read` is called without the cache.
        """
        if time.monotonic() < self._away_until:
            self._counters.cache_error()
            return await read()
        lock = self._redis.lock(LOCK_PREFIX + key, timeout=self._lease_seconds)
        try:
            known, held = await self._wait_for(key, lock)
        except (RedisError, OSError) as error:
            self._warn(error)
            return await read()
        if known is not None:
            self._counters.cache_hit()
            return known
        self._counters.cache_miss()
        renewing = asyncio.create_task(self._renew(lock)) if held else None
        try:
            fresh = await read()
            worth = keep(fresh)
            if worth is not None:
                try:
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await self.put(key, worth)
                except (RedisError, OSError) as error:
                    self._warn(error)
            return fresh
        finally:
            if renewing is not None:
                renewing.cancel()
                await self._release(lock)

    async def stats(self) -> Stats:
        """Count what is kept; walks all keys."""
        entries = size = 0
        async for batch in self._batches():
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in batch:
                    pipe.memory_usage(key)
                sizes = await pipe.execute()
            entries += sum(one is not None for one in sizes)
            size += sum(one or 0 for one in sizes)
        return Stats(entries=entries, bytes=size)

    async def clear(self) -> int:
        """Forget everything kept; how many entries that were."""
        removed = 0
        async for batch in self._batches():
            removed += int(await self._redis.unlink(*batch))
        return removed

    async def _batches(self) -> AsyncIterator[list[bytes]]:
        batch: list[bytes] = []
        async for key in self._redis.scan_iter(match=PREFIX + "*", count=1000):
            batch.append(key)
            if len(batch) >= 500:
                yield batch
                batch = []
        if batch:
            yield batch

    async def _wait_for(self, key: str, lock: Lock) -> tuple[Reading | None, bool]:
        """The reading that somebody kept meanwhile, or the lock; neither after the longest wait."""
        deadline = time.monotonic() + self._wait_seconds
        pause, held = FIRST_LOOK_SECONDS, False
        while True:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    known = await self.get(key)
                    if known is None and not held:
                        held = await lock.acquire(blocking=False)
                        if held:
                            # The holder before may have kept it between the look and the lock.
                            known = await self.get(key)
            except (RedisError, OSError):
                if held:
                    await self._release(lock)
                raise
            if known is not None and held:
                await self._release(lock)
            if known is not None or held or time.monotonic() > deadline:
                return known, held and known is None
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_LOOK_SECONDS)

    async def _renew(self, lock: Lock) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                await lock.reacquire()
            except LockError:
                return  # it has run out: somebody else may hold it
            except (RedisError, OSError):
                continue  # there are two more tries in a lease

    async def _release(self, lock: Lock) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await lock.release()
        except (RedisError, OSError):
            pass  # run out or unreachable: nothing is held any more

    def _warn(self, error: Exception) -> None:
        self._away_until = time.monotonic() + HOLD_OFF_SECONDS
        self._counters.cache_error()
        log.warning("cache_unavailable", error=type(error).__name__)


def _encode(reading: Reading) -> bytes:
    return FORMAT + zlib.compress(reading.model_dump_json().encode())


def _decode(raw: bytes) -> Reading | None:
    if not raw.startswith(FORMAT):
        return None
    try:
        return Reading.model_validate_json(zlib.decompress(raw[1:]))
    except (zlib.error, ValidationError):
        return None
