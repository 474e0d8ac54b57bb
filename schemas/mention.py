"""
Mentions (number-like places in the text), quantities (what a number surface says) and parts (what one call reads).

Offsets are code points into the loaded text. They know nothing of indicators or of the model.
"""

from dataclasses import dataclass
from decimal import Decimal

from schemas.extraction import Flag, Qualifier, Why
from schemas.outline import Span, Title


@dataclass(frozen=True, slots=True)
class Mention:
    """A number-like place. `why` says why the scanner settled it as no statistic; None: it is put to the model."""

    start: int
    end: int
    why: Why | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a number surface says. `value` has the magnitude worked in; `unit` is None where the text has none."""

    value: Decimal
    value_to: Decimal | None
    unit: str | None
    qualifier: Qualifier
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """
    What one call reads: `start`..`end` of the text, marks numbered from 1 in text order, titles d1…, sentences s1….

    `headings` is the path of headings that holds at `start`; `before` the sentence before the part.
    `sentences` are those that might state a problem or a plan.
    """

    text: str
    start: int
    end: int
    headings: tuple[str, ...]
    before: str
    marks: tuple[Span, ...]
    titles: tuple[Title, ...]
    sentences: tuple[Span, ...]
    notes: tuple[str, ...] = ()
