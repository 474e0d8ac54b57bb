"""
Spans that can be asked for what lies near. Ordered once; each question looks only at neighbours.

It knows offsets and nothing of what stands there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Protocol


class HasSpan(Protocol):
    """Anything with a place in the text."""

    @property
    def start(self) -> int:
        """Of the first character."""

    @property
    def end(self) -> int:
        """After the last character."""


def overlap(one: HasSpan, start: int, end: int) -> int:
    """How many characters two spans share."""
    return max(0, min(one.end, end) - max(one.start, start))


def is_half_shared(one: HasSpan, start: int, end: int) -> bool:
    """Span IoU of at least one half, in whole numbers."""
    inner = overlap(one, start, end)
    return inner > 0 and 2 * inner >= max(one.end, end) - min(one.start, start)


class Places:
    """A set of spans, in text order."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self._spans = sorted(set(spans))
        self._starts = [start for start, _ in self._spans]
        self._longest = max((end - start for start, end in self._spans), default=0)

    def near(self, one: HasSpan) -> Iterator[tuple[int, int]]:
        """The spans that share a character with `one`."""
        low = bisect_right(self._starts, one.start - self._longest)
        for start, end in self._spans[max(0, low - 1) : bisect_left(self._starts, one.end)]:
            if start < one.end and one.start < end:
                yield start, end

    def answers(self, one: HasSpan) -> bool:
        """Whether any span passes the gate of one half."""
        return any(is_half_shared(one, start, end) for start, end in self.near(one))

    def largest_overlap(self, one: HasSpan) -> tuple[int, tuple[int, int]]:
        """The most characters shared, and with which span; 0 and (0, 0) for none."""
        return max(((overlap(one, *span), span) for span in self.near(one)), default=(0, (0, 0)))
