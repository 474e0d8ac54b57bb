"""
One span a call, under the names of OpenTelemetry's GenAI conventions: ids, counts, durations, outcomes; never text.

Without an SDK installed and configured this does nothing. It knows names of attributes and nothing of calls' making.
"""

from typing import Final

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from schemas.call import Call

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
CACHED_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
OUTPUT_TYPE: Final = "gen_ai.output.type"
SERVER: Final = "server.address"
STATUS: Final = "http.response.status_code"
ERROR: Final = "error.type"
# Ours: how JSON was asked for, which try this was, whose report.
MODE: Final = "fazhi.mode"
ATTEMPT: Final = "fazhi.attempt"
REPORT: Final = "fazhi.report"

_tracer = trace.get_tracer("fazhi")


def record_call(call: Call, tracer: Tracer = _tracer) -> None:
    """A finished call as a client span under the span that is current."""
    span = tracer.start_span(
        f"chat {call.model}", kind=SpanKind.CLIENT, start_time=call.started, attributes=_attributes(call)
    )
    if call.outcome != "ok":
        span.set_status(Status(StatusCode.ERROR, call.outcome))
    span.end(end_time=call.ended)


def _attributes(call: Call) -> dict[str, str | int | list[str]]:
    known: dict[str, str | int | list[str] | None] = {
        OPERATION: "chat",
        PROVIDER: "openai",
        REQUEST_MODEL: call.model,
        RESPONSE_MODEL: call.response_model,
        RESPONSE_ID: call.response_id,
        FINISH_REASONS: [call.finish_reason] if call.finish_reason else None,
        INPUT_TOKENS: call.spent.prompt_tokens,
        CACHED_TOKENS: call.spent.cached_tokens,
        OUTPUT_TOKENS: call.spent.completion_tokens,
        OUTPUT_TYPE: "json",
        SERVER: call.host,
        STATUS: call.status,
        ERROR: None if call.outcome == "ok" else call.outcome,
        MODE: call.mode,
        ATTEMPT: call.attempt,
        REPORT: call.report or None,
    }
    return {name: value for name, value in known.items() if value is not None}
