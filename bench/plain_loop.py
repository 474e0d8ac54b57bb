"""
What one would write in an hour: cut at headings, pack neighbours to 1,000 characters, ask instructor for a list of facts.

The yardstick of the model path. It has the same codebook in its prompt, word for word, and the same endpoint; values, units
and quotes are copied by the model, as such loops do. It retries as its libraries do when left alone.
"""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import instructor
import openai
from pydantic import BaseModel

from schemas.codebook import Codebook
from service.asking.prompt import render_codebook
from service.text.split import split

PACK_CHARACTERS = 1000
AT_ONCE = 16


class Fact(BaseModel):
    indicator: str
    name: str
    value: str
    unit: str | None
    qualifier: str
    quote: str


class Facts(BaseModel):
    facts: list[Fact]


def cut(text: str) -> list[tuple[int, int]]:
    """Stretches between headings, neighbours packed."""
    edges = sorted({0, len(text), *(block.start for block in split(text).blocks if block.heading is not None)})
    packs: list[tuple[int, int]] = []
    for start, end in pairwise(edges):
        if packs and end - packs[-1][0] <= PACK_CHARACTERS:
            packs[-1] = (packs[-1][0], end)
        else:
            packs.append((start, end))
    return [(start, end) for start, end in packs if text[start:end].strip()]


def instructions(codebook: Codebook) -> str:
    return (
        "你从法治政府建设年度报告中抽取全部统计数据。每个数据给出:indicator 指标代码(主题.指标),name 统计对象,"
        "value 数值,unit 单位,qualifier 限定(exact、more_than、less_than、about),quote 原文。只用下列代码表中的代码。\n"
        f"代码表:\n{render_codebook(codebook)}"
    )


async def read(client: openai.AsyncOpenAI, texts: Sequence[str], codebook: Codebook) -> list[Fact]:
    """All facts of all texts; a section whose call fails is lost, as in such loops."""
    asker = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
    system = instructions(codebook)
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(section: str) -> list[Fact]:
        async with places:
            try:
                reply = await asker.create(
                    model="perfect",
                    response_model=Facts,
                    messages=[{"role": "system", "content": system}, {"role": "user", "content": section}],
                )
            except (openai.OpenAIError, instructor.core.InstructorError):
                return []
            return list(reply.facts)

    found = await asyncio.gather(*(ask(text[start:end]) for text in texts for start, end in cut(text)))
    return [fact for facts in found for fact in facts]
