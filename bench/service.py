"""
Issue 5's targets, everything on this machine: `python -m bench service`, within four minutes.

Each worker and API is a process; the reader is the tests' stand-in (canned replies), so that the service is measured and
not a model. Prints one line for each target, with its bound and whether it was reached; a stage that does not end in
its time is missed, and the next one begins.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn
from fastapi import FastAPI, Response
from redis.asyncio import Redis

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from service_parts import ended, start_worker, submit, valkey  # noqa: E402

from service.jobs.queue import open_queue  # noqa: E402


def memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


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


async def rate(call: Callable[[], Awaitable[object]], seconds: float, at_once: int = 16) -> float:
    done, until = 0, time.perf_counter() + seconds

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await call()
            done += 1

    await asyncio.gather(*(one() for _ in range(at_once)))
    return done / seconds


def start(code: str, *words: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    # A pipe that is full stops who writes to it.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return process, address


API = """
import asyncio, os, sys
import logging, structlog
from service.cli import processes
from service.settings import load_settings
# As `fazhi api` sets it; without it every request is printed, into a pipe that nobody reads.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
asyncio.run(processes.run_api(load_settings(redis_url=sys.argv[1], port=0, log_level="error",
    requests_per_key_per_minute=10_000_000, max_queue=1_000_000), lambda address: print(address, flush=True)))
"""
BARE = """
import asyncio, sys
sys.path.insert(0, ".")
from bench.service import bare
asyncio.run(bare(sys.argv[1]))
"""


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
    """The fixed cost of the queue: from enqueue to the handler's first step, in ms."""
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


async def throughput(client: httpx2.AsyncClient, reports: int, words: str) -> float:
    began = time.perf_counter()
    ids = [await submit(client, f"{words} {time.time_ns()}") for _ in range(reports)]
    for job_id in ids:
        await ended(client, job_id, 300)
    return time.perf_counter() - began


class Bench:
    """One API and its workers."""

    def __init__(self, url: str, folder: Path, client: httpx2.AsyncClient, board: Board) -> None:
        self.url, self.ledger, self.client, self.board = url, folder / "ledger", client, board

    @asynccontextmanager
    async def workers(self, many: int, **more: str) -> AsyncIterator[list[subprocess.Popen[bytes]]]:
        """So many, present when the block begins and gone after it."""
        made = [start_worker(self.url, self.ledger, FAZHI_LOG_LEVEL="error", **more) for _ in range(many)]
        try:
            while (await self.client.get("/readyz")).json()["workers"] < many:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            yield made
        finally:
            for one in made:
                one.terminate()
            for one in made:
                try:
                    await asyncio.to_thread(one.wait, 5)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()
            # One that was killed said no goodbye; the next stage counts workers.
            async with Redis.from_url(self.url) as redis:
                await redis.delete("fazhi:workers")

    async def cached(self) -> None:
        """From submission to completion, every part known; then parts a second."""
        say, client = self.board.say, self.client
        fixed = await queue_alone(self.url, 50)
        say("fixed cost of the queue, ms, p50", fixed)
        async with self.workers(1):
            warm = "parts=6 68件 cached"
            await ended(client, await submit(client, warm))
            costs = []
            for _ in range(60):
                began = time.perf_counter()
                answer = await client.post("/v1/extractions", json={"text": warm}, headers={"prefer": "wait=10"})
                assert answer.json()["status"] == "completed"
                costs.append((time.perf_counter() - began) * 1000)
            found = statistics.median(costs)
            say(
                "submit to completed, parts cached, ms, p50", found, f"<= {fixed + 25:.1f}", reached=found <= fixed + 25
            )
            found = 360 / await throughput(client, 60, "parts=6")
            say("parts a second, no latency, one worker", found, ">= 60", reached=found >= 60)

    async def latency(self) -> None:
        """One worker, every call takes a second, 32 at once."""
        async with self.workers(1, FAZHI_WORKER_CONCURRENCY="4"):
            took = await throughput(self.client, 16, "parts=24 seconds=1 at_once=8")
        found = (16 * 24 / 32) / took
        self.board.say("of the bound, 1 s latency, 32 at once", found, ">= 0.85", reached=found >= 0.85)

    async def scaling(self) -> None:
        """Four workers against one, eight reports at once each."""
        spans = []
        for many in (1, 4):
            async with self.workers(many, FAZHI_WORKER_CONCURRENCY="8"):
                spans.append(await throughput(self.client, 64, "parts=3 seconds=1 at_once=1"))
        found = spans[0] / spans[1]
        self.board.say("4 workers against one", found, ">= 3.4", reached=found >= 3.4)

    async def memory(self, api: int) -> None:
        """What API and worker hold, before and after 2,000 reports."""
        say = self.board.say
        async with self.workers(1, FAZHI_WORKER_CONCURRENCY="8") as made:
            await throughput(self.client, 50, "parts=1")
            before = {"worker": memory_mb(made[0].pid), "API": memory_mb(api)}
            try:
                done = 0
                async with asyncio.timeout(70):
                    while done < 2000:
                        await asyncio.gather(*(throughput(self.client, 25, f"parts=1 {n}") for n in range(8)))
                        done += 200
            except TimeoutError:
                print(f"(only {done} of 2,000 reports in 70 s)", flush=True)
            for name, pid in (("worker", made[0].pid), ("API", api)):
                held = memory_mb(pid)
                say(f"{name}, MB after {done} reports", held, "<= 200", reached=done >= 2000 and held <= 200)
                grown = held - before[name]
                say(f"{name}, MB more than after 50", grown, "<= 10 (flat)", reached=done >= 2000 and grown <= 10)

    async def rates(self, bare_address: str) -> None:
        """Polls and submissions against a bare route, in turns, so that all three meet the same machine."""
        client, say = self.client, self.board.say
        job_id = await submit(client)
        async with httpx2.AsyncClient(base_url=bare_address, trust_env=False) as other:
            calls: list[Callable[[], Awaitable[object]]] = [
                lambda: other.get("/x"),
                lambda: client.get(f"/v1/extractions/{job_id}"),
                lambda: client.post("/v1/extractions", json={"text": "68件"}),
            ]
            found = [[await rate(call, 1.5) for call in calls] for _ in range(3)]
        pace, polls, submits = (statistics.median(column) for column in zip(*found, strict=True))
        say("bare route with one read of Redis, a second", pace)
        say("polls against it", polls / pace, ">= 0.7", reached=polls / pace >= 0.7)
        say("submits against it", submits / pace, ">= 0.4", reached=submits / pace >= 0.4)


async def measure(board: Board) -> None:
    """Every stage, each within its time."""
    with valkey() as server, tempfile.TemporaryDirectory() as name:
        api, address = start(API, server.url)
        yardstick, bare_address = start(BARE, server.url)
        try:
            async with httpx2.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
                bench = Bench(server.url, Path(name), client, board)
                async with board.stage("cached parts and throughput", 45):
                    await bench.cached()
                async with board.stage("1 s latency", 40):
                    await bench.latency()
                async with board.stage("4 workers against one", 75):
                    await bench.scaling()
                async with board.stage("memory over 2,000 reports", 95):
                    await bench.memory(api.pid)
                async with board.stage("polls and submits", 30):
                    await bench.rates(bare_address)
        finally:
            for process in (api, yardstick):
                process.kill()
                process.wait()


def main() -> int:
    """How many targets were missed."""
    board = Board()
    asyncio.run(measure(board))
    return board.missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
