"""The door to the model, against the offline endpoint on a real port: every way in which endpoints misbehave."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2
import pytest
from openai.types.chat import ChatCompletion

from schemas.reading import Spent
from service.asking import verdicts
from service.asking.completions import WireReply, find_reply, salvage
from service.asking.retry import Patience
from service.errors import ConfigurationError, ModelRefused, ModelUnavailable, ReplyInvalid, ReplyTruncated
from service.offline_model.faults import Fault, Schedule, Trait
from service.offline_model.request import Request
from service.offline_model.server import serve
from service.offline_model.wire import OfflineModel
from tests.model_path import FREE, PROMPT, QUICK, Asked, asking, endpoint, inside, part

MESSAGES = PROMPT.messages(part("收到复议申请[[130件]],受理[[97件]]。{{仍有不足。}}"))
ANSWER = {"observations": ["1 administrative_review.applications 收到复议申请"], "not_statistics": [2], "problems": [1]}


def answer(_: Request) -> dict[str, Any]:
    return dict(ANSWER)


@contextmanager
def served(*script: Fault | None, traits: tuple[Trait, ...] = (), **options: Any) -> Iterator[tuple[OfflineModel, str]]:
    application = OfflineModel(
        brain=answer,
        schedule=Schedule(script),
        traits=traits,
        keep_bodies=True,
        **{"retry_after_seconds": 0.05, "slow_seconds": 2.0, **options},
    )
    with serve(application) as url:
        yield application, url


@asynccontextmanager
async def door(*script: Fault | None, traits: tuple[Trait, ...] = (), **options: Any) -> AsyncIterator[Asked]:
    with served(*script, traits=traits) as (_, url):
        async with asking(url, **options) as asked:
            yield asked


async def ask(asked: Asked) -> dict[str, Any]:
    return (await asked.model.ask(MESSAGES, purse=FREE)).model_dump()


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json_object"])
async def test_every_mode_reads_the_same_reply(mode: str) -> None:
    async with door(mode=mode) as asked:
        reply = await ask(asked)
    assert reply["observations"] == ANSWER["observations"]
    assert (reply["not_statistics"], reply["problems"], reply["missed"]) == ([2], [1], [])


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json_object"])
async def test_messages_travel_byte_for_byte(mode: str) -> None:
    text = '    前导空格,{{ secret }} {% if x %} {# 注 #} 收到[[1件]]\u3000\xa0。\n\n  第二行 \\n "引号"'
    messages = PROMPT.messages(part(text.replace("{{", "{ {").replace("}}", "} }")))
    messages.append({"role": "user", "content": text})
    with served() as (application, url):
        async with asking(url, mode=mode) as asked:
            await asked.model.ask(messages, purse=FREE)
        assert application.seen.bodies[0]["messages"] == messages


async def test_the_schema_is_strict_on_the_wire() -> None:
    with served() as (application, url):
        async with asking(url, mode="json_schema") as asked:
            await ask(asked)
        sent = application.seen.bodies[0]["response_format"]["json_schema"]
    assert sent["strict"] is True
    assert sent["schema"]["additionalProperties"] is False
    assert len(sent["schema"]["required"]) == 6


@pytest.mark.parametrize(
    "fault", ["rate_limited", "server_error", "overloaded", "dropped", "web_page", "error_with_200"]
)
async def test_a_fault_of_the_wire_costs_one_more_call(fault: Fault) -> None:
    async with door(fault) as asked:
        assert (await ask(asked))["observations"] == ANSWER["observations"]
    assert asked.outcomes == ["unavailable", "ok"]


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json_object"])
@pytest.mark.parametrize("fault", ["malformed", "empty"])
async def test_a_reply_without_shape_is_asked_for_again_once(fault: Fault, mode: str) -> None:
    with served(fault) as (application, url):
        async with asking(url, mode=mode) as asked:
            assert (await ask(asked))["observations"] == ANSWER["observations"]
        again = application.seen.bodies[1]["messages"]
    assert asked.outcomes == ["invalid", "ok"]
    assert again[:2] == MESSAGES
    assert "JSON" in json.dumps(again[2:], ensure_ascii=False)


@pytest.mark.parametrize("trait", ["prose", "fences", "thinks", "no_usage"])
@pytest.mark.parametrize("mode", ["json_schema", "json_object"])
async def test_a_wrapped_reply_is_read_at_once(trait: Trait, mode: str) -> None:
    async with door(traits=(trait,), mode=mode) as asked:
        assert (await ask(asked))["observations"] == ANSWER["observations"]
    assert asked.outcomes == ["ok"]


async def test_everything_at_once_is_read_too() -> None:
    async with door(traits=("prose", "fences", "thinks", "no_usage", "ignores_tools"), mode="tools") as asked:
        assert (await ask(asked))["observations"] == ANSWER["observations"]
    assert asked.outcomes == ["ok"]


async def test_without_usage_tokens_are_counted_by_characters() -> None:
    async with door(traits=("no_usage",)) as asked:
        await ask(asked)
    assert asked.spent.prompt_tokens > 5000
    assert asked.spent.completion_tokens > 10


async def test_usage_counts_what_was_cached() -> None:
    async with door() as asked:
        await ask(asked)
        await ask(asked)
    assert asked.calls[0].spent.cached_tokens == 0
    assert 0 < asked.calls[1].spent.cached_tokens < asked.calls[1].spent.prompt_tokens


async def test_failed_attempts_are_paid_for_too() -> None:
    class Purse:
        reserved = 0
        spent = Spent()

        def reserve(self, tokens: int) -> None:
            self.reserved += tokens

        def settle(self, reserved: int, spent: Spent) -> None:
            self.reserved -= reserved
            self.spent += spent

    purse = Purse()
    async with door("malformed", "rate_limited") as asked:
        await asked.model.ask(MESSAGES, purse=purse)
    assert purse.reserved == 0
    assert purse.spent.calls == 3
    assert purse.spent == asked.spent
    assert purse.spent.completion_tokens > asked.calls[-1].spent.completion_tokens


@pytest.mark.parametrize("mode", ["json_schema", "tools", "json_object"])
@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        ("refusing", ModelRefused, "refusal"),
        ("filtered", ModelRefused, "content_filter"),
        ("filtered_before", ModelRefused, "content_filter"),
        ("bad_request", ModelRefused, "bad_request"),
        ("cut_off", ReplyTruncated, "cut off"),
        ("too_long", ReplyTruncated, "longer"),
        ("bad_key", ConfigurationError, "OPENAI_API_KEY"),
        ("unknown_model", ConfigurationError, "FAZHI_MODEL"),
        ("out_of_money", ModelUnavailable, "money or quota"),
    ],
)
async def test_what_no_retry_mends_is_told_at_once(
    fault: Fault, error: type[Exception], reason: str, mode: str
) -> None:
    async with door(fault, mode=mode) as asked:
        with pytest.raises(error, match=reason):
            await ask(asked)
    assert len(asked.calls) == 1


async def test_transport_is_bounded_by_attempts() -> None:
    async with door(*["server_error"] * 9) as asked:
        with pytest.raises(ModelUnavailable, match="after 4 attempts"):
            await ask(asked)
    assert len(asked.calls) == QUICK.attempts


async def test_shape_is_bounded_by_attempts() -> None:
    async with door(*["malformed"] * 9) as asked:
        with pytest.raises(ReplyInvalid):
            await ask(asked)
    assert asked.outcomes == ["invalid"] * QUICK.invalid_replies


async def test_transport_and_shape_are_counted_apart() -> None:
    script: list[Fault] = ["malformed", "server_error", "malformed", "server_error", "server_error"]
    async with door(*script) as asked:
        assert (await ask(asked))["observations"] == ANSWER["observations"]
    assert len(asked.calls) == 6


async def test_retrying_is_bounded_by_time() -> None:
    patience = Patience(attempts=50, seconds=1.0, call_seconds=5.0)
    async with door(*["server_error"] * 60, patience=patience) as asked:
        with pytest.raises(ModelUnavailable):
            await ask(asked)
    assert 1 < len(asked.calls) < 50


async def test_retry_after_is_honoured_and_told_to_everybody() -> None:
    paused: list[float] = []

    class Gate:
        @asynccontextmanager
        async def admit(self, report: str, tokens: int, reply_tokens: int) -> AsyncIterator[None]:
            yield

        async def pause(self, seconds: float) -> None:
            paused.append(seconds)

    with served("rate_limited", retry_after_seconds=0.7) as (_, url):
        async with asking(url, gate=Gate()) as asked:
            await ask(asked)
    assert asked.calls[1].started - asked.calls[0].ended >= 0.69e9
    assert paused == [0.7]


async def test_a_slow_answer_is_given_up_and_asked_for_again() -> None:
    patience = Patience(attempts=3, seconds=20.0, call_seconds=0.4)
    async with door("slow", patience=patience) as asked:
        assert (await ask(asked))["observations"] == ANSWER["observations"]
    assert asked.outcomes == ["unavailable", "ok"]


async def test_nobody_there_is_unavailable() -> None:
    patience = Patience(attempts=2, seconds=5.0, call_seconds=2.0)
    async with asking("http://127.0.0.1:9/v1", patience=patience) as asked:
        with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1 did not answer after 2 attempts"):
            await ask(asked)


async def test_a_question_can_be_cancelled() -> None:
    async with door("slow") as asked:
        task = asyncio.create_task(ask(asked))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_many_questions_at_once_do_not_share_their_bounds() -> None:
    application = OfflineModel(brain=answer, schedule=Schedule(share=0.3, kinds=("server_error", "malformed"), seed=7))
    async with inside(application, patience=Patience(attempts=8, invalid_replies=8, seconds=60.0)) as asked:
        replies = await asyncio.gather(*(ask(asked) for _ in range(40)))
    assert all(reply["observations"] == ANSWER["observations"] for reply in replies)
    assert asked.outcomes.count("ok") == 40
    assert len(asked.calls) > 45


class TestAuto:
    """Mode auto: one probe, remembered."""

    @pytest.mark.parametrize(
        ("traits", "mode"),
        [
            ((), "json_schema"),
            (("no_json_schema",), "tools"),
            (("ignores_json_schema",), "tools"),
            (("no_json_schema", "no_tools"), "json_object"),
            (("ignores_json_schema", "no_tools"), "json_object"),
            (("prose", "fences"), "json_schema"),
            (("no_response_format",), "tools"),
        ],
    )
    async def test_the_first_mode_that_works_is_found(self, traits: tuple[Trait, ...], mode: str) -> None:
        async with door(traits=traits, mode="auto") as asked:
            assert asked.model.mode == "auto"
            assert (await ask(asked))["observations"] == ANSWER["observations"]
            assert asked.model.mode == mode

    async def test_the_probe_is_made_once_however_many_ask(self) -> None:
        with served(traits=("no_json_schema",)) as (application, url):
            async with asking(url, mode="auto") as asked:
                await asyncio.gather(*(ask(asked) for _ in range(8)))
                await ask(asked)
            probes = [body for body in application.seen.bodies if len(body["messages"]) == 1]
        assert len(probes) == 2  # json_schema refused, tools answered
        assert len(application.seen.bodies) == 11

    async def test_a_parameter_that_the_endpoint_refuses_is_left_out(self) -> None:
        with served(traits=("no_temperature", "no_max_tokens")) as (application, url):
            async with asking(url, mode="auto") as asked:
                await ask(asked)
            sent = application.seen.bodies[-1]
        assert "temperature" not in sent
        assert "max_tokens" not in sent
        assert sent["max_completion_tokens"] == 4096

    async def test_a_wrong_key_ends_the_probe(self) -> None:
        async with door("bad_key", mode="auto") as asked:
            with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
                await ask(asked)
        assert len(asked.calls) == 1

    async def test_an_endpoint_that_can_do_nothing_is_a_configuration_error(self) -> None:
        async with door(traits=("no_response_format", "no_tools"), mode="auto") as asked:
            with pytest.raises(ConfigurationError, match="none of the modes"):
                await ask(asked)

    async def test_a_set_mode_that_the_endpoint_does_not_know_is_a_configuration_error(self) -> None:
        async with door(traits=("no_json_schema",), mode="json_schema") as asked:
            with pytest.raises(ConfigurationError, match="response_format"):
                await ask(asked)


def test_openai_itself_is_told_the_newer_name_of_the_length_limit() -> None:
    from service.asking.endpoint import options

    assert "max_completion_tokens" in options(endpoint("https://api.openai.com/v1"))
    assert "max_tokens" in options(endpoint("https://api.deepseek.com"))
    assert options(endpoint(temperature=None, max_completion_tokens=None)) == {}


async def test_neither_logs_nor_errors_hold_text_replies_or_keys(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = []
    for fault in ("malformed", "server_error", "bad_request", "refusing", "cut_off"):
        async with door(*[fault] * 9) as asked:
            with pytest.raises(Exception) as caught:  # noqa: PT011
                await ask(asked)
        seen += [str(caught.value), repr(caught.value), str(asked.calls)]
    words = "\n".join([*seen, *(record.getMessage() for record in caplog.records if record.name.startswith("service"))])
    instructors = [record for record in caplog.records if record.name.startswith("instructor")]
    assert all(secret not in words for secret in ("收到复议申请", "sk-secret", "applications", "代码表"))
    assert all("复议" not in record.getMessage() for record in instructors)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('{"observations":["1 a.b 甲"]}', ["1 a.b 甲"]),
        ('好的:\n```json\n{"observations":["1 a.b 甲"],"not_statistics":[]}\n```\n见[2]、{x}。', ["1 a.b 甲"]),
        ('<think>{"observations":["9 x.y 猜"]}</think>{"observations":["1 a.b 甲"]}', ["1 a.b 甲"]),
        ('资料里写着{"observations":["9 x.y 假"]},实际是{"observations":["1 a.b 甲"]}', ["1 a.b 甲"]),
        ('{"observations":["1 a.b 甲\n乙"]}', ["1 a.b 甲\n乙"]),
        ('{"observations":["1 a.b 甲",{"mark":2}],"extra":1}', ["1 a.b 甲"]),
        ('{"observations":null,"not_statistics":["[2]","3",4.5,true]}', []),
    ],
)
def test_the_reply_is_found_in_what_came(text: str, rows: list[str]) -> None:
    assert WireReply.model_validate_json(text).observations == rows


@pytest.mark.parametrize(
    "text", ["", "没有", "[3]", "{}", '{"error":"x"}', '{"observations":["1 a.b', "{" * 100_000, "null"]
)
def test_what_is_no_reply_is_none(text: str) -> None:
    assert find_reply(text) is None


def test_numbers_in_words_are_numbers() -> None:
    assert WireReply.model_validate_json('{"not_statistics":["[2]","3","s4"],"observations":[]}').not_statistics == [
        2,
        3,
        4,
    ]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, 0.0),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    error = Exception()
    error.response = httpx2.Response(429, headers=headers)  # type: ignore[attr-defined]
    assert verdicts.retry_after(error) == seconds


@pytest.mark.parametrize(
    ("text", "rows", "refused"),
    [
        ('{"observations":["1 a.b 甲","2 c.d 乙","3 e.f 丙未', ["1 a.b 甲", "2 c.d 乙"], []),
        ('{"observations":["1 a.b 甲"],"not_statistics":[12,1', ["1 a.b 甲"], [12]),
        ('{"observations":["1 a.b 甲"],"not_statistics":[12,15],"documents":["d', ["1 a.b 甲"], [12, 15]),
        ('```json\n{"observations":["1 a.b 甲","2', ["1 a.b 甲"], []),
        ('<think>{"observations":["9 x.y 猜"]}</think>{"observations":["1 a.b 甲","', ["1 a.b 甲"], []),
    ],
)
def test_whole_rows_of_a_reply_that_was_cut_off_are_saved(text: str, rows: list[str], refused: list[int]) -> None:
    saved = salvage(completion(text))
    assert saved is not None
    assert (saved.observations, saved.not_statistics) == (rows, refused)


@pytest.mark.parametrize("text", ["", '{"observations":["1 a', "{", "好的", '{"observations":[]'])
def test_a_reply_cut_off_before_its_first_row_saves_nothing(text: str) -> None:
    assert salvage(completion(text)) is None


def completion(text: str) -> ChatCompletion:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "length"}
    return ChatCompletion.model_validate(
        {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    )
