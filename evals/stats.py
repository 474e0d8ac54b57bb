"""
How sure a figure is: intervals and tests over reports, never over observations.

Numbers of one report hang together, so reports are what is left out, drawn again or swapped. Plain arrays in, plain
values out; it knows nothing of metrics or gold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from schemas.extraction import Noun

CONFIDENCE: Final = 0.95
JACKKNIFE_UNDER: Final = 40
EXACT_UP_TO: Final = 14
DRAWS: Final = 10_000
SEED: Final = 20261101
# 80 % power at the 5 % level, two-sided: 1.96 + 0.84.
DETECTABLE: Final = 2.8

Floats = NDArray[np.float64]


class Interval(Noun):
    """A 95 % interval of a ratio of sums; `how` names the method, `reports` what it rests on."""

    low: float
    high: float
    how: str
    reports: int


class Comparison(Noun):
    """B minus A over the same reports. `detectable`: the smallest difference that such a set can show."""

    difference: float
    low: float | None
    high: float | None
    p: float | None
    detectable: float | None
    reports: int
    how: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Numerators and denominators by report."""

    numerator: Floats
    denominator: Floats


def counts(pairs: Sequence[tuple[float, float]]) -> Counts:
    """Arrays of (numerator, denominator) pairs."""
    table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return Counts(table[:, 0], table[:, 1])


def micro(one: Counts) -> float | None:
    """The ratio of the sums; None where nothing was counted."""
    total = one.denominator.sum()
    return float(one.numerator.sum() / total) if total else None


def interval(one: Counts, highest: float | None = 1.0) -> Interval | None:
    """By report: delete-one jackknife with t under 40 reports, cluster bootstrap from there on; None under two."""
    kept = one.denominator > 0
    one = Counts(one.numerator[kept], one.denominator[kept])
    reports = len(one.numerator)
    if reports < 2:
        return None
    if reports < JACKKNIFE_UNDER:
        low, high = _jackknife(one)
        how = "jackknife"
    else:
        low, high = _bootstrap(one)
        how = "bootstrap"
    high = high if highest is None else min(high, highest)
    return Interval(low=max(0.0, low), high=high, how=how, reports=reports)


def _jackknife(one: Counts) -> tuple[float, float]:
    reports = len(one.numerator)
    centre = one.numerator.sum() / one.denominator.sum()
    spread = standard_error(_left_out(one)) * float(stdtrit(reports - 1, (1 + CONFIDENCE) / 2))
    return float(centre - spread), float(centre + spread)


def _left_out(one: Counts) -> Floats:
    found: Floats = (one.numerator.sum() - one.numerator) / (one.denominator.sum() - one.denominator)
    return found


def standard_error(left_out: Floats) -> float:
    """Of a statistic by its values with one report left out each."""
    reports = len(left_out)
    return float(np.sqrt((reports - 1) / reports * ((left_out - left_out.mean()) ** 2).sum()))


def _bootstrap(one: Counts, draws: int = DRAWS) -> tuple[float, float]:
    reports = len(one.numerator)
    drawn = np.random.default_rng(SEED).integers(0, reports, size=(draws, reports))
    ratios = one.numerator[drawn].sum(axis=1) / one.denominator[drawn].sum(axis=1)
    low, high = np.quantile(ratios, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def compare(a: Counts, b: Counts) -> Comparison | None:
    """
    B minus A over the same reports in the same order; None where either counts nothing.

    The p value is of paired randomisation: which of its two results each report gave is swapped, in every way up to 14
    reports, in 10,000 drawn ways beyond.
    """
    left, right = micro(a), micro(b)
    if left is None or right is None:
        return None
    difference, reports = right - left, len(a.numerator)
    if reports < 2:
        return Comparison(
            difference=difference, low=None, high=None, p=None, detectable=None, reports=reports, how="one report"
        )
    error = standard_error(_differences_left_out(a, b))
    spread = error * float(stdtrit(reports - 1, (1 + CONFIDENCE) / 2))
    exact = reports <= EXACT_UP_TO
    return Comparison(
        difference=difference,
        low=difference - spread,
        high=difference + spread,
        p=_randomisation(a, b, difference, exact),
        detectable=DETECTABLE * error,
        reports=reports,
        how="exact randomisation" if exact else f"randomisation, {DRAWS} draws",
    )


def _differences_left_out(a: Counts, b: Counts) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _left_out(b) - _left_out(a)
    return found[np.isfinite(found)] if np.isfinite(found).any() else np.zeros(1)


def _randomisation(a: Counts, b: Counts, difference: float, exact: bool) -> float:
    reports = len(a.numerator)
    if exact:
        swapped = np.array(list(product((False, True), repeat=reports)))
    else:
        swapped = np.random.default_rng(SEED).random((DRAWS, reports)) < 0.5
    found = np.abs(_ratio(swapped, b, a) - _ratio(swapped, a, b))
    as_far = int((found >= abs(difference) - 1e-12).sum())
    return as_far / len(found) if exact else (as_far + 1) / (len(found) + 1)


def _ratio(swapped: NDArray[np.bool_], one: Counts, other: Counts) -> Floats:
    numerator = np.where(swapped, other.numerator, one.numerator).sum(axis=1)
    denominator = np.where(swapped, other.denominator, one.denominator).sum(axis=1)
    found: Floats = numerator / np.where(denominator == 0, 1, denominator)
    return found
