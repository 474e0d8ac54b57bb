"""
Units side by side: figures that may be compared, in groups that may share an axis.

Frozen values between the room that chooses figures and the page that draws them. They know nothing of either.
"""

from dataclasses import dataclass
from datetime import date

from schemas.extraction import Flag, Level, Qualifier


@dataclass(frozen=True, slots=True)
class Figure:
    """
    A report's own figure for an indicator, with the sentence that proves it and the base of a rate.

    `link` leads to the place in the evidence page, None where there is no page.
    """

    whose: str
    level: Level | None
    year: int | None
    value: str
    value_to: str | None
    unit: str | None
    qualifier: Qualifier
    name: str
    quote: str
    sentence: str | None
    base: str | None
    base_indicator: str | None
    flags: tuple[Flag, ...]
    link: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of one indicator, level, year, unit and kind of base: they may share an axis. Largest first."""

    level: Level | None
    year: int | None
    unit: str | None
    base_indicator: str | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """Reports of one level and year without a figure, by standing: (unit, parts_only | not_reported | unknown)."""

    level: Level | None
    year: int | None
    whose: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One unit over the years, on one unit of measure and one kind of base; at least two years, oldest first."""

    whose: str
    level: Level | None
    unit: str | None
    base_indicator: str | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """An indicator, compared."""

    indicator: str
    groups: tuple[Group, ...]
    absences: tuple[Absence, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether a unit reported as the rules ask; each part True, False or None (the text does not say)."""

    whose: str
    level: Level | None
    year: int | None
    title: str | None
    published_on: date | None
    parts: tuple[tuple[str, bool | None], ...]
    unread: int
    link: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that a compare page shows."""

    subjects: tuple[Subject, ...]
    duties: tuple[Duty, ...]
    reports: int
