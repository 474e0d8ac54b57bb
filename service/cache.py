"""
The checkpoint: what was paid for is kept.

The unit is a part's reading; the key is the hash of everything that shaped it. One caller at a time reads a part, over
all processes; where Redis is away, reading goes on uncached. It knows nothing of models or reports.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

from schemas.reading import Reading

PREFIX: Final = "fazhi:cache:"
LOCK_PREFIX: Final = "fazhi:reading:"
# The first byte of a value says how the rest is written.
FORMAT: Final = b"1"

log = structlog.get_logger()
T = TypeVar("T")


class Counters(Protocol):
    """What the cache tells of itself."""

    def cache_hit(self) -> None: ...
    def cache_miss(self) -> None: ...
    def cache_error(self) -> None: ...


class NoCounters:
    """Counts nothing."""

    def cache_hit(self) -> None: ...
    def cache_miss(self) -> None: ...
    def cache_error(self) -> None: ...


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
        lease_seconds: float = 30.0,
        wait_seconds: float = 300.0,
        counters: Counters | None = None,
    ) -> None:
        self._redis = redis
        self._ttl_ms = int(ttl_seconds * 1000)
        self._lease_seconds = lease_seconds
        self._wait_seconds = wait_seconds
        self._counters: Counters = counters or NoCounters()

    async def get(self, key: str) -> Reading | None:
        """The reading, or None; a value that cannot be read counts as absent and will be replaced."""
        raw = await self._redis.get(PREFIX + key)
        return None if raw is None else _decode(raw)

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
        try:
            known = await self.get(key)
        except (RedisError, OSError) as error:
            return await self._uncached(error, read)
        if known is not None:
            self._counters.cache_hit()
            return known
        lock = self._redis.lock(
            LOCK_PREFIX + key, timeout=self._lease_seconds, blocking_timeout=self._wait_seconds, sleep=0.05
        )
        try:
            held = await lock.acquire()
        except (RedisError, OSError) as error:
            return await self._uncached(error, read)
        renewing = asyncio.create_task(self._renew(lock)) if held else None
        try:
            try:
                known = await self.get(key)
            except (RedisError, OSError) as error:
                return await self._uncached(error, read)
            if known is not None:
                self._counters.cache_hit()
                return known
            self._counters.cache_miss()
            fresh = await read()
            worth = keep(fresh)
            if worth is not None:
                try:
                    await self.put(key, worth)
                except (RedisError, OSError) as error:
                    self._warn(error)
            return fresh
        finally:
            if renewing is not None:
                renewing.cancel()
                try:
                    await lock.release()
                except (RedisError, OSError):
                    pass  # run out or unreachable: nothing is held any more

    async def stats(self) -> Stats:
        """Count what is kept; walks all keys."""
        entries = size = 0
        async for key in self._redis.scan_iter(match=PREFIX + "*", count=1000):
            entries += 1
            size += int(await self._redis.memory_usage(key) or 0)
        return Stats(entries=entries, bytes=size)

    async def clear(self) -> int:
        """Forget everything kept; how many entries that were."""
        removed = 0
        async for key in self._redis.scan_iter(match=PREFIX + "*", count=1000):
            removed += int(await self._redis.unlink(key))
        return removed

    async def _renew(self, lock: "object") -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                await lock.reacquire()  # type: ignore[attr-defined]
            except (LockError, RedisError, OSError):
                return

    async def _uncached(self, error: Exception, read: Callable[[], Awaitable[T]]) -> T:
        self._warn(error)
        return await read()

    def _warn(self, error: Exception) -> None:
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
