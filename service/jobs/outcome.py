"""
What a result means for its job: complete, incomplete or failed, and why.

It knows the reasons for unread marks and their words, and nothing of stores, queues or workers.
"""

from dataclasses import dataclass
from typing import Final, Literal

from schemas.extraction import Extraction
from schemas.job import JobError, JobProgress

# Reasons that may be gone when the same report is submitted again, in words; anything else is final.
_PASSING: Final = {
    "model_unavailable": "The language model could not be reached for this part.",
    "budget_spent": "The token budget was used up before this part was read.",
}
_FINAL: Final = {
    "model_refused": "The language model refused to read this part.",
    "no_value": "A number was marked whose value cannot be read from the text.",
    "unanswered": "The language model left a number out, and did not answer when asked again.",
    "reply_truncated": "The reply was cut off, also for the smallest part.",
    "reply_invalid": "The language model's replies had not the right shape.",
}
MODEL_DOWN: Final = "model_unavailable"
_MOST_ERRORS: Final = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the job ends if it ends now; `model_down`: something is missing only because the model was out of reach."""

    status: Literal["completed", "incomplete", "failed"]
    errors: list[JobError]
    model_down: bool


def outcome_of(extraction: Extraction, progress: JobProgress) -> Outcome:
    """`completed` where nothing is unread, `failed` where nothing could be read, `incomplete` between."""
    if extraction.is_whole:
        return Outcome("completed", [], model_down=False)
    reasons = dict.fromkeys((one.section, one.reason) for one in extraction.unread)
    told = {section for section, _ in reasons}
    reasons |= dict.fromkeys(
        (one.id, one.reason or "unanswered")
        for one in extraction.sections
        if one.status == "unread" and one.id not in told
    )
    errors = [_error(section, reason) for section, reason in list(reasons)[:_MOST_ERRORS]]
    nothing = not extraction.observations and progress.parts > 0 and progress.unread >= progress.parts
    return Outcome(
        "failed" if nothing else "incomplete",
        errors,
        model_down=any(reason == MODEL_DOWN for _, reason in reasons),
    )


def _error(section: str | None, reason: str) -> JobError:
    words = _PASSING.get(reason) or _FINAL.get(reason) or f"Something here could not be read ({reason})."
    return JobError(section=section, code=reason, message=words, retryable=reason in _PASSING)
