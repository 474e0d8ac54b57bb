"""
What the service's bench stands on: processes to measure, yardsticks, and a board for the figures.

An API, a bare route and each worker are processes of their own; what is read is canned (tests/service_parts). It knows
how to start and stop them, and nothing of targets.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn
from fastapi import FastAPI, Response
from redis.asyncio import Redis

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from service_parts import ended, submit  # noqa: E402

from schemas.outline import LoadedText  # noqa: E402
from service.jobs.queue import open_queue  # noqa: E402
from service.settings import load_settings  # noqa: E402
from service.wiring import make_loader, open_program  # noqa: E402

API = """
import asyncio, logging, sys, structlog
from service.cli import processes
from service.settings import load_settings
# As `fazhi api` sets it; without it every request is printed, into a pipe that nobody reads.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
asyncio.run(processes.run_api(load_settings(redis_url=sys.argv[1], port=0, log_level="error",
    requests_per_key_per_minute=10_000_000, max_queue=1_000_000), lambda address: print(address, flush=True)))
"""
BARE = """
import asyncio, sys
from bench.service_rig import bare
asyncio.run(bare(sys.argv[1]))
"""
WORKER = "from service.cli.app import main; main()"


class Board:
    """The figures so far."""

    def __init__(self) -> None:
        self.missed = 0

    def say(self, what: str, found: float, bound: str = "", *, reached: bool | None = None) -> None:
        """One figure; `reached` None where there is nothing to reach."""
        self.missed += reached is False
        verdict = {None: "", True: "reached", False: "MISSED"}[reached]
        print(f"{what:<58} {found:>9.2f}   {bound:<22} {verdict}".rstrip(), flush=True)

    @asynccontextmanager
    async def stage(self, name: str, seconds: float) -> AsyncIterator[None]:
        """A stage that ends in its time or is missed."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                yield
        except (TimeoutError, httpx2.HTTPError, AssertionError) as error:
            self.missed += 1
            took = time.perf_counter() - began
            print(f"{name:<58} {'-':>9}   {type(error).__name__} after {took:.0f} s   MISSED", flush=True)


class Rig:
    """One API and, while they are asked for, its workers."""

    def __init__(self, url: str, folder: Path, client: httpx2.AsyncClient, api: int) -> None:
        self.url, self.folder, self.client, self.api = url, folder, client, api

    async def forget(self) -> None:
        """An empty Redis: no stage has the jobs of another."""
        async with Redis.from_url(self.url) as redis:
            await redis.flushall()

    @asynccontextmanager
    async def workers(self, many: int, **more: str) -> AsyncIterator[list[subprocess.Popen[bytes]]]:
        """So many with canned readings, present when the block begins and gone after it."""
        made = [self._worker("tests/service_parts.py", str(self.folder / "ledger"), **more) for _ in range(many)]
        async with self._present(made):
            yield made

    @asynccontextmanager
    async def reader(self, **more: str) -> AsyncIterator[None]:
        """One worker of the product's own, with the offline model or whatever is set."""
        async with self._present([self._worker("-c", WORKER, "worker", "--until-stdin-ends", **more)]):
            yield

    def _worker(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("FAZHI_", "OPENAI_"))}
        return subprocess.Popen(
            [sys.executable, *words],
            env={**clean, "REDIS_URL": self.url, "FAZHI_LOG_LEVEL": "error", **more},
            cwd=ROOT,
            stdin=subprocess.PIPE,  # it ends with the bench, whatever becomes of that
        )

    @asynccontextmanager
    async def _present(self, made: list[subprocess.Popen[bytes]]) -> AsyncIterator[None]:
        try:
            while (await self.client.get("/readyz")).json()["workers"] < len(made):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            yield
        finally:
            for one in made:
                one.terminate()
            for one in made:
                try:
                    await asyncio.to_thread(one.wait, 5)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()
            # One that was killed said no goodbye; who comes next counts workers.
            async with Redis.from_url(self.url) as redis:
                await redis.delete("fazhi:workers")

    async def weigh(self, *patterns: str) -> tuple[int, int]:
        """Keys that match, and the bytes that they take in Redis."""
        async with Redis.from_url(self.url) as redis:
            keys = [key for pattern in patterns for key in [one async for one in redis.scan_iter(pattern, 1000)]]
            return len(keys), sum([await redis.memory_usage(key, samples=0) or 0 for key in keys])

    async def throughput(self, texts: list[str]) -> float:
        """Seconds from the first submission to the last end; every one completed."""
        began = time.perf_counter()
        ids = [await submit(self.client, text) for text in texts]
        for job_id in ids:
            job = await ended(self.client, job_id, 300)
            assert job["status"] in ("completed", "incomplete"), job["errors"]
        return time.perf_counter() - began


