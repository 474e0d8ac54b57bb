"""
Two runs over the same gold: what changed, how sure that is, and which labels were mended or broken.

Only reports that both runs judged by the same gold are compared; the others are named. It knows runs and nothing of how
they are shown.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.folder import Run
from evals.judged import ReportScore
from evals.metrics import BY_NAME
from evals.outcome import Outcome
from evals.stats import Comparison, Counts, compare, counts
from service import CallerError

TESTED = ("observation_f1", "strict_f1", "detection_f1", "indicator_right", "value_unit_qualifier", "correction_cost")


@dataclass(frozen=True, slots=True)
class Change:
    """A label whose outcome differs between the runs."""

    key: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicChange:
    """Observation F1 of one topic in both runs, with the number of gold observations."""

    topic: str
    gold: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that two runs differ in, over one collection."""

    collection: str
    reports: int
    metrics: dict[str, Comparison | None]
    mended: tuple[Change, ...]
    broken: tuple[Change, ...]
    topics: tuple[TopicChange, ...]
    left_out: tuple[str, ...]


def differences(a: Run, b: Run, metric: str = "observation_f1") -> tuple[Difference, ...]:
    """B against A by collection. CallerError where they share no report or the metric is none of ours."""
    if metric not in BY_NAME:
        raise CallerError(f"There is no metric {metric!r}; use one of: {', '.join(BY_NAME)}.")
    tested = tuple(dict.fromkeys((metric, *TESTED)))
    found = []
    for collection in a.collections():
        left = _by_report(one for one in a.scores if one.collection == collection)
        right = _by_report(one for one in b.scores if one.collection == collection)
        shared = [name for name in left if name in right and _gold(left[name]) == _gold(right[name])]
        if not shared:
            continue
        before = _labels(a.outcomes, collection, shared)
        after = _labels(b.outcomes, collection, shared)
        mended, broken = changes(before, after)
        found.append(
            Difference(
                collection=collection,
                reports=len(shared),
                metrics={name: compare(_counts(name, left, shared), _counts(name, right, shared)) for name in tested},
                mended=mended,
                broken=broken,
                topics=_topics(before, after),
                left_out=tuple(sorted((set(left) | set(right)) - set(shared))),
            )
        )
    if not found:
        raise CallerError("The two runs share no report with the same gold; run both over the same gold.")
    return tuple(found)


def changes(before: Sequence[Outcome], after: Sequence[Outcome]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Mended and broken by name: a label that became right or wrong, a false prediction that went or came."""
    left, right = {one.key: one for one in before}, {one.key: one for one in after}
    mended: list[Change] = []
    broken: list[Change] = []
    for key in sorted(left.keys() | right.keys()):
        was, is_now = left.get(key), right.get(key)
        good, now_good = was is None or was.right, is_now is None or is_now.right
        if good != now_good:
            change = Change(key, was.classes if was else (), is_now.classes if is_now else ())
            (mended if now_good else broken).append(change)
    return tuple(mended), tuple(broken)


def _by_report(scores: Iterable[ReportScore]) -> dict[str, list[ReportScore]]:
    found: dict[str, list[ReportScore]] = defaultdict(list)
    for one in scores:
        found[one.report].append(one)
    return dict(found)


def _gold(scores: Sequence[ReportScore]) -> tuple[str, int]:
    return scores[0].sha256, scores[0].gold_version


def _counts(name: str, scores: dict[str, list[ReportScore]], shared: Sequence[str]) -> Counts:
    """Mean over repeats within the report, so that runs with different repeats can be compared."""
    rows = []
    for report in shared:
        tallies = [one.tallies[name] for one in scores[report] if name in one.tallies]
        times = max(1, len(tallies))
        rows.append((sum(one.numerator for one in tallies) / times, sum(one.denominator for one in tallies) / times))
    return counts(rows)


def _labels(outcomes: Iterable[Outcome], collection: str, shared: Sequence[str]) -> list[Outcome]:
    kept = set(shared)
    return [
        one
        for one in outcomes
        if one.item == "observation" and one.repeat == 0 and one.collection == collection and one.report in kept
    ]


def _topics(before: Sequence[Outcome], after: Sequence[Outcome]) -> tuple[TopicChange, ...]:
    left, right = _topic_counts(before), _topic_counts(after)
    return tuple(
        TopicChange(topic=name, gold=left[name]["gold"], before=_f1(left[name]), after=_f1(right[name]))
        for name in sorted(left.keys() | right.keys())
    )


def _topic_counts(outcomes: Sequence[Outcome]) -> dict[str, Counter[str]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        if one.gold:
            table[str(one.gold["indicator"]).partition(".")[0]].update(gold=1, right=one.right)
        if one.predicted and one.kind != "unjudged":
            table[str(one.predicted["indicator"]).partition(".")[0]].update(predicted=1)
    return table


def _f1(row: Counter[str]) -> float:
    both = row["gold"] + row["predicted"]
    return 2 * row["right"] / both if both else 0.0
