"""
How a job is written down: one hash for the record, one key each for text, result and corrections.

It knows field names and encodings, and nothing of when they change. `RECORD_VERSION` rises with their shape; a worker
that meets another version ends the job with the reason instead of guessing.
"""

import json
import secrets
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, cast

from pydantic import TypeAdapter, ValidationError
from redis.exceptions import RedisError

from schemas.extraction import Usage
from schemas.job import Job, JobError, JobProgress, Status
from schemas.outline import LoadedText
from service.errors import StoreUnavailable

RECORD_VERSION: Final = "1"
PACKED: Final = b"1"

JOB: Final = "fazhi:job:"
TEXT: Final = "fazhi:text:"
RESULT: Final = "fazhi:result:"
CORRECTIONS: Final = "fazhi:corrections:"
OWNER: Final = "fazhi:owner:"
IDEMPOTENCY: Final = "fazhi:idempotency:"
ALL: Final = "fazhi:jobs"
QUEUED: Final = "fazhi:queued"
RUNNING: Final = "fazhi:running"
UNSENT: Final = "fazhi:unsent"
EXPIRING: Final = "fazhi:expiring"
WORKERS: Final = "fazhi:workers"
CHANGED: Final = "fazhi:changed"

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ERRORS: Final = TypeAdapter(tuple[JobError, ...])
_AWAY: Final = "Redis cannot be reached or refuses to write; nothing was changed, try again shortly."


@dataclass(frozen=True, slots=True)
class NewJob:
    """A report handed in. `idempotency` is the caller's key with the hash of what was sent under it."""

    owner: str
    loaded: LoadedText
    metadata: Mapping[str, str] = field(default_factory=dict)
    idempotency: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A job with what its caller does not see. `revision` rises with every change; `down_since`: model out of reach."""

    job: Job
    owner: str
    version: str
    revision: int
    attempt: int
    strikes: int
    down_since: float | None
    source: str | None
    media_type: str


@dataclass(frozen=True, slots=True)
class Gone:
    """There was such a job of this owner; text and result are deleted."""

    id: str
    owner: str
    why: str


@dataclass(frozen=True, slots=True)
class Census:
    """How many wait and run, how long the oldest has waited, and which workers were heard of lately."""

    queued: int
    oldest_seconds: float
    running: int
    workers: tuple[str, ...]


def new_id() -> str:
    """`ext_` and 26 characters: 48 bits of milliseconds, so that ids sort by time, then 80 random bits."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "ext_" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))


def written(new: NewJob, job_id: str, now: float) -> dict[str, str]:
    """The fields of a fresh record."""
    return {
        "v": RECORD_VERSION,
        "id": job_id,
        "owner": new.owner,
        "created_at": repr(now),
        "name": json.dumps(new.loaded.name),
        "source": json.dumps(new.loaded.source),
        "media_type": new.loaded.media_type,
        "metadata": json.dumps(dict(new.metadata)),
        "status": "queued",
        "attempt": "0",
        "strikes": "0",
        "best": "0",
        "best_at_claim": "0",
        "rev": "1",
    }


def read(fields: Mapping[bytes, bytes], now: float) -> Record | Gone | None:
    """A record from its hash, None for an empty one."""
    if not fields:
        return None
    said = {name.decode(): value.decode() for name, value in fields.items()}
    if "gone" in said:
        return Gone(said["id"], said["owner"], said["gone"])
    expires = _seconds(said.get("expires_at"))
    if expires is not None and expires <= now:
        return Gone(said["id"], said["owner"], "expired")
    return Record(
        job=Job(
            id=said["id"],
            status=_status(said["status"]),
            name=json.loads(said.get("name", "null")),
            created_at=_moment(said["created_at"]) or datetime.now(UTC),
            started_at=_moment(said.get("started_at")),
            completed_at=_moment(said.get("completed_at")),
            expires_at=_moment(said.get("expires_at")),
            progress=_progress(said.get("progress")),
            errors=_errors(said.get("errors")),
            usage=_usage(said.get("usage")),
            metadata=json.loads(said.get("metadata", "{}")),
        ),
        owner=said["owner"],
        version=said.get("v", ""),
        revision=int(said.get("rev", "0")),
        attempt=int(said.get("attempt", "0")),
        strikes=int(said.get("strikes", "0")),
        down_since=_seconds(said.get("down_since")),
        source=json.loads(said.get("source", "null")),
        media_type=said.get("media_type", "text/plain"),
    )


def write_progress(progress: JobProgress) -> str:
    """Four numbers."""
    return f"{progress.parts} {progress.read} {progress.from_cache} {progress.unread}"


def write_errors(errors: Sequence[JobError]) -> str:
    """JSON, as the caller will see it."""
    return _ERRORS.dump_json(tuple(errors)).decode()


def pack(data: bytes) -> bytes:
    """Compressed, with a first byte that says how."""
    return PACKED + zlib.compress(data, 1)


def unpack(raw: bytes) -> bytes | None:
    """What was packed, or None where the bytes are not of a format known here."""
    try:
        return zlib.decompress(raw[1:]) if raw.startswith(PACKED) else None
    except zlib.error:
        return None


def pack_text(text: str) -> bytes:
    """A text in UTF-8, packed; lone surrogates of an old encoding survive."""
    return pack(text.encode("utf-8", "surrogatepass"))


def unpack_text(raw: bytes) -> str | None:
    """The text, or None where the bytes are not of a format known here."""
    data = unpack(raw)
    return None if data is None else data.decode("utf-8", "surrogatepass")


def names(raw: object) -> list[str]:
    """Members of a set as Redis gives them."""
    return [one.decode() for one in cast("list[bytes]", raw)]


@contextmanager
def reaching() -> Iterator[None]:
    """Around every use of Redis: what goes wrong on the way there is one error to the rest of the house."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreUnavailable(_AWAY) from error


def _status(said: str) -> Status:
    match said:
        case "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled":
            return said
        case _:
            raise StoreUnavailable("A job record has a status of a newer version; upgrade this process.")


def _progress(said: str | None) -> JobProgress:
    if not said:
        return JobProgress()
    parts, done, cached, unread = (int(number) for number in said.split())
    return JobProgress(parts=parts, read=done, from_cache=cached, unread=unread)


def _errors(said: str | None) -> tuple[JobError, ...]:
    return _ERRORS.validate_json(said) if said else ()


def _usage(said: str | None) -> Usage | None:
    try:
        return Usage.model_validate_json(said) if said else None
    except ValidationError:  # of an earlier version: the result itself still tells
        return None


def _seconds(said: str | None) -> float | None:
    return float(said) if said else None


def _moment(said: str | None) -> datetime | None:
    return datetime.fromtimestamp(float(said), UTC) if said else None
