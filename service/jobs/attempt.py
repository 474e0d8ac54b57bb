"""
One try of a worker at one job: its progress, and whether the job is still its own.

It knows the attempt number that every write names, and nothing of how the job ends.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from schemas.job import JobProgress
from service.errors import StoreUnavailable
from service.jobs.store import Claim, WorkerJobs

if TYPE_CHECKING:  # an API imports this wing too, and has no need of a language-model client
    from service.extract import Progress

HOLD_CHECK_SECONDS: Final = 0.4


class Lost(Exception):
    """The job is somebody else's now, or cancelled: stop, and write nothing."""


@dataclass(slots=True)
class Attempt:
    """One try at one job: whose progress is written as it comes, the latest first, one write at a time."""

    claim: Claim
    jobs: WorkerJobs
    progress: JobProgress = field(default_factory=JobProgress)
    writing: asyncio.Task[None] | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> str:
        """Of the job."""
        return self.claim.record.job.id

    async def tell(self, progress: "Progress") -> None:
        """Take note of progress; it is written at once, or with what has come by when the write before is done."""
        self.progress = JobProgress(
            parts=progress.parts, read=progress.read, from_cache=progress.from_cache, unread=progress.unread
        )
        if self.writing is None or self.writing.done():
            self.writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        written = None
        while written != self.progress:
            written = self.progress
            try:
                if not await self.jobs.tell(self.id, self.claim.attempt, written):
                    self.over.set()
            except StoreUnavailable:
                return  # progress is news, not work: the next part tells again, and the end tells all

    async def watch(self) -> None:
        """
        Return when the job is no longer this attempt's (cancelled, deleted, claimed by another worker), or at its end.

        It is told of the end, not cancelled: a cancel that is lost in a read of Redis would hold the end up.
        """
        while not self.over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(HOLD_CHECK_SECONDS):
                    await self.over.wait()
                return
            with suppress(StoreUnavailable):
                if not await self.jobs.holds(self.id, self.claim.attempt):
                    self.over.set()
