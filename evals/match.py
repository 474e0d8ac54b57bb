"""
Which prediction answers which gold label: one to one, by place.

The only gate is span IoU of at least one half; value, unit and indicator break ties, in that order, then the closer
span. Facts come in canonical order and weights are whole numbers in lexicographic steps, so the order of the input
never changes a count. It knows spans and ties, and nothing of what is right.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from evals.facts import Fact
from evals.places import HasSpan, is_half_shared

# Pairs of a cluster so large that the last step of the weight would not fit a double exactly: nothing real comes near.
EXACT_CLUSTER: Final = 300
IOU_STEPS: Final = 100


S = TypeVar("S", bound=HasSpan)


@dataclass(frozen=True, slots=True)
class Matching:
    """Indices into gold and predicted. `duplicates` are predictions of a gold label that another one answers."""

    pairs: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    spurious: tuple[int, ...]
    duplicates: tuple[int, ...]


def match_facts(gold: Sequence[Fact], predicted: Sequence[Fact]) -> Matching:
    """The best assignment of predicted facts to gold facts, both in canonical order."""
    return _match(gold, predicted, _agreement)


def match_spans(gold: Sequence[S], predicted: Sequence[S]) -> Matching:
    """The same for bare spans (sentences)."""
    return _match(gold, predicted, lambda _gold, _predicted: (0, 0, 0))


def _agreement(gold: Fact, predicted: Fact) -> tuple[int, int, int]:
    value = gold.value == predicted.value and gold.value is not None
    return (int(value), int(gold.unit == predicted.unit), int(gold.indicator == predicted.indicator))


def _match(gold: Sequence[S], predicted: Sequence[S], agreement: Callable[[S, S], tuple[int, int, int]]) -> Matching:
    partners = _gated(gold, predicted)
    pairs: list[tuple[int, int]] = []
    for rows, columns in _clusters(partners):
        if len(rows) == len(columns) == 1:
            pairs.append((rows[0], columns[0]))
            continue
        weights = _weights(rows, columns, partners, gold, predicted, agreement)
        for row, column in zip(*linear_sum_assignment(weights, maximize=True), strict=True):
            if weights[row, column] > 0:
                pairs.append((rows[row], columns[column]))
    pairs.sort()
    used_gold, used = {one for one, _ in pairs}, {one for _, one in pairs}
    answered = {column for row, columns in partners.items() if row in used_gold for column in columns}
    left = [column for column in range(len(predicted)) if column not in used]
    return Matching(
        pairs=tuple(pairs),
        missed=tuple(row for row in range(len(gold)) if row not in used_gold),
        spurious=tuple(column for column in left if column not in answered),
        duplicates=tuple(column for column in left if column in answered),
    )


def _gated(gold: Sequence[S], predicted: Sequence[S]) -> dict[int, list[int]]:
    """For each gold index the predictions through the gate, found by one sweep over the text."""
    partners: dict[int, list[int]] = defaultdict(list)
    longest = max((one.end - one.start for one in predicted), default=0)
    order = sorted(range(len(predicted)), key=lambda index: predicted[index].start)
    starts = np.array([predicted[index].start for index in order])
    for row, one in enumerate(gold):
        low, high = np.searchsorted(starts, (one.start - longest, one.end))
        found = sorted(order[at] for at in range(int(low), int(high)) if _gate(one, predicted[order[at]]))
        if found:
            partners[row] = found
    return partners


def _clusters(partners: dict[int, list[int]]) -> list[tuple[list[int], list[int]]]:
    """Gold and predicted indices that hang together through the gate."""
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, columns in partners.items():
        for column in columns:
            rows_of[column].append(row)
    seen: set[int] = set()
    clusters = []
    for first in partners:
        if first in seen:
            continue
        found, met, todo = {first}, set[int](), [first]
        while todo:
            for column in partners[todo.pop()]:
                if column not in met:
                    met.add(column)
                    fresh = [row for row in rows_of[column] if row not in found]
                    found.update(fresh)
                    todo.extend(fresh)
        seen |= found
        clusters.append((sorted(found), sorted(met)))
    return clusters


def _weights(
    rows: list[int],
    columns: list[int],
    partners: dict[int, list[int]],
    gold: Sequence[S],
    predicted: Sequence[S],
    agreement: Callable[[S, S], tuple[int, int, int]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """More pairs, then more equal values, then more equal units, then more equal indicators, then closer spans."""
    base = min(len(rows), len(columns)) + 1
    steps = IOU_STEPS * base if base <= EXACT_CLUSTER else 1
    place = {column: index for index, column in enumerate(columns)}
    weights = np.zeros((len(rows), len(columns)))
    for index, row in enumerate(rows):
        for column in partners[row]:
            value, unit, indicator = agreement(gold[row], predicted[column])
            weight = ((base + value) * base + unit) * base + indicator
            close = _iou_steps(gold[row], predicted[column]) if steps > 1 else 0
            weights[index, place[column]] = weight * steps + close
    return weights


def _gate(one: HasSpan, other: HasSpan) -> bool:
    return is_half_shared(one, other.start, other.end)


def _iou_steps(one: HasSpan, other: HasSpan) -> int:
    inner = min(one.end, other.end) - max(one.start, other.start)
    outer = max(one.end, other.end) - min(one.start, other.start)
    return IOU_STEPS * inner // outer
