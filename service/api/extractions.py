"""
Extractions: hand one in, look, list, cancel, delete.

It knows status codes and headers of jobs, and nothing of how bodies are read or how jobs are stored.
"""

import asyncio
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Request, Response

from schemas.job import TERMINAL, Job, JobPage, Status
from service.api.access import Owner
from service.api.desk import Desk
from service.api.intake import FORM, JSON, RAW, Submission, read_report
from service.api.problems import Refusal, documented, not_found
from service.jobs.store import Accepted, Gone, KeyReused, NewJob, QueueFull, Record, SameJob

POLL_SECONDS: Final = 1
FULL_SECONDS: Final = 30
LONGEST_WAIT: Final = 30
_PREFER_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\"?(?=$|[,;\s])", re.IGNORECASE)
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "ext_01kx5w8v7m3n9qj2c4r6t8y0za",
    "object": "extraction",
    "status": "in_progress",
    "name": "青岚县2023.txt",
    "created_at": "2026-11-22T08:00:00Z",
    "started_at": "2026-11-22T08:00:01Z",
    "completed_at": None,
    "expires_at": None,
    "progress": {"parts": 6, "read": 4, "from_cache": 1, "unread": 0},
    "errors": [],
    "usage": None,
    "metadata": {},
}
_JOB: Final[dict[str, Any]] = {
    "model": Job,
    "content": {JSON: {"example": _EXAMPLE}},
    "headers": {
        "Retry-After": {"description": "seconds after which to ask again", "schema": {"type": "integer"}},
        "ETag": {"description": "changes with the job", "schema": {"type": "string"}},
    },
}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": Submission.model_json_schema()},
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "name": {"type": "string", "maxLength": 255},
                        "source": {"type": "string", "maxLength": 2000},
                        "metadata": {"type": "string", "description": "a JSON object of short strings"},
                    },
                }
            },
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in RAW},
        },
    }
}

router = APIRouter(prefix="/v1/extractions", tags=["extractions"])
JobId = Annotated[str, Path(description="the id that submitting gave", examples=["ext_01kx5w8v7m3n9qj2c4r6t8y0za"])]


def desk_of(request: Request) -> Desk:
    """What the routes of this app work with."""
    desk: Desk = request.app.state.desk
    return desk


async def known(desk: Desk, job_id: str, owner: str) -> Record:
    """The caller's job; 404 where there is none, 410 where there was one."""
    record = await desk.jobs.find(job_id, owner) if len(job_id) <= 64 and job_id.isascii() else None
    return present(record)


def present(record: Record | Gone | None) -> Record:
    """A job that is there; 404 or 410 otherwise."""
    match record:
        case Record():
            return record
        case Gone(why=why):
            raise Refusal(410, "gone", f"The extraction is {why}: text and result are no longer kept.")
        case None:
            raise not_found()


def answer(record: Record, status: int = 200, **headers: str) -> Response:
    """The job object, with what a poller needs in headers."""
    said = {"etag": f'"{record.revision}"', **{name.replace("_", "-"): value for name, value in headers.items()}}
    if record.job.status not in TERMINAL:
        said["retry-after"] = str(POLL_SECONDS)
    return Response(record.job.model_dump_json(), status, headers=said, media_type=JSON)


