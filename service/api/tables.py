"""
All of a caller's results as tidy tables, streamed: the same rows as `fazhi dataset`.

It knows media types and which results to take, and nothing of what a row holds.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from schemas.extraction import Extraction
from schemas.table import Table
from service.api.access import Owner
from service.api.desk import Desk
from service.api.extractions import desk_of
from service.api.problems import documented
from service.results import dataset as tables_of
from service.results.tables import BOM, csv_lines

CSV: Final = "text/csv; charset=utf-8"
Name = Literal["observations", "wide", "reports", "documents", "problems", "plans", "checks"]

router = APIRouter(prefix="/v1", tags=["results"])


@router.get(
    "/dataset",
    response_model=None,
    responses={
        200: {
            "description": "A table of all the caller's results; of several versions of a report the newest.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **documented(),
    },
)
async def dataset(
    request: Request,
    owner: Owner,
    table: Annotated[
        Name, Query(description="one row an observation, a report (wide: × indicator), …")
    ] = "observations",
) -> Response:
    """All of the caller's results as one table, UTF-8 with BOM for spreadsheets."""
    desk = desk_of(request)
    await desk.jobs.page(owner, status=None, after=None, limit=1)  # a store that is away is told before the first byte
    shape = next(one for one in tables_of.tables(desk.codebook) if one.name == table)
    headers = {"content-disposition": f'attachment; filename="{table}.csv"'}
    return StreamingResponse(_rows(desk, owner, shape), media_type=CSV, headers=headers)


async def _rows(desk: Desk, owner: str, table: Table) -> AsyncIterator[bytes]:
    yield (BOM + "".join(csv_lines(table, ()))).encode()
    seen: set[tuple[object, ...]] = set()
    async for record, raw in desk.jobs.results(owner):  # newest first
        text = await desk.jobs.text(record.job.id)
        lines = await asyncio.to_thread(_lines, desk, table, seen, raw, text, record.job.id)
        # Old encodings can leave lone surrogates, which UTF-8 has no place for.
        yield lines.encode("utf-8", "replace")


def _lines(desk: Desk, table: Table, seen: set[tuple[object, ...]], raw: bytes, text: str | None, name: str) -> str:
    extraction = Extraction.model_validate_json(raw)
    key = tables_of.identity(extraction.report)
    if key in seen:
        return ""
    seen.add(key)
    rows = tables_of.rows(tables_of.Result(extraction, text, name), desk.codebook)
    return "".join(list(csv_lines(table, (row for its_table, row in rows if its_table == table.name)))[1:])
