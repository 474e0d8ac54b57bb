"""
The model path beside a plain instructor loop: wall time, tokens a fact, CPU a call, facts lost to faults.

Both ask one perfect model made of all gold at hand, through the same endpoint inside the process, 16 calls at once. Tokens
are o200k's; schemas of replies are counted as prompt. Targets stand beside what was measured.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import instructor
import openai

from bench import plain_loop
from bench.perfect import Perfect, key_of, part_answers, section_answers
from bench.tokens import NoTable, count
from evals.cases import Case, find_cases, loader, texts_folder
from evals.gold import Home
from schemas.codebook import load_codebook
from schemas.mention import Part
from schemas.reply import Reply
from service import load_settings
from service.asking.endpoint import Endpoint
from service.asking.limits import Limits
from service.asking.model import Model
from service.asking.part_source import SourcedReading
from service.asking.prompt import Prompt
from service.asking.read_part import FreePurse, PartReader
from service.asking.retry import Patience
from service.extract import Extractor, Versions, plan
from service.offline_model.faults import Fault, Schedule
from service.offline_model.request import read_request
from service.offline_model.wire import BASE_URL, OfflineModel
from service.text import quantity

FIRST_SECONDS, TOKENS_PER_SECOND, AT_ONCE = 1.0, 60.0, 16
CPU_CALLS = 60
FAULT_KINDS: tuple[Fault, ...] = ("malformed", "cut_off", "rate_limited", "server_error", "dropped")
CODEBOOK = load_codebook()
PROMPT = Prompt(CODEBOOK)


@dataclass(frozen=True)
class Measured:
    """One way of reading all reports."""

    facts: int
    wall: float
    bodies: list[dict[str, Any]]
    replies: list[str]

    @property
    def seconds(self) -> list[float]:
        return [FIRST_SECONDS + count(reply) / TOKENS_PER_SECOND for reply in self.replies]

    @property
    def lower_bound(self) -> float:
        """No order of these calls is quicker, so many at once."""
        return max(max(self.seconds), sum(self.seconds) / AT_ONCE)

    @property
    def prompt(self) -> tuple[int, int]:
        """All prompt tokens, and those with the fixed part (system message and schema) counted at a tenth."""
        fixed = [_tokens(body, "system") + _schema(body) for body in self.bodies]
        rest = sum(_tokens(body, "user") + _tokens(body, "assistant") for body in self.bodies)
        return sum(fixed) + rest, round(sum(fixed) / 10) + rest

    @property
    def completion(self) -> int:
        return sum(count(reply) for reply in self.replies)


def _tokens(body: dict[str, Any], role: str) -> int:
    return sum(count(one["content"] or "") for one in body["messages"] if one["role"] == role)


def _schema(body: dict[str, Any]) -> int:
    return count(json.dumps(body.get("response_format") or {}, ensure_ascii=False))


class Straight:
    """Every part to the model, no cache."""

    def __init__(self, reader: PartReader) -> None:
        self._reader = reader

    async def read(self, part: Part, **asked: Any) -> SourcedReading:
        return SourcedReading(await self._reader.read(part, **asked), from_cache=False)


async def ours(cases: Sequence[Case], application: OfflineModel) -> tuple[int, float]:
    """Facts read and seconds, all reports together."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=application)) as client:
        gate = Limits(calls_at_once=AT_ONCE)
        model = Model(
            Endpoint(BASE_URL, "none", "perfect", "json_schema", None, None),
            gate=gate,
            http_client=client,
            patience=Patience(attempts=8, seconds=120.0),
        )
        source = Straight(PartReader(PROMPT, model, CODEBOOK, quantity.surfaces))
        versions = Versions(PROMPT.fingerprint, "perfect", "json_schema")
        extractor = Extractor(source, CODEBOOK, versions, expect=gate.expect)
        started = time.perf_counter()
        results = await asyncio.gather(*(extractor.extract(case.loaded) for case in cases))
        seconds = time.perf_counter() - started
    return sum(_right(case, result.observations) for case, result in zip(cases, results, strict=True)), seconds


