"""
One call to a language model, as limits, budgets, traces and logs see it: ids, counts, durations, outcomes; never text.

It knows nothing of how the call was made.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.reading import Spent

Outcome = Literal["ok", "invalid", "truncated", "refused", "unavailable", "rejected"]


@dataclass(frozen=True, slots=True)
class Call:
    """
    What one request over the wire came to. `status` is the HTTP status, None where none came.

    `attempt` counts from 1 within one question; `started` and `ended` are nanoseconds since the epoch.
    """

    report: str
    model: str
    mode: str
    host: str
    attempt: int
    outcome: Outcome
    status: int | None
    finish_reason: str | None
    response_id: str | None
    response_model: str | None
    spent: Spent
    started: int
    ended: int

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.started) / 1e9
