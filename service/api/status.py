"""
About the service: is it alive, is it ready, what does it count, what do its results mean, what can be asked of it.

It knows counts and documents, and nothing of single jobs.
"""

import json
from html import escape
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from schemas.codebook import Indicator
from schemas.extraction import Extraction
from service.api.access import Owner
from service.api.extractions import desk_of
from service.api.problems import documented
from service.errors import StoreUnavailable

router = APIRouter(tags=["service"])


class Ready(BaseModel):
    """Whether reports handed in now will be read, and what stands in the way."""

    ready: bool
    store: bool
    workers: int
    queued: int
    oldest_seconds: float
    running: int


class CodebookPage(BaseModel):
    """What indicators mean."""

    version: str
    indicators: list[Indicator]


@router.get("/healthz", responses={200: {"content": {"application/json": {"example": {"alive": True}}}}})
async def healthz() -> dict[str, bool]:
    """The process is alive."""
    return {"alive": True}


@router.get(
    "/readyz", response_model=Ready, responses={503: {"model": Ready, "description": "Not ready; it says why."}}
)
async def readyz(request: Request) -> Response:
    """The store answers, and a worker was heard of within ten seconds."""
    try:
        census = await desk_of(request).jobs.census()
    except StoreUnavailable:
        found = Ready(ready=False, store=False, workers=0, queued=0, oldest_seconds=0, running=0)
    else:
        found = Ready(
            ready=bool(census.workers),
            store=True,
            workers=len(census.workers),
            queued=census.queued,
            oldest_seconds=round(census.oldest_seconds, 1),
            running=census.running,
        )
    headers = {} if found.ready else {"retry-after": "2"}
    return Response(found.model_dump_json(), 200 if found.ready else 503, headers, media_type="application/json")


@router.get(
    "/metrics",
    response_model=None,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **documented()},
)
async def metrics(request: Request, owner: Owner) -> Response:
    """For Prometheus; with a key where keys are set. Totals are those of all workers: scrape one API process."""
    return Response(await desk_of(request).exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/v1/codebook", response_model=CodebookPage, response_model_by_alias=False, responses=documented())
async def codebook(
    request: Request, topic: Annotated[str | None, Query(max_length=64, description="only this topic")] = None
) -> CodebookPage:
    """The indicators that observations refer to."""
    book = desk_of(request).codebook
    return CodebookPage(
        version=book.version,
        indicators=[one for one in book.indicators.values() if topic is None or one.topic == topic],
    )


@router.get(
    "/v1/schema",
    response_model=None,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def schema() -> dict[str, Any]:
    """The JSON Schema of a result."""
    return Extraction.model_json_schema()


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """What can be asked, on one page without a script."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    page = _docs_page(request.app.openapi())
    return Response(page, media_type="text/html; charset=utf-8", headers={"content-security-policy": policy})


_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto;padding:.5rem;border:1px solid #8884}"
    "h2{margin-top:2.5rem;border-top:1px solid #8884;padding-top:1rem}td{padding:.1rem 1rem .1rem 0;vertical-align:top}"
)


def _docs_page(document: dict[str, Any]) -> str:
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>fazhi API</title><style>{_STYLE}</style>",
        f"<h1>{escape(document['info']['title'])} {escape(document['info']['version'])}</h1>",
        f"<p>{escape(document['info']['description'])}</p>",
        '<p>For programs: <a href="/openapi.json">OpenAPI</a>, <a href="/v1/schema">schema of a result</a>.</p>',
    ]
    for path, operations in document["paths"].items():
        for method, one in operations.items():
            parts.append(
                f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(one.get('description', ''))}</p>"
            )
            rows = [(each["name"], each["in"], each.get("description", "")) for each in one.get("parameters", [])]
            rows += [(kind, "body", "") for kind in one.get("requestBody", {}).get("content", {})]
            rows += [(status, "answer", each.get("description", "")) for status, each in one["responses"].items()]
            cells = ("".join(f"<td>{escape(str(cell))}" for cell in row) for row in rows)
            parts.append("<table>" + "".join(f"<tr>{row}" for row in cells) + "</table>")
            parts += [
                f"<pre>{escape(json.dumps(body['example'], ensure_ascii=False, indent=1))}</pre>"
                for status, each in one["responses"].items()
                if status.startswith("2")
                for body in each.get("content", {}).values()
                if isinstance(body.get("example"), dict)
            ]
    return "".join(parts)
