"""
What people say of a result: kept with the job, given back, exported as gold.

It knows revisions and status codes, and nothing of what a verdict means.
"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from schemas.corrections import Corrections
from schemas.extraction import Extraction
from service.api.access import Owner
from service.api.desk import Desk
from service.api.extractions import JobId, desk_of, known
from service.api.problems import Refusal, documented
from service.results.corrections import to_gold, verify

router = APIRouter(prefix="/v1/extractions", tags=["results"])
JSON: Final = "application/json"
MOST_BYTES: Final = 4 * 1024 * 1024


@router.get(
    "/{id}/corrections",
    response_model=None,
    responses={
        200: {
            "description": "All verdicts (none yet: an empty list), or with `format=gold` a file of labels.",
            "content": {
                JSON: {"schema": {"anyOf": [{"$ref": "#/components/schemas/Corrections"}, {"type": "object"}]}}
            },
        },
        **documented(404, 409, 410),
    },
)
async def corrections(
    request: Request,
    owner: Owner,
    id: JobId,
    format: Annotated[Literal["json", "gold"], Query(description="gold: labels as `fazhi-eval` reads them")] = "json",
) -> Response:
    """What people said of the result; the result itself never changes."""
    desk = desk_of(request)
    extraction, _ = await _result(desk, id, owner)
    kept = _read(await desk.jobs.corrections(id), extraction)
    if format == "json":
        return Response(kept.model_dump_json(), media_type=JSON)
    day = (kept.updated_at or datetime.now(UTC)).date()
    gold = await asyncio.to_thread(to_gold, extraction, kept, desk.codebook, day)
    return JSONResponse(gold, headers={"content-disposition": f'attachment; filename="{id}.gold.json"'})


@router.put(
    "/{id}/corrections",
    response_model=Corrections,
    max_body_size=MOST_BYTES,
    responses={
        200: {"description": "Kept; `revision` is one higher."},
        **documented(404, 409, 410, 413),
    },
)
async def put_corrections(request: Request, owner: Owner, id: JobId, body: Corrections) -> Response:
    """Keep all verdicts, as long as the result. `revision` is the last answer's; 409 where somebody was faster."""
    desk = desk_of(request)
    extraction, text = await _result(desk, id, owner)
    before = await desk.jobs.corrections(id)
    kept = _read(before, extraction)
    if body.revision != kept.revision:
        raise _conflict()
    await asyncio.to_thread(verify, body, extraction, text, desk.codebook)
    saved = body.model_copy(update={"revision": kept.revision + 1, "updated_at": datetime.now(UTC)})
    raw = saved.model_dump_json()
    match await desk.jobs.put_corrections(id, raw.encode(), instead_of=before):
        case "kept":
            return Response(raw, media_type=JSON)
        case "changed":
            raise _conflict()
        case "gone":
            raise Refusal(410, "gone", "The result is no longer kept.")


async def _result(desk: Desk, job_id: str, owner: str) -> tuple[Extraction, str]:
    await known(desk, job_id, owner)
    raw, text = await desk.jobs.result(job_id), await desk.jobs.text(job_id)
    if raw is None or text is None:
        raise Refusal(409, "no_result", "There is no result that could be corrected.")
    return await asyncio.to_thread(Extraction.model_validate_json, raw), text


def _read(raw: bytes | None, extraction: Extraction) -> Corrections:
    try:
        kept = Corrections.model_validate_json(raw) if raw else None
    except ValidationError:  # of an earlier version of the form: start afresh rather than fail for good
        kept = None
    return kept or Corrections(sha256=extraction.report.sha256)


def _conflict() -> Refusal:
    return Refusal(409, "revision_conflict", "The corrections were changed meanwhile; load them again.")
