"""
What stands around every request: its id, security headers, foreign sites turned away, one line of log, its time.

The innermost thing that can go wrong ends here as a problem with status 500, and nothing of it reaches the caller. It
knows ASGI, and nothing of routes.
"""

import re
import secrets
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import problem

NO_CONTENT_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS: Final[Mapping[str, str]] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
    "content-security-policy": NO_CONTENT_POLICY,
}
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

log = structlog.get_logger()


class Shield:
    """ASGI around ASGI. `only_local`: without keys, browsers' pages of other sites must not get in through the user."""

    def __init__(
        self, app: ASGIApp, *, only_local: bool, cors_origins: tuple[str, ...], registry: CollectorRegistry
    ) -> None:
        self._app = app
        self._only_local = only_local
        self._cors_origins = frozenset(cors_origins)
        self._requests = Counter(
            "fazhi_http_requests", "Requests, by route and status.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "fazhi_http_seconds", "Time to the first byte of the answer, by route.", ["route"], registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; anything but HTTP passes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get(b"x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else f"req_{secrets.token_hex(8)}"
        scope["fazhi.request_id"] = request_id
        started, answered, status = time.perf_counter(), 0.0, 0

        async def out(message: Message) -> None:
            nonlocal answered, status
            if message["type"] == "http.response.start":
                answered, status = time.perf_counter(), message["status"]
                ours = MutableHeaders(raw=message.setdefault("headers", []))
                ours["x-request-id"] = request_id
                for name, value in HEADERS.items():
                    ours.setdefault(name, value)
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request_id)
        try:
            if self._only_local and (why := self._foreign(scope["method"], headers)):
                await problem(request_id, 403, "forbidden", why)(scope, receive, out)
            else:
                await self._app(scope, receive, out)
        # The edge of the API: whatever rose is logged without its words, and answered without them.
        except Exception as error:
            log.error("request_failed", exc_info=error)
            if not answered:
                detail = "An error inside fazhi; tell the operator the request id."
                await problem(request_id, 500, "internal_error", detail)(scope, receive, out)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._requests.labels(scope["method"] if scope["method"].isalpha() else "other", route, status).inc()
            if answered:
                self._seconds.labels(route).observe(answered - started)
            log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                owner=scope.get("fazhi.owner"),
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )

    def _foreign(self, method: str, headers: Mapping[bytes, str]) -> str | None:
        host = headers.get(b"host", "")
        if _host(host) not in LOOPBACK:
            return "This service has no keys and answers only to localhost; set FAZHI_API_KEYS to open it."
        origin = headers.get(b"origin")
        if method not in _SAFE and origin and origin not in self._cors_origins and urlsplit(origin).netloc != host:
            return "The request comes from a page of another site; set FAZHI_CORS_ORIGINS to allow it."
        return None


def _host(netloc: str) -> str:
    """Without the port."""
    return netloc if netloc.endswith("]") else netloc.rsplit(":", 1)[0] if ":" in netloc else netloc
