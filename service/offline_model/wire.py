"""
The offline model as an endpoint: `POST /v1/chat/completions` in the OpenAI wire format, an ASGI application without a
framework.

Served inside the process it is the default model; on a port it is the double that tests misbehave with. It knows HTTP
and the wire format, and reads nothing but the request.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from service.asking import tokens
from service.offline_model import faults, reader
from service.offline_model.faults import Fault, HttpAnswer, Schedule, Trait
from service.offline_model.request import Request, read_request

MODEL_NAME: Final = "fazhi-offline"
BASE_URL: Final = "http://offline.invalid/v1"
SLOW_SECONDS: Final = 30.0

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Brain = Callable[[Request], Mapping[str, Any]]


class ConnectionDropped(Exception):
    """Raised through the server so that it closes the connection in the middle of an answer."""


@dataclass(slots=True)
class Seen:
    """What was asked, for tests: bodies in order, and how many at once."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0


class OfflineModel:
    """
    The application. `traits` are what it always does, `schedule` what goes wrong when; `brain` answers parts.

    `first_seconds` and `tokens_per_second` make it as slow as a real one.
    """

    def __init__(
        self,
        *,
        brain: Brain = reader.answer,
        traits: Iterable[Trait] = (),
        schedule: Schedule | None = None,
        retry_after_seconds: float = 1.0,
        first_seconds: float = 0.0,
        tokens_per_second: float | None = None,
        slow_seconds: float = SLOW_SECONDS,
        count_tokens: Callable[[str], int] = tokens.approximate,
        keep_bodies: bool = False,
    ) -> None:
        self._brain = brain
        self._traits = frozenset(traits)
        self._schedule = schedule or Schedule()
        self._retry_after_seconds = retry_after_seconds
        self._first_seconds, self._tokens_per_second = first_seconds, tokens_per_second
        self._slow_seconds = slow_seconds
        self._count = count_tokens
        self._keep_bodies = keep_bodies
        self._prefixes: dict[str, int] = {}
        self.seen = Seen()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["method"] != "POST" or not scope["path"].endswith("/chat/completions"):
            return await _answer(
                send, HttpAnswer(404, json.dumps({"error": {"message": "Not found", "code": "not_found"}}))
            )
        body = json.loads(await _body(receive))
        if self._keep_bodies:
            self.seen.bodies.append(body)
        self.seen.at_once += 1
        self.seen.most_at_once = max(self.seen.most_at_once, self.seen.at_once)
        try:
            answer = await self._exchange(body)
        finally:
            self.seen.at_once -= 1
        return await _answer(send, answer)

    async def _exchange(self, body: Mapping[str, Any]) -> HttpAnswer | dict[str, Any]:
        fault = self._schedule.next()
        if fault == "slow":
            await asyncio.sleep(self._slow_seconds)
        if error := faults.refuse(fault, self._traits, body, self._retry_after_seconds):
            return error
        # Choosing indicators is arithmetic on the CPU: off the loop, where it would hold up every other call.
        reply = await asyncio.to_thread(self.reply, body, fault)
        completion = self._completion(body, reply, fault)
        if self._tokens_per_second:
            written = self._count(_text_of(completion))
            await asyncio.sleep(self._first_seconds + written / self._tokens_per_second)
        return completion

    def reply(self, body: Mapping[str, Any], fault: Fault | None) -> dict[str, Any]:
        """What it says to a request, as an object; a double may say something else."""
        request = read_request(body["messages"])
        reply = dict(faults.EMPTY_REPLY)
        if request.asks_rows:
            reply |= self._brain(request)
        if request.asks_statements and request.wanted:  # a correction that asks for them, too
            whole = self._brain(replace(request, wanted=()))
            reply |= {key: whole.get(key, []) for key in ("documents", "problems", "plans")}
        if "obeys" in self._traits:
            reply = faults.obey("\n".join((*request.headings, request.before, request.text)), reply)
        return faults.spoil_rows(fault, reply)

    def _completion(self, body: Mapping[str, Any], reply: Mapping[str, Any], fault: Fault | None) -> dict[str, Any]:
        tools = body.get("tools") or []
        as_tool = bool(tools) and "ignores_tools" not in self._traits
        text, finish, refusal = faults.write(fault, self._traits, reply, as_tool=as_tool)
        if "ignores_json_schema" in self._traits and (body.get("response_format") or {}).get("type") == "json_schema":
            text = "一共有几处数字,都是统计数字。"
        message: dict[str, Any] = {"role": "assistant", "content": None if as_tool else text, "refusal": refusal}
        if as_tool and refusal is None:
            name = tools[0]["function"]["name"]
            message["tool_calls"] = [
                {"id": "call_1", "type": "function", "function": {"name": name, "arguments": text}}
            ]
        completion: dict[str, Any] = {
            "id": "offline-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16],
            "object": "chat.completion",
            "created": int(time.time()),
            "model": MODEL_NAME,
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        }
        if "no_usage" not in self._traits:
            completion["usage"] = self._usage(body, text)
        return completion

    def _usage(self, body: Mapping[str, Any], text: str) -> dict[str, Any]:
        """Tokens, with a system message that came before counted as cached, as providers do."""
        system = "".join(str(one.get("content") or "") for one in body["messages"] if one.get("role") == "system")
        key = hashlib.sha256(system.encode("utf-8", "surrogatepass")).hexdigest()
        known = self._prefixes.get(key)
        prefix = self._prefixes.setdefault(key, self._count(system)) if known is None else known
        rest = sum(
            self._count(str(one.get("content") or "")) for one in body["messages"] if one.get("role") != "system"
        )
        written = self._count(text)
        return {
            "prompt_tokens": prefix + rest,
            "completion_tokens": written,
            "total_tokens": prefix + rest + written,
            "prompt_tokens_details": {"cached_tokens": known or 0},
        }


def _text_of(completion: Mapping[str, Any]) -> str:
    message = completion["choices"][0]["message"]
    calls = message.get("tool_calls") or []
    return (message["content"] or "") + "".join(call["function"]["arguments"] for call in calls)


async def _body(receive: Receive) -> bytes:
    pieces = []
    while True:
        event = await receive()
        pieces.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(pieces)


async def _answer(send: Send, answer: HttpAnswer | dict[str, Any]) -> None:
    if isinstance(answer, dict):
        answer = HttpAnswer(200, json.dumps(answer, ensure_ascii=False))
    status, body = answer.status, answer.body.encode("utf-8", "replace")
    raw = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", str(len(body) if status else 100).encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers),
    ]
    await send({"type": "http.response.start", "status": status or 200, "headers": raw})
    if not status:
        await send({"type": "http.response.body", "body": b'{"id":', "more_body": True})
        raise ConnectionDropped
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
