"""
Calls pass at the rate that the endpoint allows: so many at once, requests and tokens a minute, over all processes.

Whose turn it is, is told in `turns.py`; a 429 makes everybody wait. The counts stand in Redis where there is one; where it
is away, each process keeps to the limits on its own. It knows nothing of prompts.
"""

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.asking.turns import Turns
from service.errors import ConfigurationError

PREFIX: Final = "fazhi:limits:"
POLL_SECONDS: Final = 0.25
LONGEST_PAUSE_SECONDS: Final = 120.0
AWAY: Final = (RedisError, OSError)

# Take one of ARGV[1] places for at most ARGV[2] ms as ARGV[3]; places of processes that died run out.
_TAKE_PLACE: Final = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], ms + tonumber(ARGV[2]), ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
# The places ARGV[2…] are still held, for another ARGV[1] ms; one that has run out stays lost.
_KEEP_PLACES: Final = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ms + tonumber(ARGV[1]), ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""
# A pause is only ever made longer.
_PAUSE: Final = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], 1, 'PX', ARGV[1]) end
"""

log = structlog.get_logger()


class Limits:
    """The gate of one endpoint; `scope` names it in Redis, so that different endpoints do not share a count."""

    def __init__(
        self,
        *,
        calls_at_once: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        redis: Redis | None = None,
        scope: str = "model",
        lease_seconds: float = 15.0,
        on_wait: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._places = calls_at_once
        self._requests = RateLimitItemPerMinute(requests_per_minute) if requests_per_minute else None
        self._tokens = RateLimitItemPerMinute(tokens_per_minute) if tokens_per_minute else None
        self._scope = scope
        self._lease_ms = round(lease_seconds * 1000)
        self._on_wait = on_wait
        self._turns = Turns(calls_at_once)
        self._next = asyncio.Lock()
        self._open_at = 0.0
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._held: set[str] = set()
        self._keeping: asyncio.Task[None] | None = None
        self._redis = redis
        if redis is not None:
            storage = RedisStorage(
                "async+redis://",
                implementation="redispy",
                key_prefix=PREFIX + "rate",
                connection_pool=redis.connection_pool,  # type: ignore[arg-type]
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)
            self._take_place = redis.register_script(_TAKE_PLACE)
            self._keep_places = redis.register_script(_KEEP_PLACES)
            self._pause = redis.register_script(_PAUSE)

    @asynccontextmanager
    async def admit(self, report: str, tokens: int, reply_tokens: int) -> AsyncIterator[None]:
        """
        Hold a place while the block runs, once `tokens` may pass; the reply's are what a call takes its time for.

        ConfigurationError for a call that is larger than a minute allows: it would wait for ever.
        """
        if self._tokens is not None and tokens > self._tokens.amount:
            raise ConfigurationError(
                f"One call takes about {tokens:,} tokens and FAZHI_TOKENS_PER_MINUTE allows {self._tokens.amount:,};"
                " raise the limit."
            )
        arrived = time.monotonic()
        await self._turns.take(report, reply_tokens)
        try:
            async with self._next:  # one asks, the others wait in line behind it
                place = await self._pass(tokens)
            self._on_wait(time.monotonic() - arrived)
            try:
                yield
            finally:
                await self._leave(place)
        finally:
            self._turns.give_back(report)

    def expect(self, report: str) -> AbstractContextManager[None]:
        """Keep a place for the first call of a report that is about to be read; see `Turns`."""
        return self._turns.expect(report)

    async def pause(self, seconds: float) -> None:
        """Nobody passes for so long, in any process."""
        seconds = min(seconds, LONGEST_PAUSE_SECONDS)
        self._open_at = max(self._open_at, time.monotonic() + seconds)
        if self._redis is not None:
            try:
                await self._pause(keys=[self._key("pause")], args=[max(1, round(seconds * 1000))])
            except AWAY as error:
                _warn(error)

    async def _pass(self, tokens: int) -> str | None:
        """Wait for the pause to end and for room in the minute; the place taken in Redis."""
        while True:
            await self._wait_out_the_pause()
            try:
                place = await self._shared_place()
                try:
                    if place != "" and await self._has_room(tokens):
                        return place
                except BaseException:
                    self._held.discard(place or "")  # its lease gives it back
                    raise
                if place:
                    await self._leave(place)
            except AWAY as error:
                _warn(error)
                if await self._has_own_room(tokens):
                    return None
            await asyncio.sleep(random.uniform(0.2, 1.0) * POLL_SECONDS)  # noqa: S311  spreads processes apart

    async def _wait_out_the_pause(self) -> None:
        if self._redis is not None:
            try:
                left = await self._redis.pttl(self._key("pause"))
            except AWAY as error:
                _warn(error)
            else:
                self._open_at = max(self._open_at, time.monotonic() + left / 1000) if left > 0 else self._open_at
        if (seconds := self._open_at - time.monotonic()) > 0:
            await asyncio.sleep(seconds * random.uniform(1.0, 1.1))  # noqa: S311

    async def _shared_place(self) -> str | None:
        """A name for the place taken, "" where all are taken, None where no Redis counts them."""
        if self._redis is None:
            return None
        name = uuid.uuid4().hex
        taken = await self._take_place(keys=[self._key("calls")], args=[self._places, self._lease_ms, name])
        if not taken:
            return ""
        self._held.add(name)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())
        return name

    async def _keep(self) -> None:
        """Renew the leases of the places held; a call may take longer than one, a dead process must not keep any."""
        while self._held:
            await asyncio.sleep(self._lease_ms / 3000)
            if not self._held:
                return
            try:
                await self._keep_places(keys=[self._key("calls")], args=[self._lease_ms, *self._held])
            except AWAY as error:
                _warn(error)

    async def _has_room(self, tokens: int) -> bool:
        if self._redis is None:
            return await self._has_own_room(tokens)
        return await self._hit(self._shared, tokens)

    async def _has_own_room(self, tokens: int) -> bool:
        return await self._hit(self._own, tokens)

    async def _hit(self, limiter: SlidingWindowCounterRateLimiter, tokens: int) -> bool:
        # Requests are looked at first and counted last: a call that waits for tokens costs no request.
        if self._requests is not None and not await limiter.test(self._requests, self._scope, "requests"):
            return False
        if self._tokens is not None and not await limiter.hit(self._tokens, self._scope, "tokens", cost=tokens):
            return False
        return self._requests is None or await limiter.hit(self._requests, self._scope, "requests")

    async def _leave(self, place: str | None) -> None:
        if place and self._redis is not None:
            self._held.discard(place)
            try:
                await self._redis.zrem(self._key("calls"), place)
            except AWAY as error:
                _warn(error)  # the lease gives the place back

    def _key(self, what: str) -> str:
        return f"{PREFIX}{self._scope}:{what}"


def _warn(error: BaseException) -> None:
    log.warning("limits_not_shared", error=type(error).__name__)
