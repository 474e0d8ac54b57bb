"""
Where a language model is, and how its endpoint is asked for JSON: three modes of the OpenAI wire format.

It knows parameters and schemas; nothing of retries, prompts or replies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal
from urllib.parse import urlsplit

from openai.lib._pydantic import to_strict_json_schema

from schemas.reply import Reply

Mode = Literal["json_schema", "tools", "json_object"]
# In the order in which the probe tries them.
MODES: Final[tuple[Mode, ...]] = ("json_schema", "tools", "json_object")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is and how it is asked. `temperature` None: the endpoint's own."""

    base_url: str
    api_key: str
    model: str
    mode: Mode | Literal["auto"] = "auto"
    temperature: float | None = 0.0
    max_completion_tokens: int | None = 4096
    extra_body: Mapping[str, object] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """For messages and traces: never the path or a key in it."""
        return urlsplit(self.base_url).hostname or "localhost"


def options(endpoint: Endpoint) -> dict[str, object]:
    """Parameters beside the messages; OpenAI's own hosts know only the newer name of the length limit."""
    options: dict[str, object] = {}
    if endpoint.temperature is not None:
        options["temperature"] = endpoint.temperature
    if endpoint.max_completion_tokens is not None:
        newer = endpoint.host.endswith(("openai.com", "openai.azure.com"))
        options["max_completion_tokens" if newer else "max_tokens"] = endpoint.max_completion_tokens
    return options


def wire_form(mode: Mode, extra_body: Mapping[str, object]) -> dict[str, object]:
    """How the mode is asked for; the body's own fields win over what instructor puts there."""
    match mode:
        case "json_schema":
            form: dict[str, object] = {"response_format": _strict_format()}
        case "json_object":
            form = {"response_format": {"type": "json_object"}}
        case "tools":
            form = {}
    body = {**form, **extra_body}
    return {"extra_body": body} if body else {}


@cache
def _strict_format() -> dict[str, object]:
    schema = {"name": "Reply", "strict": True, "schema": to_strict_json_schema(Reply)}
    return {"type": "json_schema", "json_schema": schema}
