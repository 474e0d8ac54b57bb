"""
The real parts of service tests: a Valkey of the test's own, an API on a free port, workers as processes.

The report reader is a stand-in whose text says how it behaves, over the real cache, with a ledger of what was paid:
`parts=3 seconds=0.1`, then words such as `kill`, `raise`, `block=20`, `down`, `unread`, `refused`.
"""

import asyncio
import hashlib
import logging
import multiprocessing
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import structlog
import uvicorn
from redis.asyncio import Redis

from schemas.extraction import Audit, Extraction, Observation, Provenance, Report, Unread, Usage
from schemas.job import JobProgress
from schemas.outline import LoadedText
from schemas.reading import Reading
from service import wiring_service
from service.asking.cache import ReadingCache
from service.cli import processes
from service.settings import Settings, load_settings
from service.valkey import EmbeddedValkey

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

TEXT = "一、主要举措和成效\n全年受理行政复议案件68件。"


def extraction_of(loaded: LoadedText, *, unread: tuple[str, ...] = (), observed: bool = True) -> Extraction:
    """A result with one observation at the first number, and unread marks with these reasons."""
    found = re.search(r"\d+", loaded.text)
    start, end = found.span() if found else (0, 1)
    quote = loaded.text[start:end]
    observation = Observation(
        id=f"o{start}-{end}", section=None, indicator="administrative_review.accepted", topic="administrative_review",
        name="=受理行政复议案件", value="68", value_to=None, unit=None, qualifier="exact", aspect=None, part_of=None,
        area=None, period=None, start=start, end=end, quote=quote, origin="mark", flags=(),
    )  # fmt: skip
    return Extraction(
        report=Report(
            title=None, jurisdiction=None, level=None, issuer=None, year=2023, published_on=None, source=loaded.source,
            name=loaded.name, sha256=loaded.sha256, characters=len(loaded.text),
        ),
        sections=(), observations=(observation,) if observed else (), set_aside=(),
        unread=tuple(Unread(section=None, start=start, end=end, quote=quote, reason=one) for one in unread),
        documents=(), problems=(), plans=(),
        audit=Audit(mentions=1, observed=1, set_aside=0, unread=len(unread), observations=1, checks=(), compliance=()),
        usage=Usage(
            calls=1, prompt_tokens=10, cached_tokens=0, completion_tokens=5, cost=None, parts=1, parts_from_cache=0,
            seconds=0.1,
        ),
        provenance=Provenance(
            schema_version="1", codebook="2026-11", prompt="v1", splitter="1", scanner="1", model="stand-in",
            mode="auto", created_at=datetime.now(UTC),
        ),
    )  # fmt: skip


class StandIn:
    """Reads as the text says. Each part that was paid for is a line of the ledger."""

    def __init__(self, redis: Redis, ledger: Path) -> None:
        self._cache = ReadingCache(redis, ttl_seconds=3600, lease_seconds=2.0)
        self._ledger = ledger

    async def extract(
        self, loaded: LoadedText, on_progress: Callable[[Any], Awaitable[None]] | None = None
    ) -> Extraction:
        says = dict(re.findall(r"(\w+)=([\d.]+)", loaded.text))
        parts, seconds = int(says.get("parts", 1)), float(says.get("seconds", 0))
        await self._behave(loaded.text, says)
        done = cached = 0

        async def tell() -> None:
            if on_progress:
                unread = parts if "unread" in loaded.text else 0
                await on_progress(JobProgress(parts=parts, read=done, from_cache=cached, unread=unread))

        async def read(number: int) -> None:
            nonlocal done, cached
            key = hashlib.sha256(f"{number} {loaded.text}".encode()).hexdigest()
            paid = False

            async def pay() -> Reading:
                nonlocal paid
                await asyncio.sleep(seconds)
                self.note(f"{number} {loaded.name}")
                paid = True
                return Reading()

            await self._cache.get_or_read(key, pay, lambda one: one)
            done += 1
            cached += not paid
            await tell()

        await tell()
        gate = asyncio.Semaphore(int(says.get("at_once", 8)))

        async def one(number: int) -> None:
            async with gate:
                await read(number)

        async with asyncio.TaskGroup() as group:
            for number in range(parts):
                group.create_task(one(number))
        if "kill_late" in loaded.text:
            os._exit(9)
        unread = ("model_unavailable",) if "down" in loaded.text and self._is_down() else ()
        if "refused" in loaded.text:
            unread = ("model_refused",)
        return extraction_of(loaded, unread=unread, observed="unread" not in loaded.text)

    def note(self, line: str) -> None:
        with self._ledger.open("a") as file:
            file.write(line + "\n")

    def _is_down(self) -> bool:
        return self._ledger.with_suffix(".down").exists()

    async def _behave(self, text: str, says: dict[str, str]) -> None:
        if "kill_now" in text:
            self.note("killed")
            os._exit(9)
        if "raise" in text:
            raise RuntimeError("a bug that quotes 68件 of the report")
        if "block" in says and not self._ledger.with_suffix(".blocked").exists():
            self._ledger.with_suffix(".blocked").touch()
            time.sleep(float(says["block"]))  # noqa: ASYNC251  the point of it
            self.note("woke")