def _right(case: Case, found: Sequence[Any]) -> int:
    """Gold facts that came out: same place, same indicator."""
    got = {(one.start, one.indicator) for one in found}
    return sum((one.start, one.indicator) in got for one in case.gold.observations)


async def plain(cases: Sequence[Case], application: OfflineModel) -> tuple[int, float]:
    """The same of the plain loop."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=application)) as client:
        asker = openai.AsyncOpenAI(api_key="none", base_url=BASE_URL, http_client=client)
        started = time.perf_counter()
        facts = await plain_loop.read(asker, [case.text for case in cases], CODEBOOK)
        return len(facts), time.perf_counter() - started


async def measure(cases: Sequence[Case], way: Any, answers: dict[str, Any]) -> Measured:
    said: list[str] = []

    def counted(text: str) -> int:
        said.append(text)
        return count(text)

    application = Perfect(
        answers,
        first_seconds=FIRST_SECONDS,
        tokens_per_second=TOKENS_PER_SECOND,
        count_tokens=counted,
        traits=("no_usage",),  # so that only replies are counted above
        keep_bodies=True,
    )
    facts, wall = await way(cases, application)
    return Measured(facts, wall, application.seen.bodies, said)


class Canned:
    """An endpoint that costs next to nothing, for measuring its client."""

    def __init__(self, reply: dict[str, Any]) -> None:
        message = {"role": "assistant", "content": json.dumps(reply, ensure_ascii=False)}
        usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        head = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        self._body = json.dumps({**head, "choices": [choice], "usage": usage}).encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


async def cpu_a_call(part: Part, reply: dict[str, Any]) -> tuple[float, float, float]:
    """Milliseconds of CPU: a bare instructor call, our door, the whole reading of a part; interleaved, the best of five."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=Canned(reply))) as client:
        bare = instructor.from_openai(
            openai.AsyncOpenAI(api_key="none", base_url=BASE_URL, http_client=client), mode=instructor.Mode.JSON_SCHEMA
        )
        model = Model(
            Endpoint(BASE_URL, "none", "m", "json_schema"), gate=Limits(calls_at_once=AT_ONCE), http_client=client
        )
        reader = PartReader(PROMPT, model, CODEBOOK, quantity.surfaces)
        messages: Any = PROMPT.messages(part)

        async def bare_call() -> None:
            await bare.create(model="m", response_model=Reply, messages=messages)

        async def door_call() -> None:
            await model.ask(messages, purse=FreePurse())

        async def whole_call() -> None:
            outcome = await reader.read(part)
            assert not outcome.trace, outcome.trace

        ways = (bare_call, door_call, whole_call)
        best = [float("inf")] * 3
        for _ in range(5):
            for index, way in enumerate(ways):
                await way()
                started = time.process_time()
                for _ in range(CPU_CALLS):
                    await way()
                best[index] = min(best[index], (time.process_time() - started) / CPU_CALLS * 1000)
    return best[0], best[1], best[2]


async def lost_to(fault: Fault, cases: Sequence[Case], way: Any, answers: dict[str, Any]) -> tuple[int, int, int]:
    """Facts read, faults played and calls made where one reply in ten goes wrong."""
    schedule = Counted(share=0.1, kinds=(fault,), seed=11)
    application = Perfect(answers, schedule=schedule, retry_after_seconds=0.01, keep_bodies=True)
    facts, _ = await way(cases, application)
    return facts, schedule.played, len(application.seen.bodies)


class Counted(Schedule):
    """A schedule that counts the faults it gave."""

    played = 0

    def next(self) -> Fault | None:
        fault = super().next()
        self.played += fault is not None
        return fault


def line(what: str, ours_value: str, plain_value: str, ratio: str, target: str, reached: bool | None) -> None:
    verdict = "" if reached is None else ("reached" if reached else "MISSED")
    print(f"{what:<52}{ours_value:>12}{plain_value:>12}{ratio:>9}  {target:<16}{verdict}")


