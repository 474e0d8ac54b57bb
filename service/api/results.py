"""
What became of a report: the result in three forms, and its text.

It knows media types and safe headers for them, and nothing of how a result is made or a page is drawn.
"""

import asyncio
from typing import Annotated, Final, Literal, assert_never

from fastapi import APIRouter, Query, Request, Response

from schemas.extraction import Extraction
from schemas.job import TERMINAL
from service import pages
from service.api.access import Owner
from service.api.desk import Desk
from service.api.extractions import JobId, desk_of, known
from service.api.problems import Refusal, documented
from service.jobs.store import Record
from service.results import export
from service.results.cells import BOM

JSON: Final = "application/json"
CSV: Final = "text/csv; charset=utf-8"
Form = Literal["json", "csv", "html"]

router = APIRouter(prefix="/v1", tags=["results"])


@router.get(
    "/extractions/{id}/result",
    response_model=Extraction,
    responses={
        200: {
            "description": "The result: JSON, a table of observations, or a page with every figure in its sentence.",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "text/html": {"schema": {"type": "string"}},
            },
        },
        **documented(404, 409, 410),
    },
)
async def result(
    request: Request,
    owner: Owner,
    id: JobId,
    format: Annotated[Form, Query(description="csv: for spreadsheets; html: the evidence page")] = "json",
    language: Annotated[Literal["zh", "en"], Query(description="of the page")] = "zh",
) -> Response:
    """What the report became; 409 until there is a result, or where the job ended without one."""
    desk = desk_of(request)
    record = await known(desk, id, owner)
    raw = await desk.jobs.result(id)
    if raw is None:
        raise _without_result(record)
    match format:
        case "json":
            return Response(raw, media_type=JSON)
        case "csv":
            table = await asyncio.to_thread(_table, raw, desk)
            return Response(table, media_type=CSV, headers=_attachment(f"{id}.csv"))
        case "html":
            text = await desk.jobs.text(id)
            if text is None:
                raise _without_result(record)
            page = await asyncio.to_thread(
                lambda: pages.evidence_html(
                    Extraction.model_validate_json(raw),
                    text,
                    desk.codebook,
                    job=f"/v1/extractions/{id}",
                    language=language,
                )
            )
            policy = {"content-security-policy": pages.evidence_policy()}
            return Response(page, media_type="text/html; charset=utf-8", headers=policy)
        case _:
            assert_never(format)


@router.get(
    "/extractions/{id}/text",
    response_model=None,
    responses={
        200: {
            "description": "The loaded text; offsets of the result count its characters (code points).",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": "一、主要举措和成效…"}},
        },
        **documented(404, 410),
    },
)
async def text(request: Request, owner: Owner, id: JobId) -> Response:
    """The text that offsets refer to: decoded, its BOM removed, otherwise as handed in."""
    desk = desk_of(request)
    await known(desk, id, owner)
    loaded = await desk.jobs.text(id)
    if loaded is None:
        raise Refusal(410, "gone", "The text is no longer kept.")
    # Old encodings can leave lone surrogates, which UTF-8 has no place for: a question mark keeps the offsets.
    return Response(loaded.encode("utf-8", "replace"), media_type="text/plain; charset=utf-8")


def _lines(raw: bytes, desk: Desk) -> list[str]:
    return list(export.to_csv([Extraction.model_validate_json(raw)], desk.codebook))


def _table(raw: bytes, desk: Desk) -> str:
    return BOM + "".join(_lines(raw, desk))


def _without_result(record: Record) -> Refusal:
    job = record.job
    if job.status not in TERMINAL:
        return Refusal(409, "not_ready", f"The extraction is {job.status}; there is no result yet.", Retry_After="1")
    why = f" ({job.errors[0].message})" if job.errors else ""
    return Refusal(409, "no_result", f"The extraction ended as {job.status} and has no result{why}")


def _attachment(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
