"""
The one retry policy: transport apart from replies without shape, each bounded, all within a time, jittered.

It knows what errors mean (`verdicts`) and when to stop; nothing of requests, prompts or limits.
"""

from dataclasses import dataclass
from typing import Final

from instructor.core import ResponseParsingError
from pydantic import ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_before_delay
from tenacity.wait import wait_random_exponential

from service.asking import verdicts

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 30.0
# What instructor raises for a reply that is not of the shape, and asks again about.
WITHOUT_SHAPE: Final = (ValidationError, ResponseParsingError)

_jittered = wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS)


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds: attempts over the wire, replies without shape, seconds for one call and for everything."""

    attempts: int = 5
    invalid_replies: int = 3
    seconds: float = 180.0
    call_seconds: float = 120.0


@dataclass(slots=True)
class Attempts:
    """What one question has come to so far. Never shared: a policy holds the state of its question."""

    patience: Patience
    faults: int = 0
    invalid: int = 0

    def policy(self) -> AsyncRetrying:
        """For instructor's `max_retries`."""
        return AsyncRetrying(
            retry=retry_if_exception(self._may_try_again),
            wait=self._wait,
            stop=stop_before_delay(self.patience.seconds),
            reraise=True,
        )

    def _may_try_again(self, error: BaseException) -> bool:
        if isinstance(error, WITHOUT_SHAPE):
            self.invalid += 1
            return self.invalid < self.patience.invalid_replies
        if verdicts.is_transient(error):
            self.faults += 1
            return self.faults < self.patience.attempts
        return False

    def _wait(self, state: RetryCallState) -> float:
        """At once for a reply without shape, else jittered and never before Retry-After."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, WITHOUT_SHAPE):
            return 0.0
        return max(_jittered(state), min(verdicts.retry_after(error) or 0.0, self.patience.seconds))
