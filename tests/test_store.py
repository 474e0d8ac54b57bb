"""Job records: whole or not there, owned, conditional on the attempt, gone when their time is over."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from schemas.job import JobError, JobProgress
from schemas.outline import LoadedText
from service.errors import StoreUnavailable
from service.jobs.store import (
    Accepted,
    CallerJobs,
    Gone,
    KeyReused,
    NewJob,
    QueueFull,
    Record,
    SameJob,
    WorkerJobs,
    pack,
)
from service.jobs.store.records import JOB, new_id

TEXT = LoadedText(text="全年受理行政复议案件68件。\ud800", name="报告", source="https://example.org")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def jobs(redis: Redis) -> CallerJobs:
    return CallerJobs(redis, result_ttl_seconds=100, tombstone_ttl_seconds=100)


@pytest.fixture
def work(redis: Redis) -> WorkerJobs:
    return WorkerJobs(redis, result_ttl_seconds=100, tombstone_ttl_seconds=100)


async def create(jobs: CallerJobs, owner: str = "ann", **more: object) -> Record:
    made = await jobs.create(NewJob(owner, TEXT, **more), max_queue=100)  # type: ignore[arg-type]
    assert isinstance(made, Accepted)
    return made.record


async def test_what_is_accepted_can_be_found_at_once_with_its_text(jobs: CallerJobs) -> None:
    record = await create(jobs, metadata={"year": "2023"})
    found = await jobs.find(record.job.id, "ann")
    assert found == record
    assert record.job.status == "queued"
    assert record.job.metadata == {"year": "2023"}
    assert await jobs.text(record.job.id) == TEXT.text


async def test_another_owners_job_does_not_exist(jobs: CallerJobs) -> None:
    record = await create(jobs)
    assert await jobs.find(record.job.id, "bob") is None
    assert await jobs.find(record.job.id, None) == record
    assert await jobs.page("bob", status=None, after=None, limit=10) == ([], None)


async def test_the_same_key_and_body_give_the_same_job_and_another_body_none(jobs: CallerJobs) -> None:
    first = await create(jobs, idempotency=("k", "hash"))
    again = await jobs.create(NewJob("ann", TEXT, idempotency=("k", "hash")), max_queue=100)
    assert isinstance(again, SameJob)
    assert again.record.job.id == first.job.id
    assert isinstance(await jobs.create(NewJob("ann", TEXT, idempotency=("k", "other")), max_queue=100), KeyReused)
    other = await jobs.create(NewJob("bob", TEXT, idempotency=("k", "other")), max_queue=100)
    assert isinstance(other, Accepted)


async def test_thirty_submissions_under_one_key_make_one_job(jobs: CallerJobs) -> None:
    made = await asyncio.gather(
        *(jobs.create(NewJob("ann", TEXT, idempotency=("k", "hash")), max_queue=100) for _ in range(30))
    )
    assert len({one.record.job.id for one in made if isinstance(one, (Accepted, SameJob))}) == 1
    assert (await jobs.census()).queued == 1


async def test_a_full_queue_refuses(jobs: CallerJobs) -> None:
    for _ in range(2):
        assert isinstance(await jobs.create(NewJob("ann", TEXT), max_queue=2), Accepted)
    assert isinstance(await jobs.create(NewJob("ann", TEXT), max_queue=2), QueueFull)


async def test_a_claim_raises_the_attempt_and_a_repeated_one_does_not(jobs: CallerJobs, work: WorkerJobs) -> None:
    job_id = (await create(jobs)).job.id
    first = await work.claim(job_id, worker="w", token="a")
    assert first is not None
    assert (first.attempt, first.record.strikes) == (1, 0)
    assert first.loaded is not None
    assert first.loaded.text == TEXT.text
    again = await work.claim(job_id, worker="w", token="a")
    assert again is not None
    assert (again.attempt, again.record.strikes) == (1, 0)
    other = await work.claim(job_id, worker="x", token="b")
    assert other is not None
    assert (other.attempt, other.record.strikes) == (2, 1)


async def test_a_worker_that_lost_its_job_changes_nothing(jobs: CallerJobs, work: WorkerJobs) -> None:
    job_id = (await create(jobs)).job.id
    await work.claim(job_id, worker="stale", token="a")
    await work.claim(job_id, worker="fresh", token="b")
    assert not await work.tell(job_id, 1, JobProgress(parts=9, read=9))
    assert not await work.hand_back(job_id, 1, strike=True)
    assert not await work.conclude(job_id, 1, "failed")
    assert not await work.holds(job_id, 1)
    assert await work.conclude(job_id, 2, "completed", result=pack(b"{}"))
    assert not await work.conclude(job_id, 1, "failed")
    found = await jobs.find(job_id, "ann")
    assert isinstance(found, Record)
    assert found.job.status == "completed"
    assert found.job.progress == JobProgress()
    assert await jobs.result(job_id) == b"{}"


async def test_an_end_whose_answer_was_lost_may_be_written_again(jobs: CallerJobs, work: WorkerJobs) -> None:
    job_id = (await create(jobs)).job.id
    await work.claim(job_id, worker="w", token="a")
    assert await work.conclude(job_id, 1, "completed", result=pack(b"{}"))
    assert await work.conclude(job_id, 1, "completed", result=pack(b"{}"))


async def test_strikes_count_only_attempts_that_got_no_further(jobs: CallerJobs, work: WorkerJobs) -> None:
    job_id = (await create(jobs)).job.id
    for number in range(1, 6):
        claim = await work.claim(job_id, worker="w", token=str(number))
        assert claim is not None
        assert claim.record.strikes == min(number - 1, 1)
        await work.tell(job_id, claim.attempt, JobProgress(parts=9, read=number))
    for strikes in (1, 2, 3):
        claim = await work.claim(job_id, worker="w", token=f"no progress {strikes}")
        assert claim is not None
        assert claim.record.strikes == strikes


async def test_a_cancelled_job_is_ended_for_its_worker_too(jobs: CallerJobs, work: WorkerJobs) -> None:
    job_id = (await create(jobs)).job.id
    await work.claim(job_id, worker="w", token="a")
    assert await jobs.cancel(job_id)
    assert not await jobs.cancel(job_id)
    assert not await work.conclude(job_id, 1, "completed", result=pack(b"{}"))
    assert await work.claim(job_id, worker="w", token="b") is None
    assert await jobs.result(job_id) is None


async def test_deleting_leaves_a_tombstone_and_nothing_else(jobs: CallerJobs, work: WorkerJobs, redis: Redis) -> None:
    job_id = (await create(jobs, metadata={"secret": "x"})).job.id
    await work.claim(job_id, worker="w", token="a")
    await work.conclude(job_id, 1, "completed", result=pack(b"{}"))
    await jobs.delete(job_id, "ann")
    assert await jobs.find(job_id, "ann") == Gone(job_id, "ann", "deleted")
    assert await jobs.find(job_id, "bob") is None
    assert await jobs.text(job_id) is None
    assert await jobs.result(job_id) is None
    assert await jobs.page("ann", status=None, after=None, limit=10) == ([], None)
    assert set(await redis.hgetall(JOB + job_id)) == {b"id", b"owner", b"gone", b"status", b"rev"}
    assert 0 < await redis.pttl(JOB + job_id) <= 100_000


async def test_an_expired_job_is_gone_before_and_after_it_is_buried(redis: Redis) -> None:
    jobs = CallerJobs(redis, result_ttl_seconds=0.05, tombstone_ttl_seconds=100)
    work = WorkerJobs(redis, result_ttl_seconds=0.05, tombstone_ttl_seconds=100)
    job_id = (await create(jobs)).job.id
    await work.claim(job_id, worker="w", token="a")
    await work.conclude(job_id, 1, "completed", result=pack(b"{}"))
    await asyncio.sleep(0.1)
    assert await jobs.find(job_id, "ann") == Gone(job_id, "ann", "expired")
    assert await work.bury_expired() == 1
    assert await work.bury_expired() == 0
    assert await jobs.find(job_id, "ann") == Gone(job_id, "ann", "expired")
    assert await redis.zcard("fazhi:jobs") == 0


async def test_a_waiting_job_never_expires(jobs: CallerJobs, redis: Redis) -> None:
    job_id = (await create(jobs)).job.id
    assert await redis.pttl(JOB + job_id) == -1
    assert await redis.pttl(f"fazhi:text:{job_id}") == -1


async def test_an_ended_job_can_be_tried_again_but_not_a_complete_one(jobs: CallerJobs, work: WorkerJobs) -> None:
    job_id = (await create(jobs)).job.id
    assert not await jobs.retry(job_id)
    await work.claim(job_id, worker="w", token="a")
    await work.conclude(job_id, 1, "failed", errors=[JobError(code="x", message="y", retryable=True)])
    assert await jobs.retry(job_id)
    claim = await work.claim(job_id, worker="w", token="b")
    assert claim is not None
    assert (claim.attempt, claim.record.job.errors) == (2, ())
    await work.conclude(job_id, 2, "completed")
    assert not await jobs.retry(job_id)


async def test_pages_hold_each_job_once_newest_first(jobs: CallerJobs, work: WorkerJobs) -> None:
    ids = [(await create(jobs)).job.id for _ in range(25)]
    await jobs.cancel(ids[3])
    seen, after = [], None
    while True:
        records, after = await jobs.page("ann", status=None, after=after, limit=10)
        seen += [one.job.id for one in records]
        if after is None:
            break
    assert seen == sorted(ids, reverse=True)
    cancelled, _ = await jobs.page("ann", status="cancelled", after=None, limit=10)
    assert [one.job.id for one in cancelled] == [ids[3]]


async def test_ids_sort_by_time_and_never_repeat() -> None:
    early = new_id()
    time.sleep(0.002)  # noqa: ASYNC251
    assert early < new_id()
    assert len({new_id() for _ in range(1000)}) == 1000


async def test_a_record_of_another_version_is_claimed_without_a_text(
    jobs: CallerJobs, work: WorkerJobs, redis: Redis
) -> None:
    job_id = (await create(jobs)).job.id
    await redis.hset(JOB + job_id, "v", "0")
    claim = await work.claim(job_id, worker="w", token="a")
    assert claim is not None
    assert claim.loaded is None


async def test_corrections_live_as_long_as_the_result(jobs: CallerJobs, work: WorkerJobs, redis: Redis) -> None:
    job_id = (await create(jobs)).job.id
    assert await jobs.put_corrections(job_id, b"{}", instead_of=None) == "gone"
    await work.claim(job_id, worker="w", token="a")
    await work.conclude(job_id, 1, "completed", result=pack(b"{}"))
    assert await jobs.put_corrections(job_id, b"[1]", instead_of=None) == "kept"
    assert await jobs.corrections(job_id) == b"[1]"
    assert 0 < await redis.pttl(f"fazhi:corrections:{job_id}") <= 100_000


async def test_corrections_take_the_place_only_of_those_they_were_made_from(jobs: CallerJobs, work: WorkerJobs) -> None:
    job_id = (await create(jobs)).job.id
    await work.claim(job_id, worker="w", token="a")
    await work.conclude(job_id, 1, "completed", result=pack(b"{}"))
    made_from = None
    for bodies in ((b"[1]", b"[2]"), (b"[3]", b"[4]")):
        puts = (jobs.put_corrections(job_id, body, instead_of=made_from) for body in bodies)
        said = await asyncio.gather(*puts)  # each over a connection of its own
        assert sorted(said) == ["changed", "kept"]
        made_from = await jobs.corrections(job_id)
        assert made_from == bodies[said.index("kept")]
    # A client that repeats a write whose answer was lost is told the same.
    assert await jobs.put_corrections(job_id, made_from or b"", instead_of=b"long gone") == "kept"


async def test_without_redis_everything_says_so() -> None:
    client = Redis.from_url("unix:///nowhere/valkey.sock")
    jobs = CallerJobs(client, result_ttl_seconds=1, tombstone_ttl_seconds=1)
    with pytest.raises(StoreUnavailable):
        await jobs.create(NewJob("ann", TEXT), max_queue=1)
    with pytest.raises(StoreUnavailable):
        await jobs.find("x", "ann")
    await client.aclose()
