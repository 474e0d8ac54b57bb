"""
How endpoints misbehave: everything seen in the wild, to be played on purpose.

A fault changes one exchange; a trait is what an endpoint always does. It knows the wire format and replies as objects,
and nothing of how a reply is made.
"""

import json
import random
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Fault = Literal[
    # the wire
    "rate_limited",
    "server_error",
    "overloaded",
    "slow",
    "dropped",
    "bad_key",
    "unknown_model",
    "bad_request",
    "out_of_money",
    "web_page",
    "error_with_200",
    # the reply
    "cut_off",
    "malformed",
    "empty",
    "refusing",
    "filtered",
    "filtered_before",
    "too_long",
    # the rows
    "unanswered",
    "doubled",
    "both",
    "invented_indicator",
    "unknown_mark",
    "unreadable_row",
    "area_not_verbatim",
    "circle",
    "invented_quote",
]
Trait = Literal[
    "no_json_schema",
    "no_tools",
    "no_response_format",
    "ignores_json_schema",
    "ignores_tools",
    "prose",
    "fences",
    "thinks",
    "no_usage",
    "no_temperature",
    "no_max_tokens",
    "obeys",
]
TRANSPORT_FAULTS: Final[tuple[Fault, ...]] = (
    "rate_limited",
    "server_error",
    "overloaded",
    "dropped",
    "web_page",
    "error_with_200",
)
ROW_FAULTS: Final[tuple[Fault, ...]] = (
    "unanswered",
    "doubled",
    "both",
    "invented_indicator",
    "unreadable_row",
    "area_not_verbatim",
    "circle",
)
EMPTY_REPLY: Final[Mapping[str, list[Any]]] = {
    key: [] for key in ("observations", "not_statistics", "documents", "problems", "plans", "missed")
}


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer over HTTP; status 0: the connection is dropped."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"


class Schedule:
    """Which exchange goes wrong how: the script first, then a share of all at random (the same for the same seed)."""

    def __init__(
        self,
        script: Iterable[Fault | None] = (),
        *,
        share: float = 0.0,
        kinds: tuple[Fault, ...] = TRANSPORT_FAULTS,
        seed: int = 0,
    ) -> None:
        self._script = deque(script)
        self._share, self._kinds = share, kinds
        self._random = random.Random(seed)  # noqa: S311  a schedule of faults, no secret

    def next(self) -> Fault | None:
        """The fault of the next exchange."""
        if self._script:
            return self._script.popleft()
        return self._random.choice(self._kinds) if self._share and self._random.random() < self._share else None


def refuse(
    fault: Fault | None, traits: frozenset[Trait], body: Mapping[str, Any], retry_after: float
) -> HttpAnswer | None:
    """The error that the endpoint answers with instead of a completion, if it does."""
    kind = (body.get("response_format") or {}).get("type")
    if "no_json_schema" in traits and kind == "json_schema":
        return _error(
            400, "response_format of type json_schema is not supported", "invalid_request_error", "response_format"
        )
    if "no_response_format" in traits and kind:
        return _error(400, "response_format is not supported", "invalid_request_error", "response_format")
    if "no_tools" in traits and body.get("tools"):
        return _error(400, "tools is not supported by this model", "invalid_request_error", "tools")
    if "no_temperature" in traits and "temperature" in body:
        return _error(400, "Unsupported value: 'temperature' does not support 0", "unsupported_value", "temperature")
    if "no_max_tokens" in traits and "max_tokens" in body:
        return _error(400, "Unsupported parameter: 'max_tokens'", "unsupported_parameter", "max_tokens")
    match fault:
        case "rate_limited":
            error = _error(429, "Rate limit reached", "rate_limit_exceeded")
            return HttpAnswer(error.status, error.body, (("retry-after", f"{retry_after:g}"),))
        case "server_error":
            return _error(500, "The server had an error", "server_error")
        case "overloaded":
            return _error(503, "Overloaded", "overloaded")
        case "dropped":
            return HttpAnswer(0, "")
        case "bad_key":
            return _error(401, "Incorrect API key provided", "invalid_api_key")
        case "unknown_model":
            return _error(404, "The model does not exist", "model_not_found")
        case "bad_request":
            return _error(400, "Something about this request", "invalid_request_error")
        case "out_of_money":
            return _error(429, "You exceeded your current quota", "insufficient_quota")
        case "filtered_before":
            return _error(400, "The response was filtered", "content_filter")
        case "too_long":
            return _error(400, "This model's maximum context length is 8192 tokens", "context_length_exceeded")
        case "web_page":
            return HttpAnswer(200, "<html><body>Service under maintenance</body></html>", media_type="text/html")
        case "error_with_200":
            return HttpAnswer(200, json.dumps({"error": {"code": 502, "message": "provider returned error"}}))
        case _:
            return None


