"""
`fazhi read`, as a person sees it: progress while it works, then an overview.

It knows terminals and the shapes of results, and nothing of models or Redis.
"""

import os
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
from service.batch import Batch, ReportRead, ReportUnread, Source, read_bytes
from service.cli.words import count
from service.errors import CallerError, ConfigurationError
from service.extract import Progress as PartProgress
from service.extract import plan
from service.logs import configure_logs
from service.results import export
from service.settings import load_settings

# The overview needs so many columns; a narrower terminal wraps lines, and a pipe does not care.
WIDTH: Final = 96
# What a person can do about a reason for unread; other reasons are sentences themselves.
_REMEDIES: Final = {
    "model_unavailable": "the model could not be reached or was too busy; check OPENAI_BASE_URL, then run the command again",
    "model_refused": "the model refused; try another model",
    "reply_truncated": "replies were cut off; raise FAZHI_MAX_COMPLETION_TOKENS",
    "reply_invalid": "replies did not have the right shape; try another model or FAZHI_MODE",
    "unanswered": "the model left numbers out, although asked again; try another model",
    "budget_spent": "the budget is spent; raise FAZHI_MAX_TOKENS_PER_REPORT or FAZHI_MAX_TOKENS_PER_RUN",
    "no_value": "the characters at a mark are no number that can be read",
}


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What the command line asked for."""

    sources: tuple[Source, ...]
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
        with _Meter(messages, tells_kept=request.form != "table") as meter:
            emit = _emitter(request, program.codebook)
            async for outcome in batch.read_all(request.sources, request.jobs, meter.update):
                outcomes.append(outcome)
                meter.finished(outcome)
                if isinstance(outcome, ReportRead):
                    emit(outcome)
    if request.form == "table":
        Console(width=max(Console().width, WIDTH)).print(_overview(outcomes))
    messages.print(_summary(outcomes, request.output, program.model_name), highlight=False, markup=False)
    for reason in _reasons(outcomes):
        messages.print(f"Unread: {_REMEDIES.get(reason, reason)}.", highlight=False, markup=False)
    whole = all(isinstance(one, ReportRead) and one.extraction.is_whole for one in outcomes)
    return 0 if whole else 1


async def estimate(request: ReadRequest) -> int:
    """Print what reading would take; nothing is asked."""
    settings = load_settings(model=request.model)
    loader = wiring.make_loader(settings)
    console, messages = Console(), Console(stderr=True, soft_wrap=True)
    table = Table(
        "report", "parts", "marks", "prompt tokens", "completion tokens", "cost", box=None, header_style="bold"
    )
    asker = wiring.make_estimator(settings)
    bad = False
    for source in request.sources:
        try:
            planned = plan(loader(read_bytes(source), source.name))
        except CallerError as error:
            bad = True
            messages.print(f"{source.name}: not read: {error}", highlight=False, markup=False)
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
        raise ConfigurationError(
            f"The output folder {output} cannot be made: {error.strerror}. Choose another with --output."
        ) from None
    if not os.access(output, os.W_OK | os.X_OK):
        raise ConfigurationError(f"The output folder {output} may not be written to; choose another with --output.")


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
    """A bar by part on a terminal, a line a report elsewhere; what was kept has one where no table tells of it."""

    def __init__(self, console: Console, *, tells_kept: bool) -> None:
        self._console = console
        self._tells_kept = tells_kept
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
                if not self._tells_kept:
                    return
                line = "already read, kept"
            case ReportRead(extraction=extraction):
                line = _one_line(extraction)
            case ReportUnread(error=error):
                line = f"not read: {error}"
        if not self._console.is_terminal or isinstance(outcome, ReportUnread):
            self._console.print(f"{outcome.source.name}: {line}", highlight=False, markup=False)


def _one_line(extraction: Extraction) -> str:
    audit, usage = extraction.audit, extraction.usage
    return (
        f"{count(audit.observations, 'observation')}, {audit.set_aside} set aside, {audit.unread} unread; "
        f"{count(usage.parts, 'part')}, {usage.parts_from_cache} from the cache, {usage.seconds:.1f} s"
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
            "" if one.skipped else f"{extraction.usage.prompt_tokens + extraction.usage.completion_tokens:,}",
        )
    return table


def _summary(outcomes: list[ReportRead | ReportUnread], output: Path | None, model: str) -> str:
    results = [one for one in outcomes if isinstance(one, ReportRead)]
    kept = sum(one.skipped for one in results)
    holes = sum(not one.extraction.is_whole for one in results)
    lost = len(outcomes) - len(results)
    words = [f"{count(len(results) - kept, 'report')} read with {model}"]
    words += [f"{kept} kept as read before"] if kept else []
    words += [f"{holes} with something unread"] if holes else []
    words += [f"{lost} not read"] if lost else []
    words += [] if holes or lost else ["everything read"]
    words.append("add --output DIR to keep results" if output is None else f"results in {output.resolve()}")
    return "; ".join(words) + "."


def _reasons(outcomes: list[ReportRead | ReportUnread]) -> list[str]:
    """Why something is unread, each reason once."""
    results = [one.extraction for one in outcomes if isinstance(one, ReportRead)]
    told = [hole.reason for one in results for hole in one.unread]
    told += [section.reason for one in results for section in one.sections if section.reason]
    return list(dict.fromkeys(told))
