"""
The pages that a person opens: the way in, one report, the comparison.

They hold nothing of anybody's: each is the same for all and fetches what it shows with the reader's key. It knows
addresses and policies, and nothing of what a page looks like.
"""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from schemas.extraction import Extraction, Level
from service import pages
from service.api.access import Owner
from service.api.desk import Desk
from service.api.extractions import desk_of
from service.api.problems import Refusal, documented
from service.results.comparison import Comparer
from service.results.dataset import identity

HTML: Final = "text/html; charset=utf-8"

router = APIRouter(tags=["pages"])


@router.get("/", include_in_schema=False)
async def home(request: Request) -> Response:
    """Hand in reports, watch them being read, open what they became."""
    limits = desk_of(request).limits
    keyed = bool(request.app.state.ring.hashes)
    html = pages.home_html(max_bytes=limits.max_bytes, max_characters=limits.max_characters, keyed=keyed)
    return _page(html, pages.home_policy())


@router.get("/reports/{id}", include_in_schema=False)
async def report(id: str) -> Response:
    """The evidence page of a job, fetched with the reader's key."""
    if len(id) > 64 or not id.isascii() or not id.replace("_", "").isalnum():
        raise Refusal(404, "not_found", "There is no such extraction; check the id.")
    return _page(pages.shell_html(f"/v1/extractions/{id}/result?format=html"), pages.shell_policy())


@router.get("/compare", include_in_schema=False)
async def compare() -> Response:
    """The comparison of the reader's reports, fetched with the reader's key."""
    return _page(pages.shell_html("/v1/comparison"), pages.shell_policy())


@router.get(
    "/v1/comparison",
    tags=["results"],
    response_model=None,
    responses={
        200: {"description": "The compare page.", "content": {"text/html": {"schema": {"type": "string"}}}},
        **documented(),
    },
)
async def comparison(
    request: Request,
    owner: Owner,
    indicator: Annotated[list[str] | None, Query(max_length=40, description="codes; else the most reported")] = None,
    level: Annotated[Level | None, Query(description="only this level")] = None,
    year: Annotated[int | None, Query(ge=1900, le=2999, description="only this year")] = None,
) -> Response:
    """The caller's reports side by side, as a page; of several versions of a report the newest."""
    desk = desk_of(request)
    unknown = [code for code in indicator or () if code not in desk.codebook]
    if unknown:
        raise Refusal(422, "invalid_request", "`indicator` is no code of the codebook; /v1/codebook lists them.")
    comparer = await _read(desk, owner)

    def draw() -> str:
        found = comparer.compare(indicator or (), level=level, year=year)
        return pages.compare_html(found, desk.codebook, home="/")

    return _page(await asyncio.to_thread(draw), pages.compare_policy())


async def _read(desk: Desk, owner: str) -> Comparer:
    comparer = Comparer(desk.codebook)
    seen: set[tuple[object, ...]] = set()
    async for record, raw in desk.jobs.results(owner):  # newest first
        extraction = await asyncio.to_thread(Extraction.model_validate_json, raw)
        key = identity(extraction.report)
        if key in seen:
            continue
        seen.add(key)
        text = await desk.jobs.text(record.job.id)
        await asyncio.to_thread(comparer.add, extraction, text, f"/reports/{record.job.id}")
    return comparer


def _page(html: str, policy: str) -> Response:
    return Response(html, media_type=HTML, headers={"content-security-policy": policy})
