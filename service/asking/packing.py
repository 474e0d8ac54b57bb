"""
Neighbouring stretches of text become groups of nearly one weight.

By dynamic programming over the places where a cut is allowed. It knows weights and lengths, and nothing of numbers or prompts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

PART_CHARACTERS: Final = 2400
# A cut inside an item counts as much as a part that is off its ideal size by this share.
INSIDE_ITEM: Final = 0.35
# No part is more than so many times its ideal size, but for a sentence that is.
MOST: Final = 1.7


@dataclass(frozen=True, slots=True)
class Piece:
    """The smallest stretch that is never cut: a sentence, with the headings before it."""

    start: int
    end: int
    weight: int
    asks: bool
    shows: bool
    opens_item: bool


def balanced(pieces: Sequence[Piece], room: int) -> Iterator[Sequence[Piece]]:
    """
    Groups of neighbouring pieces of nearly one weight, by dynamic programming over the places to cut.

    The cost of a group is the square of how far it is from the ideal; a cut inside an item costs a little more.
    """
    total = sum(piece.weight for piece in pieces)
    if total == 0:
        return
    ideal = total / max(1, round(total / max(1, room) + 0.35))
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(1, len(pieces) + 1):
        chosen = (float("inf"), last - 1)
        weight, end = 0, pieces[last - 1].end
        for first in range(last - 1, -1, -1):
            piece = pieces[first]
            weight += piece.weight
            if first < last - 1 and (weight > MOST * ideal or end - piece.start > PART_CHARACTERS):
                break
            cost = best[first][0] + ((weight / ideal - 1) ** 2 if weight else 0.0)  # without weight: no part
            if first and not piece.opens_item:
                cost += INSIDE_ITEM**2
            if cost <= chosen[0]:
                chosen = (cost, first)
        best.append(chosen)
    cuts = [len(pieces)]
    while cuts[-1] > 0:
        cuts.append(best[cuts[-1]][1])
    for first, last in pairwise(reversed(cuts)):
        yield pieces[first:last]
