"""
The application: routes, errors and the shield put together, and the document that describes them.

It knows the order of the layers, and nothing of what any of them does.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from prometheus_client import CollectorRegistry
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from service.api import corrections, events, extractions, problems, results, status, tables, web
from service.api.access import KeyRing, Pace
from service.api.desk import Desk
from service.api.problems import Problem
from service.api.shield import Shield

DESCRIPTION: Final = (
    "Reads Chinese 法治政府建设年度报告 into observations: which indicator, what value, for whom, for when, and the "
    "exact place in the text. Hand a report in, follow the job, fetch the result."
)


def create_app(
    desk: Desk,
    *,
    ring: KeyRing,
    requests_per_minute: int,
    registry: CollectorRegistry,
    version: str,
    only_local: bool,
    cors_origins: tuple[str, ...] = (),
) -> ASGIApp:
    """The ASGI application. `only_local`: it answers to localhost alone, because it asks for no key."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with desk.open():
            yield

    app = FastAPI(
        title="fazhi",
        description=DESCRIPTION,
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.desk = desk
    app.state.ring = ring
    app.state.pace = Pace(requests_per_minute)
    problems.install(app)
    for wing in (extractions, events, results, corrections, tables, status, web):
        app.include_router(wing.router)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    inner: ASGIApp = app
    if cors_origins:
        inner = CORSMiddleware(
            app,
            allow_origins=list(cors_origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=[
                "authorization",
                "content-type",
                "idempotency-key",
                "if-none-match",
                "last-event-id",
                "prefer",
            ],
            expose_headers=["location", "retry-after", "etag", "x-request-id"],
        )
    return Shield(inner, only_local=only_local, cors_origins=cors_origins, registry=registry)


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schemas["Problem"].pop("$defs", {}))
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema
