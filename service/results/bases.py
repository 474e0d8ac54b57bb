"""
The base of a rate that stands before the cut.

A model joins marks within one part; where a rate opens a part and its base closed the part before, this room joins
them and flags it. It knows offsets and the table of relations, and nothing of parts' texts or of the model.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from schemas.extraction import Observation
from schemas.relations import RATE_BASES

REACH: Final = 160


def join_across(text: str, observations: Sequence[Observation], part_starts: Sequence[int]) -> tuple[Observation, ...]:
    """
    Give a rate without a base the nearest fitting one of the part before, flagged `part_of_far`.

    Only where the rate stands within `REACH` characters of its base and the cut lies between them.
    """
    joined = list(observations)
    for index, rate in enumerate(observations):
        wanted = RATE_BASES.get(rate.indicator)
        if wanted is None or rate.part_of is not None or rate.unit not in ("%", "％") or rate.aspect == "change":
            continue
        for base in reversed(observations[max(0, index - 6) : index]):
            if rate.start - base.end > REACH:
                break
            if base.indicator in wanted and base.unit not in ("%", "％") and _cut_between(base, rate, part_starts):
                joined[index] = rate.model_copy(update={"part_of": base.id, "flags": (*rate.flags, "part_of_far")})
                break
    return tuple(joined)


def _cut_between(base: Observation, rate: Observation, part_starts: Sequence[int]) -> bool:
    after = bisect_left(part_starts, base.end)
    return after < len(part_starts) and part_starts[after] <= rate.start
