"""
The result contract: what one report becomes.

Offsets are code points into the report's text as loaded; `start` inclusive, `end` exclusive; `text[start:end] == quote`.
A change of shape raises `SCHEMA_VERSION`. It knows nothing of how a report is read.
"""

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Final = "1"

Level = Literal["province", "city", "county", "township", "department"]
Role = Literal["achievements", "problems", "plans", "responsibility", "other"]
Qualifier = Literal["exact", "more_than", "less_than", "about"]
Aspect = Literal["part", "before", "after", "change", "cumulative", "target"]
Why = Literal["date", "document_number", "enumerator", "ordinal", "name", "rhetoric", "page", "other"]
Action = Literal["issued", "revised", "repealed", "implemented", "submitted", "studied", "other"]
Flag = Literal[
    "over_100",
    "in_title",
    "earlier_period",
    "decrease",
    "range",
    "fraction",
    "unit_from_header",
    "part_of_far",
    "check_failed",
]
Offset = Annotated[int, Field(ge=0)]


class Noun(BaseModel):
    """A frozen value with exactly the fields named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Report(Noun):
    """Whose report it is, for which year; null where the text does not say."""

    title: str | None
    jurisdiction: str | None
    level: Level | None
    issuer: str | None
    year: int | None = Field(description="the year reported on, not the year of publication")
    published_on: date | None
    source: str | None = Field(description="the caller's string, unchanged")
    name: str | None
    sha256: str = Field(description="of the loaded text in UTF-8")
    characters: int


class Section(Noun):
    """A block that a numbered heading opens; children nest inside their parent's span."""

    id: str
    path: tuple[str, ...] = Field(description='the marks without 、 or ., such as ["一", "(一)", "1", "一是"]')
    heading: str | None = Field(description="the heading's words; null for inline items")
    start: Offset
    end: Offset
    role: Role
    status: Literal["read", "unread"]
    reason: str | None


class Observation(Noun):
    """One number under one indicator, with the place that proves it."""

    id: str = Field(description="o{start}-{end}, with .2 for a second indicator of the same number")
    section: str | None
    indicator: str
    topic: str
    name: str
    value: str = Field(description='plain decimal digits with the magnitude worked in: 11.9万 is "119000"')
    value_to: str | None = Field(description="the upper end of a range")
    unit: str | None
    qualifier: Qualifier
    aspect: Aspect | None
    part_of: str | None = Field(description="id of the total, or of the base of a rate")
    area: str | None
    period: str | None
    start: Offset
    end: Offset
    quote: str
    origin: Literal["mark", "missed"]
    flags: tuple[Flag, ...]


class SetAside(Noun):
    """Looks like a number and is no statistic."""

    section: str | None
    start: Offset
    end: Offset
    quote: str
    why: Why
    by: Literal["scanner", "model"]
    doubt: bool = Field(description="the model refused digits followed by a unit of the codebook")


class Unread(Noun):
    """A number that nobody could read, with the reason."""

    section: str | None
    start: Offset
    end: Offset
    quote: str
    reason: str


class Document(Noun):
    """A 《title》, once per innermost section."""

    title: str
    number: str | None
    action: Action
    start: Offset
    end: Offset
    section: str | None


class Statement(Noun):
    """A sentence that states a shortcoming or its cause, or a measure planned."""

    start: Offset
    end: Offset
    text: str
    section: str | None


class Check(Noun):
    """One line of arithmetic or order that the report's own figures should obey."""

    kind: Literal["sum", "rate", "order", "change"]
    observations: tuple[str, ...]
    expected: str = Field(description="plain digits; of an order, `≤` and the bound")
    found: str
    holds: bool | None = Field(description="null where an operand is hedged")


class Compliance(Noun):
    """One of the five required parts, or the date of publication, with its evidence."""

    part: Literal["achievements", "problems", "responsibility", "plans", "published_by_1_april"]
    found: bool | None = Field(description="null where the text does not say (a date that is not given)")
    start: int | None
    end: int | None


class Audit(Noun):
    """Completeness in spans, the checks, and compliance."""

    mentions: int
    observed: int
    set_aside: int
    unread: int
    observations: int
    checks: tuple[Check, ...]
    compliance: tuple[Compliance, ...]


class Usage(Noun):
    """What reading cost."""

    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost: str | None = Field(description="in the currency of the price table; null without prices")
    parts: int
    parts_from_cache: int
    seconds: float


class Provenance(Noun):
    """Versions of everything that shaped the result."""

    schema_version: str
    codebook: str
    prompt: str
    splitter: str
    scanner: str
    model: str
    mode: str
    created_at: datetime


class Extraction(Noun):
    """One report, read."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    report: Report
    sections: tuple[Section, ...]
    observations: tuple[Observation, ...]
    set_aside: tuple[SetAside, ...]
    unread: tuple[Unread, ...]
    documents: tuple[Document, ...]
    problems: tuple[Statement, ...]
    plans: tuple[Statement, ...]
    audit: Audit
    usage: Usage
    provenance: Provenance

    @property
    def is_whole(self) -> bool:
        """Nothing is unread: no number, and no section for want of an answer about its titles or sentences."""
        return not self.unread and all(one.status == "read" for one in self.sections)
