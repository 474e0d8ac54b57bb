"""
The targets of reading, in one table: what was measured against what was asked. `python -m evals.score`.

It knows the targets and nothing of how they are reached. Exit code 0 where all are reached, 1 otherwise.
"""

import asyncio
import sys
from dataclasses import dataclass
from typing import Final, Literal

from rich.console import Console
from rich.table import Table

from evals.cases import find_cases, loader, texts_folder
from evals.metrics import BY_NAME
from evals.run import run
from evals.summary import Figure, Summary, summarise
from service import load_settings

NO_SPREAD: Final = "no spread seen"
Bound = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Target:
    """A metric and its bound on the shared gold and on reports that nobody has seen."""

    metric: str
    bound: Bound
    on_gold: float
    unseen: float


TARGETS: Final = (
    Target("covered_by_mark", "at least", 0.995, 0.99),
    Target("value_unit_qualifier", "at least", 0.995, 0.98),
    Target("span_exact", "at least", 0.98, 0.95),
    Target("sections_f1", "at least", 0.98, 0.95),
    Target("section_path", "at least", 0.97, 0.93),
    Target("documents_f1", "at least", 0.98, 0.95),
    Target("documents_strict_f1", "at least", 0.88, 0.80),
    Target("report_fields", "at least", 1.0, 0.85),
    Target("detection_f1", "at least", 0.95, 0.93),
    Target("observation_f1", "at least", 0.85, 0.72),
    Target("problems_f1", "at least", 0.85, 0.75),
    Target("plans_f1", "at least", 0.85, 0.75),
    Target("unread_rate", "at most", 0.0, 0.0),
    Target("unsupported_rate", "at most", 0.0, 0.0),
    Target("marks_per_gold", "at most", 1.4, 1.5),
)


def is_met(target: Target, figure: Figure, limit: float) -> bool | None:
    """None where nothing was counted."""
    if figure.value is None:
        return None
    return figure.value >= limit if target.bound == "at least" else figure.value <= limit


def scorecard(summary: Summary) -> tuple[Table, bool]:
    """The table for a terminal, and whether every target is reached. Real reports have the sharper targets."""
    strict = summary.collection == "real"
    table = Table(
        title=f"{summary.collection}: {summary.reports} reports, {summary.gold_observations} gold observations",
        title_justify="left",
        box=None,
        header_style="bold",
    )
    table.add_column("what", no_wrap=True)
    for name in ("measured", "95 % interval", "n", "target", ""):
        table.add_column(name, justify="right")
    whole = True
    for target in TARGETS:
        figure = summary.figures[target.metric]
        limit = target.on_gold if strict else target.unseen
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


def written(figure: Figure) -> str:
    """A figure as it is printed; a fraction under n = 10."""
    form = BY_NAME[figure.name].form
    if figure.value is None:
        return "–"
    if form == "per_100":
        return f"{100 * figure.value:.1f}"
    if form == "ratio":
        return f"{figure.value:.2f}"
    if figure.denominator < 10:
        return f"{figure.numerator}/{figure.denominator}"
    return f"{figure.value:.4f}"


def written_mean(figure: Figure) -> str:
    """The mean of reports as it is printed."""
    if figure.macro is None:
        return "–"
    return f"{100 * figure.macro:.1f}" if BY_NAME[figure.name].form == "per_100" else f"{figure.macro:.4f}"


def between(figure: Figure) -> str:
    """The interval as it is printed; reports that are all alike tell nothing of how others may differ."""
    if figure.interval is None or (figure.denominator < 10 and BY_NAME[figure.name].form == "percent"):
        return "–"
    low, high = figure.interval.low, figure.interval.high
    if low == high:
        return NO_SPREAD
    if BY_NAME[figure.name].form == "per_100":
        return f"{100 * low:.1f} to {100 * high:.1f}"
    if BY_NAME[figure.name].form == "ratio":
        return f"{low:.2f} to {high:.2f}"
    return f"{low:.3f} to {high:.3f}"


def main() -> int:
    """Read all gold with the production extractor and print the table of each collection."""
    return asyncio.run(_main())


async def _main() -> int:
    settings = load_settings()
    cases = find_cases(loader(settings), texts=texts_folder(None))
    judged = await run(cases.found, settings, use_cache=False)
    console, whole = Console(), True
    for collection in dict.fromkeys(case.collection for case in cases.found):
        summary = summarise(
            collection, [one.score for one in judged], [outcome for one in judged for outcome in one.outcomes]
        )
        table, reached = scorecard(summary)
        whole = whole and reached
        console.print(table)
    for name in cases.absent:
        console.print(f"{name}: its text is not here; give --texts DIR.")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
