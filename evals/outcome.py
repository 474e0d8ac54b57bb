"""
An outcome: what became of one gold label, or of one prediction without a label. A run is a list of outcomes.

The key names the same label in every run over the same gold, so that runs can be compared label by label. It holds rows
as they are written to JSON Lines and knows nothing of how they are judged.
"""

from collections.abc import Mapping
from typing import Final, Literal

from evals.gold import Seal
from evals.places import HasSpan, Places
from schemas.extraction import Noun

AROUND: Final = 60

Item = Literal["observation", "section", "document", "problem", "plan", "field", "set_aside"]
Kind = Literal["matched", "missed", "spurious", "duplicate", "unjudged"]
Cell = str | int | None


class Outcome(Noun):
    """
    One label or prediction, judged.

    `right` is what the headline counts, `strict` all fields; `agree` names the fields that agree; `lost` says where a
    missed observation went; `context` is the text around it from `context_start` on, for people.
    """

    report: str
    collection: str
    repeat: int = 0
    item: Item
    key: str
    kind: Kind
    right: bool
    strict: bool
    classes: tuple[str, ...] = ()
    agree: tuple[str, ...] = ()
    lost: str | None = None
    topic: str | None = None
    indicator: str | None = None
    gold: dict[str, Cell] | None = None
    predicted: dict[str, Cell] | None = None
    context: str | None = None
    context_start: int = 0


class Tally(Noun):
    """A numerator and a denominator of one metric over one report; tallies add up."""

    numerator: int = 0
    denominator: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(numerator=self.numerator + other.numerator, denominator=self.denominator + other.denominator)

    @property
    def share(self) -> float | None:
        """None where there was nothing to count."""
        return self.numerator / self.denominator if self.denominator else None


class Lost:
    """Spans that tell where a missed observation went: who set it aside, or why it is unread."""

    def __init__(self, fates: Mapping[tuple[int, int], str] | None = None) -> None:
        self.fates = dict(fates or {})
        self._places = Places(tuple(self.fates))

    def fate(self, one: HasSpan) -> str:
        """What became of these characters; `unmarked` where no mark touched them."""
        shared, at = self._places.largest_overlap(one)
        return self.fates[at] if shared else "unmarked"


def placed(blank: Outcome, item: Item, at: HasSpan, text: str, indicator: str = "") -> Outcome:
    """A blank outcome with its key and the text around it."""
    begin = max(0, at.start - AROUND)
    key = f"{at.start}-{at.end}" + (f":{indicator}" if indicator else "")
    context = text[begin : at.end + AROUND] or None
    return blank.model_copy(update={"item": item, "key": key, "context": context, "context_start": begin})


def unlabelled(blank: Outcome, item: Item, key: str, row: dict[str, Cell]) -> Outcome:
    """A prediction that no gold label answers."""
    wrong = {"kind": "spurious", "right": False, "strict": False, "classes": ("spurious",)}
    return blank.model_copy(update=wrong | {"item": item, "key": key, "predicted": row})


def word(one: str | Seal | None) -> str | None:
    """Words as a row shows them."""
    return "(sealed)" if isinstance(one, Seal) else one
