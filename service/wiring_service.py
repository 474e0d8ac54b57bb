"""
Settings become an API and a worker, as `wiring` makes a program that reads.

It knows every constructor of the service and no rule: what a thing does is told in its own room.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address
from typing import Final
from uuid import uuid4

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError
from starlette.types import ASGIApp

from schemas.codebook import load_codebook
from schemas.outline import LoadedText
from service.api import Desk, Limits, create_app, parse_keys
from service.errors import ConfigurationError, StoreUnavailable
from service.jobs import metrics
from service.jobs.ending import end
from service.jobs.metrics import Tally
from service.jobs.queue import JobQueue, open_queue
from service.jobs.store import CallerJobs, WorkerJobs
from service.jobs.upkeep import Upkeep
from service.jobs.worker import Bounds, Reads, Worker
from service.settings import Settings
from service.text.load import load
from service.valkey import EmbeddedValkey

DAY_SECONDS: Final = 86_400
REVIVE_SECONDS: Final = 0.5
START_SECONDS: Final = 10.0
BODY_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Store:
    """A way to Redis: the client, and the address for those who make their own."""

    url: str
    redis: Redis


@dataclass(frozen=True, slots=True)
class WorkerProgram:
    """A worker, ready to run."""

    name: str
    settings: Settings
    worker: Worker
    upkeep: Upkeep
    queue: JobQueue

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set and what was at work has ended or was handed back."""
        chores = asyncio.create_task(self.upkeep.run())
        try:
            await self.queue.run_worker(
                self.worker.handle,
                concurrency=self.settings.worker_concurrency,
                stopping=stopping,
                stop_seconds=self.settings.shutdown_seconds,
            )
        finally:
            await end(chores, seconds=5.0)


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The Redis of REDIS_URL, or the embedded Valkey of the data folder, kept alive; StoreUnavailable without one."""
    async with AsyncExitStack() as stack:
        if settings.redis_url is not None:
            url = settings.redis_url.get_secret_value()
        else:
            valkey = EmbeddedValkey(settings.data_dir / "valkey")
            url = stack.enter_context(valkey).url
            stack.push_async_callback(end, asyncio.create_task(_keep_alive(valkey)))
        redis = Redis.from_url(
            url,
            max_connections=2000,
            socket_timeout=5.0,
            socket_connect_timeout=2.0,
            retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.2), 2),
        )
        stack.push_async_callback(redis.aclose)
        await _wait_for(redis)
        yield Store(url, redis)


@asynccontextmanager
async def open_api(settings: Settings, *, body_seconds: float = BODY_SECONDS) -> AsyncIterator[ASGIApp]:
    """
    The HTTP application; a request has `body_seconds` to hand in its body.

    ConfigurationError where it would be open to the network without keys.
    """
    ring = parse_keys([one.get_secret_value() for one in settings.api_keys])
    if not ring.hashes and not is_loopback(settings.host):
        raise ConfigurationError(
            f"Without FAZHI_API_KEYS the service binds to this machine only; set keys, or host 127.0.0.1 instead of "
            f"{settings.host}."
        )
    registry = CollectorRegistry()
    async with (
        open_store(settings) as store,
        open_queue(store.url, lease_seconds=settings.lease_seconds) as queue,
    ):
        jobs = caller_jobs(settings, store.redis)

        async def exposition() -> bytes:
            census = await jobs.census()
            gauges = {
                "fazhi_queue_depth": float(census.queued),
                "fazhi_queue_oldest_seconds": census.oldest_seconds,
                "fazhi_jobs_running": float(census.running),
                "fazhi_workers": float(len(census.workers)),
            }
            try:
                return metrics.render(await metrics.totals(store.redis), gauges, registry)
            except (RedisError, OSError) as error:
                raise StoreUnavailable("Redis cannot be reached.") from error

        def load_within_limits(
            data: bytes, *, name: str | None, media_type: str | None, source: str | None
        ) -> LoadedText:
            return load(
                data,
                name=name,
                media_type=media_type,
                source=source,
                max_bytes=settings.max_bytes,
                max_characters=settings.max_characters,
            )

        desk = Desk(
            jobs=jobs,
            queue=queue,
            load=load_within_limits,
            codebook=load_codebook(),
            limits=Limits(
                max_bytes=settings.max_bytes,
                max_characters=settings.max_characters,
                max_queue=settings.max_queue,
                body_seconds=body_seconds,
            ),
            exposition=exposition,
        )
        yield create_app(
            desk,
            ring=ring,
            requests_per_minute=settings.requests_per_key_per_minute,
            registry=registry,
            version=version("fazhi"),
            only_local=not ring.hashes,
            cors_origins=settings.cors_origins,
        )


@asynccontextmanager
async def open_worker(settings: Settings, *, reads: Reads | None = None) -> AsyncIterator[WorkerProgram]:
    """A worker; `reads` instead of the program's own extractor."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        tally = Tally()
        if reads is None:
            # Here, because an API has no need of a language-model client: seconds of start-up, and 100 MB.
            from service import wiring  # noqa: PLC0415

            prices = wiring.read_price_table(settings)
            opening = wiring.open_program(
                settings,
                counters=tally,
                on_call=lambda call: tally.call(call, prices.cost(call.spent) if prices else None),
                on_wait=tally.limiter_wait,
                on_trace=tally.trace,
            )
            reads = (await stack.enter_async_context(opening)).extractor
        name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:4]}"
        jobs = WorkerJobs(store.redis, **_lifetimes(settings))
        queue = await stack.enter_async_context(open_queue(store.url, lease_seconds=settings.lease_seconds))
        bounds = Bounds(
            strikes=settings.job_attempts,
            job_seconds=settings.job_seconds,
            model_down_seconds=settings.job_seconds,
        )
        yield WorkerProgram(
            name=name,
            settings=settings,
            worker=Worker(jobs, reads, name=name, bounds=bounds, tally=tally),
            upkeep=Upkeep(jobs, queue, store.redis, tally, worker=name),
            queue=queue,
        )


def caller_jobs(settings: Settings, redis: Redis) -> CallerJobs:
    """Jobs as their owners see them."""
    return CallerJobs(redis, **_lifetimes(settings))


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _lifetimes(settings: Settings) -> dict[str, float]:
    return {
        "result_ttl_seconds": settings.result_ttl_days * DAY_SECONDS,
        "tombstone_ttl_seconds": settings.tombstone_ttl_days * DAY_SECONDS,
    }


async def _wait_for(redis: Redis) -> None:
    """Until Redis answers: a machine that starts everything at once starts it last, or it is loading its file."""
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while True:
        try:
            await redis.ping()
            return
        except (RedisError, OSError) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise StoreUnavailable(
                    f"Redis cannot be reached ({type(error).__name__}); check REDIS_URL, or unset it."
                ) from error
            await asyncio.sleep(0.5)


async def _keep_alive(valkey: EmbeddedValkey) -> None:
    while True:
        await asyncio.sleep(REVIVE_SECONDS)
        with suppress(StoreUnavailable, ConfigurationError, OSError):
            await asyncio.to_thread(valkey.revive)
