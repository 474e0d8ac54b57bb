"""
What a language model said of one part, checked: the value that the cache keeps.

Marks are numbers within the part; quotes are offsets within the part, so a reading is good wherever its part stands.
It knows nothing of values or units: those are read from the text.
"""

from pydantic import Field

from schemas.extraction import Action, Aspect, Noun


class Row(Noun):
    """One observation: at mark `mark`, or, where no mark caught it, at the number surface `start`..`end` of the part."""

    mark: int | None
    start: int
    end: int
    indicator: str
    name: str
    of: int | None = None
    aspect: Aspect | None = None
    area: str | None = None
    period: str | None = None


class Spent(Noun):
    """Tokens and calls that a reading cost, failed ones included."""

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(**{name: getattr(self, name) + getattr(other, name) for name in Spent.model_fields})


class Reading(Noun):
    """
    A part, read. Every mark of the part is in exactly one of `rows`, `not_statistics`, `unread`.

    `unread` maps a mark to the reason; `problems` and `plans` hold sentence marks; `documents` maps d-marks to actions.
    """

    rows: tuple[Row, ...] = ()
    not_statistics: tuple[int, ...] = ()
    unread: dict[int, str] = Field(default_factory=dict)
    documents: dict[int, Action] = Field(default_factory=dict)
    problems: tuple[int, ...] = ()
    plans: tuple[int, ...] = ()
