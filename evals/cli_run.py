"""
The commands that read and judge: run, report, compare, gate.

It turns requests into calls and writes what they yield; figures and rules are told in their own rooms.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from evals import gate as gates
from evals.cases import Case, find_cases, loader
from evals.cassettes import note_of
from evals.compare import Difference, differences
from evals.folder import Run, RunRecord, folder_name, read_run, run_of, write_run
from evals.gate import Verdict
from evals.gold import Home
from evals.judged import Judged
from evals.metrics import BY_NAME
from evals.report_html import run_page
from evals.report_junit import run_junit, verdict_junit
from evals.report_markdown import comparison_cells, comparison_markdown, run_markdown
from evals.report_terminal import show_run
from evals.run import run
from service import CallerError, load_settings

CHANGELOG: Final = Path("CHANGELOG.md")
MOST: Final = 40


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be read, and with what."""

    texts: Path | None
    home: Home = field(default_factory=Home)
    only: tuple[str, ...] = ()
    model: str | None = None
    repeats: int = 1
    cassette: Path | None = None
    jobs: int = 4
    use_cache: bool = True
    label: str = "run"


def run_and_show(request: RunRequest, out: Path) -> bool:
    """Read, judge, write the run folder with its reports, and print; whether all targets are reached."""
    console = Console()
    made, judged = asyncio.run(_run(request, Console(stderr=True)))
    folder = out / folder_name(made.record)
    write_run(folder, made, judged)
    (folder / "report.html").write_text(run_page(made), encoding="utf-8")
    (folder / "summary.md").write_text(run_markdown(made), encoding="utf-8")
    (folder / "junit.xml").write_text(run_junit(made), encoding="utf-8")
    reached = show_run(console, made)
    console.print(
        f"Written to {escape(str(folder))}: report.html, summary.md, junit.xml, outcomes.jsonl.", soft_wrap=True
    )
    return reached


async def _run(request: RunRequest, messages: Console) -> tuple[Run, list[Judged]]:
    started = time.monotonic()
    replay = "replay" if request.cassette else None
    settings = load_settings(model=request.model, cassette=request.cassette, cassette_mode=replay)
    cases = find_cases(loader(settings), request.home, request.texts)
    chosen = tuple(case for case in cases.found if not request.only or case.gold.name in request.only)
    unknown = sorted(set(request.only) - {case.gold.name for case in chosen})
    if unknown or not chosen:
        known = ", ".join(case.gold.name for case in cases.found)
        raise CallerError(f"No gold with text for {', '.join(unknown) or 'any report'}; there is: {known or 'none'}.")
    with _meter(messages, chosen, request.repeats) as done:
        judged = await run(
            chosen,
            settings,
            repeats=request.repeats,
            jobs=request.jobs,
            use_cache=request.use_cache and request.cassette is None,
            on_done=done,
        )
    versions = judged[0].score.provenance
    record = RunRecord(
        created_at=datetime.now(UTC),
        label=request.label,
        repeats=request.repeats,
        use_cache=request.use_cache,
        versions=versions,
        absent=() if request.only else cases.absent,
        seconds=round(time.monotonic() - started, 3),
        cassette=note_of(request.cassette, versions.prompt) if request.cassette else None,
    )
    return run_of(record, judged), judged


@contextmanager
def _meter(console: Console, cases: tuple[Case, ...], repeats: int):  # type: ignore[no-untyped-def]
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    task = bar.add_task("reading", total=len(cases) * repeats)

    def done(judged: Judged) -> None:
        bar.update(task, advance=1, description=escape(judged.score.report))

    with bar:
        yield done


def show_again(folder: Path, *, html: Path | None, markdown: Path | None, junit: Path | None) -> None:
    """Print a run that is on disk, and write the reports asked for."""
    made = read_run(folder)
    makers: tuple[tuple[Path | None, Callable[[Run], str]], ...] = (
        (html, run_page),
        (markdown, run_markdown),
        (junit, run_junit),
    )
    for path, make in makers:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(make(made), encoding="utf-8")
    show_run(Console(), made)


