"""
The door to the language model: one question in, one reply of the right shape out, every call counted.

The request goes through instructor (shape, its re-ask) over the OpenAI client. Retrying happens here and nowhere else:
one policy a question, transport apart from shape, both bounded, Retry-After honoured. It knows nothing of marks or
reports' contents, and report text is never a template: instructor gets no context, so it renders nothing.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Final, NoReturn, Protocol

import httpx2
import instructor
import openai
from instructor.core import IncompleteOutputException, InstructorRetryException
from openai.types.chat import ChatCompletion

from schemas.call import Call, Outcome
from schemas.reading import Spent
from schemas.reply import Reply
from service.asking import completions, tokens, verdicts
from service.asking.completions import PREPARED, ReplyCutOff
from service.asking.endpoint import MODES, Endpoint, Mode, options, wire_form
from service.asking.retry import FIRST_WAIT_SECONDS, WITHOUT_SHAPE, Attempts, Patience
from service.asking.verdicts import Garbled
from service.errors import ConfigurationError, FazhiError, ModelRefused, ModelUnavailable, ReplyInvalid, ReplyTruncated

CONNECT_SECONDS: Final = 10.0

# Instructor logs exceptions whole, and they hold completions and requests. What went wrong is told by `Call`.
logging.getLogger("instructor").setLevel(logging.CRITICAL + 1)


class Gate(Protocol):
    """Lets calls pass at the rate the endpoint allows."""

    def admit(self, report: str, tokens: int, reply_tokens: int) -> AbstractAsyncContextManager[None]:
        """Wait for a place for a call of so many tokens, so many of them its reply; it is held while the block runs."""
        ...

    async def pause(self, seconds: float) -> None:
        """Everybody waits: the endpoint said so."""
        ...


class Purse(Protocol):
    """Pays for calls."""

    def reserve(self, tokens: int) -> None:
        """Before a call; BudgetSpent where there is not so much left."""
        ...

    def settle(self, reserved: int, spent: Spent) -> None:
        """After it, always: what was reserved becomes what was spent."""
        ...


class OpenGate:
    """No limits."""

    @asynccontextmanager
    async def admit(self, report: str, tokens: int, reply_tokens: int) -> AsyncIterator[None]:
        """At once."""
        yield

    async def pause(self, seconds: float) -> None:
        """Nobody waits."""


@dataclass(slots=True)
class _Question:
    """One question on its way; `answered` is the call whose worth is not known yet."""

    report: str
    purse: Purse
    mode: Mode
    prompt_tokens: int
    reply_tokens: int
    attempts: Attempts
    attempt: int = 0
    answered: Call | None = None


class Model:
    """
    One endpoint, asked in one mode; safe to share between tasks of one event loop.

    `http_client` replaces the network (the offline model, a cassette); `on_call` hears of every request over the wire.
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
        self._options = options(endpoint)
        self._probing = asyncio.Lock()

    @property
    def mode(self) -> str:
        """The mode in use; "auto" until the probe has found one."""
        return self._mode or "auto"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(
        self, messages: Sequence[Mapping[str, str]], *, purse: Purse, report: str = "", reply_tokens: int = 400
    ) -> Reply:
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
        raise ConfigurationError(f"{self.endpoint.host} answers in none of the modes {', '.join(MODES)}: {unfit}")

    def _adapt(self, parameter: str | None) -> bool:
        """Leave out (or rename) a parameter that the endpoint refused; whether there is anything new to try."""
        if parameter is None or parameter not in self._options:
            return False
        value, replacement = self._options.pop(parameter), verdicts.REPLACEMENTS.get(parameter)
        if replacement:
            self._options[replacement] = value
        return True

    async def _ask(
        self,
        mode: Mode,
        messages: Sequence[Mapping[str, str]],
        purse: Purse,
        report: str,
        reply_tokens: int,
        patience: Patience,
    ) -> Reply:
        prompt_tokens = sum(tokens.approximate(message["content"]) for message in messages)
        question = _Question(report, purse, mode, prompt_tokens, reply_tokens, Attempts(patience))
        try:
            reply: Reply = await self._create[mode](
                model=self.endpoint.model,
                response_model=PREPARED,
                messages=list(messages),
                max_retries=question.attempts.policy(),
                strict=False,
                question=question,
                **self._options,
                **wire_form(mode, self.endpoint.extra_body),
            )
        except IncompleteOutputException as error:
            self._tell(question, "truncated")
            raise ReplyCutOff(completions.salvage(error.last_completion)) from None
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
            async with self._gate.admit(question.report, reserved, question.reply_tokens):
                started = time.time_ns()
                try:
                    async with asyncio.timeout(self._patience.call_seconds):
                        completion: ChatCompletion = await self._client.chat.completions.create(**request)
                    verdicts.check_body(completion)
                except (openai.APIError, TimeoutError, ValueError, Garbled) as error:
                    if isinstance(error.__cause__, FazhiError):  # the transport's own, such as a cassette's miss
                        raise error.__cause__ from None
                    spent = Spent(calls=1)
                    outcome: Outcome = "unavailable" if verdicts.is_transient(error) else "rejected"
                    self._on_call(self._call(question, outcome, spent, started, status=verdicts.status(error)))
                    if verdicts.status(error) == 429:
                        await self._gate.pause(
                            verdicts.retry_after(error) or FIRST_WAIT_SECONDS * 2**question.attempts.faults
                        )
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
        if isinstance(cause, WITHOUT_SHAPE):
            self._tell(question, "invalid")
            raise ReplyInvalid(f"{question.attempts.invalid} replies without the right shape.") from None
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
