"""
A worker: takes jobs from the queue, has their reports read, and sees to it that each one ends and says why.

It knows attempts, time limits, cancelling and handing back, and nothing of HTTP or of how a report is read. The house
rules of a job: a worker that vanished costs it a strike unless it got further than before; three strikes end it as
`failed`; after two it is tried alone, so that it takes no other job with it. A model out of reach costs no strike: the
job waits, and only the parts that are missing are asked for again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar
from uuid import uuid4

import structlog

from schemas.extraction import Extraction
from schemas.job import JobError
from schemas.outline import LoadedText
from service.errors import BudgetSpent, ConfigurationError, FazhiError, ModelUnavailable, StoreUnavailable
from service.jobs.attempt import Attempt, Lost
from service.jobs.ending import end
from service.jobs.metrics import Tally
from service.jobs.outcome import Outcome, outcome_of
from service.jobs.store import WorkerJobs, pack
from service.jobs.store.work import Ending

if TYPE_CHECKING:  # an API imports this wing too, and has no need of a language-model client
    from service.extract import Progress

STORE_RETRY_SECONDS: Final = 0.5
STRIKE_DELAY_SECONDS: Final = 2.0
FIRST_MODEL_DELAY_SECONDS: Final = 2.0
LONGEST_MODEL_DELAY_SECONDS: Final = 60.0

log = structlog.get_logger()
T = TypeVar("T")


class Reads(Protocol):
    """Turns a text into a result, telling how far it is."""

    async def extract(  # noqa: D102
        self, loaded: LoadedText, on_progress: "Callable[[Progress], Awaitable[None]] | None" = None
    ) -> Extraction: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a job may take: strikes, and seconds for one attempt and for waiting on a model that is out of reach."""

    strikes: int = 3
    job_seconds: float = 1800.0
    model_down_seconds: float = 1800.0


