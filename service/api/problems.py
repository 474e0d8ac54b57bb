"""
Errors as callers see them: RFC 9457 problem+json, one sentence with what to do, never input or a traceback.

This is the only place where a class of error becomes a status.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from service.errors import CallerError, FazhiError, InputTooLarge, StoreUnavailable, UnsupportedInput

MEDIA_TYPE: Final = "application/problem+json"
STORE_RETRY_SECONDS: Final = 2


class Wrong(BaseModel):
    """One thing that is wrong with the request."""

    where: str = Field(description="place in the request", examples=["body.metadata"])
    message: str


class Problem(BaseModel):
    """RFC 9457, with the request's id for the operator."""

    type: str = Field(description="stable, for programs", examples=["urn:fazhi:problem:not_found"])
    title: str
    status: int
    detail: str = Field(description="one sentence for people, with what to do")
    request_id: str
    errors: list[Wrong] | None = None


class Refusal(Exception):
    """Ends a request with a problem; `code` is the last word of its type."""

    def __init__(
        self, status: int, code: str, detail: str, errors: Sequence[Mapping[str, str]] = (), **headers: str
    ) -> None:
        super().__init__(detail)
        self.errors = errors
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def not_found() -> Refusal:
    """Unknown, or another caller's: the answer is the same."""
    return Refusal(404, "not_found", "There is no such extraction; check the id.")


def problem(
    request_id: str,
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> Response:
    """The answer."""
    body: dict[str, object] = {
        "type": f"urn:fazhi:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    if errors:
        body["errors"] = list(errors)
    return Response(json.dumps(body, ensure_ascii=False), status, headers=headers, media_type=MEDIA_TYPE)


def from_error(error: FazhiError) -> Refusal:
    """What one of our errors means to a caller."""
    match error:
        case StoreUnavailable():
            detail = "The store cannot be reached; nothing was changed, try again shortly."
            return Refusal(503, "store_unavailable", detail, Retry_After=str(STORE_RETRY_SECONDS))
        case InputTooLarge():
            return Refusal(413, "too_large", str(error))
        case UnsupportedInput():
            return Refusal(415, "unsupported_media_type", str(error))
        case CallerError():
            return Refusal(422, "unreadable_input", str(error))
        case _:
            return Refusal(500, "internal_error", "An error inside fazhi; tell the operator the request id.")


def install(app: FastAPI) -> None:
    """Have every error of the routes answered as a problem."""

    def request_id(request: Request) -> str:
        return str(request.scope.get("fazhi.request_id", ""))

    async def refused(request: Request, error: Any) -> Response:
        return problem(
            request_id(request), error.status, error.code, error.detail, headers=error.headers, errors=error.errors
        )

    async def ours(request: Request, error: Any) -> Response:
        refusal = from_error(error)
        if refusal.status == 503:
            structlog.get_logger().warning("store_unavailable", cause=type(error.__cause__).__name__)
        if refusal.status == 500:
            structlog.get_logger().error("unexpected_error", exc_info=error)
        return await refused(request, refusal)

    async def invalid(request: Request, error: Any) -> Response:
        wrong = [
            {"where": ".".join(str(step) for step in one["loc"]), "message": str(one["msg"])} for one in error.errors()
        ]
        detail = "The request is not valid; see errors."
        return problem(request_id(request), 422, "invalid_request", detail, errors=wrong)

    async def http(request: Request, error: Any) -> Response:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("-", "_")
        detail = {
            404: "There is nothing at this address; /docs lists what there is.",
            405: "This address does not take this method; /docs lists what it takes.",
        }.get(error.status_code, HTTPStatus(error.status_code).description or "The request was refused.")
        return problem(request_id(request), error.status_code, code, detail, headers=error.headers)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(FazhiError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


_WHEN: Final = {
    400: "The body is not well-formed, cut off, or a header cannot be read.",
    401: "A key is needed, or this one is not known.",
    403: "The request comes from another site, or names a host that this service is not.",
    404: "Unknown id, or another caller's.",
    405: "The address does not take this method.",
    408: "The body came too slowly.",
    409: "There is no result (yet); `detail` says why.",
    410: "The extraction is gone: expired or deleted.",
    413: "The body, or the text in it, is over a limit.",
    415: "A media type that is not read here.",
    422: "Well-formed but not valid, not readable as a report, or an idempotency key used for another body.",
    429: "Too many jobs wait, or too many requests with this key; see Retry-After.",
    500: "An error inside fazhi.",
    503: "The store cannot be reached, or the service stops; see Retry-After.",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these statuses and for those that any request may meet."""
    return {
        status: {
            "description": _WHEN[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(status)}},
        }
        for status in sorted({400, 401, 403, 422, 429, 500, 503, *statuses})
    }


def _example(status: int) -> dict[str, object]:
    phrase = HTTPStatus(status).phrase
    return {
        "type": f"urn:fazhi:problem:{phrase.lower().replace(' ', '_')}",
        "title": phrase,
        "status": status,
        "detail": _WHEN[status],
        "request_id": "req_7h1x5k2m9q",
    }
