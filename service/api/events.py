"""
Server-sent events: a job as it changes, until it ends.

Each event holds the whole job, and its id is the job's revision: who comes back with `Last-Event-ID` misses nothing
that still matters. It knows the event-stream format, and nothing of who writes the changes.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from schemas.job import TERMINAL
from service.api.access import Owner
from service.api.desk import Desk
from service.api.extractions import JobId, desk_of, known
from service.api.problems import Refusal, documented
from service.jobs.store import Record

MEDIA_TYPE: Final = "text/event-stream"
BEAT_SECONDS: Final = 10.0
_STREAM: Final = (
    'retry: 1000\n\nid: 3\nevent: progress\ndata: {"id":"ext_01kx5w8v7m3n9qj2c4r6t8y0za","status":"in_progress"}\n\n'
)

router = APIRouter(prefix="/v1/extractions", tags=["extractions"])


@router.get(
    "/{id}/events",
    response_model=None,
    responses={
        200: {
            "description": "`status` and `progress` events, each with the job object; the stream ends with the job.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _STREAM}},
        },
        204: {"description": "The job had ended at Last-Event-ID: there is nothing more, do not come back."},
        **documented(404, 410),
    },
)
async def events(
    request: Request,
    owner: Owner,
    id: JobId,
    last_event_id: Annotated[str | None, Header(description="id of the last event seen")] = None,
) -> Response:
    """Follow an extraction."""
    desk = desk_of(request)
    record = await known(desk, id, owner)
    seen = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else 0
    if record.job.status in TERMINAL and seen >= record.revision:
        return Response(status_code=204)
    if desk.waiting >= desk.limits.waiting or desk.stopping.is_set():
        raise Refusal(503, "too_many_followers", "Too many callers wait here; poll instead.", Retry_After="5")
    return StreamingResponse(_follow(desk, record, seen), media_type=MEDIA_TYPE)


async def _follow(desk: Desk, record: Record, seen: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    status = None
    while True:
        if record.revision > seen:
            kind = "progress" if record.job.status == status else "status"
            yield f"id: {record.revision}\nevent: {kind}\ndata: {record.job.model_dump_json()}\n\n"
            seen, status = record.revision, record.job.status
        if record.job.status in TERMINAL or desk.stopping.is_set():
            return
        changed = await desk.await_change(record, until_terminal=False, seconds=BEAT_SECONDS)
        if not isinstance(changed, Record):
            return
        if changed.revision == record.revision:
            yield ": still there\n\n"
        record = changed
