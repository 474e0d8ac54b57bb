"""
The queue: who works on which job next. A port of three methods over pydocket.

Only ids travel here, and `enqueue` of an id that is waiting or being worked on changes nothing. An id is delivered
again when its worker vanishes, so a job may be worked on twice: the store's attempt numbers decide whose word counts.
It knows nothing of what a job is.

pydocket's edges that are handled here, and nowhere else:
- after an error of Redis its loop takes no new work until the work at hand has ended, so long work is parted from its
  delivery, the delivery given back, and met again when it comes round (`_watch`);
- its leases are no longer renewed while a worker drains, so stopping pauses the intake first (`concurrency = 0`);
- its retries are logged as errors with their arguments, which are ids: our own log says what matters.
"""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import structlog
from docket import Disposition, Docket, Retry
from docket import Worker as DocketWorker
from redis.exceptions import RedisError

from service.errors import StoreUnavailable
from service.jobs.ending import end

NAME: Final = "fazhi-queue"
TASK: Final = "read_report"
# pydocket blocks on a read for up to 60 s; a connection that is silent for longer is dead, not idle.
SILENT_SECONDS: Final = 75
WATCH_SECONDS: Final = 0.5
OPEN_SECONDS: Final = 30.0
_MAX_CONNECTIONS: Final = 1000

# Works on one job; seconds after which to bring it again, or None when nothing is left to do.
Handler = Callable[[str], Coroutine[Any, Any, float | None]]

log = structlog.get_logger()


class JobQueue:
    """Puts ids in and, in a worker, takes them out."""

    def __init__(self, docket: Docket, *, lease_seconds: float) -> None:
        self._docket = docket
        self._lease = timedelta(seconds=lease_seconds)
        self._at_work: dict[str, asyncio.Task[float | None]] = {}
        self._parting = asyncio.Event()
        self._handler: Handler | None = None
        docket.register(self._deliver, names=[TASK])

    async def enqueue(self, job_id: str, *, after_seconds: float = 0.0) -> bool:
        """Have the job worked on; False, and no change, where it waits or is at work already."""
        when = datetime.now(UTC) + timedelta(seconds=after_seconds) if after_seconds else None
        try:
            added = await self._docket.add(TASK, when=when, key=job_id)(job_id)
        except (RedisError, OSError) as error:
            raise StoreUnavailable("Redis cannot be reached; try again shortly.") from error
        return added.disposition is Disposition.SCHEDULED

    def is_at(self, job_id: str) -> bool:
        """Whether this process works on the job."""
        return job_id in self._at_work

    async def cancel(self, job_id: str) -> None:
        """Take the job out, or interrupt its work wherever that goes on. StoreUnavailable without Redis."""
        try:
            await self._docket.cancel(job_id)
        except (RedisError, OSError) as error:
            raise StoreUnavailable("Redis cannot be reached; try again shortly.") from error

    async def run_worker(
        self,
        handler: Handler,
        *,
        concurrency: int,
        stopping: asyncio.Event,
        stop_seconds: float,
    ) -> None:
        """
        Hand ids to `handler`, `concurrency` at once, until `stopping` is set.

        Then no new ones are taken; what is at work has `stop_seconds` to end, and is cancelled after that. A cancelled
        handler is expected to give its job back.
        """
        self._handler = handler
        async with DocketWorker(
            self._docket,
            name=f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}",
            concurrency=concurrency,
            redelivery_timeout=self._lease,
            reconnection_delay=timedelta(seconds=1),
            minimum_check_interval=timedelta(milliseconds=50),
            schedule_automatic_tasks=False,
        ) as worker:
            running = asyncio.create_task(worker.run_forever())
            watching = asyncio.create_task(self._watch(worker))
            stopped = asyncio.create_task(stopping.wait())
            try:
                try:
                    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    # From here nothing is begun: what is given back may come round before this worker has left.
                    worker.concurrency, self._handler = 0, None
                if self._at_work and not running.done():
                    await asyncio.wait(set(self._at_work.values()), timeout=stop_seconds)
            finally:
                await end(watching, stopped, *self._at_work.values())
            # Leaving tells pydocket's loop to stop: it looks between two reads, where a cancel may be lost in one.
        await running

    async def _deliver(self, job_id: str, retry: Retry = Retry.forever(delay=timedelta(seconds=1))) -> None:  # noqa: B008
        work = self._at_work.get(job_id)
        if work is None:
            if self._handler is None:
                retry.after(timedelta(seconds=1))
            work = self._at_work[job_id] = asyncio.create_task(self._handler(job_id))
            work.add_done_callback(lambda _: self._at_work.pop(job_id, None))
        parting = asyncio.create_task(self._parting.wait())
        try:
            await asyncio.wait({work, parting}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            work.cancel()
            raise
        finally:
            parting.cancel()
        if not work.done():
            retry.after(timedelta(0))
        if work.cancelled():
            retry.after(timedelta(0))
        again = work.result()
        if again is not None:
            retry.after(timedelta(seconds=again))

    async def _watch(self, worker: DocketWorker) -> None:
        """Notice that pydocket's loop has broken off (it takes its name off the list), and free it of long work."""
        was_listed = False
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                async with self._docket.redis() as redis:
                    listed = await redis.zscore(self._docket.workers_set, worker.name) is not None
            except (RedisError, OSError):
                listed = False
            if was_listed and not listed:
                log.warning("queue_interrupted", at_work=len(self._at_work))
                parting, self._parting = self._parting, asyncio.Event()
                parting.set()
            was_listed = listed


@asynccontextmanager
async def open_queue(url: str, *, lease_seconds: float) -> AsyncIterator[JobQueue]:
    """The queue on the Redis of `url`, closed at the end."""
    logging.getLogger("docket").setLevel(logging.WARNING)
    logging.getLogger("docket.dependencies").setLevel(logging.CRITICAL)
    options = urlencode({"max_connections": _MAX_CONNECTIONS, "socket_timeout": SILENT_SECONDS})
    joined = f"{url}{'&' if urlsplit(url).query else '?'}{options}"
    docket = Docket(name=NAME, url=joined, execution_ttl=timedelta(seconds=60))
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await docket.__aenter__()
            await docket.wait_for_strikes_loaded()
    except (RedisError, OSError) as error:
        raise StoreUnavailable("Redis cannot be reached; try again shortly.") from error
    try:
        yield JobQueue(docket, lease_seconds=lease_seconds)
    finally:
        await _close(docket)


async def _close(docket: Docket) -> None:
    """
    Close pydocket within a moment.

    Its monitor of strikes can lose a cancel in redis-py's reading, and would then be waited for until its read of 60 s
    ends: it is cancelled until it has heard.
    """
    closing = asyncio.create_task(docket.__aexit__(None, None, None))
    while not closing.done():
        await asyncio.wait({closing}, timeout=0.1)
        for task in asyncio.all_tasks():
            if task.get_name() == f"{NAME} - strike monitor" and task.cancelling():
                task.cancel()
    closing.result()