def _error(status: int, message: str, code: str, param: str | None = None) -> HttpAnswer:
    return HttpAnswer(status, json.dumps({"error": {"message": message, "type": code, "code": code, "param": param}}))


def spoil_rows(fault: Fault | None, reply: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The reply with its rows wrong in one way."""
    rows = list(reply["observations"])
    if not rows:
        return reply
    first, rest = rows[0], rows[1:]
    mark = first.split(" ", 1)[0]
    changed: dict[str, list[Any]]
    match fault:
        case "unanswered":
            changed = {"observations": rest}
        case "doubled":
            changed = {"observations": [first, f"{first}等", *rest]}
        case "both":
            changed = {"not_statistics": [*reply["not_statistics"], int(mark)]}
        case "invented_indicator":
            changed = {"observations": [re.sub(r" \S+", " enforcement.dragons_slain", first, count=1), *rest]}
        case "unknown_mark":
            changed = {"observations": [*rows, "999 leadership.meetings 召开会议"]}
        case "unreadable_row":
            changed = {"observations": [f"{mark}:?", *rest]}
        case "area_not_verbatim":
            changed = {"observations": [f"{first} area=火星殖民地", *rest]}
        case "circle":
            changed = {"observations": [f"{re.sub(r' of=.*', '', first)} of={mark}", *rest]}
        case "invented_quote":
            changed = {"missed": [*reply["missed"], "leadership.meetings | 召开会议 | 召开火星会议99次"]}
        case _:
            return reply
    return {**reply, **changed}


def write(
    fault: Fault | None, traits: frozenset[Trait], reply: Mapping[str, Any], *, as_tool: bool
) -> tuple[str, str, str | None]:
    """Text, finish reason and refusal of the completion."""
    text = json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
    match fault:
        case "refusing":
            return "", "stop", "I cannot help with that."
        case "filtered":
            return "", "content_filter", None
        case "empty":
            return "", "stop", None
        case "cut_off":
            return text[: len(text) // 2], "length", None
        case "malformed":
            return text[: len(text) * 2 // 3] + "」,", "stop", None
        case _:
            pass
    if not as_tool:
        if "fences" in traits:
            text = f"```json\n{text}\n```"
        if "prose" in traits:
            text = f"好的,以下是标注结果(共 {{n}} 处,见[1]):\n{text}\n如需调整 [2],请告诉我。"
        if "thinks" in traits:
            draft = '{"observations":["1 leadership.other 猜测"],"not_statistics":[]}'
            text = f"<think>先看第一处……也许是 {draft}?不对。</think>\n{text}"
    return text, "stop", None


def obey(text: str, reply: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """
    The reply of a model that does what the report tells it, as far as the wire format lets it.

    It copies JSON objects and rows out of the text, answers marks that are not there, refuses what it is told to hide,
    and reports numbers that it is told to report.
    """
    straight = text.translate(str.maketrans("［］＜＞", "[]<>"))
    changed = {key: list(value) for key, value in reply.items()}
    for found in re.finditer(r"\{[^{}]*\}", straight):
        try:
            told = json.loads(found[0])
        except ValueError:
            continue
        for key, value in told.items():
            if key in changed and isinstance(value, list):
                changed[key] += value
    for row in re.finditer(r"(\d+ [a-z_]+\.[a-z_]+ \S+)", straight):
        changed["observations"].append(row[1])
    for mark in re.finditer(r"\[(\d+)\]", straight):
        changed["observations"].append(f"{mark[1]} leadership.meetings 会议")
    for number in re.finditer(r"(?:改为|写成|报告为|report|to|say)\s*[“\"]?(\d+\S{0,3})", straight):
        changed["missed"].append(f"leadership.meetings | 召开会议 | {number[1]}")
        changed["observations"].append(f"1 leadership.meetings 会议{number[1]} area={number[1]} period=9999年")
    if re.search(r"not_statistics|不是统计|忽略|ignore|隐藏|hide|disregard|不要标注", straight, re.IGNORECASE):
        changed["not_statistics"] += [int(str(row).split(" ", 1)[0]) for row in reply["observations"]]
        changed["observations"] = [row for row in changed["observations"] if row not in reply["observations"]]
    if re.search(r"空|empty|nothing|stop", straight, re.IGNORECASE):
        changed = {key: [] for key in EMPTY_REPLY}
    return changed