def paid(ledger: Path) -> list[str]:
    return ledger.read_text().splitlines() if ledger.exists() else []


@contextmanager
def valkey(folder: Path | None = None) -> Iterator[EmbeddedValkey]:
    """A server of the test's own; in a short folder, because sockets have short paths."""
    with tempfile.TemporaryDirectory(prefix="fz") as own, EmbeddedValkey(folder or Path(own) / "v") as server:
        yield server


def settings_for(redis_url: str, **more: Any) -> Settings:
    return load_settings(
        redis_url=redis_url, openai_api_key=None, openai_base_url=None, port=0, log_level="error", **more
    )


@asynccontextmanager
async def serving(settings: Settings, **more: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """The API on a free port, with a client for it."""
    listener = processes._bind("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with wiring_service.open_api(settings, **more) as app:
        ready = asyncio.Event()
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", ws="none", server_header=False)
        server = processes._Server(config, ready.set)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        await ready.wait()
        try:
            async with httpx2.AsyncClient(base_url=address, timeout=40.0, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            await asyncio.wait({running}, timeout=5)
            server.force_exit = True
            await running
            listener.close()


@asynccontextmanager
async def working(settings: Settings, ledger: Path) -> AsyncIterator[wiring_service.WorkerProgram]:
    """A worker in this process, with the stand-in."""
    async with wiring_service.open_store(settings) as store:
        stopping = asyncio.Event()
        async with wiring_service.open_worker(settings, reads=StandIn(store.redis, ledger)) as program:
            running = asyncio.create_task(program.run(stopping))
            try:
                yield program
            finally:
                stopping.set()
                await asyncio.wait({running}, timeout=10)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


class WorkerProcess:
    """A worker in a process of its own, with the stand-in: forked from one that has imported everything, in 50 ms."""

    def __init__(self, redis_url: str, ledger: Path, **environment: str) -> None:
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(["httpx2", "uvicorn", "service.cli.processes", "service.asking.cache"])
        said = {"REDIS_URL": redis_url, "FAZHI_LOG_LEVEL": "warning", **environment}
        self._process = forks.Process(target=_work, args=(ledger, said), daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.terminate, self.kill = self._process.terminate, self._process.kill

    def poll(self) -> int | None:
        """The exit code, once there is one."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; TimeoutError where it takes longer."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError
        return self._process.exitcode


start_worker = WorkerProcess


def ask_twice(pid: int, number: int) -> None:
    """A signal twice, seen twice: of two that wait together the kernel keeps one."""
    os.kill(pid, number)
    while "ShdPnd:\t0000000000000000" not in Path(f"/proc/{pid}/status").read_text():
        time.sleep(0.001)
    os.kill(pid, number)


def _work(ledger: Path, environment: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith(("FAZHI_", "OPENAI_", "REDIS_"))]:
        if name != "FAZHI_SHOW":
            del os.environ[name]
    os.environ.update(environment)
    if "FAZHI_SHOW" not in os.environ:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

    def follow_the_parent() -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=follow_the_parent, daemon=True).start()
    asyncio.run(work(ledger))


async def ended(client: httpx2.AsyncClient, job_id: str, seconds: float = 30.0, **headers: str) -> dict[str, Any]:
    """Poll until the job has ended."""
    async with asyncio.timeout(seconds):
        while True:
            answer = await client.get(f"/v1/extractions/{job_id}", params={"wait": 5}, headers=headers)
            if answer.status_code == 200 and answer.json()["completed_at"]:
                return dict(answer.json())
            if answer.status_code != 200:
                await asyncio.sleep(0.1)


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Until it holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  files and other processes set no event
            await asyncio.sleep(0.02)


async def look_until(
    client: httpx2.AsyncClient, path: str, condition: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """Ask until the answer is so."""
    async with asyncio.timeout(30.0):
        while True:
            answer = await client.get(path)
            if condition(answer.json()):
                return dict(answer.json())
            await asyncio.sleep(0.02)


async def submit(client: httpx2.AsyncClient, text: str = TEXT, **more: Any) -> str:
    answer = await client.post("/v1/extractions", json={"text": text, **more})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def work(ledger: Path, **how: bool) -> None:
    """A worker with the stand-in, set up by the environment, until it is told to stop."""
    settings = load_settings()
    async with wiring_service.open_store(settings) as store:
        await processes.run_worker(settings, reads=StandIn(store.redis, ledger), **how)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), until_stdin_ends=True))