@router.post(
    "",
    status_code=202,
    response_model=Job,
    responses={
        202: {**_JOB, "description": "Written down; it will be read."},
        200: {**_JOB, "description": "`Prefer: wait` was given, and the extraction ended in time."},
        **documented(408, 413, 415),
    },
    openapi_extra=_BODY,
)
async def submit(
    request: Request,
    owner: Owner,
    name: Annotated[str | None, Query(max_length=255, description="for a raw body: what it is called")] = None,
    source: Annotated[str | None, Query(max_length=2000, description="for a raw body: where it is from")] = None,
    prefer: Annotated[str | None, Header(description="`wait=N`: answer when done, at most 30 s later")] = None,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=255, description="the same key and body again: the same job")
    ] = None,
) -> Response:
    """
    Hand in a report: as JSON, as a form with a file, or as the file itself with its media type.

    The job is on disk before the answer goes out. Poll its address, or follow its events.
    """
    desk = desk_of(request)
    report = await read_report(request, desk, name=name, source=source)
    key = (idempotency_key, report.digest) if idempotency_key else None
    outcome = await desk.accept(NewJob(owner=owner, loaded=report.loaded, metadata=report.metadata, idempotency=key))
    match outcome:
        case Accepted(record=record) | SameJob(record=record):
            pass
        case KeyReused():
            detail = "This Idempotency-Key was used for another body; use a new key."
            raise Refusal(422, "idempotency_key_reused", detail)
        case QueueFull():
            detail = "As many reports wait as this service holds; try again later."
            raise Refusal(429, "queue_full", detail, Retry_After=str(FULL_SECONDS))
    place = {"location": f"/v1/extractions/{record.job.id}"}
    wanted = _PREFER_WAIT.search(prefer or "")
    if wanted is None:
        return answer(record, 202, **place)
    seconds = min(int(wanted[1]), LONGEST_WAIT)
    later = present(await desk.await_change(record, until_terminal=True, seconds=seconds))
    status = 200 if later.job.status in TERMINAL else 202
    return answer(later, status, preference_applied=f"wait={seconds}", **place)


@router.get("", response_model=JobPage, responses=documented())
async def page(
    request: Request,
    owner: Owner,
    status: Annotated[Status | None, Query(description="only jobs in this state")] = None,
    after: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """The caller's extractions, newest first."""
    if after is not None and not re.fullmatch(r"[\w-]+", after, re.ASCII):
        raise Refusal(422, "invalid_request", "`after` is not the id of an extraction.")
    records, following = await desk_of(request).jobs.page(owner, status=status, after=after, limit=limit)
    jobs = JobPage(data=tuple(one.job for one in records), has_more=following is not None, next=following)
    return Response(jobs.model_dump_json(), media_type=JSON)


@router.get(
    "/{id}",
    response_model=Job,
    responses={
        200: {**_JOB, "description": "The job as it is now."},
        304: {"description": "Unchanged since the ETag in If-None-Match."},
        **documented(404, 410),
    },
)
async def look(
    request: Request,
    owner: Owner,
    id: JobId,
    wait: Annotated[
        int, Query(ge=0, le=LONGEST_WAIT, description="answer when it has ended, at most so many s later")
    ] = 0,
    if_none_match: Annotated[str | None, Header(description="an ETag: 304 where nothing has changed")] = None,
) -> Response:
    """One extraction. With `wait` it is answered when the job ends; with an ETag too, when it changes."""
    desk = desk_of(request)
    record = await known(desk, id, owner)
    if wait and record.job.status not in TERMINAL and not (if_none_match and not _matches(if_none_match, record)):
        changed = await desk.await_change(record, until_terminal=not if_none_match, seconds=wait)
        record = present(changed)
    if if_none_match and _matches(if_none_match, record):
        unchanged = answer(record, 304)
        return Response(status_code=304, headers={"etag": unchanged.headers["etag"]})
    return answer(record)


@router.post(
    "/{id}/cancel",
    response_model=Job,
    responses={200: {**_JOB, "description": "The job, ended."}, **documented(404, 410)},
)
async def cancel(request: Request, owner: Owner, id: JobId) -> Response:
    """End the extraction now. An extraction that has ended stays as it is."""
    desk = desk_of(request)
    record = await known(desk, id, owner)
    if record.job.status not in TERMINAL:
        await desk.cancel(id)
        record = await known(desk, id, owner)
    return answer(record)


@router.delete("/{id}", status_code=204, response_model=None, responses=documented(404))
async def delete(request: Request, owner: Owner, id: JobId) -> Response:
    """Delete text, result and corrections for good; a running extraction is cancelled first. Again: 204 again."""
    desk = desk_of(request)
    record = await desk.jobs.find(id, owner) if len(id) <= 64 and id.isascii() else None
    if record is None:
        raise not_found()
    if isinstance(record, Record):
        await desk.cancel(id)
        await asyncio.shield(desk.jobs.delete(id, owner))
    return Response(status_code=204)


def _matches(header: str, record: Record) -> bool:
    if header.strip() == "*":
        return True
    return f'"{record.revision}"' in (one.strip().removeprefix("W/") for one in header.split(","))
