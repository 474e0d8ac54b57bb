"""
What a caller may do with jobs: hand one in, look, list, cancel, delete, try again.

It knows owners: a job of another owner does not exist. It knows nothing of workers but that one may be at the job.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeVar, cast

from redis.asyncio import Redis

from schemas.job import Status
from service.jobs.store import scripts
from service.jobs.store.records import (
    ALL,
    CHANGED,
    CORRECTIONS,
    IDEMPOTENCY,
    JOB,
    OWNER,
    QUEUED,
    RESULT,
    RUNNING,
    TEXT,
    UNSENT,
    WORKERS,
    Census,
    Gone,
    NewJob,
    Record,
    names,
    new_id,
    pack_text,
    reaching,
    read,
    unpack,
    unpack_text,
    written,
)

HEARD_SECONDS: Final = 10.0
OFF_LOOP_BYTES: Final = 65_536  # packed; more takes milliseconds that other callers would wait
_SCAN: Final = 200
_MOST_SCANNED: Final = 5000

Corrected = Literal["kept", "changed", "gone"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Accepted:
    """Written down; it will end."""

    record: Record


@dataclass(frozen=True, slots=True)
class SameJob:
    """The same report was handed in under this idempotency key before."""

    record: Record


@dataclass(frozen=True, slots=True)
class KeyReused:
    """Something else was handed in under this idempotency key."""


@dataclass(frozen=True, slots=True)
class QueueFull:
    """As many jobs wait as may wait."""


class CallerJobs:
    """Jobs as their owners see them. Every method raises StoreUnavailable where Redis is away."""

    def __init__(self, redis: Redis, *, result_ttl_seconds: float, tombstone_ttl_seconds: float) -> None:
        self._redis = redis
        self._result_ttl_ms = int(result_ttl_seconds * 1000)
        self._tombstone_ttl_ms = int(tombstone_ttl_seconds * 1000)
        self._create = redis.register_script(scripts.CREATE)
        self._cancel = redis.register_script(scripts.CANCEL)
        self._bury = redis.register_script(scripts.BURY)
        self._retry = redis.register_script(scripts.RETRY)
        self._correct = redis.register_script(scripts.CORRECT)

    async def create(self, new: NewJob, *, max_queue: int) -> Accepted | SameJob | KeyReused | QueueFull:
        """Write the job down, whole or not at all; it still has to be put in the queue."""
        job_id, now = new_id(), time.time()
        fields = written(new, job_id, now)
        key, body = new.idempotency or ("", "")
        idempotency = f"{IDEMPOTENCY}{new.owner}:{sha256(key.encode()).hexdigest()}" if key else JOB + job_id
        with reaching():
            answer = await self._create(
                keys=[JOB + job_id, TEXT + job_id, OWNER + new.owner, idempotency],
                args=[
                    job_id,
                    fields["created_at"],
                    max_queue,
                    body,
                    self._result_ttl_ms,
                    pack_text(new.loaded.text),
                    *(word for pair in fields.items() for word in pair),
                ],
            )
        match answer:
            case [b"created"]:
                record = read({name.encode(): value.encode() for name, value in fields.items()}, now)
                return Accepted(cast(Record, record))
            case [b"same", kept]:
                known = await self.find(kept.decode(), new.owner)
                # Between the two looks the job may have gone; its key then still stands for that body.
                return SameJob(known) if isinstance(known, Record) else KeyReused()
            case [b"other"]:
                return KeyReused()
            case _:
                return QueueFull()

    async def sent(self, job_ids: Sequence[str]) -> None:
        """The queue has them."""
        with reaching():
            await self._redis.zrem(UNSENT, *job_ids)

    async def find(self, job_id: str, owner: str | None) -> Record | Gone | None:
        """The job of this owner (None: an operator, who may see all), what is left of it, or None."""
        with reaching():
            fields = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(JOB + job_id))
        known = read(fields, time.time())
        return known if known is None or owner is None or known.owner == owner else None

    async def text(self, job_id: str) -> str | None:
        """The loaded text that offsets refer to."""
        with reaching():
            raw = await self._redis.get(TEXT + job_id)
        return None if raw is None else unpack_text(cast(bytes, raw))

    async def result(self, job_id: str) -> bytes | None:
        """The result in its JSON wire form."""
        with reaching():
            raw = cast("bytes | None", await self._redis.get(RESULT + job_id))
        if raw is None:
            return None
        return await asyncio.to_thread(unpack, raw) if len(raw) > OFF_LOOP_BYTES else unpack(raw)

    async def page(
        self, owner: str | None, *, status: Status | None, after: str | None, limit: int
    ) -> tuple[list[Record], str | None]:
        """Newest first, from behind the id `after`; the id to go on from, None at the end."""
        key = ALL if owner is None else OWNER + owner
        upper, found, scanned = (f"({after}" if after else "+"), [], 0
        while True:
            with reaching():
                raw = await self._redis.zrange(key, upper, "-", desc=True, bylex=True, offset=0, num=_SCAN)
                ids = names(raw)
                async with self._redis.pipeline(transaction=False) as pipe:
                    for job_id in ids:
                        pipe.hgetall(JOB + job_id)
                    hashes = await pipe.execute() if ids else []
            now = time.time()
            for job_id, fields in zip(ids, hashes, strict=True):
                record = read(fields, now)
                if record is None:
                    with reaching():
                        await self._redis.zrem(key, job_id)
                elif isinstance(record, Record) and (status is None or record.job.status == status):
                    found.append(record)
                    if len(found) > limit:
                        return found[:limit], found[limit - 1].job.id
                upper = f"({job_id}"
            scanned += len(ids)
            if len(ids) < _SCAN:
                return found, None
            if scanned >= _MOST_SCANNED:
                return found, upper[1:]

    async def results(self, owner: str) -> AsyncIterator[tuple[Record, bytes]]:
        """Every result of the owner with its job, newest first, one at a time."""
        after: str | None = None
        while True:
            records, after = await self.page(owner, status=None, after=after, limit=100)
            for record in records:
                if record.job.status in ("completed", "incomplete") and (raw := await self.result(record.job.id)):
                    yield record, raw
            if after is None:
                return

    async def cancel(self, job_id: str) -> bool:
        """End it as cancelled now, whatever a worker still does; False where it had ended."""
        with reaching():
            return bool(
                await self._cancel(
                    keys=[JOB + job_id], args=[job_id, time.time(), self._result_ttl_ms, self._tombstone_ttl_ms]
                )
            )

    async def delete(self, job_id: str, owner: str) -> None:
        """Text, result and corrections are gone; a tombstone tells that there was a job."""
        with reaching():
            await self._bury(keys=[JOB + job_id, OWNER + owner], args=[job_id, "deleted", self._tombstone_ttl_ms])

    async def retry(self, job_id: str) -> bool:
        """Queue an ended job again; False where that cannot be. It still has to be put in the queue."""
        with reaching():
            return bool(await self._retry(keys=[JOB + job_id], args=[job_id, time.time()]))

    async def corrections(self, job_id: str) -> bytes | None:
        """What people corrected, as it was put."""
        with reaching():
            return cast("bytes | None", await self._redis.get(CORRECTIONS + job_id))

    async def put_corrections(self, job_id: str, body: bytes, *, instead_of: bytes | None) -> Corrected:
        """Keep corrections as long as the result, where those there now are still the ones that they were made from."""
        with reaching():
            answer = await self._correct(keys=[RESULT + job_id, CORRECTIONS + job_id], args=[body, instead_of or b""])
        match answer:
            case b"kept":
                return "kept"
            case b"changed":
                return "changed"
            case _:
                return "gone"

    async def census(self) -> Census:
        """Counts for health and metrics."""
        now = time.time()
        with reaching():
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.zcard(QUEUED)
                pipe.zrange(QUEUED, 0, 0, withscores=True)
                pipe.zcard(RUNNING)
                pipe.zrangebyscore(WORKERS, now - HEARD_SECONDS, "+inf")
                queued, oldest, running, workers = await pipe.execute()
        return Census(
            queued=queued,
            oldest_seconds=max(0.0, now - oldest[0][1]) if oldest else 0.0,
            running=running,
            workers=tuple(names(workers)),
        )

    async def changes(self) -> AsyncIterator[tuple[str, bool]]:
        """
        Ids of jobs as they change, and whether they may have ended with it.

        From the moment the first step of the iteration returns; "" says it has begun.
        """
        with reaching():
            async with self._redis.pubsub() as channel:
                await channel.subscribe(CHANGED)
                while True:
                    message = await channel.get_message(ignore_subscribe_messages=False, timeout=15.0)
                    if message is None:
                        await channel.ping()
                    elif message["type"] == "subscribe":
                        yield "", False
                    elif message["type"] == "message":
                        job_id, _, status = message["data"].decode().partition(" ")
                        yield job_id, status not in ("queued", "in_progress")
