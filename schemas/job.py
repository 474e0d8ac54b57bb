"""
The job: what a caller submits, polls and pages through.

One job is one report on its way. It knows nothing of how jobs are stored, queued or worked on.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.extraction import Noun, Usage

Status = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]
TERMINAL: Final[frozenset[Status]] = frozenset({"completed", "incomplete", "failed", "cancelled"})
# What a caller may hang on a job: a few short strings, kept and given back unread.
Metadata = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, Field(max_length=512)]],
    Field(max_length=16),
]


class JobProgress(Noun):
    """How far the job is, in parts; all zero until the report is cut into parts."""

    parts: int = 0
    read: int = Field(0, description="parts with an outcome, unread ones included")
    from_cache: int = 0
    unread: int = Field(0, description="parts in which something could not be read")


class JobError(Noun):
    """Why something is missing from the result, or why there is none."""

    section: str | None = Field(None, description="id of a section of the result; null where it is about the whole job")
    code: str = Field(description="stable, for programs", examples=["model_unavailable"])
    message: str = Field(description="one sentence, for people; never holds report text")
    retryable: bool = Field(description="whether submitting the same report again may help")


class Job(Noun):
    """One report on its way, as a caller sees it. Times are RFC 3339 UTC."""

    id: str
    object: Literal["extraction"] = "extraction"
    status: Status
    name: str | None = Field(None, description="the caller's name for the report, or the file's")
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = Field(None, description="when the job ended, in whatever way")
    expires_at: datetime | None = Field(None, description="when result and text are deleted; null until the job ends")
    progress: JobProgress = JobProgress()
    errors: tuple[JobError, ...] = ()
    usage: Usage | None = Field(None, description="what reading cost; null until there is a result")
    metadata: Metadata = Field(default_factory=dict)


class JobPage(Noun):
    """Jobs, newest first; ask again with `after` = `next` for the following page."""

    object: Literal["list"] = "list"
    data: tuple[Job, ...]
    has_more: bool
    next: str | None = None
