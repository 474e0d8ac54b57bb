"""
The door to the language model: one question in, one reply of the right shape out, every call counted.

The request goes through instructor (shape, its re-ask) over the OpenAI client. Retrying happens here and nowhere else:
one policy a question, transport apart from shape, both bounded, Retry-After honoured. It knows nothing of marks or
reports' contents, and report text is never a template: instructor gets no context, so it renders nothing.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, NoReturn, Protocol
from urllib.parse import urlsplit

import httpx2
import instructor
import openai
from instructor.core import IncompleteOutputException, InstructorRetryException, ResponseParsingError
from openai.lib._pydantic import to_strict_json_schema
from openai.types.chat import ChatCompletion
from pydantic import ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_before_delay
from tenacity.wait import wait_random_exponential

from schemas.call import Call, Outcome
from schemas.reading import Spent
from schemas.reply import Reply
from service import completions, tokens, verdicts
from service.completions import PREPARED
from service.errors import ConfigurationError, FazhiError, ModelRefused, ModelUnavailable, ReplyInvalid, ReplyTruncated
from service.verdicts import Garbled

Mode = Literal["json_schema", "tools", "json_object"]
MODES: Final[tuple[Mode, ...]] = ("json_schema", "tools", "json_object")
CONNECT_SECONDS: Final = 10.0
FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 30.0
_INVALID: Final = (ValidationError, ResponseParsingError)

# Instructor logs exceptions whole, and they hold completions and requests. What went wrong is told by `Call`.
logging.getLogger("instructor").setLevel(logging.CRITICAL + 1)


class Gate(Protocol):
    """Lets calls pass at the rate the endpoint allows."""

    def admit(self, report: str, tokens: int) -> AbstractAsyncContextManager[None]: ...
    async def pause(self, seconds: float) -> None: ...


class Purse(Protocol):
    """Pays for calls: `reserve` before (BudgetSpent where there is nothing left), `settle` after, always both."""

    def reserve(self, tokens: int) -> None: ...
    def settle(self, reserved: int, spent: Spent) -> None: ...


class OpenGate:
    """No limits."""

    @asynccontextmanager
    async def admit(self, report: str, tokens: int) -> Any:  # noqa: ARG002
        """At once."""
        yield

    async def pause(self, seconds: float) -> None:
        """Nobody waits."""


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


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds on trying again: attempts over the wire, replies without shape, and seconds over all of it."""

    attempts: int = 5
    invalid_replies: int = 3
    seconds: float = 180.0
    call_seconds: float = 120.0


