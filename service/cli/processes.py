"""
How the service's processes begin and end: an API, a worker, or both on one machine.

The first SIGTERM (or Ctrl-C) stops gracefully: no new work, what is at work ends or is handed back within a bound. The
second stops at once; jobs lose nothing but the calls in flight. It knows signals, sockets and children, and nothing of
HTTP or jobs.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from service import wiring_service
from service.errors import ConfigurationError
from service.jobs.ending import end
from service.jobs.worker import Reads
from service.settings import Settings

RESTART_SECONDS: Final = (0.5, 10.0)
HEALTHY_SECONDS: Final = 60.0  # a worker that lived for so long is started again without a longer pause
LAST_SECONDS: Final = 5.0  # for writing down and letting go, after the bound
_COMMAND: Final = "from service.cli.app import main; main()"

log = structlog.get_logger()


class Stop:
    """Two events: the first signal sets `gently`, the second `at_once`."""

    def __init__(self) -> None:
        self.gently = asyncio.Event()
        self.at_once = asyncio.Event()

    def ask(self) -> None:
        """Once, or once more."""
        (self.at_once if self.gently.is_set() else self.gently).set()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Ask at SIGTERM and SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ask)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


class _Server(uvicorn.Server):
    """uvicorn, with signals left to `Stop`, telling when it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run_worker(settings: Settings, *, until_stdin_ends: bool = False, reads: Reads | None = None) -> None:
    """
    Work until told to stop.

    `until_stdin_ends`: also stop when the parent, who holds the other end, is gone. `reads` instead of the program's own
    extractor.
    """
    stop = Stop()
    if until_stdin_ends:
        _watch_stdin(asyncio.get_running_loop(), stop)
    with stop.on_signals():
        async with wiring_service.open_worker(settings, reads=reads) as program:
            log.info("worker_ready", worker=program.name, concurrency=settings.worker_concurrency)
            work = asyncio.create_task(program.run(stop.gently))
            await _until(work, stop, bound_seconds=settings.shutdown_seconds + LAST_SECONDS)
    log.info("worker_stopped")


async def run_api(settings: Settings, on_ready: Callable[[str], None]) -> None:
    """Serve until told to stop; `on_ready` is given the address."""
    stop = Stop()
    with stop.on_signals():
        async with _listening(settings, stop, on_ready) as serving:
            await serving


async def run_both(settings: Settings, on_ready: Callable[[str], None]) -> None:
    """
    The API here and a worker beside it, started again where it dies.

    It is a process of its own: a report that brings its worker down leaves the API up, and reading leaves it fast.
    """
    stop = Stop()
    with stop.on_signals():
        async with _listening(settings, stop, on_ready) as serving:
            children = asyncio.create_task(_keep_worker(settings, stop))
            await asyncio.wait({serving, children}, return_when=asyncio.FIRST_COMPLETED)
            stop.gently.set()
            await asyncio.gather(serving, children)


@asynccontextmanager
async def _listening(
    settings: Settings, stop: Stop, on_ready: Callable[[str], None]
) -> AsyncIterator["asyncio.Task[None]"]:
    listener = _bind(settings.host, settings.port)
    try:
        async with wiring_service.open_api(settings) as app:
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            serving = asyncio.create_task(
                _serve(app, listener, settings, stop, lambda: on_ready(f"http://{host}:{listener.getsockname()[1]}"))
            )
            try:
                yield serving
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
    finally:
        listener.close()


async def _serve(
    app: ASGIApp, listener: socket.socket, settings: Settings, stop: Stop, on_ready: Callable[[], None]
) -> None:
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="on",
            ws="none",
            timeout_keep_alive=30,
            timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
        ),
        on_ready,
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    asked = asyncio.create_task(stop.gently.wait())
    try:
        await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        hurry = asyncio.create_task(stop.at_once.wait())
        await asyncio.wait({running, hurry}, return_when=asyncio.FIRST_COMPLETED)
        server.force_exit = True
        hurry.cancel()
        await running
    finally:
        asked.cancel()
        running.cancel()
        await asyncio.gather(running, asked, return_exceptions=True)


async def _keep_worker(settings: Settings, stop: Stop) -> None:
    first, longest = RESTART_SECONDS
    pause = first
    while not stop.gently.is_set():
        began = asyncio.get_running_loop().time()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _COMMAND,
            "worker",
            "--until-stdin-ends",
            stdin=subprocess.PIPE,
            # A session of its own: Ctrl-C reaches the parent, which passes it on once.
            start_new_session=True,
            env={**os.environ, **_passed_on(settings)},
        )
        ended = asyncio.create_task(child.wait())
        asked = asyncio.create_task(stop.gently.wait())
        try:
            await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                log.error("worker_died", code=child.returncode)
                if asyncio.get_running_loop().time() - began > HEALTHY_SECONDS:
                    pause = first
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await stop.gently.wait()
                pause = min(pause * 2, longest)
                continue
            await _end(child, ended, settings, stop)
        finally:
            asked.cancel()
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await ended


async def _end(child: asyncio.subprocess.Process, ended: asyncio.Task[int], settings: Settings, stop: Stop) -> None:
    """Pass the wish to stop on, once and, when asked again, once more."""
    with suppress(ProcessLookupError):
        child.terminate()
    hurry = asyncio.create_task(stop.at_once.wait())
    bound = settings.shutdown_seconds + LAST_SECONDS
    await asyncio.wait({ended, hurry}, timeout=bound, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        with suppress(ProcessLookupError):
            child.terminate()
        await asyncio.wait({ended}, timeout=LAST_SECONDS)
    hurry.cancel()


async def _until(work: "asyncio.Task[None]", stop: Stop, *, bound_seconds: float) -> None:
    """The end of the work: of itself, at most so long after the first wish to stop, or at once at the second."""
    asked = asyncio.create_task(stop.gently.wait())
    hurry = asyncio.create_task(stop.at_once.wait())
    try:
        await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({work, hurry}, timeout=bound_seconds, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            await end(work, seconds=LAST_SECONDS)
        if work.done() and not work.cancelled():
            work.result()
    finally:
        asked.cancel()
        hurry.cancel()


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # By its number: asyncio turns Nagle's delay off (40 ms an answer) only where the protocol is said to be TCP.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Cannot listen on {host}:{port} ({error.strerror}); choose another with --port or FAZHI_PORT."
        ) from error
    return listener


def _passed_on(settings: Settings) -> dict[str, str]:
    """What the command line may have set over the environment."""
    return {"FAZHI_DATA_DIR": str(settings.data_dir), **({"FAZHI_MODEL": settings.model} if settings.model else {})}


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: Stop) -> None:
    def wait() -> None:
        with suppress(OSError, ValueError):
            while os.read(0, 4096):
                pass
        with suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(stop.gently.set)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()
