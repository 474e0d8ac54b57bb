"""
`fazhi read`, as a person sees it: progress while it works, then an overview.

It knows terminals and the shapes of results, and nothing of models or Redis.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from schemas.codebook import Codebook
from schemas.extraction import Extraction
from service import pages, wiring
from service.batch import Batch, ReportRead, ReportUnread, Source, find_sources
from service.errors import CallerError, ConfigurationError
from service.extract import Progress as PartProgress
from service.extract import plan
from service.logs import configure_logs
from service.results import export
from service.settings import load_settings

# The overview needs so many columns; a narrower terminal wraps lines, and a pipe does not care.
WIDTH: Final = 96


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What the command line asked for."""

    paths: tuple[Path, ...]
    output: Path | None
    form: Literal["table", "json", "jsonl", "csv", "html"]
    jobs: int
    model: str | None
    force: bool
    no_cache: bool


async def read(request: ReadRequest) -> int:
    """Read everything asked for; the exit code."""
    settings = load_settings(model=request.model)
    configure_logs("warning", "console")
    if request.form == "html" and request.output is None:
        raise ConfigurationError("Evidence pages are files: add --output DIR.")
    sources = find_sources(request.paths)
    if request.output is not None:
        _make_folder(request.output)
    outcomes: list[ReportRead | ReportUnread] = []
    messages = Console(stderr=True, soft_wrap=True)
    async with wiring.open_program(settings, use_cache=not request.no_cache) as program:
        batch = Batch(
            program.extractor,
            program.load,
            output=request.output,
            render=export.to_json,
            current=program.provenance,
            force=request.force,
        )
        with _Meter(messages) as meter:
            emit = _emitter(request, program.codebook)
            async for outcome in batch.read_all(sources, request.jobs, meter.update):
                outcomes.append(outcome)
                meter.finished(outcome)
                if isinstance(outcome, ReportRead):
                    emit(outcome)
    if request.form == "table":
        Console(width=max(Console().width, WIDTH)).print(_overview(outcomes))
    messages.print(_summary(outcomes, request.output, program.model_name), highlight=False)
    whole = all(isinstance(one, ReportRead) and one.extraction.is_whole for one in outcomes)
    return 0 if whole else 1


async def estimate(request: ReadRequest) -> int:
    """Print what reading would take; nothing is asked."""
    settings = load_settings(model=request.model)
    loader = wiring.make_loader(settings)
    console = Console()
    table = Table(
        "report", "parts", "marks", "prompt tokens", "completion tokens", "cost", box=None, header_style="bold"
    )
    asker = wiring.make_estimator(settings)
    bad = False
    for source in find_sources(request.paths):
        try:
            data = sys.stdin.buffer.read() if source.path is None else source.path.read_bytes()
            planned = plan(loader(data, source.name))
        except CallerError as error:
            bad = True
            console.print(f"{escape(source.name)}: {escape(str(error))}")
            continue
        need = asker(planned.parts)
        table.add_row(
            escape(source.name),
            str(len(planned.parts)),
            str(sum(len(part.marks) for part in planned.parts)),
            f"{need.prompt_tokens:,}",
            f"{need.completion_tokens:,}",
            "no prices" if need.cost is None else f"{need.cost:f}",
        )
    console.print(table)
    console.print("Estimated from character counts, without cache hits and corrections.")
    return 1 if bad else 0


def _make_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"The output folder {output} cannot be made: {error.strerror}.") from None


def _emitter(request: ReadRequest, codebook: Codebook) -> Callable[[ReportRead], None]:
    """What to do with each finished report beside writing its JSON."""
    if request.form == "json":
        return lambda one: _write(export.to_json(one.extraction))
    if request.form == "jsonl":
        return lambda one: _write(export.to_json_line(one.extraction))
    if request.form == "csv":
        header_written = False

        def rows(one: ReportRead) -> None:
            nonlocal header_written
            lines = list(export.to_csv([one.extraction], codebook))
            _write("".join(lines[1:] if header_written else lines))
            header_written = True

        return rows
    if request.form == "html" and request.output is not None:
        folder = request.output

        def page(one: ReportRead) -> None:
            pages.write_evidence(folder / one.source.result_name, one.extraction, one.text.text, codebook)

        return page
    return lambda _one: None


def _write(content: str) -> None:
    sys.stdout.write(content)
    sys.stdout.flush()


class _Meter:
    """A bar by part on a terminal, a line a report elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[Source, TaskID] = {}
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        )

    def __enter__(self) -> "_Meter":
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def update(self, source: Source, progress: PartProgress) -> None:
        if source not in self._tasks:
            self._tasks[source] = self._bar.add_task(escape(source.name), total=progress.parts or None)
        self._bar.update(self._tasks[source], completed=progress.read, total=progress.parts)

    def finished(self, outcome: ReportRead | ReportUnread) -> None:
        match outcome:
            case ReportRead(skipped=True):
                line = "already read, kept"
            case ReportRead(extraction=extraction):
                line = _one_line(extraction)
            case ReportUnread(error=error):
                line = f"not read: {error}"
        if not self._console.is_terminal or isinstance(outcome, ReportUnread):
            self._console.print(f"{escape(outcome.source.name)}: {escape(line)}", highlight=False)


def _one_line(extraction: Extraction) -> str:
    audit, usage = extraction.audit, extraction.usage
    return (
        f"{audit.observations} observations, {audit.set_aside} set aside, {audit.unread} unread; "
        f"{usage.parts} parts, {usage.parts_from_cache} from the cache, {usage.seconds:.1f} s"
    )


def _overview(outcomes: list[ReportRead | ReportUnread]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("report", overflow="fold", min_width=16)
    for name in ("sections", "marks", "observed", "unread", "checks\nhold", "checks\nfail", "seconds", "tokens"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in sorted(outcomes, key=lambda outcome: outcome.source.name):
        if isinstance(one, ReportUnread):
            table.add_row(escape(one.source.name), *[""] * 3, "all", *[""] * 4)
            continue
        extraction = one.extraction
        audit = extraction.audit
        holds = [check.holds for check in audit.checks]
        table.add_row(
            escape(one.source.name),
            str(len(extraction.sections)),
            str(audit.mentions),
            str(audit.observations),
            str(audit.unread) if not audit.unread else f"[bold red]{audit.unread}[/]",
            str(holds.count(True)),
            str(holds.count(False)),
            "kept" if one.skipped else f"{extraction.usage.seconds:.1f}",
            f"{extraction.usage.prompt_tokens + extraction.usage.completion_tokens:,}",
        )
    return table


def _summary(outcomes: list[ReportRead | ReportUnread], output: Path | None, model: str) -> str:
    unread = sum(isinstance(one, ReportUnread) or not one.extraction.is_whole for one in outcomes)
    words = [f"{len(outcomes)} report{'s' if len(outcomes) != 1 else ''} read with {model}"]
    words.append("everything read" if not unread else f"{unread} with something unread")
    if output is not None:
        words.append(f"results in {output.resolve()}")
    else:
        words.append("add --output DIR to keep results")
    return "; ".join(words) + "."
