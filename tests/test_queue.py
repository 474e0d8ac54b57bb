"""The queue: ids go in once, come out at least once, come back when asked for or when their worker is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from service_parts import until, valkey

from service.errors import StoreUnavailable
from service.jobs.queue import Handler, JobQueue, open_queue


@pytest.fixture
def url(redis_url: str) -> str:
    return redis_url


@asynccontextmanager
async def working(queue: JobQueue, handler: Handler, concurrency: int = 4) -> AsyncIterator[asyncio.Event]:
    stopping = asyncio.Event()
    running = asyncio.create_task(
        queue.run_worker(handler, concurrency=concurrency, stopping=stopping, stop_seconds=5.0)
    )
    try:
        yield stopping
    finally:
        stopping.set()
        await asyncio.wait_for(running, 10)


async def test_each_id_is_worked_on_once_however_often_it_is_put_in(url: str) -> None:
    seen: list[str] = []

    async def handler(job_id: str) -> None:
        seen.append(job_id)
        await asyncio.sleep(0.2)

    async with open_queue(url, lease_seconds=5) as queue:
        assert await queue.enqueue("a")
        assert not await queue.enqueue("a")
        async with working(queue, handler):
            await until(lambda: seen)
            assert not await queue.enqueue("a")
            assert await queue.enqueue("b")
            await asyncio.sleep(0.6)
        assert sorted(seen) == ["a", "b"]


async def test_what_asks_to_come_again_comes_again(url: str) -> None:
    times: list[float] = []

    async def handler(job_id: str) -> float | None:
        times.append(asyncio.get_running_loop().time())
        return 0.3 if len(times) < 3 else None

    async with open_queue(url, lease_seconds=5) as queue, working(queue, handler):
        await queue.enqueue("a")
        await until(lambda: len(times) == 3)
        await asyncio.sleep(0.5)
    assert len(times) == 3
    assert times[1] - times[0] >= 0.3


async def test_a_handler_that_breaks_is_tried_again(url: str) -> None:
    tries: list[str] = []

    async def handler(job_id: str) -> None:
        tries.append(job_id)
        if len(tries) == 1:
            raise RuntimeError("once")

    async with open_queue(url, lease_seconds=5) as queue, working(queue, handler):
        await queue.enqueue("a")
        await until(lambda: len(tries) == 2)


async def test_a_cancelled_id_is_taken_out_or_interrupted(url: str) -> None:
    started, interrupted = asyncio.Event(), asyncio.Event()

    async def handler(job_id: str) -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            interrupted.set()
            raise

    async with open_queue(url, lease_seconds=5) as queue:
        await queue.enqueue("waiting")
        await queue.cancel("waiting")
        async with working(queue, handler, concurrency=1):
            await queue.enqueue("running")
            await asyncio.wait_for(started.wait(), 5)
            await queue.cancel("running")
            await asyncio.wait_for(interrupted.wait(), 1)


async def test_one_slow_job_does_not_starve_the_others(url: str) -> None:
    done: list[str] = []

    async def handler(job_id: str) -> None:
        await asyncio.sleep(3 if job_id == "slow" else 0)
        done.append(job_id)

    async with open_queue(url, lease_seconds=5) as queue, working(queue, handler, concurrency=2):
        await queue.enqueue("slow")
        for number in range(20):
            await queue.enqueue(str(number))
        await until(lambda: len(done) == 20, 2.5)
        assert "slow" not in done


async def test_what_a_worker_gives_back_as_it_stops_it_does_not_begin_again(url: str) -> None:
    begun: list[str] = []

    async def handler(job_id: str) -> None:
        begun.append(job_id)
        await asyncio.Event().wait()

    async with open_queue(url, lease_seconds=5) as queue:
        await queue.enqueue("a")
        running = asyncio.create_task(
            queue.run_worker(handler, concurrency=4, stopping=asyncio.Event(), stop_seconds=30.0)
        )
        await until(lambda: begun)
        running.cancel()
        await asyncio.wait({running}, timeout=3)
        assert running.cancelled()
        assert begun == ["a"]
        async with working(queue, handler) as stopping:
            await until(lambda: len(begun) == 2)
            await queue.cancel("a")
            stopping.set()


async def test_stopping_lets_work_end_and_takes_no_more(url: str) -> None:
    done: list[str] = []

    async def handler(job_id: str) -> None:
        await asyncio.sleep(0.5)
        done.append(job_id)

    async with open_queue(url, lease_seconds=5) as queue:
        for number in range(4):
            await queue.enqueue(str(number))
        async with working(queue, handler, concurrency=2) as stopping:
            await asyncio.sleep(0.3)
            stopping.set()
        assert len(done) == 2
        async with working(queue, handler):
            await until(lambda: len(done) == 4)
        assert sorted(done) == ["0", "1", "2", "3"]


async def test_work_that_does_not_end_in_time_is_cancelled_and_comes_back(url: str) -> None:
    starts: list[str] = []

    async def handler(job_id: str) -> None:
        starts.append(job_id)
        await asyncio.sleep(60 if len(starts) == 1 else 0)

    async with open_queue(url, lease_seconds=5) as queue:
        await queue.enqueue("a")
        stopping = asyncio.Event()
        running = asyncio.create_task(queue.run_worker(handler, concurrency=1, stopping=stopping, stop_seconds=0.2))
        await until(lambda: starts)
        stopping.set()
        await asyncio.wait_for(running, 5)
        async with working(queue, handler):
            await until(lambda: len(starts) == 2, 3)


async def test_without_redis_the_caller_is_told() -> None:
    with valkey() as server:
        async with open_queue(server.url, lease_seconds=5) as queue:
            await queue.enqueue("a")
            server.close()
            with pytest.raises(StoreUnavailable):
                await queue.enqueue("b")
