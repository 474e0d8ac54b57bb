"""
`fazhi serve`, `api`, `worker`, `cache` and `jobs`, as a person sees them.

It knows arguments, tables and words, and nothing of HTTP, queues or Redis: `wiring_service` builds what it calls. What is
slow to import is imported when a command runs: `fazhi --help` and `fazhi codebook` do not wait for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.job import Status
from service.cli.words import count
from service.errors import CallerError
from service.logs import configure_logs
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    from service.asking.cache import ReadingCache
    from service.jobs.store import Record

cache_app = typer.Typer(help="The cache of readings: how large it is, and emptying it.", no_args_is_help=True)
jobs_app = typer.Typer(help="Jobs of all callers, for the operator.", no_args_is_help=True)

Host = Annotated[str | None, typer.Option(help="Address to listen on (else FAZHI_HOST, 127.0.0.1).")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port (else FAZHI_PORT, 8000); 0 takes a free one.")]
JobId = Annotated[str, typer.Argument(help="Id of the job.", show_default=False)]
T = TypeVar("T")


def serve(host: Host = None, port: Port = None) -> None:
    """
    Serve on one machine: HTTP, a worker and, without REDIS_URL, the embedded Valkey.

    Ctrl-C or SIGTERM stops gracefully, a second one at once. Jobs that wait are there again at the next start.
    """
    from service.cli import processes  # noqa: PLC0415

    settings = _settings(host, port)
    asyncio.run(processes.run_both(settings, lambda address: _announce(settings, address)))


def api(host: Host = None, port: Port = None) -> None:
    """Serve HTTP only; workers run elsewhere on the same Redis."""
    from service.cli import processes  # noqa: PLC0415

    settings = _settings(host, port)
    asyncio.run(processes.run_api(settings, lambda address: _announce(settings, address)))


def worker(
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=256, help="Reports at once (else FAZHI_WORKER_CONCURRENCY, 4).")
    ] = None,
    until_stdin_ends: Annotated[bool, typer.Option("--until-stdin-ends", hidden=True)] = False,
) -> None:
    """Work on jobs; any number of workers may share a Redis."""
    from service.cli import processes  # noqa: PLC0415

    settings = load_settings(worker_concurrency=concurrency)
    configure_logs(settings.log_level, settings.log_format)
    asyncio.run(processes.run_worker(settings, until_stdin_ends=until_stdin_ends))


@cache_app.command("stats")
def cache_stats() -> None:
    """Print entries and bytes."""
    stats = _with_cache(lambda cache: cache.stats())
    Console().print(f"{count(stats.entries, 'reading')}, {stats.bytes / 1024 / 1024:,.1f} MB.", highlight=False)


@cache_app.command("clear")
def cache_clear(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Forget all readings; they will be paid for again."""
    if not yes:
        typer.confirm("Forget all readings? What is read again is paid for again.", abort=True)
    removed = _with_cache(lambda cache: cache.clear())
    Console().print(f"{count(removed, 'reading')} forgotten.", highlight=False)


@jobs_app.command("list")
def jobs_list(
    status: Annotated[
        str | None, typer.Option(help="queued, in_progress, completed, incomplete, failed, cancelled.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many, newest first.")] = 20,
) -> None:
    """List jobs, newest first."""
    from service import wiring_service  # noqa: PLC0415

    wanted = _status(status)

    async def look(settings: Settings) -> "list[Record]":
        async with wiring_service.open_store(settings) as store:
            records, _ = await wiring_service.caller_jobs(settings, store.redis).page(
                None, status=wanted, after=None, limit=limit
            )
            return records

    table = Table("id", "status", "created", "owner", "name", "parts", "attempt", "why", box=None, header_style="bold")
    for one in asyncio.run(look(load_settings())):
        job = one.job
        table.add_row(
            job.id,
            job.status,
            f"{job.created_at:%Y-%m-%d %H:%M:%S}",
            escape(one.owner),
            escape(job.name or ""),
            f"{job.progress.read}/{job.progress.parts}",
            str(one.attempt),
            escape(", ".join(dict.fromkeys(error.code for error in job.errors))),
        )
    Console().print(table)


