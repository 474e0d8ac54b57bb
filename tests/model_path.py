"""
Parts, models and readers for tests of the model path, made by hand from a line of text with [numbers] in brackets.

It knows the rooms under test and no assertion.
"""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from schemas.call import Call
from schemas.codebook import load_codebook
from schemas.mention import Part
from schemas.outline import Span, Title
from schemas.reading import Spent
from service.asking import parts
from service.asking.endpoint import Endpoint
from service.asking.model import Model
from service.asking.prompt import Prompt
from service.asking.read_part import FreePurse, PartReader
from service.asking.retry import Patience
from service.offline_model.wire import BASE_URL, MODEL_NAME, OfflineModel
from service.text import documents, mark, quantity, sentences, split

BOOK = load_codebook()
PROMPT = Prompt(BOOK)
FREE = FreePurse()
QUICK = Patience(attempts=4, invalid_replies=3, seconds=20.0, call_seconds=5.0)


def part(text: str, *, start: int = 100, headings: tuple[str, ...] = (), before: str = "") -> Part:
    """A part of `text`, where [[…]] is a mark, {{…}} a sentence to judge and 《…》 an open title."""
    plain, marks, said = "", [], []
    opened: list[tuple[str, int]] = []
    for piece in re.split(r"(\[\[|\]\]|\{\{|\}\})", text):
        if piece in ("[[", "{{"):
            opened.append((piece, len(plain)))
        elif piece in ("]]", "}}"):
            kind, at = opened.pop()
            (marks if kind == "[[" else said).append(Span(start + at, start + len(plain)))
        else:
            plain += piece
    titles = tuple(
        Title(start + found.start(), start + found.end(), found[0][1:-1], None, "other")
        for found in re.finditer("《[^》]*》", plain)
    )
    return Part(plain, start, start + len(plain), headings, before, tuple(marks), titles, tuple(said))


def cut_report(text: str, **options: Any) -> tuple[Part, ...]:
    """The parts of a whole report, as `extract` makes them."""
    outline = split.split(text)
    titles = documents.find_titles(text, outline)
    mentions = mark.mark(text, outline, titles)
    return parts.cut(text, outline, mentions, titles, sentences.candidates(text, outline), **options)


@dataclass
class Asked:
    """A model at work: its calls and what it was sent."""

    model: Model
    calls: list[Call]

    @property
    def outcomes(self) -> list[str]:
        return [call.outcome for call in self.calls]

    @property
    def spent(self) -> Spent:
        return sum((call.spent for call in self.calls), Spent())


def endpoint(url: str = BASE_URL, **changes: Any) -> Endpoint:
    return Endpoint(**{"base_url": url, "api_key": "sk-secret", "model": MODEL_NAME, "mode": "json_schema", **changes})


@asynccontextmanager
async def asking(url: str, **options: Any) -> AsyncIterator[Asked]:
    """A model over the network."""
    calls: list[Call] = []
    changes = {
        key: options.pop(key) for key in ("mode", "temperature", "model", "max_completion_tokens") if key in options
    }
    model = Model(endpoint(url, **changes), **{"patience": QUICK, "on_call": calls.append, **options})
    try:
        yield Asked(model, calls)
    finally:
        await model.aclose()


@asynccontextmanager
async def inside(application: OfflineModel, **options: Any) -> AsyncIterator[Asked]:
    """A model inside the process."""
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=application))
    async with client, asking(BASE_URL, http_client=client, **options) as asked:
        yield asked


def reader(model: Any, **options: Any) -> PartReader:
    return PartReader(PROMPT, model, BOOK, quantity.surfaces, **options)


@dataclass
class Scripted:
    """A language model that says what the test tells it, and remembers what it was asked."""

    replies: Iterable[Any]
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._replies = iter(self.replies)

    async def ask(self, messages: Any, *, purse: Any, report: str = "", reply_tokens: int = 400) -> Any:
        self.asked.append(messages[-1]["content"])
        purse.reserve(10)
        purse.settle(10, Spent(calls=1, prompt_tokens=8, completion_tokens=2))
        reply = next(self._replies)
        if isinstance(reply, Exception):
            raise reply
        return reply
