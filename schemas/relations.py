"""
Which indicator is a share, a stage or a rate of which: domain knowledge that several rooms use.

Source: the procedure laws and the arithmetic that reports obey (docs/decisions/002-relations.md). It knows nothing of
texts or values.
"""

from collections.abc import Mapping
from typing import Final

# Rate -> what it can be a rate of, the likeliest first.
RATE_BASES: Final[Mapping[str, tuple[str, ...]]] = {
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
    "administrative_review.by_category": ("administrative_review.accepted", "administrative_review.applications"),
    "administrative_litigation.judicial_suggestions": ("administrative_litigation.judicial_suggestions",),
    "normative_documents.filing_rate": ("normative_documents.filed_upward", "normative_documents.issued"),
}

# Rate -> what its share can be, beside numbers under its base's own indicator.
RATE_SHARES: Final[Mapping[str, tuple[str, ...]]] = {
    "leadership.problems_rectified": ("leadership.problems_rectified",),
    "enforcement_supervision.problems_rectified": ("enforcement_supervision.problems_rectified",),
    "dispute_resolution.success_rate": ("dispute_resolution.resolved",),
    "dispute_resolution.labor_closure_rate": ("dispute_resolution.labor_closed",),
    "administrative_review.conclusion_rate": ("administrative_review.concluded",),
    "administrative_review.correction_rate": ("administrative_review.corrected", "administrative_review.revoked"),
    "administrative_review.mediation_rate": ("administrative_review.mediated",),
    "administrative_review.by_category": ("administrative_review.by_category",),
    "administrative_litigation.loss_rate": ("administrative_litigation.lost",),
    "administrative_litigation.won": ("administrative_litigation.won",),
    "administrative_litigation.head_appearance_rate": ("administrative_litigation.head_appearances",),
    "administrative_litigation.dispute_resolution_rate": (
        "administrative_litigation.disputes_resolved",
        "administrative_litigation.withdrawn",
    ),
}

# Stage or share -> the stage before it, the likeliest first.
STAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "administrative_review.accepted": ("administrative_review.applications",),
    "administrative_review.not_accepted": ("administrative_review.applications",),
    "administrative_review.concluded": ("administrative_review.accepted",),
    "administrative_review.upheld": ("administrative_review.concluded",),
    "administrative_review.rejected": ("administrative_review.concluded",),
    "administrative_review.corrected": ("administrative_review.concluded", "administrative_review.applications"),
    "administrative_review.revoked": ("administrative_review.corrected", "administrative_review.concluded"),
    "administrative_review.mediated": ("administrative_review.concluded",),
    "normative_documents.cleanup_results": ("normative_documents.cleaned",),
    "administrative_litigation.heard": ("administrative_litigation.cases",),
    "administrative_litigation.concluded": ("administrative_litigation.cases",),
    "administrative_litigation.won": ("administrative_litigation.concluded",),
    "administrative_litigation.lost": ("administrative_litigation.concluded",),
    "administrative_litigation.withdrawn": ("administrative_litigation.concluded",),
    "administrative_litigation.head_appearances": (
        "administrative_litigation.heard",
        "administrative_litigation.cases",
    ),
    "dispute_resolution.resolved": ("dispute_resolution.mediated",),
    "dispute_resolution.labor_closed": ("dispute_resolution.labor_disputes",),
    "leadership.problems_rectified": ("leadership.problems_identified",),
    "enforcement_supervision.problems_rectified": ("enforcement_supervision.problems_found",),
}
