"""
What comes back over the wire, made readable: the JSON object in a reply however it is wrapped, its shape, its usage.

Instructor validates replies through `WireReply.model_validate_json`, so prose, ``` fences, `<think>` and small slips of
shape are read there and nowhere else. It knows nothing of marks, requests or retries.
"""

import json
import re
from functools import cache
from typing import Any, Final, cast

import instructor
from instructor.core import ResponseParsingError
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion
from openai.types.chat.chat_completion_message_function_tool_call import (
    ChatCompletionMessageFunctionToolCall,
    Function,
)
from pydantic import ValidationError
from pydantic_core import from_json

from schemas.reading import Spent
from schemas.reply import Reply
from service.asking import tokens
from service.errors import ReplyTruncated

KEYS: Final = tuple(Reply.model_fields)
NUMBERS: Final = ("not_statistics", "problems", "plans")
# Failing to decode may look at the whole rest of the text: bound the sum, so that `{{{{…` costs a few passes at most.
DECODING_PASSES: Final = 16
INVALID: Final = "回复不是要求的 JSON 对象。请只输出一个 JSON 对象,六个键都是数组:" + "、".join(KEYS) + "。"

_THOUGHT: Final = re.compile(r"<think>.*?</think>", re.DOTALL | re.IGNORECASE)
_NUMBER: Final = re.compile(r"\[?[sd]?(\d{1,6})\]?")
_decoder: Final = json.JSONDecoder(strict=False)


class WireReply(Reply):
    """A `Reply` that is found in whatever text came."""

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> "WireReply":
        """The reply in `json_data`; ResponseParsingError, which instructor asks again about, where there is none."""
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError:
            pass  # not the exact object alone: look for it
        text = json_data if isinstance(json_data, str) else bytes(json_data).decode("utf-8", "replace")
        found = find_reply(text)
        if found is None:
            raise ResponseParsingError(INVALID, mode="json")
        try:
            return cls.model_validate(found)
        except ValidationError:
            raise ResponseParsingError(INVALID, mode="json") from None

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """The schema of `Reply`, made once: instructor wants it at every call."""
        return _schema()


@cache
def _schema() -> dict[str, Any]:
    return Reply.model_json_schema()


# Instructor wraps a plain model in a new class at every call; one that is wrapped already it takes as it is.
PREPARED: Final = cast(type[WireReply], instructor.openai_schema(WireReply))
PREPARED.__name__ = "Reply"


def find_reply(text: str) -> dict[str, Any] | None:
    """
    The last JSON object of the text that has one of our keys, with small slips mended; None where there is none.

    The last, since what a model thinks aloud or quotes from a report comes before what it answers.
    """
    text = _THOUGHT.sub("", text)
    found, at, work = None, 0, DECODING_PASSES * len(text)
    while (at := text.find("{", at)) >= 0 and work > 0:
        try:
            value, end = _decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            work -= len(text) - at
            at += 1
            continue
        if isinstance(value, dict) and any(isinstance(value.get(key), list) for key in KEYS):
            found = value
        at = end
    return None if found is None else {key: _mended(key, found.get(key)) for key in KEYS}


def _mended(key: str, value: object) -> list[object]:
    """An absent list is an empty one (what it should have said is asked for by mark); "[3]" is 3."""
    if not isinstance(value, list):
        return []
    if key not in NUMBERS:
        return [one for one in value if isinstance(one, str)]
    numbers = []
    for one in value:
        if isinstance(one, int) and not isinstance(one, bool):
            numbers.append(one)
        elif isinstance(one, str) and (match := _NUMBER.fullmatch(one.strip())):
            numbers.append(int(match[1]))
    return list(numbers)


class ReplyCutOff(ReplyTruncated):
    """Cut off at the token limit; `partial` holds the rows that were whole by then."""

    def __init__(self, partial: Reply | None) -> None:
        super().__init__("The reply was cut off at the token limit.")
        self.partial = partial


def salvage(completion: object) -> Reply | None:
    """The rows of a reply that was cut off which were whole by then; None where there is none."""
    text = _THOUGHT.sub("", _written(completion)) if isinstance(completion, ChatCompletion) else ""
    start = text.find('{"')
    if start < 0:
        return None
    try:
        found = from_json(text[start:].encode("utf-8", "replace"), allow_partial=True)
    except ValueError:
        return None
    rows = found.get("observations") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows:
        return None
    last = list(found)[-1]
    if last in NUMBERS and isinstance(found[last], list):
        found[last] = found[last][:-1]  # 15 cut to 1 looks whole
    return Reply(**{key: _mended(key, found.get(key)) for key in KEYS})


def is_refusal(completion: ChatCompletion) -> str | None:
    """`refusal` or `content_filter` where the model or its guard will not answer, else None."""
    choice = completion.choices[0]
    if choice.finish_reason == "content_filter":
        return "content_filter"
    return "refusal" if getattr(choice.message, "refusal", None) else None


def content_as_tool_call(completion: ChatCompletion) -> None:
    """An endpoint that was given a tool and answered in words: the words are taken for the tool's arguments."""
    message = completion.choices[0].message
    if not message.tool_calls and message.content:
        call = Function(name=PREPARED.__name__, arguments=message.content)
        message.tool_calls = [ChatCompletionMessageFunctionToolCall(id="call_1", type="function", function=call)]


def spent_on(completion: ChatCompletion, asked: int) -> Spent:
    """
    What the endpoint says the call cost; where it says nothing, a count by characters (`asked`: of the prompt).

    Read before instructor sees the completion: it adds up over attempts in place.
    """
    usage = completion.usage
    if not isinstance(usage, CompletionUsage) or not (usage.prompt_tokens or usage.completion_tokens):
        return Spent(calls=1, prompt_tokens=asked, completion_tokens=tokens.approximate(_written(completion)))
    prompt, completion_details = usage.prompt_tokens_details, usage.completion_tokens_details
    # DeepSeek reports the cached part beside `prompt_tokens_details`.
    cached = (prompt.cached_tokens if prompt else None) or getattr(usage, "prompt_cache_hit_tokens", None)
    return Spent(
        calls=1,
        prompt_tokens=usage.prompt_tokens or 0,
        cached_tokens=cached or 0,
        completion_tokens=usage.completion_tokens or 0,
        reasoning_tokens=(completion_details.reasoning_tokens if completion_details else None) or 0,
    )


def _written(completion: ChatCompletion) -> str:
    if not completion.choices:
        return ""
    message = completion.choices[0].message
    calls = "".join(
        getattr(call, "function", Function(name="", arguments="")).arguments for call in message.tool_calls or []
    )
    return (message.content or "") + calls
