"""
Structured logs: one JSON object a line, with ids, counts, durations and outcomes.

Report text, completions and secrets have no place in a log; a processor here drops the fields that could carry them.
It knows nothing of what is logged.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal

import structlog

FORBIDDEN: Final = frozenset(
    {"text", "quote", "html", "body", "content", "messages", "completion", "prompt", "key", "authorization"}
)


def configure_logs(level: str, form: Literal["json", "console"]) -> None:
    """Send everything, libraries' records included, to standard error; call once, at the roof."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_text,
    ]
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _short_exception, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    # These log request bodies or whole completions when they speak at all.
    for name in ("openai", "instructor", "httpx2", "httpcore2", "instructor.v2.retry", "instructor.retry"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _drop_text(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in FORBIDDEN & event.keys():
        event[name] = "[dropped]"
    return event


def _short_exception(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The class of an exception and where it rose; its message may quote input."""
    info = event.pop("exc_info", None)
    if info:
        error = info[1] if isinstance(info, tuple) else sys.exc_info()[1]
        frame = error.__traceback__ if error else None
        while frame and frame.tb_next:
            frame = frame.tb_next
        event["exception"] = type(error).__name__
        if frame:
            event["at"] = f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}"
    return event
