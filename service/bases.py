"""
The base of a rate that stands before the cut.

A model joins marks within one part; where a rate opens a part and its base closed the part before, this room joins
them and flags it. It knows which indicators are rates of which, and nothing of parts' texts or of the model.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.extraction import Observation

# Rate -> what it can be a rate of, the likeliest first.
BASES: Final[Mapping[str, tuple[str, ...]]] = {
    "leadership.problems_rectified": ("leadership.problems_identified",),
    "government_services.satisfaction_rate": ("government_services.rating_count",),
    "government_services.hotline_closure_rate": ("government_services.hotline_cases",),
    "government_services.time_reduction_rate": ("government_services.time_limit",),
    "enforcement.exam_pass_rate": ("enforcement.exam_takers",),
    "training.exam_pass_rate": ("training.exam_takers",),
    "enforcement_supervision.problems_rectified": ("enforcement_supervision.problems_found",),
    "dispute_resolution.success_rate": ("dispute_resolution.mediated", "dispute_resolution.screened"),
    "dispute_resolution.labor_closure_rate": ("dispute_resolution.labor_disputes",),
    "administrative_review.conclusion_rate": ("administrative_review.accepted", "administrative_review.applications"),
    "administrative_review.correction_rate": ("administrative_review.concluded", "administrative_review.accepted"),
    "administrative_review.mediation_rate": ("administrative_review.concluded", "administrative_review.accepted"),
    "administrative_litigation.loss_rate": ("administrative_litigation.concluded", "administrative_litigation.cases"),
    "administrative_litigation.head_appearance_rate": (
        "administrative_litigation.heard",
        "administrative_litigation.cases",
    ),
    "administrative_litigation.dispute_resolution_rate": (
        "administrative_litigation.disputes_resolved",
        "administrative_litigation.cases",
    ),
    "oversight.proposal_completion_rate": ("oversight.proposals",),
    "oversight.proposal_satisfaction_rate": ("oversight.proposals",),
    "normative_documents.filing_rate": ("normative_documents.filed_upward",),
    "digital_government.online_item_rate": ("digital_government.online_items",),
    "digital_government.supervision_coverage_rate": ("digital_government.supervision_items",),
}
REACH: Final = 160


def join_across(
    text: str, observations: Sequence[Observation], part_starts: Sequence[int]
) -> tuple[Observation, ...]:
    """
    Give a rate without a base the nearest fitting one of the part before, flagged `part_of_far`.

    Only where the rate stands within `REACH` characters of its base and the cut lies between them.
    """
    joined = list(observations)
    for index, rate in enumerate(observations):
        wanted = BASES.get(rate.indicator)
        if wanted is None or rate.part_of is not None or rate.unit not in ("%", "％") or rate.aspect == "change":  # noqa: RUF001
            continue
        for base in reversed(observations[max(0, index - 6) : index]):
            if rate.start - base.end > REACH:
                break
            if base.indicator in wanted and base.unit not in ("%", "％") and _cut_between(base, rate, part_starts):  # noqa: RUF001
                joined[index] = rate.model_copy(update={"part_of": base.id, "flags": (*rate.flags, "part_of_far")})
                break
    return tuple(joined)


def _cut_between(base: Observation, rate: Observation, part_starts: Sequence[int]) -> bool:
    return any(base.end <= start <= rate.start for start in part_starts)
