"""
A run as one page: figures with intervals, charts, and every error beside its text.

Self-contained: style and script are in it, nothing is fetched, and a content policy admits no other script, whatever a
report's text holds. It knows the page's shape and nothing of how figures came about.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from evals import charts
from evals.figures import FEW, HEADLINE, between, f1_of, written, written_mean
from evals.folder import Run
from evals.gold import HOME
from evals.metrics import BY_NAME, METRICS
from evals.outcome import Cell, Outcome
from evals.summary import Figure, Slice, Summary
from evals.targets import TARGETS, is_met, limit_of

PAGE: Final = HOME / "page"
FIELDS: Final = ("value", "value_to", "unit", "qualifier", "indicator", "aspect", "part_of", "area", "period")
CUTS: Final = ("topic", "report", "level", "year", "qualifier", "indicator")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A metric as a line of the page; `links` names the filter that shows its cases."""

    label: str
    value: str
    between: str
    n: int
    macro: str
    chart: Markup
    aim: str
    met: bool | None
    links: str | None


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar: a slice or an error class, with the filter that shows its cases."""

    name: str
    value: str
    note: str
    chart: Markup
    links: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the text around a case, with what covers it."""

    text: str
    css: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One error as the page shows it. `maybe_gold`: the text supports the prediction, gold may be wrong."""

    key: str
    report: str
    collection: str
    item: str
    topic: str
    level: str
    year: str
    qualifier: str
    indicator: str
    classes: tuple[str, ...]
    lost: str
    pieces: tuple[Piece, ...]
    rows: tuple[tuple[str, str, str], ...]
    maybe_gold: bool
    right: bool


@dataclass(frozen=True, slots=True)
class CollectionView:
    """One collection of reports."""

    summary: Summary
    headline: tuple[FigureRow, ...]
    targets: tuple[FigureRow, ...]
    rest: tuple[FigureRow, ...]
    classes: tuple[BarRow, ...]
    lost: tuple[BarRow, ...]
    cuts: tuple[tuple[str, tuple[BarRow, ...]], ...]
    confusions: tuple[tuple[str, str, int, str], ...]


def run_page(run: Run) -> str:
    """The whole page."""
    summaries = run.summaries()
    script = (PAGE / "run.js").read_text("utf-8")
    cases = tuple(_cases(run))
    return _template().render(
        run=run,
        record=run.record,
        collections=[_collection(one) for one in summaries.values()],
        cases=cases,
        choices={
            "collection": list(summaries),
            "item": list(dict.fromkeys(one.item for one in cases)),
            "class": sorted({name for one in cases for name in one.classes}),
            **{name: sorted({getattr(one, name) for one in cases} - {""}) for name in CUTS},
        },
        style=Markup((PAGE / "run.css").read_text("utf-8")),  # noqa: S704  our own files
        script=Markup(script),  # noqa: S704
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("run.html")


def _collection(summary: Summary) -> CollectionView:
    limits = {one.metric: (one, limit_of(one, summary)) for one in TARGETS}
    rows = {}
    for metric in METRICS:
        figure = summary.figures[metric.name]
        target, limit = limits.get(metric.name, (None, None))
        aim = "" if target is None else f"{'≥' if target.bound == 'at least' else '≤'} {limit:g}"
        met = is_met(target, figure, limit) if target is not None and limit is not None else None
        rows[metric.name] = _figure_row(summary, figure, aim, limit, met)
    shown = {*HEADLINE, *(one.metric for one in TARGETS)}
    most = max(summary.classes.values(), default=1)
    return CollectionView(
        summary=summary,
        headline=tuple(rows[name] for name in HEADLINE),
        targets=tuple(rows[one.metric] for one in TARGETS),
        rest=tuple(row for name, row in rows.items() if name not in shown),
        classes=tuple(
            BarRow(
                name, str(times), "", charts.bar(times / most, kind="bad"), _link(summary, item="observation", cls=name)
            )
            for name, times in summary.classes.items()
        ),
        lost=tuple(
            BarRow(name, str(times), "", charts.bar(times / most, kind="bad"), _link(summary, cls="missed", text=name))
            for name, times in summary.lost.items()
        ),
        cuts=tuple((name, tuple(_slice_rows(summary, name))) for name in CUTS),
        confusions=tuple(
            (gold, said, times, _link(summary, indicator=gold, text=said)) for gold, said, times in summary.confusions
        ),
    )


def _figure_row(summary: Summary, figure: Figure, aim: str, limit: float | None, met: bool | None) -> FigureRow:
    scale = {"percent": 1.0, "per_100": 1.0, "ratio": 2.0}[BY_NAME[figure.name].form]
    ends = figure.interval
    chart = Markup("")
    if figure.value is not None:
        low, high = (ends.low, ends.high) if ends else (None, None)
        chart = charts.interval(figure.value, low, high, limit, scale)
    item = {"sections": "section", "documents": "document", "sentences": "", "marks": "set_aside"}
    kind = item.get(BY_NAME[figure.name].unit, "observation")
    if figure.name.startswith(("problems", "plans")):
        kind = "problem" if figure.name.startswith("problems") else "plan"
    if figure.name == "report_fields":
        kind = "field"
    return FigureRow(
        label=BY_NAME[figure.name].label,
        value=written(figure),
        between=between(figure),
        n=figure.denominator,
        macro=written_mean(figure),
        chart=chart,
        aim=aim,
        met=met,
        links=_link(summary, item=kind) if kind else None,
    )


def _slice_rows(summary: Summary, cut: str) -> Iterator[BarRow]:
    rows: Sequence[Slice] = [one for one in summary.slices[cut] if one.gold]
    if cut != "year":
        rows = sorted(rows, key=lambda one: (one.f1 or 0.0, one.name))
    for one in rows:
        faint = one.gold < FEW
        note = f"{one.right} of {one.gold} right, {one.predicted} predicted"
        chart = charts.bar(one.f1 or 0.0, faint=faint)
        yield BarRow(one.name, f1_of(one), note, chart, _link(summary, item="observation", **{cut: one.name}))


def _link(summary: Summary, cls: str = "", **filters: str) -> str:
    wanted = {"collection": summary.collection, **filters} | ({"class": cls} if cls else {})
    return "#" + urlencode(wanted)


def _cases(run: Run) -> Iterator[CaseView]:
    levels = {one.report: (one.level or "", str(one.year or "")) for one in run.scores}
    supported = {one.key for one in run.adjudicate}
    for one in run.outcomes:
        if one.strict or one.repeat:
            continue
        level, year = levels[one.report]
        side = one.gold or one.predicted or {}
        yield CaseView(
            key=one.key,
            report=one.report,
            collection=one.collection,
            item=one.item,
            topic=one.topic or "",
            level=level,
            year=year,
            qualifier=str(side.get("qualifier") or ""),
            indicator=one.indicator or "",
            classes=one.classes,
            lost=one.lost or "",
            pieces=tuple(_pieces(one)),
            rows=tuple(_rows(one)),
            maybe_gold=one.key in supported,
            right=one.right,
        )


def _rows(one: Outcome) -> Iterator[tuple[str, str, str]]:
    """Field, gold and predicted, where they differ; of a lone side everything that it says."""
    gold, said = one.gold or {}, one.predicted or {}
    names = FIELDS if one.item == "observation" else [name for name in gold | said if name not in ("start", "end")]
    for name in names:
        left, right = gold.get(name), said.get(name)
        if left != right:
            yield name, _shown(left) if gold else "", _shown(right) if said else ""
    left, right = gold.get("name"), said.get("name")
    if one.item == "observation" and (left or right):
        yield "name", _shown(left) if left else "", _shown(right) if right and left != right else ""


def _pieces(one: Outcome) -> Iterator[Piece]:
    """The text around, cut where gold or prediction begins or ends."""
    if one.context is None:
        return
    begin, end = one.context_start, one.context_start + len(one.context)
    gold, said = _span(one.gold), _span(one.predicted)
    edges = sorted({begin, end, *(edge for span in (gold, said) if span for edge in span if begin < edge < end)})
    for left, right in pairwise(edges):
        css = " ".join(
            name for name, span in (("g", gold), ("p", said)) if span and span[0] <= left and right <= span[1]
        )
        yield Piece(one.context[left - begin : right - begin], css)


def _span(row: dict[str, Cell] | None) -> tuple[int, int] | None:
    if row is None:
        return None
    start, end = row.get("start"), row.get("end")
    return (start, end) if isinstance(start, int) and isinstance(end, int) else None


def _shown(value: Cell) -> str:
    return "–" if value is None else str(value)
