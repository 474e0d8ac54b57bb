"""
Who is calling: API keys and how often each may call.

Keys are kept as SHA-256 only and compared in constant time, every one of them at every look. It knows nothing of jobs.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.api.problems import Refusal
from service.errors import ConfigurationError

LOCAL: Final = "local"  # the owner of everything where no keys are set
_SHORTEST_KEY: Final = 16
_PAIR: Final = re.compile(r"([A-Za-z0-9_.-]{1,64}):(?:sha256:([0-9a-f]{64})|(.+))")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Names of callers with the hashes of their keys; empty: everybody is `LOCAL`."""

    hashes: tuple[tuple[str, bytes], ...] = ()

    def owner_of(self, key: str) -> str | None:
        """Whose key it is. Takes the same time for every key."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        owner = None
        for name, known in self.hashes:
            if hmac.compare_digest(digest, known):
                owner = name
        return owner


def parse_keys(pairs: Sequence[str]) -> KeyRing:
    """`name:key`, or `name:sha256:<hex>`, so that the key itself is written down nowhere; else ConfigurationError."""
    hashes = []
    for number, pair in enumerate(pairs, start=1):
        found = _PAIR.fullmatch(pair)
        if found is None:
            raise ConfigurationError(
                f"FAZHI_API_KEYS: pair {number} is not name:key or name:sha256:HEX (names: letters, digits, _ . -)."
            )
        name, digest, key = found.groups()
        if key is not None and len(key) < _SHORTEST_KEY:
            raise ConfigurationError(
                f"FAZHI_API_KEYS: the key of {name} is shorter than {_SHORTEST_KEY} characters; "
                "make one with `openssl rand -hex 24`."
            )
        hashes.append((name, bytes.fromhex(digest) if digest else hashlib.sha256(key.encode()).digest()))
    return KeyRing(tuple(hashes))


class Pace:
    """A bucket of requests for each caller, filled evenly; counts in this process."""

    def __init__(self, per_minute: int) -> None:
        self._per_second = per_minute / 60
        self._most = max(1.0, per_minute / 6)  # ten seconds' worth at once
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_for(self, owner: str) -> float:
        """Take one request; 0.0, or the seconds after which there is one again."""
        now = time.monotonic()
        left, seen = self._buckets.get(owner, (self._most, now))
        left = min(self._most, left + (now - seen) * self._per_second)
        if left < 1:
            self._buckets[owner] = (left, now)
            return (1 - left) / self._per_second
        self._buckets[owner] = (left - 1, now)
        return 0.0


_bearer = HTTPBearer(auto_error=False, description="An API key; not needed where the service has none set.")


async def caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None
) -> str:
    """The owner that this request speaks for; refuses unknown keys and too many requests."""
    ring: KeyRing = request.app.state.ring
    if not ring.hashes:
        owner: str | None = LOCAL
    else:
        key = given.credentials if given else request.headers.get("x-api-key", "")
        owner = ring.owner_of(key) if key else None
    if owner is None:
        detail = "Send a key of this service as `Authorization: Bearer KEY`."
        raise Refusal(401, "unauthorized", detail, WWW_Authenticate="Bearer")
    pace: Pace = request.app.state.pace
    if seconds := pace.wait_for(owner):
        detail = "Too many requests with this key; wait as long as Retry-After says."
        raise Refusal(429, "too_many_requests", detail, Retry_After=str(max(1, round(seconds + 0.5))))
    request.scope["fazhi.owner"] = owner
    return owner


Owner = Annotated[str, Depends(caller)]
