"""
What a person says of a result, place by place: accepted, corrected, rejected, added.

Kept beside the machine's result, never in it. It knows nothing of pages, gold files or where it is kept.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.extraction import Aspect, Noun, Offset, Qualifier, Why

CORRECTIONS_VERSION: Final = "1"
Words = Annotated[str, Field(max_length=300)]
Id = Annotated[str, Field(pattern=r"^o\d{1,9}-\d{1,9}(\.\d{1,3})?$")]
Number = Annotated[str, Field(pattern=r"^\d{1,30}(\.\d{1,12})?$")]


class Accepted(Noun):
    """The observation is right as it stands."""

    verdict: Literal["accepted"] = "accepted"
    observation: Id


class Corrected(Noun):
    """The place is right and this is what it says; every field replaces the machine's."""

    verdict: Literal["corrected"] = "corrected"
    observation: Id
    indicator: Words
    name: Words
    aspect: Aspect | None
    part_of: Id | None
    area: Words | None
    period: Words | None


class Rejected(Noun):
    """No statistic, for this reason."""

    verdict: Literal["rejected"] = "rejected"
    observation: Id
    why: Why


class Added(Noun):
    """A statistic that the machine set aside, could not read, or missed. `id` is made like an observation's."""

    verdict: Literal["added"] = "added"
    id: Id
    origin: Literal["set_aside", "unread", "selection"]
    start: Offset
    end: Offset
    quote: Words
    value: Number
    value_to: Number | None
    unit: Annotated[str, Field(max_length=40)] | None
    qualifier: Qualifier
    indicator: Words
    name: Words
    aspect: Aspect | None
    part_of: Id | None
    area: Words | None
    period: Words | None


Verdict = Annotated[Accepted | Corrected | Rejected | Added, Field(discriminator="verdict")]


class Corrections(Noun):
    """All verdicts on one result. `sha256` is the report text's; `revision` rises by one with every save."""

    schema_version: Literal["1"] = CORRECTIONS_VERSION
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    revision: Annotated[int, Field(ge=0)] = 0
    annotator: Annotated[str, Field(max_length=80)] = ""
    updated_at: datetime | None = None
    verdicts: Annotated[tuple[Verdict, ...], Field(max_length=50_000)] = ()
