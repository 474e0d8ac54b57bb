"""
A run as a person at a terminal sees it: headline, targets, error classes, weakest topics, cost.

It knows tables and nothing of how figures came about.
"""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evals.figures import HEADLINE, between, f1_of, written, written_mean
from evals.folder import Run
from evals.metrics import BY_NAME
from evals.summary import Summary
from evals.targets import TARGETS, is_met, limit_of


def show_run(console: Console, run: Run) -> bool:
    """Print everything; whether all targets are reached."""
    record = run.record
    console.print(
        f"[bold]{escape(record.label)}[/bold]  model {record.versions.model}, prompt {record.versions.prompt}, "
        f"codebook {record.versions.codebook}, {record.repeats} repeat{'s' if record.repeats > 1 else ''}, "
        f"{record.seconds:.1f} s",
        highlight=False,
    )
    show_cassette(console, run)
    whole = True
    for summary in run.summaries().values():
        console.print()
        table, reached = scorecard(summary)
        console.print(table)
        whole = whole and reached
        console.print(headline(summary), highlight=False)
        console.print(_classes(summary), highlight=False)
        console.print(_weakest(summary), highlight=False)
        console.print(_cost(summary), highlight=False)
    if record.absent:
        console.print(
            f"Not judged, their text is not here (--texts DIR): {', '.join(record.absent)}.",
            highlight=False,
            markup=False,
        )
    if run.adjudicate:
        console.print(f"{len(run.adjudicate)} supported predictions have no gold partner: see adjudicate.jsonl.")
    return whole


def show_cassette(console: Console, run: Run) -> None:
    """Whose recorded replies these are, loudly where they are stale."""
    note = run.record.cassette
    if note is None:
        return
    day = note.recorded_at.date().isoformat() if note.recorded_at else "an unknown day"
    console.print(
        f"cassette {note.path}: {note.replies} replies of {note.model}, recorded {day}, prompt {note.prompt}",
        markup=False,
    )
    if note.stale:
        console.print(
            "[bold red]stale[/]: the prompt has changed since these replies were recorded; record them again."
        )


def headline(summary: Summary) -> str:
    """The main figures in one line each."""
    lines = []
    for name in HEADLINE:
        figure = summary.figures[name]
        mean = written_mean(figure)
        lines.append(f"{BY_NAME[name].label}: {written(figure)} ({between(figure)}), mean of reports {mean}")
    by_topic, by_code = summary.macro_by_topic or 0.0, summary.macro_by_indicator or 0.0
    lines.append(f"observation F1, mean of topics: {by_topic:.4f}, mean of indicators: {by_code:.4f}")
    if summary.stability is not None:
        lines.append(f"right in all repeats: {summary.stability:.4f}")
    return "\n".join(lines)


def _classes(summary: Summary) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("error class", overflow="fold")
    table.add_column("n", justify="right")
    for name, times in summary.classes.items():
        table.add_row(name, str(times))
    for name, times in summary.lost.items():
        table.add_row(f"  missed: {name}", str(times))
    for gold, said, times in summary.confusions[:8]:
        table.add_row(f"  {gold} read as {said}", str(times))
    return table


def _weakest(summary: Summary) -> Table:
    table = Table("topic", "gold", "matched", "right", "F1", box=None, header_style="bold")
    for one in sorted(summary.slices["topic"], key=lambda one: (one.f1 or 0.0, one.name)):
        table.add_row(one.name, str(one.gold), str(one.matched), str(one.right), f1_of(one))
    return table


def scorecard(summary: Summary) -> tuple[Table, bool]:
    """The table for a terminal, and whether every target is reached. Real reports have the sharper targets."""
    table = Table(
        title=f"{summary.collection}: {summary.reports} reports, {summary.gold_observations} gold observations",
        title_justify="left",
        box=None,
        header_style="bold",
    )
    table.add_column("what", overflow="fold")
    for name in ("measured", "95 % interval", "n", "target", ""):
        table.add_column(name, justify="right", no_wrap=True)
    whole = True
    for target in TARGETS:
        figure = summary.figures[target.metric]
        limit = limit_of(target, summary)
        met = is_met(target, figure, limit)
        whole = whole and met is not False
        sign = "≥" if target.bound == "at least" else "≤"
        table.add_row(
            BY_NAME[target.metric].label,
            written(figure),
            between(figure),
            str(figure.denominator),
            f"{sign} {limit:g}",
            {True: "[green]pass[/]", False: "[bold red]FAIL[/]", None: "nothing counted"}[met],
        )
    return table, whole


def _cost(summary: Summary) -> str:
    cost = summary.cost
    return (
        f"{cost.calls} calls, {cost.prompt_tokens:,} prompt tokens ({cost.cached_tokens:,} cached), "
        f"{cost.completion_tokens:,} completion tokens, {cost.parts} parts ({cost.parts_from_cache} from the cache)"
    )
