"""
What a worker does beside working: it shows that it is alive, and mends what crashes leave behind.

A job that was written down and never reached the queue is put there; so is one that the queue lost; expired results are
buried. One worker of all does each of these at a time. It knows nothing of how a job is worked on.

How the queue loses a job: a worker that was blocked beyond its lease wakes up, finds the job taken over, and ends its
delivery, which is the same one that the other worker now works under. Should that one vanish, nothing is left to
deliver, so jobs at work whose worker shows no life are offered to the queue again. And so is a job that the record says
this worker is at, and it is not: whatever went wrong, no job waits for somebody who has forgotten it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.errors import StoreUnavailable
from service.jobs.metrics import Tally
from service.jobs.store import WorkerJobs

BEAT_SECONDS: Final = 2.0
UNSENT_SECONDS: Final = 5.0
ORPHAN_SECONDS: Final = 5.0
HEARD_SECONDS: Final = 10.0  # five beats
BURY_SECONDS: Final = 60.0
RECONCILE_SECONDS: Final = 300.0
_BATCH: Final = 50

log = structlog.get_logger()


class Enqueues(Protocol):
    """Puts an id into the queue, False where it is there already; and knows what this worker is at."""

    async def enqueue(self, job_id: str) -> bool: ...  # noqa: D102
    def is_at(self, job_id: str) -> bool: ...  # noqa: D102


class Upkeep:
    """Runs beside one worker."""

    def __init__(self, jobs: WorkerJobs, queue: Enqueues, redis: Redis, tally: Tally, *, worker: str) -> None:
        self._jobs = jobs
        self._queue = queue
        self._redis = redis
        self._tally = tally
        self._worker = worker
        self._strays: set[str] = set()

    async def run(self) -> None:
        """Until cancelled; then say goodbye."""
        every = {
            self._send_unsent: UNSENT_SECONDS,
            self._send_orphans: ORPHAN_SECONDS,
            self._bury: BURY_SECONDS,
            self._reconcile: RECONCILE_SECONDS,
        }
        due = dict.fromkeys(every, 0.0)
        try:
            while True:
                await self._try(self._beat)
                await self._try(self._send_strays)
                for chore, seconds in every.items():
                    if time.monotonic() >= due[chore]:
                        due[chore] = time.monotonic() + seconds
                        await self._try(chore, turn_seconds=seconds)
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            with suppress(StoreUnavailable, RedisError, OSError):
                async with asyncio.timeout(2.0):
                    await self._jobs.leave(self._worker)
                    await self._tally.flush(self._redis)

    async def _try(self, chore: Callable[[], Awaitable[None]], *, turn_seconds: float | None = None) -> None:
        try:
            name = getattr(chore, "__name__", "chore").strip("_")
            if turn_seconds is None or await self._jobs.take_turn(name, seconds=turn_seconds * 0.9):
                await chore()
        except (StoreUnavailable, RedisError, OSError) as error:
            log.warning("upkeep_failed", error=type(error).__name__)

    async def _beat(self) -> None:
        await self._jobs.beat(self._worker)
        await self._tally.flush(self._redis)

    async def _send_unsent(self) -> None:
        for job_id in await self._jobs.unsent(older_than_seconds=UNSENT_SECONDS):
            if await self._queue.enqueue(job_id):
                await self._jobs.sent(job_id)
                log.warning("job_sent_late", job=job_id)

    async def _send_orphans(self) -> None:
        for job_id in await self._jobs.orphans(heard_seconds=HEARD_SECONDS):
            if await self._queue.enqueue(job_id):
                log.warning("job_of_a_lost_worker_sent_again", job=job_id)

    async def _send_strays(self) -> None:
        """Jobs that are this worker's by the record alone; one look may fall between an end and its writing, two not."""
        strays = {job_id for job_id in await self._jobs.held_by(self._worker) if not self._queue.is_at(job_id)}
        for job_id in strays & self._strays:
            if await self._queue.enqueue(job_id):
                log.warning("forgotten_job_sent_again", job=job_id)
        self._strays = strays

    async def _bury(self) -> None:
        while await self._jobs.bury_expired():
            pass

    async def _reconcile(self) -> None:
        """Offer every unfinished job to the queue: it takes those that it does not know."""
        lost = 0
        for number, job_id in enumerate(await self._jobs.unfinished()):
            lost += await self._queue.enqueue(job_id)
            if number % _BATCH == 0:
                await asyncio.sleep(0.01)
        if lost:
            log.warning("jobs_sent_again", jobs=lost)