class Worker:
    """Works on jobs by id; `handle` is what the queue calls."""

    def __init__(self, jobs: WorkerJobs, extractor: Reads, *, name: str, bounds: Bounds, tally: Tally) -> None:
        self._jobs = jobs
        self._extractor = extractor
        self._name = name
        self._bounds = bounds
        self._tally = tally
        self._alone = asyncio.Lock()
        # One token an attempt, kept until its end is known: a claim whose answer was lost is repeated, not doubled.
        self._tokens: dict[str, str] = {}

    async def handle(self, job_id: str) -> float | None:
        """Bring the job one attempt further; seconds after which to bring it again, None when it needs no more."""
        structlog.contextvars.bind_contextvars(job=job_id, worker=self._name)
        try:
            if await self._jobs.was_lost_before(job_id):
                async with self._alone:
                    return await self._attempt(job_id)
            return await self._attempt(job_id)
        except StoreUnavailable:
            log.warning("store_unavailable")
            return STORE_RETRY_SECONDS

    async def _attempt(self, job_id: str) -> float | None:
        token = self._tokens.setdefault(job_id, uuid4().hex)
        claim = await self._jobs.claim(job_id, worker=self._name, token=token)
        if claim is None:
            self._tokens.pop(job_id, None)
            return None
        structlog.contextvars.bind_contextvars(attempt=claim.attempt)
        attempt = Attempt(claim, self._jobs)
        try:
            again = await self._work(attempt)
        except asyncio.CancelledError:
            await self._give_back(attempt)
            raise
        except Lost:
            log.info("job_lost")
            again = None
        # The worker's edge: whatever rose, the job is marked and the worker goes on.
        except Exception as error:  # noqa: BLE001
            again = await self._stumble(attempt, error)
        finally:
            if attempt.writing is not None:
                attempt.writing.cancel()
        self._tokens.pop(job_id, None)
        return again

    async def _work(self, attempt: Attempt) -> float | None:
        record = attempt.claim.record
        if record.attempt == 1:
            self._tally.observe("fazhi_job_wait_seconds", max(0.0, time.time() - record.job.created_at.timestamp()))
        if record.strikes:
            self._tally.add("fazhi_redeliveries")
        if attempt.claim.loaded is None:
            await self._fail(attempt, "unsupported_version", _NEWER, retryable=True)
            return None
        if record.strikes >= self._bounds.strikes:
            await self._fail(attempt, "worker_lost", _POISON.format(record.strikes), retryable=False)
            return None
        log.info("job_started", characters=len(attempt.claim.loaded.text), strikes=record.strikes)
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._bounds.job_seconds) as limit:
                extraction = await self._read(attempt, attempt.claim.loaded)
        except TimeoutError:
            if not limit.expired():
                raise
            await self._fail(attempt, "time_limit", _TOO_LONG.format(self._bounds.job_seconds), retryable=True)
            return None
        outcome = outcome_of(extraction, attempt.progress)
        if outcome.model_down and (delay := self._patience(record.down_since)) is not None:
            waiting = JobError(code="model_unavailable", message=_WAITING, retryable=True)
            await self._insist(
                lambda: self._jobs.hand_back(attempt.id, attempt.claim.attempt, model_down=True, errors=[waiting])
            )
            self._tally.add("fazhi_handed_back", reason="model_unavailable")
            log.warning("job_waits_for_model", seconds=round(delay, 1))
            return delay
        await self._end(attempt, outcome, extraction)
        self._tally.observe("fazhi_job_seconds", time.monotonic() - started)
        return None

    async def _read(self, attempt: Attempt, loaded: LoadedText) -> Extraction:
        """Read the report unless the job is taken away meanwhile."""
        reading = asyncio.create_task(self._extractor.extract(loaded, attempt.tell))
        watching = asyncio.create_task(attempt.watch())
        try:
            await asyncio.wait({reading, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                watching.result()
                raise Lost
            return reading.result()
        finally:
            attempt.over.set()
            await end(reading)

    async def _end(self, attempt: Attempt, outcome: Outcome, extraction: Extraction) -> None:
        packed = b""
        if outcome.status != "failed":
            packed = await asyncio.to_thread(lambda: pack(extraction.model_dump_json().encode()))
        await self._conclude(
            attempt, outcome.status, outcome.errors, usage=extraction.usage.model_dump_json(), result=packed
        )
        for name, parts in (("from_cache", attempt.progress.from_cache), ("unread", attempt.progress.unread)):
            self._tally.add("fazhi_parts", parts, outcome=name)
        fresh = attempt.progress.parts - attempt.progress.from_cache - attempt.progress.unread
        self._tally.add("fazhi_parts", max(0, fresh), outcome="read")

    async def _fail(self, attempt: Attempt, code: str, message: str, *, retryable: bool) -> None:
        await self._conclude(attempt, "failed", [JobError(code=code, message=message, retryable=retryable)])

    async def _conclude(
        self, attempt: Attempt, status: Ending, errors: list[JobError], *, usage: str = "", result: bytes = b""
    ) -> None:
        if attempt.writing is not None:
            attempt.writing.cancel()
        kept = await self._insist(
            lambda: self._jobs.conclude(
                attempt.id,
                attempt.claim.attempt,
                status,
                errors=errors,
                progress=attempt.progress,
                usage=usage,
                result=result,
            )
        )
        if not kept:
            raise Lost
        self._tally.add("fazhi_jobs", status=status)
        log.info("job_ended", status=status, codes=sorted({one.code for one in errors}), parts=attempt.progress.parts)

    async def _stumble(self, attempt: Attempt, error: Exception) -> float | None:
        """An error that was not foreseen, or that ends the job."""
        cause = _first(error)
        match cause:
            case StoreUnavailable():
                raise cause
            case ConfigurationError() | BudgetSpent():
                code = "configuration" if isinstance(cause, ConfigurationError) else "budget_spent"
                await self._unless_lost(self._fail(attempt, code, str(cause), retryable=True))
                return None
            case ModelUnavailable() if (delay := self._patience(attempt.claim.record.down_since)) is not None:
                waiting = JobError(code="model_unavailable", message=_WAITING, retryable=True)
                await self._jobs.hand_back(attempt.id, attempt.claim.attempt, model_down=True, errors=[waiting])
                return delay
            case FazhiError():
                await self._unless_lost(self._fail(attempt, "unreadable", str(cause), retryable=False))
                return None
        log.error("job_stumbled", exc_info=cause)
        if attempt.claim.record.strikes + 1 >= self._bounds.strikes:
            await self._unless_lost(
                self._fail(attempt, "internal_error", _BROKEN.format(type(cause).__name__), retryable=False)
            )
            return None
        await self._jobs.hand_back(attempt.id, attempt.claim.attempt, strike=True)
        self._tally.add("fazhi_handed_back", reason="error")
        return STRIKE_DELAY_SECONDS

    async def _give_back(self, attempt: Attempt) -> None:
        """The worker stops: the job is queued again at once and has lost nothing but the calls in flight."""
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(3.0):
                if await self._jobs.hand_back(attempt.id, attempt.claim.attempt):
                    self._tally.add("fazhi_handed_back", reason="stopping")
                    log.info("job_handed_back")
        self._tokens.pop(attempt.id, None)

    async def _insist(self, write: Callable[[], Awaitable[T]]) -> T:
        """A write that is worth waiting for: what it says was paid for. Ends when Redis is back or the worker stops."""
        pause = STORE_RETRY_SECONDS
        while True:
            try:
                return await write()
            except StoreUnavailable:
                log.warning("store_unavailable")
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, 5.0)

    async def _unless_lost(self, ending: Awaitable[None]) -> None:
        with suppress(Lost):
            await ending

    def _patience(self, down_since: float | None) -> float | None:
        """Seconds to wait for the model, growing with the time it has been away; None when the bound is reached."""
        away = max(0.0, time.time() - down_since) if down_since is not None else 0.0
        delay = min(max(FIRST_MODEL_DELAY_SECONDS, away / 2), LONGEST_MODEL_DELAY_SECONDS)
        return None if away + delay > self._bounds.model_down_seconds else delay


def _first(error: BaseException) -> BaseException:
    """The first error inside a group: parts run in one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


_NEWER: Final = "The job was written by another version of fazhi that this worker cannot read; submit the report again."
_POISON: Final = "The worker stopped {} times while it read this report; it is not tried again."
_TOO_LONG: Final = (
    "Reading took longer than {:.0f} s; what was read is in the cache, so submitting it again goes on from there."
)
_WAITING: Final = "The language model cannot be reached; the job waits and goes on by itself."
_BROKEN: Final = "An error inside fazhi ({}) stopped the reading three times; please report it with the id of the job."