def show_comparison(a: Path, b: Path, metric: str, markdown: Path | None) -> None:
    """Print what changed from run A to run B."""
    left, right = read_run(a), read_run(b)
    found = differences(left, right, metric)
    console = Console(soft_wrap=True)
    for one in found:
        console.print(_comparison_table(one))
        for title, changes in (("broken", one.broken), ("mended", one.mended)):
            console.print(f"{title}: {len(changes)}")
            for change in changes[:MOST]:
                words = f"  {change.key} {', '.join(change.after or change.before)}"
                console.print(words, highlight=False, markup=False)
            if len(changes) > MOST:
                console.print(f"  … and {len(changes) - MOST} more (--markdown FILE lists all)")
        topics = Table("topic", "gold", "before", "after", box=None, header_style="bold")
        for row in one.topics:
            topics.add_row(row.topic, str(row.gold), f"{row.before:.3f}", f"{row.after:.3f}")
        console.print(topics)
        if one.left_out:
            console.print(f"Left out, other gold: {', '.join(one.left_out)}.", markup=False)
    if markdown is not None:
        markdown.parent.mkdir(parents=True, exist_ok=True)
        markdown.write_text(comparison_markdown(found, left.record.label, right.record.label), encoding="utf-8")


def _comparison_table(one: Difference) -> Table:
    title = f"{one.collection}: {one.reports} reports, B minus A"
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for name in ("metric", "difference", "95 % interval", "p", "smallest detectable"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for name, comparison in one.metrics.items():
        if comparison is not None:
            table.add_row(BY_NAME[name].label, *comparison_cells(name, comparison))
    return table


def hold(
    request: RunRequest,
    folder: Path | None,
    *,
    live: bool,
    accept: bool,
    reason: str,
    junit: Path | None,
) -> bool:
    """Judge a run (or read the gold now) at a gate; with `accept`, make it the baseline. Whether the gate holds."""
    if live and folder is None:
        raise CallerError("A live gate judges a run that was made: add --run FOLDER.")
    if accept and (live or not reason.strip()):
        raise CallerError("A new baseline needs --reason WORDS, and is made offline.")
    if not live and folder is None and not load_settings().is_offline:
        raise CallerError("The offline gate reads with the offline model: unset OPENAI_API_KEY and OPENAI_BASE_URL.")
    made = read_run(folder) if folder else asyncio.run(_run(request, Console(stderr=True)))[0]
    console = Console(soft_wrap=True)
    if accept:
        _accept(console, made, reason.strip(), request.home.baseline, CHANGELOG)
        return True
    if live:
        verdict = gates.judge_live(made.summaries(), request.home.gates)
    else:
        verdict = gates.judge_offline(made, gates.read_baseline(request.home.baseline))
    if junit is not None:
        junit.write_text(verdict_junit(verdict), encoding="utf-8")
    show_verdict(console, verdict)
    return verdict.holds


def _accept(console: Console, made: Run, reason: str, path: Path, changelog: Path) -> None:
    fresh = gates.baseline_of(made, reason, datetime.now(UTC).date())
    old = gates.read_baseline(path).rows.values() if path.exists() else ()
    broken, mended = gates.broken_and_mended(old, list(fresh.rows.values())) if old else (0, 0)
    gates.write_baseline(fresh, path)
    gates.note_in_changelog(changelog, reason, broken, mended)
    console.print(
        f"Baseline of {len(fresh.rows)} rows written to {path}; {mended} mended, {broken} broken; see {changelog}.",
        markup=False,
    )


def show_verdict(console: Console, verdict: Verdict) -> None:
    """Findings by name, then the word."""
    for one in verdict.findings[:200]:
        console.print(f"[red]broken[/] {escape(one.key)}: {escape(one.what)}", highlight=False)
    if len(verdict.findings) > 200:
        console.print(f"… and {len(verdict.findings) - 200} more")
    for note in verdict.notes:
        console.print(note, highlight=False, markup=False)
    if verdict.mended:
        console.print(f"{len(verdict.mended)} labels mended; keep them with `fazhi-eval gate --accept --reason …`.")
    word = "[green]holds[/]" if verdict.holds else "[bold red]broken[/]"
    console.print(f"gate {word}: {verdict.judged} judged, {len(verdict.findings)} findings")