@dataclass(slots=True)
class _Question:
    """One question on its way: what its attempts came to so far."""

    report: str
    purse: Purse
    mode: Mode
    prompt_tokens: int
    reply_tokens: int
    patience: Patience
    attempt: int = 0
    faults: int = 0
    invalid: int = 0
    answered: Call | None = None

    def may_try_again(self, error: BaseException) -> bool:
        """Transport and shape are counted apart; anything else is final."""
        if isinstance(error, _INVALID):
            self.invalid += 1
            return self.invalid < self.patience.invalid_replies
        if verdicts.is_transient(error):
            self.faults += 1
            return self.faults < self.patience.attempts
        return False

    def wait(self, state: RetryCallState) -> float:
        """At once for a reply without shape, else jittered and never before Retry-After."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _INVALID):
            return 0.0
        jittered = wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS)(state)
        return max(jittered, verdicts.retry_after(error) or 0.0)


class Model:
    """
    One endpoint, asked in one mode; safe to share between tasks of one event loop.

    `http_client` replaces the network (the offline model, a cassette); `on_call` is told of every request over the wire.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        patience: Patience | None = None,
        gate: Gate | None = None,
        on_call: Callable[[Call], None] = lambda _: None,
        http_client: httpx2.AsyncClient | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._patience = patience or Patience()
        self._gate = gate or OpenGate()
        self._on_call = on_call
        self._client = openai.AsyncOpenAI(
            api_key=endpoint.api_key,
            base_url=endpoint.base_url,
            max_retries=0,  # the policy below retries; two that retry multiply
            timeout=openai.Timeout(self._patience.call_seconds, connect=CONNECT_SECONDS),
            http_client=http_client,
        )
        as_json = instructor.patch(create=self._send, mode=instructor.Mode.JSON_SCHEMA)
        as_tool = instructor.patch(create=self._send, mode=instructor.Mode.TOOLS)
        self._create: dict[Mode, Any] = {"json_schema": as_json, "json_object": as_json, "tools": as_tool}
        self._mode: Mode | None = None if endpoint.mode == "auto" else endpoint.mode
        self._options = _options(endpoint)
        self._probing = asyncio.Lock()

    @property
    def mode(self) -> str:
        """The mode in use; "auto" until the probe has found one."""
        return self._mode or "auto"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(self, messages: Sequence[Mapping[str, str]], *, purse: Purse, report: str = "", reply_tokens: int = 400) -> Reply:
        """
        The reply to `messages`; what it and every failed attempt cost is paid from `purse`.

        ModelUnavailable, ModelRefused, ReplyTruncated, ReplyInvalid about this question; ConfigurationError and
        BudgetSpent about all of them. `reply_tokens` is the expected length, for the limits.
        """
        if self._mode is None:
            async with self._probing:
                if self._mode is None:
                    self._mode = await self._probe(purse, report)
        return await self._ask(self._mode, messages, purse, report, reply_tokens, self._patience)

    async def _probe(self, purse: Purse, report: str) -> Mode:
        """The first mode that the endpoint answers in; a parameter that it will not have is left out from then on."""
        words = files("prompts").joinpath("probe", "v1", "user.txt").read_text("utf-8")
        once = Patience(self._patience.attempts, 1, self._patience.seconds, self._patience.call_seconds)
        unfit: FazhiError | None = None
        for mode in MODES:
            for _ in range(1 + len(verdicts.REPLACEMENTS)):
                try:
                    await self._ask(mode, [{"role": "user", "content": words}], purse, report, 60, once)
                except (ReplyInvalid, ReplyTruncated, ModelRefused, ConfigurationError) as error:
                    if verdicts.concerns_access(error):
                        raise
                    unfit = unfit or error
                    if not self._adapt(verdicts.parameter(error)):
                        break
                else:
                    return mode
        raise ConfigurationError(
            f"{self.endpoint.host} answers in none of the modes {', '.join(MODES)}; set FAZHI_MODE, or check the model's name. First: {unfit}"
        )

    def _adapt(self, parameter: str | None) -> bool:
        """Leave out (or rename) a parameter that the endpoint refused; whether there is anything new to try."""
        if parameter is None or parameter not in self._options:
            return False
        value, replacement = self._options.pop(parameter), verdicts.REPLACEMENTS.get(parameter)
        if replacement:
            self._options[replacement] = value
        return True

    async def _ask(
        self, mode: Mode, messages: Sequence[Mapping[str, str]], purse: Purse, report: str, reply_tokens: int, patience: Patience
    ) -> Reply:
        prompt_tokens = sum(tokens.approximate(message["content"]) for message in messages)
        question = _Question(report, purse, mode, prompt_tokens, reply_tokens, patience)
        policy = AsyncRetrying(  # never shared: it holds the state of one question
            retry=retry_if_exception(question.may_try_again),
            wait=question.wait,
            stop=stop_before_delay(patience.seconds),
            reraise=True,
        )
        try:
            reply: Reply = await self._create[mode](
                model=self.endpoint.model,
                response_model=PREPARED,
                messages=list(messages),
                max_retries=policy,
                strict=False,
                question=question,
                **self._options,
                **_wire_form(mode, self.endpoint.extra_body),
            )
        except IncompleteOutputException:
            self._tell(question, "truncated")
            raise ReplyTruncated("The reply was cut off at the token limit.") from None
        except InstructorRetryException as error:
            self._conclude(question, error.__cause__)
        self._tell(question, "ok")
        return reply

    async def _send(self, *, question: _Question, **request: Any) -> ChatCompletion:
        """One request over the wire, under the limits and paid for; what instructor calls for each attempt."""
        self._tell(question, "invalid")  # asked again after an answer: it had no shape
        question.attempt += 1
        reserved, spent = question.prompt_tokens + question.reply_tokens, Spent()
        question.purse.reserve(reserved)
        try:
            async with self._gate.admit(question.report, reserved):
                started = time.time_ns()
                try:
                    async with asyncio.timeout(self._patience.call_seconds):
                        completion = await self._client.chat.completions.create(**request)
                    verdicts.check_body(completion)
                except (openai.APIError, TimeoutError, ValueError, Garbled) as error:
                    spent = Spent(calls=1)
                    outcome: Outcome = "unavailable" if verdicts.is_transient(error) else "rejected"
                    self._on_call(self._call(question, outcome, spent, started, status=verdicts.status(error)))
                    if verdicts.status(error) == 429:
                        await self._gate.pause(verdicts.retry_after(error) or FIRST_WAIT_SECONDS * 2**question.faults)
                    raise
            spent = completions.spent_on(completion, question.prompt_tokens)
            question.answered = self._call(question, "ok", spent, started, status=200, completion=completion)
            if refusal := completions.is_refusal(completion):
                self._tell(question, "refused")
                raise ModelRefused(refusal)
            if question.mode == "tools":
                completions.content_as_tool_call(completion)
            return completion
        finally:
            question.purse.settle(reserved, spent)

    def _conclude(self, question: _Question, cause: BaseException | None) -> NoReturn:
        """The error that says what to do about the question."""
        if isinstance(cause, FazhiError):
            raise cause from None
        if isinstance(cause, _INVALID):
            self._tell(question, "invalid")
            raise ReplyInvalid(f"{question.invalid} replies without the right shape.") from None
        if cause is not None and verdicts.is_transient(cause):
            raise ModelUnavailable(
                f"{self.endpoint.host} did not answer after {question.attempt} attempts ({verdicts.name(cause)}).",
                verdicts.retry_after(cause),
            ) from None
        raise verdicts.final(cause, self.endpoint.host, self.endpoint.model) from None

    def _tell(self, question: _Question, outcome: Outcome) -> None:
        """Report the answered call of the question, now that it is known what the answer was worth."""
        if question.answered is not None:
            known, question.answered = question.answered, None
            self._on_call(_with_outcome(known, outcome))

    def _call(
        self,
        question: _Question,
        outcome: Outcome,
        spent: Spent,
        started: int,
        *,
        status: int | None,
        completion: ChatCompletion | None = None,
    ) -> Call:
        return Call(
            report=question.report,
            model=self.endpoint.model,
            mode=question.mode,
            host=self.endpoint.host,
            attempt=question.attempt,
            outcome=outcome,
            status=status,
            finish_reason=completion.choices[0].finish_reason if completion else None,
            response_id=completion.id if completion else None,
            response_model=completion.model if completion else None,
            spent=spent,
            started=started,
            ended=time.time_ns(),
        )


def _with_outcome(call: Call, outcome: Outcome) -> Call:
    return call if call.outcome == outcome else replace(call, outcome=outcome)


def _options(endpoint: Endpoint) -> dict[str, object]:
    """Parameters beside the messages; OpenAI's own hosts know only the newer name of the length limit."""
    options: dict[str, object] = {}
    if endpoint.temperature is not None:
        options["temperature"] = endpoint.temperature
    if endpoint.max_completion_tokens is not None:
        newer = endpoint.host.endswith(("openai.com", "openai.azure.com"))
        options["max_completion_tokens" if newer else "max_tokens"] = endpoint.max_completion_tokens
    return options


def _wire_form(mode: Mode, extra_body: Mapping[str, object]) -> dict[str, object]:
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
