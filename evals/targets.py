"""
What reading should reach: the targets, and whether a figure meets one.

It knows bounds and nothing of how figures are made or shown.
"""

from dataclasses import dataclass
from typing import Final, Literal

from evals.summary import Figure, Summary

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


def limit_of(target: Target, summary: Summary) -> float:
    """The bound that holds for a collection: the sharper one on the real reports that were learnt from."""
    return target.on_gold if summary.collection == "real" else target.unseen


def is_met(target: Target, figure: Figure, limit: float) -> bool | None:
    """None where nothing was counted."""
    if figure.value is None:
        return None
    return figure.value >= limit if target.bound == "at least" else figure.value <= limit