def start(code: str, *words: str) -> tuple[subprocess.Popen[str], str]:
    """A process, and the address that it prints."""
    process = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    # A pipe that is full stops who writes to it.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return process, address


async def bare(url: str) -> None:
    """The yardstick: a FastAPI route that does one read of Redis."""
    redis, app = Redis.from_url(url, max_connections=1000), FastAPI()

    @app.get("/{name}")
    async def one(name: str) -> Response:
        return Response(str(await redis.get(name)), media_type="application/json")

    class Server(uvicorn.Server):
        async def startup(self, sockets: object = None) -> None:
            await super().startup()
            print(f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}", flush=True)

    await Server(uvicorn.Config(app, port=0, log_config=None, access_log=False)).serve()


async def queue_alone(url: str, rounds: int) -> float:
    """The fixed cost of the queue: from enqueue to the handler's first step, median, in ms."""
    started: dict[str, float] = {}
    arrived = asyncio.Event()

    async def handler(job_id: str) -> None:
        started[job_id] = time.perf_counter()
        arrived.set()

    async with open_queue(url, lease_seconds=15) as queue:
        stopping = asyncio.Event()
        running = asyncio.create_task(queue.run_worker(handler, concurrency=4, stopping=stopping, stop_seconds=1))
        await asyncio.sleep(1)
        costs = []
        for number in range(rounds):
            arrived.clear()
            began = time.perf_counter()
            await queue.enqueue(f"bench-{number}")
            await arrived.wait()
            costs.append((started[f"bench-{number}"] - began) * 1000)
        stopping.set()
        await running
    return statistics.median(costs)


async def rate(call: Callable[[], Awaitable[object]], seconds: float, at_once: int = 16) -> float:
    """Calls a second."""
    done, until = 0, time.perf_counter() + seconds

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await call()
            done += 1

    await asyncio.gather(*(one() for _ in range(at_once)))
    return done / seconds


def texts_of(folder: Path) -> list[str]:
    """The reports of a folder, as they are loaded."""
    load = make_loader(load_settings())
    return [load(path.read_bytes(), path.name).text for path in sorted(folder.glob("*.txt"))]


async def record(cassette: Path, texts: list[str], times: int) -> int:
    """The offline model's replies to these reports, to be played so many times; how many parts one pass has."""
    once = cassette.with_suffix(".once")
    settings = load_settings(openai_api_key=None, openai_base_url=None, cassette=once, cassette_mode="record")
    async with open_program(settings) as program:
        parts = sum([(await program.extractor.extract(LoadedText(text))).usage.parts for text in texts])
    _repeat(once, cassette, times)
    return parts


def _repeat(once: Path, cassette: Path, times: int) -> None:
    head, *lines = once.read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    made = Counter(row["request"] for row in rows)
    again = [
        json.dumps({**row, "repeat": row["repeat"] + number * made[row["request"]]}, ensure_ascii=False)
        for number in range(times)
        for row in rows
    ]
    cassette.write_text("\n".join([head, *again]), "utf-8")


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
