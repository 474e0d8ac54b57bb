"""
Issue 5's targets, everything on this machine: `python -m bench.service`.

Each worker and API is a process; the reader is the tests' stand-in (canned replies), so that the service is measured and
not a model. Prints one line for each target, with the bound.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import uvicorn
from fastapi import FastAPI, Response
from redis.asyncio import Redis

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from service_parts import ended, settings_for, start_worker, submit, valkey  # noqa: E402

from service.jobs.queue import open_queue  # noqa: E402


def memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def say(what: str, found: float, bound: str) -> None:
    print(f"{what:<62} {found:>9.2f}   {bound}", flush=True)


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
    return process, process.stdout.readline().strip()


API = """
import asyncio, os, sys
from service.cli import processes
from service.settings import load_settings
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


async def workers(
    url: str, folder: Path, many: int, client: httpx2.AsyncClient, **more: str
) -> list[subprocess.Popen[bytes]]:
    made = [start_worker(url, folder / "ledger", FAZHI_LOG_LEVEL="error", **more) for _ in range(many)]
    while (await client.get("/readyz")).json()["workers"] < many:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return made


async def stop(made: list[subprocess.Popen[bytes]], client: httpx2.AsyncClient) -> None:
    for one in made:
        one.terminate()
    for one in made:
        await asyncio.to_thread(one.wait, 30)
    while (await client.get("/readyz")).json()["workers"]:  # noqa: ASYNC110
        await asyncio.sleep(0.2)


async def main() -> None:
    quick = "--quick" in sys.argv
    with valkey() as server, tempfile.TemporaryDirectory() as name:
        folder, url = Path(name), server.url
        api, address = start(API, url)
        yardstick, bare_address = start(BARE, url)
        settings_for(url)
        try:
            async with httpx2.AsyncClient(
                base_url=address, timeout=60, trust_env=False, limits=httpx2.Limits()
            ) as client:
                fixed = await queue_alone(url, 50)
                say("fixed cost of the queue, ms, p50", fixed, "")
                made = await workers(url, folder, 1, client)
                warm = "parts=6 68件 cached"
                await ended(client, await submit(client, warm))
                costs = []
                for _ in range(60):
                    began = time.perf_counter()
                    answer = await client.post("/v1/extractions", json={"text": warm}, headers={"prefer": "wait=10"})
                    assert answer.json()["status"] == "completed"
                    costs.append((time.perf_counter() - began) * 1000)
                say("submit to completed, parts cached, ms, p50", statistics.median(costs), f"<= {fixed + 25:.1f}")
                parts = 6 * (20 if quick else 60)
                say(
                    "parts a second, no latency, one worker",
                    parts / await throughput(client, parts // 6, "parts=6"),
                    ">= 60",
                )
                job_id = await submit(client)
                await ended(client, job_id)
                await stop(made, client)

                made = await workers(url, folder, 1, client, FAZHI_WORKER_CONCURRENCY="4")
                reports = 8 if quick else 24
                took = await throughput(client, reports, "parts=24 seconds=1 at_once=8")
                say("of the bound, 1 s latency, 32 at once", (reports * 24 / 32) / took, ">= 0.85")
                await stop(made, client)

                spans = []
                for many in (1, 4):
                    made = await workers(url, folder, many, client, FAZHI_WORKER_CONCURRENCY="8")
                    reports = 32 if quick else 96
                    spans.append(await throughput(client, reports, "parts=3 seconds=1 at_once=1"))
                    if many == 1:
                        before = memory_mb(made[0].pid)
                        for _ in range(2 if quick else 20):
                            await asyncio.gather(*(throughput(client, 25, "parts=2") for _ in range(4)))
                        say("worker, MB after the first reports", before, "<= 200")
                        say(f"worker, MB after {200 if quick else 2000} more", memory_mb(made[0].pid), "<= 200, flat")
                    await stop(made, client)
                say("4 workers against one", spans[0] / spans[1], ">= 3.4")
                say("API, MB", memory_mb(api.pid), "<= 200")

                async with httpx2.AsyncClient(base_url=bare_address, trust_env=False) as other:
                    seconds = 2 if quick else 5
                    pace = await rate(lambda: other.get("/x"), seconds)
                    polls = await rate(lambda: client.get(f"/v1/extractions/{job_id}"), seconds)
                    submits = await rate(lambda: client.post("/v1/extractions", json={"text": "68件"}), seconds)
                say("bare route with one read of Redis, a second", pace, "")
                say("polls against it", polls / pace, ">= 0.7")
                say("submits against it", submits / pace, ">= 0.4")
        finally:
            for process in (api, yardstick):
                process.terminate()
                process.wait(10)
    os.sync()


if __name__ == "__main__":
    asyncio.run(main())
