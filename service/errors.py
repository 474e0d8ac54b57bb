"""
Every error of fazhi. The class says what to do about it.

    FazhiError
    ├── ConfigurationError      do not start; exit 2
    ├── CallerError             the caller can mend it; 4xx, exit 2 for usage
    │   ├── UnreadableInput     this input cannot be a report (empty, binary, encrypted, broken)
    │   ├── UnsupportedInput    a media type that is not read here
    │   └── InputTooLarge       over a limit
    ├── ModelError              about one call
    │   ├── ModelUnavailable    overloaded, timed out or unreachable: the same request may succeed later
    │   ├── ModelRefused        will never answer this request: unread at once
    │   ├── ReplyTruncated      the reply was cut off: ask for less
    │   └── ReplyInvalid        ask again, saying what was wrong
    ├── BudgetSpent             stop paying; keep what is done
    └── StoreUnavailable        Redis is away: later

Messages are one clear sentence with what to do. They never hold report text, completions or secrets.
"""


class FazhiError(Exception):
    """Anything fazhi raises on purpose; `str()` is fit for a person."""


class ConfigurationError(FazhiError):
    """The program must not start like this."""


class CallerError(FazhiError):
    """The caller sent something that the caller can mend."""


class UnreadableInput(CallerError):
    """Not a report: empty, binary, encrypted, image-only or broken."""


class UnsupportedInput(CallerError):
    """A media type that is not read here."""


class InputTooLarge(CallerError):
    """Over the limit on bytes or characters."""


class ModelError(FazhiError):
    """About one call to the language model."""


class ModelUnavailable(ModelError):
    """Overloaded, timed out or unreachable; the same request may succeed later."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ModelRefused(ModelError):
    """Refused or filtered; asking again changes nothing."""


class ReplyTruncated(ModelError):
    """The reply was cut off at the token limit; a smaller part may fit."""


class ReplyInvalid(ModelError):
    """The reply has not the right shape; it may be asked for again."""


class BudgetSpent(FazhiError):
    """The token or money budget of the report or the run is used up."""


class StoreUnavailable(FazhiError):
    """Redis cannot be reached; the same request may succeed later."""
