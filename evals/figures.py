"""
Figures as they are written: shares, intervals, fractions where there is too little for a share.

It knows forms of numbers and nothing of where they go.
"""

from typing import Final

from evals.metrics import BY_NAME
from evals.summary import Figure, Slice

HEADLINE: Final = ("observation_f1", "strict_f1", "detection_f1", "indicator_right", "correction_cost")
FEW: Final = 10
ALL_ALIKE: Final = "all alike"


def is_enough(name: str, counted: int) -> bool:
    """Whether a percentage may be printed: ten labels; an F1 counts gold and predicted ones, so twenty there."""
    both = name.endswith("_f1") or name.startswith("field_")
    return counted >= (2 * FEW if both else FEW)


def written(figure: Figure) -> str:
    """A figure as it is printed; a fraction under n = 10."""
    form = BY_NAME[figure.name].form
    if figure.value is None:
        return "–"
    if form == "per_100":
        return f"{100 * figure.value:.1f}"
    if form == "ratio":
        return f"{figure.value:.2f}"
    if not is_enough(figure.name, figure.denominator):
        return f"{figure.numerator}/{figure.denominator}"
    return f"{figure.value:.4f}"


def written_mean(figure: Figure) -> str:
    """The mean of reports as it is printed."""
    if figure.macro is None:
        return "–"
    return f"{100 * figure.macro:.1f}" if BY_NAME[figure.name].form == "per_100" else f"{figure.macro:.4f}"


def between(figure: Figure) -> str:
    """The interval as it is printed; reports that are all alike tell nothing of how others may differ."""
    form = BY_NAME[figure.name].form
    if figure.interval is None or (form == "percent" and not is_enough(figure.name, figure.denominator)):
        return "–"
    low, high = figure.interval.low, figure.interval.high
    if low == high:
        return ALL_ALIKE
    if form == "per_100":
        return f"{100 * low:.1f} to {100 * high:.1f}"
    if form == "ratio":
        return f"{low:.2f} to {high:.2f}"
    return f"{low:.3f} to {high:.3f}"


def f1_of(one: Slice) -> str:
    """The slice's F1; a fraction where there is too little for a percentage."""
    if one.f1 is None:
        return "–"
    return f"{one.f1:.3f}" if one.gold >= FEW else f"{one.right}/{one.gold}"
