"""One span a call, under the conventional names and without text."""

from functools import partial
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanKind, Tracer

from service.asking.traces import record_call
from service.offline_model.faults import Schedule
from service.offline_model.wire import OfflineModel
from tests.model_path import FREE, PROMPT, inside, part


class Noted(NonRecordingSpan):
    def __init__(self, name: str, options: dict[str, Any]) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)
        self.name, self.options, self.ended, self.status = name, options, None, None

    def set_status(self, status: Any, description: str | None = None) -> None:
        self.status = status

    def end(self, end_time: int | None = None) -> None:
        self.ended = end_time


class Notebook(Tracer):
    def __init__(self) -> None:
        self.spans: list[Noted] = []

    def start_span(self, name: str, *_: Any, **options: Any) -> Noted:
        self.spans.append(Noted(name, options))
        return self.spans[-1]

    def start_as_current_span(self, name: str, *_: Any, **options: Any) -> Any:
        raise NotImplementedError


async def test_every_call_is_a_span() -> None:
    notebook = Notebook()
    application = OfflineModel(schedule=Schedule(["server_error"]))
    async with inside(application, on_call=partial(record_call, tracer=notebook)) as asked:
        await asked.model.ask(PROMPT.messages(part("收到复议申请[[130件]]。")), purse=FREE, report="r1")
    failed, good = notebook.spans
    assert [span.name for span in notebook.spans] == ["chat fazhi-offline"] * 2
    assert failed.options["kind"] is SpanKind.CLIENT
    assert failed.options["attributes"]["error.type"] == "unavailable"
    assert failed.options["attributes"]["http.response.status_code"] == 500
    assert failed.status is not None
    said = good.options["attributes"]
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.request.model"] == said["gen_ai.response.model"] == "fazhi-offline"
    assert said["gen_ai.usage.input_tokens"] > said["gen_ai.usage.output_tokens"] > 0
    assert said["gen_ai.response.finish_reasons"] == ["stop"]
    assert said["fazhi.report"] == "r1"
    assert (said["fazhi.attempt"], good.status) == (2, None)
    assert good.ended > good.options["start_time"]


async def test_no_span_holds_text() -> None:
    notebook = Notebook()
    async with inside(OfflineModel(), on_call=partial(record_call, tracer=notebook)) as asked:
        await asked.model.ask(PROMPT.messages(part("收到复议申请[[130件]]。")), purse=FREE)
    assert "复议" not in str([span.options for span in notebook.spans])