def compare(cases: Sequence[Case], name: str) -> int:
    """Run both on these reports and print; how many targets were missed."""
    parts, sections = part_answers(cases, PROMPT), section_answers(cases)
    for way, answers in ((ours, parts), (plain, sections)):  # what is imported at a first call
        asyncio.run(_undisturbed(cases, way, answers))
    us = asyncio.run(measure(cases, ours, parts))
    them = asyncio.run(measure(cases, plain, sections))
    gold = sum(len(case.gold.observations) for case in cases)
    print(f"\n{name}: {len(cases)} reports, {gold} facts; {len(us.bodies)} calls, plain loop {len(them.bodies)}")
    line("", "ours", "plain", "ratio", "target", None)
    missed = 0

    def compared(what: str, mine: float, theirs: float, most: float, unit: str = "") -> None:
        nonlocal missed
        reached = mine <= most * theirs
        missed += not reached
        line(what, f"{mine:.1f}{unit}", f"{theirs:.1f}{unit}", f"{mine / theirs:.2f}", f"<= {most}", reached)

    line("facts read", str(us.facts), str(them.facts), "", str(gold), us.facts == gold)
    compared("wall", us.wall, them.wall, 0.35, " s")
    compared("wall over the lower bound of its own calls", us.wall, us.lower_bound, 1.15, " s")
    (mine, mine_cached), (theirs, theirs_cached) = us.prompt, them.prompt
    compared("prompt tokens a fact", mine / gold, theirs / gold, 1.0)
    compared("prompt tokens a fact, fixed part at a tenth", mine_cached / gold, theirs_cached / gold, 0.8)
    reached = us.completion <= 24 * gold
    missed += not reached
    ratio = f"{us.completion / them.completion:.2f}"
    line(
        "completion tokens a fact",
        f"{us.completion / gold:.1f}",
        f"{them.completion / gold:.1f}",
        ratio,
        "<= 24",
        reached,
    )
    return missed


def faults(cases: Sequence[Case]) -> int:
    parts, sections = part_answers(cases, PROMPT), section_answers(cases)
    whole_ours, calls = asyncio.run(_undisturbed(cases, ours, parts))
    whole_plain, _ = asyncio.run(_undisturbed(cases, plain, sections))
    missed = 0
    print("\nfacts lost with 1 in 10 replies gone wrong")
    line("", "ours", "plain", "", "target", None)
    for fault in FAULT_KINDS:
        facts, played, made = asyncio.run(lost_to(fault, cases, ours, parts))
        plain_facts, _, _ = asyncio.run(lost_to(fault, cases, plain, sections))
        lost, extra = whole_ours - facts, (made - calls) / max(1, played)
        reached = lost == 0 and extra <= 1
        missed += not reached
        line(
            f"{fault}: {played} faults, {extra:.1f} extra calls each",
            str(lost),
            str(whole_plain - plain_facts),
            "",
            "0",
            reached,
        )
    return missed


async def _undisturbed(cases: Sequence[Case], way: Any, answers: dict[str, Any]) -> tuple[int, int]:
    application = Perfect(answers, keep_bodies=True)
    facts, _ = await way(cases, application)
    return facts, len(application.seen.bodies)


def cpu(cases: Sequence[Case]) -> int:
    parts = part_answers(cases, PROMPT)
    part = sorted((one for case in cases for one in plan(case.loaded).parts), key=lambda one: len(one.marks))[-3]
    request = read_request(PROMPT.messages(part))
    bare, door, whole = asyncio.run(cpu_a_call(part, parts[key_of(request.headings, request.text)]))
    reached = whole <= 1.6 * bare
    print("\nclient CPU a call, warm")
    line("", "ours", "instructor", "ratio", "target", None)
    line("the door alone", f"{door:.2f} ms", f"{bare:.2f} ms", f"{door / bare:.2f}", "", None)
    line("prompt, door, checks", f"{whole:.2f} ms", f"{bare:.2f} ms", f"{whole / bare:.2f}", "<= 1.6", reached)
    return not reached


def main() -> int:
    logging.disable(logging.ERROR)  # instructor logs every fault that is played
    try:
        count("一")
    except NoTable as error:
        print(error)
        return 1
    cases = find_cases(loader(load_settings()), Home(), texts_folder(None)).found
    real = [case for case in cases if case.collection == "real"]
    missed = compare(cases, "all gold at hand")
    if real:
        compare(real, "real reports alone (for comparison, no gate)")
    return missed + faults(cases) + cpu(cases)
