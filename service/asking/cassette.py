"""
Replies of a language model, recorded once and played again: JSON Lines, a head and then one line a reply.

A reply is found by its whole request (path and body) and by how often that request was made before. Headers are never
written, so no key can be; report text is in no line but as far as a reply quotes it. A miss fails loudly. It knows HTTP
transports and nothing of prompts or replies' meaning.
"""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import httpx2

from service.errors import ConfigurationError

FORMAT: Final = 1


class CassetteMiss(ConfigurationError):
    """A request that was never recorded: what reads has changed since. Retrying and carrying on are both wrong."""


@dataclass(frozen=True, slots=True)
class CassetteHead:
    """Whose replies these are; `prompt` is the fingerprint of the prompt they answered."""

    model: str
    prompt: str
    recorded_at: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Recorded:
    """One reply: status and body as they came."""

    status: int
    body: Any


class Cassette:
    """The replies of one file, in memory."""

    def __init__(self, path: Path, head: CassetteHead, replies: dict[tuple[str, int], Recorded]) -> None:
        self.path, self.head, self._replies = path, head, replies

    def __len__(self) -> int:
        return len(self._replies)

    @classmethod
    def load(cls, path: Path) -> "Cassette":
        """ConfigurationError for a file that is not there or no cassette."""
        try:
            lines = path.read_text("utf-8").splitlines()
            head = CassetteHead(**json.loads(lines[0]))
            rows = [json.loads(line) for line in lines[1:] if line]
            replies = {(row["request"], row["repeat"]): Recorded(row["status"], row["body"]) for row in rows}
        except FileNotFoundError:
            raise ConfigurationError(
                f"There is no cassette {path}; record one with FAZHI_CASSETTE_MODE=record."
            ) from None
        except (OSError, ValueError, TypeError, KeyError, IndexError):
            raise ConfigurationError(f"{path} is no cassette of format {FORMAT}.") from None
        if head.format != FORMAT:
            raise ConfigurationError(f"{path} is a cassette of format {head.format}; this program reads {FORMAT}.")
        return cls(path, head, replies)

    def find(self, request: str, repeat: int) -> Recorded | None:
        """The reply to the `repeat`th (from 0) making of a request."""
        return self._replies.get((request, repeat))


class Player(httpx2.AsyncBaseTransport):
    """A transport that answers from a cassette and never touches a network."""

    def __init__(self, cassette: Cassette, *, prompt: str) -> None:
        self._cassette, self._prompt = cassette, prompt
        self._made: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded reply; CassetteMiss where there is none."""
        key = request_key(request.url.path, await request.aread())
        repeat = self._made[key]
        self._made[key] += 1
        found = self._cassette.find(key, repeat)
        if found is None:
            head = self._cassette.head
            changed = "" if head.prompt == self._prompt else f" (recorded with the prompt {head.prompt})"
            raise CassetteMiss(
                f"{self._cassette.path.name} has no reply to request {key[:12]}, repeat {repeat}{changed}; record anew."
            )
        return _response(found, request)


class Recorder(httpx2.AsyncBaseTransport):
    """A transport that passes requests on and writes down every answer that is worth playing again."""

    def __init__(self, path: Path, inner: httpx2.AsyncBaseTransport, *, model: str, prompt: str) -> None:
        """ConfigurationError where the file exists: what was paid for is not written over."""
        self._inner = inner
        self._made: defaultdict[str, int] = defaultdict(int)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = path.open("x", encoding="utf-8")
        except FileExistsError:
            raise ConfigurationError(
                f"The cassette {path} exists; replay it, or move it away to record anew."
            ) from None
        except OSError as error:
            raise ConfigurationError(f"The cassette {path} cannot be written ({error.strerror}).") from None
        head = CassetteHead(model, prompt, datetime.now(UTC).isoformat(timespec="seconds"))
        self._write(asdict(head))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer of the real endpoint; errors that a retry may mend are not recorded: replay needs no retry."""
        key = request_key(request.url.path, await request.aread())
        response = await self._inner.handle_async_request(request)
        raw = await response.aread()
        if response.status_code < 500 and response.status_code not in (408, 409, 425, 429):
            try:
                body = json.loads(raw)
            except ValueError:
                return _rebuilt(response, raw, request)
            repeat = self._made[key]
            self._made[key] += 1
            self._write({"request": key, "repeat": repeat, "status": response.status_code, "body": body})
        return _rebuilt(response, raw, request)

    async def aclose(self) -> None:
        """Close the file and the transport."""
        self._file.close()
        await self._inner.aclose()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()  # what was paid for is kept, whatever comes next


def request_key(path: str, body: bytes) -> str:
    """The hash of a whole request: path and body, in canonical form. Not the host, not the headers."""
    whole = json.dumps([path, json.loads(body)], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def _response(recorded: Recorded, request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(recorded.status, json=recorded.body, request=request)


def _rebuilt(response: httpx2.Response, raw: bytes, request: httpx2.Request) -> httpx2.Response:
    """The answer with its body read: decoded already, so without the headers that say how."""
    headers = [
        (k, v)
        for k, v in response.headers.items()
        if k.lower() not in ("content-encoding", "content-length", "transfer-encoding")
    ]
    return httpx2.Response(response.status_code, headers=headers, content=raw, request=request)
