"""
A run in figures: every metric micro and macro with interval and n; slices by topic, level, year, indicator …

It adds up scores and outcomes; it knows nothing of how they are shown.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from evals.judged import ReportScore
from evals.metrics import METRICS
from evals.outcome import Cell, Outcome
from evals.stats import Interval, counts, interval, micro
from schemas.extraction import Noun


class Figure(Noun):
    """One metric over some reports. `value` is micro; `macro` the mean over reports that have any."""

    name: str
    value: float | None
    macro: float | None
    numerator: int
    denominator: int
    reports: int
    interval: Interval | None


class Slice(Noun):
    """Observations of one topic, level, year, indicator or qualifier."""

    name: str
    gold: int
    predicted: int
    matched: int
    right: int

    @property
    def f1(self) -> float | None:
        """Observation F1 of the slice."""
        return 2 * self.right / (self.gold + self.predicted) if self.gold + self.predicted else None


class Cost(Noun):
    """What the run took."""

    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    seconds: float
    parts: int
    parts_from_cache: int


class Summary(Noun):
    """All figures of one collection of reports."""

    collection: str
    reports: int
    gold_observations: int
    figures: dict[str, Figure]
    macro_by_topic: float | None
    macro_by_indicator: float | None
    slices: dict[str, tuple[Slice, ...]]
    classes: dict[str, int]
    lost: dict[str, int]
    confusions: tuple[tuple[str, str, int], ...]
    stability: float | None
    cost: Cost


def summarise(collection: str, scores: Sequence[ReportScore], outcomes: Sequence[Outcome]) -> Summary:
    """The figures of one collection; repeats add up within their report, so that reports stay what is counted."""
    scores = [one for one in scores if one.collection == collection]
    outcomes = [one for one in outcomes if one.collection == collection]
    seen = [one for one in outcomes if one.item == "observation" and one.kind != "unjudged"]
    levels = {one.report: one.level or "unknown" for one in scores}
    years = {one.report: str(one.year or "unknown") for one in scores}
    slices = {
        "topic": _slices(seen, lambda _one, row: str(row["indicator"]).partition(".")[0]),
        "level": _slices(seen, lambda one, _row: levels[one.report]),
        "year": _slices(seen, lambda one, _row: years[one.report]),
        "indicator": _slices(seen, lambda _one, row: str(row["indicator"])),
        "qualifier": _slices(seen, lambda _one, row: str(row["qualifier"])),
        "report": _slices(seen, lambda one, _row: one.report),
    }
    return Summary(
        collection=collection,
        reports=len({one.report for one in scores}),
        gold_observations=sum(one.observations for one in scores if one.repeat == 0),
        figures={metric.name: figure(metric.name, scores) for metric in METRICS},
        macro_by_topic=_macro(slices["topic"]),
        macro_by_indicator=_macro(slices["indicator"]),
        slices=slices,
        classes=dict(Counter(name for one in seen for name in one.classes).most_common()),
        lost=dict(Counter(one.lost for one in seen if one.lost).most_common()),
        confusions=confusions(seen),
        stability=stability(seen),
        cost=_cost(scores),
    )


def figure(name: str, scores: Sequence[ReportScore]) -> Figure:
    """One metric over scores."""
    by_report: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in scores:
        if name in one.tallies:
            by_report[one.report][0] += one.tallies[name].numerator
            by_report[one.report][1] += one.tallies[name].denominator
    pairs = [(top, bottom) for top, bottom in by_report.values()]
    table = counts(pairs)
    ratios = [top / bottom for top, bottom in pairs if bottom]
    bounded = name not in ("correction_cost", "marks_per_gold")
    return Figure(
        name=name,
        value=micro(table),
        macro=fmean(ratios) if ratios else None,
        numerator=sum(top for top, _ in pairs),
        denominator=sum(bottom for _, bottom in pairs),
        reports=len(ratios),
        interval=interval(table, 1.0 if bounded else None),
    )


def confusions(seen: Iterable[Outcome]) -> tuple[tuple[str, str, int], ...]:
    """Gold indicator, predicted indicator and how often, the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for one in seen:
        if one.kind == "matched" and one.gold and one.predicted and "indicator" not in one.agree:
            found[str(one.gold["indicator"]), str(one.predicted["indicator"])] += 1
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple((gold, said, times) for (gold, said), times in ordered)


def stability(seen: Iterable[Outcome]) -> float | None:
    """Share of gold observations that are right in all repeats; None for a single one."""
    by_key: dict[str, list[bool]] = defaultdict(list)
    repeats = set()
    for one in seen:
        repeats.add(one.repeat)
        if one.gold:
            by_key[one.key].append(one.right)
    if len(repeats) < 2 or not by_key:
        return None
    return fmean(all(right) for right in by_key.values())


def _slices(seen: Iterable[Outcome], name_of: Callable[[Outcome, dict[str, Cell]], str]) -> tuple[Slice, ...]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in seen:
        if one.gold:
            name = name_of(one, one.gold)
            table[name].update(gold=1, matched=one.kind == "matched", right=one.right)
        if one.predicted:
            table[name_of(one, one.predicted)].update(predicted=1)
    return tuple(
        Slice(name=name, gold=row["gold"], predicted=row["predicted"], matched=row["matched"], right=row["right"])
        for name, row in sorted(table.items())
    )


def _macro(slices: Sequence[Slice]) -> float | None:
    """Mean F1 over slices that gold has."""
    values = [one.f1 for one in slices if one.gold and one.f1 is not None]
    return fmean(values) if values else None


def _cost(scores: Sequence[ReportScore]) -> Cost:
    usages = [one.usage for one in scores]
    return Cost(
        calls=sum(one.calls for one in usages),
        prompt_tokens=sum(one.prompt_tokens for one in usages),
        cached_tokens=sum(one.cached_tokens for one in usages),
        completion_tokens=sum(one.completion_tokens for one in usages),
        seconds=round(sum(one.seconds for one in usages), 3),
        parts=sum(one.parts for one in usages),
        parts_from_cache=sum(one.parts_from_cache for one in usages),
    )