@jobs_app.command("show")
def jobs_show(job_id: JobId) -> None:
    """Print a job as its caller sees it."""
    from service import wiring_service  # noqa: PLC0415
    from service.jobs.store import Record  # noqa: PLC0415

    async def look(settings: Settings) -> "Record":
        async with wiring_service.open_store(settings) as store:
            found = await wiring_service.caller_jobs(settings, store.redis).find(job_id, None)
        if not isinstance(found, Record):
            raise CallerError(f"There is no job {job_id}; `fazhi jobs list` shows those there are.")
        return found

    record = asyncio.run(look(load_settings()))
    print(record.job.model_dump_json(indent=2))  # noqa: T201
    words = f"owner {record.owner}, attempt {record.attempt}, strikes {record.strikes}"
    Console(stderr=True).print(words, highlight=False, markup=False)


@jobs_app.command("retry")
def jobs_retry(job_id: JobId) -> None:
    """Queue an ended job again; what was read comes from the cache."""
    from service import wiring_service  # noqa: PLC0415
    from service.jobs.queue import open_queue  # noqa: PLC0415

    async def retry(settings: Settings) -> None:
        async with (
            wiring_service.open_store(settings) as store,
            open_queue(store.url, lease_seconds=settings.lease_seconds) as queue,
        ):
            if not await wiring_service.caller_jobs(settings, store.redis).retry(job_id):
                raise CallerError(
                    f"Job {job_id} cannot be tried again: it is unknown, not ended, complete, or its text is gone."
                )
            await queue.enqueue(job_id)

    asyncio.run(retry(load_settings()))
    Console().print(f"{job_id} is queued again.", highlight=False)


@jobs_app.command("cancel")
def jobs_cancel(job_id: JobId) -> None:
    """End a job now."""
    from service import wiring_service  # noqa: PLC0415
    from service.jobs.queue import open_queue  # noqa: PLC0415

    async def cancel(settings: Settings) -> bool:
        async with (
            wiring_service.open_store(settings) as store,
            open_queue(store.url, lease_seconds=settings.lease_seconds) as queue,
        ):
            cancelled = await wiring_service.caller_jobs(settings, store.redis).cancel(job_id)
            await queue.cancel(job_id)
            return cancelled

    if not asyncio.run(cancel(load_settings())):
        raise CallerError(f"Job {job_id} is unknown or has ended already.")
    Console().print(f"{job_id} is cancelled.", highlight=False)


def _settings(host: str | None, port: int | None) -> Settings:
    settings = load_settings(host=host, port=port)
    configure_logs(settings.log_level, settings.log_format)
    return settings


def _announce(settings: Settings, address: str) -> None:
    who = "for callers with a key" if settings.api_keys else "no keys: this machine only"
    model = "the offline model" if settings.is_offline else (settings.model or "a model")
    words = f"fazhi serves on {address} ({who}; {model} reads). Documentation: {address}/docs"
    Console().print(words, highlight=False, markup=False)


def _with_cache(use: Callable[["ReadingCache"], Awaitable[T]]) -> T:
    from service import wiring_service  # noqa: PLC0415
    from service.asking.cache import ReadingCache  # noqa: PLC0415

    async def run(settings: Settings) -> T:
        async with wiring_service.open_store(settings) as store:
            return await use(ReadingCache(store.redis, ttl_seconds=settings.cache_ttl_days * 86_400))

    return asyncio.run(run(load_settings()))


def _status(word: str | None) -> Status | None:
    match word:
        case None | "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled":
            return word
        case _:
            raise CallerError("A status is queued, in_progress, completed, incomplete, failed or cancelled.")
