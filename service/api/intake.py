"""
A body becomes a report: JSON, a form with a file, or the file itself.

It knows media types and limits on bodies, and nothing of jobs. Names are words of the caller's, never paths.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final, Self

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from schemas.job import Metadata
from schemas.outline import LoadedText
from service.api.desk import Desk
from service.api.problems import Refusal
from service.errors import InputTooLarge, UnreadableInput

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
RAW: Final = (
    "text/plain",
    "text/markdown",
    "text/html",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/octet-stream",
)
_ENVELOPE_BYTES: Final = 65_536
_DRAIN_BYTES: Final = 64 * 1024 * 1024
_OFF_LOOP_BYTES: Final = 65_536
_METADATA: Final = TypeAdapter(Metadata)
_EXAMPLE: Final = "一、主要举措和成效\n2023年，全县共受理行政复议案件43件，审结40件。"

Name = Field(None, max_length=255, description="what the report is called; the file's name, if any")
Source = Field(None, max_length=2000, description="where it comes from, such as an address; given back unchanged")


class Submission(BaseModel):
    """A report as JSON: `text` or `html`, one of them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"text": _EXAMPLE, "name": "青岚县2023"}})

    text: str | None = Field(None, description="the report's text; offsets of the result count its characters")
    html: str | None = Field(None, description="the report as a web page; converted to text once")
    name: str | None = Name
    source: str | None = Source
    metadata: Metadata = Field({}, description="up to 16 short strings, given back unread")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.text is None) == (self.html is None):
            raise ValueError("give text or html, one of them")
        return self


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A report with what its caller hangs on it, and the hash that tells it from any other."""

    loaded: LoadedText
    metadata: dict[str, str]

    @property
    def digest(self) -> str:
        """Over everything that the job will hold."""
        told = json.dumps([self.loaded.name, self.loaded.source, self.metadata], sort_keys=True)
        return hashlib.sha256(f"{self.loaded.sha256} {told}".encode()).hexdigest()


async def read_report(request: Request, desk: Desk, *, name: str | None, source: str | None) -> HandedIn:
    """The report in the body of this request; Refusal or CallerError where there is none that can be read."""
    kind = request.headers.get("content-type", "application/octet-stream")
    bare = kind.split(";")[0].strip().lower()
    if bare == JSON:
        # A character of Chinese takes three bytes in a file and six in JSON that is all ASCII.
        return await _from_json(await _body(request, desk, 2 * desk.limits.max_bytes + _ENVELOPE_BYTES), desk)
    if bare == FORM:
        return await _from_form(request, await _body(request, desk, desk.limits.max_bytes + _ENVELOPE_BYTES), desk)
    if bare not in RAW and bare not in ("application/xhtml+xml", "text/x-markdown"):
        raise Refusal(415, "unsupported_media_type", f"Send JSON, a form with a file, or one of: {', '.join(RAW)}.")
    data = await _body(request, desk, desk.limits.max_bytes)
    return HandedIn(await _load(desk, data, name, kind, source), {})


async def _body(request: Request, desk: Desk, most: int) -> bytes:
    """The whole body, unless it is too large, too slow or cut off."""
    announced = request.headers.get("content-length", "")
    chunks: list[bytes] = []
    size = 0
    too_large = Refusal(413, "too_large", f"The body is over the limit of {most:,} bytes.", Connection="close")
    try:
        async with asyncio.timeout(desk.limits.body_seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most or (announced.isdigit() and int(announced) > most):
                    chunks.clear()
                    # Many clients only read an answer when they have sent all: take it in, up to a point, and drop it.
                    if size > _DRAIN_BYTES:
                        break
                else:
                    chunks.append(chunk)
    except TimeoutError:
        detail = f"The body took longer than {desk.limits.body_seconds:.0f} s; send it again over a faster line."
        raise Refusal(408, "request_timeout", detail, Connection="close") from None
    except ClientDisconnect:
        raise Refusal(400, "cut_off", "The body was cut off; send it again.") from None
    if size > most:
        raise too_large
    return b"".join(chunks)


async def _from_json(body: bytes, desk: Desk) -> HandedIn:
    try:
        said = await _off_loop(len(body), Submission.model_validate_json, body)
    except ValidationError as error:
        raise _refusal(error) from None
    name = said.name
    if said.html is not None:
        data = said.html.encode()
        loaded = await _load(desk, data, name, "text/html; charset=utf-8", said.source)
        return HandedIn(loaded, said.metadata)
    return HandedIn(_as_it_is(said.text or "", name, said.source, desk), said.metadata)


def _as_it_is(text: str, name: str | None, source: str | None, desk: Desk) -> LoadedText:
    """A text needs no decoding: only its BOM is removed, and what holds for files is looked at."""
    text = text.removeprefix("\ufeff")
    if len(text) > desk.limits.max_characters:
        raise InputTooLarge(f"The text has {len(text):,} characters, over the limit of {desk.limits.max_characters:,}.")
    if not text.strip():
        raise UnreadableInput("The input holds no text; check that it is the report and not an empty page.")
    return LoadedText(text=text, name=name, source=source)


async def _from_form(request: Request, body: bytes, desk: Desk) -> HandedIn:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(
            request.headers, stream(), max_files=1, max_fields=8, max_part_size=_ENVELOPE_BYTES
        ).parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise Refusal(400, "malformed_form", "The form cannot be read; send multipart/form-data with a file.") from None
    try:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise Refusal(422, "invalid_request", "The form has no file in a field named `file`.")
        words = {name: said for name in ("name", "source", "metadata") if isinstance(said := form.get(name), str)}
        data = await file.read()
    finally:
        await form.close()
    # A browser's file name may hold a path of the caller's machine; the last step is its name, and only a word here.
    own_name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1][:255] or None
    try:
        checked = Submission.model_validate(
            {
                "text": "",
                "name": words.get("name", own_name),
                "source": words.get("source"),
                "metadata": _METADATA.validate_json(words.get("metadata") or "{}"),
            }
        )
        for word in (checked.name or "", checked.source or ""):
            word.encode()
    except ValidationError as error:
        raise _refusal(error) from None
    except UnicodeEncodeError:
        raise Refusal(422, "invalid_request", "A field of the form is no Unicode text.") from None
    return HandedIn(await _load(desk, data, checked.name, file.content_type, checked.source), checked.metadata)


async def _load(desk: Desk, data: bytes, name: str | None, media_type: str | None, source: str | None) -> LoadedText:
    return await asyncio.to_thread(desk.load, data, name=name, media_type=media_type, source=source)


async def _off_loop(size: int, step: Any, *arguments: Any) -> Any:
    """Run a step in a thread where it is long enough that other callers would feel it."""
    return await asyncio.to_thread(step, *arguments) if size > _OFF_LOOP_BYTES else step(*arguments)


def _refusal(error: ValidationError) -> Refusal:
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    if any(one["type"] == "json_invalid" for one in errors):
        return Refusal(400, "malformed_json", "The body is not well-formed JSON.")
    wrong = [
        {"where": ".".join(str(step)[:64] for step in ("body", *one["loc"])), "message": str(one["msg"])}
        for one in errors[:20]
    ]
    return Refusal(422, "invalid_request", "The request is not valid; see errors.", errors=wrong)
