"""
What an error of the wire means: try again, never again, ask for less, or the settings are wrong.

It knows HTTP statuses and what endpoints say in their error bodies; nothing of questions or retry bounds. Messages name
host and status and never repeat a body.
"""

import email.utils
import json
import re
import time
from typing import Final

import openai
from openai.types.chat import ChatCompletion

from service.errors import ConfigurationError, FazhiError, ModelRefused, ModelUnavailable, ReplyTruncated

TRANSIENT_STATUSES: Final = frozenset({408, 409, 425, 429})
# A parameter that newer models refuse, and what they want in its place (None: nothing).
REPLACEMENTS: Final[dict[str, str | None]] = {
    "temperature": None,
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": None,
}

_NO_MONEY: Final = re.compile(r"insufficient[_ ](?:quota|balance|funds)|billing|arrears", re.IGNORECASE)
_FILTERED: Final = re.compile(
    r"content[_ -]?(?:filter|policy|exists risk)|data_inspection|inappropriate|sensitive|moderation|敏感|不安全|违规",
    re.IGNORECASE,
)
_TOO_LONG: Final = re.compile(
    r"context[_ ]length|maximum context|too many tokens|input length|prompt is too long|max_model_len", re.IGNORECASE
)
_PARAMETER: Final = re.compile(
    r"response_format|json_schema|json_object|tool_choice|tools|temperature|max_completion_tokens|max_tokens"
)
_UNSUPPORTED: Final = re.compile(
    r"support|unknown|unrecognized|invalid|not allowed|extra|permitted|不支持|无效|参数", re.IGNORECASE
)


class Garbled(Exception):
    """An answer with status 200 that is no completion; carries nothing of it."""


class AccessDenied(ConfigurationError):
    """The key is wrong or may not do this: no mode or parameter mends it."""


class ParameterRefused(ConfigurationError):
    """The endpoint does not know a parameter of the request; `parameter` is its name."""

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


def check_body(completion: object) -> None:
    """Garbled for a body that is no completion, such as a proxy's page or an error with status 200."""
    if not isinstance(completion, ChatCompletion) or not completion.choices or completion.choices[0].message is None:
        raise Garbled


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, openai.APIStatusError):
        if error.status_code == 429 and _NO_MONEY.search(_said(error)):
            return False
        return error.status_code in TRANSIENT_STATUSES or error.status_code >= 500
    return isinstance(
        error,
        (openai.APIConnectionError, openai.APIResponseValidationError, TimeoutError, Garbled, json.JSONDecodeError),
    )


def status(error: BaseException) -> int | None:
    """The HTTP status, None where none came."""
    return getattr(error, "status_code", None)


def name(error: BaseException) -> str:
    """What happened, in a word or two."""
    number = status(error)
    return f"status {number}" if number else type(error).__name__


def retry_after(error: BaseException | None) -> float | None:
    """Seconds that the endpoint asked to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date."""
    response = getattr(error, "response", None)
    if response is None:
        return None
    try:
        if (milliseconds := response.headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        wanted = response.headers.get("retry-after")
        return None if wanted is None else max(0.0, float(wanted))
    except ValueError:
        date = email.utils.parsedate_tz(response.headers.get("retry-after", ""))
        return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None


def final(error: BaseException | None, host: str, model: str) -> FazhiError:
    """The error to raise for one that no waiting mends."""
    number = status(error) if error is not None else None
    said = _said(error)
    if number == 401 or (number == 403 and not _FILTERED.search(said)):
        return AccessDenied(f"{host} refused the key (status {number}); check OPENAI_API_KEY and OPENAI_BASE_URL.")
    if number == 402 or _NO_MONEY.search(said):
        return ModelUnavailable(f"{host} says that the account is out of money or quota (status {number}).")
    if number == 404:
        return ConfigurationError(
            f"{host} knows no such model or path (status 404); check FAZHI_MODEL ({model}) and OPENAI_BASE_URL."
        )
    if _FILTERED.search(said):
        return ModelRefused("content_filter")
    if number == 413 or _TOO_LONG.search(said):
        return ReplyTruncated("The request is longer than the model reads.")
    parameter = getattr(error, "param", None) or next(iter(_PARAMETER.findall(said)), None)
    if parameter and _PARAMETER.search(parameter) and _UNSUPPORTED.search(said):
        known = _PARAMETER.findall(parameter)[0]
        return ParameterRefused(
            f"{host} does not accept `{known}` (status {number}); set FAZHI_MODE=auto, or leave the parameter out.",
            known,
        )
    return ModelRefused("bad_request")


def concerns_access(error: BaseException) -> bool:
    """Whether no other mode can help."""
    return isinstance(error, AccessDenied)


def parameter(error: BaseException) -> str | None:
    """The parameter that the endpoint refused, if that was it."""
    return error.parameter if isinstance(error, ParameterRefused) else None


def _said(error: BaseException | None) -> str:
    """The body's code, type and message, to be searched and never shown."""
    if not isinstance(error, openai.APIError):
        return ""
    return " ".join(str(one) for one in (error.code, error.type, error.message) if one)
