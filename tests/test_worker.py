"""Workers: every job ends and says why, nothing is paid twice, a stale worker changes nothing."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from service_parts import (
    ask_twice,
    ended,
    look_until,
    paid,
    serving,
    settings_for,
    start_worker,
    submit,
    until,
    valkey,
    working,
)

from schemas.job import JobProgress
from schemas.outline import LoadedText
from service import wiring_service
from service.jobs.store import Accepted, NewJob, Record, WorkerJobs
from service.settings import Settings


@pytest.fixture
def url(redis_url: str) -> str:
    return redis_url


@pytest.fixture
def settings(url: str) -> Settings:
    return settings_for(url, lease_seconds=2.0, shutdown_seconds=3.0)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(settings) as client:
        yield client


async def test_a_report_becomes_a_result_with_progress_on_the_way(
    client: httpx2.AsyncClient, settings: Settings, ledger: Path
) -> None:
    async with working(settings, ledger):
        job_id = await submit(client, "parts=4 seconds=0.2 at_once=1 68件", name="报告")
        seen = set()
        while (job := (await client.get(f"/v1/extractions/{job_id}")).json())["status"] != "completed":
            seen.add((job["status"], job["progress"]["read"]))
            await asyncio.sleep(0.02)
    assert {("in_progress", 1), ("in_progress", 2), ("in_progress", 3)} <= seen
    assert job["progress"] == {"parts": 4, "read": 4, "from_cache": 0, "unread": 0}
    assert job["created_at"] <= job["started_at"] <= job["completed_at"] < job["expires_at"]
    assert len(paid(ledger)) == 4


async def test_the_same_report_again_costs_nothing(
    client: httpx2.AsyncClient, settings: Settings, ledger: Path
) -> None:
    async with working(settings, ledger):
        for cached in (0, 3):
            job = await ended(client, await submit(client, "parts=3 68件"))
            assert job["progress"]["from_cache"] == cached
    assert len(paid(ledger)) == 3


async def test_cancelling_ends_the_job_and_its_work_within_a_second(
    client: httpx2.AsyncClient, settings: Settings, ledger: Path
) -> None:
    async with working(settings, ledger):
        job_id = await submit(client, "parts=100 seconds=0.3 at_once=1")
        await until(lambda: paid(ledger))
        began = time.monotonic()
        answer = await client.post(f"/v1/extractions/{job_id}/cancel")
        assert answer.json()["status"] == "cancelled"
        await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
        by_then = len(paid(ledger))
        await asyncio.sleep(1.0)
        assert len(paid(ledger)) == by_then
        assert (await client.get(f"/v1/extractions/{job_id}")).json()["status"] == "cancelled"


async def test_a_worker_notices_a_cancel_that_nobody_told_it_of(
    client: httpx2.AsyncClient, settings: Settings, ledger: Path, url: str
) -> None:
    async with working(settings, ledger) as program:
        job_id = await submit(client, "parts=100 seconds=0.3 at_once=1")
        await until(lambda: paid(ledger))
        redis = Redis.from_url(url)
        await redis.hset(f"fazhi:job:{job_id}", "attempt", "99")
        await redis.aclose()
        await asyncio.sleep(1.0)
        assert not program.queue._at_work


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("refused 68件", "incomplete", "model_refused"),
        ("refused unread 68件", "failed", "model_refused"),
    ],
)
async def test_what_could_not_be_read_is_told(
    client: httpx2.AsyncClient, settings: Settings, ledger: Path, words: str, status: str, code: str
) -> None:
    async with working(settings, ledger):
        job = await ended(client, await submit(client, words))
    assert job["status"] == status
    assert [(one["code"], one["retryable"]) for one in job["errors"]] == [(code, False)]
    result = await client.get(f"/v1/extractions/{job['id']}/result")
    assert result.status_code == (200 if status == "incomplete" else 409)


async def test_a_report_over_its_time_ends_as_failed(url: str, ledger: Path) -> None:
    settings = settings_for(url, job_seconds=0.5)
    async with serving(settings) as client, working(settings, ledger):
        job = await ended(client, await submit(client, "parts=2 seconds=30"))
    assert (job["status"], job["errors"][0]["code"]) == ("failed", "time_limit")


async def test_a_model_that_comes_back_costs_only_time(
    client: httpx2.AsyncClient, settings: Settings, ledger: Path
) -> None:
    down = ledger.with_suffix(".down")
    down.touch()
    async with working(settings, ledger):
        job_id = await submit(client, "down parts=3 68件")
        job = await look_until(client, f"/v1/extractions/{job_id}", lambda job: job["errors"])
        assert (job["status"], job["errors"][0]["code"]) == ("queued", "model_unavailable")
        down.unlink()
        job = await ended(client, job_id)
    assert (job["status"], job["errors"]) == ("completed", [])
    assert len(paid(ledger)) == 3


async def test_a_model_that_stays_away_ends_the_job_within_the_bound(url: str, ledger: Path) -> None:
    settings = settings_for(url, job_seconds=3)
    ledger.with_suffix(".down").touch()
    async with serving(settings) as client, working(settings, ledger):
        half = await submit(client, "down 68件")
        none = await submit(client, "down unread 68件")
        job = await ended(client, half, 10)
        assert (job["status"], job["errors"][0]["code"]) == ("incomplete", "model_unavailable")
        assert (await ended(client, none, 10))["status"] == "failed"


async def test_a_bug_ends_the_job_after_three_tries_without_quoting_the_report(
    client: httpx2.AsyncClient, settings: Settings, ledger: Path
) -> None:
    async with working(settings, ledger):
        job = await ended(client, await submit(client, "raise 68件"))
    assert (job["status"], job["errors"][0]["code"]) == ("failed", "internal_error")
    assert "68件" not in job["errors"][0]["message"]


async def test_a_job_of_another_version_fails_clearly(
    client: httpx2.AsyncClient, settings: Settings, ledger: Path, url: str
) -> None:
    job_id = await submit(client)
    redis = Redis.from_url(url)
    await redis.hset(f"fazhi:job:{job_id}", "v", "0")
    await redis.aclose()
    async with working(settings, ledger):
        job = await ended(client, job_id)
    assert (job["status"], job["errors"][0]["code"]) == ("failed", "unsupported_version")


async def test_a_job_that_never_reached_the_queue_is_found(
    settings: Settings, ledger: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.jobs import upkeep

    monkeypatch.setattr(upkeep, "UNSENT_SECONDS", 0.3)
    async with serving(settings) as client:
        job_id = await submit(client)
        redis = Redis.from_url(url)
        # As after a crash between writing the job down and queueing it.
        await redis.delete("fazhi-queue:stream", f"fazhi-queue:runs:{job_id}")
        await redis.zadd("fazhi:unsent", {job_id: time.time()})
        await redis.aclose()
        async with working(settings, ledger):
            assert (await ended(client, job_id))["status"] == "completed"


async def test_a_job_that_the_queue_lost_is_found(settings: Settings, ledger: Path, url: str) -> None:
    async with serving(settings) as client:
        job_id = await submit(client)
        await asyncio.sleep(0.5)
        redis = Redis.from_url(url)
        await redis.delete("fazhi-queue:stream", f"fazhi-queue:runs:{job_id}")
        await redis.aclose()
        async with working(settings, ledger):
            assert (await ended(client, job_id))["status"] == "completed"


async def test_expired_results_are_buried(url: str, ledger: Path) -> None:
    settings = settings_for(url, result_ttl_days=1 / 86_400)
    async with serving(settings) as client, working(settings, ledger):
        job_id = (await ended(client, await submit(client)))["id"]
        await asyncio.sleep(1.1)
        for path in ("", "/result", "/text", "/events"):
            assert (await client.get(f"/v1/extractions/{job_id}{path}")).status_code == 410
        assert (await client.get("/v1/extractions")).json()["data"] == []


async def test_a_killed_workers_job_is_resumed_and_finished_parts_are_not_paid_again(
    client: httpx2.AsyncClient, url: str, ledger: Path
) -> None:
    job_id = await submit(client, "parts=8 seconds=0.2 at_once=1 68件", name="r")
    workers = {one.pid: one for one in (start_worker(url, ledger, FAZHI_LEASE_SECONDS="1") for _ in range(2))}
    await until(lambda: len(paid(ledger)) >= 3)
    async with Redis.from_url(url) as redis:
        holder = workers.pop(int((await redis.hget(f"fazhi:job:{job_id}", "worker")).decode().split("-")[-2]))
    holder.kill()
    holder.wait()
    finished = len(paid(ledger))
    assert finished < 8
    job = await ended(client, job_id, 30)
    for other in workers.values():
        other.terminate()
        assert other.wait(timeout=10) == 0
    assert job["status"] == "completed"
    assert job["progress"]["from_cache"] >= finished - 1
    assert sorted(paid(ledger)) == [f"{number} r" for number in range(8)]


async def test_a_poisonous_report_ends_and_takes_no_other_with_it(
    client: httpx2.AsyncClient, url: str, ledger: Path
) -> None:
    poison = await submit(client, "kill_now 68件")
    others = [await submit(client, f"parts=2 seconds=0.5 {number}") for number in range(3)]
    workers = [start_worker(url, ledger, FAZHI_LEASE_SECONDS="1") for _ in range(2)]
    async with asyncio.timeout(60):
        while not (job := (await client.get(f"/v1/extractions/{poison}")).json())["completed_at"]:
            for number, one in enumerate(workers):
                if one.poll() is not None:
                    workers[number] = start_worker(url, ledger, FAZHI_LEASE_SECONDS="1")
            await asyncio.sleep(0.1)
    assert (job["status"], job["errors"][0]["code"]) == ("failed", "worker_lost")
    assert paid(ledger).count("killed") == 3
    for other in others:
        assert (await ended(client, other, 30))["status"] == "completed"
    for one in workers:
        one.terminate()
        one.wait(timeout=10)


async def test_a_worker_that_was_blocked_changes_nothing(client: httpx2.AsyncClient, url: str, ledger: Path) -> None:
    workers = [start_worker(url, ledger, FAZHI_LEASE_SECONDS="1") for _ in range(2)]
    await look_until(client, "/readyz", lambda ready: ready["workers"] == 2)
    job_id = await submit(client, "block=3 parts=2 68件")
    job = await ended(client, job_id, 20)
    assert "woke" not in paid(ledger)
    await until(lambda: "woke" in paid(ledger))
    await asyncio.sleep(1.5)
    assert (await client.get(f"/v1/extractions/{job_id}")).json() == job
    assert sorted(paid(ledger)) == ["0 None", "1 None", "woke"]
    for one in workers:
        one.terminate()
        assert one.wait(timeout=10) == 0


async def test_a_job_of_a_vanished_worker_that_the_queue_does_not_know_is_found(
    settings: Settings, ledger: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.jobs import upkeep

    monkeypatch.setattr(upkeep, "ORPHAN_SECONDS", 0.5)
    async with serving(settings) as client, working(settings, ledger), Redis.from_url(url) as redis:
        await ended(client, await submit(client))  # what is looked for at the start has been looked for
        made = await wiring_service.caller_jobs(settings, redis).create(NewJob("", LoadedText("68件")), max_queue=9)
        assert isinstance(made, Accepted)
        jobs = WorkerJobs(redis, result_ttl_seconds=60, tombstone_ttl_seconds=60)
        assert await jobs.claim(made.record.job.id, worker="a ghost", token="its")
        async with asyncio.timeout(10):
            while not (known := await jobs_of(settings, redis, made.record.job.id)).job.completed_at:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (known.job.status, known.attempt) == ("completed", 2)


async def jobs_of(settings: Settings, redis: Redis, job_id: str) -> Record:
    known = await wiring_service.caller_jobs(settings, redis).find(job_id, None)
    assert isinstance(known, Record)
    return known


async def test_jobs_that_get_further_each_time_wait_in_no_line(client: httpx2.AsyncClient, url: str) -> None:
    async with Redis.from_url(url) as redis:
        jobs = WorkerJobs(redis, result_ttl_seconds=60, tombstone_ttl_seconds=60)
        further, stuck = await submit(client), await submit(client)
        for token in ("first", "second"):
            for job_id in (further, stuck):
                claim = await jobs.claim(job_id, worker="w", token=token)
                assert claim is not None
                if job_id == further or token == "first":
                    await jobs.tell(job_id, claim.attempt, JobProgress(parts=9, read=claim.attempt))
        assert not await jobs.was_lost_before(further)
        assert await jobs.was_lost_before(stuck)


async def test_a_stopping_worker_hands_back_what_it_cannot_finish(
    client: httpx2.AsyncClient, url: str, ledger: Path
) -> None:
    job_id = await submit(client, "parts=20 seconds=0.3 at_once=1 68件")
    async with working(settings_for(url, shutdown_seconds=0.5), ledger):
        await until(lambda: paid(ledger))
    job = (await client.get(f"/v1/extractions/{job_id}")).json()
    assert job["status"] == "queued"
    second = start_worker(url, ledger)
    await look_until(client, f"/v1/extractions/{job_id}", lambda job: job["status"] == "in_progress")
    ask_twice(second.pid, signal.SIGTERM)
    assert second.wait(timeout=8) == 0
    job = (await client.get(f"/v1/extractions/{job_id}")).json()
    assert (job["status"], job["errors"]) == ("queued", [])


async def test_redis_dying_under_load_loses_nothing(ledger: Path) -> None:
    with valkey() as server:
        settings = settings_for(server.url, lease_seconds=2.0)
        async with serving(settings) as client, working(settings, ledger):
            ids = [await submit(client, f"parts=3 seconds=0.2 {number}") for number in range(10)]
            await asyncio.sleep(0.3)
            assert server._process is not None
            server._process.kill()
            away = await client.post("/v1/extractions", json={"text": "68件"})
            assert away.status_code == 503
            assert int(away.headers["retry-after"]) > 0
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/healthz")).status_code == 200
            await asyncio.sleep(0.5)
            server.revive()
            for job_id in ids:
                assert (await ended(client, job_id, 30))["status"] == "completed"
    assert len(paid(ledger)) <= 36


async def test_a_job_that_its_worker_has_forgotten_is_found(settings: Settings, ledger: Path, url: str) -> None:
    async with serving(settings) as client, working(settings, ledger) as program, Redis.from_url(url) as redis:
        await ended(client, await submit(client))
        made = await wiring_service.caller_jobs(settings, redis).create(NewJob("", LoadedText("68件")), max_queue=9)
        assert isinstance(made, Accepted)
        jobs = WorkerJobs(redis, result_ttl_seconds=60, tombstone_ttl_seconds=60)
        # By the record this worker is at it, and the queue has never heard of it.
        assert await jobs.claim(made.record.job.id, worker=program.name, token="its")
        async with asyncio.timeout(10):
            while not (known := await jobs_of(settings, redis, made.record.job.id)).job.completed_at:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (known.job.status, known.attempt) == ("completed", 2)
