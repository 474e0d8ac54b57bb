"""
What the routes work with: the jobs, the queue, limits, the codebook, who waits for which job.

It knows the order in which a job is written down and queued, and nothing of HTTP.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from schemas.codebook import Codebook
from schemas.job import TERMINAL, JobPage
from schemas.outline import LoadedText
from service.errors import StoreUnavailable
from service.jobs.ending import end
from service.jobs.store import Accepted, CallerJobs, Gone, KeyReused, NewJob, QueueFull, Record, SameJob

SENT_SECONDS: Final = 0.2
LOOK_SECONDS: Final = 2.0  # a change that nobody told of is seen after this long

log = structlog.get_logger()
__all__ = ["Desk", "Enqueues", "JobPage", "Limits", "Load"]


class Enqueues(Protocol):
    """The two ends of the queue that a caller's side needs."""

    async def enqueue(self, job_id: str) -> bool: ...  # noqa: D102
    async def cancel(self, job_id: str) -> None: ...  # noqa: D102


class Load(Protocol):
    """Bytes to text, within the limits of the service."""

    def __call__(self, data: bytes, *, name: str | None, media_type: str | None, source: str | None) -> LoadedText: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a file, characters of a text, jobs that may wait, seconds for a body, callers that may wait at once."""

    max_bytes: int
    max_characters: int
    max_queue: int
    body_seconds: float
    waiting: int = 1000


@dataclass(slots=True)
class Desk:
    """One for each API process. `open` it while the process serves."""

    jobs: CallerJobs
    queue: Enqueues
    load: Load
    codebook: Codebook
    limits: Limits
    exposition: Callable[[], Awaitable[bytes]]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    _sent: list[str] = field(default_factory=list)
    # Who waits for which job, and whether only for its end.
    _waiters: defaultdict[str, dict[asyncio.Event, bool]] = field(default_factory=lambda: defaultdict(dict))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Follow changes and tidy up behind submissions."""
        chores = [asyncio.create_task(self._follow()), asyncio.create_task(self._tidy())]
        try:
            yield
        finally:
            self.stopping.set()
            await end(*chores, seconds=5.0)

    async def accept(self, new: NewJob) -> Accepted | SameJob | KeyReused | QueueFull:
        """Write the job down, then queue it. Once written it is accepted: where queueing fails, upkeep does it."""
        answer = await self.jobs.create(new, max_queue=self.limits.max_queue)
        if isinstance(answer, Accepted):
            await self.queue_up(answer.record.job.id)
        return answer

    async def queue_up(self, job_id: str) -> None:
        """Put a written job into the queue; the upkeep of a worker does it where this fails."""
        try:
            if await self.queue.enqueue(job_id):
                self._sent.append(job_id)
        except StoreUnavailable:
            log.warning("queued_later", job=job_id)

    async def cancel(self, job_id: str) -> None:
        """End the job as cancelled, and stop the work on it."""
        if await self.jobs.cancel(job_id):
            with suppress(StoreUnavailable):  # the worker notices by itself
                await self.queue.cancel(job_id)

    async def await_change(self, record: Record, *, until_terminal: bool, seconds: float) -> Record | Gone | None:
        """
        The job when it has changed (or, `until_terminal`, ended), or as it is after `seconds`.

        Where too many wait already, or the service stops, it is given back at once.
        """
        if seconds <= 0 or self.waiting >= self.limits.waiting or self.stopping.is_set():
            return record
        job_id, news = record.job.id, asyncio.Event()
        deadline = asyncio.get_running_loop().time() + seconds
        self.waiting += 1
        self._waiters[job_id][news] = until_terminal
        try:
            while True:
                known = await self.jobs.find(job_id, record.owner)
                if not isinstance(known, Record) or known.job.status in TERMINAL:
                    return known
                if not until_terminal and known.revision != record.revision:
                    return known
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0 or self.stopping.is_set():
                    return known
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, LOOK_SECONDS)):
                        await news.wait()
                news.clear()
        finally:
            self.waiting -= 1
            del self._waiters[job_id][news]
            if not self._waiters[job_id]:
                del self._waiters[job_id]

    async def _follow(self) -> None:
        while True:
            try:
                async for job_id, ended in self.jobs.changes():
                    for news, only_the_end in self._waiters.get(job_id, {}).items():
                        if ended or not only_the_end:
                            news.set()
            except StoreUnavailable:
                await asyncio.sleep(0.5)

    async def _tidy(self) -> None:
        """Take note that jobs are queued, many at once: it saves a step in every submission."""
        try:
            while True:
                await asyncio.sleep(SENT_SECONDS)
                await self._note_sent()
        finally:
            with suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._note_sent()

    async def _note_sent(self) -> None:
        if not self._sent:
            return
        sent, self._sent = self._sent, []
        with suppress(StoreUnavailable):  # the upkeep offers them to the queue again, which knows them
            await self.jobs.sent(sent)
