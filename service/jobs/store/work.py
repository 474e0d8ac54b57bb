"""
What a worker may do with a job: claim it, tell how far it is, end it, or hand it back.

A claim raises the attempt number, and every later write names it: after another claim, a cancel or an end, the write
changes nothing and says so. The housekeeping finds jobs that the queue lost and buries what has expired. It knows
nothing of how a report is read.
"""

import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from redis.asyncio import Redis

from schemas.job import JobError, JobProgress
from schemas.outline import LoadedText
from service.jobs.store import scripts
from service.jobs.store.records import (
    EXPIRING,
    JOB,
    OWNER,
    QUEUED,
    RECORD_VERSION,
    RESULT,
    RUNNING,
    UNSENT,
    WORKERS,
    Gone,
    Record,
    names,
    reaching,
    read,
    unpack_text,
    write_errors,
    write_progress,
)

Ending = Literal["completed", "incomplete", "failed"]
_FORGET_WORKER_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is this worker's. `loaded` is None where the record or text is of a version not read here."""

    record: Record
    attempt: int
    loaded: LoadedText | None


class WorkerJobs:
    """Jobs as workers see them. Every method raises StoreUnavailable where Redis is away."""

    def __init__(self, redis: Redis, *, result_ttl_seconds: float, tombstone_ttl_seconds: float) -> None:
        self._redis = redis
        self._result_ttl_ms = int(result_ttl_seconds * 1000)
        self._tombstone_ttl_ms = int(tombstone_ttl_seconds * 1000)
        self._claim = redis.register_script(scripts.CLAIM)
        self._progress = redis.register_script(scripts.PROGRESS)
        self._hand_back = redis.register_script(scripts.HAND_BACK)
        self._conclude = redis.register_script(scripts.CONCLUDE)
        self._bury = redis.register_script(scripts.BURY)

    async def was_lost_before(self, job_id: str) -> bool:
        """
        Whether a worker vanished with this job twice in a row: the next try may be the last, and is made alone.

        One that got further each time only had bad luck: it waits in no line behind others like it.
        """
        with reaching():
            status, *counts = await cast(
                "Awaitable[list[bytes | None]]",
                self._redis.hmget(JOB + job_id, ["status", "strikes", "best", "best_at_claim"]),
            )
        strikes, best, best_at_claim = (int(one or 0) for one in counts)
        return status == b"in_progress" and strikes >= 1 and best <= best_at_claim

    async def claim(self, job_id: str, *, worker: str, token: str) -> Claim | None:
        """Make the job this worker's; None where it has ended or is gone. The same token claims only once."""
        now = time.time()
        with reaching():
            answer = await self._claim(keys=[JOB + job_id], args=[job_id, now, token, worker])
        if answer[0] != b"claimed":
            return None
        fields = dict(zip(answer[1][::2], answer[1][1::2], strict=True))
        record = read(fields, now)
        if record is None or isinstance(record, Gone):
            return None
        text = unpack_text(answer[2])
        known = record.version == RECORD_VERSION and text is not None
        loaded = (
            LoadedText(
                text=text or "",
                name=record.job.name,
                source=record.source,
                media_type=record.media_type,
                converted=record.media_type not in ("text/plain", "text/markdown"),
            )
            if known
            else None
        )
        return Claim(record=record, attempt=record.attempt, loaded=loaded)

    async def holds(self, job_id: str, attempt: int) -> bool:
        """Whether the job is still this attempt's."""
        with reaching():
            status, now_at = await cast(
                "Awaitable[list[bytes | None]]", self._redis.hmget(JOB + job_id, ["status", "attempt"])
            )
        return status == b"in_progress" and now_at == str(attempt).encode()

    async def tell(self, job_id: str, attempt: int, progress: JobProgress) -> bool:
        """Write progress; False where the job is no longer this attempt's."""
        with reaching():
            return bool(
                await self._progress(
                    keys=[JOB + job_id], args=[job_id, attempt, write_progress(progress), progress.read]
                )
            )

    async def hand_back(
        self,
        job_id: str,
        attempt: int,
        *,
        strike: bool = False,
        model_down: bool = False,
        errors: Sequence[JobError] = (),
    ) -> bool:
        """Queued again, with the reason; False where the job is no longer this attempt's."""
        with reaching():
            return bool(
                await self._hand_back(
                    keys=[JOB + job_id],
                    args=[job_id, attempt, time.time(), int(strike), write_errors(errors), "1" if model_down else "0"],
                )
            )

    async def conclude(
        self,
        job_id: str,
        attempt: int,
        status: Ending,
        *,
        errors: Sequence[JobError] = (),
        progress: JobProgress | None = None,
        usage: str = "",
        result: bytes = b"",
    ) -> bool:
        """End the job, with its packed result where there is one; False where it is no longer this attempt's."""
        with reaching():
            return bool(
                await self._conclude(
                    keys=[JOB + job_id, RESULT + job_id],
                    args=[
                        job_id,
                        attempt,
                        time.time(),
                        status,
                        write_errors(errors),
                        usage,
                        result,
                        self._result_ttl_ms,
                        self._tombstone_ttl_ms,
                        write_progress(progress) if progress else "",
                    ],
                )
            )

    async def sent(self, job_id: str) -> None:
        """The queue has it."""
        with reaching():
            await self._redis.zrem(UNSENT, job_id)

    async def unsent(self, *, older_than_seconds: float, most: int = 500) -> list[str]:
        """Jobs written down that the queue may never have got."""
        with reaching():
            ids = await self._redis.zrangebyscore(UNSENT, 0, time.time() - older_than_seconds, start=0, num=most)
        return names(ids)

    async def unfinished(self) -> list[str]:
        """Every job that has not ended, oldest first."""
        with reaching():
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.zrange(RUNNING, 0, -1)
                pipe.zrange(QUEUED, 0, -1)
                running, queued = await pipe.execute()
        return [*names(running), *names(queued)]

    async def orphans(self, *, heard_seconds: float) -> list[str]:
        """Jobs at work whose worker has shown no life for so long."""
        with reaching():
            alive = await self._redis.zrangebyscore(WORKERS, time.time() - heard_seconds, "+inf")
        return [job_id for job_id, holder in (await self._holders()).items() if holder not in alive]

    async def held_by(self, worker: str) -> list[str]:
        """Jobs that this worker claimed and has not ended."""
        return [job_id for job_id, holder in (await self._holders()).items() if holder == worker.encode()]

    async def _holders(self) -> dict[str, bytes | None]:
        with reaching():
            running = names(await self._redis.zrange(RUNNING, 0, -1))
            async with self._redis.pipeline(transaction=False) as pipe:
                for job_id in running:
                    pipe.hget(JOB + job_id, "worker")
                return dict(zip(running, await pipe.execute() if running else [], strict=True))

    async def bury_expired(self, most: int = 500) -> int:
        """Turn records whose result has expired into tombstones; how many."""
        with reaching():
            due = await self._redis.zrangebyscore(EXPIRING, 0, time.time(), start=0, num=most)
            for job_id in names(due):
                owner = await cast("Awaitable[bytes | None]", self._redis.hget(JOB + job_id, "owner"))
                whose = OWNER + (owner or b"").decode()
                await self._bury(keys=[JOB + job_id, whose], args=[job_id, "expired", self._tombstone_ttl_ms])
        return len(due)

    async def beat(self, worker: str) -> None:
        """This worker is alive."""
        now = time.time()
        with reaching():
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.zadd(WORKERS, {worker: now})
                pipe.zremrangebyscore(WORKERS, 0, now - _FORGET_WORKER_SECONDS)
                await pipe.execute()

    async def leave(self, worker: str) -> None:
        """This worker has stopped."""
        with reaching():
            await self._redis.zrem(WORKERS, worker)

    async def take_turn(self, what: str, *, seconds: float) -> bool:
        """Whether it is this caller's turn at something that one of all workers does every so often."""
        with reaching():
            return bool(await self._redis.set(f"fazhi:turn:{what}", "1", nx=True, px=int(seconds * 1000)))
